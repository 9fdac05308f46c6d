//! The journal: what must outlive the server, in a text file that only grows at its end.
//!
//! Registered users and rooms enter as [`Record`]s, one line each; at start they leave again, in the order they were
//! made. [`Journal::append`] returns only once its line is on the disk, so what was acknowledged after it survives a
//! `kill -9` and a power cut. It runs on the session's own thread and waits for the disk: the callers share one `Mutex`
//! around the journal, under which they also see that a name is free, and which no chat ever waits for.
//!
//! What can go wrong, and what is done about it:
//! - killed while appending: the last line has no end. It was not acknowledged; it is dropped at the next start.
//! - the disk is full: what was written of the line is cut off again, and the next append may fit.
//! - the disk fails (a sync, or that cut): what it holds now can't be known, and asking it again proves nothing (after a failed
//!   `fsync` Linux forgets what it could not write). So nothing more is written until a restart has read what is there.
//! - a line is not what was written: the server does not start, says where, and touches nothing. People can read the file.
//! - a second server on the same file: the first holds a lock on it, which the kernel takes back however it ends.
//!
//! Removed rooms leave lines behind that nobody needs. Past twice of what is needed the journal is written anew beside
//! the old one and renamed over it: at every moment the one or the other is there, whole.

use std::fs::{self, File, Metadata, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use log::{error, warn};

mod error;
mod live;
mod record;
mod replay;
#[cfg(test)]
mod tests;

pub use error::JournalError;
use error::Reason;
use live::Live;
use record::{Chain, HEADER};
pub use record::{Damage, Record};
use replay::{Replayed, replay};

/// Below this size, in bytes, a journal is not rewritten: a small one would be at every other step.
const REWRITE_FLOOR_BYTES: u64 = 4096;

/// The owner reads and writes, nobody else: hashes of passwords stand in it.
const OWNER_ONLY: u32 = 0o600;

/// The journal, shared with the rooms: whoever holds it may change what is kept.
pub type SharedJournal = Arc<Mutex<Journal>>;

/// Takes the journal's lock. A journal that a panic has interrupted knows it, and refuses by itself.
pub fn lock_journal(journal: &SharedJournal) -> MutexGuard<'_, Journal> {
    journal.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An open journal. There is one for a file at any time, on the whole machine.
#[derive(Debug)]
pub struct Journal {
    /// As it was opened, for the checks, for rewriting, and for people.
    path: PathBuf,
    /// Locked for as long as it is open.
    file: File,
    /// The folder that it stands in, to be synced when a name in it has changed.
    folder: File,
    /// By which `file` is known, whatever stands at `path` by now.
    identity: Identity,
    /// [`File::sync_data`]. The one thing here that no real file can be made to fail at, for the tests.
    sync: fn(&File) -> io::Result<()>,
    /// Length of all whole records, and so of the file.
    bytes: u64,
    /// The checksum that the next record goes on from.
    chain: Chain,
    /// What a rewrite would keep.
    live: Live,
    /// Set past the present size when a rewrite has failed, so that not every append tries again.
    rewrite_above: u64,
    /// The disk has failed: see the head of this page.
    refusing: bool,
}

impl Journal {
    /// Opens the journal at `path`, makes it if there is none, and locks it. Returns the records that still count, in the
    /// order in which they were made: users, and rooms that exist.
    ///
    /// A torn last line is dropped with a warning. A journal that others may read is made the owner's alone, with a warning.
    ///
    /// # Errors
    /// Nothing has been changed if it is in use or damaged, or if something other than a file stands there (a symbolic link
    /// too: to rename over it would part it from what it points to). Else what the system says.
    pub fn open(path: &Path) -> Result<(Journal, Vec<Record>), JournalError> {
        let failed = |source| JournalError::Open(path.into(), source);
        let file = open_locked(path)?;
        let found = file.metadata().map_err(failed)?;
        let mut journal = Journal {
            path: path.into(),
            file,
            folder: open_folder(path).map_err(failed)?,
            identity: identity(&found),
            sync: File::sync_data,
            bytes: 0,
            chain: Chain::new(),
            live: Live::new(),
            rewrite_above: REWRITE_FLOOR_BYTES,
            refusing: false,
        };
        let Replayed { live, chain, bytes, torn_bytes } = replay(&journal.file, path)?;
        (journal.live, journal.chain, journal.bytes) = (live, chain, bytes);
        journal.tidy(torn_bytes, found.permissions().mode()).map_err(failed)?;
        let records = journal.live.records().cloned().collect();
        Ok((journal, records))
    }

    /// Appends a record and syncs it: after `Ok` it survives a `kill -9` and a power cut. Blocks.
    ///
    /// # Errors
    /// The record is not in the journal. [`JournalError::Refusing`]: nor will any be until a restart.
    pub fn append(&mut self, record: &Record) -> Result<(), JournalError> {
        if self.refusing {
            return Err(JournalError::Refusing(self.path.clone()));
        }
        if !self.is_untouched() {
            return Err(JournalError::Touched(self.path.clone()));
        }
        self.live
            .check(record)
            .map_err(|damage| JournalError::Contradiction(self.path.clone(), damage))?;

        let mut chain = self.chain;
        let line = chain.write(record);
        self.write(&line).map_err(|source| JournalError::Append(self.path.clone(), source))?;
        self.chain = chain;
        self.live.take(record.clone());
        if self.bytes > self.rewrite_above.max(2 * self.live.bytes()) {
            self.rewrite();
        }
        Ok(())
    }

    /// Whether the file is still the one at `path`, and as it was left. A record in a file that was removed, or behind the
    /// end of one that was cut, would be lost. (An editor's or a restore's doing; the lock keeps only servers out.)
    fn is_untouched(&self) -> bool {
        fs::symlink_metadata(&self.path)
            .is_ok_and(|found| identity(&found) == self.identity && found.len() == self.bytes)
    }

    /// Writes at the end and syncs, or leaves the end where it was.
    fn write(&mut self, text: &str) -> io::Result<()> {
        let mut written = self.file.write_all_at(text.as_bytes(), self.bytes);
        if written.is_ok() {
            written = (self.sync)(&self.file);
            self.refusing |= written.is_err();
        }
        if written.is_ok() {
            self.bytes += text.len() as u64;
        } else {
            self.refusing |= self.file.set_len(self.bytes).is_err();
        }
        if self.refusing {
            error!(
                "journal {}: the disk fails, nothing more is saved until a restart",
                self.path.display()
            );
        }
        written
    }

    /// Writes what still counts anew. No failure here is one of the append that it follows.
    fn rewrite(&mut self) {
        if let Err(error) = self.replace() {
            warn!("cannot rewrite journal {}: {}", self.path.display(), Reason(&error));
            // Best effort: what stays there is in nobody's way but the next rewrite's, which removes it too.
            let _ = remove_if_there(&self.new_path());
            self.rewrite_above = 2 * self.bytes;
        }
    }

    /// Puts a new file in the place of the old one.
    fn replace(&mut self) -> io::Result<()> {
        let (text, chain) = self.live.write();
        let new_path = self.new_path();
        remove_if_there(&new_path)?;
        let file =
            OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(&new_path)?;
        // Before the rename, or another server could come in between.
        file.try_lock()?;
        file.write_all_at(text.as_bytes(), 0)?;
        (self.sync)(&file)?;
        let identity = identity(&file.metadata()?);
        fs::rename(&new_path, &self.path)?;

        // From here on the new file is the journal, whatever comes. The old one is closed, and its lock gone.
        self.file = file;
        self.identity = identity;
        self.bytes = text.len() as u64;
        self.chain = chain;
        self.rewrite_above = REWRITE_FLOOR_BYTES;
        if let Err(error) = self.folder.sync_all() {
            // After a power cut the old file could be back, without what would be appended now.
            self.refusing = true;
            error!(
                "journal {}: {}, nothing more is saved until a restart",
                self.path.display(),
                Reason(&error)
            );
        }
        Ok(())
    }

    /// Puts in order what others have left, now that the journal is known to be ours and sound.
    fn tidy(&mut self, torn_bytes: usize, mode: u32) -> io::Result<()> {
        let path = self.path.display();
        if torn_bytes > 0 {
            warn!(
                "journal {path}: dropped {torn_bytes} bytes of a last record that was not written to its end"
            );
            self.file.set_len(self.bytes)?;
        }
        if mode & 0o077 != 0 {
            match self.file.set_permissions(Permissions::from_mode(OWNER_ONLY)) {
                Ok(()) => warn!("journal {path}: others could read it, now its owner alone can"),
                Err(error) => {
                    warn!("journal {path}: others can read it, and that can't be changed: {error}")
                }
            }
        }
        if let Err(error) = remove_if_there(&self.new_path()) {
            warn!("cannot remove {}: {error}", self.new_path().display());
        }
        if self.bytes == 0 {
            self.write(&format!("{HEADER}\n"))?;
        }
        // Whoever made or renamed the file may have been killed before this.
        (self.sync)(&self.file)?;
        self.folder.sync_all()
    }

    /// Where a new journal is written before it takes the old one's place.
    fn new_path(&self) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(".new");
        path.into()
    }
}

/// Gives the lock back. Closing the file does so too, but for a child process that another thread is just starting: until
/// it has become another program it has a copy of everything open, the lock with it.
impl Drop for Journal {
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

/// Opens and locks the file that stands at `path` once it is locked. Makes one if there is none.
fn open_locked(path: &Path) -> Result<File, JournalError> {
    let failed = |source| JournalError::Open(path.into(), source);
    loop {
        // Looked at before it is opened: to open a pipe or a device is to do something to it.
        match fs::symlink_metadata(path) {
            Ok(found) if !found.is_file() => return Err(JournalError::NotAFile(path.into())),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(OWNER_ONLY);
        let file = options.open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse(path.into())),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // Between opening and locking, its owner may have renamed a new one over it and let the old one go. Then what we
        // have locked is nobody's journal any more.
        let ours = identity(&file.metadata().map_err(failed)?);
        if fs::symlink_metadata(path).is_ok_and(|found| identity(&found) == ours) {
            return Ok(file);
        }
    }
}

/// The folder that `path` stands in.
fn open_folder(path: &Path) -> io::Result<File> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))
}

/// Device and inode: two names with the same are one file.
type Identity = (u64, u64);

fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

/// Removes a file, or a link itself and not what it points to.
fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
