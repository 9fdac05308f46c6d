//! Names and passwords: checked once where they come in, trusted after.
//!
//! What a peer calls a user, a room or a file is hostile until it has become a [`UserName`], a
//! [`RoomName`] or a [`FileName`]. A name is shown on other people's terminals, it is written to
//! the log and the journal, and a file's name becomes part of a path. What a peer names is
//! never repaired: a name that breaks a rule is refused, and its author reads which rule and which
//! character it was (`name/rule.rs`). The rules are section 6 of the protocol.
//!
//! Text goes in, and a value of its own type comes out. There is no I/O and no lock.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::text::{is_invisible, is_mark};

mod file;
mod rule;
#[cfg(test)]
mod tests;

pub use file::{FileName, is_device};
pub use rule::{
    BrokenRule, Fault, MAX_FILE_NAME_BYTES, MAX_PASSWORD_CHARS, MAX_ROOM_CHARS, MAX_USER_CHARS,
};

/// The list of rooms shows a locked room with ` LOCKED` after its name, so no name may end with
/// it. In small letters, as names are compared.
const LOCKED_ENDING: &str = " locked";

/// No user may have this name, because the notices of the person who runs the server begin with
/// it. In small letters, as names are compared.
const SERVER: &str = "server";

/// The name of a user: 1 to [`MAX_USER_CHARS`] characters. Equal to another if only case differs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserName(Folded);

/// The name of a room: 1 to [`MAX_ROOM_CHARS`] characters. Equal to another if only case differs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RoomName(Folded);

impl UserName {
    /// Takes `text` as a user's name.
    ///
    /// # Errors
    /// [`BrokenRule::User`] if it can't be one.
    pub fn parse(text: &str) -> Result<UserName, BrokenRule> {
        let name = Folded::parse(text, MAX_USER_CHARS, is_name_char).map_err(BrokenRule::User)?;
        if &*name.key == SERVER {
            return Err(BrokenRule::User(Fault::Is("server")));
        }
        Ok(UserName(name))
    }

    /// The name as it was first registered.
    pub fn as_str(&self) -> &str {
        &self.0.shown
    }
}

impl RoomName {
    /// Takes `text` as a room's name.
    ///
    /// # Errors
    /// [`BrokenRule::Room`] if it can't be one.
    pub fn parse(text: &str) -> Result<RoomName, BrokenRule> {
        let fits = |c| is_name_char(c) || c == ' ';
        let name = Folded::parse(text, MAX_ROOM_CHARS, fits).map_err(BrokenRule::Room)?;
        if text.contains("  ") {
            return Err(BrokenRule::Room(Fault::TwoSpaces));
        }
        let endings = [(" ", "a space"), (LOCKED_ENDING, "LOCKED")];
        match endings.iter().find(|(ending, _)| name.key.ends_with(ending)) {
            Some(&(_, shown)) => Err(BrokenRule::Room(Fault::Ends(shown))),
            None => Ok(RoomName(name)),
        }
    }

    /// The name as its creator wrote it.
    pub fn as_str(&self) -> &str {
        &self.0.shown
    }
}

/// Tells whether a user's name may have `c` in it.
pub fn is_name_char(c: char) -> bool {
    (c.is_alphanumeric() || is_mark(c) || matches!(c, '_' | '-' | '.')) && !is_invisible(c)
}

/// A name as it is shown, and as it is compared. It is kept in many places at once, so all its
/// copies share one text.
#[derive(Clone, Debug)]
struct Folded {
    shown: Arc<str>,
    /// Each character in upper case, then in lower case.
    key: Arc<str>,
}

impl Folded {
    /// Takes a text that begins with a letter or digit, and has only characters that fit.
    fn parse(text: &str, max_chars: usize, fits: fn(char) -> bool) -> Result<Folded, Fault> {
        if let Some(fault) = Fault::of_any_name(text) {
            return Err(fault);
        }
        if let Some(c) = text.chars().find(|&c| !fits(c)) {
            return Err(Fault::Has(c));
        }
        if let Some(first) = text.chars().next().filter(|first| !first.is_alphanumeric()) {
            return Err(Fault::Begins(first));
        }
        if text.chars().count() > max_chars {
            return Err(Fault::TooLong);
        }
        // Character by character, because the lower case of a whole Greek word can end with the
        // final sigma. And first to upper case, because only that makes all three sigmas equal.
        let upper = text.chars().flat_map(char::to_uppercase);
        let key: String = upper.flat_map(char::to_lowercase).collect();
        Ok(Folded { shown: text.into(), key: key.into() })
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
