//! A part file: a file that is being received, under a hidden name, until it is kept or given up.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use log::warn;

use super::error::{FolderError, io_reason};
use super::space::{PART_PREFIX, Taken};
use super::syncing::SyncedFile;
use crate::disk::{Lock, has_no_links, sync_folder, try_lock, warn_once};
use crate::name::FileName;
use crate::platform::read_exact_at;

/// How many numbered files of one name are kept, if their contents differ.
pub const MAX_NAMESAKES: u64 = 99;

/// Files are compared in blocks of this many bytes.
const COMPARE_BYTES: u64 = 64 * 1024;

/// On a disk without locks, a part that nobody has written to for this long was left by a crash.
/// (A transfer is given up if nothing moves for 60 s.)
const STALE_AFTER: Duration = Duration::from_secs(3600);

const NO_LOCKS: &str = "this disk has no locks: only one program at a time may receive files here";
const NO_LINKS: &str = "this disk has no hard links: a crash may leave an empty file";

/// A file that is being received. Dropping it removes it: only [`keep`](Self::keep) makes it stay.
#[derive(Debug)]
pub struct PartFile {
    file: SyncedFile,
    path: PathBuf,
    space: Taken,
}

/// A file that has come and was kept.
#[derive(Debug)]
pub struct KeptFile {
    /// The name that it has here: the wanted one, or a numbered one.
    pub name: FileName,
    /// Its content, open for reading.
    pub file: Arc<File>,
}

impl PartFile {
    /// Creates a part file in its folder, which is made if it is missing, and locks it.
    ///
    /// # Errors
    /// If the disk fails.
    pub(super) fn create(space: Taken) -> Result<PartFile, FolderError> {
        let folder = space.folder.path();
        let (file, path) = create_locked(folder).map_err(FolderError::at(folder))?;
        let file = SyncedFile::new(file, folder.to_path_buf());
        Ok(PartFile { file, path, space })
    }

    /// Appends to the file.
    ///
    /// # Errors
    /// If the folder is full, or the disk fails.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), FolderError> {
        self.space.grow(bytes.len())?;
        self.file.write(bytes).map_err(FolderError::at(self.space.folder.path()))
    }

    /// Gives the file its final name, once all of it is on the disk. If there is a file of that
    /// name with the same content, that one is kept instead. If its content is different, this
    /// file gets a number.
    ///
    /// # Errors
    /// If no name could be given. Then nothing of the file is left.
    pub fn keep(mut self, wanted: &FileName) -> Result<KeptFile, FolderError> {
        let folder = Arc::clone(&self.space.folder);
        let folder = folder.path();
        let file = self.file.finish().map_err(FolderError::at(folder))?;
        let numbered = (1..=MAX_NAMESAKES).map(|number| wanted.numbered(number));
        for name in iter::once(wanted.clone()).chain(numbered) {
            let path = folder.join(name.as_str());
            match self.space.store(|| give_name(&self.path, &path, folder)) {
                Ok(()) => return Ok(KeptFile { name, file }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(FolderError::Disk(path, error)),
            }
            let same = same_content(&file, &path).map_err(FolderError::at(&path))?;
            if let Some(there) = same {
                // The other upload, which gave the file this name, may not have synced the name
                // yet, so we sync it. If that fails, its own sync fails too, and its sender is
                // told.
                let _ = sync_folder(folder);
                // Return the other file. Ours is removed now. If we kept it open, it would use
                // disk space that is not counted.
                return Ok(KeptFile { name, file: Arc::new(there) });
            }
        }
        Err(FolderError::TooManyNamesakes)
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        // After a rename there is nothing to remove. What can't be removed now is removed at the
        // next start.
        remove(&self.path);
    }
}

/// Gives the file at `part` the name `path`, in one step that fails with `AlreadyExists` if there
/// is anything of that name. Both are in `folder`.
fn give_name(part: &Path, path: &Path, folder: &Path) -> io::Result<()> {
    match fs::hard_link(part, path) {
        Err(error) if has_no_links(&error) => {
            // Take the name with an empty file of ours, then replace that one. Here a crash
            // between the two steps does leave an empty file.
            OpenOptions::new().write(true).create_new(true).open(path)?;
            warn_once(folder, NO_LINKS);
            fs::rename(part, path).inspect_err(|_| remove(path))?;
        }
        linked => linked?,
    }
    // If the disk fails now, the sender reads that the file was not stored: remove its name.
    sync_folder(folder).inspect_err(|_| remove(path))
}

/// Removes a file. If it is gone already, that is not a failure.
fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        warn!("cannot remove {}: {}", path.display(), io_reason(&error));
    }
}

fn create_locked(folder: &Path) -> io::Result<(File, PathBuf)> {
    fs::create_dir_all(folder)?;
    loop {
        let path = folder.join(format!("{PART_PREFIX}{:016x}", rand::random::<u64>()));
        // `create_new` fails on a symbolic link, even on one that leads nowhere.
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        match try_lock(&file).inspect_err(|_| remove(&path))? {
            // Another program may have removed it as stale between the two steps.
            Lock::Ours if fs::exists(&path)? => return Ok((file, path)),
            Lock::Ours | Lock::Theirs => {}
            Lock::Unavailable => {
                warn_once(folder, NO_LOCKS);
                return Ok((file, path));
            }
        }
    }
}

/// Removes the part files that nobody is writing. (Their writer would hold their lock.)
///
/// # Errors
/// If the folder can't be read.
pub fn remove_stale_parts(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_part = entry.file_name().to_string_lossy().starts_with(PART_PREFIX);
        // A part that is gone by now was kept or removed by its writer.
        if is_part && entry.file_type()?.is_file() && is_stale(&entry.path()).unwrap_or(false) {
            remove(&entry.path());
        }
    }
    Ok(())
}

fn is_stale(part: &Path) -> io::Result<bool> {
    let file = File::open(part)?;
    match try_lock(&file)? {
        Lock::Ours => Ok(true),
        Lock::Theirs => Ok(false),
        Lock::Unavailable => {
            let age = SystemTime::now().duration_since(file.metadata()?.modified()?);
            Ok(age.is_ok_and(|age| age > STALE_AFTER))
        }
    }
}

/// Opens the file at `path`, if it is a regular file with exactly the content of `part`.
fn same_content(part: &File, path: &Path) -> io::Result<Option<File>> {
    let size = part.metadata()?.len();
    let there = fs::symlink_metadata(path)?;
    if !there.is_file() || there.len() != size {
        return Ok(None);
    }
    let there = File::open(path)?;
    let (mut ours, mut theirs) =
        (vec![0; COMPARE_BYTES as usize], vec![0; COMPARE_BYTES as usize]);
    // The last block first: files of one size and name mostly differ there too, and then the rest
    // need not be read.
    let last = size.saturating_sub(1) / COMPARE_BYTES * COMPARE_BYTES;
    for at in iter::once(last).chain((0..last).step_by(COMPARE_BYTES as usize)) {
        let count = (size - at).min(COMPARE_BYTES) as usize;
        read_exact_at(part, &mut ours[..count], at)?;
        // A file that has become shorter meanwhile is another file.
        if read_exact_at(&there, &mut theirs[..count], at).is_err()
            || ours[..count] != theirs[..count]
        {
            return Ok(None);
        }
    }
    Ok(Some(there))
}
