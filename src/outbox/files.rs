//! The files that go to the peer. Under the outbox's lock the sending role of `transfer` decides.
//! Without the lock this file does what follows: it wakes a courier, reads a block, and reports
//! how a file ended.

use std::sync::Arc;
use std::time::Instant;

use super::{Inner, Outbox};
use crate::lock::lock;
use crate::protocol::ReceiverLine;
use crate::transfer::{Block, OutOfPlace, Outgoing, Progress};

impl Outbox {
    /// Queues a file for this peer. Once the outbox is closing, `file` is dropped, which reports
    /// it as gone.
    pub fn offer(self: &Arc<Self>, file: Outgoing) {
        self.with_sending(|inner| inner.sending.offer(file, Instant::now()));
    }

    /// Takes the peer's answer about the file that is sent to it.
    ///
    /// # Errors
    /// [`OutOfPlace`] if there is none.
    pub fn answer(self: &Arc<Self>, answer: ReceiverLine) -> Result<(), OutOfPlace> {
        self.with_sending(|inner| inner.sending.answer(answer, Instant::now()))
            .unwrap_or(Err(OutOfPlace))
    }

    /// Gives up the file that is being sent. Returns whether there was one.
    pub fn cancel(self: &Arc<Self>, reason: &str) -> bool {
        self.with_sending(|inner| inner.sending.cancel(reason, Instant::now())).unwrap_or(false)
    }

    /// Gives up a file that has waited too long. Returns when to call this again.
    pub fn tick(self: &Arc<Self>, now: Instant) -> Option<Instant> {
        self.with_sending(|inner| inner.sending.tick(now)).flatten()
    }

    /// How far the file is that is being sent.
    pub fn progress(&self) -> Option<Progress> {
        lock(&self.inner).sending.progress()
    }

    /// Lets the sending role act, and does what follows from it. `None`: the outbox is closing,
    /// and nothing was done.
    fn with_sending<T>(self: &Arc<Self>, act: impl FnOnce(&mut Inner) -> T) -> Option<T> {
        let mut ended = Vec::new();
        let (done, load) = self.add(|inner| {
            let done = act(inner);
            ended = inner.sending.flush(&mut inner.waiting, inner.in_hand);
            done
        });
        self.enqueue(load);
        for (file, outcome) in ended {
            file.end(outcome);
        }
        done
    }

    /// Reads a block of a file and takes it in hand, unless the file has ended meanwhile.
    pub(super) fn read_block(self: &Arc<Self>, block: &Block, frame: &mut Vec<u8>) {
        let read = block.read(frame);
        let is_wanted = self.with_sending(|inner| {
            let is_wanted = inner.sending.block_read(block, read, frame, Instant::now());
            if is_wanted {
                inner.is_block = true;
                inner.in_hand = frame.len();
            }
            is_wanted
        });
        if is_wanted != Some(true) {
            frame.clear();
        }
    }
}
