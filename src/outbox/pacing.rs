//! Pacing: how those who write are slowed down to what others read, and who is put out.
//!
//! # The model
//! The *level* of an outbox is how many bytes of text wait in it; a file that waits does not
//! count. Let `L` be the level of the fullest outbox in a room. An author that said `b` bytes at
//! once owes `b · max(b, 256) / 32768`, and pays that back at the rate
//!
//! ```text
//!   r(L) = 2 MiB/s · 2^-((L - 512 KiB) / 64 KiB), but at least 64 B/s
//!   r(L) = without limit, up to L = 512 KiB
//! ```
//! The server does not read the author's next line before it has paid. So a pause grows in
//! proportion to the bytes, and steeply with the level. The factor `b / 32768` is the difference
//! between a paste and a conversation: it is near 1 for all that one read brings, and 1/128 for a
//! short line.
//!
//! # The equilibrium
//! `N` authors who paste without end say about `2 · N · r(L)` bytes a second. The level rises until
//! that is what the slowest reader takes. For a reader of 16 KiB/s it is 1 MiB with one author, and
//! 1.3 MiB with twenty; if all of them speak in the same moment, it is 0.4 MiB more for a while.
//!
//! A person who types a line of 60 bytes owes half a byte. At 1.3 MiB it pays that in 1 ms, and at
//! any level in 8 ms: it feels nothing. If many say short lines as fast as they can, these gather
//! during the pauses, are read together, and cost what a paste costs.
//!
//! # Who is put out
//! A peer whose socket takes nothing for 60 s while something waits; and one for whom 1 MiB waits
//! and whose socket takes nothing for 10 s. But the kernel hands on in lumps what a slow reader
//! takes, up to 1/16 of its receive window at once. So each 8 KiB that the socket takes buys it
//! one second of patience, up to a minute. See [`Patience`].
//!
//! # Why a malicious slow reader cannot hold others up
//! It can slow a paste down, for that is what the page asks for. It can not slow a conversation
//! down, because `r(L)` has a floor; the level then goes on rising, at the speed of the
//! conversation. But from 1 MiB on a reader must take 8 KiB/s, or its patience is used up and it is
//! put out, and until then a short line finds room up to 2 MiB.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::{Cut, Outbox};

/// Most text that may wait for one member, in bytes, what is in a courier's hand included.
pub const MAX_TEXT_BYTES: usize = 2 * 1024 * 1024;

/// From this level on those who write are slowed down.
pub const SLOW_FROM_BYTES: usize = 512 * 1024;

/// At this level a peer that reads too little is put out.
const FULL_BYTES: usize = 1024 * 1024;

/// A peer's own next line is not read above this level. It leaves room for one long answer, so
/// that its own answers don't make an outbox full.
pub const OWN_ANSWERS_BYTES: usize = FULL_BYTES - 64 * 1024;

/// At what rate an author pays at [`SLOW_FROM_BYTES`], in bytes per second.
const FIRST_RATE: f64 = 2.0 * 1024.0 * 1024.0;

/// The rate halves with each step.
const STEP_BYTES: f64 = 64.0 * 1024.0;

/// The lowest rate, in bytes per second.
const LAST_RATE: f64 = 64.0;

/// What is said at once costs its own size if it is as large as this.
const PASTE_BYTES: f64 = 32.0 * 1024.0;

/// What is said at once costs as if it were at least this large.
const SHORT_BYTES: f64 = 256.0;

/// For this many times its size there must be room before something is said. So pastes leave room
/// for short lines.
const ROOM_FACTOR: usize = 16;

/// How long an author is held up before its session looks at its own deadlines.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How often a pausing author looks at the level again, in seconds.
const LOOK_INTERVAL: f64 = 0.050;

/// A shorter pause is none: to sleep takes longer.
const SHORTEST_PAUSE: f64 = 0.000_1;

/// How long a socket may take nothing.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a socket may take nothing while [`FULL_BYTES`] wait.
const FULL_STALL_TIMEOUT: Duration = Duration::from_secs(10);

/// So many bytes buy a peer one second of patience.
const BYTES_PER_SECOND: usize = 8 * 1024;

/// Most patience that can be bought ahead.
const MOST_PATIENCE: Duration = Duration::from_secs(60);

/// The first pause before a full socket is tried again, and the longest.
const RETRY: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(100));

/// How fast an author pays while `level` bytes wait for the slowest reader, in bytes per second.
fn rate(level: usize) -> f64 {
    if level <= SLOW_FROM_BYTES {
        return f64::INFINITY;
    }
    let steps = (level - SLOW_FROM_BYTES) as f64 / STEP_BYTES;
    (FIRST_RATE * (-steps).exp2()).max(LAST_RATE)
}

/// What an author owes for `bytes` that it said at once.
fn debt(bytes: usize) -> f64 {
    let bytes = bytes as f64;
    bytes * bytes.max(SHORT_BYTES) / PASTE_BYTES
}

/// Whether `bytes` may be said to one for whom `level` bytes wait.
pub(super) fn has_room(level: usize, bytes: usize) -> bool {
    let room = (ROOM_FACTOR * bytes).min(MAX_TEXT_BYTES - SLOW_FROM_BYTES);
    level + room <= MAX_TEXT_BYTES
}

/// What an author owes for what it said, because somebody in the room reads slowly.
#[derive(Default)]
#[must_use]
pub struct Pressure {
    /// The fullest outbox, if it is so full that the author is slowed down.
    fullest: Option<Arc<Outbox>>,
    debt: f64,
}

impl Pressure {
    pub(super) fn new(bytes: usize) -> Pressure {
        Pressure { fullest: None, debt: debt(bytes) }
    }

    /// Counts one of those who get what was said.
    pub(super) fn look_at(&mut self, outbox: &Arc<Outbox>) {
        let most = self.fullest.as_ref().map_or(SLOW_FROM_BYTES, |fullest| fullest.level());
        if outbox.level() > most {
            self.fullest = Some(Arc::clone(outbox));
        }
    }

    /// Whether somebody reads so slowly that the author must pause.
    pub fn is_high(&self) -> bool {
        self.fullest.is_some()
    }

    /// Blocks until the author has paid, but for 10 s at most. Returns whether it has. To be called
    /// without any lock.
    pub fn wait(&mut self) -> bool {
        let Some(fullest) = &self.fullest else { return true };
        let mut now = Instant::now();
        let deadline = now + LONGEST_WAIT;
        loop {
            let rate = rate(fullest.level());
            let left = self.debt / rate;
            if left < SHORTEST_PAUSE {
                return true;
            }
            if now >= deadline {
                return false;
            }
            thread::sleep(Duration::from_secs_f64(left.min(LOOK_INTERVAL)));
            let slept = now.elapsed();
            self.debt -= rate * slept.as_secs_f64();
            now += slept;
        }
    }
}

/// A member for whom there is no room, so that a line must wait before it is said.
pub struct NoRoom {
    full: Arc<Outbox>,
    bytes: usize,
}

impl NoRoom {
    /// The line has `bytes`.
    pub(super) fn new(full: &Arc<Outbox>, bytes: usize) -> NoRoom {
        NoRoom { full: Arc::clone(full), bytes }
    }

    /// Blocks until there is room, or that member is gone, but for 10 s at most. To be called
    /// without any lock.
    pub fn wait(&self) {
        self.full.wait_until(LONGEST_WAIT, |_| has_room(self.full.level(), self.bytes));
    }
}

/// What is known about how a peer reads. Guarded by its outbox's lock.
#[derive(Default)]
pub(super) struct Patience {
    /// Since when the socket has taken nothing, though something is in hand.
    stalled_since: Option<Instant>,
    /// Until when it has bought patience. `None`: it has never been full for long.
    bought_until: Option<Instant>,
    /// Since when [`FULL_BYTES`] wait.
    full_since: Option<Instant>,
    /// How long to wait before the socket is tried again. Zero: it is not full.
    retry_after: Duration,
}

impl Patience {
    /// Notes the outbox's level. `now` is asked only when it passes [`FULL_BYTES`].
    pub(super) fn note_level(&mut self, level: usize, now: impl FnOnce() -> Instant) {
        if level < FULL_BYTES {
            self.full_since = None;
        } else if self.full_since.is_none() {
            let now = now();
            self.full_since = Some(now);
            // What it took, or did not, before it was full does not count against it.
            self.bought_until = self.bought_until.map(|until| until.max(now));
        }
    }

    /// The socket took `written` bytes, which was all.
    pub(super) fn note_all_written(&mut self, written: usize) {
        // Most sockets are never full, and then the clock is not asked.
        if self.bought_until.is_some() {
            self.buy(written, Instant::now());
            self.stalled_since = None;
            self.retry_after = Duration::ZERO;
        }
    }

    /// The socket took only `written` bytes of what was in hand.
    pub(super) fn note_full_socket(&mut self, written: usize, now: Instant) {
        self.buy(written, now);
        if written > 0 || self.stalled_since.is_none() {
            self.stalled_since = Some(now);
            self.retry_after = RETRY.0;
        } else {
            self.retry_after = (2 * self.retry_after).min(RETRY.1);
        }
    }

    fn buy(&mut self, bytes: usize, now: Instant) {
        let bought = Duration::from_secs_f64(bytes as f64 / BYTES_PER_SECOND as f64);
        let until = self.bought_until.unwrap_or(now) + bought;
        self.bought_until = Some(until.min(now + MOST_PATIENCE));
    }

    /// Whether the peer is to be put out, and why.
    pub(super) fn is_over(&self, now: Instant) -> Option<Cut> {
        let since = |start: Option<Instant>| {
            start.map_or(Duration::ZERO, |start| now.saturating_duration_since(start))
        };
        let stalled = since(self.stalled_since);
        if stalled >= STALL_TIMEOUT {
            return Some(Cut::Stalled);
        }
        if since(self.full_since).min(since(self.bought_until)) < FULL_STALL_TIMEOUT {
            return None;
        }
        Some(if stalled >= FULL_STALL_TIMEOUT { Cut::Stalled } else { Cut::TooSlow })
    }

    /// How long to wait before a full socket is tried again.
    pub(super) fn retry_after(&self) -> Duration {
        self.retry_after
    }
}

#[cfg(test)]
mod tests;
