//! Why a file is not stored, or not sent: one reason for the other side, and one for the person on
//! this side.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::size::ByteSize;

/// Why a file is not stored, or not sent. Its `Display` is the reason that the other side reads,
/// so it names no folder of ours; [`for_owner`](Self::for_owner) does.
#[derive(Debug)]
pub enum FolderError {
    /// Larger than one file may be. This is the limit.
    TooLarge(ByteSize),
    /// The folder would hold more than it may. This is the limit.
    Full(ByteSize),
    /// The folder keeps no more files with this name.
    TooManyNamesakes,
    /// Not there.
    NotFound,
    /// Several files could be meant.
    Ambiguous,
    /// A folder, a pipe, a device.
    NotAFile,
    /// The disk fails, at this file or folder.
    Disk(PathBuf, io::Error),
}

impl FolderError {
    /// The disk failed at `path`.
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> FolderError {
        let path = path.to_path_buf();
        |error| FolderError::Disk(path, error)
    }

    /// Says it to the person on this side, with the file or folder.
    pub fn for_owner(&self) -> String {
        match self {
            FolderError::Disk(path, error) => format!("{}: {}", path.display(), io_reason(error)),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FolderError::TooLarge(limit) => write!(f, "too large, at most {limit} are taken"),
            FolderError::Full(limit) => {
                write!(f, "no space left for files, at most {limit} are kept")
            }
            FolderError::TooManyNamesakes => f.write_str("too many files of that name"),
            FolderError::NotFound => f.write_str("not found"),
            FolderError::Ambiguous => f.write_str("several files could be meant"),
            FolderError::NotAFile => f.write_str("not a regular file"),
            FolderError::Disk(_, error) => f.write_str(&io_reason(error)),
        }
    }
}

impl std::error::Error for FolderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            FolderError::Disk(_, error) => Some(error),
            _ => None,
        }
    }
}

/// Says what the system says, without its error number, which tells a person nothing.
pub fn io_reason(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::StorageFull {
        return "disk full".to_string();
    }
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}
