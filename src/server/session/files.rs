//! Lines about files, which may come in any state. The answers of the two roles of a transfer are
//! posted here. If the state must know of it, it gets an input.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Instant;

use super::{Input, Session};
use crate::protocol::{Question, ReceiverLine, SenderLine};
use crate::server::receipt::Receipt;
use crate::server::request_log::Kind;
use crate::transfer::{Event, Refusal};

/// What a lone `!` asks.
const FILE_PROMPT: &str = "Write FileName.extension:";

impl Session<'_> {
    /// Handles a line of the side that sends a file to us. Returns what the state must know of it.
    pub(super) fn follow_sender(&mut self, line: SenderLine) -> Option<Input> {
        if let SenderLine::Data(count) = line {
            // The bytes follow, even if the file is not wanted.
            self.reader.expect_run(count);
        }
        let size = if let SenderLine::Offer { size, .. } = line { size } else { 0 };
        match self.receiving.follow(line, Instant::now()) {
            Ok(Event::Nothing) => {}
            Ok(Event::Ready) => {
                self.log.request(Kind::FILE, format_args!("{size} bytes offered, ready"));
                self.tell(ReceiverLine::Ready);
            }
            Ok(Event::Stored(stored)) => {
                let kept = &stored.kept.name;
                self.log.request(Kind::FILE, format_args!("{} stored as {kept}", stored.offered));
                self.tell(ReceiverLine::Ack(stored.digest.clone()));
                return Some(Input::Uploaded(stored));
            }
            Ok(Event::Cancelled(name)) => {
                self.log.request(Kind::FILE, "cancelled");
                if name.is_none() {
                    self.tell("No file sent");
                }
            }
            Ok(Event::OutOfPlace) => return Some(self.out_of_place()),
            Err(refusal) => self.refuse(refusal),
        }
        None
    }

    /// Passes the answer of a receiver on to the outbox, which sends it the file.
    pub(super) fn follow_receiver(&mut self, line: ReceiverLine) -> Option<Input> {
        self.outbox.answer(line).is_err().then(|| self.out_of_place())
    }

    /// A control line that does not fit here.
    pub(super) fn out_of_place(&self) -> Input {
        self.unusable(
            "This command is out of place here, nothing was sent \
             (to begin a text with $, write $$)",
        )
    }

    /// A line that cannot be used. The person reads why; that never repeats what was typed.
    pub(super) fn unusable(&self, why: impl Display) -> Input {
        self.log.request(Kind::OTHER, "not usable");
        Input::Unusable(why.to_string())
    }

    pub(super) fn refuse(&self, refusal: Refusal) {
        self.log.request(Kind::FILE, format_args!("refused: {}", refusal.for_owner()));
        self.tell(ReceiverLine::refuse(&refusal.to_string()));
    }

    /// Asks for a file: the next line may be its offer.
    pub fn ask_for_file(&mut self) {
        self.receiving.open_question();
        self.post_question(Question::File, FILE_PROMPT);
    }

    /// Gives up the file that is on its way to us, if there is one.
    pub fn refuse_upload(&mut self, refusal: Refusal) {
        if self.receiving.give_up().is_some() {
            self.refuse(refusal);
        }
    }

    /// Keeps a receipt until all members have answered or its deadline has passed.
    pub fn watch_receipt(&mut self, receipt: Arc<Receipt>) {
        self.receipts.push(receipt);
        // Its deadline may be the next one: `read_more` sets the read timeout anew.
        self.clock.next_check = Instant::now();
    }
}
