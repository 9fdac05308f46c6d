//! Decides how a line of the server is shown: its tone, the time before it, the name in it.
//!
//! In comes a text and what `talk` has heard in it; out comes a line for the terminal. Only its
//! mark tells an event from other text: `:::` begins what happened to a room, ` ...` a receipt.
//! No sentence is looked at, and nothing here fails.

use std::time::SystemTime;

use super::talk::Heard;
use crate::clock::WallClock;
use crate::name::UserName;
use crate::terminal::{ShownLine, Tone};

/// What is in front of an event of a room.
const EVENT_MARK: &str = "::: ";

/// What is in front of a receipt.
pub const RECEIPT_MARK: &str = " ...";

/// Dresses a text as what it is. A message gets its time, if there is a clock for that.
pub fn dress(text: &str, heard: &Heard, clock: Option<WallClock>) -> ShownLine {
    let (tone, name) = match heard {
        Heard::Own(name) => (Tone::Own, *name),
        Heard::Message { by, names_me: true } => (Tone::Mention, *by),
        Heard::Message { by, .. } => (Tone::Text, *by),
        _ if text.starts_with(EVENT_MARK) => (Tone::Event, first_name(text)),
        _ if text.starts_with(RECEIPT_MARK) => (Tone::Event, ""),
        _ => (Tone::Text, ""),
    };
    let is_message = matches!(heard, Heard::Own(_) | Heard::Message { .. });
    let clock = clock.filter(|_| is_message);
    let time = clock.map_or(String::new(), |clock| clock.time_of_day(SystemTime::now()));
    ShownLine { tone, text: text.to_string(), time, name: name.to_string() }
}

/// The name right after the mark of an event.
fn first_name(text: &str) -> &str {
    let word = text[EVENT_MARK.len()..].split(' ').next().unwrap_or_default();
    if UserName::parse(word).is_ok() { word } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_tone_and_the_name_of_what_it_is() {
        let by_bob = |names_me| Heard::Message { by: "bob", names_me };
        for (text, heard, tone, name) in [
            (" lucas: hey", Heard::Own("lucas"), Tone::Own, "lucas"),
            (" bob: hey", by_bob(false), Tone::Text, "bob"),
            (" bob: hey lucas", by_bob(true), Tone::Mention, "bob"),
            ("::: skira Entered the Room", Heard::Text, Tone::Event, "skira"),
            ("::: (nobody) did", Heard::Text, Tone::Event, ""),
            (" ...File Sent... hi.txt", Heard::Text, Tone::Event, ""),
            ("Room2 Users: 0", Heard::Text, Tone::Text, ""),
        ] {
            let expected = ShownLine { name: name.to_string(), ..ShownLine::new(tone, text) };
            assert_eq!(dress(text, &heard, None), expected, "{text}");
        }
    }

    #[test]
    fn only_what_is_said_has_a_time() {
        let clock = Some(WallClock::UTC);
        let time = |text: &str, heard| dress(text, &heard, clock).time;
        assert!(time(" lucas: hey", Heard::Own("lucas")).ends_with(" UTC"));
        assert_eq!(time("Room2 Users: 0", Heard::Text), "");
    }
}
