//! The time of day, for people: on their screens and in the logs.
//!
//! `std` knows no time zones. So [`WallClock::local`] asks the system's `date` program once, at
//! the start, how far local time is from UTC. If that fails, the clock shows UTC and says so. A
//! change between summer and winter time while the program runs is not noticed.

use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// A clock that shows local time or UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WallClock {
    /// How far it is ahead of UTC. `None`: it shows UTC.
    offset_minutes: Option<i64>,
}

impl WallClock {
    /// Shows UTC.
    pub const UTC: WallClock = WallClock { offset_minutes: None };

    /// Shows local time, or UTC where the system does not tell. Starts a program and waits for it.
    pub fn local() -> WallClock {
        let asked = Command::new("date").arg("+%z").stdin(Stdio::null()).output();
        let said = asked.ok().filter(|output| output.status.success()).map(|output| output.stdout);
        let offset = said.and_then(|said| parse_offset(str::from_utf8(&said).ok()?.trim()));
        WallClock { offset_minutes: offset }
    }

    /// The time of day, like `10:31`, or `10:31 UTC`.
    pub fn time_of_day(self, time: SystemTime) -> String {
        let minutes = self.millis(time).div_euclid(60_000);
        let (hour, minute) = ((minutes / 60).rem_euclid(24), minutes.rem_euclid(60));
        let mark = if self.offset_minutes.is_none() { " UTC" } else { "" };
        format!("{hour:02}:{minute:02}{mark}")
    }

    /// Date, time and distance from UTC (RFC 3339), like `2026-11-25T10:31:05.123+01:00`.
    pub fn stamp(self, time: SystemTime) -> String {
        let millis = self.millis(time);
        let (seconds, millis) = (millis.div_euclid(1000), millis.rem_euclid(1000));
        let (year, month, day) = date(seconds.div_euclid(DAY_SECONDS));
        let second = seconds.rem_euclid(DAY_SECONDS);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let time = format!("{hour:02}:{minute:02}:{second:02}.{millis:03}");
        let offset = self.offset_minutes.map_or("Z".to_string(), |offset| {
            let sign = if offset < 0 { '-' } else { '+' };
            format!("{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)
        });
        format!("{year:04}-{month:02}-{day:02}T{time}{offset}")
    }

    /// Milliseconds since 1970 on this clock.
    fn millis(self, time: SystemTime) -> i64 {
        let millis = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as i64;
        millis + self.offset_minutes.unwrap_or(0) * 60_000
    }
}

/// Reads an offset like `+0530`, in minutes.
fn parse_offset(text: &str) -> Option<i64> {
    if text.len() != 5 || !text.starts_with(['+', '-']) {
        return None;
    }
    // The sign is that of hours and minutes alike: both are parts of one number.
    let number: i64 = text.parse().ok()?;
    Some(number / 100 * 60 + number % 100)
}

/// Year, month and day of a day, counted from 1 January 1970.
fn date(day: i64) -> (i64, i64, i64) {
    // The calendar repeats every 400 years, which are 146,097 days. Years begin in March here, so
    // that the leap day comes last: then the days of the months before a month are linear in it.
    let day = day + 719_468;
    let (era, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(seconds: u64, millis: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(seconds * 1000 + millis)
    }

    /// The expected dates are from Python's datetime.
    #[test]
    fn a_stamp_has_the_right_date() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.007Z"),
            (951_782_399, "2000-02-28T23:59:59.007Z"),
            (951_782_400, "2000-02-29T00:00:00.007Z"),
            (951_868_800, "2000-03-01T00:00:00.007Z"),
            (1_798_761_599, "2026-12-31T23:59:59.007Z"),
            (1_798_761_600, "2027-01-01T00:00:00.007Z"),
            (4_107_542_399, "2100-02-28T23:59:59.007Z"),
            (4_107_542_400, "2100-03-01T00:00:00.007Z"),
        ] {
            assert_eq!(WallClock::UTC.stamp(at(seconds, 7)), expected);
        }
    }

    #[test]
    fn a_local_clock_is_ahead_or_behind() {
        let clock = |text| WallClock { offset_minutes: Some(parse_offset(text).unwrap()) };
        let (midnight, noon) = (at(1_798_761_600, 0), at(1_798_804_800, 5));
        assert_eq!(clock("-0330").stamp(midnight), "2026-12-31T20:30:00.000-03:30");
        assert_eq!(clock("+0545").stamp(noon), "2027-01-01T17:45:00.005+05:45");
        assert_eq!(clock("-0330").time_of_day(midnight), "20:30");
        assert_eq!(clock("+0000").time_of_day(noon), "12:00");
        assert_eq!(WallClock::UTC.time_of_day(noon), "12:00 UTC");
    }

    #[test]
    fn what_is_no_offset_is_none() {
        for text in ["", "+", "+1", "+01:00", "0100", "01000", "%z", "+é00", "++100"] {
            assert_eq!(parse_offset(text), None, "{text}");
        }
    }
}
