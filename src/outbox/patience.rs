//! Patience: tells which readers are too slow, and how much may wait for one.
//!
//! A peer is disconnected if its socket takes nothing for 60 s while something waits, if 1 MiB
//! waits for it and its socket takes nothing for 10 s, or if more than 2 MiB would wait. But a
//! slow reader takes bytes all the time, and our kernel hears of that only in large steps, up to
//! 1/16 of the receive window. So each 8 KiB that the socket takes buys the peer one second of
//! patience, up to a minute.

use std::fmt::{self, Display};
use std::io;
use std::time::{Duration, Instant};

/// The most text that may wait for one member, in bytes. This includes what a thread has in hand.
pub const MAX_TEXT_BYTES: usize = 2 * 1024 * 1024;

/// At this level a peer that reads too slowly is disconnected.
pub(super) const FULL_BYTES: usize = 1024 * 1024;

/// A peer's own next line is not read above this level. The rest is free for one long answer. So
/// the answers to a peer never fill its outbox.
pub(super) const OWN_ANSWERS_BYTES: usize = FULL_BYTES - 64 * 1024;

/// How long a socket may take nothing.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a socket may take nothing while [`FULL_BYTES`] wait.
const FULL_STALL_TIMEOUT: Duration = Duration::from_secs(10);

/// This many bytes buy a peer one second of patience.
const BYTES_FOR_A_SECOND: usize = 8 * 1024;

/// The most patience that can be bought ahead.
const MOST_PATIENCE: Duration = Duration::from_secs(60);

/// The first pause before a full socket is tried again. It doubles up to the longest.
const FIRST_RETRY: Duration = Duration::from_millis(1);
const LONGEST_RETRY: Duration = Duration::from_millis(100);

/// Why this side cut a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Too much waited for too long, or there was no space for more.
    TooSlow,
    /// The socket took nothing for too long.
    Stalled,
    /// The connection is gone.
    Lost,
    /// The other side has closed or reset it.
    Ended,
}

impl Cut {
    /// What an error of a write says.
    pub(super) fn by_error(error: &io::Error) -> Cut {
        match error.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Cut::Ended,
            _ => Cut::Lost,
        }
    }
}

impl Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cut::TooSlow => "reads too slowly",
            Cut::Stalled => "does not read",
            Cut::Lost | Cut::Ended => "connection lost",
        })
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
            self.retry_after = FIRST_RETRY;
        } else {
            self.retry_after = (2 * self.retry_after).min(LONGEST_RETRY);
        }
    }

    fn buy(&mut self, bytes: usize, now: Instant) {
        let bought = Duration::from_secs_f64(bytes as f64 / BYTES_FOR_A_SECOND as f64);
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
mod tests {
    use super::*;

    #[test]
    fn who_takes_nothing_is_put_out_after_60_s_or_after_10_with_1_mib() {
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let mut patience = Patience::default();
        patience.note_level(FULL_BYTES - 1, || start);
        patience.note_full_socket(5, at(0));
        patience.note_full_socket(0, at(59));
        assert_eq!(patience.is_over(at(59)), None);
        assert_eq!(patience.is_over(at(60)), Some(Cut::Stalled));
        patience.note_full_socket(1, at(59));
        assert_eq!(patience.is_over(at(118)), None, "it took something");

        let mut patience = Patience::default();
        patience.note_full_socket(0, start);
        patience.note_level(FULL_BYTES, || at(30));
        assert_eq!(patience.is_over(at(39)), None, "1 MiB waits for 9 s");
        assert_eq!(patience.is_over(at(40)), Some(Cut::Stalled));
        patience.note_level(FULL_BYTES - 1, || at(40));
        assert_eq!(patience.is_over(at(40)), None);
    }

    #[test]
    fn a_full_socket_is_tried_again_soon_and_then_less_often() {
        let now = Instant::now();
        let mut patience = Patience::default();
        let mut pauses = Vec::new();
        for _ in 0..10 {
            patience.note_full_socket(0, now);
            pauses.push(patience.retry_after().as_millis());
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 100, 100, 100]);
        patience.note_full_socket(1, now);
        assert_eq!(patience.retry_after().as_millis(), 1);
    }

    #[test]
    fn how_a_peer_read_before_its_outbox_was_full_does_not_count() {
        let at = |start: Instant, seconds: u64| start + Duration::from_secs(seconds);
        let start = Instant::now();
        let mut patience = Patience::default();
        patience.note_full_socket(1, start);
        let full = at(start, 3600);
        patience.note_level(FULL_BYTES, || full);
        for seconds in 1..30 {
            patience.note_full_socket(16_000, at(full, seconds));
            assert_eq!(patience.is_over(at(full, seconds)), None, "{seconds}");
        }

        // It has bought three hours, but only one minute of them counts.
        let mut patience = Patience::default();
        patience.note_full_socket(100 << 20, start);
        patience.note_level(FULL_BYTES, || start);
        patience.note_full_socket(1, at(start, 50));
        assert_eq!(patience.is_over(at(start, 69)), None);
        assert_eq!(patience.is_over(at(start, 71)), Some(Cut::Stalled));
    }
}
