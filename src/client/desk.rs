//! What the terminal does with the next line, depending on whose turn it is.
//!
//! While the server has the turn, the terminal holds what is typed, unread and unseen: it could be
//! a password. When a question opens, the line becomes its answer, or a secret; in a room it
//! becomes a message. While the connection is lost, a half-typed message can still be edited, but
//! Enter leaves it where it is. Tab completes what fits.
//!
//! `dialogue` calls this under its mutex, so a change of turn and what the terminal does with a
//! key never disagree.

use std::sync::Arc;

use super::completion::{of_files, of_message};
use super::talk::Turn;
use crate::folder::Folder;
use crate::protocol::{MAX_LINE_BYTES, Question, Request};
use crate::terminal::{Check, Purpose, Terminal, Tone};

/// The place where a person types.
pub struct Desk {
    terminal: Arc<Terminal>,
    folder: Arc<Folder>,
}

impl Desk {
    /// Begins with the server's turn.
    pub fn new(terminal: Arc<Terminal>, folder: Arc<Folder>) -> Desk {
        terminal.hold(true);
        Desk { terminal, folder }
    }

    /// Tells whether the terminal can hold what is typed ahead.
    pub fn holds_lines(&self) -> bool {
        self.terminal.is_interactive()
    }

    /// Sets whose turn it is. `people`: the names that Tab completes in a message.
    pub fn set_turn(&self, turn: Turn, people: &[String]) {
        self.prepare(turn, people);
        // A half-typed message can be edited while we are away.
        if turn != Turn::Away {
            self.terminal.hold(turn == Turn::Wait);
        }
    }

    /// Lets the terminal treat the next line as what it will be, before it is taken.
    pub fn prepare(&self, turn: Turn, people: &[String]) {
        self.terminal.set_check(check(turn == Turn::Away));
        match turn {
            Turn::Answer(question) => {
                let is_secret = question.is_secret();
                let purpose = if is_secret { Purpose::Secret } else { Purpose::Answer };
                self.terminal.set_purpose(purpose);
                let is_file = question == Question::File;
                let completions = is_file.then(|| of_files(Arc::clone(&self.folder)));
                self.terminal.set_completions(completions);
            }
            Turn::Message => {
                self.terminal.set_purpose(Purpose::Message);
                let completions = of_message(people.to_vec(), Arc::clone(&self.folder));
                self.terminal.set_completions(Some(completions));
            }
            Turn::Wait | Turn::Away => {}
        }
    }

    /// The connection is lost. A half-typed message stays; an answer means nothing without its
    /// question. What is typed from now on is a message, if the way back `leads_to_room`. Returns
    /// whether an answer, or what was typed ahead, is dropped.
    pub fn close(&self, was_message: bool, leads_to_room: bool) -> bool {
        let mut was_typing = false;
        if !was_message {
            self.terminal.hold(true);
            was_typing = !self.terminal.empty_line().is_empty();
            was_typing |= self.terminal.drop_typed_ahead();
        }
        if leads_to_room {
            self.prepare(Turn::Message, &[]);
        }
        self.terminal.set_check(check(true));
        self.terminal.hold(!was_message && !leads_to_room);
        was_typing
    }

    /// Drops what was typed ahead, and says so.
    pub fn drop_typed_ahead(&self) {
        if self.terminal.drop_typed_ahead() {
            // If nobody reads it, the next line that is printed finds that out.
            let said = "What you typed last was not sent: it could have been for another question";
            let _ = self.terminal.print(Tone::Notice, said);
        }
    }

    /// Puts a half-typed message into the history: what is asked now is something else.
    pub fn put_draft_aside(&self) {
        let draft = self.terminal.empty_line();
        if !draft.is_empty() {
            self.terminal.remember(&draft);
            let said = "What you were typing is in the history: press Up in a room";
            let _ = self.terminal.print(Tone::Notice, said);
        }
    }
}

/// Says why a line can't be sent. The line then stays in the editor.
fn check(is_away: bool) -> Check {
    Box::new(move |line| {
        let bytes = Request::Text(line.to_string()).to_string().len();
        match bytes.checked_sub(MAX_LINE_BYTES) {
            Some(over @ 1..) => Some(format!("This line is {over} bytes too long to be sent")),
            _ if is_away && line.is_empty() => Some("Not connected".to_string()),
            _ if is_away => {
                Some("Not connected, not sent: this line is kept until you are back".to_string())
            }
            _ => None,
        }
    })
}
