//! Pacing: slows authors down to the speed of their readers, and tells which readers are too slow.
//!
//! # The model
//! The *level* of an outbox is how many bytes of text wait in it; a file that waits does not
//! count. Let `L` be the level of the fullest outbox in a room. An author that said `b` bytes at
//! once owes `b · max(b, 256) / 32768`, and pays that back at the rate
//!
//! ```text
//!   r(L) = 2 MiB/s · 2^-((L - 512 KiB) / 64 KiB), but at least 64 B/s
//!   r(L) = no limit, up to L = 512 KiB
//! ```
//! The server reads the author's next line only after the author has paid. So more bytes make the
//! pause longer, and a higher level makes it much longer. The factor `b / 32768` is the difference
//! between a paste and a conversation: it is 1/2 for a full read of 16 KiB, and 1/128 for a short
//! line.
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
//! # Who is disconnected
//! A peer is disconnected if its socket takes nothing for 60 s while something waits, if 1 MiB
//! waits for it and its socket takes nothing for 10 s, or if more than 2 MiB would wait. But a
//! slow reader takes bytes all the time, and the kernel passes this on only in large steps, up to
//! 1/16 of the receive window. So each 8 KiB that the socket takes buys the peer one second of
//! patience, up to a minute. See [`Patience`].
//!
//! # Why a malicious slow reader cannot stop others
//! It can slow a paste down: the protocol allows that. It cannot slow a conversation down, because
//! `r(L)` has a minimum. Then the level goes on rising, at the speed of the conversation. But from
//! 1 MiB on, a reader that takes less than 8 KiB/s uses up its patience and is disconnected. Until
//! then there is space for short lines, up to 2 MiB.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::{Cut, Outbox};

/// The most text that may wait for one member, in bytes. This includes what a courier has in hand.
pub const MAX_TEXT_BYTES: usize = 2 * 1024 * 1024;

/// From this level on, authors are slowed down.
pub const SLOW_FROM_BYTES: usize = 512 * 1024;

/// At this level a peer that reads too slowly is disconnected.
const FULL_BYTES: usize = 1024 * 1024;

/// A peer's own next line is not read above this level. The rest is free for one long answer. So
/// the answers to a peer never fill its outbox.
pub const OWN_ANSWERS_BYTES: usize = FULL_BYTES - 64 * 1024;

/// At what rate an author pays at [`SLOW_FROM_BYTES`], in bytes per second.
const FIRST_RATE: f64 = 2.0 * 1024.0 * 1024.0;

/// The rate halves with each step.
const STEP_BYTES: f64 = 64.0 * 1024.0;

/// The lowest rate, in bytes per second.
const LAST_RATE: f64 = 64.0;

/// If this many bytes are said at once, they cost exactly this many bytes.
const PASTE_BYTES: f64 = 32.0 * 1024.0;

/// Below this size, each byte costs as much as at this size.
const SHORT_BYTES: f64 = 256.0;

/// A line is said only if there is space for this many times its size. So pastes leave space
/// for short lines.
const SPACE_FACTOR: usize = 16;

/// How long an author is held up before its session looks at its own deadlines.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How often an author that waits looks again: at the level, and whether it was sent away.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// A shorter pause is left out: to sleep takes longer.
const SHORTEST_PAUSE: f64 = 0.000_1;

/// How long a socket may take nothing.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a socket may take nothing while [`FULL_BYTES`] wait.
const FULL_STALL_TIMEOUT: Duration = Duration::from_secs(10);

/// This many bytes buy a peer one second of patience.
const BYTES_PER_SECOND: usize = 8 * 1024;

/// The most patience that can be bought ahead.
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
    debt: f64,
}

impl Pressure {
    pub(super) fn new(bytes: usize) -> Pressure {
        Pressure { fullest: None, debt: debt(bytes) }
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
            let rate = rate(fullest.level());
            let left = self.debt / rate;
            if left < SHORTEST_PAUSE {
                return true;
            }
            if now >= deadline || author.is_closing() {
                return false;
            }
            thread::sleep(Duration::from_secs_f64(left.min(LOOK_INTERVAL.as_secs_f64())));
            let slept = now.elapsed();
            self.debt -= rate * slept.as_secs_f64();
            now += slept;
        }
    }
}

/// A member whose outbox has no space for a line. The line must wait.
pub struct NoSpace {
    full: Arc<Outbox>,
    bytes: usize,
}

impl NoSpace {
    /// The line has `bytes`.
    pub(super) fn new(full: &Arc<Outbox>, bytes: usize) -> NoSpace {
        NoSpace { full: Arc::clone(full), bytes }
    }

    /// Blocks until there is space, that member is gone, or the author's own outbox is closing, but
    /// for 10 s at most. Call it without any lock.
    pub fn wait(&self, author: &Outbox) {
        let deadline = Instant::now() + LONGEST_WAIT;
        let has_space = || has_space(self.full.level(), self.bytes);
        while !has_space() && !author.is_closing() && Instant::now() < deadline {
            self.full.wait_until(LOOK_INTERVAL, |_| has_space());
        }
    }
}

/// What is known about how a peer reads. Guarded by its outbox's lock.
#[derive(Default)]
pub(super) struct Patience {
    /// Since when the socket has taken nothing, though something is in hand.
    stalled_since: Option<Instant>,
    /// Until when it has bought patience. `None`: its socket has never been full.
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
            // How the peer read before this moment does not count against it.
            self.bought_until = self.bought_until.map(|until| until.max(now));
        }
    }

    /// The socket took `written` bytes, which was all.
    pub(super) fn note_all_written(&mut self, written: usize) {
        // Most sockets are never full. For them we need not ask the clock.
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

    /// Returns why the peer must be disconnected, if it must.
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
