//! Questions to the person, and their answers. A lone `@` is no answer but one step back ([`Stop::Back`]).

use std::fmt::Display;

use super::{Input, Session, Stop};
use crate::name::check_password;
use crate::protocol::Reply;
use crate::server::request_log::Kind;

impl Session<'_> {
    /// Asks for a name, or for anything else of which spaces at both ends are no part.
    pub fn ask(&mut self, question: impl Display) -> Result<String, Stop> {
        self.say(question);
        loop {
            match self.next_input()? {
                Input::Text(text) => {
                    let answer = text.trim_matches(' ');
                    if answer == "@" {
                        self.log.request(Kind::Menu, "back");
                        return Err(Stop::Back);
                    }
                    return Ok(answer.to_string());
                }
                Input::Unusable(why) => self.say(why),
                Input::Uploaded(_) => {}
            }
        }
    }

    /// Asks for a secret. Taken exactly as sent. A line that can't be the answer is never echoed, and the client is told anew
    /// that what is typed is to be hidden.
    pub fn ask_secret(&mut self, question: &str) -> Result<String, Stop> {
        loop {
            self.say(format_args!("{}\n{question}", Reply::Hide));
            match self.next_input()? {
                Input::Text(text) if text == "@" => {
                    self.log.request(Kind::Menu, "back");
                    return Err(Stop::Back);
                }
                Input::Text(text) => return Ok(text),
                Input::Unusable(why) => self.say(why),
                Input::Uploaded(_) => {}
            }
        }
    }

    /// Asks for a new password, twice. `None`: the two differ.
    pub fn ask_new_password(&mut self) -> Result<Option<String>, Stop> {
        let password = loop {
            let password = self.ask_secret("Please choose a new Password:")?;
            match check_password(&password) {
                Ok(()) => break password,
                Err(rule) => self.say(rule),
            }
        };
        let repeated = self.ask_secret("Please REPEAT your Password:")?;
        Ok(Some(password).filter(|password| *password == repeated))
    }

    /// Asks a question that ends in `(Y/n)`, until the answer is one.
    pub fn ask_yes(&mut self, question: &str) -> Result<bool, Stop> {
        loop {
            match self.ask(question)?.to_lowercase().as_str() {
                "" | "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => {}
            }
        }
    }
}
