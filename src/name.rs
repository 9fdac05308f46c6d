//! Names and passwords: checked once at the edge, trusted after.
//!
//! What a peer calls a user, a room or a file is hostile until it has become a [`UserName`], a [`RoomName`] or a
//! [`FileName`]: a name may stand in another person's terminal, in a log, in the journal, and a file's name in a
//! path. Nothing is repaired here: a name that breaks its rule is refused, and the rule is what the person reads.
//! The rules are section 5 of the protocol.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::text::is_bidi;

/// Most characters of a user's name.
pub const MAX_USER_CHARS: usize = 24;
/// Most characters of a room's name.
pub const MAX_ROOM_CHARS: usize = 32;
/// Most characters of a password.
pub const MAX_PASSWORD_CHARS: usize = 128;
/// Most bytes of a file's name: what common file systems take (255), with room for ` (12345)`.
pub const MAX_FILE_NAME_BYTES: usize = 200;

/// What a locked room has behind its name in the list of rooms, so no name may end in it.
const LOCKED_SUFFIX: &str = " LOCKED";

/// The rule that a name broke. Its `Display` is the sentence for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokenRule {
    /// Of a user's name.
    User,
    /// Of a room's name.
    Room,
    /// Of a password.
    Password,
    /// Of a file's name.
    File,
}

impl fmt::Display for BrokenRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BrokenRule::User => write!(
                f,
                "A user's name has 1 to {MAX_USER_CHARS} characters: letters and digits, and after the first also _ - ."
            ),
            BrokenRule::Room => write!(
                f,
                "A room's name has 1 to {MAX_ROOM_CHARS} characters: letters and digits, after the first also _ - . \
                 and single spaces, and does not end in{LOCKED_SUFFIX}"
            ),
            BrokenRule::Password => {
                write!(
                    f,
                    "A password has 1 to {MAX_PASSWORD_CHARS} characters, in UTF-8 and without \
                     control characters"
                )
            }
            BrokenRule::File => write!(
                f,
                "no file's name: at most {MAX_FILE_NAME_BYTES} bytes, no dot first, no space at an end, no control \
                 characters, none of / \\ : * ? \" < > |"
            ),
        }
    }
}

impl std::error::Error for BrokenRule {}

/// A name as it is shown, and as it is compared. It stands in many places at once, so all its copies share one text.
#[derive(Clone, Debug)]
struct Folded {
    shown: Arc<str>,
    /// In lower case: two names that differ only in case are one.
    key: Arc<str>,
}

impl Folded {
    fn new(text: &str) -> Folded {
        // Letter by letter: the lower case of a whole word has a final sigma of its own.
        let key: String = text.chars().flat_map(char::to_lowercase).collect();
        Folded { shown: text.into(), key: key.into() }
    }
}

/// The name of a user, 1 to [`MAX_USER_CHARS`] characters. Equal to another if only their case differs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserName(Folded);

/// The name of a room, 1 to [`MAX_ROOM_CHARS`] characters. Equal to another if only their case differs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RoomName(Folded);

impl UserName {
    /// Takes `text` as a user's name.
    ///
    /// # Errors
    /// [`BrokenRule::User`] if it is none.
    pub fn parse(text: &str) -> Result<UserName, BrokenRule> {
        let good = starts_well(text)
            && text.chars().all(is_name_char)
            && text.chars().count() <= MAX_USER_CHARS;
        if good { Ok(UserName(Folded::new(text))) } else { Err(BrokenRule::User) }
    }
}

impl RoomName {
    /// Takes `text` as a room's name.
    ///
    /// # Errors
    /// [`BrokenRule::Room`] if it is none.
    pub fn parse(text: &str) -> Result<RoomName, BrokenRule> {
        let good = starts_well(text)
            && text.chars().all(|c| is_name_char(c) || c == ' ')
            && !text.contains("  ")
            && !text.ends_with(' ')
            && !text.ends_with(LOCKED_SUFFIX)
            && text.chars().count() <= MAX_ROOM_CHARS;
        if good { Ok(RoomName(Folded::new(text))) } else { Err(BrokenRule::Room) }
    }
}

fn starts_well(text: &str) -> bool {
    text.chars().next().is_some_and(char::is_alphanumeric)
}

/// What a user's name is made of.
pub fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// A password as somebody typed it.
///
/// It has no `Debug` and no `Display`, so code that logs or shows a password does not compile:
/// ```compile_fail,E0277
/// let password = chatroom::name::Password::parse("secret")?;
/// println!("{password}");
/// # Ok::<(), chatroom::name::BrokenRule>(())
/// ```
/// ```compile_fail,E0277
/// let password = chatroom::name::Password::parse("secret")?;
/// log::info!("{password:?}");
/// # Ok::<(), chatroom::name::BrokenRule>(())
/// ```
#[derive(PartialEq, Eq)]
pub struct Password(Box<str>);

impl Password {
    /// Takes `text` as a password, exactly as it is.
    ///
    /// # Errors
    /// [`BrokenRule::Password`] if it can't be one.
    pub fn parse(text: &str) -> Result<Password, BrokenRule> {
        // U+FFFD replaces what is not UTF-8: two different passwords would look the same.
        let good = (1..=MAX_PASSWORD_CHARS).contains(&text.chars().count())
            && !text.contains(|c: char| c.is_control() || c == '\u{FFFD}');
        if good { Ok(Password(text.into())) } else { Err(BrokenRule::Password) }
    }

    /// What is hashed.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// The bare name of a file: no folder, nothing that a shell, a terminal or another system would misread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName(Box<str>);

impl FileName {
    /// Takes `text` as a file's name.
    ///
    /// # Errors
    /// [`BrokenRule::File`] if it is none.
    pub fn parse(text: &str) -> Result<FileName, BrokenRule> {
        let good = (1..=MAX_FILE_NAME_BYTES).contains(&text.len())
            && !text.starts_with(['.', ' '])
            && !text.ends_with(' ')
            && !text.contains(|c: char| {
                r#"/\:*?"<>|"#.contains(c) || c == '\u{FFFD}' || c.is_control() || is_bidi(c)
            });
        if good { Ok(FileName(text.into())) } else { Err(BrokenRule::File) }
    }

    /// The name to store other content of the same name under: `name (2).ext` for 2. The stem is cut, between two
    /// characters, to stay within [`MAX_FILE_NAME_BYTES`].
    pub fn numbered(&self, number: u64) -> FileName {
        let (stem, extension) = self.0.split_at(self.0.rfind('.').unwrap_or(self.0.len()));
        let suffix = format!(" ({number})");
        // An extension that leaves no room for a stem is none to anybody: then the cut is at the name's end.
        let (stem, extension) = if suffix.len() + extension.len() < MAX_FILE_NAME_BYTES {
            (stem, extension)
        } else {
            (&*self.0, "")
        };
        let room = MAX_FILE_NAME_BYTES - suffix.len() - extension.len();
        let stem = &stem[..stem.floor_char_boundary(room)];
        FileName(format!("{stem}{suffix}{extension}").into())
    }
}

impl UserName {
    /// The name as it was first registered.
    pub fn as_str(&self) -> &str {
        &self.0.shown
    }
}

impl RoomName {
    /// The name as its creator wrote it.
    pub fn as_str(&self) -> &str {
        &self.0.shown
    }
}

impl FileName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Folded {
    fn eq(&self, other: &Folded) -> bool {
        self.key == other.key
    }
}

impl Eq for Folded {}

impl Hash for Folded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.shown)
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.shown)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
