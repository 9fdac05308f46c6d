//! Answers questions in the person's place: when the connection is back, and for the options
//! `--user` and `--room`.
//!
//! Each kind of question comes in, and out comes the answer, or that it is the person's turn. No
//! kind is answered twice: if a question comes again, its first answer was wrong. Then, and at
//! every question that was not expected, the autopilot gives up, and the person goes on by hand.
//! Plain data, without I/O and without a lock; `dialogue` keeps it under its mutex.

use super::talk::Identity;
use crate::protocol::{Place, Question};

/// Answers questions up to a room, or to the menu.
pub struct Autopilot {
    identity: Identity,
    answered: Vec<Question>,
    /// The person sees nothing of it: the connection is back.
    is_quiet: bool,
}

/// Who answers a question.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// The autopilot, this.
    Given(String),
    /// The person. The autopilot goes on with the next question.
    Asked,
    /// The person, from now on.
    GivenUp,
}

impl Autopilot {
    /// Answers with what is known of this person. `is_quiet`: the person is to see nothing of it,
    /// because the same was typed before.
    pub fn new(identity: Identity, is_quiet: bool) -> Autopilot {
        Autopilot { identity, answered: Vec::new(), is_quiet }
    }

    /// Begins again: this is another connection, and all is asked anew.
    pub fn begin_again(&mut self) {
        self.answered.clear();
    }

    /// Whether the person sees nothing of it.
    pub fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// Whether the autopilot ends its work at this place.
    pub fn ends_at(&self, place: &Place) -> bool {
        match place {
            Place::SignIn => false,
            Place::Menu => self.identity.room.is_none(),
            Place::Room(_) => true,
        }
    }

    /// Answers a question. `typed` is what the person has typed in answer to others.
    pub fn answer(&mut self, question: Question, typed: &Identity) -> Answer {
        if self.answered.contains(&question) {
            return Answer::GivenUp;
        }
        self.answered.push(question);
        let known = &self.identity;
        let given = match question {
            Question::NewUser | Question::User => known.name.clone(),
            Question::Login | Question::TakeOver => Some("y".to_string()),
            Question::Password => known.password.clone().or(typed.password.clone()),
            Question::Menu => known.room.as_ref().map(|_| "3".to_string()),
            Question::Room => known.room.clone(),
            Question::RoomPassword => known.room_password.clone(),
            _ => None,
        };
        match (given, question) {
            (Some(given), _) => Answer::Given(given),
            (None, Question::NewUser | Question::User) if !self.is_quiet => Answer::Asked,
            // A new name is registered, with a password that only the person knows.
            (None, question) if question.is_secret() && !self.is_quiet => Answer::Asked,
            (None, _) => Answer::GivenUp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        Identity {
            name: Some("lucas".into()),
            password: Some("pw".into()),
            room: Some("R".into()),
            room_password: None,
            is_signed_in: true,
        }
    }

    #[test]
    fn it_signs_in_takes_over_and_enters_the_same_room() {
        let mut pilot = Autopilot::new(identity(), true);
        for (question, answer) in [
            (Question::NewUser, "lucas"),
            (Question::Login, "y"),
            (Question::User, "lucas"),
            (Question::Password, "pw"),
            (Question::TakeOver, "y"),
            (Question::Menu, "3"),
            (Question::Room, "R"),
        ] {
            assert_eq!(pilot.answer(question, &Identity::default()), Answer::Given(answer.into()));
        }
        assert!(!pilot.ends_at(&Place::Menu) && pilot.ends_at(&Place::Room("R".into())));
    }

    #[test]
    fn it_gives_up_at_what_it_does_not_expect() {
        let typed = Identity::default();
        for question in [Question::NewPassword, Question::Again, Question::RoomPassword] {
            let mut pilot = Autopilot::new(identity(), true);
            assert_eq!(pilot.answer(question, &typed), Answer::GivenUp, "{question:?}");
        }
        let mut pilot = Autopilot::new(identity(), true);
        pilot.answer(Question::Menu, &typed);
        assert_eq!(pilot.answer(Question::Menu, &typed), Answer::GivenUp, "no such room any more");
    }

    #[test]
    fn of_a_new_user_only_the_password_is_asked() {
        let known = Identity { name: Some("lucas".into()), ..Identity::default() };
        let mut pilot = Autopilot::new(known, false);
        let mut typed = Identity::default();
        assert_eq!(pilot.answer(Question::NewUser, &typed), Answer::Given("lucas".into()));
        assert_eq!(pilot.answer(Question::NewPassword, &typed), Answer::Asked);
        assert_eq!(pilot.answer(Question::RepeatPassword, &typed), Answer::Asked);
        typed.password = Some("new".into());
        assert_eq!(pilot.answer(Question::User, &typed), Answer::Given("lucas".into()));
        assert_eq!(pilot.answer(Question::Password, &typed), Answer::Given("new".into()));
        assert!(pilot.ends_at(&Place::Menu));
    }
}
