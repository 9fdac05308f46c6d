//! What can go wrong with a journal, in words for the terminal of the server.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::record::Damage;
use crate::folder::io_reason;

/// Why a journal cannot be opened or appended to. Each has the path of the journal.
#[derive(Debug)]
pub enum JournalError {
    /// What the system says when we open, make, read or tidy it.
    Open(PathBuf, io::Error),
    /// The path is a folder, a symbolic link, a device or the like.
    NotAFile(PathBuf),
    /// Another server has it open.
    InUse(PathBuf),
    /// This line is not as it was written. Lines count from 1.
    Damaged(PathBuf, u64, Damage),
    /// The record could not be written. The next one may fit.
    Append(PathBuf, io::Error),
    /// Somebody has removed, replaced or changed the file.
    Touched(PathBuf),
    /// The disk has failed earlier.
    Refusing(PathBuf),
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use JournalError::*;
        let (doing, path) = match self {
            Open(path, _) | NotAFile(path) | InUse(path) => ("open", path.display()),
            Damaged(path, line, damage) => {
                let path = path.display();
                return write!(f, "journal {path} is damaged in line {line}: {damage}");
            }
            Append(path, _) | Touched(path) | Refusing(path) => ("append to", path.display()),
        };
        write!(f, "cannot {doing} journal {path}: ")?;
        match self {
            Open(_, source) | Append(_, source) => f.write_str(&reason(source)),
            NotAFile(_) => f.write_str("it is not a plain file"),
            InUse(_) => f.write_str("another server is using it"),
            Touched(_) => f.write_str("somebody has moved or changed it"),
            Refusing(_) => f.write_str("the disk has failed, nothing is saved until a restart"),
            Damaged(..) => Ok(()),
        }
    }
}

impl std::error::Error for JournalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            JournalError::Open(_, source) | JournalError::Append(_, source) => Some(source),
            JournalError::Damaged(_, _, damage) => Some(damage),
            _ => None,
        }
    }
}

/// What the system says, in words that help.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "its folder does not exist".to_string(),
        _ => io_reason(error),
    }
}
