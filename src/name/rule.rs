//! Which rule a name breaks, and by which character: the sentence that its author reads.

use std::fmt;

use crate::text::{MAX_MARKS, has_too_many_marks, is_bidi, is_invisible, is_mark};

/// The most characters of a user's name.
pub const MAX_USER_CHARS: usize = 24;
/// The most characters of a room's name.
pub const MAX_ROOM_CHARS: usize = 32;
/// The most characters of a password.
pub const MAX_PASSWORD_CHARS: usize = 128;
/// The most bytes of a file's name: what common file systems take (255), with space for
/// ` (12345)`.
pub const MAX_FILE_NAME_BYTES: usize = 200;

/// A rule that is broken. Its `Display` is the sentence for the person who gave the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokenRule {
    /// Of a user's name.
    User(Fault),
    /// Of a room's name.
    Room(Fault),
    /// Of a password. No part of a password is ever shown, so this does not say by what.
    Password,
    /// Of a file's name.
    File(Fault),
}

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is empty.
    Empty,
    /// It is too long.
    TooLong,
    /// It begins with this character.
    Begins(char),
    /// It ends with this.
    Ends(&'static str),
    /// It has this character in it.
    Has(char),
    /// It has two spaces in a row.
    TwoSpaces,
    /// It has more than [`MAX_MARKS`] combining marks in a row.
    Marks,
    /// It is this, which has another meaning.
    Is(&'static str),
}

impl Fault {
    /// Finds what any name may not do: be empty, begin with a combining mark, have too many of
    /// them in a row, or have a character that is not seen or that turns the text around it.
    pub(super) fn of_any_name(text: &str) -> Option<Fault> {
        match text.chars().next() {
            None => Some(Fault::Empty),
            Some(first) if is_mark(first) => Some(Fault::Begins(first)),
            Some(_) if has_too_many_marks(text) => Some(Fault::Marks),
            Some(_) => text.chars().find(|&c| is_unseen(c)).map(Fault::Has),
        }
    }
}

/// Tells whether `c` is not seen, or turns the text around it.
pub(super) fn is_unseen(c: char) -> bool {
    c.is_control() || is_bidi(c) || is_invisible(c)
}

impl std::error::Error for BrokenRule {}

impl fmt::Display for BrokenRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BrokenRule::User(fault) => write!(
                f,
                "A user's name {fault}; it has 1 to {MAX_USER_CHARS} letters and digits, and \
                 after the first also _ - ."
            ),
            BrokenRule::Room(fault) => write!(
                f,
                "A room's name {fault}; it has 1 to {MAX_ROOM_CHARS} letters and digits, and \
                 after the first also _ - . and single spaces"
            ),
            BrokenRule::Password => write!(
                f,
                "A password has 1 to {MAX_PASSWORD_CHARS} characters, in UTF-8 and without \
                 control characters"
            ),
            // This one travels as the reason of a `$refuse`, so it is short.
            BrokenRule::File(fault) => write!(
                f,
                "a file's name {fault}; at most {MAX_FILE_NAME_BYTES} bytes, none of \
                 / \\ : * ? \" < > |"
            ),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Fault::Empty => f.write_str("must not be empty"),
            Fault::TooLong => f.write_str("is too long"),
            Fault::Begins(c) => write!(f, "must not begin with {}", Shown(c)),
            Fault::Ends(end) => write!(f, "must not end with {end}"),
            Fault::Has(c) => write!(f, "must not contain {}", Shown(c)),
            Fault::TwoSpaces => f.write_str("must not have two spaces in a row"),
            Fault::Marks => {
                write!(f, "must not have more than {MAX_MARKS} combining marks in a row")
            }
            Fault::Is(what) => write!(f, "must not be {what}"),
        }
    }
}

/// A character in a sentence: as itself only if it can be seen and does nothing to the sentence.
struct Shown(char);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ' ' => f.write_str("space"),
            '\t' => f.write_str("TAB"),
            '.' => f.write_str("dot"),
            '\u{FFFD}' => f.write_str("bytes that are not UTF-8"),
            c if is_unseen(c) || is_mark(c) || c.is_whitespace() => {
                write!(f, "U+{:04X}", u32::from(c))
            }
            c => write!(f, "{c}"),
        }
    }
}
