//! An interactive terminal without its I/O: how keys, the line and the screen work together.
//!
//! Keys and lines to show come in. What to write to the terminal, and what the person typed, go
//! out. There is no I/O here, so nothing fails. The terminal keeps a `Live` under its mutex and
//! writes what it returns. The reading thread presses the keys; any thread may call the rest.

use super::area::{AreaContent, PROMPT};
use super::colour::{ShownLine, Tone};
use super::complete::{Candidate, continuation, listing, matching};
use super::editor::{Editor, Step};
use super::keys::{Key, Keys};
use super::screen::Screen;
use super::tty::ScreenSize;

/// What a person did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// Typed a line.
    Line(String),
    /// Typed a line that was asked for as a secret: it is not to be shown, kept or logged.
    Secret(String),
    /// Pressed Ctrl-C on an empty line: stop what is under way, or leave.
    Interrupt,
    /// Pressed Ctrl-D on an empty line, or the input ended: leave.
    End,
}

/// Who shows a line that was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Echo {
    /// The terminal, at once: an answer to a question, which stays behind its prompt.
    Here,
    /// The server, which sends what is said in a room to everyone there, its author included, in
    /// one order. So the line vanishes when it is complete. Only such lines are kept in the
    /// history: an answer can be a password that was typed ahead of its question.
    ByServer,
}

/// Names what can be completed. Called with the terminal locked, so it must not use it.
pub type Completions = Box<dyn Fn() -> Vec<Candidate> + Send>;

/// The line being typed, what may be done with it, and the screen that shows it.
pub struct Live {
    screen: Screen,
    editor: Editor,
    echo: Echo,
    /// The line being typed is a secret: nothing of it is shown.
    secret: bool,
    progress: Option<String>,
    completions: Option<Completions>,
    /// Whether the last key was Tab: the second one lists.
    tab_before: bool,
}

impl Live {
    /// Begins with an empty line on a screen of this size.
    pub fn new(size: ScreenSize, colours: bool) -> Live {
        Live {
            screen: Screen::new(size, colours),
            editor: Editor::default(),
            echo: Echo::Here,
            secret: false,
            progress: None,
            completions: None,
            tab_before: false,
        }
    }

    /// The screen, for what has nothing to do with the line being typed.
    pub fn screen(&mut self) -> &mut Screen {
        &mut self.screen
    }

    /// Says who shows the lines typed from now on.
    pub fn set_echo(&mut self, echo: Echo) {
        self.echo = echo;
    }

    /// Makes the line being typed a secret.
    pub fn hide(&mut self) -> String {
        self.secret = true;
        self.show()
    }

    /// Shows how far a transfer is, or no longer shows it.
    pub fn set_progress(&mut self, progress: Option<String>) -> String {
        self.progress = progress;
        self.show()
    }

    /// Lets Tab complete what `completions` names.
    pub fn set_completions(&mut self, completions: Option<Completions>) {
        self.completions = completions;
    }

    /// Presses the keys that have come, until one of them is for the caller. What they leave is
    /// painted once.
    pub fn press_all(&mut self, keys: &mut Keys) -> (String, Option<Typed>) {
        let mut out = String::new();
        while let Some(key) = keys.next_key() {
            let tab_before = std::mem::replace(&mut self.tab_before, key == Key::Tab);
            let typed = match self.editor_step(key) {
                Step::Edit => continue,
                Step::Complete => {
                    out += &self.complete(tab_before);
                    continue;
                }
                Step::ClearScreen => {
                    out += &self.screen.clear();
                    continue;
                }
                Step::Line(line) => {
                    let (echoed, typed) = self.finish(line);
                    out += &echoed;
                    typed
                }
                Step::Interrupt => Typed::Interrupt,
                Step::End => Typed::End,
            };
            return (out + &self.show(), Some(typed));
        }
        (out + &self.show(), None)
    }

    /// Presses one key, unless it would put something into a secret that the person did not type.
    fn editor_step(&mut self, key: Key) -> Step {
        if self.secret && matches!(key, Key::Up | Key::Down | Key::Tab) {
            Step::Edit
        } else {
            self.editor.press(key)
        }
    }

    /// Does with a complete line what its kind asks for.
    fn finish(&mut self, line: String) -> (String, Typed) {
        if std::mem::take(&mut self.secret) {
            return (String::new(), Typed::Secret(line));
        }
        let echoed = match self.echo {
            Echo::ByServer => {
                self.editor.remember(&line);
                String::new()
            }
            Echo::Here => {
                // First the empty line, or what was typed would stand there twice for a moment.
                let emptied = self.show();
                let answer = format!("{PROMPT}{line}");
                emptied + &self.screen.print_all([ShownLine::new(Tone::Text, &answer)])
            }
        };
        (echoed, Typed::Line(line))
    }

    /// Completes the name that was typed as far as that is certain; if it was asked twice and
    /// there are several that it could be, lists them.
    fn complete(&mut self, asked_before: bool) -> String {
        let typed = self.editor.text().to_string();
        let Some(completions) = &self.completions else {
            return String::new();
        };
        if self.editor.cursor() < typed.len() {
            return String::new();
        }
        let matches = matching(completions(), &typed);
        let more = continuation(&matches, &typed);
        self.editor.insert(more);
        if !more.is_empty() || !asked_before || matches.len() < 2 {
            return String::new();
        }
        let lines = listing(&matches);
        self.screen.print_all(lines.iter().map(|line| ShownLine::new(Tone::Event, line)))
    }

    /// Shows the line being typed as it is now, or nothing of it if it is a secret.
    fn show(&mut self) -> String {
        let progress = self.progress.clone();
        self.screen.show(if self.secret {
            AreaContent { progress, ..AreaContent::default() }
        } else {
            AreaContent {
                progress,
                text: self.editor.text().to_string(),
                cursor: self.editor.cursor(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live() -> Live {
        Live::new(ScreenSize::DEFAULT, false)
    }

    /// All that comes out of pressing `keys`, and what the screen shows then.
    fn press(live: &mut Live, keys: &str) -> (Vec<Typed>, String) {
        let mut emulator = vt100::Parser::new(24, 80, 0);
        emulator.process(live.screen().clear().as_bytes());
        let mut pressed = Keys::default();
        pressed.push(keys.as_bytes());
        let mut all = Vec::new();
        loop {
            let (out, typed) = live.press_all(&mut pressed);
            emulator.process(out.as_bytes());
            match typed {
                Some(typed) => all.push(typed),
                None => return (all, emulator.screen().contents().trim_end().to_string()),
            }
        }
    }

    fn line(text: &str) -> Typed {
        Typed::Line(text.to_string())
    }

    #[test]
    fn lines_pasted_at_once_come_one_by_one() {
        let (typed, shown) = press(&mut live(), "one\rtwo\r\rthr");
        assert_eq!(typed, [line("one"), line("two"), line("")]);
        assert_eq!(shown, ">> one\n>> two\n>> \n>> thr");
    }

    #[test]
    fn what_the_server_echoes_vanishes_and_is_remembered() {
        let mut live = live();
        assert_eq!(press(&mut live, "Room1\r"), (vec![line("Room1")], ">> Room1\n>>".to_string()));
        live.set_echo(Echo::ByServer);
        assert_eq!(press(&mut live, "hey\r"), (vec![line("hey")], ">>".to_string()));
        assert_eq!(
            press(&mut live, "\x1b[A\x1b[A").1,
            ">> hey",
            "the answer to a question is not"
        );
    }

    #[test]
    fn a_line_vanishes_before_it_is_handed_out() {
        let mut live = live();
        live.set_echo(Echo::ByServer);
        let mut emulator = vt100::Parser::new(24, 80, 0);
        let mut keys = Keys::default();
        for typed in ["hey", "\r"] {
            keys.push(typed.as_bytes());
            emulator.process(live.press_all(&mut keys).0.as_bytes());
        }
        assert_eq!(emulator.screen().contents(), ">> ", "whoever gets it may take a while");
    }

    #[test]
    fn a_secret_is_not_shown_recalled_or_remembered() {
        let mut live = live();
        live.set_echo(Echo::ByServer);
        press(&mut live, "hey\r");
        live.set_completions(Some(Box::new(|| vec![("shown.txt".into(), "5 B".into())])));
        live.hide();
        assert_eq!(press(&mut live, "s\x1b[A\t\t"), (vec![], ">>".to_string()));
        assert_eq!(press(&mut live, "\r").0, [Typed::Secret("s".to_string())]);
        assert_eq!(press(&mut live, "\x1b[A").1, ">> hey", "the next line is none");
    }

    #[test]
    fn tab_completes_and_the_second_one_lists() {
        let mut live = live();
        assert_eq!(press(&mut live, "T\t\t").1, ">> T", "nothing to complete");
        let names = ["TD_work.pdf", "TD_words.odt", "hello.txt"];
        let candidates = move || names.map(|name| (name.to_string(), "5 B".to_string())).to_vec();
        live.set_completions(Some(Box::new(candidates)));
        assert_eq!(press(&mut live, "\t").1, ">> TD_wor");
        assert_eq!(press(&mut live, "\t").1, "TD_words.odt  5 B\nTD_work.pdf   5 B\n>> TD_wor");
        assert_eq!(
            press(&mut live, "\x01\t\t\x05k\t").1,
            ">> TD_work.pdf",
            "only at the line's end"
        );
        assert_eq!(
            press(&mut live, "\t\t").1,
            ">> TD_work.pdf",
            "there is nothing to choose from"
        );
    }
}
