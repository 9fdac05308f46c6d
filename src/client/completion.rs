//! What Tab completes: files where a file is asked for, and the names of people in a message.
//!
//! In comes the text before the cursor, out come the place where its last word begins and what it
//! could become. The terminal calls this while it is locked, so nothing here prints. Files are
//! listed at each Tab, which may wait for the disk. People are those who have said something
//! since we came in: no sentence of the server is looked at.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::paths::at_home;
use crate::folder::Folder;
use crate::terminal::Completions;

/// The names of the people who have said something in this room.
#[derive(Clone, Default)]
pub struct People(Arc<Mutex<Vec<String>>>);

impl People {
    /// Notes somebody who has said something.
    pub fn add(&self, name: &str) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !names.iter().any(|known| known == name) {
            names.push(name.to_string());
        }
    }

    /// Forgets all of them: this is another room.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn names(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// For the question for a file: names in the folder, and paths.
pub fn of_files(folder: Arc<Folder>) -> Completions {
    Box::new(move |before| (0, files(&folder, before)))
}

/// For a message: names of people. After `! `: files.
pub fn of_message(people: People, folder: Arc<Folder>) -> Completions {
    Box::new(move |before| match before.strip_prefix("! ") {
        Some(path) => (2, files(&folder, path)),
        None => {
            let start = before.rfind(' ').map_or(0, |space| space + 1);
            (start, people.names().into_iter().map(|name| (name, String::new())).collect())
        }
    })
}

fn files(folder: &Folder, typed: &str) -> Vec<(String, String)> {
    match typed.rfind('/') {
        Some(slash) => entries(&typed[..=slash]),
        None => {
            let files = folder.list().unwrap_or_default().into_iter();
            files.map(|file| (file.name.to_string(), file.size.to_string())).collect()
        }
    }
}

/// What is in a folder that was typed, with that in front. A folder in it ends in `/`.
fn entries(typed: &str) -> Vec<(String, String)> {
    let path: PathBuf = at_home(typed);
    let Ok(entries) = fs::read_dir(Path::new(&path)) else {
        return Vec::new();
    };
    let names = entries.filter_map(|entry| entry.ok());
    names
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_folder = entry.path().is_dir();
            (format!("{typed}{name}{}", if is_folder { "/" } else { "" }), String::new())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::FolderLimits;

    fn found(completions: &Completions, before: &str) -> (usize, Vec<String>) {
        let (start, candidates) = completions(before);
        let mut names: Vec<String> = candidates.into_iter().map(|(name, _)| name).collect();
        names.sort();
        (start, names)
    }

    #[test]
    fn tab_offers_people_in_a_message_and_files_after_the_mark() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("sub")).unwrap();
        fs::write(dir.path().join("a.txt"), "a").unwrap();
        let folder = Arc::new(Folder::open(dir.path(), FolderLimits::NONE).unwrap());
        let people = People::default();
        for name in ["bob", "eva", "bob"] {
            people.add(name);
        }
        let message = of_message(people.clone(), Arc::clone(&folder));
        assert_eq!(found(&message, "hi b"), (3, vec!["bob".to_string(), "eva".to_string()]));
        assert_eq!(found(&message, "! a"), (2, vec!["a.txt".to_string()]));
        let there = format!("{}/", dir.path().display());
        let paths = vec![format!("{there}a.txt"), format!("{there}sub/")];
        assert_eq!(found(&of_files(folder), &there), (0, paths));
        people.clear();
        assert_eq!(found(&message, ""), (0, vec![]));
    }
}
