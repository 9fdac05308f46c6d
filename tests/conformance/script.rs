//! What was sent and what came, written down while a check runs, and shown in two columns.

use std::cell::RefCell;
use std::fmt::Write;

#[derive(PartialEq)]
enum Entry {
    Sent {
        who: String,
        text: String,
    },
    Came {
        who: String,
        text: String,
    },
    Note(String),
    /// The two entries before it, so many times more.
    Again(usize),
}

/// A transcript of all connections of one check.
#[derive(Default)]
pub struct Script(RefCell<Vec<Entry>>);

/// Longest shown text of a line, in characters.
const WIDTH: usize = 44;

impl Script {
    /// Notes what we sent.
    pub fn sent(&self, who: &str, bytes: &[u8]) {
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.push(Entry::Sent { who: who.to_owned(), text: shown(line) });
        }
    }

    /// Notes a line, or something else that came.
    pub fn came(&self, who: &str, text: &str) {
        let text = shown(text.as_bytes());
        self.push(Entry::Came { who: who.to_owned(), text });
    }

    /// Notes what neither side sent.
    pub fn note(&self, text: impl Into<String>) {
        self.push(Entry::Note(text.into()));
    }

    /// A pair of entries that repeats, most often a block of a file, is only counted.
    fn push(&self, entry: Entry) {
        let mut entries = self.0.borrow_mut();
        entries.push(entry);
        let len = entries.len();
        let (again, pair) = match &entries[..] {
            [.., a, b, Entry::Again(_), c, d] if a == c && b == d => (true, true),
            [.., a, b, c, d] if a == c && b == d => (false, true),
            _ => (false, false),
        };
        if pair {
            entries.truncate(len - 2);
            match entries.last_mut() {
                Some(Entry::Again(times)) if again => *times += 1,
                _ => entries.push(Entry::Again(1)),
            }
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Puts one note in the place of all that came after the first `len` entries.
    pub fn fold(&self, len: usize, note: String) {
        let mut entries = self.0.borrow_mut();
        entries.truncate(len);
        entries.push(Entry::Note(note));
    }

    /// The last entries in two columns: what we sent to `other`, and what came from it.
    pub fn columns(&self, other: &str) -> String {
        const MOST: usize = 40;
        let entries = self.0.borrow();
        let mut text = format!(
            "    {:8} {:WIDTH$}  came from the {other}\n",
            "who",
            format!("sent to the {other}")
        );
        if entries.len() > MOST {
            let _ = writeln!(text, "    … {} lines before …", entries.len() - MOST);
        }
        for entry in entries.iter().skip(entries.len().saturating_sub(MOST)) {
            let _ = match entry {
                Entry::Sent { who, text: sent } => writeln!(text, "    {who:8} {sent}"),
                Entry::Came { who, text: came } => {
                    writeln!(text, "    {who:8} {:WIDTH$}  {came}", "")
                }
                Entry::Note(note) => writeln!(text, "    ({note})"),
                Entry::Again(times) => writeln!(text, "    ({times} times more)"),
            };
        }
        text
    }
}

/// Bytes as a reader can see them, on one line, cut.
fn shown(bytes: &[u8]) -> String {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let mut text = String::new();
    for chunk in bytes[..bytes.len().min(4 * WIDTH)].utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '\u{200b}'..='\u{206f}' | '\u{300}'..='\u{36f}' => {
                    text.extend(char.escape_unicode())
                }
                _ if char.is_control() => text.extend(char.escape_default()),
                _ => text.push(char),
            }
        }
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    if text.chars().count() <= WIDTH {
        return text;
    }
    let head: String = text.chars().take(WIDTH - 16).collect();
    format!("{head}… ({} bytes)", bytes.len())
}
