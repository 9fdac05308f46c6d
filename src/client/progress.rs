//! How far a transfer is, in few words: `↑ TD_work.pdf 53% 112 MiB/s 3 s`.
//!
//! The receiving thread asks four times a second and shows the answer before the prompt. Rate and
//! time left are those of the last seconds. If nothing moves, that is said instead: the person
//! must not believe that a dead transfer is almost done. Nothing here fails.

use std::time::{Duration, Instant};

use crate::name::FileName;
use crate::size::ByteSize;
use crate::transfer::Progress;

/// After this long without a byte, a transfer is said to wait.
const STALL: Duration = Duration::from_secs(3);

/// Watches the transfers in one direction.
#[derive(Debug)]
pub struct Meter {
    arrow: char,
    current: Option<Look>,
}

/// The last look at a file under way.
#[derive(Debug)]
struct Look {
    name: FileName,
    at: Instant,
    moved: u64,
    /// When something had moved last.
    moved_at: Instant,
    /// In bytes a second; the looks before count less and less. `None` until something has moved.
    rate: Option<f64>,
}

impl Meter {
    /// For the files that go where this arrow shows.
    pub fn new(arrow: char) -> Meter {
        Meter { arrow, current: None }
    }

    /// Describes the transfer, if a file is under way.
    pub fn read(&mut self, progress: Option<Progress>, now: Instant) -> Option<String> {
        let Some(Progress { name, moved, size }) = progress else {
            self.current = None;
            return None;
        };
        let is_same = |last: &Look| last.name == name && last.moved <= moved;
        let last = self.current.take().filter(is_same);
        let mut look = last.unwrap_or(Look { name, at: now, moved: 0, moved_at: now, rate: None });
        let seconds = (now - look.at).as_secs_f64();
        if moved > look.moved {
            look.moved_at = now;
        }
        if seconds > 0.0 && (look.rate.is_some() || moved > 0) {
            let recent = (moved - look.moved) as f64 / seconds;
            look.rate = Some(look.rate.map_or(recent, |rate| 0.8 * rate + 0.2 * recent));
            (look.at, look.moved) = (now, moved);
        }
        let percent = if size == 0 { 100 } else { u128::from(moved) * 100 / u128::from(size) };
        let stalled = now - look.moved_at;
        let pace = match look.rate {
            _ if stalled >= STALL => format!(" nothing moves for {}", time(stalled.as_secs_f64())),
            Some(rate) if rate >= 1.0 => {
                let left = (size - moved) as f64 / rate;
                format!(" {}/s {}", ByteSize(rate as u64), time(left))
            }
            // Too early to tell.
            _ => String::new(),
        };
        let shown = format!("{} {} {percent}%{pace}", self.arrow, look.name);
        self.current = Some(look);
        Some(shown)
    }
}

fn time(seconds: f64) -> String {
    let seconds = seconds.ceil().min(359_999.0) as u64;
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
        let (mut meter, start) = (Meter::new('↑'), Instant::now());
        let mut look = |(second, &moved): (usize, &u64)| {
            let name = FileName::parse("a").unwrap();
            let now = start + Duration::from_secs(second as u64);
            meter.read(Some(Progress { name, moved, size }), now).unwrap()
        };
        moved.iter().enumerate().map(&mut look).collect()
    }

    #[test]
    fn a_transfer_is_described_by_percent_rate_and_time_left() {
        assert_eq!(looks(0, &[0]), ["↑ a 100%"]);
        assert_eq!(looks(448 << 20, &[0, 112 << 20]), ["↑ a 0%", "↑ a 25% 112.0 MiB/s 3 s"]);
        assert_eq!(looks(3 << 20, &[0, 3 << 19])[1], "↑ a 50% 1.5 MiB/s 1 s");
        assert_eq!(looks(1 << 20, &[0, 500])[1], "↑ a 0% 500 B/s 34:57 min");
        assert_eq!(looks(u64::MAX, &[0, u64::MAX])[1], "↑ a 100% 16.0 EiB/s 0 s");
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds_and_a_stall_is_said() {
        let looks = looks(100_000, &[0, 10_000, 20_000, 20_000, 20_000, 20_000, 21_000]);
        assert_eq!(looks[2], "↑ a 20% 9.8 KiB/s 8 s");
        assert_eq!(looks[4], "↑ a 20% 6.2 KiB/s 13 s");
        assert_eq!(looks[5], "↑ a 20% nothing moves for 3 s");
        assert_eq!(looks[6], "↑ a 21% 4.2 KiB/s 19 s");
    }

    #[test]
    fn another_file_starts_anew() {
        let mut meter = Meter::new('↑');
        let now = Instant::now();
        let progress = |name: &str| {
            Some(Progress { name: FileName::parse(name).unwrap(), moved: 1024, size: 4096 })
        };
        assert_eq!(meter.read(progress("a"), now).unwrap(), "↑ a 25%");
        let later = now + Duration::from_secs(1);
        assert_eq!(meter.read(progress("a"), later).unwrap(), "↑ a 25% 1.0 KiB/s 3 s");
        assert_eq!(meter.read(progress("b"), later).unwrap(), "↑ b 25%");
        assert_eq!(meter.read(None, later), None);
    }
}
