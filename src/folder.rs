//! A folder that files are received into, and sent from: ServerFiles, and everyone's LocalFiles.
//!
//! A file with a final name is complete and verified, even after a crash at any moment. (Some
//! disks can't promise that: the log says so then.) So a file that comes is written to a *part
//! file*, which has a hidden name that no peer can ask for. When the receiving role (`transfer`)
//! has checked all of it, [`PartFile::keep`] gives it its final name, in one step that can't
//! overwrite anything and follows no symbolic link. The process that writes a part file holds a
//! file lock on it. A part file without that lock was left by a crash. It is removed when the
//! folder is opened (on a disk without locks, once it is an hour old).
//!
//! `folder/part.rs` has the life of a part file, `syncing.rs` brings it to the disk while it
//! comes, `space.rs` counts the bytes, and `source.rs` finds the files that are sent.
//!
//! A thread that receives a file calls this, and may block on the disk. One mutex guards the count
//! of bytes in a folder; the disk is not used while it is held.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

mod source;
mod part;
mod syncing;
mod space;
mod error;
#[cfg(test)]
mod tests;

pub use error::{FolderError, io_reason};
pub use part::{KeptFile, MAX_NAMESAKES, PartFile};
pub use source::{Listed, Source, open_source};
pub use space::FolderLimits;
use space::{Counts, Taken};

/// A folder that files are received into, and sent from.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    limits: FolderLimits,
    counts: Mutex<Counts>,
}

impl Folder {
    /// Opens the folder at `path`. Makes it if it is missing, and removes what a crash has left.
    ///
    /// # Errors
    /// If the folder can't be made or read.
    pub fn open(path: &Path, limits: FolderLimits) -> io::Result<Folder> {
        fs::create_dir_all(path)?;
        part::remove_stale_parts(path)?;
        let counts = Mutex::new(Counts::new(path, limits)?);
        Ok(Folder { path: path.to_path_buf(), limits, counts })
    }

    /// Where the folder is, as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a part file for a file of `bytes` bytes.
    ///
    /// # Errors
    /// If it is too large, the folder is full, or the disk fails.
    pub fn begin(self: &Arc<Self>, bytes: u64) -> Result<PartFile, FolderError> {
        PartFile::create(Taken::begin(self, bytes)?)
    }
}
