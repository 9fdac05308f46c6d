//! The few calls that differ between Linux, macOS and Windows, and between one disk and another.
//!
//! Nearly everything else is written once, for all systems; only the server needs Unix. There are
//! two halves with the same functions: `platform/unix.rs` for Linux and macOS, and
//! `platform/portable.rs` for Windows, which needs nothing but std. To test the second half on
//! Linux too, build the crate with `RUSTFLAGS='--cfg chatroom_portable'`.
//!
//! Some disks cannot do what Linux's own disks can: a network share may have no locks, a USB stick
//! no hard links. Then the caller goes on without, and [`warn_once`] says what is missing. A disk
//! that *fails* (full, broken, read-only) is different: that stays an error.
//!
//! Any thread may call all of this. One lock guards the list of what was said already (and one
//! more the position in a file, in `platform/portable.rs`); no other lock is taken under it.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use log::warn;

use crate::lock::lock;

#[cfg(any(not(unix), chatroom_portable))]
#[path = "platform/portable.rs"]
mod half;
#[cfg(all(unix, not(chatroom_portable)))]
#[path = "platform/unix.rs"]
mod half;
#[cfg(test)]
mod tests;

pub use half::{
    TimedReader, open_stdout, own_group, private, read_exact_at, sync_names, terminal_for_child,
};

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

/// Tells whether a read of a socket ended because its time was up. Systems differ in the kind.
pub fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
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

/// Asks how many files and sockets this program may have open at a time. macOS allows 256 unless
/// told otherwise. std can't ask, so a shell does. `None`: nobody knows, or there is no limit.
pub fn max_open_files() -> Option<usize> {
    let asked = Command::new("sh").args(["-c", "ulimit -n"]).output().ok()?;
    String::from_utf8_lossy(&asked.stdout).trim().parse().ok()
}
