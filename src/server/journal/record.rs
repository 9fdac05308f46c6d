//! The grammar of the journal: what a line says, and the checksum before it.
//!
//! ```text
//! chatroom journal 2
//! 3c0ae94cda0f9a35 user pbkdf2-sha256:600000:SALT:HASH lucas
//! 5a4ef0f7b3a7ed3c room open BT 108
//! 93c3aa26ea0d5b10 room pbkdf2-sha256:600000:SALT:HASH Room1
//! 0b2d5b7a7a9e0c44 removed BT 108
//! 71f06c5a0e6b2d18 password pbkdf2-sha256:600000:SALT:HASH lucas
//! c5a8e93f0b7d1624 forgotten lucas
//! ```
//! Version 1 had neither `password` nor `forgotten`. At the start a journal of version 1 is
//! rewritten. Then an older server refuses it because of its first line, and reads no further.
//!
//! The name comes last, because the name of a room may contain spaces. A checksum covers its line
//! *and* the checksum before it. So we notice a line that was lost, doubled or moved, like one
//! that was changed. We do not notice lines that are missing at the very end. The checksum
//! protects against bad disks and careless hands; anybody can write a journal of their own.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::name::{BrokenRule, RoomName, UserName};
use crate::server::password::PasswordHash;

/// The first line of every journal. It says what the file is, and its version.
pub(super) const HEADER: &str = "chatroom journal 2";

/// The first line of a journal that an older server has written.
pub(super) const HEADER_1: &str = "chatroom journal 1";

/// Longest line in bytes, without its end. A locked room with the longest name takes some 290.
pub(super) const MAX_RECORD_BYTES: usize = 512;

/// One change, as a line of the journal.
#[derive(Clone, Debug)]
pub enum Record {
    /// A user has registered, under this name, with this password.
    User(UserName, PasswordHash),
    /// A user who exists got a new password.
    Password(UserName, PasswordHash),
    /// A user was removed.
    Forgotten(UserName),
    /// A room was made, as its creator wrote it. It may have a password.
    Room(RoomName, Option<PasswordHash>),
    /// A room was removed.
    RoomRemoved(RoomName),
}

/// What is wrong with a line of the journal.
#[derive(Debug, PartialEq, Eq)]
pub enum Damage {
    /// It is the first line, and not the header of a journal.
    Header,
    /// No record is so long.
    TooLong,
    /// It is not what was written, or was not written after the line before it.
    Checksum,
    /// The checksum is right, but we do not know such a record.
    Unknown,
    /// The name in it breaks its rule.
    Name(BrokenRule),
    /// It creates what exists, or changes what does not exist.
    Contradiction,
}

impl Record {
    fn text(&self) -> String {
        match self {
            Record::User(name, password) => format!("user {password} {name}"),
            Record::Password(name, password) => format!("password {password} {name}"),
            Record::Forgotten(name) => format!("forgotten {name}"),
            Record::Room(name, None) => format!("room open {name}"),
            Record::Room(name, Some(password)) => format!("room {password} {name}"),
            Record::RoomRemoved(name) => format!("removed {name}"),
        }
    }

    fn parse(text: &str) -> Result<Record, Damage> {
        let (verb, rest) = text.split_once(' ').ok_or(Damage::Unknown)?;
        match verb {
            "removed" => return Ok(Record::RoomRemoved(RoomName::parse(rest)?)),
            "forgotten" => return Ok(Record::Forgotten(UserName::parse(rest)?)),
            _ => {}
        }
        let (word, name) = rest.split_once(' ').ok_or(Damage::Unknown)?;
        let hash = || PasswordHash::parse(word).ok_or(Damage::Unknown);
        match verb {
            "user" => Ok(Record::User(UserName::parse(name)?, hash()?)),
            "password" => Ok(Record::Password(UserName::parse(name)?, hash()?)),
            "room" => {
                let password = if word == "open" { None } else { Some(hash()?) };
                Ok(Record::Room(RoomName::parse(name)?, password))
            }
            _ => Err(Damage::Unknown),
        }
    }
}

/// The checksum of the last line that was read or written. The next one continues it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain(u64);

impl Chain {
    /// The checksum after the first line.
    pub(super) fn after_header(header: &str) -> Chain {
        Chain(0).after(header)
    }

    /// Writes the next line, with its end.
    pub(super) fn write(&mut self, record: &Record) -> String {
        let text = record.text();
        *self = self.after(&text);
        format!("{self} {text}\n")
    }

    /// Reads the next line, given without its end.
    ///
    /// # Errors
    /// What is wrong with it. It may still contradict the lines before it.
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

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::Header => write!(f, "a journal begins with the line `{HEADER}`"),
            Damage::TooLong => f.write_str("no record is so long"),
            Damage::Checksum => f.write_str("its checksum is wrong"),
            Damage::Unknown => f.write_str("this server knows no such record"),
            Damage::Name(rule) => write!(f, "{rule}"),
            Damage::Contradiction => f.write_str("it contradicts the lines before it"),
        }
    }
}

impl std::error::Error for Damage {}
