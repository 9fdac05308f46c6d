//! How much room is left in a folder. It counts the bytes of stored files, and the bytes that are
//! promised to files that come.
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
    /// Most bytes of one file.
    pub max_file_bytes: u64,
    /// Most bytes of all files together.
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
    /// Bytes that are promised to files that are being received.
    reserved: u64,
    /// When the files were last counted.
    counted: Option<Instant>,
}

impl Counts {
    fn fits(&self, bytes: u64, quota: u64) -> bool {
        self.stored.saturating_add(self.reserved).saturating_add(bytes) <= quota
    }
}

impl Space {
    /// Counts what is stored in the folder at `path`.
    ///
    /// # Errors
    /// If the folder can't be read.
    pub fn new(path: &Path, limits: FolderLimits) -> io::Result<Space> {
        let stored = if limits.quota_bytes == u64::MAX { 0 } else { stored_bytes(path)? };
        let counts = Mutex::new(Counts { stored, reserved: 0, counted: None });
        Ok(Space { path: path.to_path_buf(), limits, counts })
    }

    /// Promises room for a file of `bytes` bytes.
    ///
    /// # Errors
    /// If it is too large, or the folder is full.
    pub fn reserve(self: &Arc<Self>, bytes: u64) -> Result<Reservation, FolderError> {
        let FolderLimits { max_file_bytes, quota_bytes } = self.limits;
        if bytes > max_file_bytes {
            return Err(FolderError::TooLarge(ByteSize(max_file_bytes)));
        }
        let now = Instant::now();
        let mut counts = self.counts();
        let is_old = counts.counted.is_none_or(|counted| now >= counted + COUNT_INTERVAL);
        if !counts.fits(bytes, quota_bytes) && is_old {
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
        if !counts.fits(bytes, quota_bytes) {
            return Err(FolderError::Full(ByteSize(quota_bytes)));
        }
        counts.reserved = counts.reserved.saturating_add(bytes);
        Ok(Reservation { space: Arc::clone(self), bytes })
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

/// Room that is promised to one file. Dropping it gives the room back.
#[derive(Debug)]
pub struct Reservation {
    space: Arc<Space>,
    bytes: u64,
}

impl Reservation {
    /// Notes that the file has come and stays.
    pub fn is_stored(&self) {
        let mut counts = self.space.counts();
        counts.stored = counts.stored.saturating_add(self.bytes);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut counts = self.space.counts();
        counts.reserved = counts.reserved.saturating_sub(self.bytes);
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
