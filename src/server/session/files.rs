//! Lines about files, and the bytes behind them: they may come in any state. What the transfer's two roles answer is posted; what
//! the state has to know comes back as its input.

use std::fmt::Display;
use std::mem;
use std::thread;
use std::time::Instant;

use super::{Input, Session, Unusable};
use crate::name::FileName;
use crate::protocol::FileLine;
use crate::server::request_log::Kind;
use crate::transfer::{Answer, Fault, Refusal};

impl Session<'_> {
    /// Deals with a line about a file. Returns what the state has to know of it.
    pub(super) fn take_file_line(&mut self, line: FileLine) -> Option<Input> {
        match self.follow(line) {
            Ok(input) => input,
            Err(Fault::OutOfPlace) => Some(self.unusable(Unusable::OutOfPlace)),
            Err(Fault::Refused(refusal)) => {
                self.refuse(refusal);
                None
            }
        }
    }

    fn follow(&mut self, line: FileLine) -> Result<Option<Input>, Fault> {
        match line {
            FileLine::Offer { size, name } => {
                if !mem::take(&mut self.awaits_file) {
                    return Err(Fault::OutOfPlace);
                }
                self.receiving.offer(&self.shared.folder, size, &name, Instant::now())?;
                self.log.request(Kind::File, format_args!("{size} bytes offered, ready"));
                self.say(FileLine::Ready);
            }
            FileLine::Data(count) => {
                // The bytes follow, whatever we think of them.
                self.run_left = count;
                self.receiving.data(count)?;
            }
            FileLine::End(digest) => {
                if let Some(stored) = self.receiving.end(&digest)? {
                    let kept = &stored.kept.name;
                    self.log
                        .request(Kind::File, format_args!("{} stored as {kept}", stored.offered));
                    self.say(FileLine::Ack(stored.digest.clone()));
                    return Ok(Some(Input::Uploaded(stored)));
                }
            }
            FileLine::Cancel(_) => {
                self.log.request(Kind::File, "cancelled");
                // Instead of a `$file` it says that there is none to come.
                if self.receiving.cancel().is_err() && !mem::take(&mut self.awaits_file) {
                    return Err(Fault::OutOfPlace);
                }
            }
            FileLine::Ready => self.outbox.answer(Answer::Ready)?,
            FileLine::Ack(digest) => self.outbox.answer(Answer::Ack(digest))?,
            FileLine::Refuse(reason) => self.outbox.answer(Answer::Refuse(reason))?,
        }
        Ok(None)
    }

    pub(super) fn unusable(&self, why: Unusable) -> Input {
        self.log.request(Kind::Other, "not usable");
        Input::Unusable(why)
    }

    /// Takes what has come of the bytes behind a `$data` line. Returns whether that was all of them.
    pub(super) fn take_run(&mut self) -> bool {
        let bytes = self.reader.take_bytes(self.run_left);
        self.run_left -= bytes.len();
        // Where all cores are busy, files wait for what people say.
        thread::yield_now();
        if let Err(refusal) = self.receiving.store(bytes, Instant::now()) {
            self.refuse(refusal);
        }
        self.run_left == 0
    }

    pub(super) fn refuse(&self, reason: impl Display) {
        self.log.request(Kind::File, format_args!("refused: {reason}"));
        self.say(FileLine::refuse(&reason.to_string()));
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
