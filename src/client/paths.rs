//! From what was typed after `!` to open files: names in the folder for files, and paths.
//!
//! In comes a line as a person types it or as a terminal pastes a file that is dragged into it:
//! `hi.txt`, `~/work/plan.pdf`, `'two words.txt'`, `two\ words.txt a.pdf`. Out come files that
//! are open for reading, each with the name under which it is sent, and one sentence for every
//! file that can't be sent. The keyboard's thread runs this, and may wait for the disk.
//!
//! Every file that the person may read can be sent: it is their machine. What is sent is only the
//! last part of the path. Where the protocol does not allow a character of it, `_` goes instead.

use std::fmt;
use std::path::PathBuf;

use crate::folder::{Folder, FolderError, Source, open_source};

/// Why a file that was named can't be sent.
#[derive(Debug)]
pub enum CannotSend {
    /// It is a folder.
    Folder(PathBuf),
    /// A pipe, a device.
    NotAFile(PathBuf),
    /// It can't be found, or opened.
    Unreadable(PathBuf, FolderError),
}

impl fmt::Display for CannotSend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CannotSend::Folder(path) => {
                write!(f, "{} is a folder: send its files, or pack it into one", path.display())
            }
            CannotSend::NotAFile(path) => {
                write!(f, "{} is not a regular file: it can't be sent", path.display())
            }
            // This names the file itself.
            CannotSend::Unreadable(_, error @ FolderError::Disk(..)) => {
                f.write_str(&error.for_owner())
            }
            CannotSend::Unreadable(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for CannotSend {}

/// Finds the files that were named.
pub fn choose(folder: &Folder, typed: &str) -> Vec<Result<Source, CannotSend>> {
    let typed = typed.trim_matches(' ');
    if typed.is_empty() {
        return Vec::new();
    }
    let words = split(typed);
    // A name with spaces needs no quotes if the whole line is one.
    match open(folder, typed) {
        Err(_) if !words.is_empty() => words.iter().map(|word| open(folder, word)).collect(),
        opened => vec![opened],
    }
}

/// Opens the file of this name in the folder, else the one at this path.
fn open(folder: &Folder, typed: &str) -> Result<Source, CannotSend> {
    let path = at_home(typed);
    let (path, opened) = match folder.find(typed) {
        Err(FolderError::NotFound) if path.exists() => (path.clone(), open_source(&path)),
        found => (folder.path().join(&path), found),
    };
    opened.map_err(|error| match error {
        FolderError::NotAFile if path.is_dir() => CannotSend::Folder(path),
        FolderError::NotAFile => CannotSend::NotAFile(path),
        error => CannotSend::Unreadable(path, error),
    })
}

/// Replaces a `~` at the start, as a shell does.
pub fn at_home(typed: &str) -> PathBuf {
    match (typed.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(typed),
    }
}

/// Splits a line into words, as a shell does: at spaces, but for those in quotes or after `\`.
fn split(typed: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = typed.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            (' ', None) => words.extend(word.take()),
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (_, Some(open)) if c == open => quote = None,
            // On Windows it separates folders.
            ('\\', None | Some('"')) if !cfg!(windows) => {
                word.get_or_insert_default().extend(chars.next());
            }
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::FolderLimits;

    #[test]
    fn words_are_split_as_a_terminal_pastes_them() {
        for (typed, words) in [
            ("a b.txt", vec!["a", "b.txt"]),
            (r"two\ words.txt  'it is' ", vec!["two words.txt", "it is"]),
            (r#""a 'b' \" c" d"#, vec![r#"a 'b' " c"#, "d"]),
            (r"'a\b' '' x'y z'", vec![r"a\b", "", "xy z"]),
            ("'open end", vec!["open end"]),
            ("", vec![]),
        ] {
            assert_eq!(split(typed), words, "{typed}");
        }
    }

    #[test]
    fn a_file_is_found_by_its_name_or_by_any_path() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(&dir.path().join("LocalFiles"), FolderLimits::NONE).unwrap();
        for name in ["two words.txt", "one.txt"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        std::fs::write(dir.path().join("out: side.txt"), "12345").unwrap();
        let outside = dir.path().join("out: side.txt").display().to_string();
        let names = |typed: &str| -> Vec<String> {
            let names = choose(&folder, typed).into_iter();
            names
                .map(|file| file.map_or_else(|why| why.to_string(), |file| file.name.to_string()))
                .collect()
        };
        assert_eq!(names("  "), [""; 0]);
        assert_eq!(names(" two words.txt "), ["two words.txt"]);
        assert_eq!(names(&outside), ["out_ side.txt"]);
        assert_eq!(names(&format!("one.txt '{outside}'")), ["one.txt", "out_ side.txt"]);
        let there = folder.path().display();
        assert_eq!(names("none.txt"), [format!("{there}/none.txt: not found")]);
        assert!(names(&there.to_string())[0].contains("is a folder"));
        assert!(names("/dev/null")[0].starts_with("/dev/null is not a regular file"));
    }
}
