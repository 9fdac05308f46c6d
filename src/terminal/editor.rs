//! The line being typed: its text, its cursor, its history.
//!
//! Nothing here knows a terminal. [`Editor::press`] changes the line, or returns a key that is for
//! the caller; then the screen paints [`Editor::text`] and [`Editor::cursor`]. A text may
//! have several lines, if they were pasted. No I/O, nothing fails. The terminal keeps the editor
//! under its mutex.

use std::collections::VecDeque;
use std::mem;
use std::ops::Range;

use super::keys::Key;
use super::width::{clusters, next_boundary, previous_boundary};

/// The longest text that can be typed, in bytes. This is far more than a line may have. It only
/// limits a file that is pasted by mistake.
pub const MAX_TYPED_BYTES: usize = 64 * 1024;

/// The history keeps at most this many lines.
const MAX_HISTORY: usize = 200;

/// A line with a cursor in it.
#[derive(Debug, Default)]
pub struct Editor {
    text: String,
    /// Where the next character goes, in bytes.
    cursor: usize,
    /// What was typed before, the oldest first.
    history: VecDeque<String>,
    /// While a line of the history is shown or searched for: its index, and the text that was
    /// typed before.
    recalled: Option<(usize, String)>,
    /// What is searched for, while a search goes on.
    query: Option<String>,
    /// What was deleted last by a key that deletes more than a character.
    killed: String,
    /// Something did not fit into the text. The caller sets it back.
    pub overflowed: bool,
}

impl Editor {
    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns where in the text the cursor is, in bytes.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Counts the lines of the text.
    pub fn lines(&self) -> usize {
        1 + self.text.matches('\n').count()
    }

    /// Returns what is searched for, while a search goes on.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// Inserts `more` at the cursor and moves the cursor after it. A text never grows over
    /// [`MAX_TYPED_BYTES`].
    pub fn insert(&mut self, more: &str) {
        if self.text.len() + more.len() > MAX_TYPED_BYTES {
            self.overflowed = true;
            return;
        }
        self.text.insert_str(self.cursor, more);
        self.cursor += more.len();
    }

    /// Puts `line` into the history, unless it is blank or the same as the last one.
    pub fn remember(&mut self, line: &str) {
        if line.trim().is_empty() || self.history.back().is_some_and(|last| last == line) {
            return;
        }
        if self.history.len() == MAX_HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(line.to_string());
    }

    /// Empties the line and returns what was in it.
    pub fn empty(&mut self) -> String {
        self.cursor = 0;
        self.recalled = None;
        self.query = None;
        mem::take(&mut self.text)
    }

    /// Deletes the whole text, but [`Key::Yank`] brings it back.
    pub fn kill_all(&mut self) {
        self.killed = self.empty();
    }

    /// Forgets what was killed: it was part of a secret.
    pub fn forget_killed(&mut self) {
        self.killed.clear();
    }

    /// Does what `key` means here. Returns it if it means nothing: then it is for the caller.
    pub fn press(&mut self, key: Key) -> Option<Key> {
        if self.press_in_search(key) {
            return None;
        }
        match key {
            Key::Char(c) => self.insert(c.encode_utf8(&mut [0; 4])),
            Key::LineBreak => self.insert("\n"),
            Key::Left => self.cursor = previous_boundary(&self.text, self.cursor),
            Key::Right => self.cursor = next_boundary(&self.text, self.cursor),
            Key::WordLeft => self.cursor = self.word_start(),
            Key::WordRight => self.cursor = self.word_end(),
            Key::Home => self.cursor = 0,
            Key::End => self.cursor = self.text.len(),
            Key::Backspace => self.delete(previous_boundary(&self.text, self.cursor)..self.cursor),
            Key::Delete => self.delete(self.cursor..next_boundary(&self.text, self.cursor)),
            Key::KillBefore => self.kill(0..self.cursor),
            Key::KillAfter => self.kill(self.cursor..self.text.len()),
            Key::KillWordBefore => self.kill(self.space_before()..self.cursor),
            Key::KillWordAfter => self.kill(self.cursor..self.word_end()),
            Key::Yank => self.insert(&self.killed.clone()),
            Key::Up => self.recall(-1),
            Key::Down => self.recall(1),
            Key::Search => self.begin_search(),
            Key::DeleteOrEnd if !self.text.is_empty() => return self.press(Key::Delete),
            Key::Interrupt if !self.text.is_empty() => drop(self.empty()),
            key => return Some(key),
        }
        None
    }

    /// Deletes a part of the text that begins or ends at the cursor.
    fn delete(&mut self, range: Range<usize>) {
        self.cursor = range.start;
        self.text.drain(range);
    }

    /// Deletes a part of the text and keeps it for [`Key::Yank`].
    fn kill(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.killed = self.text[range.clone()].to_string();
            self.delete(range);
        }
    }

    /// Finds where the word before the cursor begins, if only spaces separate words.
    fn space_before(&self) -> usize {
        let before = self.text[..self.cursor].trim_end();
        let space = before.char_indices().rev().find(|(_, c)| c.is_whitespace());
        space.map_or(0, |(at, c)| at + c.len_utf8())
    }

    /// Finds where the word before the cursor begins: letters and digits make a word.
    fn word_start(&self) -> usize {
        let before: Vec<_> = clusters(&self.text[..self.cursor]).collect();
        let back = before.iter().rev().skip_while(|(_, cluster)| !is_of_word(cluster));
        back.take_while(|(_, cluster)| is_of_word(cluster)).last().map_or(0, |&(at, _)| at)
    }

    /// Finds where the word after the cursor ends.
    fn word_end(&self) -> usize {
        let after = clusters(&self.text[self.cursor..]);
        let mut rest = after.skip_while(|(_, cluster)| !is_of_word(cluster)).skip(1);
        let end = rest.find(|(_, cluster)| !is_of_word(cluster));
        end.map_or(self.text.len(), |(at, _)| self.cursor + at)
    }

    /// Moves `by` lines in the history. After the newest one comes what was being typed.
    fn recall(&mut self, by: isize) {
        let recalled = self.recalled.take();
        let (index, draft) = recalled.unwrap_or_else(|| (self.history.len(), self.text.clone()));
        let index = index.saturating_add_signed(by);
        match self.history.get(index) {
            Some(line) => {
                self.text = line.clone();
                self.recalled = Some((index, draft));
            }
            None => self.text = draft,
        }
        self.cursor = self.text.len();
    }

    fn begin_search(&mut self) {
        let draft = self.empty();
        self.recalled = Some((self.history.len(), draft));
        self.query = Some(String::new());
    }

    /// Presses a key during a search. `false`: none goes on, or it has ended with the line that
    /// was found, and the key is still to be pressed.
    fn press_in_search(&mut self, key: Key) -> bool {
        let (Some(query), Some((found, draft))) = (&mut self.query, &mut self.recalled) else {
            return false;
        };
        let end = match key {
            Key::Search => *found,
            Key::Char(c) => {
                query.push(c);
                *found + 1
            }
            Key::Backspace => {
                query.pop();
                self.history.len()
            }
            Key::Interrupt => {
                let draft = mem::take(draft);
                self.empty();
                self.insert(&draft);
                return true;
            }
            _ => {
                (self.query, self.recalled) = (None, None);
                return key == Key::Escape;
            }
        };
        let mut older = self.history.iter().enumerate().rev().skip_while(|(at, _)| *at >= end);
        if let Some((at, line)) = older.find(|(_, line)| line.contains(query.as_str())) {
            *found = at;
            self.text = line.clone();
            self.cursor = self.text.len();
        }
        true
    }
}

/// Tells whether a cluster is part of a word.
fn is_of_word(cluster: &str) -> bool {
    cluster.chars().next().is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Editor {
        /// Types letters, and keys, each written as its character in `tests::KEYS`.
        fn types(&mut self, keys: &str) -> Vec<Key> {
            let key =
                |c| KEYS.iter().find(|(name, _)| *name == c).map_or(Key::Char(c), |&(_, key)| key);
            keys.chars().filter_map(|c| self.press(key(c))).collect()
        }

        /// The line with a `|` where the cursor is.
        fn shown(&self) -> String {
            let (before, after) = self.text.split_at(self.cursor);
            format!("{before}|{after}").replace('\n', "↵")
        }
    }

    const KEYS: &[(char, Key)] = &[
        ('←', Key::Left),
        ('→', Key::Right),
        ('↑', Key::Up),
        ('↓', Key::Down),
        ('⇤', Key::Home),
        ('⇥', Key::End),
        ('⌫', Key::Backspace),
        ('⌦', Key::Delete),
        ('Ⓓ', Key::DeleteOrEnd),
        ('Ⓒ', Key::Interrupt),
        ('Ⓤ', Key::KillBefore),
        ('Ⓚ', Key::KillAfter),
        ('Ⓦ', Key::KillWordBefore),
        ('ⓑ', Key::WordLeft),
        ('ⓕ', Key::WordRight),
        ('ⓓ', Key::KillWordAfter),
        ('Ⓨ', Key::Yank),
        ('Ⓡ', Key::Search),
        ('Ⓔ', Key::Escape),
        ('↵', Key::LineBreak),
        ('Ⓛ', Key::ClearScreen),
        ('⏎', Key::Enter),
    ];

    /// What the line looks like after `keys` on an empty one.
    fn after(keys: &str) -> String {
        let mut editor = Editor::default();
        editor.types(keys);
        editor.shown()
    }

    #[test]
    fn every_key_moves_or_deletes_as_in_a_shell() {
        for (keys, line) in [
            ("abc", "abc|"),
            ("abc←←x", "ax|bc"),
            ("abc⇤x→y⇥z", "xaybcz|"),
            ("⇤←⌫ab→→⌦", "ab|"),
            ("abc←⌫", "a|c"),
            ("abc⇤⌦", "|bc"),
            ("abc⇤ⒹⒹ", "|c"),
            ("abc def←Ⓤ", "|f"),
            ("abc def⇤→Ⓚ", "a|"),
            ("one two  threeⓌ", "one two  |"),
            ("one two  ⓌⓌ", "|"),
            ("one two←Ⓦ", "one |o"),
            ("um café\u{3000}漢字Ⓦ", "um café\u{3000}|"),
            ("abcⒸx", "x|"),
            ("one, two-threeⓑ", "one, two-|three"),
            ("one, twoⓑⓑⓑx", "x|one, two"),
            ("one, two⇤ⓕ", "one|, two"),
            ("one, two⇤ⓕⓕⓕ", "one, two|"),
            ("one, two⇤ⓓx", "x|, two"),
            ("one, two⇤ⓕⓓ", "one|"),
            ("um cafe\u{301} 漢字ⓑⓑ", "um |cafe\u{301} 漢字"),
            ("one twoⓌx ⓎⓎ", "one x twotwo|"),
            ("one two⇤→ⓀⓎⓊⓎ", "one two|"),
            ("a↵b←←x", "ax|↵b"),
        ] {
            assert_eq!(after(keys), line, "{keys}");
        }
    }

    #[test]
    fn a_cluster_moves_and_goes_as_one() {
        for (keys, line) in [
            ("xe\u{301}y←←", "x|e\u{301}y"),
            ("xe\u{301}⌫", "x|"),
            ("x漢字⇤→→⌫", "x|字"),
            ("👩\u{200D}👩\u{200D}👧!←←", "|👩\u{200D}👩\u{200D}👧!"),
            ("a👍🏽⌫", "a|"),
            ("🇧🇷🇵🇹⌫", "🇧🇷|"),
            ("a❤\u{FE0F}b⇤→⌦", "a|b"),
        ] {
            assert_eq!(after(keys), line, "{keys}");
        }
    }

    #[test]
    fn a_text_is_taken_once_and_leaves_nothing() {
        let mut editor = Editor::default();
        assert_eq!(editor.types("oi⇤⏎"), [Key::Enter]);
        assert_eq!(editor.empty(), "oi");
        assert_eq!((editor.shown(), editor.empty()), ("|".to_string(), String::new()));
    }

    #[test]
    fn a_search_finds_older_lines_and_can_be_left() {
        let mut editor = Editor::default();
        for line in ["hello bob", "what", "hello eva"] {
            editor.remember(line);
        }
        for (keys, shown) in [
            ("draftⓇhel", "hello eva|"),
            ("Ⓡ", "hello bob|"),
            ("Ⓡ", "hello bob|"),
            ("Ⓒ", "draft|"),
            ("Ⓡwhax", "what|"),
            ("⌫⌫⌫⌫eva", "hello eva|"),
            ("Ⓔ!", "hello eva!|"),
            ("Ⓡbob⇤x", "x|hello bob"),
        ] {
            assert_eq!(editor.types(keys), [], "{keys}");
            assert_eq!(editor.shown(), shown, "{keys}");
        }
        assert_eq!(editor.types("Ⓡev⏎"), [Key::Enter]);
        assert_eq!(editor.empty(), "hello eva");
        assert_eq!(editor.query(), None);
    }

    #[test]
    fn on_an_empty_line_two_keys_mean_leaving() {
        let mut editor = Editor::default();
        assert_eq!(editor.types("abⒸⒸ"), [Key::Interrupt], "the first one cleared the line");
        assert_eq!(editor.types("ab⇤ⒹⒹⒹ"), [Key::DeleteOrEnd], "the first two deleted");
        assert_eq!(editor.types("abⓁ"), [Key::ClearScreen]);
        assert_eq!(editor.shown(), "ab|");
    }

    #[test]
    fn history_goes_up_and_down_and_back_to_what_was_being_typed() {
        let mut editor = Editor::default();
        for line in ["one", "two", "two", "", "  ", "three"] {
            editor.remember(line);
        }
        editor.types("draft←");
        let shown = "↑↑↑↑↓↓↓↓".chars().map(|key| {
            editor.types(&key.to_string());
            editor.shown()
        });
        assert_eq!(
            shown.collect::<Vec<_>>(),
            ["three|", "two|", "one|", "one|", "two|", "three|", "draft|", "draft|"]
        );
        assert_eq!(editor.types("↑↑!⏎"), [Key::Enter]);
        assert_eq!(editor.empty(), "two!");
        editor.types("↑");
        assert_eq!(
            editor.shown(),
            "three|",
            "a recalled line that was changed left the history as it was"
        );
    }

    #[test]
    fn history_and_line_are_bounded() {
        let mut editor = Editor::default();
        assert_eq!(editor.types("↑↓"), []);
        for number in 0..=MAX_HISTORY {
            editor.remember(&number.to_string());
        }
        editor.types(&"↑".repeat(MAX_HISTORY + 5));
        assert_eq!(editor.shown(), "1|");
        editor.types(&"é".repeat(MAX_TYPED_BYTES));
        assert!(editor.text.len() <= MAX_TYPED_BYTES);
        assert!(editor.overflowed);
    }

    proptest! {
        #[test]
        fn no_keys_put_the_cursor_where_it_cannot_be(
            keys in "[a漢é\u{301}\u{200D}👩🇧🏽 ←→↑↓⇤⇥⌫⌦ⒹⒸⓊⓀⓌⓑⓕⓓⓎⓇⒺ↵⏎]{0,60}",
        ) {
            let mut editor = Editor::default();
            for key in keys.chars() {
                for key in editor.types(&key.to_string()) {
                    if key == Key::Enter {
                        let text = editor.empty();
                        editor.remember(&text);
                    }
                }
                prop_assert!(editor.text.is_char_boundary(editor.cursor));
            }
        }
    }
}
