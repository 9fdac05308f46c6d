//! Turns the bytes of a keyboard into keys.
//!
//! A terminal in raw mode sends letters as UTF-8, control keys as bytes below 32, and arrows and
//! similar keys as escape sequences. They come in pieces, or many at once. [`Keys`] takes the
//! bytes of each read, and keeps the keys until somebody takes them. It is kept under the
//! terminal's mutex. No I/O, nothing fails: unknown sequences are dropped, and bytes that are not
//! UTF-8 become U+FFFD.
//!
//! What is pasted is text. A terminal puts marks around it if it was asked to (see `screen`). So
//! no key can be pressed by a paste: tabs and line ends in it are text, and other control
//! characters are dropped. The line ends at the end of a paste are dropped too.
//!
//! The sequences it knows:
//! - `ESC [ A` `B` `C` `D`, also with `ESC O`: the arrows up, down, right, left.
//! - `ESC [ 1 ; n C` and `D`, with n = 3, 5 or 7 for Alt and Ctrl: right and left by words.
//! - `ESC [ H`, `ESC [ F`, also with `ESC O`; `ESC [ 1 ~`, `7 ~`, `4 ~`, `8 ~`: Home and End.
//! - `ESC [ 3 ~`: Delete.
//! - `ESC O P`, `ESC [ 11 ~`, `ESC [ [ A` (Linux's console): F1.
//! - `ESC [ 200 ~`, `ESC [ 201 ~`: the beginning and the end of a paste.
//! - `ESC` and a letter: Alt and that letter. `ESC` and nothing for a while: the key Esc.

use std::collections::VecDeque;
use std::mem;

const ESCAPE: u8 = 0x1B;

/// What a person can press that means something here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character to insert. Never a control character, except a TAB that was pasted.
    Char(char),
    /// A line end that was pasted.
    LineBreak,
    /// The line is complete.
    Enter,
    /// Complete a name.
    Tab,
    /// Esc.
    Escape,
    /// F1.
    Help,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-Z.
    Suspend,
    /// Ctrl-D: deletes under the cursor; on an empty line it ends the input.
    DeleteOrEnd,
    /// One cluster to the left, or Ctrl-B.
    Left,
    /// One cluster to the right, or Ctrl-F.
    Right,
    /// One word to the left: Ctrl-Left, Alt-B.
    WordLeft,
    /// One word to the right: Ctrl-Right, Alt-F.
    WordRight,
    /// To the beginning, or Ctrl-A.
    Home,
    /// To the end, or Ctrl-E.
    End,
    /// The line before in the history, or Ctrl-P.
    Up,
    /// The line after in the history, or Ctrl-N.
    Down,
    /// Ctrl-R: searches back in the history.
    Search,
    /// Deletes before the cursor, or Ctrl-H.
    Backspace,
    /// Deletes under the cursor.
    Delete,
    /// Ctrl-U: deletes all before the cursor.
    KillBefore,
    /// Ctrl-K: deletes all from the cursor on.
    KillAfter,
    /// Ctrl-W: deletes back to a space.
    KillWordBefore,
    /// Alt-D: deletes up to the end of the word.
    KillWordAfter,
    /// Ctrl-Y: inserts what was killed last.
    Yank,
    /// Ctrl-L: begins a new screen, with the same line.
    ClearScreen,
}

/// The keys that were pressed and not taken yet, and how far the next one has come.
#[derive(Debug, Default)]
pub struct Keys {
    pressed: VecDeque<Key>,
    state: KeyState,
    /// The beginning of a character of several bytes.
    partial: Vec<u8>,
    pasting: bool,
    /// Line ends of a paste with no text after them yet.
    pasted_line_ends: usize,
    /// Drops the rest of a paste.
    dropping: bool,
}

/// Where in a sequence of bytes we are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum KeyState {
    /// Between two keys.
    #[default]
    Ground,
    /// After a CR: an LF now would be the same line end.
    Return,
    /// After an ESC.
    Escape,
    /// After `ESC [` or `ESC O`: numbers come, then one final byte.
    Sequence(String),
}

impl Keys {
    /// Takes in what one read brought.
    pub fn push(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if !self.partial.is_empty() && !is_continuation(byte) {
                // The character was cut off. This byte begins something else.
                self.partial.clear();
                self.press(Key::Char(char::REPLACEMENT_CHARACTER));
            }
            if let Some(key) = self.step(byte) {
                self.press(key);
            }
        }
    }

    /// Tells whether an ESC came last: the key Esc, or the beginning of a sequence.
    pub fn is_in_doubt(&self) -> bool {
        self.state == KeyState::Escape
    }

    /// Says that nothing came for a while. A sequence comes in one piece, so an ESC was the key.
    pub fn pause(&mut self) {
        match self.state {
            KeyState::Escape => self.press(Key::Escape),
            KeyState::Return => {}
            _ => return,
        }
        self.state = KeyState::Ground;
    }

    /// Takes the next key.
    pub fn next_key(&mut self) -> Option<Key> {
        self.pressed.pop_front()
    }

    /// Counts the keys that wait.
    pub fn len(&self) -> usize {
        self.pressed.len()
    }

    /// Removes all of this key, wherever they are. Tells whether there was one.
    pub fn remove(&mut self, key: Key) -> bool {
        let before = self.pressed.len();
        self.pressed.retain(|pressed| *pressed != key);
        self.pressed.len() < before
    }

    /// Takes the next key if it is this one. Tells whether it was.
    pub fn take_first(&mut self, key: Key) -> bool {
        let is_next = self.pressed.front() == Some(&key);
        if is_next {
            self.pressed.pop_front();
        }
        is_next
    }

    /// Takes all keys, and drops the rest of a paste that has not ended.
    pub fn take_all(&mut self) -> VecDeque<Key> {
        self.dropping = self.pasting;
        mem::take(&mut self.pressed)
    }

    /// Keeps a key for the one who takes it. In a paste it is text, or nothing.
    fn press(&mut self, key: Key) {
        if !self.pasting {
            self.pressed.push_back(key);
            return;
        }
        match key {
            // If the end of a paste never comes: the first Ctrl-C drops the paste, the second one
            // ends it.
            Key::Interrupt => {
                self.pasting = !self.dropping;
                self.dropping = self.pasting;
                self.pressed.push_back(Key::Interrupt);
            }
            _ if self.dropping => {}
            Key::Enter => self.pasted_line_ends += 1,
            Key::Tab => self.insert_pasted('\t'),
            Key::Char(c) => self.insert_pasted(c),
            _ => {}
        }
    }

    fn insert_pasted(&mut self, c: char) {
        for _ in 0..std::mem::take(&mut self.pasted_line_ends) {
            self.pressed.push_back(Key::LineBreak);
        }
        self.pressed.push_back(Key::Char(c));
    }

    /// Begins or ends a paste.
    fn set_pasting(&mut self, pasting: bool) {
        self.pasting = pasting;
        self.pasted_line_ends = 0;
        self.dropping = false;
    }

    /// Takes one byte, which completes a key or does not.
    fn step(&mut self, byte: u8) -> Option<Key> {
        let state = std::mem::take(&mut self.state);
        match (state, byte) {
            // A control character means the same in any state. So an Enter after a sequence that
            // breaks off is not lost.
            (_, ESCAPE) => {
                self.state = KeyState::Escape;
                None
            }
            (KeyState::Return, b'\n') => None,
            (_, b'\r') => {
                self.state = KeyState::Return;
                Some(Key::Enter)
            }
            (_, 0..0x20 | 0x7F) => control_key(byte),

            (KeyState::Escape, b'[' | b'O') => {
                self.state = KeyState::Sequence(String::new());
                None
            }
            (KeyState::Escape, 0x20..0x7F) => alt_key(byte),
            (KeyState::Sequence(mut numbers), 0x20..0x7F) => {
                // Linux's console puts a second `[` there.
                if byte < 0x40 || (numbers.is_empty() && byte == b'[') {
                    numbers.push(char::from(byte));
                    self.state = KeyState::Sequence(numbers);
                    return None;
                }
                self.end_sequence(byte, &numbers)
            }

            (_, 0x20..0x7F) => Some(Key::Char(char::from(byte))),
            (_, 0x80..) => self.step_character(byte),
        }
    }

    /// Takes one byte of a character of several.
    fn step_character(&mut self, byte: u8) -> Option<Key> {
        self.partial.push(byte);
        let decoded = match str::from_utf8(&self.partial) {
            Ok(text) => text.chars().next(),
            // More of it is to come.
            Err(error) if error.error_len().is_none() => return None,
            Err(_) => Some(char::REPLACEMENT_CHARACTER),
        };
        self.partial.clear();
        // C1: a terminal would obey it, and no keyboard has it.
        decoded.filter(|c| !c.is_control()).map(Key::Char)
    }

    /// Takes the final byte of a sequence.
    fn end_sequence(&mut self, last: u8, numbers: &str) -> Option<Key> {
        if last == b'~' && matches!(numbers, "200" | "201") {
            self.set_pasting(numbers == "200");
            return None;
        }
        sequence_key(last, numbers)
    }
}

/// Tells whether `byte` can only be inside a character, and begins nothing.
fn is_continuation(byte: u8) -> bool {
    (0x80..0xC0).contains(&byte)
}

/// The keys of control characters. Ctrl and a letter is the letter's number in the alphabet.
#[rustfmt::skip]
const CONTROL_KEYS: &[(u8, Key)] = &[
    (1, Key::Home), (2, Key::Left), (3, Key::Interrupt), (4, Key::DeleteOrEnd), (5, Key::End),
    (6, Key::Right), (8, Key::Backspace), (9, Key::Tab), (10, Key::Enter), (11, Key::KillAfter),
    (12, Key::ClearScreen), (14, Key::Down), (16, Key::Up), (18, Key::Search),
    (21, Key::KillBefore), (23, Key::KillWordBefore), (25, Key::Yank), (26, Key::Suspend),
    (0x7F, Key::Backspace),
];

/// Names a control character. Those without a meaning here do nothing.
fn control_key(byte: u8) -> Option<Key> {
    CONTROL_KEYS.iter().find(|(control, _)| *control == byte).map(|&(_, key)| key)
}

/// Names a letter that was pressed together with Alt.
fn alt_key(letter: u8) -> Option<Key> {
    match letter.to_ascii_lowercase() {
        b'b' => Some(Key::WordLeft),
        b'f' => Some(Key::WordRight),
        b'd' => Some(Key::KillWordAfter),
        _ => None,
    }
}

/// Names an escape sequence by its final byte and its numbers.
fn sequence_key(last: u8, numbers: &str) -> Option<Key> {
    let (first, second) = numbers.split_once(';').unwrap_or((numbers, ""));
    let by_word = matches!(second, "3" | "5" | "7");
    Some(match (last, first) {
        (b'A', "[") | (b'P', "") | (b'~', "11") => Key::Help,
        (_, "[") => return None,
        (b'A', _) => Key::Up,
        (b'B', _) => Key::Down,
        (b'C', _) if by_word => Key::WordRight,
        (b'D', _) if by_word => Key::WordLeft,
        (b'C', _) => Key::Right,
        (b'D', _) => Key::Left,
        (b'H', _) | (b'~', "1" | "7") => Key::Home,
        (b'F', _) | (b'~', "4" | "8") => Key::End,
        (b'~', "3") => Key::Delete,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The keys of `bytes` when they come `step` at a time.
    fn keys_in_steps(bytes: &[u8], step: usize) -> Vec<Key> {
        let mut keys = Keys::default();
        let mut found = Vec::new();
        for piece in bytes.chunks(step) {
            keys.push(piece);
            found.extend(std::iter::from_fn(|| keys.next_key()));
        }
        found
    }

    /// The keys of `bytes`, which must be the same however the bytes are cut up.
    fn keys(bytes: &[u8]) -> Vec<Key> {
        let whole = keys_in_steps(bytes, bytes.len().max(1));
        for step in 1..4 {
            assert_eq!(keys_in_steps(bytes, step), whole, "{step} bytes at a time");
        }
        whole
    }

    fn chars(text: &str) -> Vec<Key> {
        text.chars().map(Key::Char).collect()
    }

    #[test]
    fn letters_of_any_length_are_themselves() {
        let text = "aé漢😀 ~e\u{301}";
        assert_eq!(keys(text.as_bytes()), chars(text));
    }

    #[test]
    fn bytes_that_are_no_characters_become_the_replacement() {
        assert_eq!(keys(b"a\xE9b"), chars("a\u{FFFD}b"), "Latin-1");
        assert_eq!(keys(b"\xE6\xBC\r"), [Key::Char('\u{FFFD}'), Key::Enter]);
        assert_eq!(keys(b"\xBC\xC0\xAFx"), chars("\u{FFFD}\u{FFFD}\u{FFFD}x"));
        assert_eq!(keys(b"\xED\xA0\x80x"), chars("\u{FFFD}\u{FFFD}x"), "half of a surrogate pair");
        assert_eq!(keys("\u{9B}31mx".as_bytes()), chars("31mx"), "C1 is not inserted");
    }

    #[test]
    fn control_keys_have_their_names() {
        use Key::*;
        assert_eq!(keys(b"\x01\x02\x05\x06\x09\x0e\x10"), [Home, Left, End, Right, Tab, Down, Up]);
        assert_eq!(
            keys(b"\x08\x0b\x15\x17\x7f\x19"),
            [Backspace, KillAfter, KillBefore, KillWordBefore, Backspace, Yank]
        );
        assert_eq!(
            keys(b"\x03\x04\x0c\x12\x1a"),
            [Interrupt, DeleteOrEnd, ClearScreen, Search, Suspend]
        );
        let unused = b"\x00\x07\x0f\x11\x13\x14\x16\x18\x1c\x1d\x1e\x1f";
        assert_eq!(keys(unused), []);
    }

    #[test]
    fn a_line_end_is_one_enter_in_all_its_forms() {
        use Key::*;
        assert_eq!(keys(b"\r\n\n\r\rx\n"), [Enter, Enter, Enter, Enter, Char('x'), Enter]);
        let mut keys = Keys::default();
        keys.push(b"\r");
        assert_eq!(keys.next_key(), Some(Enter));
        keys.pause();
        keys.push(b"\n");
        assert_eq!(keys.next_key(), Some(Enter), "Ctrl-J, pressed later");
    }

    #[test]
    fn arrows_and_similar_keys_come_in_many_spellings() {
        use Key::*;
        assert_eq!(
            keys(b"\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F"),
            [Up, Down, Right, Left, Home, End]
        );
        assert_eq!(
            keys(b"\x1bOA\x1bOB\x1bOC\x1bOD\x1bOH\x1bOF"),
            [Up, Down, Right, Left, Home, End]
        );
        assert_eq!(keys(b"\x1b[1~\x1b[7~\x1b[4~\x1b[8~\x1b[3~"), [Home, Home, End, End, Delete]);
        assert_eq!(keys(b"\x1b[1;2C\x1b[3;2~"), [Right, Delete], "with Shift");
        assert_eq!(
            keys(b"\x1b[1;5C\x1b[1;5D\x1b[1;3C\x1b[1;3D\x1bb\x1bF\x1bd"),
            [WordRight, WordLeft, WordRight, WordLeft, WordLeft, WordRight, KillWordAfter]
        );
        assert_eq!(keys(b"\x1bOP\x1b[11~\x1b[[A"), [Help, Help, Help]);
    }

    #[test]
    fn unknown_sequences_are_swallowed_whole() {
        let unknown = "[2~ [15;5~ [?1;2c [24;80R [<0;1;2M [I [Z [[B OQ [1;2P x . \
                       [99999999999999~ \x1b[2~ [201~";
        for sequence in unknown.split(' ').chain(["[ q"]) {
            let bytes = format!("\x1b{sequence}a");
            assert_eq!(keys(bytes.as_bytes()), chars("a"), "ESC {sequence:?}");
        }
    }

    #[test]
    fn a_sequence_that_breaks_off_takes_no_enter_with_it() {
        assert_eq!(keys(b"\x1b[12\ra"), [Key::Enter, Key::Char('a')]);
        assert_eq!(keys("\x1b[é".as_bytes()), chars("é"));
    }

    #[test]
    fn an_escape_with_nothing_after_it_is_the_key() {
        let mut keys = Keys::default();
        keys.push(b"\x1b");
        assert_eq!((keys.next_key(), keys.is_in_doubt()), (None, true));
        keys.pause();
        keys.push(b"Ola");
        let found: Vec<Key> = std::iter::from_fn(|| keys.next_key()).collect();
        assert_eq!(found[0], Key::Escape);
        assert_eq!(found[1..], chars("Ola"));
    }

    #[test]
    fn what_is_pasted_presses_no_keys() {
        use Key::*;
        let pasted = b"\x1b[200~a\tb\r\nc\x01\x04\x1a\x1b[A\x7f\r\rd\r\n\x1b[201~\r";
        let expected =
            [Char('a'), Char('\t'), Char('b'), LineBreak, Char('c'), LineBreak, LineBreak];
        assert_eq!(keys(pasted), [&expected[..], &[Char('d'), Enter]].concat());
    }

    #[test]
    fn a_paste_can_be_dropped_and_interrupted() {
        let mut keys = Keys::default();
        keys.push(b"x\x1b[200~half");
        assert!(!keys.take_all().is_empty());
        keys.push(b" of it\r\x1b[201~y");
        assert_eq!(std::iter::from_fn(|| keys.next_key()).collect::<Vec<_>>(), chars("y"));
        assert!(keys.take_all().is_empty());

        // The end of this one never comes.
        keys.push(b"\x1b[200~a\x03b\x03c\r");
        use Key::*;
        let found: Vec<Key> = std::iter::from_fn(|| keys.next_key()).collect();
        assert_eq!(found, [Char('a'), Interrupt, Interrupt, Char('c'), Enter]);
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_cut_up_changes_nothing(
            bytes in proptest::collection::vec(any::<u8>(), 0..100), step in 1usize..9,
        ) {
            prop_assert_eq!(keys_in_steps(&bytes, step), keys_in_steps(&bytes, 1000));
        }

        #[test]
        fn nothing_that_a_terminal_obeys_is_ever_inserted(
            bytes in proptest::collection::vec(any::<u8>(), 0..100),
        ) {
            for key in keys_in_steps(&bytes, 1000) {
                prop_assert!(!matches!(key, Key::Char(c) if c.is_control() && c != '\t'));
            }
        }
    }
}
