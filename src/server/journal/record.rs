//! The grammar of the journal: what a line says, and the checksum before it.
//!
//! ```text
//! chatroom journal 1
//! 3c0ae94cda0f9a35 user pbkdf2-sha256:600000:SALT:HASH lucas
//! 5a4ef0f7b3a7ed3c room open BT 108
//! 93c3aa26ea0d5b10 room pbkdf2-sha256:600000:SALT:HASH Room1
//! 0b2d5b7a7a9e0c44 removed BT 108
//! ```
//! A name stands last, since a room's may have spaces. A checksum is over its line *and* the checksum before it: so
//! a line that was lost, doubled or moved is noticed like one that was changed. Only lines missing at the very end are not,
//! and nobody is kept from writing a journal of their own: it is there against bad disks and careless hands.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::name::{BrokenRule, RoomName, UserName};
use crate::server::password::{NotAHash, PasswordHash};

/// The first line of every journal, which says what it is and of which version.
pub(super) const HEADER: &str = "chatroom journal 1";

/// Longest line of a journal, in bytes, its ending not counted. A locked room with the longest name has some 290.
pub(super) const MAX_RECORD_BYTES: usize = 512;

/// One thing that has happened, as it stands in the journal.
#[derive(Clone, Debug)]
pub enum Record {
    /// A user has registered.
    User {
        /// As first registered.
        name: UserName,
        /// Of the user's password.
        password: PasswordHash,
    },
    /// A room was made.
    Room {
        /// As its creator wrote it.
        name: RoomName,
        /// Of the room's password, if it has one.
        password: Option<PasswordHash>,
    },
    /// A room was removed.
    RoomRemoved {
        /// Equal to that of a room which exists.
        name: RoomName,
    },
}

/// What is wrong with a line of the journal.
#[derive(Debug, PartialEq, Eq)]
pub enum Damage {
    /// The first line is not that of a journal of this version.
    Header,
    /// No record is so long.
    TooLong,
    /// It is not what was written, or does not follow what stands before it.
    Checksum,
    /// It was written like that, but says nothing that is known here.
    Unknown,
    /// The name in it breaks its rule.
    Name(BrokenRule),
    /// It registers a user that is registered.
    UserExists,
    /// It makes a room that exists.
    RoomExists,
    /// It removes a room that does not exist.
    NoSuchRoom,
}

impl Record {
    fn text(&self) -> String {
        match self {
            Record::User { name, password } => format!("user {password} {name}"),
            Record::Room { name, password: None } => format!("room open {name}"),
            Record::Room { name, password: Some(password) } => format!("room {password} {name}"),
            Record::RoomRemoved { name } => format!("removed {name}"),
        }
    }

    fn parse(text: &str) -> Result<Record, Damage> {
        let (verb, arguments) = text.split_once(' ').ok_or(Damage::Unknown)?;
        if verb == "removed" {
            return Ok(Record::RoomRemoved { name: RoomName::parse(arguments)? });
        }
        let (password, name) = arguments.split_once(' ').ok_or(Damage::Unknown)?;
        match (verb, password) {
            ("user", password) => {
                Ok(Record::User { password: password.parse()?, name: UserName::parse(name)? })
            }
            ("room", "open") => Ok(Record::Room { password: None, name: RoomName::parse(name)? }),
            ("room", password) => Ok(Record::Room {
                password: Some(password.parse()?),
                name: RoomName::parse(name)?,
            }),
            _ => Err(Damage::Unknown),
        }
    }

    /// How long its line is, in bytes, with its ending.
    pub(super) fn line_bytes(&self) -> u64 {
        ("0123456789abcdef \n".len() + self.text().len()) as u64
    }
}

/// The checksum of the last line read or written, which goes into the next one's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain(u64);

impl Chain {
    /// As it is after [`HEADER`].
    pub(super) fn new() -> Chain {
        Chain(0).after(HEADER)
    }

    /// Writes the next line, with its ending.
    pub(super) fn write(&mut self, record: &Record) -> String {
        let text = record.text();
        *self = self.after(&text);
        format!("{self} {text}\n")
    }

    /// Understands the next line, without its ending.
    ///
    /// # Errors
    /// What is wrong with it; what it says may still contradict the lines before it.
    pub(super) fn read(&mut self, line: &str) -> Result<Record, Damage> {
        let (checksum, text) = line.split_once(' ').ok_or(Damage::Checksum)?;
        *self = self.after(text);
        if checksum == self.to_string() { Record::parse(text) } else { Err(Damage::Checksum) }
    }

    /// The first 64 bits of the SHA-256 over this checksum and `text`.
    fn after(self, text: &str) -> Chain {
        let digest =
            Sha256::new().chain_update(self.0.to_be_bytes()).chain_update(text).finalize();
        let first = digest.first_chunk().expect("a digest has 32 bytes");
        Chain(u64::from_be_bytes(*first))
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl From<BrokenRule> for Damage {
    fn from(rule: BrokenRule) -> Damage {
        Damage::Name(rule)
    }
}

impl From<NotAHash> for Damage {
    fn from(NotAHash: NotAHash) -> Damage {
        Damage::Unknown
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::Header => write!(f, "a journal begins with the line `{HEADER}`"),
            Damage::TooLong => f.write_str("no record is so long"),
            Damage::Checksum => f.write_str("its checksum is wrong"),
            Damage::Unknown => f.write_str("it is no record that is known here"),
            Damage::Name(rule) => write!(f, "{rule}"),
            Damage::UserExists => f.write_str("there is such a user already"),
            Damage::RoomExists => f.write_str("there is such a room already"),
            Damage::NoSuchRoom => f.write_str("there is no such room to remove"),
        }
    }
}

impl std::error::Error for Damage {}
