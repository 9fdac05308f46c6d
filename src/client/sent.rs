//! The lines that were sent and have no answer yet, the oldest first.
//!
//! A question takes the oldest line as its answer. In a room a line is a message, and is answered
//! when it comes back; the server keeps the order, so everything before it is answered too. What
//! does not come back is late after 3 s, and lost with the connection. Plain data.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::text::clean;

/// A message that has not come back for so long is shown as not delivered yet.
pub const ECHO_TIMEOUT: Duration = Duration::from_secs(3);

/// What was lost with a connection.
#[derive(Debug, PartialEq, Eq)]
pub struct Lost {
    /// Messages that may not have been said.
    pub messages: Vec<String>,
    /// How many other lines had no answer. Any of those may be a password.
    pub others: usize,
}

/// Lines without an answer.
#[derive(Default)]
pub struct SentLines(VecDeque<SentLine>);

struct SentLine {
    text: String,
    at: Instant,
    /// The person has been told that it is late.
    told: bool,
}

impl SentLines {
    /// Adds a line that is about to be sent.
    pub fn add(&mut self, text: &str, now: Instant) {
        self.0.push_back(SentLine { text: text.to_string(), at: now, told: false });
    }

    /// Takes the oldest line.
    pub fn take_first(&mut self) -> Option<String> {
        self.0.pop_front().map(|line| line.text)
    }

    /// Takes the lines up to this command. `false`: it is not there.
    pub fn take_through(&mut self, command: &str) -> bool {
        self.take_to(|line| line == command)
    }

    /// The room is left: nothing that was sent to it is answered any more.
    pub fn leave_room(&mut self) {
        if !self.take_through("@") {
            self.0.clear();
        }
    }

    /// Takes a message that was said, and all before it: those were not said.
    pub fn confirm(&mut self, said: &str) {
        if !self.take_to(|line| clean(line) == said) {
            // The server has cleaned more of it than we know.
            self.0.pop_front();
        }
    }

    fn take_to(&mut self, is_last: impl Fn(&str) -> bool) -> bool {
        let at = self.0.iter().position(|line| is_last(&line.text));
        at.map(|at| self.0.drain(..=at)).is_some()
    }

    /// Tells whether an `@` or a `!` is among these. Then it is not certain that a line after them
    /// is said to the room.
    pub fn leaves_room(&self) -> bool {
        self.0.iter().any(|line| matches!(line.text.as_str(), "@" | "!"))
    }

    /// How many there are.
    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Takes the messages that should have come back by now, each once.
    pub fn take_late(&mut self, now: Instant) -> Vec<String> {
        let late = |line: &&mut SentLine| {
            !line.told && !is_command(&line.text) && now - line.at >= ECHO_TIMEOUT
        };
        let take = |line: &mut SentLine| {
            line.told = true;
            line.text.clone()
        };
        self.0.iter_mut().filter(late).map(take).collect()
    }

    /// Takes all of them. What follows an `@` may be an answer.
    pub fn lose(&mut self, in_room: bool) -> Lost {
        let mut lines: Vec<String> = self.0.drain(..).map(|line| line.text).collect();
        let leaves = lines.iter().position(|line| line == "@").unwrap_or(lines.len());
        let others = lines.split_off(if in_room { leaves } else { 0 }).len();
        lines.retain(|line| !is_command(line));
        Lost { messages: lines, others }
    }
}

fn is_command(text: &str) -> bool {
    matches!(text, "@" | "%" | "!")
}
