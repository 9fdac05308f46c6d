//! The journal: a text file that keeps the users and the rooms over a restart.
//!
//! A [`Record`] enters through [`Journal::append`] and becomes one line at the end of the file. At
//! the start all lines are read back into a [`Kept`]. `append` returns when the line is on the
//! disk, so it blocks. It runs on the thread that calls the store, under the journal's lock there.
//!
//! This file keeps the journal on the disk. `replay` reads it from its first line to its last,
//! `kept` is what all records add up to, and `record` has the grammar of one line.
//!
//! # Why a crash loses nothing that was acknowledged
//! A crash is a `kill -9`, a panic or a power cut. Somebody reads "created" only after `append`
//! has returned `Ok`. So only these moments count:
//! - *While a line is written, or before its sync ends.* Nobody was told of that line. It may be
//!   complete: then it counts. Or the file ends inside the line, perhaps with zeros at the end:
//!   then the next start cuts the line off. After a power cut some disks leave a last line that is
//!   complete but wrong. Then the server does not start, and names the line. To remove that line
//!   loses nothing that was acknowledged.
//! - *While a torn line is cut off.* The cut is synced before anything is appended after it.
//! - *While a new journal is made.* Its folder is synced before anything is appended.
//! - *While the journal is rewritten*, which happens only at the start: without the records that
//!   no longer count, and in the newest version of the format. The new text is written and synced
//!   beside the journal (`….new`) and then renamed over it. At every moment one complete file has
//!   the name, and both say the same. The next start removes a `.new` that is left.
//!
//! # What else can fail
//! - *The disk is full.* What was written of the line is cut off. The next line may fit.
//! - *The disk fails*, at a sync or at that cut. Then we cannot know what is on the disk, and a
//!   second sync proves nothing: Linux reports a lost write only once. So nothing more is appended
//!   until a restart has read what is there.
//! - *A line is not as it was written.* The server does not start, names the line, and changes
//!   nothing.
//! - *A second server uses the file.* The first one holds a lock on it. The kernel frees the lock
//!   when the process ends, in any way.
//! - *The disk cannot lock, or sync a folder*, as some network disks. The server goes on without,
//!   and its log says so once (see [`disk`](crate::disk)).

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use log::{error, warn};

use crate::disk::{Lock, sync_file, sync_folder, try_lock, warn_once};

mod replay;
mod kept;
mod error;
mod record;
#[cfg(test)]
mod tests;

pub use error::JournalError;
use error::reason;
pub use kept::{Kept, KeptRoom};
use record::{Chain, HEADER};
pub use record::{Damage, Record};
use replay::{Replayed, replay};

/// Only the owner reads and writes the file: it contains password hashes.
const OWNER_ONLY: u32 = 0o600;

/// An open journal. On the whole machine a file has only one at a time.
#[derive(Debug)]
pub struct Journal {
    /// As it was opened.
    path: PathBuf,
    /// Locked while it is open.
    file: File,
    /// Tells whether `path` is still this file.
    file_id: FileId,
    /// [`sync_file`]. Tests replace it: no real file can be made to fail here.
    sync: fn(&File, &Path) -> io::Result<()>,
    /// Length of the file: of all its complete lines.
    bytes: u64,
    /// The checksum that the next record continues.
    chain: Chain,
    /// The disk has failed, so nothing more is appended.
    refusing: bool,
}

impl Journal {
    /// Opens the journal at `path` and locks it. Makes a new one if there is none. Returns the
    /// users and rooms that exist.
    ///
    /// Drops a torn last line, and makes the file private to its owner, each with a warning.
    ///
    /// # Errors
    /// Nothing has been changed if the journal is in use or damaged, or if the path is no plain
    /// file. (A symbolic link is no plain file: a rename over it would not change the file it
    /// points to.)
    pub fn open(path: &Path) -> Result<(Journal, Kept), JournalError> {
        let failed = |source| JournalError::Open(path.into(), source);
        let file = open_locked(path)?;
        let found = file.metadata().map_err(failed)?;
        let replayed = replay(&file, path)?;
        let mut journal = Journal {
            path: path.into(),
            file,
            file_id: file_id(&found),
            sync: sync_file,
            bytes: replayed.bytes,
            chain: replayed.chain,
            refusing: false,
        };
        journal.tidy(found.permissions().mode(), &replayed).map_err(failed)?;
        Ok((journal, replayed.kept))
    }

    /// Appends a record and syncs it. After `Ok` it survives a `kill -9` and a power cut. Blocks.
    /// The caller has checked that the record fits to those before it.
    ///
    /// # Errors
    /// The record is not in the journal. After [`JournalError::Refusing`] no record will be, until
    /// a restart.
    pub fn append(&mut self, record: &Record) -> Result<(), JournalError> {
        if self.refusing {
            return Err(JournalError::Refusing(self.path.clone()));
        }
        if !self.is_untouched() {
            return Err(JournalError::Touched(self.path.clone()));
        }
        let mut chain = self.chain;
        let line = chain.write(record);
        self.write(&line).map_err(|source| JournalError::Append(self.path.clone(), source))?;
        self.chain = chain;
        Ok(())
    }

    /// Whether our file is still at `path`, and as we left it. If somebody removed it or
    /// changed it (with an editor, say), a new record would be lost. The lock stops only servers.
    fn is_untouched(&self) -> bool {
        fs::symlink_metadata(&self.path)
            .is_ok_and(|found| file_id(&found) == self.file_id && found.len() == self.bytes)
    }

    /// Writes at the end and syncs. On failure the end is where it was.
    fn write(&mut self, text: &str) -> io::Result<()> {
        let mut written = self.file.write_all_at(text.as_bytes(), self.bytes);
        if written.is_ok() {
            written = (self.sync)(&self.file, &self.path);
            self.refusing |= written.is_err();
        }
        match written {
            Ok(()) => self.bytes += text.len() as u64,
            Err(_) => self.refusing |= self.file.set_len(self.bytes).is_err(),
        }
        if self.refusing {
            error!(
                "journal {}: the disk fails, nothing more is saved until a restart",
                self.path.display()
            );
        }
        written
    }

    /// Repairs what a crash has left, or what others have done to the file. The caller knows that
    /// the journal is ours and not damaged.
    fn tidy(&mut self, mode: u32, found: &Replayed) -> io::Result<()> {
        let path = self.path.display();
        let torn = self.file.metadata()?.len() - self.bytes;
        if torn > 0 {
            warn!("journal {path}: dropped {torn} bytes of an incomplete last record");
            self.file.set_len(self.bytes)?;
        }
        if mode & 0o077 != 0 {
            let mended = self.file.set_permissions(Permissions::from_mode(OWNER_ONLY));
            let now = if mended.is_ok() { "only its owner can" } else { "we cannot change that" };
            warn!("journal {path}: others could read it, now {now}");
        }
        // Of a link this removes the link, not what it points to.
        if let Err(error) = fs::remove_file(self.new_path())
            && error.kind() != io::ErrorKind::NotFound
        {
            warn!("cannot remove {}: {error}", self.new_path().display());
        }
        if self.bytes == 0 {
            self.write(&format!("{HEADER}\n"))?;
        }
        self.rewrite(found)?;
        // The cut, the rename, or the name of a new file is on the disk only after this.
        (self.sync)(&self.file, &self.path)?;
        sync_folder(folder_of(&self.path))
    }

    /// Drops the records that no longer count, if there are any. If that fails, the old file
    /// stays. Only a file of version 1 must not stay: it cannot hold some of our records.
    fn rewrite(&mut self, found: &Replayed) -> io::Result<()> {
        let mut chain = Chain::after_header(HEADER);
        let mut text = format!("{HEADER}\n");
        found.kept.records().iter().for_each(|record| text.push_str(&chain.write(record)));
        if text.len() as u64 >= self.bytes && !found.is_version_1 {
            return Ok(());
        }
        match self.replace(&text) {
            Ok(()) => self.chain = chain,
            Err(error) => {
                warn!("cannot rewrite journal {}: {}", self.path.display(), reason(&error));
                // If this fails too, the next start tries again.
                let _ = fs::remove_file(self.new_path());
                if found.is_version_1 {
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Puts a new file with this text in the place of the old one.
    fn replace(&mut self, text: &str) -> io::Result<()> {
        let new_path = self.new_path();
        // `create_new` follows no link that somebody has put there.
        let file =
            OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(&new_path)?;
        // Lock it before the rename, or another server could come in between.
        lock_file(&file, &self.path)?;
        file.write_all_at(text.as_bytes(), 0)?;
        (self.sync)(&file, &self.path)?;
        let file_id = file_id(&file.metadata()?);
        fs::rename(&new_path, &self.path)?;
        // Closing the old file frees its lock.
        (self.file, self.file_id, self.bytes) = (file, file_id, text.len() as u64);
        Ok(())
    }

    /// Where a new journal is written before it replaces the old one.
    fn new_path(&self) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(".new");
        path.into()
    }
}

/// Frees the lock. To close the file is not enough if another thread is just starting a child
/// process: until the child runs its program, it has a copy of every open file, with the lock.
impl Drop for Journal {
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

/// Opens and locks the file at `path`. Makes one if there is none.
fn open_locked(path: &Path) -> Result<File, JournalError> {
    let failed = |source| JournalError::Open(path.into(), source);
    // Look before opening: to open a pipe or a device does something to it.
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => return Err(JournalError::NotAFile(path.into())),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(OWNER_ONLY);
    let file = options.open(path).map_err(failed)?;
    let ours = file_id(&file.metadata().map_err(failed)?);
    let is_there = || fs::symlink_metadata(path).is_ok_and(|there| file_id(&there) == ours);
    // If the path is another file by now, a starting server has just replaced this journal by its
    // new one.
    if lock_file(&file, path).map_err(failed)? && is_there() {
        Ok(file)
    } else {
        Err(JournalError::InUse(path.into()))
    }
}

/// Locks a journal. `false`: another server has it. On a disk without locks nobody can know that.
fn lock_file(file: &File, path: &Path) -> io::Result<bool> {
    let lock = try_lock(file)?;
    if lock == Lock::Unavailable {
        warn_once(path, "this disk has no locks: only one server at a time may use this file");
    }
    Ok(lock != Lock::Theirs)
}

/// The folder of `path`.
fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Device and inode. Two paths with the same id are one file.
type FileId = (u64, u64);

fn file_id(metadata: &Metadata) -> FileId {
    (metadata.dev(), metadata.ino())
}
