//! A folder that takes files in: ServerFiles, and everyone's LocalFiles.
//!
//! What stands here under a final name is whole and verified, whatever dies when. So a file that is being received is
//! written beside its destination, as a *part file* with a hidden name that no peer can ask for; only when the
//! receiving role (`transfer`) has checked it does [`PartFile::keep`] give it its name, in one step that can't
//! overwrite anything and follows no symbolic link. A part file is locked by the process that writes it; one that is
//! not locked was left behind by a crash, and is removed when the folder is opened.
//!
//! The thread that receives calls all of this, and may block on the disk. One lock guards the count of bytes that the
//! folder holds; nothing is read or written under it.

use std::fmt;
use std::fs::{self, DirEntry, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::iter;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use log::warn;

use crate::name::FileName;
use crate::size::ByteSize;

/// How the name of a part file begins. No [`FileName`] begins with a dot.
const PART_PREFIX: &str = ".part-";

/// How many files of one name are kept beside each other, each with content of its own.
const MAX_NAMESAKES: u64 = 99;

/// How much a folder takes in.
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

/// A folder that files are received into, and sent from.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    limits: FolderLimits,
    space: Mutex<Space>,
}

/// What the quota is counted from, in bytes.
#[derive(Debug)]
struct Space {
    stored: u64,
    /// Promised to files that are being received.
    reserved: u64,
}

/// Why a file is not taken in, or not sent. Its `Display` is the reason that the other side gets to read.
#[derive(Debug)]
pub enum FolderError {
    /// Larger than one file may be; the limit.
    TooLarge(ByteSize),
    /// More than the folder may hold in all; the limit.
    Full(ByteSize),
    /// As many files of this name as are kept beside each other are there already.
    TooManyNamesakes,
    /// Not there.
    NotFound,
    /// A folder, a FIFO, a device.
    NotAFile,
    /// The disk says no.
    Io(io::Error),
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
            FolderError::NotAFile => f.write_str("not a regular file"),
            FolderError::Io(error) => f.write_str(&io_reason(error)),
        }
    }
}

impl std::error::Error for FolderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            FolderError::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for FolderError {
    fn from(error: io::Error) -> FolderError {
        FolderError::Io(error)
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

impl Folder {
    /// Opens the folder at `path`, making it if it is missing, and removes what a crash has left in it.
    ///
    /// # Errors
    /// If the folder can't be made or read.
    pub fn open(path: &Path, limits: FolderLimits) -> io::Result<Folder> {
        fs::create_dir_all(path)?;
        remove_stale_parts(path)?;
        let stored = if limits.quota_bytes == u64::MAX { 0 } else { stored_bytes(path)? };
        let space = Mutex::new(Space { stored, reserved: 0 });
        Ok(Folder { path: path.to_path_buf(), limits, space })
    }

    /// Where the folder is, as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a file to be sent. Returns it with its size in bytes.
    ///
    /// # Errors
    /// [`FolderError::NotAFile`] before anything but a regular file is opened: opening a FIFO would block.
    pub fn open_file(&self, name: &FileName) -> Result<(File, u64), FolderError> {
        let path = self.path.join(name.as_str());
        let metadata = fs::metadata(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => FolderError::NotFound,
            _ => FolderError::Io(error),
        })?;
        if !metadata.is_file() {
            return Err(FolderError::NotAFile);
        }
        let file = File::open(&path)?;
        let size = file.metadata()?.len();
        Ok((file, size))
    }

    /// Lists the files that could be sent, by name, with their sizes.
    ///
    /// # Errors
    /// If the folder can't be read.
    pub fn list(&self) -> io::Result<Vec<(FileName, ByteSize)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name().to_str().and_then(|name| FileName::parse(name).ok());
            let metadata = fs::metadata(entry.path());
            if let (Some(name), Ok(metadata)) = (name, metadata)
                && metadata.is_file()
            {
                files.push((name, ByteSize(metadata.len())));
            }
        }
        files.sort_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
        Ok(files)
    }

    /// Makes room for a file of `size` bytes, and a part file to write it to.
    ///
    /// # Errors
    /// If it is too large, the folder is full, or the disk says no.
    pub fn begin(self: &Arc<Self>, size: u64) -> Result<PartFile, FolderError> {
        if size > self.limits.max_file_bytes {
            return Err(FolderError::TooLarge(ByteSize(self.limits.max_file_bytes)));
        }
        self.reserve(size)?;
        match self.create_part() {
            Ok((file, path)) => Ok(PartFile {
                folder: Arc::clone(self),
                file: Arc::new(file),
                path,
                reserved: size,
            }),
            Err(error) => {
                let mut space = self.space();
                space.reserved = space.reserved.saturating_sub(size);
                Err(error.into())
            }
        }
    }

    fn reserve(&self, size: u64) -> Result<(), FolderError> {
        let quota = self.limits.quota_bytes;
        let mut space = self.space();
        let fits = |space: &Space| {
            space.stored.saturating_add(space.reserved).saturating_add(size) <= quota
        };
        if !fits(&space) {
            // Somebody may have tidied up since we counted. The disk is read without the lock, so what was kept meanwhile wins.
            let before = space.stored;
            drop(space);
            let counted = stored_bytes(&self.path)?;
            space = self.space();
            if space.stored == before {
                space.stored = counted;
            }
        }
        if !fits(&space) {
            return Err(FolderError::Full(ByteSize(quota)));
        }
        space.reserved = space.reserved.saturating_add(size);
        Ok(())
    }

    /// Creates a part file and locks it.
    fn create_part(&self) -> io::Result<(File, PathBuf)> {
        fs::create_dir_all(&self.path)?;
        loop {
            let path = self.path.join(format!("{PART_PREFIX}{:016x}", rand::random::<u64>()));
            // `create_new` fails on a symbolic link, even on one that leads nowhere.
            let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
            match file.try_lock() {
                // Another program may have tidied it away between the two steps: then it has no name any more.
                Ok(()) if file.metadata()?.nlink() > 0 => return Ok((file, path)),
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok((file, path));
                }
                Err(TryLockError::Error(error)) => {
                    let _ = fs::remove_file(&path);
                    return Err(error);
                }
            }
        }
    }

    /// The count of bytes. It is changed in single steps, so a panic elsewhere leaves it whole.
    fn space(&self) -> std::sync::MutexGuard<'_, Space> {
        self.space.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file that is being received. Dropping it removes it: only [`keep`](Self::keep) makes it stay.
#[derive(Debug)]
pub struct PartFile {
    folder: Arc<Folder>,
    file: Arc<File>,
    path: PathBuf,
    /// In bytes, given back when this is dropped.
    reserved: u64,
}

/// A file that has come and was kept.
#[derive(Debug)]
pub struct Kept {
    /// The name that it stands under: the wanted one, or a numbered one.
    pub name: FileName,
    /// Its content, open for reading.
    pub file: Arc<File>,
}

impl PartFile {
    /// Appends to the file.
    ///
    /// # Errors
    /// What the disk says.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        (&*self.file).write_all(bytes)
    }

    /// Gives the file its final name, once all that was written has reached the disk. A file of that name with the same
    /// content is kept instead; one with other content stays too, and this one gets a number.
    ///
    /// # Errors
    /// If no name could be given. Nothing is left behind then.
    pub fn keep(self, wanted: &FileName) -> Result<Kept, FolderError> {
        self.file.sync_data()?;
        let candidates =
            iter::once(wanted.clone()).chain((1..=MAX_NAMESAKES).map(|n| wanted.numbered(n)));
        for name in candidates {
            let path = self.folder.path.join(name.as_str());
            let file = match give_name(&self.path, &path) {
                Ok(()) => {
                    self.folder.space().stored += self.reserved;
                    Arc::clone(&self.file)
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    match same_content(&self.path, &path)? {
                        // What is handed on is the file that stays: the part's bytes would live on, uncounted, without a name.
                        Some(there) => Arc::new(there),
                        None => continue,
                    }
                }
                Err(error) => return Err(error.into()),
            };
            File::open(&self.folder.path)?.sync_all()?;
            return Ok(Kept { name, file });
        }
        Err(FolderError::TooManyNamesakes)
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        let mut space = self.folder.space();
        space.reserved = space.reserved.saturating_sub(self.reserved);
        drop(space);
        // After a rename there is nothing to remove; other than that, what can't be removed now is stale at the next start.
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            warn!("cannot remove {}: {}", self.path.display(), io_reason(&error));
        }
    }
}

/// Puts `part` under its final name as well, in one step that fails with `AlreadyExists` if anything stands there.
fn give_name(part: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(part, path) {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied
            ) =>
        {
            // A file system without links (FAT): take the name with an empty file that is ours, then replace that one. Here a
            // crash between the two steps does leave an empty file.
            OpenOptions::new().write(true).create_new(true).open(path)?;
            fs::rename(part, path).inspect_err(|_| {
                let _ = fs::remove_file(path);
            })
        }
        outcome => outcome,
    }
}

/// Opens what stands at `path`, if it is a regular file with just the content of `part`.
fn same_content(part: &Path, path: &Path) -> io::Result<Option<File>> {
    let there = fs::symlink_metadata(path)?;
    if !there.is_file() || there.len() != fs::metadata(part)?.len() {
        return Ok(None);
    }
    let (mut part, mut there) = (File::open(part)?, File::open(path)?);
    let (mut ours, mut theirs) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        let count = part.read(&mut ours)?;
        if count == 0 {
            return Ok(Some(there));
        }
        // A file that has become shorter meanwhile is another file.
        if there.read_exact(&mut theirs[..count]).is_err() || ours[..count] != theirs[..count] {
            return Ok(None);
        }
    }
}

/// Removes part files that nobody writes: whoever does holds their lock.
fn remove_stale_parts(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PART_PREFIX)
            && let Err(error) = remove_if_stale(&entry)
            // Whoever was writing it has just finished.
            && error.kind() != io::ErrorKind::NotFound
        {
            warn!("cannot remove {}: {}", entry.path().display(), io_reason(&error));
        }
    }
    Ok(())
}

fn remove_if_stale(entry: &DirEntry) -> io::Result<()> {
    if entry.file_type()?.is_file() && File::open(entry.path())?.try_lock().is_ok() {
        fs::remove_file(entry.path())?;
    }
    Ok(())
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
mod tests;
