//! The model, as a simulation without sockets.

use super::*;
use crate::outbox::patience::{Cut, FULL_BYTES, Patience};

/// A room with one slow reader, in steps of a millisecond.
struct Room {
    /// For each author: what it says at once, in bytes, and what it still owes.
    authors: Vec<(usize, f64)>,
    level: usize,
    highest: usize,
    /// What the reader's socket takes at once, and how often, in milliseconds.
    takes: (usize, u64),
    patience: Patience,
    start: Instant,
    passed: Duration,
}

impl Room {
    fn with(authors: usize, bytes: usize, takes: (usize, u64)) -> Room {
        Room {
            authors: vec![(bytes, 0.0); authors],
            level: 0,
            highest: 0,
            takes,
            patience: Patience::default(),
            start: Instant::now(),
            passed: Duration::ZERO,
        }
    }

    /// Lets time pass. Returns how many bytes were said, or when and why the reader was put out.
    fn pass(&mut self, seconds: u64) -> Result<usize, (u64, Cut)> {
        let mut said = 0;
        for millisecond in 0..seconds * 1000 {
            let now = self.start + self.passed;
            if self.level > 0 && millisecond % self.takes.1 == 0 {
                let written = self.takes.0.min(self.level);
                self.level -= written;
                self.patience.note_full_socket(written, now);
            }
            for (bytes, owes) in &mut self.authors {
                *owes -= bytes_per_second(self.level) / 1000.0;
                if *owes <= 0.0 && has_space(self.level, *bytes) {
                    self.level += *bytes;
                    said += *bytes;
                    *owes = debt_bytes(*bytes);
                }
            }
            self.patience.note_level(self.level, || now);
            self.highest = self.highest.max(self.level);
            if let Some(why) = self.patience.is_over(now) {
                return Err((self.passed.as_secs(), why));
            }
            self.passed += Duration::from_millis(1);
        }
        Ok(said)
    }
}

/// What one full read of an author's socket becomes, with a name before each line.
const BATCH: usize = 18 * 1024;

/// What a reader takes that takes nothing.
const NOTHING: (usize, u64) = (0, 1);

#[test]
fn who_takes_16_000_bytes_a_second_is_never_put_out() {
    for authors in [1, 5, 20, 100] {
        // A large receive window makes slow reading come in lumps: the last is one of 6 MB.
        for takes in [(16, 1), (64_000, 4000), (256_000, 16_000), (384_000, 24_000)] {
            let mut room = Room::with(authors, BATCH, takes);
            assert!(room.pass(60).is_ok(), "{authors} {takes:?}");
            let said = room.pass(600).unwrap_or_else(|out| panic!("{authors} {takes:?}: {out:?}"));
            assert!(room.highest <= MAX_TEXT_BYTES, "{authors} {takes:?}: {}", room.highest);
            let rate = said / 600;
            assert!((14_000..18_000).contains(&rate), "{authors} {takes:?}: {rate} B/s");
        }
    }
}

#[test]
fn who_takes_nothing_is_put_out_soon_and_who_takes_little_too() {
    for authors in [1, 5, 20] {
        let (after, why) = Room::with(authors, BATCH, NOTHING).pass(60).unwrap_err();
        assert!((10..25).contains(&after) && why == Cut::Stalled, "{authors}: {after} {why}");
        let (after, why) = Room::with(authors, BATCH, (4_000, 1000)).pass(300).unwrap_err();
        assert!((10..60).contains(&after) && why == Cut::TooSlow, "{authors}: {after} {why}");
    }
}

#[test]
fn a_fast_reader_is_not_made_slow() {
    for kib_per_ms in [1, 10] {
        let mut room = Room::with(20, BATCH, (kib_per_ms << 10, 1));
        let said = room.pass(20).unwrap();
        assert!(said >= kib_per_ms * 1024 * 20_000, "{said} bytes: the outbox ran empty");
        assert!(room.highest < MAX_TEXT_BYTES);
    }
}

#[test]
fn who_types_a_line_each_50_ms_feels_nothing_at_any_level() {
    for level in [SLOW_FROM_BYTES, FULL_BYTES, MAX_TEXT_BYTES - (2 << 10)] {
        assert!(debt_bytes(80) / bytes_per_second(level) < 0.010, "{level}");
        assert!(has_space(level, 80), "{level}");
    }
}

#[test]
fn what_is_said_never_takes_more_than_the_limit() {
    for (authors, bytes) in [(1000, BATCH), (1000, 80), (10, 1 << 20)] {
        let mut room = Room::with(authors, bytes, NOTHING);
        let _ = room.pass(60);
        assert!(room.highest <= MAX_TEXT_BYTES, "{authors} {bytes}: {}", room.highest);
    }
}

#[test]
fn a_conversation_goes_on_until_a_stuck_reader_is_put_out() {
    let mut room = Room::with(20, BATCH, NOTHING);
    // Three who talk: a line each 20 ms is more than anybody types.
    room.authors.extend([(80, 0.0); 3]);
    let mut said = 0;
    let out = loop {
        let before = room.level;
        let pastes = room.authors.split_off(3);
        room.authors.reverse();
        room.authors.extend(pastes);
        match room.pass(1) {
            Ok(_) => said += room.level - before,
            Err(out) => break out,
        }
    };
    assert!(out.0 < 25 && said > 0, "{out:?}");
}
