//! How a line is shown: its tone, and each person's name in that person's colour.
//!
//! A clean line comes in; the same line with colour codes goes out. It holds no other codes and
//! ends in the terminal's own colour. Nobody chooses a colour: it is computed from the name, so it
//! is the same in every client, in every room, on every day. No state; the only I/O is a look at
//! the environment.
//!
//! The terminal sequences used here:
//! - `ESC [ 2 m`: dim.
//! - `ESC [ 31 m`: red.
//! - `ESC [ 38 ; 5 ; n m`: colour n of the 256 that terminals know.
//! - `ESC [ 0 m`: back to the terminal's own colour.

use crate::name::is_name_char;

/// What kind of line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// What the server says: as it is, but for names, and what only happened (`::: skira Entered
    /// the Room`) dim.
    Text,
    /// What this program says by the way: dim.
    Notice,
    /// What went wrong: red.
    Error,
}

const RESET: &str = "\x1b[0m";
const DIM: &str = "\x1b[2m";
const RED: &str = "\x1b[31m";

/// The colours of names, out of the 256 that terminals know. None is near the red of errors, and
/// all of them are of middling brightness, so that they can be read on black and on white.
const NAME_COLOURS: [u8; 14] = [35, 37, 67, 69, 70, 97, 104, 106, 109, 133, 136, 140, 172, 175];

/// Tells whether the person wants colours; there is one variable for all programs that says no
/// (<https://no-color.org>).
pub fn is_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Puts the colour codes into `line` that its tone and its names call for.
pub fn dress(tone: Tone, line: &str) -> String {
    match tone {
        Tone::Error => format!("{RED}{line}{RESET}"),
        Tone::Notice => format!("{DIM}{line}{RESET}"),
        Tone::Text => dress_text(line),
    }
}

/// Dresses a line of the server. Its shape tells what it is: what people say begins with a space
/// and a name.
fn dress_text(line: &str) -> String {
    if line.starts_with(" ...File Sent...") {
        return format!("{DIM}{line}{RESET}");
    }
    // What stands before the name, and what begins behind it; whether all but the name is dim.
    let shapes = [
        (" ", ": ", false),
        ("User: ", "", false),
        ("::: ", " ", true),
        ("User ", " has left", true),
    ];
    for (before, behind, dim) in shapes {
        let Some(rest) = line.strip_prefix(before) else {
            continue;
        };
        let name_len = rest.find(|c: char| !is_name_char(c)).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(name_len);
        if !name.is_empty() && rest.starts_with(behind) {
            let quiet = if dim { DIM } else { "" };
            let colour = name_colour(name);
            return format!(
                "{quiet}{before}{RESET}\x1b[38;5;{colour}m{name}{RESET}{quiet}{rest}{RESET}"
            );
        }
    }
    if line.starts_with(":::") { format!("{DIM}{line}{RESET}") } else { line.to_string() }
}

/// Chooses a name's colour: by FNV-1a, a hash that is a few lines long and the same everywhere.
/// (`DefaultHasher` may change with the next Rust.) Names that differ only in case are one
/// person's.
fn name_colour(name: &str) -> u8 {
    let mut hash: u32 = 0x811C_9DC5;
    for byte in name.to_lowercase().bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    // Its low bits alone mix too little for so few colours.
    hash ^= hash >> 16;
    NAME_COLOURS[hash as usize % NAME_COLOURS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text that is coloured as a name, if any.
    fn coloured_name(line: &str) -> Option<String> {
        let dressed = dress(Tone::Text, line);
        let (_, from_name) = dressed.split_once("\x1b[38;5;")?;
        let (_, from_name) = from_name.split_once('m')?;
        Some(from_name.split_once(RESET)?.0.to_string())
    }

    #[test]
    fn names_are_coloured_where_they_stand_for_a_person() {
        for (line, name) in [
            (" lucas: hey hey", Some("lucas")),
            (" José_2.b-c: ", Some("José_2.b-c")),
            ("::: skira Entered the Room", Some("skira")),
            ("::: lucas sent a: b.pdf (5 B)", Some("lucas")),
            ("User lucas has left the room", Some("lucas")),
            ("User: lucas", Some("lucas")),
            ("User Already signed in... Do you want to take over that session? (Y/n)", None),
            (" ...File Sent... hi.txt received by 1 of 1", None),
            ("Room2 Users: 0", None),
            ("lucas: not a message", None),
            (" : nobody", None),
        ] {
            assert_eq!(coloured_name(line).as_deref(), name, "{line:?}");
        }
    }

    #[test]
    fn what_only_happened_is_dim_and_errors_are_red() {
        assert_eq!(dress(Tone::Text, " ...File Sent... x"), "\x1b[2m ...File Sent... x\x1b[0m");
        assert!(dress(Tone::Text, "::: skira Entered the Room").starts_with("\x1b[2m::: \x1b[0m"));
        assert_eq!(dress(Tone::Text, "MENU"), "MENU");
        assert_eq!(dress(Tone::Notice, "x"), "\x1b[2mx\x1b[0m");
        assert_eq!(dress(Tone::Error, " a: b"), "\x1b[31m a: b\x1b[0m");
    }

    #[test]
    fn a_name_keeps_its_colour() {
        assert_eq!(name_colour("lucas"), name_colour("LUCAS"));
        // Written down: another value would repaint everyone.
        assert_eq!([name_colour("lucas"), name_colour("skira")], [104, 172]);
    }
}
