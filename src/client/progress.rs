//! How far a transfer is, in few words: `↑ TD_work.pdf 53% 112 MiB/s 3 s`.
//!
//! The receiving thread asks four times a second and shows the answer before the prompt. Rate and
//! time left are those of the whole transfer so far, so they move slowly. Nothing here fails.

use std::time::{Duration, Instant};

use crate::name::FileName;
use crate::size::ByteSize;
use crate::transfer::Progress;

/// Watches the transfers in one direction.
#[derive(Debug)]
pub struct Meter {
    arrow: char,
    /// The file of the last look, and when it was seen first.
    current: Option<(FileName, Instant)>,
}

impl Meter {
    /// For the files that go where this arrow shows.
    pub fn new(arrow: char) -> Meter {
        Meter { arrow, current: None }
    }

    /// Describes the transfer, if a file is under way.
    pub fn read(&mut self, progress: Option<Progress>, now: Instant) -> Option<String> {
        let Some(progress) = progress else {
            self.current = None;
            return None;
        };
        let since = match &self.current {
            Some((name, since)) if *name == progress.name => *since,
            _ => now,
        };
        self.current = Some((progress.name.clone(), since));
        Some(format!("{} {}", self.arrow, describe(&progress, now - since)))
    }
}

fn describe(progress: &Progress, elapsed: Duration) -> String {
    let Progress { name, moved, size } = progress;
    let percent = if *size == 0 { 100 } else { u128::from(*moved) * 100 / u128::from(*size) };
    let seconds = elapsed.as_secs_f64();
    if *moved == 0 || seconds < 0.1 {
        // Too early to tell.
        return format!("{name} {percent}%");
    }
    let rate = *moved as f64 / seconds;
    let left = (size - moved) as f64 / rate;
    format!("{name} {percent}% {}/s {}", ByteSize(rate as u64), time(left))
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

    #[test]
    fn a_transfer_is_described_by_percent_rate_and_time_left() {
        let name = FileName::parse("TD_work.pdf").unwrap();
        let describe = |moved: u64, size: u64, millis: u64| {
            let progress = Progress { name: name.clone(), moved, size };
            describe(&progress, Duration::from_millis(millis))
        };
        assert_eq!(describe(0, 10, 0), "TD_work.pdf 0%");
        assert_eq!(describe(0, 0, 0), "TD_work.pdf 100%");
        assert_eq!(describe(112 << 20, 448 << 20, 1000), "TD_work.pdf 25% 112.0 MiB/s 3 s");
        assert_eq!(describe(3 << 19, 3 << 20, 1000), "TD_work.pdf 50% 1.5 MiB/s 1 s");
        assert_eq!(describe(1000, 1 << 20, 2000), "TD_work.pdf 0% 500 B/s 34:56 min");
        assert_eq!(describe(u64::MAX, u64::MAX, 1000), "TD_work.pdf 100% 16.0 EiB/s 0 s");
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
