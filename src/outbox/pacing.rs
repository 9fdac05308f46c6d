//! Pacing: slows authors down to the speed of their readers.
//!
//! # The model
//! What is said costs a debt, and the author pays it by waiting. Who pastes 16 KiB owes 8 KiB.
//! While 1 MiB waits for somebody in the room, 8 KiB are paid in a second. Who says a short line
//! owes half a byte, and waits for less than a millisecond.
//!
//! The *level* of an outbox is how many bytes of text wait in it; a file that waits does not
//! count. Let `L` be the level of the fullest outbox in a room. An author that said `b` bytes at
//! once owes `b · max(b, 256) / 32768`, and pays that back at the rate
//!
//! ```text
//!   r(L) = 2 MiB/s · 2^-((L - 512 KiB) / 64 KiB), but at least 64 B/s
//!   r(L) = no limit, up to L = 512 KiB
//! ```
//! The server reads the author's next line only after the author has paid. So more bytes make the
//! pause longer, and a higher level makes it much longer. `b / 32768` is the price of one byte:
//! 1/2 in a full read of 16 KiB, and 1/128 in a short line. So a paste is slowed down, and a
//! conversation is not.
//!
//! # The equilibrium
//! `N` authors who paste without end say about `2 · N · r(L)` bytes a second. The level rises
//! until the slowest reader takes just as much. If that reader takes 16 KiB/s, the level is 1 MiB
//! with one author and 1.3 MiB with twenty. If all of them speak in the same moment, it is 0.4 MiB
//! more for a while.
//!
//! A person who types a line of 60 bytes owes half a byte. At 1.3 MiB the person pays that in
//! 2 ms, and at any level in 8 ms: too short to notice. If many people say short lines as fast as
//! they can, the lines gather during the pauses. Then they are read together, and cost as much as
//! a paste.
//!
//! # Why a malicious slow reader cannot stop others
//! It can slow a paste down: the protocol allows that. It cannot slow a conversation down, because
//! `r(L)` has a minimum. Then the level goes on rising, at the speed of the conversation. But from
//! 1 MiB on, a reader that takes less than 8 KiB/s uses up its `patience` and is disconnected.
//! Until then there is space for short lines, up to 2 MiB.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::Outbox;
use super::patience::MAX_TEXT_BYTES;

/// From this level on, authors are slowed down.
const SLOW_FROM_BYTES: usize = 512 * 1024;

/// At what rate an author pays at [`SLOW_FROM_BYTES`].
const FIRST_BYTES_PER_SECOND: f64 = 2.0 * 1024.0 * 1024.0;

/// The rate halves with each step.
const STEP_BYTES: f64 = 64.0 * 1024.0;

/// The lowest rate.
const LAST_BYTES_PER_SECOND: f64 = 64.0;

/// A paste of this size costs its own size. A smaller one costs less than that, a larger one more.
const PASTE_BYTES: f64 = 32.0 * 1024.0;

/// A byte of a shorter line costs as much as a byte of a line of this size.
const SHORT_BYTES: f64 = 256.0;

/// A line is said only if there is space for this many times its size. So pastes leave space
/// for short lines.
const SPACE_FACTOR: usize = 16;

/// How long an author is held up before its session looks at its own deadlines.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How often an author that waits looks again: at the level, and whether it was sent away.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// A shorter pause is left out: to sleep takes longer.
const SHORTEST_PAUSE_SECONDS: f64 = 0.000_1;

/// How fast an author pays while `level` bytes wait for the slowest reader.
fn bytes_per_second(level: usize) -> f64 {
    if level <= SLOW_FROM_BYTES {
        return f64::INFINITY;
    }
    let steps = (level - SLOW_FROM_BYTES) as f64 / STEP_BYTES;
    (FIRST_BYTES_PER_SECOND * (-steps).exp2()).max(LAST_BYTES_PER_SECOND)
}

/// How many bytes an author owes for `bytes` that it said at once.
fn debt_bytes(bytes: usize) -> f64 {
    let bytes = bytes as f64;
    bytes * bytes.max(SHORT_BYTES) / PASTE_BYTES
}

/// Whether a line of `bytes` bytes may be said to a member for whom `level` bytes wait.
pub(super) fn has_space(level: usize, bytes: usize) -> bool {
    let space = (SPACE_FACTOR * bytes).min(MAX_TEXT_BYTES - SLOW_FROM_BYTES);
    level + space <= MAX_TEXT_BYTES
}

/// What an author owes for what it said, because somebody in the room reads slowly.
#[derive(Default)]
#[must_use]
pub struct Pressure {
    /// The fullest outbox, if it is so full that the author is slowed down.
    pub(super) fullest: Option<Arc<Outbox>>,
    debt_bytes: f64,
}

impl Pressure {
    pub(super) fn new(bytes: usize) -> Pressure {
        Pressure { fullest: None, debt_bytes: debt_bytes(bytes) }
    }

    /// Looks at the outbox of one member who gets what was said.
    pub(super) fn look_at(&mut self, outbox: &Arc<Outbox>) {
        let most = self.fullest.as_ref().map_or(SLOW_FROM_BYTES, |fullest| fullest.level());
        if outbox.level() > most {
            self.fullest = Some(Arc::clone(outbox));
        }
    }

    /// Blocks until the author has paid or its own outbox is closing, but for 10 s at most.
    /// Returns whether all is paid. Call it without any lock.
    pub fn wait(&mut self, author: &Outbox) -> bool {
        let Some(fullest) = &self.fullest else { return true };
        let mut now = Instant::now();
        let deadline = now + LONGEST_WAIT;
        loop {
            let bytes_per_second = bytes_per_second(fullest.level());
            let seconds_left = self.debt_bytes / bytes_per_second;
            if seconds_left < SHORTEST_PAUSE_SECONDS {
                return true;
            }
            if now >= deadline || author.is_closing() {
                return false;
            }
            thread::sleep(Duration::from_secs_f64(seconds_left).min(LOOK_INTERVAL));
            let slept = now.elapsed();
            self.debt_bytes -= bytes_per_second * slept.as_secs_f64();
            now += slept;
        }
    }
}

/// A member whose outbox has no space for a line. The line must wait.
pub struct NoSpace {
    pub(super) full: Arc<Outbox>,
    /// How long the line is.
    pub(super) bytes: usize,
}

impl NoSpace {
    /// Blocks until there is space, that member is gone, or the author's own outbox is closing,
    /// but for 10 s at most. Call it without any lock.
    pub fn wait(&self, author: &Outbox) {
        let deadline = Instant::now() + LONGEST_WAIT;
        let has_space = || has_space(self.full.level(), self.bytes);
        while !has_space() && !author.is_closing() && Instant::now() < deadline {
            self.full.wait_until(LOOK_INTERVAL, |_| has_space());
        }
    }
}

#[cfg(test)]
mod tests;
