//! Answers questions in the person's place: when the connection is back, and for the options
//! `--user` and `--room`.
//!
//! Each kind of question comes in, and out comes the answer, or that it is the person's turn. No
//! kind is answered twice: if a question comes again, its first answer was wrong. Then, and at
//! every question that was not expected, the autopilot gives up, and the person goes on by hand.
//! Plain data, without I/O and without a lock; `dialogue` keeps it under its mutex.
//!
//! It takes a session over only if that can only be our own, left over from the lost connection.
//! The server ends such a session after a minute, and in a moment if the connection was closed or
//! if the server itself was hanging. One that stays is the same person's at another place, who
//! must not be thrown out without being asked.

use std::time::{Duration, SystemTime};

use super::identity::Identity;
use crate::protocol::{Place, Question};

/// How long our own session may still be there after we last heard the server: it ends 60 s after
/// it has last heard us, and that may have been a `$ping`, 15 s later.
const GHOST_TIME: Duration = Duration::from_secs(75);

/// How long a server may need to end our session. Long enough for a busy one.
const CLOSING_TIME: Duration = Duration::from_secs(5);

/// Answers questions up to a room, or to the menu.
pub struct Autopilot {
    identity: Identity,
    answered: Vec<Question>,
    /// A connection was lost. The person is to see nothing of this, because the same was typed
    /// before.
    is_way_back: bool,
    /// When the server was last heard on the lost connection. `None`: our session has ended. No
    /// `Instant`: that clock stops while a laptop sleeps.
    heard_at: Option<SystemTime>,
    /// When it first found a session that was perhaps not its own.
    found_at: Option<SystemTime>,
}

/// Who answers a question.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// The autopilot, this.
    Given(String),
    /// The person. The autopilot goes on with the next question.
    Asked,
    /// Nobody yet: our session may end in a moment, so sign in again in a second.
    TooEarly,
    /// The person, from now on.
    GivenUp,
}

impl Autopilot {
    /// Answers with what the options have said of this person.
    pub fn from_options(identity: Identity) -> Autopilot {
        Autopilot {
            identity,
            answered: Vec::new(),
            is_way_back: false,
            heard_at: None,
            found_at: None,
        }
    }

    /// Answers with what this person had typed before the connection was lost. `heard_at`: when
    /// the server was last heard on it. `None`: their session has ended.
    pub fn way_back(identity: Identity, heard_at: Option<SystemTime>) -> Autopilot {
        Autopilot { is_way_back: true, heard_at, ..Autopilot::from_options(identity) }
    }

    /// Begins again: this is another connection, and all is asked anew.
    pub fn begin_again(&mut self) {
        self.answered.clear();
    }

    /// Whether the person sees nothing of it.
    pub fn is_quiet(&self) -> bool {
        self.is_way_back
    }

    /// The connection was lost on the way back, after it had signed in: our session is that one
    /// now.
    pub fn lose(&mut self, heard_at: Option<SystemTime>) {
        (self.heard_at, self.found_at) = (heard_at, None);
    }

    /// Whether it enters a room.
    pub fn leads_to_room(&self) -> bool {
        self.identity.room.is_some()
    }

    /// Whether the autopilot ends its work at this place.
    pub fn ends_at(&self, place: &Place) -> bool {
        match place {
            Place::SignIn => false,
            Place::Menu => !self.leads_to_room(),
            Place::Room(_) => true,
        }
    }

    /// Whether the room had a password before, and has not asked for it now.
    pub fn misses_lock(&self) -> bool {
        self.identity.room_password.is_some() && !self.answered.contains(&Question::RoomPassword)
    }

    /// Answers a question. `typed` is what the person has typed in answer to others.
    pub fn answer(&mut self, question: Question, typed: &Identity, now: SystemTime) -> Answer {
        if self.answered.contains(&question) {
            return Answer::GivenUp;
        }
        self.answered.push(question);
        let known = &self.identity;
        let given = match question {
            Question::NewUser | Question::User => known.name.clone(),
            Question::Login => Some("y".to_string()),
            Question::TakeOver => self.is_our_own(now).then(|| "y".to_string()),
            Question::Password => known.password.clone().or(typed.password.clone()),
            Question::Menu => known.room.as_ref().map(|_| "3".to_string()),
            Question::Room => known.room.clone(),
            Question::RoomPassword => known.room_password.clone(),
            _ => None,
        };
        match (given, question) {
            (Some(given), _) => Answer::Given(given),
            (None, Question::TakeOver) if self.may_be_closing(now) => Answer::TooEarly,
            (None, _) if self.is_quiet() => Answer::GivenUp,
            (None, Question::NewUser | Question::User | Question::TakeOver) => Answer::Asked,
            // A new name is registered, with a password that only the person knows.
            (None, question) if question.is_secret() => Answer::Asked,
            (None, _) => Answer::GivenUp,
        }
    }

    /// Whether a session of this person can only be the one that was lost.
    fn is_our_own(&self, now: SystemTime) -> bool {
        self.heard_at.is_some_and(|heard_at| is_within(GHOST_TIME, heard_at, now))
    }

    /// Whether a session that is there may still be our own, which is about to end.
    fn may_be_closing(&mut self, now: SystemTime) -> bool {
        let found_at = *self.found_at.get_or_insert(now);
        self.is_way_back && is_within(CLOSING_TIME, found_at, now)
    }
}

/// Whether less than `time` has passed. If the clock was put back, nothing is certain.
fn is_within(time: Duration, since: SystemTime, now: SystemTime) -> bool {
    now.duration_since(since).is_ok_and(|passed| passed < time)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

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
        let mut pilot = Autopilot::way_back(identity(), Some(NOW));
        for (question, answer) in [
            (Question::NewUser, "lucas"),
            (Question::Login, "y"),
            (Question::User, "lucas"),
            (Question::Password, "pw"),
            (Question::TakeOver, "y"),
            (Question::Menu, "3"),
            (Question::Room, "R"),
        ] {
            assert_eq!(
                pilot.answer(question, &Identity::default(), NOW),
                Answer::Given(answer.into())
            );
        }
        assert!(!pilot.ends_at(&Place::Menu) && pilot.ends_at(&Place::Room("R".into())));
    }

    #[test]
    fn it_gives_up_at_what_it_does_not_expect() {
        let typed = Identity::default();
        for question in [Question::NewPassword, Question::Again, Question::RoomPassword] {
            let mut pilot = Autopilot::way_back(identity(), Some(NOW));
            assert_eq!(pilot.answer(question, &typed, NOW), Answer::GivenUp, "{question:?}");
        }
        let mut pilot = Autopilot::way_back(identity(), Some(NOW));
        pilot.answer(Question::Menu, &typed, NOW);
        assert_eq!(
            pilot.answer(Question::Menu, &typed, NOW),
            Answer::GivenUp,
            "no such room any more"
        );
    }

    #[test]
    fn of_a_new_user_only_the_password_is_asked() {
        let known = Identity { name: Some("lucas".into()), ..Identity::default() };
        let mut pilot = Autopilot::from_options(known);
        let mut typed = Identity::default();
        assert_eq!(pilot.answer(Question::NewUser, &typed, NOW), Answer::Given("lucas".into()));
        assert_eq!(pilot.answer(Question::NewPassword, &typed, NOW), Answer::Asked);
        assert_eq!(pilot.answer(Question::RepeatPassword, &typed, NOW), Answer::Asked);
        typed.password = Some("new".into());
        assert_eq!(pilot.answer(Question::User, &typed, NOW), Answer::Given("lucas".into()));
        assert_eq!(pilot.answer(Question::Password, &typed, NOW), Answer::Given("new".into()));
        assert!(pilot.ends_at(&Place::Menu));
    }
    #[test]
    fn it_takes_over_only_what_can_be_our_own() {
        let yes = Answer::Given("y".into());
        for (heard_at, found_at, answer) in [
            (Some(NOW), NOW + GHOST_TIME / 2, yes),
            // Ours must have ended by now, or will in a moment.
            (Some(NOW), NOW + GHOST_TIME, Answer::GivenUp),
            (Some(NOW + GHOST_TIME), NOW, Answer::GivenUp),
            (None, NOW, Answer::GivenUp),
        ] {
            let mut pilot = Autopilot::way_back(identity(), heard_at);
            let mut take_over = |now| {
                pilot.begin_again();
                pilot.answer(Question::TakeOver, &Identity::default(), now)
            };
            let first = take_over(found_at);
            if answer == Answer::GivenUp {
                assert_eq!(first, Answer::TooEarly, "{heard_at:?}");
                assert_eq!(take_over(found_at + CLOSING_TIME / 2), Answer::TooEarly);
                assert_eq!(take_over(found_at + CLOSING_TIME), Answer::GivenUp);
            } else {
                assert_eq!(first, answer);
            }
        }
        let mut pilot = Autopilot::from_options(identity());
        let asked = pilot.answer(Question::TakeOver, &Identity::default(), NOW);
        assert_eq!(asked, Answer::Asked, "nothing was lost");
    }
}
