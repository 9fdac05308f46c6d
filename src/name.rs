//! Names and passwords: checked once at the edge, trusted after.
//!
//! What a peer calls a user, a room or a file is hostile until it has become a [`UserName`], a [`RoomName`] or a
//! [`FileName`]: a name may stand in another person's terminal, in a log, in the journal, and a file's name in a
//! path. Nothing is repaired here: a name that breaks its rule is refused, and the rule is what the person reads.
//! The rules are section 5 of the protocol.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Most characters of a user's name.
pub const MAX_USER_CHARS: usize = 24;
/// Most characters of a room's name.
pub const MAX_ROOM_CHARS: usize = 32;
/// Most characters of a password.
pub const MAX_PASSWORD_CHARS: usize = 128;
/// Most bytes of a file's name: what common file systems take (255), with room for ` (12345)`.
pub const MAX_FILE_NAME_BYTES: usize = 200;

/// What a locked room has behind its name in the list of rooms, so no name may end in it.
const LOCKED_SUFFIX: &str = " LOCKED";

/// The rule that a name broke. Its `Display` is the sentence for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokenRule {
    /// Of a user's name.
    User,
    /// Of a room's name.
    Room,
    /// Of a password.
    Password,
    /// Of a file's name.
    File,
}

impl fmt::Display for BrokenRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BrokenRule::User => write!(
                f,
                "A user's name has 1 to {MAX_USER_CHARS} characters: letters and digits, and after the first also _ - ."
            ),
            BrokenRule::Room => write!(
                f,
                "A room's name has 1 to {MAX_ROOM_CHARS} characters: letters and digits, after the first also _ - . \
                 and single spaces, and does not end in{LOCKED_SUFFIX}"
            ),
            BrokenRule::Password => {
                write!(
                    f,
                    "A password has 1 to {MAX_PASSWORD_CHARS} characters, none of them a control character"
                )
            }
            BrokenRule::File => write!(
                f,
                "no file's name: at most {MAX_FILE_NAME_BYTES} bytes, no dot first, no space at an end, no control \
                 characters, none of / \\ : * ? \" < > |"
            ),
        }
    }
}

impl std::error::Error for BrokenRule {}

/// A name as it is shown, and as it is compared. It stands in many places at once, so all its copies share one text.
#[derive(Clone, Debug)]
struct Folded {
    shown: Arc<str>,
    /// In lower case: two names that differ only in case are one.
    key: Arc<str>,
}

impl Folded {
    fn new(text: &str) -> Folded {
        // Letter by letter: the lower case of a whole word has a final sigma of its own.
        let key: String = text.chars().flat_map(char::to_lowercase).collect();
        Folded { shown: text.into(), key: key.into() }
    }
}

/// The name of a user, 1 to [`MAX_USER_CHARS`] characters. Equal to another if only their case differs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserName(Folded);

/// The name of a room, 1 to [`MAX_ROOM_CHARS`] characters. Equal to another if only their case differs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RoomName(Folded);

impl UserName {
    /// Takes `text` as a user's name.
    ///
    /// # Errors
    /// [`BrokenRule::User`] if it is none.
    pub fn parse(text: &str) -> Result<UserName, BrokenRule> {
        let good = starts_well(text)
            && text.chars().all(is_name_char)
            && text.chars().count() <= MAX_USER_CHARS;
        if good { Ok(UserName(Folded::new(text))) } else { Err(BrokenRule::User) }
    }
}

impl RoomName {
    /// Takes `text` as a room's name.
    ///
    /// # Errors
    /// [`BrokenRule::Room`] if it is none.
    pub fn parse(text: &str) -> Result<RoomName, BrokenRule> {
        let good = starts_well(text)
            && text.chars().all(|c| is_name_char(c) || c == ' ')
            && !text.contains("  ")
            && !text.ends_with(' ')
            && !text.ends_with(LOCKED_SUFFIX)
            && text.chars().count() <= MAX_ROOM_CHARS;
        if good { Ok(RoomName(Folded::new(text))) } else { Err(BrokenRule::Room) }
    }
}

fn starts_well(text: &str) -> bool {
    text.chars().next().is_some_and(char::is_alphanumeric)
}

/// What a user's name is made of.
pub fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Says whether `text` can be a password.
///
/// # Errors
/// [`BrokenRule::Password`] if it can't.
pub fn check_password(text: &str) -> Result<(), BrokenRule> {
    let chars = text.chars().count();
    let good = (1..=MAX_PASSWORD_CHARS).contains(&chars) && !text.contains(char::is_control);
    if good { Ok(()) } else { Err(BrokenRule::Password) }
}

/// The bare name of a file: no folder, nothing that a shell, a terminal or another system would misread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName(Box<str>);

impl FileName {
    /// Takes `text` as a file's name.
    ///
    /// # Errors
    /// [`BrokenRule::File`] if it is none.
    pub fn parse(text: &str) -> Result<FileName, BrokenRule> {
        let good = (1..=MAX_FILE_NAME_BYTES).contains(&text.len())
            && !text.starts_with(['.', ' '])
            && !text.ends_with(' ')
            && !text.contains(|c: char| {
                r#"/\:*?"<>|"#.contains(c) || c == '\u{FFFD}' || c.is_control() || is_bidi(c)
            });
        if good { Ok(FileName(text.into())) } else { Err(BrokenRule::File) }
    }

    /// The name to store other content of the same name under: `name (2).ext` for 2. The stem is cut, between two
    /// characters, to stay within [`MAX_FILE_NAME_BYTES`].
    pub fn numbered(&self, number: u64) -> FileName {
        let (stem, extension) = self.0.split_at(self.0.rfind('.').unwrap_or(self.0.len()));
        let suffix = format!(" ({number})");
        // An extension that leaves no room for a stem is none to anybody: then the cut is at the name's end.
        let (stem, extension) = if suffix.len() + extension.len() < MAX_FILE_NAME_BYTES {
            (stem, extension)
        } else {
            (&*self.0, "")
        };
        let room = MAX_FILE_NAME_BYTES - suffix.len() - extension.len();
        let stem = &stem[..stem.floor_char_boundary(room)];
        FileName(format!("{stem}{suffix}{extension}").into())
    }
}

/// The characters that change the direction of the text around them, and so can make a name read as another.
pub fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}')
}

impl UserName {
    /// The name as it was first registered.
    pub fn as_str(&self) -> &str {
        &self.0.shown
    }
}

impl RoomName {
    /// The name as its creator wrote it.
    pub fn as_str(&self) -> &str {
        &self.0.shown
    }
}

impl FileName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Folded {
    fn eq(&self, other: &Folded) -> bool {
        self.key == other.key
    }
}

impl Eq for Folded {}

impl Hash for Folded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.shown)
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.shown)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn user(text: &str) -> bool {
        UserName::parse(text).is_ok()
    }

    fn room(text: &str) -> bool {
        RoomName::parse(text).is_ok()
    }

    fn file(text: &str) -> bool {
        FileName::parse(text).is_ok()
    }

    #[test]
    fn a_user_has_letters_and_digits_of_any_script() {
        for good in ["a", "7", "lucas", "Łukasz", "用户", "a_b-c.d", "x...", &"é".repeat(24)] {
            assert!(user(good), "{good:?}");
        }
        for bad in [
            "",
            "_a",
            "-a",
            ".a",
            "a b",
            "a/b",
            "a\u{202E}b",
            "a\u{FFFD}",
            "a\x1b",
            "$a",
            "a:",
            &"é".repeat(25),
        ] {
            assert!(!user(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_room_may_have_single_spaces_inside() {
        for good in ["BT 108", "a b c", "LOCKED", "a.LOCKED", "a locked", &"r".repeat(32)] {
            assert!(room(good), "{good:?}");
        }
        for bad in ["", " a", "a ", "a  b", "_a", "a LOCKED", "a\tb", "a:b", &"r".repeat(33)] {
            assert!(!room(bad), "{bad:?}");
        }
    }

    #[test]
    fn names_that_differ_in_case_are_one() {
        assert_eq!(UserName::parse("Ångström"), UserName::parse("ÅNGSTRÖM"));
        assert_eq!(UserName::parse("ΑΣ"), UserName::parse("ασ"));
        assert_eq!(RoomName::parse("BT 108"), RoomName::parse("bt 108"));
        assert_ne!(RoomName::parse("BT 108"), RoomName::parse("BT108"));
        assert_eq!(UserName::parse("Lucas").unwrap().as_str(), "Lucas");
    }

    #[test]
    fn a_password_is_anything_without_control_characters() {
        for good in [" ", "1", "$5 é", &"p".repeat(128)] {
            assert!(check_password(good).is_ok(), "{good:?}");
        }
        for bad in ["", "a\tb", "a\x7f", "a\u{85}", &"p".repeat(129)] {
            assert!(check_password(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_rule_of_a_file_fits_into_a_reason() {
        assert!(BrokenRule::File.to_string().len() <= crate::protocol::MAX_REASON_BYTES);
    }

    #[test]
    fn a_file_has_a_bare_name() {
        for good in [
            "a",
            "TD_work.pdf",
            "a b",
            "$x",
            "..a.txt".trim_start_matches('.'),
            "a.",
            "é",
            &"f".repeat(200),
        ] {
            assert!(file(good), "{good:?}");
        }
        let long = "f".repeat(201);
        let bad = [
            "",
            ".",
            "..",
            ".hidden",
            " a",
            "a ",
            "a/b",
            "../a",
            "/etc/passwd",
            "a\\b",
            "c:a",
            "a*",
            "a?",
            "a\"b",
            "a<b",
            "a>b",
            "a|b",
            "a\nb",
            "a\0",
            "a\x7f",
            "a\u{9b}",
            "a\u{202E}fdp.exe",
            "a\u{200F}",
            "a\u{FFFD}",
            &long,
        ];
        for bad in bad {
            assert!(!file(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_number_stands_before_the_last_dot() {
        let numbered = |name: &str, n| FileName::parse(name).unwrap().numbered(n).to_string();
        assert_eq!(numbered("a.tar.gz", 1), "a.tar (1).gz");
        assert_eq!(numbered("README", 12), "README (12)");
        assert_eq!(numbered("a.", 1), "a (1).");
        let long = format!("{}.pdf", "é".repeat(98));
        assert_eq!(numbered(&long, 3), format!("{} (3).pdf", "é".repeat(96)));
        let all_extension = format!("a.{}", "x".repeat(198));
        assert_eq!(numbered(&all_extension, 1), format!("a.{} (1)", "x".repeat(194)));
    }

    proptest! {
        #[test]
        fn a_numbered_name_is_a_name(name in "[^/]{1,120}", number in 1..u64::MAX) {
            if let Ok(name) = FileName::parse(&name) {
                let numbered = name.numbered(number);
                prop_assert!(FileName::parse(numbered.as_str()).is_ok(), "{numbered:?}");
                prop_assert_ne!(numbered, name);
            }
        }

        #[test]
        fn a_good_name_has_nothing_that_a_terminal_obeys(text in ".{0,40}") {
            let shown = [
                UserName::parse(&text).map(|name| name.to_string()),
                RoomName::parse(&text).map(|name| name.to_string()),
                FileName::parse(&text).map(|name| name.to_string()),
            ];
            for name in shown.into_iter().flatten() {
                prop_assert!(!name.contains(|c: char| c.is_control() || is_bidi(c)));
            }
        }
    }
}
