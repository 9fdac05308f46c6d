//! Questions to the person, and their answers. A lone `@` is no answer but one step back ([`Stop::Back`]).

use std::fmt::Display;

use super::{Input, Session, Stop};
use crate::name::Password;
use crate::protocol::Reply;
use crate::server::request_log::Kind;

impl Session<'_> {
    /// Asks for a name, or for anything else of which spaces at both ends are no part.
    pub fn ask(&mut self, question: impl Display) -> Result<String, Stop> {
        self.tell(question);
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
                Input::Unusable(why) => self.tell(why),
                Input::Uploaded(_) => {}
            }
        }
    }

    /// Asks for a secret. Taken exactly as sent. A line that can't be the answer is never echoed, and the client is told anew
    /// that what is typed is to be hidden.
    pub fn ask_secret(&mut self, question: &str) -> Result<String, Stop> {
        loop {
            self.tell(format_args!("{}\n{question}", Reply::Hide));
            match self.next_input()? {
                Input::Text(text) if text == "@" => {
                    self.log.request(Kind::Menu, "back");
                    return Err(Stop::Back);
                }
                Input::Text(text) => return Ok(text),
                Input::Unusable(why) => self.tell(why),
                Input::Uploaded(_) => {}
            }
        }
    }

    /// Asks for a password that exists. `None`: no password can be like that, so it is wrong.
    pub fn ask_password(&mut self, question: &str) -> Result<Option<Password>, Stop> {
        Ok(Password::parse(&self.ask_secret(question)?).ok())
    }

    /// Asks for a new password, twice. `None`: the two differ.
    pub fn ask_new_password(&mut self) -> Result<Option<Password>, Stop> {
        let password = loop {
            match Password::parse(&self.ask_secret("Please choose a new Password:")?) {
                Ok(password) => break password,
                Err(rule) => self.tell(rule),
            }
        };
        let repeated = self.ask_password("Please REPEAT your Password:")?;
        Ok(repeated.filter(|repeated| *repeated == password))
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
