//! The lines that were sent and have no answer yet, the oldest first.
//!
//! A question takes the oldest line as its answer, and the server reacts to that by its next
//! `$ask` or `$at`. In a room a line is a message, and is answered when it comes back; the server
//! keeps the order, so everything before it is answered too. After `%` and `!` the client sends a
//! `$ping`, whose `$pong` says that they were answered. What has no answer is late after 3 s, and
//! lost with the connection. A line that may be a password is never shown. Plain data.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::name::FileName;
use crate::text::clean;

/// What has no answer for so long is shown as late.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);

/// Lines without an answer.
#[derive(Default)]
pub struct SentLines {
    /// Messages, and what was sent before its question came.
    pub lines: VecDeque<SentLine>,
    /// The answer to the last question, until the server reacts to it.
    pub answer: Option<SentLine>,
}

/// A line that was sent.
pub struct SentLine {
    /// What was sent, or what may be shown instead.
    pub text: String,
    /// The file that it was sent for.
    file: Option<FileName>,
    /// When it was sent.
    pub at: Instant,
    kind: SentFor,
    /// The person has been told that it is late.
    is_told: bool,
}

/// What a line was sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentFor {
    /// To be said to the room.
    Message,
    /// A command of the room, or an answer that is no secret.
    Answer,
    /// `%` or `!`. So many `$pong`s say that it was answered.
    Pinged(u32),
    /// A script's line that was sent before its question came. It may be a password.
    Hidden,
}

impl SentLines {
    /// The last line was sent for this file. The person has not typed it.
    pub fn note_file(&mut self, file: FileName) {
        if let Some(line) = self.lines.back_mut() {
            line.file = Some(file);
        }
    }

    /// Whether all is answered.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.answer.is_none()
    }

    /// Removes the lines up to this command. `false`: it is not there.
    pub fn remove_through(&mut self, command: &str) -> bool {
        self.remove_to(|line| line.text == command)
    }

    /// A `$pong` has come.
    pub fn hear_pong(&mut self) {
        for line in &mut self.lines {
            if let SentFor::Pinged(pongs) = &mut line.kind {
                *pongs = pongs.saturating_sub(1);
            }
        }
        self.lines.retain(|line| line.kind != SentFor::Pinged(0));
    }

    /// The room is left: nothing that was sent to it is answered any more.
    pub fn leave_room(&mut self) {
        if !self.remove_through("@") {
            self.lines.clear();
        }
    }

    /// Removes a message that was said, and all before it: those were not said.
    pub fn confirm(&mut self, said: &str) {
        if !self.remove_to(|line| clean(&line.text) == said) {
            // The server has cleaned more of it than we know.
            self.lines.pop_front();
        }
    }

    fn remove_to(&mut self, is_last: impl Fn(&SentLine) -> bool) -> bool {
        let at = self.lines.iter().position(is_last);
        at.map(|at| self.lines.drain(..=at)).is_some()
    }

    /// Tells whether an `@` or a `!` is among these. Then it is not certain that a line after them
    /// is said to the room.
    pub fn leaves_room(&self) -> bool {
        self.lines.iter().any(|line| matches!(line.text.as_str(), "@" | "!"))
    }

    /// Names the messages that should have come back by now, each once.
    pub fn report_late(&mut self, now: Instant) -> Vec<String> {
        let is_new = |line: &&mut SentLine| {
            line.kind == SentFor::Message && !line.is_told && line.is_late(now)
        };
        let report = |line: &mut SentLine| {
            line.is_told = true;
            line.text.clone()
        };
        self.lines.iter_mut().filter(is_new).map(report).collect()
    }

    /// Names the oldest line that is late and is no message.
    pub fn late_answer(&self, now: Instant) -> Option<String> {
        let mut all = self.answer.iter().chain(&self.lines);
        let late = all.find(|line| line.kind != SentFor::Message && line.is_late(now));
        late.map(SentLine::shown)
    }

    /// Says of each message that has not come back that it was perhaps lost.
    pub fn undelivered(&self) -> Vec<String> {
        let messages = self.lines.iter().filter(|line| line.kind == SentFor::Message);
        messages.map(|line| perhaps_not_delivered(&line.text)).collect()
    }

    /// Forgets all of them, and says for each that it was perhaps lost. What a script has sent
    /// before it was in the room is a message too, up to an `@`. What was sent for a file is not
    /// named: the file is.
    pub fn lose(&mut self, in_room: bool) -> Vec<String> {
        let mut is_said = in_room;
        let tell = |line: SentLine| {
            is_said &= line.text != "@";
            match line.kind {
                SentFor::Message | SentFor::Hidden if is_said => perhaps_not_delivered(&line.text),
                _ => format!("Not answered: {}", line.shown()),
            }
        };
        let all = self.answer.take().into_iter().chain(self.lines.drain(..));
        all.filter(|line| line.file.is_none()).map(tell).collect()
    }
}

impl SentLine {
    /// A line that is about to be sent.
    pub fn new(text: &str, kind: SentFor, at: Instant) -> SentLine {
        SentLine { text: text.to_string(), file: None, at, kind, is_told: false }
    }

    fn is_late(&self, now: Instant) -> bool {
        now - self.at >= ANSWER_TIMEOUT
    }

    fn shown(&self) -> String {
        match &self.file {
            _ if self.kind == SentFor::Hidden => "a line that may be a password".to_string(),
            Some(file) => format!("! {file}"),
            None => self.text.clone(),
        }
    }
}

fn perhaps_not_delivered(message: &str) -> String {
    format!("Perhaps not delivered: {message}")
}
