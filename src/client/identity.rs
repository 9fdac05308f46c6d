//! What a person has typed to come to where they are: a name, a room, and the passwords of both.
//!
//! In come answers, each with its question. The autopilot signs in again with this when a
//! connection was lost. Plain data, only in memory, and never shown: it has no `Debug`.

use crate::name::{UserName, is_name_char};
use crate::protocol::Question;

/// Who the person is, and where.
#[derive(Clone, Default)]
pub struct Identity {
    /// The user's name, as typed last.
    pub name: Option<String>,
    /// The user's password.
    pub password: Option<String>,
    /// The room that we are in.
    pub room: Option<String>,
    /// Its password, if it asked for one.
    pub room_password: Option<String>,
    /// Whether name and password were accepted.
    pub is_signed_in: bool,
}

impl Identity {
    /// Notes the answer to a question.
    pub fn note(&mut self, question: Question, answer: &str) {
        // One step back.
        if answer == "@" {
            return;
        }
        let text = Some(answer.to_string());
        match question {
            Question::NewUser | Question::User => {
                self.name = text.map(|text| text.trim_matches(' ').to_string());
            }
            Question::Password => self.password = text,
            Question::NewPassword if !self.is_signed_in => self.password = text,
            Question::NewPassword | Question::RoomPassword => self.room_password = text,
            Question::NewRoom | Question::Room => self.room_password = None,
            _ => {}
        }
    }

    /// Tells whether this is the user's name. Names are equal whatever their case.
    pub fn is_called(&self, name: &str) -> bool {
        let own = self.name.as_deref().map(UserName::parse);
        matches!((own, UserName::parse(name)), (Some(Ok(own)), Ok(name)) if own == name)
    }

    /// Tells whether the user's name is a word of this.
    pub fn is_named_in(&self, said: &str) -> bool {
        let mut words = said.split(|c| !is_name_char(c));
        words.any(|word| self.is_called(word.trim_end_matches(['.', '-', '_'])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_as_a_whole_word() {
        let mut identity = Identity::default();
        identity.note(Question::User, " lucas ");
        for (text, is_named) in [
            ("hi Lucas, are you there?", true),
            ("lucas...", true),
            ("(LUCAS)", true),
            ("lucas2 and flucas", false),
            ("hi", false),
        ] {
            assert_eq!(identity.is_named_in(text), is_named, "{text}");
        }
    }
}
