//! The bare name of a file. A name that comes is checked. If a file on disk has a name that cannot
//! be sent, a name is made for it.
//!
//! A bad file name can do harm. With `../` in it, it leaves the folder. With a character that
//! turns text around, `fdp.exe` looks like a document. `NUL` is a device on Windows. So both sides
//! check every name that comes, and neither trusts the other.

use std::ffi::OsStr;
use std::fmt;

use super::rule::{BrokenRule, Fault, MAX_FILE_NAME_BYTES, is_unseen};
use crate::text::{MAX_MARKS, is_mark};

/// The characters that lead to another folder or mean something to a shell or to Windows.
const FORBIDDEN: &str = r#"/\:*?"<>|"#;

/// What Windows keeps for devices, with any extension.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];

/// The bare name of a file: no folder, and nothing that a shell, a terminal or another system
/// would misread.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileName(Box<str>);

impl FileName {
    /// Takes `text` as a file's name.
    ///
    /// # Errors
    /// [`BrokenRule::File`] if it can't be one.
    pub fn parse(text: &str) -> Result<FileName, BrokenRule> {
        let fault = if text.len() > MAX_FILE_NAME_BYTES {
            Some(Fault::TooLong)
        } else if let Some(first @ ('.' | ' ')) = text.chars().next() {
            Some(Fault::Begins(first))
        } else if let Some(c) = text.chars().find(|&c| is_forbidden(c)) {
            Some(Fault::Has(c))
        } else if text.ends_with(' ') {
            Some(Fault::Ends("a space"))
        } else if text.ends_with('.') {
            Some(Fault::Ends("a dot"))
        } else if is_device(text) {
            Some(Fault::Is("the name of a device on Windows"))
        } else {
            Fault::of_any_name(text)
        };
        fault.map_or_else(|| Ok(FileName(text.into())), |fault| Err(BrokenRule::File(fault)))
    }

    /// Makes a name for a file that may be called anything on disk: each character that cannot be
    /// in a [`FileName`] becomes `_`, and a name that is too long is cut at its stem. A good name
    /// stays as it is.
    pub fn from_any(name: &OsStr) -> FileName {
        let mut made = String::new();
        let mut marks = 0;
        for c in name.to_string_lossy().chars() {
            // A mark at the beginning always counts as too many.
            let first = if made.is_empty() { MAX_MARKS } else { 0 };
            marks = if is_mark(c) { marks.max(first) + 1 } else { 0 };
            let good = marks <= MAX_MARKS && !is_forbidden(c) && !is_unseen(c);
            made.push(if good { c } else { '_' });
        }
        let end = made.trim_end_matches([' ', '.']).len();
        if end < made.len() {
            made.replace_range(end.., "_");
        }
        let mut made = with_suffix(&made, "");
        made.truncate(made.trim_end_matches([' ', '.']).len());
        if made.starts_with(['.', ' ']) || is_device(&made) {
            let first = made.chars().next().map_or(0, char::len_utf8);
            made.replace_range(..first, "_");
        }
        FileName(made.into())
    }

    /// The name for other content of the same name: `name (2).ext` for 2. The stem is cut, between
    /// two characters, to stay within [`MAX_FILE_NAME_BYTES`].
    pub fn numbered(&self, number: u64) -> FileName {
        FileName(with_suffix(&self.0, &format!(" ({number})")).into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Tells whether `c` can be in no file's name. (U+FFFD replaces what was not UTF-8.)
fn is_forbidden(c: char) -> bool {
    FORBIDDEN.contains(c) || c == '\u{FFFD}'
}

/// Tells whether Windows takes this name for a device, as it does `nul.txt`.
pub fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    DEVICES.contains(&stem.as_str())
        || port.is_some_and(|port| port.chars().count() == 1 && "123456789¹²³".contains(port))
}

/// Puts `suffix` before the extension of `name`, and cuts the stem so that all of it fits. If the
/// extension leaves no space for a stem, the cut and the suffix are at the end of the name.
fn with_suffix(name: &str, suffix: &str) -> String {
    let (stem, extension) = name.split_at(name.rfind('.').unwrap_or(name.len()));
    let cut = |stem: &str, extension: &str| {
        let space = MAX_FILE_NAME_BYTES.saturating_sub(suffix.len() + extension.len());
        let stem = &stem[..stem.floor_char_boundary(space)];
        (!stem.is_empty()).then(|| format!("{stem}{suffix}{extension}"))
    };
    cut(stem, extension).or_else(|| cut(name, "")).unwrap_or_else(|| "_".to_string())
}
