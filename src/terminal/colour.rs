//! How a line is shown: the mark and the colour of its tone, and each person's name in a colour.
//!
//! A line comes in with its tone, which the caller decides: nothing here looks for a meaning in a
//! text. The line that goes out is clean (see [`clean`]), has no codes but ours, and ends in the
//! terminal's own colour. A tone also has a mark in front, so that it can be told without colours.
//! Nobody chooses a colour: it is computed from the name, so it is the same in every client, in
//! every room, on every day. No state; the only I/O is a look at the environment.
//!
//! The terminal sequences used here:
//! - `ESC [ 1 m`, `ESC [ 2 m`: bold, dim.
//! - `ESC [ 31 m`: red.
//! - `ESC [ 38 ; 5 ; n m`: colour n of the 256 that terminals know.
//! - `ESC [ 0 m`: back to the terminal's own colour.

use crate::text::clean;

/// What kind of line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Shown as it is: a menu, a question, what other people say.
    Text,
    /// What this person said: `>` in the place of the first space.
    Own,
    /// What somebody said to this person: bold, `*` in the place of the first space.
    Mention,
    /// What happened, in a text that has a mark already (`::: skira Entered the Room`): dim.
    Event,
    /// What this program has to say: dim, `- ` in front.
    Notice,
    /// What went wrong: red, `! ` in front.
    Error,
}

/// One line to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownLine {
    /// What kind of line it is.
    pub tone: Tone,
    /// The line, without a line end.
    pub text: String,
    /// What is shown before it, dim: `10:31`. Empty: nothing.
    pub time: String,
    /// The name of a person, which gets its colour where it is first in the text. Empty: no name.
    pub name: String,
}

impl ShownLine {
    /// Makes a line of this tone, without a time or a name.
    pub fn new(tone: Tone, text: impl Into<String>) -> ShownLine {
        ShownLine { tone, text: text.into(), time: String::new(), name: String::new() }
    }
}

const RESET: &str = "\x1b[0m";
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const RED: &str = "\x1b[31m";

/// The colours of names, out of the 256 that terminals know. None is near the red of errors. All
/// have a medium brightness, so that they can be read on black and on white.
const NAME_COLOURS: [u8; 14] = [35, 37, 67, 69, 70, 97, 104, 106, 109, 133, 136, 140, 172, 175];

/// Tells whether the person wants colours. All programs know one variable that says no
/// (<https://no-color.org>).
pub fn is_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Cleans a line and gives it its time, its mark and, if `colours`, its colours.
pub fn dress(line: &ShownLine, colours: bool) -> String {
    let text = clean(&line.text).replace('\t', "    ");
    let from_mark = text.strip_prefix(' ').unwrap_or(&text);
    let (style, marked) = match line.tone {
        Tone::Text => ("", text),
        Tone::Own => ("", format!(">{from_mark}")),
        Tone::Mention => (BOLD, format!("*{from_mark}")),
        Tone::Event => (DIM, text),
        Tone::Notice => (DIM, format!("- {text}")),
        Tone::Error => (RED, format!("! {text}")),
    };
    let time = match clean(&line.time) {
        time if time.is_empty() => String::new(),
        time => format!("{time} "),
    };
    match colours {
        true => paint(DIM, &time) + &paint_with_name(style, &marked, &line.name),
        false => time + &marked,
    }
}

/// Paints a text in a style, but the name in it in its own colour.
fn paint_with_name(style: &str, text: &str, name: &str) -> String {
    let Some(at) = text.find(name) else {
        return paint(style, text);
    };
    let (before, after) = (&text[..at], &text[at + name.len()..]);
    let colour = format!("\x1b[38;5;{}m", name_colour(name));
    paint(style, before) + &paint(&colour, name) + &paint(style, after)
}

/// Puts a text between the codes of a style. A text without a style gets no codes.
fn paint(style: &str, text: &str) -> String {
    if style.is_empty() || text.is_empty() {
        return text.to_string();
    }
    format!("{style}{text}{RESET}")
}

/// Computes a name's colour by FNV-1a, a hash of a few lines that is the same everywhere.
/// (`DefaultHasher` may change with the next Rust.) Upper and lower case give one colour.
fn name_colour(name: &str) -> u8 {
    let mut hash: u32 = 0x811C_9DC5;
    for byte in name.to_lowercase().bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    // The low bits alone are not mixed enough for so few colours.
    hash ^= hash >> 16;
    NAME_COLOURS[hash as usize % NAME_COLOURS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Tone; 6] =
        [Tone::Text, Tone::Own, Tone::Mention, Tone::Event, Tone::Notice, Tone::Error];

    /// A line with colours, as it goes to the terminal.
    fn dressed(tone: Tone, time: &str, text: &str, name: &str) -> String {
        dress(&line(tone, time, text, name), true)
    }

    fn line(tone: Tone, time: &str, text: &str, name: &str) -> ShownLine {
        ShownLine { time: time.to_string(), name: name.to_string(), ..ShownLine::new(tone, text) }
    }

    #[test]
    fn every_tone_can_be_told_without_colours() {
        assert_eq!(
            ALL.map(|tone| dress(&line(tone, "10:31", " bob: hi", ""), false)),
            [
                "10:31  bob: hi",
                "10:31 >bob: hi",
                "10:31 *bob: hi",
                "10:31  bob: hi",
                "10:31 -  bob: hi",
                "10:31 !  bob: hi"
            ]
        );
    }

    #[test]
    fn every_tone_has_its_colour() {
        assert_eq!(
            ALL.map(|tone| dressed(tone, "", "x", "")),
            [
                "x",
                ">x",
                "\x1b[1m*x\x1b[0m",
                "\x1b[2mx\x1b[0m",
                "\x1b[2m- x\x1b[0m",
                "\x1b[31m! x\x1b[0m"
            ]
        );
        assert_eq!(dressed(Tone::Text, "10:31", "x", ""), "\x1b[2m10:31 \x1b[0mx");
    }

    #[test]
    fn a_name_is_coloured_where_it_is_first() {
        let colour = format!("\x1b[38;5;{}m", name_colour("er"));
        for (text, name, expected) in [
            (" er: her er", "er", format!(" {colour}er{RESET}: her er")),
            ("::: er and er", "er", format!("::: {colour}er{RESET} and er")),
            ("User: eva", "bob", "User: eva".to_string()),
            ("a text", "", "a text".to_string()),
        ] {
            assert_eq!(dressed(Tone::Text, "", text, name), expected);
        }
        let event = dressed(Tone::Event, "", "::: er came", "er");
        assert_eq!(event, format!("{DIM}::: {RESET}{colour}er{RESET}{DIM} came{RESET}"));
    }

    #[test]
    fn neither_text_nor_time_nor_name_brings_codes_of_its_own() {
        let line = dressed(Tone::Text, "\x1b[1m", "a\x1b[31mb\tc", "\x1b[31m");
        assert_eq!(line, "\x1b[2m[1m \x1b[0ma[31mb    c");
    }

    #[test]
    fn a_name_keeps_its_colour() {
        assert_eq!(name_colour("lucas"), name_colour("LUCAS"));
        // Fixed here: another value would repaint everyone.
        assert_eq!([name_colour("lucas"), name_colour("skira")], [104, 172]);
    }
}
