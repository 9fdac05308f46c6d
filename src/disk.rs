//! What one disk can do and another cannot.
//!
//! Some disks cannot do what Linux's own disks can: a network share may have no locks, a USB stick
//! no hard links. Then the caller goes on without, and [`warn_once`] says what is missing. A disk
//! that *fails* (full, broken, read-only) is different: that stays an error.
//!
//! Any thread may call all of this. One lock guards the list of what was said already; no other
//! lock is taken under it.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use log::warn;

use crate::lock::lock;
use crate::platform::sync_names;

/// The system's numbers for "this can't be done here": EINVAL, ENOTTY, ENOTSUP, ENOSYS,
/// EOPNOTSUPP. std has a kind for some of them, and not on every system.
const CANNOT: &[i32] = if cfg!(windows) {
    // ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED.
    &[1, 50]
} else if cfg!(target_os = "linux") {
    &[22, 25, 95, 38]
} else {
    &[22, 25, 45, 78, 102]
};

/// ENOLCK: there is no service for locks, as on some NFS.
const NO_LOCK_SERVICE: i32 = if cfg!(target_os = "linux") { 37 } else { 77 };

/// The answer when we ask for a file's lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// It is ours until the file is closed.
    Ours,
    /// Another program has it.
    Theirs,
    /// This disk has no locks.
    Unavailable,
}

/// Asks for the lock of a file, without waiting.
///
/// # Errors
/// If the disk fails.
pub fn try_lock(file: &File) -> io::Result<Lock> {
    match file.try_lock() {
        Ok(()) => Ok(Lock::Ours),
        Err(TryLockError::WouldBlock) => Ok(Lock::Theirs),
        Err(TryLockError::Error(error))
            if cannot(&error) || error.raw_os_error() == Some(NO_LOCK_SERVICE) =>
        {
            Ok(Lock::Unavailable)
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Brings the content of a file to the disk: after that it survives a power cut. If the disk
/// cannot do so (macOS refuses it on network shares), the log says so once, and the caller goes
/// on.
///
/// # Errors
/// If the disk fails. What it holds now is not known.
pub fn sync_file(file: &File, path: &Path) -> io::Result<()> {
    go_on_without(
        file.sync_data(),
        path,
        "this disk cannot sync files: after a power cut the \
        newest file may be damaged",
    )
}

/// Brings the *names* in a folder to the disk: without this a new file may be gone after a power
/// cut, even if its content was synced. If the disk cannot do so, the log says so once.
///
/// # Errors
/// If the disk fails.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    go_on_without(
        sync_names(path),
        path,
        "this disk cannot sync folders: after a power cut the \
        newest file may be missing",
    )
}

fn go_on_without(done: io::Result<()>, path: &Path, what: &'static str) -> io::Result<()> {
    match done {
        Err(error) if cannot(&error) => {
            warn_once(path, what);
            Ok(())
        }
        done => done,
    }
}

/// Tells whether this error of `hard_link` means that there are no hard links here.
pub fn has_no_links(error: &io::Error) -> bool {
    use io::ErrorKind::{CrossesDevices, PermissionDenied, TooManyLinks};
    // EPERM is the answer of FAT. EACCES has the same kind, and then nothing else works either.
    matches!(error.kind(), PermissionDenied | CrossesDevices | TooManyLinks) || cannot(error)
}

/// Tells whether an error means that the system or the disk can't do such a thing at all.
fn cannot(error: &io::Error) -> bool {
    let number = error.raw_os_error();
    error.kind() == io::ErrorKind::Unsupported || number.is_some_and(|n| CANNOT.contains(&n))
}

/// Logs, once for each file or folder, what its disk cannot do. A lock guards the list of what was
/// logged.
pub fn warn_once(path: &Path, what: &'static str) {
    static SAID: Mutex<Vec<(PathBuf, &str)>> = Mutex::new(Vec::new());
    let mut said = lock(&SAID);
    let new = (path.to_path_buf(), what);
    if !said.contains(&new) {
        said.push(new);
        drop(said);
        warn!("{}: {what}", path.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_lock_on_a_file_is_theirs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let (one, other) = (File::create(&path).unwrap(), File::open(&path).unwrap());
        assert_eq!(try_lock(&one).unwrap(), Lock::Ours);
        assert_eq!(try_lock(&other).unwrap(), Lock::Theirs);
        drop(one);
        assert_eq!(try_lock(&other).unwrap(), Lock::Ours);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_a_disk_cannot_do_is_no_failure_and_a_failure_stays_one() {
        let of = io::Error::from_raw_os_error;
        // EINVAL, ENOSYS, EOPNOTSUPP; then EPERM, EXDEV, EMLINK.
        for number in [22, 38, 95] {
            assert!(cannot(&of(number)) && has_no_links(&of(number)), "{number}");
            assert!(go_on_without(Err(of(number)), Path::new("a"), "it cannot").is_ok());
        }
        for number in [1, 18, 31] {
            assert!(has_no_links(&of(number)) && !cannot(&of(number)), "{number}");
        }
        // EIO, ENOSPC, EROFS, EDQUOT, EEXIST, ENOENT.
        for number in [5, 28, 30, 122, 17, 2] {
            assert!(!has_no_links(&of(number)) && !cannot(&of(number)), "{number}");
            assert!(go_on_without(Err(of(number)), Path::new("a"), "it cannot").is_err());
        }
    }
}
