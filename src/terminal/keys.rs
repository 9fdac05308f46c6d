//! Turns the bytes of a keyboard into keys.
//!
//! A terminal in raw mode sends letters as UTF-8, control keys as bytes below 32, and arrows and
//! similar keys as escape sequences. They may come in pieces, or many at once (a paste). [`Keys`]
//! holds the bytes and returns one key at a time. It belongs to the reading thread. No I/O,
//! nothing fails: unknown sequences are dropped, and bytes that are not UTF-8 become U+FFFD.
//!
//! The sequences it knows:
//! - `ESC [ A` `B` `C` `D`, also with `ESC O`: the arrows up, down, right, left.
//! - `ESC [ H`, `ESC [ F`, also with `ESC O`; `ESC [ 1 ~`, `7 ~`, `4 ~`, `8 ~`: Home and End.
//! - `ESC [ 3 ~`: Delete.
//! - `ESC [ [` and one byte: F1 to F5 on Linux's console, dropped.

use std::collections::VecDeque;

const ESCAPE: u8 = 0x1B;

/// What a person can press that means something here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character to insert; never a control character.
    Char(char),
    /// The line is complete.
    Enter,
    /// Complete a name.
    Tab,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D: the character under the cursor goes, or on an empty line the person does.
    DeleteOrEnd,
    /// One cluster back, or Ctrl-B.
    Left,
    /// One cluster on, or Ctrl-F.
    Right,
    /// To the beginning, or Ctrl-A.
    Home,
    /// To the end, or Ctrl-E.
    End,
    /// The line before in the history, or Ctrl-P.
    Up,
    /// The line after in the history, or Ctrl-N.
    Down,
    /// Deletes before the cursor, or Ctrl-H.
    Backspace,
    /// Deletes under the cursor.
    Delete,
    /// Ctrl-U: deletes all before the cursor.
    KillBefore,
    /// Ctrl-K: deletes all from the cursor on.
    KillAfter,
    /// Ctrl-W: deletes the word before the cursor.
    KillWord,
    /// Ctrl-L: clears the screen, not the line.
    ClearScreen,
}

/// The bytes that have come and are not used yet, and what the ones before them began.
#[derive(Debug, Default)]
pub struct Keys {
    bytes: VecDeque<u8>,
    state: KeyState,
    /// The beginning of a character of several bytes.
    partial: Vec<u8>,
}

/// Where in a sequence of bytes we are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum KeyState {
    /// Between two keys.
    #[default]
    Ground,
    /// Behind a CR: an LF now would be the same line end.
    Return,
    /// Behind an ESC.
    Escape,
    /// Behind `ESC [` or `ESC O`: digits and such come, then one final byte that says which key it
    /// is. The first number tells apart the keys that all end in `~`.
    Sequence { number: u16, more_numbers: bool },
    /// Behind `ESC [ [`, as Linux's console says F1 to F5: one byte follows.
    ConsoleKey,
}

impl Keys {
    /// Takes in what one read brought.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// Says that nothing came for a while. So an ESC that came last was the key of that name,
    /// which means nothing here, and not the beginning of a sequence: those come in one piece.
    pub fn pause(&mut self) {
        if self.bytes.is_empty() && matches!(self.state, KeyState::Escape | KeyState::Return) {
            self.state = KeyState::Ground;
        }
    }

    /// Takes the next key. `None`: more bytes are needed.
    pub fn next_key(&mut self) -> Option<Key> {
        while let Some(&byte) = self.bytes.front() {
            if !self.partial.is_empty() && !is_continuation(byte) {
                // The character was cut off; this byte begins something else.
                self.partial.clear();
                return Some(Key::Char(char::REPLACEMENT_CHARACTER));
            }
            self.bytes.pop_front();
            if let Some(key) = self.step(byte) {
                return Some(key);
            }
        }
        None
    }

    /// Takes one byte, which completes a key or does not.
    fn step(&mut self, byte: u8) -> Option<Key> {
        let state = std::mem::take(&mut self.state);
        match (state, byte) {
            // Wherever we are, a control character is itself. So a sequence that breaks off takes
            // no Enter with it.
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
                self.state = KeyState::Sequence { number: 0, more_numbers: false };
                None
            }
            // Alt and a letter. We have no such keys, and the letter alone was not meant.
            (KeyState::Escape, 0x20..0x7F) => None,
            (KeyState::Sequence { number, more_numbers: false }, b'0'..=b'9') => {
                let number = number.saturating_mul(10).saturating_add(u16::from(byte - b'0'));
                self.state = KeyState::Sequence { number, more_numbers: false };
                None
            }
            (KeyState::Sequence { number, .. }, 0x20..=0x3F) => {
                self.state = KeyState::Sequence { number, more_numbers: true };
                None
            }
            (KeyState::Sequence { number: 0, more_numbers: false }, b'[') => {
                self.state = KeyState::ConsoleKey;
                None
            }
            (KeyState::Sequence { number, .. }, 0x40..0x7F) => sequence_key(byte, number),
            (KeyState::ConsoleKey, 0x20..0x7F) => None,

            (_, 0x20..0x7F) => Some(Key::Char(char::from(byte))),
            (_, 0x80..) => self.step_character(byte),
        }
    }

    /// Takes one byte of a character of several.
    fn step_character(&mut self, byte: u8) -> Option<Key> {
        self.partial.push(byte);
        // The first byte says how many there are.
        let len = match self.partial[0] {
            0xC2..0xE0 => 2,
            0xE0..0xF0 => 3,
            0xF0..0xF5 => 4,
            _ => 1,
        };
        if self.partial.len() < len {
            return None;
        }
        let decoded = str::from_utf8(&self.partial).ok().and_then(|text| text.chars().next());
        self.partial.clear();
        match decoded {
            // C1: a terminal would obey it, and no keyboard has it.
            Some(c) if c.is_control() => None,
            Some(c) => Some(Key::Char(c)),
            None => Some(Key::Char(char::REPLACEMENT_CHARACTER)),
        }
    }
}

/// Tells whether `byte` can only stand inside a character, not begin anything.
fn is_continuation(byte: u8) -> bool {
    (0x80..0xC0).contains(&byte)
}

/// Names a control character. Those that have no meaning here, Ctrl-Z among them, do nothing.
fn control_key(byte: u8) -> Option<Key> {
    // Ctrl and a letter is the letter's number in the alphabet.
    match byte {
        0x7F => Some(Key::Backspace),
        b'\n' => Some(Key::Enter),
        b'\t' => Some(Key::Tab),
        _ => match byte | 0x40 {
            b'A' => Some(Key::Home),
            b'B' => Some(Key::Left),
            b'C' => Some(Key::Interrupt),
            b'D' => Some(Key::DeleteOrEnd),
            b'E' => Some(Key::End),
            b'F' => Some(Key::Right),
            b'H' => Some(Key::Backspace),
            b'K' => Some(Key::KillAfter),
            b'L' => Some(Key::ClearScreen),
            b'N' => Some(Key::Down),
            b'P' => Some(Key::Up),
            b'U' => Some(Key::KillBefore),
            b'W' => Some(Key::KillWord),
            _ => None,
        },
    }
}

/// Names an escape sequence by its final byte and, for the keys that all end in `~`, its first
/// number.
fn sequence_key(last: u8, number: u16) -> Option<Key> {
    match (last, number) {
        (b'A', _) => Some(Key::Up),
        (b'B', _) => Some(Key::Down),
        (b'C', _) => Some(Key::Right),
        (b'D', _) => Some(Key::Left),
        (b'H', _) | (b'~', 1 | 7) => Some(Key::Home),
        (b'F', _) | (b'~', 4 | 8) => Some(Key::End),
        (b'~', 3) => Some(Key::Delete),
        _ => None,
    }
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
        assert_eq!(keys(b"\xED\xA0\x80x"), chars("\u{FFFD}x"), "half of a surrogate pair");
        assert_eq!(keys("\u{9B}31mx".as_bytes()), chars("31mx"), "C1 is not inserted");
    }

    #[test]
    fn control_keys_have_their_names() {
        use Key::*;
        assert_eq!(keys(b"\x01\x02\x05\x06\x09\x0e\x10"), [Home, Left, End, Right, Tab, Down, Up]);
        assert_eq!(
            keys(b"\x08\x0b\x15\x17\x7f"),
            [Backspace, KillAfter, KillBefore, KillWord, Backspace]
        );
        assert_eq!(keys(b"\x03\x04\x0c"), [Interrupt, DeleteOrEnd, ClearScreen]);
        assert_eq!(
            keys(b"\x00\x07\x0f\x11\x12\x13\x14\x16\x18\x19\x1a\x1c\x1d\x1e\x1f"),
            [],
            "Ctrl-Z and others"
        );
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
    fn arrows_and_their_like_come_in_many_spellings() {
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
        assert_eq!(keys(b"\x1b[1;5C\x1b[3;2~"), [Right, Delete], "with Ctrl and with Shift");
    }

    #[test]
    fn unknown_sequences_are_swallowed_whole() {
        let unknown = "[200~ [201~ [2~ [15;5~ [?1;2c [24;80R [<0;1;2M [I [Z [[A OP O5P x . \
                       [99999999999999~ \x1b[2~";
        for sequence in unknown.split(' ').chain(["[ q"]) {
            assert_eq!(
                keys(format!("\x1b{sequence}a").as_bytes()),
                chars("a"),
                "ESC {sequence:?}"
            );
        }
    }

    #[test]
    fn a_sequence_that_breaks_off_takes_no_enter_with_it() {
        assert_eq!(keys(b"\x1b[12\ra"), [Key::Enter, Key::Char('a')]);
        assert_eq!(keys("\x1b[é".as_bytes()), chars("é"));
    }

    #[test]
    fn the_escape_key_alone_does_nothing_to_the_next_one() {
        let mut keys = Keys::default();
        keys.push(b"\x1b");
        assert_eq!(keys.next_key(), None);
        keys.pause();
        keys.push(b"Ola");
        let found: Vec<Key> = std::iter::from_fn(|| keys.next_key()).collect();
        assert_eq!(found, chars("Ola"));
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
                prop_assert!(!matches!(key, Key::Char(c) if c.is_control()));
            }
        }
    }
}
