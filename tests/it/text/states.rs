//! Every state that a session can be in, as a table, for what must be true in all of them
//! (`control`).

use crate::support::{Ask, PASSWORD, Person, Seat, Server, ask};

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

/// All of them, on a stage where `ghost` is signed in, and the rooms `lobby` and `vault` (password
/// `1`) are empty. `ME` in a way stands for signing up under the state's name, up to the menu.
#[rustfmt::skip] // A table: a state a row.
pub const STATES: [State; 21] = [
    state("new-name", &[], Some(ask::NEW_USER), "ghost", Asked(ask::LOGIN)),
    state("new-password", &["somebody"], Some(ask::NEW_PASSWORD), "1", Asked(ask::REPEAT_PASSWORD)),
    state("repeat", &["somebody", "1"], Some(ask::REPEAT_PASSWORD), "2", NO_MATCH),
    state("exists", &["ghost"], Some(ask::LOGIN), "y", LOGIN),
    state("login-name", &["ghost", "y"], Some(ask::USER), "ghost", Asked(ask::PASSWORD)),
    state("login-password", &["ghost", "y", "ghost"], Some(ask::PASSWORD), "wrong", Asked(ask::AGAIN)),
    state("try-again", &["ghost", "y", "ghost", "wrong"], Some(ask::AGAIN), "y", LOGIN),
    state("take-over", &["ghost", "y", "ghost", PASSWORD], Some(ask::TAKE_OVER), "n", Asked(ask::NEW_USER)),
    state("menu", &["ME"], Some(ask::MENU), "6", Asked(ask::MENU)),
    state("create-name", &["ME", "1"], Some(ask::NEW_ROOM), "lobby", Asked(ask::ENTER_INSTEAD)),
    state("create-exists", &["ME", "1", "lobby"], Some(ask::ENTER_INSTEAD), "n", Asked(ask::NEW_ROOM)),
    state("create-lock", &["ME", "1", "attic"], Some(ask::LOCK), "y", Asked(ask::NEW_PASSWORD)),
    state("create-password", &["ME", "1", "attic", "y"], Some(ask::NEW_PASSWORD), "1", Asked(ask::REPEAT_PASSWORD)),
    state("create-repeat", &["ME", "1", "attic", "y", "1"], Some(ask::REPEAT_PASSWORD), "2", NO_MATCH_FOR_ROOM),
    state("enter-name", &["ME", "3"], Some(ask::ROOM), "vault", Asked(ask::ROOM_PASSWORD)),
    state("enter-password", &["ME", "3", "vault"], Some(ask::ROOM_PASSWORD), "2", Asked(ask::AGAIN)),
    state("enter-again", &["ME", "3", "vault", "2"], Some(ask::AGAIN), "y", Asked(ask::ROOM_PASSWORD)),
    state("delete-name", &["ME", "2"], Some(ask::DELETE), "vault", Asked(ask::PASSWORD_TO_DELETE)),
    state("delete-password", &["ME", "2", "vault"], Some(ask::PASSWORD_TO_DELETE), "2", Asked(ask::AGAIN_TO_DELETE)),
    state("delete-again", &["ME", "2", "vault", "2"], Some(ask::AGAIN_TO_DELETE), "y", Asked(ask::PASSWORD_TO_DELETE)),
    state("room", &["ME", "3", "lobby"], None, "hello", Told(" room: hello")),
];

/// Brings someone into each state, has something done there, and sees that the state is still the
/// same.
pub fn in_every_state(act: impl Fn(&State, &mut Person)) {
    let server = Server::start();
    let mut ghost = set_the_stage(&server);
    for state in &STATES {
        let mut person = state.reached_by_someone_new(&server);
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
    question: Option<Ask>,
    answer: &'static str,
    next: Next,
) -> State {
    State { name, way, question, answer, next }
}

impl State {
    /// Someone who has just come to this state.
    pub fn reached_by_someone_new(&self, server: &Server) -> Person {
        let mut way = self.way;
        let mut person = match way {
            ["ME", rest @ ..] => {
                way = rest;
                server.sign_up(self.name)
            }
            _ => server.newcomer(self.name),
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

    /// After what was no answer to a secret question, it is asked again.
    #[track_caller]
    pub fn asks_for_its_secret_again(&self, person: &mut Person) {
        let secret = self.question.filter(|question| question.control == Some("$hide"));
        secret.into_iter().for_each(|question| person.is_asked(question));
    }
}
