//! Decides how a line of the server is shown: what kind of line it is, and whose name is in it.
//!
//! A line of text comes in; the same line with its tone goes out. No I/O, no state.

use crate::name::is_name_char;
use crate::terminal::{ShownLine, Tone};

/// What comes before a name and right after it, for each kind of line that has one.
const SHAPES: [(&str, &str, Tone); 4] = [
    (" ", ": ", Tone::Text),
    ("User: ", "", Tone::Text),
    ("::: ", " ", Tone::Event),
    ("User ", " has left", Tone::Event),
];

/// Gives a line of the server its tone.
pub fn shown_line(text: &str) -> ShownLine<'_> {
    for (before, after, tone) in SHAPES {
        let Some(rest) = text.strip_prefix(before) else {
            continue;
        };
        let name_len = rest.find(|c: char| !is_name_char(c)).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(name_len);
        if !name.is_empty() && rest.starts_with(after) {
            return ShownLine::new(tone, text).by(name);
        }
    }
    let is_event = text.starts_with(":::") || text.starts_with(" ...File Sent...");
    ShownLine::new(if is_event { Tone::Event } else { Tone::Text }, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_they_mean_a_person() {
        for (line, tone, name) in [
            (" lucas: hey hey", Tone::Text, "lucas"),
            (" José_2.b-c: ", Tone::Text, "José_2.b-c"),
            ("::: skira Entered the Room", Tone::Event, "skira"),
            ("::: lucas sent a: b.pdf (5 B)", Tone::Event, "lucas"),
            ("User lucas has left the room", Tone::Event, "lucas"),
            ("User: lucas", Tone::Text, "lucas"),
            ("User Already signed in... Do you want to take over? (Y/n)", Tone::Text, ""),
            (" ...File Sent... hi.txt received by 1 of 1", Tone::Event, ""),
            ("Room2 Users: 0", Tone::Text, ""),
            ("lucas: not a message", Tone::Text, ""),
            (" : nobody", Tone::Text, ""),
        ] {
            assert_eq!(shown_line(line), ShownLine::new(tone, line).by(name), "{line:?}");
        }
    }
}
