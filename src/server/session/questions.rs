//! Questions to the person, and the answers. A lone `@` is one step back ([`Stop::Back`]), like
//! everything else that ends a dialogue before its time.
//!
//! A program reads the kind of each question in an `$ask` line before the prompt. A line that
//! cannot be an answer leaves the question open: after the reason, the question is asked again.

use std::fmt::Display;

use super::{Input, Session, Stop};
use crate::name::Password;
use crate::protocol::{Question, Reply};
use crate::server::request_log::Kind;

impl Session<'_> {
    /// Asks a question and waits for the answer. Spaces at both ends are taken off, unless the
    /// answer is a secret.
    pub fn ask(&mut self, question: Question, prompt: &str) -> Result<String, Stop> {
        self.post_question(question, prompt);
        loop {
            match self.next_input()? {
                Input::Text(text) => {
                    let answer = if question.is_secret() { &text } else { text.trim_matches(' ') };
                    if answer == "@" {
                        return Err(self.back(Kind::MENU, "back", ""));
                    }
                    return Ok(answer.to_string());
                }
                Input::Unusable(why) => {
                    self.tell(why);
                    self.post_question(question, prompt);
                }
                Input::Ping => self.tell(Reply::Pong),
                // Only a room asks for a file, and no question is open there.
                Input::Uploaded(_) => {}
            }
        }
    }

    /// Asks for a password that exists. `None`: the answer breaks the rule for passwords, so it is
    /// wrong.
    pub fn ask_password(
        &mut self,
        question: Question,
        prompt: &str,
    ) -> Result<Option<Password>, Stop> {
        Ok(Password::parse(&self.ask(question, prompt)?).ok())
    }

    /// Asks for a new password, twice. `None`: the two differ.
    pub fn ask_new_password(&mut self) -> Result<Option<Password>, Stop> {
        let password = loop {
            let answer = self.ask(Question::NewPassword, "Please choose a new Password:")?;
            match Password::parse(&answer) {
                Ok(password) => break password,
                Err(rule) => self.tell(rule),
            }
        };
        let repeated =
            self.ask_password(Question::RepeatPassword, "Please REPEAT your Password:")?;
        Ok(repeated.filter(|repeated| *repeated == password))
    }

    /// Logs why it goes one step back, where the person reads `outcome`.
    pub fn back(&self, kind: Kind, log: impl Display, outcome: impl Display) -> Stop {
        self.log.request(kind, log);
        Stop::Back(outcome.to_string())
    }

    /// Asks a question that ends in `(Y/n)`. No is one step back.
    pub fn confirm(&mut self, question: Question, prompt: &str) -> Result<(), Stop> {
        if self.ask_yes(question, prompt)? { Ok(()) } else { Err(Stop::Back(String::new())) }
    }

    /// Asks a question that ends in `(Y/n)`, until the answer is yes or no.
    pub fn ask_yes(&mut self, question: Question, prompt: &str) -> Result<bool, Stop> {
        loop {
            match self.ask(question, prompt)?.to_lowercase().as_str() {
                "" | "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => {}
            }
        }
    }
}
