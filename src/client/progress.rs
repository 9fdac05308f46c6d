//! How far a transfer is, in few words: `↓ TD_work.pdf 53% 11.2 MiB/s ~3 s`.
//!
//! The receiving thread asks four times a second and shows the answer before the prompt. What is
//! received counts when it is here. What is sent counts when the system has taken it for the
//! network, and that may be some megabytes before the server has it. So an upload reads
//! `↑ a.pdf on its way: 53%`, and no time left is shown. In its first second no speed is shown,
//! because the system takes these megabytes at once. Speed and time left are those of the last
//! seconds. If nothing moves, that is said instead: the person must not believe that a dead
//! transfer is almost done. Nothing here fails.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::name::FileName;
use crate::size::ByteSize;
use crate::transfer::Progress;

/// After this long without a byte, a transfer is said to wait.
const STALL: Duration = Duration::from_secs(2);

/// At its start, and after a stall, a transfer first fills what the system keeps for it.
const FILLING: Duration = Duration::from_secs(1);

/// The speed is that of at least this time, and of at most that.
const MIN_SPAN: Duration = Duration::from_secs(2);
const MAX_SPAN: Duration = Duration::from_secs(4);

/// Watches the transfers in one direction.
#[derive(Debug)]
pub struct Meter {
    arrow: char,
    /// What is shown between the name and the percentage.
    what: &'static str,
    current: Option<Look>,
}

/// What was seen of a file under way.
#[derive(Debug)]
struct Look {
    name: FileName,
    moved: u64,
    /// When something had moved last.
    moved_at: Instant,
    /// Since when it moves without a stall.
    moves_since: Instant,
    /// How much had moved at which times. The last seconds before `moved_at`.
    steps: VecDeque<(Instant, u64)>,
}

impl Meter {
    /// For the files that go where this arrow shows. `what` the percentage is of, in words.
    pub fn new(arrow: char, what: &'static str) -> Meter {
        Meter { arrow, what, current: None }
    }

    /// Describes the transfer, if a file is under way.
    pub fn read(&mut self, progress: Option<Progress>, now: Instant) -> Option<String> {
        let Some(Progress { name, moved, size }) = progress else {
            self.current = None;
            return None;
        };
        let last = self.current.take().filter(|last| last.name == name && last.moved <= moved);
        let mut look = last.unwrap_or_else(|| Look::new(name, now));
        look.note(moved, now);
        let percent = if size == 0 { 100 } else { u128::from(moved) * 100 / u128::from(size) };
        let stall = now - look.moved_at;
        // Before the answer to its offer nothing is on its way.
        let is_sent = !self.what.is_empty() && moved > 0;
        let pace = match look.speed() {
            // The system may still send what it has taken: nobody knows that it waits.
            _ if stall >= STALL && is_sent => format!(" for {}", seconds(stall)),
            _ if stall >= STALL => format!(" waiting ({})", seconds(stall)),
            // All of it has moved. The other side still has to store it.
            _ if moved == size => String::new(),
            // The system still has to send what it has taken: nobody knows how long that takes.
            Some(speed) if is_sent => format!(" {}/s", ByteSize(speed as u64)),
            Some(speed) => {
                let left = Duration::try_from_secs_f64((size - moved) as f64 / speed);
                format!(" {}/s ~{}", ByteSize(speed as u64), time(left.unwrap_or(Duration::MAX)))
            }
            // Too early to tell.
            None => String::new(),
        };
        let what = if is_sent { self.what } else { "" };
        let shown = format!("{} {}{what} {percent}%{pace}", self.arrow, look.name);
        self.current = Some(look);
        Some(shown)
    }
}

impl Look {
    fn new(name: FileName, now: Instant) -> Look {
        Look { name, moved: 0, moved_at: now, moves_since: now, steps: VecDeque::new() }
    }

    fn note(&mut self, moved: u64, now: Instant) {
        if moved == self.moved {
            return;
        }
        if now - self.moved_at >= STALL {
            self.moves_since = now;
            self.steps.clear();
        }
        (self.moved, self.moved_at) = (moved, now);
        if now - self.moves_since >= FILLING {
            self.steps.push_back((now, moved));
            self.steps.retain(|(at, _)| now - *at <= MAX_SPAN);
        }
    }

    /// In bytes a second, up to the last byte that has moved.
    fn speed(&self) -> Option<f64> {
        let ((first_at, first), (last_at, last)) = (self.steps.front()?, self.steps.back()?);
        let span = *last_at - *first_at;
        (span >= MIN_SPAN).then(|| (last - first) as f64 / span.as_secs_f64())
    }
}

fn seconds(stall: Duration) -> String {
    time(Duration::from_secs(stall.as_secs()))
}

fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64().ceil().min(359_999.0) as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        _ => format!("{}:{:02} h", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at a file of this size each second, while these bytes have moved.
    fn looks(size: u64, moved: &[u64]) -> Vec<String> {
        let (mut meter, start) = (Meter::new('↓', ""), Instant::now());
        let mut look = |(second, &moved): (usize, &u64)| {
            let now = start + Duration::from_secs(second as u64);
            meter.read(progress("a", moved, size), now).unwrap()
        };
        moved.iter().enumerate().map(&mut look).collect()
    }

    fn progress(name: &str, moved: u64, size: u64) -> Option<Progress> {
        Some(Progress { name: FileName::parse(name).unwrap(), moved, size })
    }

    #[test]
    fn a_transfer_is_described_by_percent_speed_and_time_left() {
        let last = |size, moved: &[u64]| looks(size, moved).pop().unwrap();
        assert_eq!(last(0, &[0]), "↓ a 100%");
        let moved = [0, 100 << 20, 150 << 20, 300 << 20];
        assert_eq!(last(800 << 20, &moved), "↓ a 37% 100.0 MiB/s ~5 s");
        assert_eq!(last(1 << 20, &[0, 1, 2, 1001]), "↓ a 0% 500 B/s ~34:56 min");
        assert_eq!(last(u64::MAX, &[0, 1, 2, u64::MAX / 2]), "↓ a 49% 4.0 EiB/s ~2 s");
        // It has all moved, and is not stored yet.
        assert_eq!(last(4096, &[0, 1024, 2048, 3072, 4096, 4096]), "↓ a 100%");
        assert_eq!(last(4096, &[0, 1024, 2048, 4096, 4096, 4096]), "↓ a 100% waiting (2 s)");
        assert_eq!(last(u64::MAX, &[0, 1, 2, 3]), "↓ a 0% 1 B/s ~99:59 h");
    }

    #[test]
    fn what_the_system_takes_at_once_is_no_speed() {
        // 4 MB fit into the system's buffers, and then 1 MB leaves in a second.
        let moved = [65_536, 4_000_000, 5_000_000, 6_000_000, 7_000_000];
        let looks = looks(100_000_000, &moved);
        assert_eq!(looks[1..4], ["↓ a 4%", "↓ a 5%", "↓ a 6% 976.6 KiB/s ~1:34 min"]);
        assert_eq!(looks[4], "↓ a 7% 976.6 KiB/s ~1:33 min");
    }

    #[test]
    fn the_speed_is_that_of_the_last_seconds() {
        let moved = [0, 0, 1000, 2000, 3000, 4000, 5000, 7000, 9000, 11_000, 13_000];
        let looks = looks(100_000, &moved);
        assert_eq!(looks[6], "↓ a 5% 1000 B/s ~1:35 min");
        assert_eq!(looks[10], "↓ a 13% 2.0 KiB/s ~44 s");
    }

    #[test]
    fn a_speed_never_falls_while_nothing_moves_and_the_stall_is_said() {
        let moved = [0, 10_000, 20_000, 30_000, 30_000, 30_000, 30_000, 90_000, 91_000, 92_000];
        let looks = looks(100_000, &moved);
        assert_eq!(looks[3..5], ["↓ a 30% 9.8 KiB/s ~7 s"; 2]);
        assert_eq!(looks[5..7], ["↓ a 30% waiting (2 s)", "↓ a 30% waiting (3 s)"]);
        assert_eq!(looks[7..9], ["↓ a 90%", "↓ a 91%"], "it fills the buffers again");
    }

    #[test]
    fn another_file_starts_anew() {
        let mut meter = Meter::new('↑', " on its way:");
        let start = Instant::now();
        let mut read = |name, second| {
            let moved = 1024 * second;
            meter.read(progress(name, moved, 4096), start + Duration::from_secs(second)).unwrap()
        };
        assert_eq!(read("a", 0), "↑ a 0%");
        assert_eq!(
            (read("a", 1), read("a", 2)),
            ("↑ a on its way: 25%".into(), "↑ a on its way: 50%".into())
        );
        assert_eq!(read("a", 3), "↑ a on its way: 75% 1.0 KiB/s");
        assert_eq!(read("b", 3), "↑ b on its way: 75%");
        assert_eq!(meter.read(None, start), None);
    }

    #[test]
    fn what_is_sent_is_not_said_to_wait() {
        let mut meter = Meter::new('↑', " on its way:");
        let start = Instant::now();
        let mut read = |moved, second| {
            meter.read(progress("a", moved, 4096), start + Duration::from_secs(second)).unwrap()
        };
        assert_eq!((read(0, 0), read(0, 2)), ("↑ a 0%".into(), "↑ a 0% waiting (2 s)".into()));
        assert_eq!(
            (read(4096, 3), read(4096, 4)),
            ("↑ a on its way: 100%".into(), "↑ a on its way: 100%".into())
        );
        assert_eq!(read(4096, 9), "↑ a on its way: 100% for 6 s");
    }
}
