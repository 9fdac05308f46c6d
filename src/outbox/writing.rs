//! Writing an outbox. A thread takes the next bytes in hand and writes them without the lock. What
//! the socket did not take is kept for the next time.
//!
//! A courier calls [`Outbox::deliver`], or the author of a line does: the one that has the outbox.

use std::mem;
use std::sync::Arc;
use std::time::Instant;

use super::patience::Cut;
use super::queue::Load;
use super::socket::Wait;
use super::{Inner, Outbox, Phase};
use crate::lock::lock;

/// A buffer larger than this is not kept for the next lines.
const MOST_KEPT_BYTES: usize = 16 * 1024;

/// An outbox that had less than this in it gets no buffer for the next lines: most people are
/// silent most of the time.
const BUSY_BYTES: usize = 1024;

/// While a file is under way, about this much text is taken at once, and then a block. So a slow
/// receiver never goes without bytes of the file for 60 s, which would end the transfer.
const TEXT_TURN_BYTES: usize = 64 * 1024;

/// After a write there is more to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct More {
    /// Which couriers must get the outbox.
    pub(super) load: Load,
    /// If the socket is full: when to try again.
    pub(super) retry_at: Option<Instant>,
}

impl Outbox {
    /// Writes what waits, once. The caller has the outbox. It reads files only if `load` is
    /// [`Load::Files`]. `frame` is a buffer to be used: it is exchanged for the one with the text.
    /// `None`: nobody has the outbox any more.
    pub(super) fn deliver(
        self: &Arc<Self>,
        frame: &mut Vec<u8>,
        load: Load,
        wait: Wait,
    ) -> Option<More> {
        frame.clear();
        self.take_in_hand(frame, load);
        let written = if frame.is_empty() { Ok(0) } else { self.socket.write(frame, wait) };
        let mut inner = lock(&self.inner);
        let over = match written {
            Ok(written) => self.note_written(&mut inner, frame, written),
            Err(error) => Some(Cut::by_error(&error)),
        };
        if let Some(why) = over {
            inner.is_taken = false;
            self.cut_under_lock(inner, why);
            return None;
        }
        // If it was cut meanwhile, it is empty too.
        if inner.is_empty() {
            inner.is_taken = false;
            return None;
        }
        let is_full = inner.in_hand > 0;
        let retry_at = is_full.then(|| Instant::now() + inner.patience.retry_after());
        Some(More { load: inner.load(), retry_at })
    }

    /// Takes the next bytes in hand: what was left over, else text or a block of a file.
    fn take_in_hand(self: &Arc<Self>, frame: &mut Vec<u8>, load: Load) {
        let mut inner = lock(&self.inner);
        if inner.in_hand > 0 {
            mem::swap(frame, &mut inner.unsent);
            inner.unsent = Vec::new();
        } else if load == Load::Files
            && inner.is_turn_of_block()
            && let Some(block) = inner.sending.next_block()
        {
            drop(inner);
            self.read_block(&block, frame);
        } else if !inner.waiting.is_empty() {
            inner.take_text(frame);
        }
    }

    /// Notes how much of `frame` the socket took, and keeps the rest. Returns why the peer must be
    /// disconnected, if it must.
    fn note_written(&self, inner: &mut Inner, frame: &mut Vec<u8>, written: usize) -> Option<Cut> {
        if matches!(inner.phase, Phase::Cut(_)) {
            return None;
        }
        inner.in_hand -= written;
        if inner.in_hand > 0 {
            frame.drain(..written);
            inner.unsent = mem::take(frame);
            inner.patience.note_full_socket(written, Instant::now());
        } else {
            inner.patience.note_all_written(written);
        }
        if written > 0 && inner.sending.is_under_way() {
            inner.sending.bytes_written(written, inner.is_block, Instant::now());
        }
        self.note_level(inner);
        if inner.waiters > 0 {
            self.written.notify_all();
        }
        if inner.in_hand == 0 {
            return None;
        }
        inner.patience.is_over(Instant::now())
    }
}

impl Inner {
    /// Whether a block may go before the text that waits. They take turns. But a block never goes
    /// before its own `$file` line, even if the receiver's `$ready` comes too early.
    fn is_turn_of_block(&self) -> bool {
        self.waiting.is_empty() || !self.is_block && self.sending.has_offer_left()
    }

    /// Takes text in hand: all that waits, or while a file is under way one turn.
    fn take_text(&mut self, frame: &mut Vec<u8>) {
        if self.sending.is_under_way() && self.waiting.len() > TEXT_TURN_BYTES {
            frame.extend(self.waiting.drain(..end_of_turn(&self.waiting)));
        } else {
            if frame.capacity() > MOST_KEPT_BYTES || self.waiting.len() < BUSY_BYTES {
                *frame = Vec::new();
            }
            mem::swap(frame, &mut self.waiting);
        }
        self.is_block = false;
        self.in_hand = frame.len();
    }
}

/// Where a turn of text ends. A block must not come inside a line, so whole lines are taken.
fn end_of_turn(text: &[u8]) -> usize {
    let is_end = |byte: &u8| *byte == b'\n';
    let whole_lines = text[..TEXT_TURN_BYTES].iter().rposition(is_end);
    let end = whole_lines.or_else(|| text.iter().position(is_end));
    end.map_or(text.len(), |end| end + 1)
}
