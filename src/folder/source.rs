//! Files that can be sent: found by what a person typed, listed by the names they are sent under.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::Folder;
use super::error::FolderError;
use crate::name::{FileName, is_device};
use crate::size::ByteSize;
use crate::text::is_mark;

/// A file to be sent, open for reading.
#[derive(Debug)]
pub struct Source {
    /// Its content.
    pub file: File,
    /// In bytes.
    pub size: u64,
    /// The name that it is sent under.
    pub name: FileName,
    /// It has another name on disk, which the protocol cannot carry.
    pub is_renamed: bool,
}

/// A file that could be sent.
#[derive(Debug)]
pub struct Listed {
    /// Where it is.
    pub path: PathBuf,
    /// The name that it would be sent under.
    pub name: FileName,
    /// Its size.
    pub size: ByteSize,
    /// It has another name on disk, which the protocol cannot carry.
    pub is_renamed: bool,
}

/// Opens the file at `path` to be sent.
///
/// # Errors
/// [`FolderError::NotAFile`] if it is not a regular file. It is not opened then: to open a pipe
/// would block.
pub fn open_source(path: &Path) -> Result<Source, FolderError> {
    let on_disk = path.file_name().ok_or(FolderError::NotAFile)?;
    if cfg!(windows) && is_device(&on_disk.to_string_lossy()) {
        return Err(FolderError::NotAFile);
    }
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => FolderError::NotFound,
        _ => FolderError::at(path)(error),
    })?;
    if !metadata.is_file() {
        return Err(FolderError::NotAFile);
    }
    let file = File::open(path).map_err(FolderError::at(path))?;
    let size = file.metadata().map_err(FolderError::at(path))?.len();
    let name = FileName::from_any(on_disk);
    Ok(Source { is_renamed: on_disk != name.as_str(), file, size, name })
}

impl Folder {
    /// Finds and opens the file that a person means by `typed`, to be sent: the file with that
    /// name; else the file that is [listed](Self::list) under that name; else the file whose name
    /// differs only in how its accents are composed.
    ///
    /// # Errors
    /// If no file or more than one fits, it is not a regular file, or the disk fails.
    pub fn find(&self, typed: &str) -> Result<Source, FolderError> {
        if FileName::parse(typed).is_ok() {
            match open_source(&self.path.join(typed)) {
                Err(FolderError::NotFound) => {}
                found => return found,
            }
        }
        let files = self.list().map_err(FolderError::at(&self.path))?;
        let is_meant: [&dyn Fn(&Listed) -> bool; 3] = [
            &|file| file.path.file_name() == Some(OsStr::new(typed)),
            &|file| file.name.as_str() == typed,
            &|file| has_same_letters(file.name.as_str(), typed),
        ];
        for is_meant in is_meant {
            let mut found = files.iter().filter(|file| is_meant(file));
            match (found.next(), found.next()) {
                (Some(file), None) => return open_source(&file.path),
                (Some(_), Some(_)) => return Err(FolderError::Ambiguous),
                (None, _) => {}
            }
        }
        Err(FolderError::NotFound)
    }

    /// Lists the files that could be sent, sorted by the names that they would be sent under,
    /// without hidden ones (with a dot first).
    ///
    /// # Errors
    /// If the folder can't be read.
    pub fn list(&self) -> io::Result<Vec<Listed>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let (path, on_disk) = entry.map(|entry| (entry.path(), entry.file_name()))?;
            if !on_disk.as_encoded_bytes().starts_with(b".")
                && let Ok(metadata) = fs::metadata(&path)
                && metadata.is_file()
            {
                let name = FileName::from_any(&on_disk);
                let is_renamed = on_disk != name.as_str();
                files.push(Listed { path, name, size: ByteSize(metadata.len()), is_renamed });
            }
        }
        files.sort_by(|a, b| a.name.as_str().cmp(b.name.as_str()));
        Ok(files)
    }
}

/// Tells whether two names differ only in how their letters are composed: macOS gives `é` as two
/// characters. std cannot normalise. So one accented letter is equal to any letter with marks
/// after it, if the number of characters differs. That is not exact, so the caller must make sure
/// that only one name fits.
fn has_same_letters(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (letters(one), letters(other));
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b))
                if !a.is_ascii() && !b.is_ascii() && a.chars().count() != b.chars().count() => {}
            _ => return false,
        }
    }
}

/// Cuts a text into letters, each with the marks that follow it. (A Korean syllable is composed of
/// letters, not of marks. The letters after its first one are at U+1160 to U+11FF.)
fn letters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let follows = |c: char| is_mark(c) || ('\u{1160}'..='\u{11FF}').contains(&c);
        let first = rest.chars().next()?;
        let marks = &rest[first.len_utf8()..];
        let len = marks.find(|c| !follows(c)).unwrap_or(marks.len());
        let (letter, after) = rest.split_at(first.len_utf8() + len);
        rest = after;
        Some(letter)
    })
}
