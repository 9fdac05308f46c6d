//! Lines about files, and the bytes behind them: they may come in any state. What the transfer's two roles answer is posted; what
//! the state has to know comes back as its input.

use std::thread;
use std::time::Instant;

use super::{Input, Session, Unusable};
use crate::name::FileName;
use crate::protocol::FileLine;
use crate::server::request_log::Kind;
use crate::transfer::{Answer, Refusal, Run};

impl Session<'_> {
    /// Deals with a line about a file.
    pub(super) fn take_file_line(&mut self, line: FileLine) -> Option<Input> {
        let done = match line {
            FileLine::Offer { size, name } if self.awaits_file => {
                self.awaits_file = false;
                match self.receiving.offer(&self.shared.folder, size, &name, Instant::now()) {
                    Ok(()) => {
                        self.log.request(Kind::File, format_args!("{size} bytes offered, ready"));
                        self.say(FileLine::Ready);
                    }
                    Err(refusal) => self.refuse(refusal.to_string()),
                }
                Ok(())
            }
            FileLine::Offer { .. } => return Some(self.unusable(Unusable::OutOfPlace)),
            FileLine::Ready => self.outbox.answer(Answer::Ready),
            FileLine::Ack(digest) => self.outbox.answer(Answer::Ack(digest)),
            FileLine::Refuse(reason) => self.outbox.answer(Answer::Refuse(reason)),
            FileLine::Data(count) => {
                // The bytes follow, whatever we think of them.
                self.run_left = count;
                self.receiving.data(count).map(|run| {
                    if let Run::Refused(refusal) = run {
                        self.refuse(refusal.to_string());
                    }
                })
            }
            FileLine::End(digest) => match self.receiving.end(&digest) {
                Ok(Ok(None)) => Ok(()),
                Ok(Ok(Some(stored))) => {
                    self.log.request(
                        Kind::File,
                        format_args!("{} stored as {}", stored.offered, stored.kept.name),
                    );
                    self.say(FileLine::Ack(stored.digest.clone()));
                    return Some(Input::Uploaded(stored));
                }
                Ok(Err(refusal)) => {
                    self.refuse(refusal.to_string());
                    Ok(())
                }
                Err(out_of_place) => Err(out_of_place),
            },
            FileLine::Cancel(_) => {
                self.log.request(Kind::File, "cancelled");
                match self.receiving.cancel() {
                    Err(_) if self.awaits_file => {
                        self.awaits_file = false;
                        Ok(())
                    }
                    outcome => outcome,
                }
            }
        };
        done.err().map(|_| self.unusable(Unusable::OutOfPlace))
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
            self.refuse(refusal.to_string());
        }
        self.run_left == 0
    }

    pub(super) fn refuse(&self, reason: String) {
        self.log.request(Kind::File, format_args!("refused: {reason}"));
        self.say(FileLine::refuse(&reason));
    }

    /// The name of the file that is on its way in, if there is one.
    pub fn upload(&self) -> Option<&FileName> {
        self.receiving.name()
    }

    /// Gives up the file that is on its way in, if there is one.
    pub fn refuse_upload(&mut self, refusal: Refusal) {
        if self.receiving.name().is_some() {
            let refusal = self.receiving.refuse(refusal);
            self.refuse(refusal.to_string());
        }
    }
}
