//! Lines about files, and the bytes behind them: they may come in any state. What the transfer's two roles answer is posted; what
//! the state has to know comes back as its input.

use std::time::Instant;

use super::{Input, Session, Unusable};
use crate::name::FileName;
use crate::protocol::{ReceiverLine, SenderLine};
use crate::server::request_log::Kind;
use crate::transfer::{Event, Fault, Refusal};

impl Session<'_> {
    /// Follows a line of the side that sends a file to us. Returns what the state must know of it.
    pub(super) fn follow_sender(&mut self, line: SenderLine) -> Option<Input> {
        if let SenderLine::Data(count) = line {
            // The bytes follow, whether the file is wanted or not.
            self.reader.expect_run(count);
        }
        let size = if let SenderLine::Offer { size, .. } = line { size } else { 0 };
        match self.receiving.follow(line, Instant::now()) {
            Ok(Event::Nothing) => {}
            Ok(Event::Ready) => {
                self.log.request(Kind::File, format_args!("{size} bytes offered, ready"));
                self.tell(ReceiverLine::Ready);
            }
            Ok(Event::Stored(stored)) => {
                let kept = &stored.kept.name;
                self.log.request(Kind::File, format_args!("{} stored as {kept}", stored.offered));
                self.tell(ReceiverLine::Ack(stored.digest.clone()));
                return Some(Input::Uploaded(stored));
            }
            Ok(Event::Cancelled(_)) => self.log.request(Kind::File, "cancelled"),
            Err(Fault::OutOfPlace) => return Some(self.unusable(Unusable::OutOfPlace)),
            Err(Fault::Refused(refusal)) => self.refuse(refusal),
        }
        None
    }

    /// Passes the answer of a receiver on to the outbox, which sends it the file.
    pub(super) fn follow_receiver(&mut self, line: ReceiverLine) -> Option<Input> {
        self.outbox.answer(line).is_err().then(|| self.unusable(Unusable::OutOfPlace))
    }

    pub(super) fn unusable(&self, why: Unusable) -> Input {
        self.log.request(Kind::Other, "not usable");
        Input::Unusable(why)
    }

    pub(super) fn refuse(&self, refusal: Refusal) {
        self.log.request(Kind::File, format_args!("refused: {}", refusal.for_owner()));
        self.tell(ReceiverLine::refuse(&refusal.to_string()));
    }

    /// Asks for a file: the next line may be its offer.
    pub fn await_file(&mut self) {
        self.receiving.open_question();
    }

    /// No longer waits for a file. Returns whether it did.
    pub fn stop_awaiting_file(&mut self) -> bool {
        self.receiving.close_question()
    }

    /// The name of the file that is on its way in, if there is one.
    pub fn upload(&self) -> Option<&FileName> {
        self.receiving.name()
    }

    /// Gives up the file that is on its way in, if there is one.
    pub fn refuse_upload(&mut self, refusal: Refusal) {
        if self.receiving.name().is_some() {
            let refusal = self.receiving.refuse(refusal);
            self.refuse(refusal);
        }
    }
}
