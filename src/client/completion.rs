//! What Tab completes: files where a file is asked for, and the names of people in a message.
//!
//! In comes the text before the cursor, out come the place where its last word begins and what it
//! could become. The terminal calls this while it is locked, so nothing here prints. Files are
//! listed at each Tab, which may wait for the disk. People are known from what they say, and from
//! three sentences of the server. If a server has other sentences, only speakers are known.

use std::fs;
use std::sync::Arc;

use super::paths::at_home;
use super::talk::Heard;
use crate::folder::Folder;
use crate::name::UserName;
use crate::terminal::Completions;

/// The most names that are kept: a server could send any number.
const MAX_PEOPLE: usize = 1000;

/// Who is in the room, as far as a text of the server has said so.
#[derive(Default)]
pub struct People {
    names: Vec<String>,
}

impl People {
    /// Learns from a text who is here. Returns whether that is news.
    pub fn hear(&mut self, text: &str, heard: &Heard) -> bool {
        let before = self.names.len();
        let left =
            text.strip_prefix("User ").and_then(|text| text.strip_suffix(" has left the room"));
        let is_here = match heard {
            Heard::Own(name) | Heard::Message { by: name, .. } => Some(*name),
            _ => text
                .strip_prefix("User: ")
                .or_else(|| text.strip_prefix("::: ")?.strip_suffix(" Entered the Room")),
        };
        self.names.retain(|known| Some(known.as_str()) != left);
        let is_news = |name: &&str| {
            let is_known = self.names.iter().any(|known| known == name);
            !is_known && before < MAX_PEOPLE && UserName::parse(name).is_ok()
        };
        self.names.extend(is_here.filter(is_news).map(str::to_string));
        self.names.len() != before
    }

    /// Their names.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

/// For the question for a file: names in the folder, and paths.
pub fn of_files(folder: Arc<Folder>) -> Completions {
    Box::new(move |before| (0, files(&folder, before)))
}

/// For a message: names of people. After `! `: files.
pub fn of_message(people: Vec<String>, folder: Arc<Folder>) -> Completions {
    Box::new(move |before| match before.strip_prefix("! ") {
        Some(path) => (2, files(&folder, path)),
        None => {
            let start = before.rfind(' ').map_or(0, |space| space + 1);
            (start, people.clone())
        }
    })
}

fn files(folder: &Folder, typed: &str) -> Vec<String> {
    match typed.rfind('/') {
        Some(slash) => entries(&typed[..=slash]),
        None => {
            let files = folder.list().unwrap_or_default().into_iter();
            files.map(|file| file.name.to_string()).collect()
        }
    }
}

/// The names in a folder that was typed, each with the typed text in front. A folder in it ends in
/// `/`.
fn entries(typed: &str) -> Vec<String> {
    let entries = fs::read_dir(at_home(typed)).into_iter().flatten().flatten();
    let names = entries.map(|entry| {
        let end = if entry.path().is_dir() { "/" } else { "" };
        format!("{typed}{}{end}", entry.file_name().display())
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::FolderLimits;

    fn found(completions: &Completions, before: &str) -> (usize, Vec<String>) {
        let (start, mut names) = completions(before);
        names.sort();
        (start, names)
    }

    #[test]
    fn people_are_here_from_their_first_sign_until_they_leave() {
        let mut people = People::default();
        let message = Heard::Message { by: "bob", names_me: false };
        for (text, heard, names) in [
            (" bob: User eva has left the room", message, &["bob"][..]),
            ("::: eva Entered the Room", Heard::Text, &["bob", "eva"]),
            ("User: lucas", Heard::Text, &["bob", "eva", "lucas"]),
            ("User: bob", Heard::Text, &["bob", "eva", "lucas"]),
            ("User eva has left the room", Heard::Text, &["bob", "lucas"]),
            ("::: bob sent a.txt (3 B)", Heard::Text, &["bob", "lucas"]),
            ("User: no name at all", Heard::Text, &["bob", "lucas"]),
        ] {
            let before = people.names().len();
            assert_eq!(people.hear(text, &heard), names.len() != before, "{text}");
            assert_eq!(people.names(), names, "{text}");
        }
        (0..2 * MAX_PEOPLE).for_each(|n| {
            people.hear(&format!("User: user{n}"), &Heard::Text);
        });
        assert_eq!(people.names().len(), MAX_PEOPLE);
    }

    #[test]
    fn tab_offers_people_in_a_message_and_files_after_the_mark() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("sub")).unwrap();
        fs::write(dir.path().join("a.txt"), "a").unwrap();
        let folder = Arc::new(Folder::open(dir.path(), FolderLimits::NONE).unwrap());
        let people = vec!["bob".to_string(), "eva".to_string()];
        let message = of_message(people.clone(), Arc::clone(&folder));
        assert_eq!(found(&message, "hi b"), (3, people));
        assert_eq!(found(&message, "! a"), (2, vec!["a.txt".to_string()]));
        let there = format!("{}/", dir.path().display());
        let paths = vec![format!("{there}a.txt"), format!("{there}sub/")];
        assert_eq!(found(&of_files(folder), &there), (0, paths));
    }
}
