//! Files that the room was told of, and that have not begun to come here.
//!
//! In come the server's texts, of which one says that a file was sent: `::: NAME sent FILE (SIZE)`.
//! The protocol fixes that sentence. Normally the file is offered at once. If the server gave up
//! while the network was away, it never is, and nobody would say so. Plain data.

use std::time::{Duration, Instant};

use crate::name::FileName;

/// A file that has not begun after so long is said to be missing.
const MISSING_AFTER: Duration = Duration::from_secs(60);

/// The most files that are remembered: a server could announce any number.
const MAX_FILES: usize = 100;

/// Files that were announced, the oldest first.
#[derive(Default)]
pub struct Announced {
    /// Each with the time since when it could have begun.
    files: Vec<(FileName, Instant)>,
}

impl Announced {
    /// Takes a text of the server.
    pub fn hear(&mut self, text: &str, now: Instant) {
        if let Some(name) = announced(text)
            && self.files.len() < MAX_FILES
        {
            self.files.push((name, now));
        }
    }

    /// A file of this name is offered.
    pub fn begin(&mut self, name: &str) {
        if let Some(index) = self.files.iter().position(|(file, _)| file.as_str() == name) {
            self.files.remove(index);
        }
    }

    /// Forgets the files that are missing by now, and gives their names. `is_busy`: another file
    /// is coming, so they have to wait.
    pub fn missing(&mut self, is_busy: bool, now: Instant) -> Vec<FileName> {
        if is_busy {
            self.files.iter_mut().for_each(|(_, since)| *since = now);
        }
        let is_missing = |(_, since): &mut (FileName, Instant)| now - *since >= MISSING_AFTER;
        self.files.extract_if(.., is_missing).map(|(name, _)| name).collect()
    }

    /// Forgets all of them, and gives their names: none will come on this connection.
    pub fn forget(&mut self) -> Vec<FileName> {
        self.files.drain(..).map(|(name, _)| name).collect()
    }
}

fn announced(text: &str) -> Option<FileName> {
    let (_user, file) = text.strip_prefix("::: ")?.split_once(" sent ")?;
    let (name, _size) = file.strip_suffix(')')?.rsplit_once(" (")?;
    FileName::parse(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_missing_a_minute_after_it_could_have_begun() {
        let (mut announced, start) = (Announced::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        for text in [
            "::: lucas sent a (1).txt (5 B)",
            "::: skira sent b (172.4 KiB)",
            "::: skira sent ../up (5 B)",
            "::: skira Entered the Room",
            " lucas: ::: skira sent c (5 B)",
        ] {
            announced.hear(text, start);
        }
        announced.begin("a (1).txt");
        assert_eq!(announced.missing(true, at(50)), []);
        assert_eq!(announced.missing(false, at(109)), []);
        let b = [FileName::parse("b").unwrap()];
        assert_eq!(announced.missing(false, at(110)), b);
        assert_eq!(announced.missing(false, at(300)), [], "said once");
        announced.hear("::: skira sent b (172.4 KiB)", start);
        assert_eq!((announced.forget(), announced.forget()), (b.to_vec(), vec![]));
    }
}
