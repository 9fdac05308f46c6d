//! What was sent and what came, written down while a check runs, and shown in two columns.

use std::cell::RefCell;
use std::fmt::Write;

enum Entry {
    Sent { who: String, text: String },
    Came { who: String, text: String },
    Note(String),
}

/// A line of the transcript as it is shown.
#[derive(Clone)]
struct Shown {
    text: String,
    /// The text without its numbers: what repeats but for those is shown once.
    shape: String,
    /// Who read it, if it came.
    reader: Option<String>,
}

/// A transcript of all connections of one check.
#[derive(Default)]
pub struct Script(RefCell<Vec<Entry>>);

/// Longest shown text of a line, in characters.
const WIDTH: usize = 44;
/// Shows a space at an end of a line, where it is easy to overlook.
const SPACE: &str = "␣";
/// So many lines are looked at, from the end.
const MOST_ENTRIES: usize = 1000;
/// Most lines that are shown.
const MOST_LINES: usize = 30;
/// So many lines at the end are shown in any case.
const LAST_LINES: usize = 4;

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

    fn push(&self, entry: Entry) {
        self.0.borrow_mut().push(entry);
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

    /// In two columns what we sent to `other`, and what came from it: what repeats once, of many
    /// lines in a row the first and the last, of all the last.
    pub fn columns(&self, other: &str) -> String {
        let entries = self.0.borrow();
        let older = entries.len().saturating_sub(MOST_ENTRIES);
        let mut lines: Vec<Shown> = entries[older..].iter().map(Entry::shown).collect();
        // A repeat may repeat: twenty messages in each of five visits.
        for _ in 0..3 {
            lines = without_repeats(&lines);
        }
        lines = without_middles(&lines);
        let sent = format!("sent to the {other}");
        let mut text = format!("    {:8} {sent:WIDTH$}  came from the {other}\n", "who");
        let before = lines.len().saturating_sub(MOST_LINES);
        if older + before > 0 {
            let _ = writeln!(text, "    … {} lines before …", older + before);
        }
        for line in lines.iter().skip(before) {
            let _ = writeln!(text, "    {}", line.text);
        }
        if text.contains(SPACE) {
            let _ = writeln!(text, "    ({SPACE} is a space, first or last)");
        }
        text
    }
}

impl Entry {
    fn shown(&self) -> Shown {
        match self {
            Entry::Sent { who, text } => Shown::new(format!("{who:8} {text}")),
            Entry::Came { who, text } => Shown {
                reader: Some(who.clone()),
                ..Shown::new(format!("{who:8} {:WIDTH$}  {text}", ""))
            },
            Entry::Note(note) => Shown::new(format!("({note})")),
        }
    }
}

impl Shown {
    fn new(text: String) -> Shown {
        let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
        let shape = words.map(|word| match word.contains(|c: char| c.is_ascii_digit()) {
            true => word.trim_matches(|c: char| c.is_ascii_alphanumeric()),
            false => word,
        });
        Shown { shape: shape.collect(), text, reader: None }
    }
}

/// Shows a block of lines that comes again and again only once, with how often it came. The last
/// lines are shown as they are: there is the failure.
fn without_repeats(lines: &[Shown]) -> Vec<Shown> {
    const LONGEST_BLOCK: usize = 16;
    let (mut rest, last) = lines.split_at(lines.len().saturating_sub(LAST_LINES));
    let mut shorter = Vec::new();
    while !rest.is_empty() {
        let times = |block: usize| {
            let same = |some: &&[Shown]| some.iter().zip(rest).all(|(a, b)| a.shape == b.shape);
            rest.chunks_exact(block).take_while(same).count()
        };
        let saved = |block: &usize| block * (times(*block) - 1);
        // Of those that save the same, the shortest.
        let blocks = (1..=LONGEST_BLOCK.min(rest.len())).rev();
        let mut block = blocks.max_by_key(saved).expect("there is a line");
        let mut more = times(block) - 1;
        if block * more <= 2 {
            (block, more) = (1, 0);
        }
        shorter.extend_from_slice(&rest[..block]);
        if more > 0 {
            let what = if block == 1 { "line".into() } else { format!("{block} lines") };
            shorter.push(Shown::new(format!("(the last {what} {more} times more)")));
        }
        rest = &rest[block * (more + 1)..];
    }
    shorter.extend_from_slice(last);
    shorter
}

/// Shows only the first and the last of many lines that came one after the other.
fn without_middles(lines: &[Shown]) -> Vec<Shown> {
    let mut shorter: Vec<Shown> = Vec::new();
    for some in lines.chunk_by(|a, b| a.reader.is_some() && a.reader == b.reader) {
        let left_out = some.len().saturating_sub(2 * LAST_LINES);
        if left_out < 2 {
            shorter.extend_from_slice(some);
        } else {
            shorter.extend_from_slice(&some[..LAST_LINES]);
            shorter.push(Shown::new(format!("({left_out} lines more)")));
            shorter.extend_from_slice(&some[LAST_LINES + left_out..]);
        }
    }
    shorter
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
    let inner = text.trim_matches(' ');
    let first = text.len() - text.trim_start_matches(' ').len();
    let last = text.len() - first - inner.len();
    let text = format!("{}{inner}{}", SPACE.repeat(first), SPACE.repeat(last));
    if text.chars().count() <= WIDTH {
        return text;
    }
    let head: String = text.chars().take(WIDTH - 16).collect();
    format!("{head}… ({} bytes)", bytes.len())
}
