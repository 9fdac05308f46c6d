//! Every state that a session can be in, as a table, for what must be true in all of them
//! (`control`, `hello`). The questions are those of `protocol.md`, section 4.

use crate::support::{Ask, Kind, PASSWORD, Person, Seat, Server, ask};

/// A state of a session: the answers that lead to it from the first question, what is asked there,
/// and what an answer to that leads to. So the answer shows that the state is still the same.
pub struct State {
    name: &'static str,
    way: &'static [&'static str],
    /// `None` in a room, where nothing is asked.
    question: Option<Ask>,
    answer: &'static str,
    next: Next,
}

/// What comes after an answer.
#[derive(Clone, Copy)]
enum Next {
    Asked(Ask),
    Told(&'static str),
}
use Next::{Asked, Told};

const NO_MATCH: Next = Told("Passwords don't match, the user was not created");
const NO_MATCH_FOR_ROOM: Next = Told("Passwords don't match");
const LOGIN: Next = Told("LOGIN");
const NOT_SENT: Next = Told("Not sent: a file's name was awaited");

/// All of them, on a stage where `ghost` is signed in, and the rooms `lobby` and `vault` (password
/// `1`) are empty. `ME` in a way stands for signing up under the state's name, up to the menu.
#[rustfmt::skip] // A table: a state per row.
pub const STATES: [State; 24] = [
    state("new-user", &[], ask::NEW_USER, "ghost", Asked(ask::LOGIN)),
    state("new-password", &["somebody"], ask::NEW_PASSWORD, "1", Asked(ask::REPEAT_PASSWORD)),
    state("repeat-password", &["somebody", "1"], ask::REPEAT_PASSWORD, "2", NO_MATCH),
    state("login", &["ghost"], ask::LOGIN, "y", LOGIN),
    state("user", &["ghost", "y"], ask::USER, "ghost", Asked(ask::PASSWORD)),
    state("password", &["ghost", "y", "ghost"], ask::PASSWORD, "wrong", Asked(ask::AGAIN)),
    state("again", &["ghost", "y", "ghost", "wrong"], ask::AGAIN, "y", LOGIN),
    state("take-over", &["ghost", "y", "ghost", PASSWORD],
        ask::TAKE_OVER, "n", Asked(ask::NEW_USER)),
    state("menu", &["ME"], ask::MENU, "6", Asked(ask::MENU)),
    state("new-room", &["ME", "1"], ask::NEW_ROOM, "lobby", Asked(ask::ENTER_INSTEAD)),
    state("enter-instead", &["ME", "1", "lobby"], ask::ENTER_INSTEAD, "n", Asked(ask::NEW_ROOM)),
    state("instead-password", &["ME", "1", "vault", "y"],
        ask::ROOM_PASSWORD, "2", Asked(ask::AGAIN)),
    state("instead-again", &["ME", "1", "vault", "y", "2"],
        ask::AGAIN, "y", Asked(ask::ROOM_PASSWORD)),
    state("lock", &["ME", "1", "attic"], ask::LOCK, "y", Asked(ask::NEW_PASSWORD)),
    state("lock-password", &["ME", "1", "attic", "y"],
        ask::NEW_PASSWORD, "1", Asked(ask::REPEAT_PASSWORD)),
    state("lock-repeat", &["ME", "1", "attic", "y", "1"],
        ask::REPEAT_PASSWORD, "2", NO_MATCH_FOR_ROOM),
    state("room", &["ME", "3"], ask::ROOM, "vault", Asked(ask::ROOM_PASSWORD)),
    state("room-password", &["ME", "3", "vault"], ask::ROOM_PASSWORD, "2", Asked(ask::AGAIN)),
    state("room-again", &["ME", "3", "vault", "2"], ask::AGAIN, "y", Asked(ask::ROOM_PASSWORD)),
    state("delete", &["ME", "2"], ask::DELETE, "vault", Asked(ask::PASSWORD_TO_DELETE)),
    state("delete-password", &["ME", "2", "vault"],
        ask::PASSWORD_TO_DELETE, "2", Asked(ask::AGAIN_TO_DELETE)),
    state("delete-again", &["ME", "2", "vault", "2"],
        ask::AGAIN_TO_DELETE, "y", Asked(ask::PASSWORD_TO_DELETE)),
    State {
        name: "talk", way: &["ME", "3", "lobby"], question: None,
        answer: "hello", next: Told(" talk: hello"),
    },
    state("file", &["ME", "3", "lobby", "!"], ask::FILE, "hello", NOT_SENT),
];

/// Brings programs and people on raw connections into each state, has something done there, and
/// sees that the state is still the same.
pub fn in_every_state(act: impl Fn(&State, &mut Person)) {
    for kind in [Kind::Program, Kind::Raw] {
        in_every_state_of(kind, &act);
    }
}

/// The same for one kind.
pub fn in_every_state_of(kind: Kind, act: impl Fn(&State, &mut Person)) {
    let server = Server::start();
    let mut ghost = set_the_stage(&server);
    for state in State::all_of(kind) {
        let mut person = state.reached_by_someone_new(&server, kind);
        act(state, &mut person);
        person.types(state.answer);
        match state.next {
            Asked(question) => person.is_asked(question),
            Told(line) => person.sees(line),
        }
    }
    ghost.hears_nothing_in_the_menu();
}

/// What the table takes for granted. Returns `ghost`, who has to stay signed in.
pub fn set_the_stage(server: &Server) -> Person {
    let mut ghost = server.sign_up("ghost");
    ghost.create("lobby");
    ghost.leave("lobby");
    ghost.create_locked("vault", "1");
    ghost.leave("vault");
    ghost
}

const fn state(
    name: &'static str,
    way: &'static [&'static str],
    question: Ask,
    answer: &'static str,
    next: Next,
) -> State {
    State { name, way, question: Some(question), answer, next }
}

impl State {
    /// Those that such a person can be in: files are for programs.
    pub fn all_of(kind: Kind) -> impl Iterator<Item = &'static State> {
        STATES.iter().filter(move |state| kind == Kind::Program || state.name != "file")
    }

    /// Someone who has just come into this state, and has read all that came.
    pub fn reached_by_someone_new(&self, server: &Server, kind: Kind) -> Person {
        let (me, way) = match self.way {
            ["ME", rest @ ..] => (true, rest),
            way => (false, way),
        };
        let mut person = match (me, kind == Kind::Program) {
            (true, true) => server.sign_up(self.name),
            (true, false) => server.sign_up_raw(self.name),
            (false, true) => server.newcomer(self.name),
            (false, false) => server.raw_newcomer(self.name),
        };
        for answer in way {
            person.types(answer);
        }
        match self.question {
            // The question of a state without a way has been read already.
            _ if way.is_empty() => {}
            Some(question) => drop(person.reads_up_to(question)),
            None => drop(person.sees_eventually(">> Press ! to send Files")),
        }
        person
    }

    /// After what was no answer to it, the question is asked again.
    #[track_caller]
    pub fn asks_again(&self, person: &mut Person) {
        self.question.into_iter().for_each(|question| person.is_asked(question));
    }

    /// Whether this control line has a meaning here.
    pub fn takes(&self, line: &str) -> bool {
        self.name == "file" && (line.starts_with("$file") || line.starts_with("$cancel"))
    }
}
