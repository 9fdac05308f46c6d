//! How much space is left in a folder. It counts the bytes of stored files, and the bytes received
//! so far of files that are still coming. An offer alone takes no space: otherwise a few offers
//! without data would keep everybody from sending. So a file may be refused midway, if others have
//! filled the folder.
//!
//! One lock guards the two counts. The disk is never read while it is held.

use std::fs;
use std::io;
use std::mem;
use std::path::Path;
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

use super::Folder;
use super::error::FolderError;
use crate::lock::lock;
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

/// The bytes in one folder.
#[derive(Debug, Default)]
pub struct Counts {
    /// Bytes of the files that are kept.
    stored: u64,
    /// Bytes that have come of files that are being received.
    coming: u64,
    /// How often a file has begun to get its final name, and how often that has ended. While the
    /// two differ, nobody knows whether a count of the folder has that file.
    namings_begun: u64,
    namings_ended: u64,
    /// When the files were last counted.
    counted: Option<Instant>,
}

impl Counts {
    /// Counts what is stored in the folder at `path`, if there is a limit to it.
    ///
    /// # Errors
    /// If the folder can't be read.
    pub fn new(path: &Path, limits: FolderLimits) -> io::Result<Counts> {
        let stored = if limits.quota_bytes == u64::MAX { 0 } else { stored_bytes(path)? };
        Ok(Counts { stored, ..Counts::default() })
    }

    fn fits(&self, bytes: u64, quota: u64) -> bool {
        (self.stored + self.coming).saturating_add(bytes) <= quota
    }
}

impl Folder {
    /// Returns the counts, if there is space for `bytes` more.
    fn with_space(&self, bytes: u64) -> Result<MutexGuard<'_, Counts>, FolderError> {
        let quota = self.limits.quota_bytes;
        let now = Instant::now();
        let mut counts = lock(&self.counts);
        let is_old = counts.counted.is_none_or(|counted| now >= counted + COUNT_INTERVAL);
        let begun = counts.namings_begun;
        if !counts.fits(bytes, quota) && is_old && begun == counts.namings_ended {
            // Perhaps somebody has removed files.
            counts.counted = Some(now);
            drop(counts);
            let stored = stored_bytes(&self.path).map_err(FolderError::at(&self.path))?;
            counts = lock(&self.counts);
            // If a file was given its name meanwhile, this count may have it or not.
            if counts.namings_begun == begun {
                counts.stored = stored;
            }
        }
        if counts.fits(bytes, quota) {
            Ok(counts)
        } else {
            Err(FolderError::Full(ByteSize(quota)))
        }
    }

    /// Lets the next file count the folder.
    #[cfg(test)]
    pub fn forget_the_last_count(&self) {
        lock(&self.counts).counted = None;
    }
}

/// The space that one file has taken. Dropping it gives the space back.
#[derive(Debug)]
pub struct Taken {
    /// The folder that the file comes into.
    pub folder: Arc<Folder>,
    bytes: u64,
}

impl Taken {
    /// Begins a file that will have `bytes` bytes.
    ///
    /// # Errors
    /// If it is too large, or there is no space for it now.
    pub fn begin(folder: &Arc<Folder>, bytes: u64) -> Result<Taken, FolderError> {
        let most = folder.limits.max_file_bytes;
        if bytes > most {
            return Err(FolderError::TooLarge(ByteSize(most)));
        }
        drop(folder.with_space(bytes)?);
        Ok(Taken { folder: Arc::clone(folder), bytes: 0 })
    }

    /// Takes space for `bytes` more.
    ///
    /// # Errors
    /// If the folder is full.
    pub fn grow(&mut self, bytes: usize) -> Result<(), FolderError> {
        self.folder.with_space(bytes as u64)?.coming += bytes as u64;
        self.bytes += bytes as u64;
        Ok(())
    }

    /// Calls `give_name`, which gives the file its final name. If it succeeds, the file stays.
    ///
    /// # Errors
    /// Those of `give_name`. Then the file still counts as coming.
    pub fn store(&mut self, give_name: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        lock(&self.folder.counts).namings_begun += 1;
        let named = give_name();
        let mut counts = lock(&self.folder.counts);
        counts.namings_ended += 1;
        if named.is_ok() {
            let bytes = mem::take(&mut self.bytes);
            counts.stored += bytes;
            counts.coming -= bytes;
        }
        named
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        lock(&self.folder.counts).coming -= self.bytes;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_counted_while_it_is_named_counts_once() {
        let dir = tempfile::tempdir().unwrap();
        let limits = FolderLimits { max_file_bytes: 10, quota_bytes: 10 };
        let folder = Arc::new(Folder::open(dir.path(), limits).unwrap());
        let begin = |bytes| Taken::begin(&folder, bytes);
        let mut file = begin(4).unwrap();
        file.grow(4).unwrap();
        file.store(|| {
            fs::write(dir.path().join("file"), "1234")?;
            begin(7).expect_err("too much, so somebody counts the folder now");
            Ok(())
        })
        .unwrap();
        begin(6).expect("this is what is left");
        folder.forget_the_last_count();
        begin(7).expect_err("it is counted");
        begin(6).expect("and counts as much as before");
    }
}
