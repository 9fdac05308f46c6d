//! The line being typed: its text, its cursor, its history. Keys come in, [`Step`]s go out.
//!
//! Nothing here knows a terminal. [`Editor::press`] changes the line and returns what is left for
//! the caller to do; then the screen paints [`Editor::text`] and [`Editor::cursor`]. No I/O,
//! nothing fails. The terminal keeps the editor under its mutex.

use std::collections::VecDeque;

use super::keys::Key;
use super::width::{next_boundary, previous_boundary};

/// Longest line that can be typed, in bytes. Far more than the protocol takes, which its sender
/// says better than an editor that goes dead; this bound is for a file that is pasted by mistake.
pub const MAX_TYPED_BYTES: usize = 64 * 1024;

/// Most lines that the history holds.
const MAX_HISTORY: usize = 200;

/// What a key leaves for the caller to do. The line may have changed in any case.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing more: go on typing.
    Edit,
    /// The line is complete, and the editor empty again.
    Line(String),
    /// Ctrl-C on an empty line.
    Interrupt,
    /// Ctrl-D on an empty line.
    End,
    /// A name is to be completed.
    Complete,
    /// The screen is to be cleared.
    ClearScreen,
}

/// A line with a cursor in it.
#[derive(Debug, Default)]
pub struct Editor {
    text: String,
    /// Where the next character goes, in bytes.
    cursor: usize,
    /// What was typed before, the oldest first.
    history: VecDeque<String>,
    /// While a line of the history is shown: which one, and what was being typed before that.
    recalled: Option<(usize, String)>,
}

impl Editor {
    /// The line as it stands.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where in the line the cursor is, in bytes.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Puts `more` in at the cursor, and the cursor behind it. Beyond [`MAX_TYPED_BYTES`] it is
    /// dropped.
    pub fn insert(&mut self, more: &str) {
        if self.text.len() + more.len() <= MAX_TYPED_BYTES {
            self.text.insert_str(self.cursor, more);
            self.cursor += more.len();
        }
    }

    /// Keeps `line` for [`Key::Up`], unless it is blank or the same as the last one.
    pub fn remember(&mut self, line: &str) {
        if line.trim().is_empty() || self.history.back().is_some_and(|last| last == line) {
            return;
        }
        if self.history.len() == MAX_HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(line.to_string());
    }

    /// Does what `key` means here.
    pub fn press(&mut self, key: Key) -> Step {
        match key {
            Key::Char(c) => self.insert(c.encode_utf8(&mut [0; 4])),
            Key::Left => self.cursor = previous_boundary(&self.text, self.cursor),
            Key::Right => self.cursor = next_boundary(&self.text, self.cursor),
            Key::Home => self.cursor = 0,
            Key::End => self.cursor = self.text.len(),
            Key::Backspace => self.delete_back_to(previous_boundary(&self.text, self.cursor)),
            Key::KillBefore => self.delete_back_to(0),
            Key::KillWord => self.delete_back_to(self.word_start()),
            Key::KillAfter => self.text.truncate(self.cursor),
            Key::Delete => self.delete(),
            Key::Up => self.recall_older(),
            Key::Down => self.recall_newer(),
            Key::DeleteOrEnd if self.text.is_empty() => return Step::End,
            Key::DeleteOrEnd => self.delete(),
            Key::Interrupt if self.text.is_empty() => return Step::Interrupt,
            Key::Interrupt => drop(self.take_line()),
            Key::Enter => return Step::Line(self.take_line()),
            Key::Tab => return Step::Complete,
            Key::ClearScreen => return Step::ClearScreen,
        }
        Step::Edit
    }

    /// Empties the line and gives what was in it.
    fn take_line(&mut self) -> String {
        self.cursor = 0;
        self.recalled = None;
        std::mem::take(&mut self.text)
    }

    /// Deletes the cluster under the cursor.
    fn delete(&mut self) {
        self.text.drain(self.cursor..next_boundary(&self.text, self.cursor));
    }

    /// Deletes from `start` to the cursor.
    fn delete_back_to(&mut self, start: usize) {
        self.text.drain(start..self.cursor);
        self.cursor = start;
    }

    /// Finds where the word before the cursor begins; the spaces behind the word go with it.
    fn word_start(&self) -> usize {
        let before = self.text[..self.cursor].trim_end();
        let space = before.char_indices().rev().find(|(_, c)| c.is_whitespace());
        space.map_or(0, |(at, c)| at + c.len_utf8())
    }

    fn recall_older(&mut self) {
        let (index, draft) = match self.recalled.take() {
            Some(recalled) => recalled,
            None => (self.history.len(), self.text.clone()),
        };
        // At the oldest line it stays there; with no history there is nothing to show.
        if let Some(line) = self.history.get(index.saturating_sub(1)) {
            self.text = line.clone();
            self.cursor = self.text.len();
            self.recalled = Some((index.saturating_sub(1), draft));
        }
    }

    fn recall_newer(&mut self) {
        let Some((index, draft)) = self.recalled.take() else {
            return;
        };
        match self.history.get(index + 1) {
            Some(line) => {
                self.text = line.clone();
                self.recalled = Some((index + 1, draft));
            }
            // Behind the newest line stands what was being typed.
            None => self.text = draft,
        }
        self.cursor = self.text.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Editor {
        /// Types letters, and keys given by the character that stands for them in `tests::KEYS`.
        fn types(&mut self, keys: &str) -> Vec<Step> {
            let key =
                |c| KEYS.iter().find(|(name, _)| *name == c).map_or(Key::Char(c), |&(_, key)| key);
            keys.chars().map(|c| self.press(key(c))).filter(|step| *step != Step::Edit).collect()
        }

        /// The line with a `|` where the cursor is.
        fn shown(&self) -> String {
            format!("{}|{}", &self.text[..self.cursor], &self.text[self.cursor..])
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
        ('Ⓦ', Key::KillWord),
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
    fn a_line_is_handed_out_once_and_leaves_nothing() {
        let mut editor = Editor::default();
        let line = |text: &str| Step::Line(text.to_string());
        assert_eq!(editor.types("oi⏎⏎abc⇤⏎"), [line("oi"), line(""), line("abc")]);
        assert_eq!(editor.shown(), "|");
    }

    #[test]
    fn on_an_empty_line_two_keys_mean_leaving() {
        let mut editor = Editor::default();
        assert_eq!(editor.types("abⒸⒸ"), [Step::Interrupt], "the first one cleared the line");
        assert_eq!(editor.types("ab⇤ⒹⒹⒹ"), [Step::End], "the first two deleted");
        assert_eq!(editor.types("abⓁ"), [Step::ClearScreen]);
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
        assert_eq!(editor.types("↑↑!⏎"), [Step::Line("two!".to_string())]);
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
    }

    proptest! {
        #[test]
        fn no_keys_put_the_cursor_where_it_cannot_be(
            keys in "[a漢é\u{301}\u{200D}👩🇧🏽 ←→↑↓⇤⇥⌫⌦ⒹⒸⓊⓀⓌ⏎]{0,60}",
        ) {
            let mut editor = Editor::default();
            for key in keys.chars() {
                for step in editor.types(&key.to_string()) {
                    if let Step::Line(line) = step {
                        editor.remember(&line);
                    }
                }
                prop_assert!(editor.text.is_char_boundary(editor.cursor));
            }
        }
    }
}
