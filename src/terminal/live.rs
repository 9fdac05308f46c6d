//! An interactive terminal without its I/O: how keys, the line and the screen work together.
//!
//! Keys and lines to show come in. What the person typed goes out, and what to write to the
//! terminal gathers in the [`Screen`]. There is no I/O here, so nothing fails. The terminal keeps
//! a `Live` under its mutex. The reading thread presses the keys; any thread may call the rest.
//!
//! A text of several lines can only come from a paste. The person sees all of it before it is
//! sent, and a question if it is long.

use std::collections::VecDeque;
use std::mem;

use super::area::{AreaContent, PROMPT};
use super::colour::{ShownLine, Tone};
use super::complete::{continuation, listing, matching};
use super::editor::{Editor, MAX_TYPED_BYTES};
use super::keys::{Key, Keys};
use super::screen::Screen;
use super::tty::ScreenSize;

/// A paste of more lines than this is only sent if the person says so.
const MAX_UNASKED_LINES: usize = 5;

/// How long a hint is shown, if no key is pressed.
const HINT_SECONDS: u32 = 5;

/// What a person did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// Typed a line.
    Line(String),
    /// Typed a line that was asked for as a secret. It must not be shown, kept or logged.
    Secret(String),
    /// Pressed Ctrl-C on an empty line: wants to stop something, or to leave.
    Interrupt {
        /// The key before it was one too, and the hint that it led to is still shown.
        again: bool,
    },
    /// Pressed Esc. What was typed is still there.
    Escape,
    /// Pressed F1.
    Help,
    /// Pressed Ctrl-D on an empty line, or the input has ended: leaves.
    End,
}

/// What a line is typed for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To answer a question. The line stays on the screen after its prompt. Every line end in a
    /// paste is an Enter, because each line answers a question of its own.
    #[default]
    Answer,
    /// To be said. The line disappears, and the caller shows it when it comes back. A paste of
    /// several lines stays in the editor until Enter.
    Message,
    /// To answer a question, once, and nothing of it is shown or kept. The next one is an answer.
    Secret,
}

/// Finds out why a line cannot be sent, for the person to read. Called with the terminal locked,
/// so it must not use the terminal.
pub type Check = Box<dyn Fn(&str) -> Option<String> + Send>;

/// Finds what the text before the cursor can be completed to: where the word begins, in bytes, and
/// all its candidates. Called with the terminal locked, so it must not use the terminal.
pub type Completions = Box<dyn Fn(&str) -> (usize, Vec<String>) + Send>;

/// The line being typed, what may be done with it, and the screen that shows it. A change of a
/// public field is seen after [`Live::show`].
#[derive(Default)]
pub struct Live {
    /// What is on the screen.
    pub screen: Screen,
    /// The keys that nobody has used yet.
    pub keys: Keys,
    /// The line being typed, and the history.
    pub editor: Editor,
    /// No key is used until this is false again.
    pub held: bool,
    /// Shown before the prompt: how far a transfer is, or what the line is for.
    pub label: Option<String>,
    /// Shown in a row above the line being typed.
    pub status: Option<String>,
    /// Shown in place of the status, until the next key, or until it is old.
    hint: Option<Hint>,
    /// Asked about every line before it is handed out.
    pub check: Option<Check>,
    /// What Tab does; `None`: nothing.
    pub completions: Option<Completions>,
    purpose: Purpose,
    /// What was typed and not handed out yet.
    typed: VecDeque<Typed>,
    /// The key before, if it was not for the editor.
    last_key: Option<Key>,
    /// The text could not be sent. What is typed right after it is no part of its last line.
    is_refused: bool,
}

struct Hint {
    text: String,
    /// For about how long it has been shown.
    seconds: u32,
}

impl Live {
    /// Begins with an empty line on a screen of this size.
    pub fn new(size: ScreenSize, colours: bool) -> Live {
        Live { screen: Screen::new(size, colours), ..Live::default() }
    }

    /// Says what the line being typed is for, and those after it. A half-typed secret is dropped,
    /// unless the new purpose is a secret too.
    pub fn set_purpose(&mut self, purpose: Purpose) {
        if self.is_secret() && purpose != Purpose::Secret {
            self.empty_secret();
        }
        self.purpose = purpose;
    }

    /// Empties the line being typed and returns what was in it, unless it is a secret.
    pub fn empty_line(&mut self) -> String {
        let text = self.editor.empty();
        if self.is_secret() { String::new() } else { text }
    }

    fn is_secret(&self) -> bool {
        self.purpose == Purpose::Secret
    }

    fn empty_secret(&mut self) -> String {
        self.editor.forget_killed();
        self.editor.empty()
    }

    /// Drops what was typed and not handed out, and the rest of a paste. Tells whether there was a
    /// text.
    pub fn drop_typed_ahead(&mut self) -> bool {
        let had_typed = !self.typed.is_empty();
        self.typed.clear();
        hold_text(self.keys.take_all()) || had_typed
    }

    /// Presses the keys that have come, until one of them is for the caller.
    pub fn press_all(&mut self) -> Option<Typed> {
        if self.held {
            if self.keys.remove(Key::Interrupt) {
                self.drop_typed_ahead();
                self.press(Key::Interrupt);
            } else if self.editor.text().is_empty() && self.keys.take_first(Key::DeleteOrEnd) {
                self.press(Key::DeleteOrEnd);
            } else {
                return None;
            }
        }
        while self.typed.is_empty()
            && let Some(key) = self.keys.next_key()
        {
            self.press(key);
        }
        if mem::take(&mut self.editor.overflowed) {
            self.hint(format!("Only {} KiB fit into a line", MAX_TYPED_BYTES / 1024));
        }
        self.typed.pop_front()
    }

    /// Presses one key. What was typed with it waits in `typed`.
    fn press(&mut self, key: Key) {
        let key = self.edit(key);
        let is_second = mem::replace(&mut self.last_key, key) == key;
        let had_hint = self.hint.take().is_some();
        match key {
            Some(Key::Enter) => self.enter(),
            Some(Key::Tab) => self.complete(is_second),
            Some(Key::ClearScreen) => self.screen.clear(),
            Some(Key::Escape) if self.question().is_some() => self.editor.kill_all(),
            Some(Key::Escape) => self.typed.push_back(Typed::Escape),
            Some(Key::Help) => self.typed.push_back(Typed::Help),
            Some(Key::DeleteOrEnd) => self.typed.push_back(Typed::End),
            Some(Key::Interrupt) => {
                self.typed.push_back(Typed::Interrupt { again: is_second && had_hint });
            }
            // The thread that reads the keys deals with Ctrl-Z.
            _ => {}
        }
    }

    /// Lets the editor press a key, unless the key means something else here. Returns a key that
    /// is not for the editor.
    fn edit(&mut self, key: Key) -> Option<Key> {
        let follows_refused = mem::take(&mut self.is_refused);
        match key {
            Key::Char(_) if follows_refused && self.purpose == Purpose::Message => {
                self.editor.press(Key::End);
                self.editor.press(Key::LineBreak);
                self.editor.press(key)
            }
            Key::LineBreak if self.purpose != Purpose::Message => Some(Key::Enter),
            // These would put something into a secret that the person did not type.
            Key::Up | Key::Down | Key::Tab | Key::Search | Key::Yank if self.is_secret() => None,
            key => self.editor.press(key),
        }
    }

    /// Takes the text that is complete, unless a line of it cannot be sent.
    fn enter(&mut self) {
        let check = self.check.as_ref();
        let refusal = check.and_then(|check| self.editor.text().split('\n').find_map(check));
        self.is_refused = refusal.is_some() && !self.editor.text().is_empty();
        if let Some(why) = refusal {
            return self.hint(why);
        }
        self.screen.mark_typed();
        if self.is_secret() {
            let secret = self.empty_secret();
            self.typed.push_back(Typed::Secret(secret));
            self.purpose = Purpose::Answer;
            return;
        }
        let text = self.editor.empty();
        if self.purpose == Purpose::Answer {
            // First the empty line. Otherwise the text would be there twice for a moment.
            self.show();
            let answers = text.split('\n').map(|line| format!("{PROMPT}{line}"));
            self.screen.print_all(answers.map(|answer| ShownLine::new(Tone::Text, answer)));
        }
        self.typed.extend(text.split('\n').map(|line| Typed::Line(line.to_string())));
    }

    /// Completes the word before the cursor as far as that is certain. If Tab is pressed a second
    /// time and there are several candidates, lists them.
    fn complete(&mut self, is_second: bool) {
        let Some(completions) = &self.completions else { return };
        let before = &self.editor.text()[..self.editor.cursor()];
        let (start, candidates) = completions(before);
        let word = before.get(start..).unwrap_or_default().to_string();
        let matches = matching(candidates, &word);
        let more = continuation(&matches, &word);
        self.editor.insert(more);
        if more.is_empty() && is_second && matches.len() > 1 {
            let lines = listing(matches).into_iter();
            self.screen.print_all(lines.map(|line| ShownLine::new(Tone::Event, line)));
        }
    }

    /// Asks whether a long text is to be sent.
    fn question(&self) -> Option<String> {
        let lines = self.editor.lines();
        (lines > MAX_UNASKED_LINES).then(|| format!("Send {lines} lines? (Enter: yes, Esc: no)"))
    }

    fn status_row(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|hint| hint.text.clone());
        hint.or_else(|| self.question()).or_else(|| self.status.clone())
    }

    /// Shows a hint.
    pub fn hint(&mut self, text: String) {
        self.hint = Some(Hint { text, seconds: 0 });
    }

    /// Ends the hint: the status under it has changed, and it is about that.
    pub fn end_hint(&mut self) {
        self.hint = None;
    }

    /// Ends a hint that is old: the status that it covers may be more important by now. To be
    /// called once a second.
    pub fn age_hint(&mut self) {
        self.hint.iter_mut().for_each(|hint| hint.seconds += 1);
        self.hint.take_if(|hint| hint.seconds > HINT_SECONDS);
    }

    /// Lets the screen show the line being typed as it is now. Of a secret it shows nothing.
    pub fn show(&mut self) {
        let search = self.editor.query().map(|query| format!("search: {query}"));
        let (text, cursor) = match self.is_secret() {
            true => (String::new(), 0),
            false => (self.editor.text().to_string(), self.editor.cursor()),
        };
        self.screen.show(AreaContent {
            status: self.status_row(),
            label: search.or_else(|| self.label.clone()),
            text,
            cursor,
        });
    }
}

/// Tells whether a line, or a text, is the outcome of these keys. It may have been erased again.
fn hold_text(keys: VecDeque<Key>) -> bool {
    let mut editor = Editor::default();
    let mut ends_line = |key| editor.press(key) == Some(Key::Enter) && !editor.empty().is_empty();
    keys.into_iter().any(&mut ends_line) || !editor.text().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live() -> Live {
        Live::new(ScreenSize::default(), false)
    }

    /// All that comes out of pressing `keys`, and what a new screen shows then.
    fn press(live: &mut Live, keys: &str) -> (Vec<Typed>, String) {
        let mut emulator = vt100::Parser::new(24, 80, 0);
        live.screen.leave();
        live.screen.flush();
        live.screen.enter();
        live.screen.clear();
        live.keys.push(keys.as_bytes());
        let mut all = Vec::new();
        loop {
            let typed = live.press_all();
            live.show();
            emulator.process(live.screen.flush().as_bytes());
            match typed {
                Some(typed) => all.push(typed),
                None => return (all, emulator.screen().contents().trim_end().to_string()),
            }
        }
    }

    fn line(text: &str) -> Typed {
        Typed::Line(text.to_string())
    }

    fn secret(text: &str) -> Typed {
        Typed::Secret(text.to_string())
    }

    const INTERRUPT: Typed = Typed::Interrupt { again: false };

    #[test]
    fn lines_typed_at_once_come_one_by_one() {
        let (typed, shown) = press(&mut live(), "one\rtwo\r\rthr");
        assert_eq!(typed, [line("one"), line("two"), line("")]);
        assert_eq!(shown, ">> one\n>> two\n>> \n>> thr");
    }

    #[test]
    fn a_message_disappears_and_only_the_caller_remembers() {
        let mut live = live();
        assert_eq!(press(&mut live, "Room1\r"), (vec![line("Room1")], ">> Room1\n>>".to_string()));
        live.set_purpose(Purpose::Message);
        assert_eq!(press(&mut live, "hey\r"), (vec![line("hey")], ">>".to_string()));
        assert_eq!(press(&mut live, "\x1b[A").1, ">>");
        live.editor.remember("hey");
        assert_eq!(press(&mut live, "\x1b[A").1, ">> hey");
    }

    #[test]
    fn a_line_disappears_before_it_is_handed_out() {
        let mut live = live();
        live.set_purpose(Purpose::Message);
        let mut emulator = vt100::Parser::new(24, 80, 0);
        live.screen.enter();
        for typed in ["hey", "\r"] {
            live.keys.push(typed.as_bytes());
            live.press_all();
            live.show();
            emulator.process(live.screen.flush().as_bytes());
        }
        assert_eq!(emulator.screen().contents(), ">> ", "the caller may take a while");
    }

    #[test]
    fn a_secret_is_not_shown_recalled_or_kept() {
        let mut live = live();
        live.editor.remember("hey");
        live.completions = Some(Box::new(|_| (0, vec!["shown.txt".to_string()])));
        live.set_purpose(Purpose::Secret);
        assert_eq!(press(&mut live, "s\x1b[A\t\t\x12"), (vec![], ">>".to_string()));
        live.set_purpose(Purpose::Secret);
        assert_eq!(press(&mut live, "ecret").0, [], "asked for once more, it goes on");
        assert_eq!(press(&mut live, "s\x01x\r").0, [secret("xsecrets")]);
        live.set_purpose(Purpose::Secret);
        assert_eq!(press(&mut live, "secret\x15s\r").0, [secret("s")]);
        assert_eq!(press(&mut live, "\x19").1, ">>", "what was killed in it is gone");
        assert_eq!(press(&mut live, "\x1b[A").1, ">> hey", "the next line is none");
    }

    #[test]
    fn tab_completes_the_word_and_the_second_one_lists() {
        let mut live = live();
        assert_eq!(press(&mut live, "T\t\t").1, ">> T", "nothing to complete");
        let names = ["TD_work.pdf", "TD_words.odt", "hello.txt"];
        let candidates = move || names.map(str::to_string).to_vec();
        let word = |text: &str| text.rfind(' ').map_or(0, |space| space + 1);
        live.completions = Some(Box::new(move |text| (word(text), candidates())));
        assert_eq!(press(&mut live, "\t").1, ">> TD_wor");
        let listed = "TD_words.odt\nTD_work.pdf\n>> TD_wor";
        assert_eq!(press(&mut live, "\t").1, listed);
        assert_eq!(press(&mut live, "k\t he\t").1, ">> TD_work.pdf hello.txt");
        assert_eq!(
            press(&mut live, "\x01h\t \t\t").1.lines().last(),
            Some(">> hello.txt TD_work.pdf hello.txt")
        );
    }

    #[test]
    fn a_paste_stays_until_enter_and_a_long_one_is_asked_about() {
        let mut live = live();
        live.set_purpose(Purpose::Message);
        let paste = |lines: &[&str]| format!("\x1b[200~{}\r\x1b[201~", lines.join("\r"));
        let (typed, shown) = press(&mut live, &paste(&["a\tb", "c"]));
        assert_eq!((typed, shown.as_str()), (vec![], ">> a    b\nc"));
        assert_eq!(press(&mut live, "\r"), (vec![line("a\tb"), line("c")], ">>".to_string()));

        let six = paste(&["1", "2", "3", "4", "5", "6"]);
        let shown = press(&mut live, &format!("draft {six}")).1;
        assert_eq!(shown.lines().next(), Some("Send 6 lines? (Enter: yes, Esc: no)"));
        assert_eq!(press(&mut live, "\x1b[D").0, [], "other keys do not send it");
        live.keys.push(b"\x1b");
        live.keys.pause();
        assert_eq!(press(&mut live, ""), (vec![], ">>".to_string()));
        assert_eq!(press(&mut live, &format!("{six}\r")).0.len(), 6);
    }

    #[test]
    fn every_line_of_a_pasted_answer_answers_a_question() {
        let mut live = live();
        let (typed, _) = press(&mut live, "\x1b[200~lucas\rpw\r\x1b[201~");
        assert_eq!(typed, [line("lucas")], "the last line waits for its Enter");
    }

    #[test]
    fn the_end_is_taken_while_keys_are_held_if_nothing_waits() {
        let mut live = live();
        live.held = true;
        assert_eq!(press(&mut live, "\x04").0, [Typed::End]);
        assert_eq!(press(&mut live, "5\r\x04").0, []);
        live.held = false;
        assert_eq!(press(&mut live, "").0, [line("5"), Typed::End]);
        press(&mut live, "half");
        live.held = true;
        assert_eq!(press(&mut live, "\x04").0, [], "the line is not empty");
    }

    #[test]
    fn held_keys_wait_unseen_and_can_be_dropped_or_interrupted() {
        let mut live = live();
        live.held = true;
        let held = press(&mut live, "lucas\rsecret\rmore");
        assert_eq!(held, (vec![], ">>".to_string()));
        live.held = false;
        assert_eq!(live.press_all(), Some(line("lucas")));
        live.held = true;
        assert_eq!(press(&mut live, ""), (vec![], ">>".to_string()));
        live.set_purpose(Purpose::Secret);
        live.held = false;
        let secret = vec![secret("secret")];
        assert_eq!(press(&mut live, ""), (secret, ">> more".to_string()));

        live.editor.empty();
        live.held = true;
        assert_eq!(press(&mut live, "dropped\r\x03dropped too\r").0, [INTERRUPT]);
        live.held = false;
        assert_eq!(press(&mut live, ""), (vec![], ">>".to_string()));
        live.held = true;
        for (keys, is_text) in
            [("\r\x04\x1b[A", false), ("q\x15", false), ("q", true), ("q\r", true)]
        {
            press(&mut live, keys);
            assert_eq!(live.drop_typed_ahead(), is_text, "{keys:?}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_sent_stays_with_its_reason() {
        let mut live = live();
        let too_long =
            |text: &str| (text.len() > 3).then(|| format!("{} too long", text.len() - 3));
        live.check = Some(Box::new(too_long));
        assert_eq!(press(&mut live, "hello\r"), (vec![], "2 too long\n>> hello".to_string()));
        assert_eq!(press(&mut live, "\x7f\x7f").1, ">> hel", "the hint is gone");
        assert_eq!(press(&mut live, "\r").0, [line("hel")]);
    }

    #[test]
    fn what_is_typed_after_a_message_that_stays_is_a_line_of_its_own() {
        let mut live = live();
        live.set_purpose(Purpose::Message);
        live.check = Some(Box::new(|_| Some("not now".to_string())));
        assert_eq!(press(&mut live, "one\rtwo\r\r").1, "not now\n>> one\ntwo");
        assert_eq!(press(&mut live, "\x7fo three").1, ">> one\ntwo three", "it was edited");
        assert_eq!(press(&mut live, "\x15\x15\rnew\r").1, "not now\n>> new", "nothing stayed");
        press(&mut live, "\x15one\rtwo three");
        live.check = None;
        assert_eq!(press(&mut live, "\r").0, [line("one"), line("two three")]);
    }

    #[test]
    fn only_two_interrupts_in_a_row_are_one_again() {
        let mut live = live();
        let again = [Typed::Interrupt { again: true }];
        let mut interrupt = |keys| {
            let typed = press(&mut live, keys).0;
            live.hint("Once more?".to_string());
            typed
        };
        assert_eq!(interrupt("x\x03\x03"), [INTERRUPT]);
        assert_eq!(interrupt("\x03"), again);
        assert_eq!(interrupt("\x03"), again);
        assert_eq!(interrupt("x\x7f\x03"), [INTERRUPT]);
        live.end_hint();
        assert_eq!(press(&mut live, "\x03").0, [INTERRUPT], "nobody reads that one more counts");
    }

    #[test]
    fn a_hint_covers_the_status_until_the_next_key_or_some_seconds() {
        let mut live = live();
        live.status = Some("waiting for bob".to_string());
        assert_eq!(press(&mut live, "").1, "waiting for bob\n>>");
        let hint = "Press Ctrl-C again to leave";
        live.hint(hint.to_string());
        assert_eq!(press(&mut live, "").1, format!("{hint}\n>>"));
        assert_eq!(press(&mut live, "x").1, "waiting for bob\n>> x");
        live.status = None;
        assert_eq!(press(&mut live, "\x12y").1, "[search: y] >>");

        live.hint(hint.to_string());
        (0..HINT_SECONDS).for_each(|_| live.age_hint());
        assert_eq!(press(&mut live, "").1, format!("{hint}\n[search: y] >>"));
        live.age_hint();
        assert_eq!(press(&mut live, "").1, "[search: y] >>", "it may have covered something");
    }
}
