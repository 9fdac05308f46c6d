//! How much room is left in a folder. It counts the bytes of stored files, and the bytes received
//! so far of files that are still coming. An offer alone takes no room: otherwise a few offers
//! without data would keep everybody from sending. So a file may be refused midway, if others have
//! filled the folder.
//!
//! One lock guards the two counts. The disk is never read while it is held.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::error::FolderError;
use crate::size::ByteSize;

/// How the name of a part file begins. No [`FileName`](crate::name::FileName) begins with a dot.
pub const PART_PREFIX: &str = ".part-";

/// How long to wait before a full folder is counted again. To count 50,000 files takes 160 ms.
const COUNT_INTERVAL: Duration = Duration::from_secs(1);

/// How many bytes a folder accepts.
#[derive(Clone, Copy, Debug)]
pub struct FolderLimits {
    /// The most bytes of one file.
    pub max_file_bytes: u64,
    /// The most bytes of all files together.
    pub quota_bytes: u64,
}

impl FolderLimits {
    /// No limit but the disk's.
    pub const NONE: FolderLimits =
        FolderLimits { max_file_bytes: u64::MAX, quota_bytes: u64::MAX };
}

/// The room in one folder.
#[derive(Debug)]
pub struct Space {
    path: PathBuf,
    limits: FolderLimits,
    counts: Mutex<Counts>,
}

#[derive(Debug)]
struct Counts {
    /// Bytes of the files that are kept.
    stored: u64,
    /// Bytes that have come of files that are being received.
    coming: u64,
    /// When the files were last counted.
    counted: Option<Instant>,
}

impl Counts {
    fn fits(&self, bytes: u64, quota: u64) -> bool {
        (self.stored + self.coming).saturating_add(bytes) <= quota
    }
}

impl Space {
    /// Counts what is stored in the folder at `path`.
    ///
    /// # Errors
    /// If the folder can't be read.
    pub fn new(path: &Path, limits: FolderLimits) -> io::Result<Space> {
        let stored = if limits.quota_bytes == u64::MAX { 0 } else { stored_bytes(path)? };
        let counts = Mutex::new(Counts { stored, coming: 0, counted: None });
        Ok(Space { path: path.to_path_buf(), limits, counts })
    }

    /// Begins a file that will have `bytes` bytes.
    ///
    /// # Errors
    /// If it is too large, or there is no room for it now.
    pub fn begin(self: &Arc<Self>, bytes: u64) -> Result<Taken, FolderError> {
        let most = self.limits.max_file_bytes;
        if bytes > most {
            return Err(FolderError::TooLarge(ByteSize(most)));
        }
        drop(self.with_room(bytes)?);
        Ok(Taken { space: Arc::clone(self), bytes: 0 })
    }

    /// Returns the counts, if there is room for `bytes` more.
    fn with_room(&self, bytes: u64) -> Result<MutexGuard<'_, Counts>, FolderError> {
        let quota = self.limits.quota_bytes;
        let now = Instant::now();
        let mut counts = self.counts();
        let is_old = counts.counted.is_none_or(|counted| now >= counted + COUNT_INTERVAL);
        if !counts.fits(bytes, quota) && is_old {
            // Perhaps somebody has removed files.
            counts.counted = Some(now);
            let before = counts.stored;
            drop(counts);
            let stored = stored_bytes(&self.path).map_err(FolderError::at(&self.path))?;
            counts = self.counts();
            // If a file was kept meanwhile, this count may lack it.
            if counts.stored == before {
                counts.stored = stored;
            }
        }
        if counts.fits(bytes, quota) {
            Ok(counts)
        } else {
            Err(FolderError::Full(ByteSize(quota)))
        }
    }

    #[cfg(test)]
    pub fn forget_the_last_count(&self) {
        self.counts().counted = None;
    }

    /// The counts. They change in single steps, so a panic elsewhere leaves them whole.
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The room that one file has taken. Dropping it gives the room back.
#[derive(Debug)]
pub struct Taken {
    space: Arc<Space>,
    bytes: u64,
}

impl Taken {
    /// Takes room for `bytes` more.
    ///
    /// # Errors
    /// If the folder is full.
    pub fn grow(&mut self, bytes: usize) -> Result<(), FolderError> {
        self.space.with_room(bytes as u64)?.coming += bytes as u64;
        self.bytes += bytes as u64;
        Ok(())
    }

    /// Notes that the file has come and stays.
    pub fn is_stored(&self) {
        self.space.counts().stored += self.bytes;
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.space.counts().coming -= self.bytes;
    }
}

fn stored_bytes(path: &Path) -> io::Result<u64> {
    let mut bytes = 0u64;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let is_part = entry.file_name().to_string_lossy().starts_with(PART_PREFIX);
        if let Ok(metadata) = entry.metadata()
            && metadata.is_file()
            && !is_part
        {
            bytes = bytes.saturating_add(metadata.len());
        }
    }
    Ok(bytes)
}
