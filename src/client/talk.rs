//! What the client knows about its session: where it is, what is asked, what has no answer yet.
//!
//! In come the server's control lines (`$at`, `$ask`, `$pong`), its texts, and the lines that are
//! sent to it. Out comes whose turn it is, and whether a text is an echo. This file interprets no
//! sentence but a message: ` NAME: text`. The protocol defines that form. When a message of our
//! own comes back, it has been said. (`completion` and `uploads` know a few more sentences.)
//!
//! The lines that were sent and not answered wait in [`SentLines`]. A person's lines are sent one
//! question at a time, so at most one answer or the messages of a room wait there. A script's
//! lines all go out at once; each question and each echo that comes takes its own line out.
//!
//! This is plain data, without I/O and without a lock. `dialogue` keeps it under its mutex.

use std::time::Instant;

use super::ending::Ending;
use super::identity::Identity;
use super::sent::{SentFor, SentLine, SentLines};
use crate::name::UserName;
use crate::protocol::{Place, Question};
use crate::text::clean;

/// What the client knows about its session.
#[derive(Default)]
pub struct Talk {
    /// `None` until the first `$at`.
    place: Option<Place>,
    /// The question that `$ask` has named. The next text is its prompt.
    announced: Option<Question>,
    /// The question that waits for its answer.
    open: Option<Question>,
    /// The question that was answered last; `None` since the last command of a room.
    answered: Option<Question>,
    /// A `!` was sent. Either the question `file` comes next, or this many `$pong`s: then that
    /// question will not come.
    awaits_file: Option<u32>,
    /// How many `$ping`s have no `$pong` yet.
    pings: u32,
    /// What has no answer yet.
    pub sent: SentLines,
    /// What was typed to come to where we are.
    pub identity: Identity,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Ours: the next line answers this question.
    Answer(Question),
    /// Ours: the next line is a message to the room, or one of its commands.
    Message,
    /// The server's.
    Wait,
    /// Nobody's: the connection is lost, or the autopilot is on the way back to where we were.
    Away,
}

/// What a text of the server is.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    /// The prompt of this question, which is open now. `came_back`: it is not the question that
    /// normally comes after the last answer, so what was typed ahead is not meant for it.
    Prompt {
        /// Its kind.
        question: Question,
        /// What was typed ahead is void.
        came_back: bool,
    },
    /// A message of our own, under this name: it has been said.
    Own(&'a str),
    /// A message of somebody else.
    Message {
        /// Who said it.
        by: &'a str,
        /// Our name is a word of it.
        names_me: bool,
    },
    /// Anything else.
    Text,
}

impl Talk {
    /// Handles `$at`. Returns whether what was typed ahead is void now.
    pub fn enter(&mut self, place: Place) -> bool {
        let came_from = self.place.replace(place);
        self.sent.answer = None;
        (self.announced, self.open) = (None, None);
        let typed = &mut self.identity;
        match self.place.as_ref().expect("it was just set") {
            Place::SignIn => *typed = Identity::default(),
            Place::Menu => {
                typed.is_signed_in = true;
                (typed.room, typed.room_password) = (None, None);
                if matches!(came_from, Some(Place::Room(_))) {
                    self.sent.leave_room();
                }
            }
            Place::Room(name) => {
                typed.room = Some(name.clone());
                // An open room asks for no password, but perhaps one was typed ahead.
                let asked = self.answered.take();
                return matches!(asked, Some(Question::Room | Question::EnterInstead));
            }
        }
        false
    }

    /// Handles `$ask`.
    pub fn announce(&mut self, question: Question) {
        self.announced = Some(question);
        self.sent.answer = None;
    }

    /// Handles `$pong`. Returns whether it says that a `!` was refused.
    pub fn hear_pong(&mut self) -> bool {
        self.pings = self.pings.saturating_sub(1);
        self.sent.hear_pong();
        self.awaits_file = self.awaits_file.map(|pongs| pongs.saturating_sub(1));
        self.awaits_file.take_if(|pongs| *pongs == 0).is_some()
    }

    /// Handles a text.
    pub fn hear<'a>(&mut self, text: &'a str) -> Heard<'a> {
        if let Some(question) = self.announced.take() {
            let came_back = !follows(self.answered, question);
            self.ask(question);
            return Heard::Prompt { question, came_back };
        }
        if !self.in_room() {
            return Heard::Text;
        }
        match as_message(text) {
            Some((name, said)) if self.identity.is_called(name) => {
                self.sent.confirm(said);
                Heard::Own(name)
            }
            Some((by, said)) => Heard::Message { by, names_me: self.identity.is_named_in(said) },
            None => Heard::Text,
        }
    }

    fn ask(&mut self, question: Question) {
        if question == Question::File {
            self.awaits_file = None;
            self.sent.remove_through("!");
        }
        // What was sent in a room is a message, and never an answer.
        let sent = if self.in_room() { None } else { self.sent.lines.pop_front() };
        match sent {
            Some(line) => self.answer(question, &line.text, line.at),
            None => self.open = Some(question),
        }
    }

    /// Notes a line that is about to be sent. Returns whether a `$ping` must follow it: its
    /// `$pong` says that the server has answered, if only by a text.
    pub fn send(&mut self, text: &str, now: Instant) -> bool {
        match (self.open, text) {
            // It lists the members, and leaves the question open.
            (Some(Question::File), "%") => return false,
            (Some(Question::File), "!") => self.open = None,
            // No file: the server says so by a text, and nothing more is awaited.
            (Some(Question::File), _) => {
                self.answer_file();
                return false;
            }
            (Some(question), _) => {
                self.open = None;
                self.answer(question, text, now);
                return false;
            }
            (None, _) => {}
        }
        let pongs = self.pings + 1;
        if text == "!" {
            self.awaits_file = Some(pongs);
        }
        let kind = match text {
            "@" => SentFor::Answer,
            _ if self.turn() != Turn::Message => SentFor::Hidden,
            "!" | "%" => SentFor::Pinged(pongs),
            // It is not said, so nothing comes back.
            _ if clean(text).is_empty() => return false,
            _ => SentFor::Message,
        };
        self.answered = None;
        self.sent.lines.push_back(SentLine::new(text, kind, now));
        text == "!" || kind == SentFor::Pinged(pongs)
    }

    fn answer(&mut self, question: Question, text: &str, at: Instant) {
        self.answered = Some(question);
        let shown = if question.is_secret() && text != "@" { "the password" } else { text };
        self.sent.answer = Some(SentLine::new(shown, SentFor::Answer, at));
        self.identity.note(question, text);
    }

    /// The connection has ended. Says of each line without an answer that it was perhaps lost.
    pub fn lose(&mut self, ending: Ending) -> Vec<String> {
        if self.in_room() && self.sent.lines.iter().any(|line| line.text == "@") {
            // The way back ends where the person wanted to go.
            (self.identity.room, self.identity.room_password) = (None, None);
        }
        match ending {
            Ending::TurnedAway => Vec::new(),
            // To everything but a message, the goodbye is an answer.
            Ending::Bye => self.sent.undelivered(),
            _ => self.sent.lose(self.in_room()),
        }
    }

    /// The question `file` was answered by a file, or given up.
    pub fn answer_file(&mut self) {
        self.open = None;
        self.answered = None;
    }

    /// Notes that a `$ping` is about to be sent.
    pub fn ping(&mut self) {
        self.pings += 1;
    }

    /// Whose turn it is. [`Turn::Message`]: a line that is sent now is certainly said to the room.
    pub fn turn(&self) -> Turn {
        match self.open {
            Some(question) => Turn::Answer(question),
            None if self.in_room() && !self.sent.leaves_room() => Turn::Message,
            None => Turn::Wait,
        }
    }

    /// Whether a `!` was sent that has no answer yet.
    pub fn awaits_file(&self) -> bool {
        self.awaits_file.is_some()
    }

    fn in_room(&self) -> bool {
        matches!(self.place, Some(Place::Room(_)))
    }
}

/// Takes a message apart into who said it and what. `None`: the text is not one.
pub fn as_message(text: &str) -> Option<(&str, &str)> {
    let (name, said) = text.strip_prefix(' ')?.split_once(": ")?;
    UserName::parse(name).is_ok().then_some((name, said))
}

/// Whether `question` is the one that normally comes after `answered`. Only then may lines that
/// were typed ahead be for it: one of them may be a password.
fn follows(answered: Option<Question>, question: Question) -> bool {
    use Question::*;
    let Some(answered) = answered else {
        return true;
    };
    match answered {
        NewUser => question == NewPassword,
        NewPassword => question == RepeatPassword,
        RepeatPassword | Login => question == User,
        User => question == Password,
        Password => matches!(question, TakeOver | Menu),
        TakeOver => question == Menu,
        Menu => matches!(question, NewRoom | Delete | Room),
        NewRoom => question == Lock,
        Lock => question == NewPassword,
        EnterInstead | Delete | Room => question == RoomPassword,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::sent::ANSWER_TIMEOUT;

    /// A server that says these lines, and a person or script that sends those after `»`.
    fn play(script: &[&str]) -> Talk {
        let mut talk = Talk::default();
        script.iter().for_each(|line| step(&mut talk, line));
        talk
    }

    fn step(talk: &mut Talk, line: &str) {
        let now = Instant::now();
        if let Some(typed) = line.strip_prefix("» ") {
            talk.send(typed, now);
            return;
        }
        match line.strip_prefix('$') {
            None => drop(talk.hear(line)),
            Some("pong") => drop(talk.hear_pong()),
            Some("at menu") => drop(talk.enter(Place::Menu)),
            Some("at sign-in") => drop(talk.enter(Place::SignIn)),
            Some(other) => match other.split_once(' ').unwrap() {
                ("ask", kind) => talk.announce(Question::parse(kind).unwrap()),
                (_, room) => drop(talk.enter(Place::Room(room["room ".len()..].to_string()))),
            },
        }
    }

    const SIGN_IN: [&str; 9] = [
        "$at sign-in",
        "$ask user",
        "Name?",
        "» lucas",
        "$ask password",
        "Password?",
        "» secret",
        "$at menu",
        "$at room R",
    ];

    #[test]
    fn it_is_our_turn_when_the_prompt_has_come() {
        let mut talk = play(&["$at sign-in", "Welcome", "$ask new-user"]);
        assert_eq!(talk.turn(), Turn::Wait);
        step(&mut talk, "Please write your new Username:");
        assert_eq!(talk.turn(), Turn::Answer(Question::NewUser));
        step(&mut talk, "» lucas");
        assert_eq!(talk.turn(), Turn::Wait);
    }

    #[test]
    fn in_a_room_it_is_our_turn_until_a_command_changes_that() {
        let mut talk = play(&SIGN_IN);
        assert_eq!(talk.turn(), Turn::Message);
        step(&mut talk, "» !");
        assert_eq!(talk.turn(), Turn::Wait);
        talk.ping();
        step(&mut talk, "$pong");
        assert_eq!(talk.turn(), Turn::Message, "the server has said no");
        step(&mut talk, "» @");
        assert_eq!(talk.turn(), Turn::Wait);
    }

    #[test]
    fn a_message_never_answers_a_question() {
        let mut talk = play(&SIGN_IN);
        for line in ["» hello", "$ask password", "Password?"] {
            step(&mut talk, line);
        }
        assert_eq!(talk.turn(), Turn::Answer(Question::Password), "so it is hidden");
    }

    #[test]
    fn only_the_straight_way_takes_what_was_typed_ahead() {
        let came_back = |steps: &[&str], kind: &str| {
            let mut talk = play(steps);
            step(&mut talk, &format!("$ask {kind}"));
            matches!(talk.hear("Prompt"), Heard::Prompt { came_back: true, .. })
        };
        let user = ["$at sign-in", "$ask new-user", "?", "» lucas"];
        assert!(!came_back(&["$at sign-in"], "new-user"));
        assert!(!came_back(&user, "new-password"));
        assert!(came_back(&user, "new-user"), "refused");
        assert!(came_back(&user, "login"), "the next line is a password, not a yes");
        assert!(!came_back(&SIGN_IN[..7], "menu"));
        assert!(came_back(&SIGN_IN[..7], "again"));
        let mut left = SIGN_IN.to_vec();
        left.extend(["» @", "$at menu"]);
        assert!(!came_back(&left, "menu"));
    }

    #[test]
    fn an_open_room_voids_the_password_that_was_typed_ahead() {
        let mut talk = play(&SIGN_IN[..8]);
        for line in ["$ask room", "?", "» R"] {
            step(&mut talk, line);
        }
        assert!(talk.enter(Place::Room("R".into())));
        let mut talk = play(&SIGN_IN[..8]);
        for line in ["$ask room", "?", "» R", "$ask room-password", "?", "» secret"] {
            step(&mut talk, line);
        }
        assert!(!talk.enter(Place::Room("R".into())));
        assert_eq!(talk.identity.room_password.as_deref(), Some("secret"));
        assert_eq!(talk.identity.password.as_deref(), Some("secret"));
    }

    #[test]
    fn a_message_is_said_when_it_comes_back() {
        let mut talk = play(&SIGN_IN);
        for line in ["» one", "» two", "» three", " skira: one"] {
            step(&mut talk, line);
        }
        assert_eq!(talk.sent.lines.len(), 3, "somebody else said that");
        step(&mut talk, " LUCAS: two");
        assert_eq!(talk.sent.lines.len(), 1, "and what came before it was not said");
    }

    #[test]
    fn a_message_of_somebody_else_may_name_me() {
        let mut talk = play(&SIGN_IN);
        for (text, names_me) in [(" bob: hi Lucas, are you there?", true), (" bob: hi", false)] {
            assert_eq!(talk.hear(text), Heard::Message { by: "bob", names_me }, "{text}");
        }
    }

    #[test]
    fn a_message_that_does_not_come_back_is_late_once_and_lost_in_the_end() {
        let mut talk = play(&SIGN_IN);
        let now = Instant::now();
        for text in ["one", "two", "", "\u{202e}"] {
            talk.send(text, now);
        }
        step(&mut talk, " lucas: one");
        assert_eq!(talk.sent.report_late(now + ANSWER_TIMEOUT / 2), [""; 0]);
        assert_eq!(talk.sent.report_late(now + ANSWER_TIMEOUT), ["two"]);
        assert_eq!(talk.sent.report_late(now + ANSWER_TIMEOUT), [""; 0]);
        talk.send("@", now);
        talk.send("secret", now);
        let lost = [
            "Perhaps not delivered: two",
            "Not answered: @",
            "Not answered: a line that may be a password",
        ];
        assert_eq!(talk.lose(Ending::Lost), lost, "what follows may be an answer");
    }

    #[test]
    fn an_answer_is_late_until_the_server_asks_or_shows_something_else() {
        let now = Instant::now();
        let late = |talk: &Talk| talk.sent.late_answer(now + ANSWER_TIMEOUT);
        let mut talk = play(&SIGN_IN[..3]);
        talk.send("lucas", now);
        assert_eq!(talk.sent.late_answer(now), None, "not yet");
        assert_eq!(late(&talk).as_deref(), Some("lucas"));
        step(&mut talk, "one moment");
        assert_eq!(late(&talk).as_deref(), Some("lucas"), "that is no answer");
        step(&mut talk, "$ask password");
        assert_eq!(late(&talk), None);
        step(&mut talk, "Password?");
        talk.send("geheim", now);
        assert_eq!(late(&talk).as_deref(), Some("the password"));
        assert_eq!(talk.lose(Ending::Lost), ["Not answered: the password"]);
        step(&mut talk, "$ask password");
        step(&mut talk, "Password?");
        talk.send("geheim", now);
        step(&mut talk, "$at menu");
        assert!(late(&talk).is_none() && talk.lose(Ending::Lost).is_empty());
    }

    #[test]
    fn a_command_of_the_room_is_late_until_its_answer_has_come() {
        let now = Instant::now();
        let late = |talk: &Talk| talk.sent.late_answer(now + ANSWER_TIMEOUT);
        let mut talk = play(&SIGN_IN);
        for (command, answer) in [("%", "$pong"), ("!", "$ask file"), ("@", "$at menu")] {
            talk.ping();
            if talk.send(command, now) {
                talk.ping();
            }
            step(&mut talk, "$pong");
            assert_eq!(late(&talk).as_deref(), Some(command), "that was for an earlier ping");
            step(&mut talk, answer);
            step(&mut talk, "Which?");
            assert_eq!(late(&talk), None, "{command}");
            talk.answer_file();
        }
    }

    /// A bug called an `@` at the question for a file unanswered, for as long as one stayed.
    #[test]
    fn a_step_back_from_the_question_for_a_file_awaits_nothing() {
        let now = Instant::now();
        let mut talk = play(&SIGN_IN);
        for line in ["» !", "$ask file", "Which?", "» @", "No file sent"] {
            step(&mut talk, line);
        }
        assert_eq!(talk.sent.late_answer(now + 2 * ANSWER_TIMEOUT), None);
        assert_eq!((talk.turn(), talk.lose(Ending::Lost)), (Turn::Message, Vec::<String>::new()));
    }

    #[test]
    fn the_pong_of_a_command_does_not_say_that_a_message_was_said() {
        let mut talk = play(&SIGN_IN);
        let now = Instant::now();
        talk.send("hello", now);
        talk.send("%", now);
        talk.ping();
        step(&mut talk, "$pong");
        assert_eq!(talk.sent.report_late(now + ANSWER_TIMEOUT), ["hello"]);
        assert_eq!(talk.lose(Ending::Lost), ["Perhaps not delivered: hello"]);
    }

    #[test]
    fn each_question_takes_the_line_that_a_script_sent_for_it() {
        let mut talk = play(&["» lucas", "» pw", "» pw", "» LUCAS", "» pw", "» 3", "» R", "» hi"]);
        for line in ["$at sign-in", "$ask new-user", "?", "$ask new-password", "?"] {
            step(&mut talk, line);
        }
        for line in ["$ask repeat-password", "?", "$ask user", "?", "$ask password", "?"] {
            step(&mut talk, line);
        }
        for line in ["$at menu", "$ask menu", "?", "$ask room", "?", "$at room R"] {
            step(&mut talk, line);
        }
        assert_eq!(talk.sent.lines.len(), 1);
        step(&mut talk, " lucas: hi");
        assert!(talk.sent.lines.is_empty() && talk.turn() == Turn::Message);
        let mut talk = play(&["» lucas", "» R", "» hi", "» @", "» 5", "$at menu"]);
        for line in ["$ask menu", "?", "$ask room", "?", "$at room R"] {
            step(&mut talk, line);
        }
        let password = "Not answered: a line that may be a password";
        assert_eq!(
            talk.lose(Ending::Lost),
            ["Perhaps not delivered: hi", "Not answered: @", password]
        );
    }

    #[test]
    fn a_script_that_sends_the_exclamation_mark_as_an_answer_goes_on() {
        let mut talk = play(&["$at sign-in", "» lucas", "» !"]);
        assert!(talk.awaits_file());
        for line in ["$ask new-user", "?", "$ask new-password", "?"] {
            step(&mut talk, line);
        }
        assert!(talk.awaits_file(), "it may have been a command");
        talk.ping();
        step(&mut talk, "$pong");
        assert!(!talk.awaits_file());
    }

    #[test]
    fn a_message_has_a_space_a_name_and_a_colon() {
        assert_eq!(as_message(" lucas: hey: you"), Some(("lucas", "hey: you")));
        for other in ["lucas: hey", "::: a: b", " ...File Sent... a: b", " two words: x", " :"] {
            assert_eq!(as_message(other), None, "{other}");
        }
    }
}
