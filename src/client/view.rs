//! What the person sees of one connection: the server's texts and its places, one after the other.
//!
//! In come the texts, the questions and the places that the receiving thread has read; lines for
//! the terminal go out, all of one read at once. What the server says before its first `$at` is
//! for people on raw connections and is not shown, unless `$bye` follows: then it says why we
//! can't come in. While the autopilot leads the way back after a loss, nothing is shown either.
//! The protocol carries no time, so after a long silence nobody knows when what comes next was
//! said, and the person is told so. Only printing can fail, and that ends the program.

use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::dialogue::Hearing;
use super::ending::Ending;
use super::shared::Client;
use super::talk::Heard;
use super::tone::{RECEIPT_MARK, dress};
use super::upload::{give_up_waiting, go_on};
use crate::protocol::{Place, Question};
use crate::terminal::{ShownLine, Tone};

/// After this long without a byte from the server, though it was sent a `$ping`, the person reads
/// so.
const LONG_SILENCE: Duration = Duration::from_secs(20);

/// What a person reads whose account was removed meanwhile.
const UNKNOWN: &str =
    "Connected again, but nobody has your name here any more. Please go on by hand:";

/// What a person reads whose name is in use, and not only for a moment.
const ELSEWHERE: &str = "Connected again, but your name is in use here. Please go on by hand:";

/// The most lines that are kept while they are not to be shown.
const MAX_KEPT_LINES: usize = 50;

/// What the person sees of one connection.
pub struct View<'a> {
    client: &'a Arc<Client>,
    /// Text that is not shown yet.
    unshown: Vec<ShownLine>,
    /// What the server has shown last.
    place: Option<Place>,
    /// The person waits to hear that the connection is back.
    is_back: bool,
    /// The last look at the clock showed a status.
    has_status: bool,
}

impl<'a> View<'a> {
    /// Begins before the first place. `is_back`: another connection was lost before.
    pub fn new(client: &'a Arc<Client>, is_back: bool) -> View<'a> {
        View { client, unshown: Vec::new(), place: None, is_back, has_status: false }
    }

    /// Whether the server has shown a place.
    pub fn is_in(&self) -> bool {
        self.place.is_some()
    }

    /// Handles `$at`.
    pub fn arrive(&mut self, place: Place) {
        self.show();
        self.unshown.clear();
        self.place = Some(place.clone());
        let dialogue = &self.client.dialogue;
        give_up_waiting(self.client, "you left the room");
        // A person who comes back into the room keeps the same screen.
        if !dialogue.is_quiet() {
            self.client.terminal.clear();
        }
        let misses_lock = dialogue.enter(place);
        if !dialogue.is_quiet() && self.say_back("Connected again") && self.is_in_room() {
            let missing = "What was said or sent meanwhile did not come here";
            self.client.print(Tone::Notice, missing);
            if misses_lock {
                let other = "This room has no password now: it may be another room of that name";
                self.client.print(Tone::Error, other);
            }
        }
    }

    fn is_in_room(&self) -> bool {
        matches!(self.place, Some(Place::Room(_)))
    }

    /// Says once that the connection is back, if it was lost. Returns whether it did.
    fn say_back(&mut self, said: &str) -> bool {
        let is_back = mem::take(&mut self.is_back);
        if is_back {
            self.client.terminal.set_status(None);
            self.client.print(Tone::Notice, said);
        }
        is_back
    }

    /// Takes in a text.
    ///
    /// # Errors
    /// If the autopilot wants another connection.
    pub fn hear(&mut self, text: String) -> Result<(), Ending> {
        if !self.is_in() {
            self.keep(text);
            return Ok(());
        }
        let client = self.client;
        match client.dialogue.hear(&text) {
            Hearing::Text(_) if client.dialogue.is_quiet() => self.keep(text),
            Hearing::Text(Heard::Text) if self.show_as_status(&text) => {}
            Hearing::Text(heard) => {
                if matches!(heard, Heard::Message { names_me: true, .. }) && client.config.rings {
                    client.terminal.ring();
                }
                self.unshown.push(dress(&text, &heard, client.clock));
            }
            Hearing::Answered(answer) => {
                let echo = answer.map(|answer| format!(">> {answer}"));
                let lines = [text].into_iter().chain(echo);
                self.unshown.extend(lines.map(|line| ShownLine::new(Tone::Text, line)));
            }
            Hearing::TooEarly => return Err(Ending::TooEarly),
            Hearing::Prompt(Question::File) if go_on(client) => {}
            Hearing::Prompt(question) => {
                self.unshown.push(ShownLine::new(Tone::Text, text));
                self.say_back(match question {
                    Question::NewPassword => UNKNOWN,
                    Question::TakeOver => ELSEWHERE,
                    _ => "Connected again. Please go on by hand from here:",
                });
                self.show();
                client.dialogue.open_question();
            }
        }
        Ok(())
    }

    /// Keeps a text that is perhaps to be shown later.
    fn keep(&mut self, text: String) {
        if self.unshown.len() == MAX_KEPT_LINES {
            self.unshown.remove(0);
        }
        self.unshown.push(ShownLine::new(Tone::Text, text));
    }

    /// Makes a receipt the status if it is not the last one of its file: others still have to
    /// answer. The last one ends that status. `false`: the text is to be shown like any other.
    fn show_as_status(&self, text: &str) -> bool {
        let Some(receipt) = text.strip_prefix(RECEIPT_MARK) else {
            return false;
        };
        let now = Instant::now();
        let is_pending = self.client.uploads.note_receipt(receipt, now);
        self.client.terminal.set_status(self.client.uploads.status(now));
        is_pending && self.client.terminal.is_interactive()
    }

    /// Shows the text that has come, unless the person is to see nothing now.
    pub fn show(&mut self) {
        if self.is_in() && !self.client.dialogue.is_quiet() {
            self.show_all();
        }
    }

    /// Shows the text that has come.
    pub fn show_all(&mut self) {
        if !self.unshown.is_empty() {
            self.client.print_all(mem::take(&mut self.unshown));
        }
    }

    // -- What does not come.

    /// The server has said something, after so long. A script is told nothing of it.
    pub fn end_silence(&mut self, silence: Duration) {
        if silence >= LONG_SILENCE {
            // At once, and not at the next look at the clock: the status says that nothing comes.
            self.client.terminal.set_status(self.client.uploads.status(Instant::now()));
        }
        let is_read = self.client.dialogue.is_by_person;
        if is_read && silence >= LONG_SILENCE && self.is_in_room() {
            let said = "what comes now may have been said earlier";
            let told = format!("Nothing was heard for {} s: {said}", silence.as_secs());
            self.unshown.push(ShownLine::new(Tone::Notice, told));
        }
    }

    /// Says which messages are late, and shows as the status that the server does not answer, or
    /// who is awaited, while that is so. A script is told nothing of it.
    pub fn show_status(&mut self, silence: Duration, now: Instant) {
        let dialogue = &self.client.dialogue;
        if !dialogue.is_by_person || dialogue.is_quiet() {
            return;
        }
        for message in dialogue.report_late(now) {
            self.client.print(Tone::Notice, &format!("Perhaps not delivered yet: {message}"));
        }
        let said = match dialogue.late_answer(now) {
            _ if silence >= LONG_SILENCE => {
                Some(format!("Nothing has come from the server for {} s", silence.as_secs()))
            }
            Some(answer) => Some(format!("Not answered yet: {answer}")),
            None => self.client.uploads.status(now),
        };
        if said.is_some() || self.has_status {
            self.has_status = said.is_some();
            self.client.terminal.set_status(said);
        }
    }
}
