//! Every state that a session can be in, as a table, for what must be true in all of them (`control`).

use crate::support::{PASSWORD, Person, Seat, Server};

/// A state of a session: how one comes there from the first question, what is asked there, and what an answer to
/// it leads to, which shows that the state is still the same.
pub struct State {
    name: &'static str,
    way: &'static [&'static str],
    prompt: Prompt,
    answer: &'static str,
    leads_to: &'static str,
}

/// A question, and whether its answer is a secret.
#[derive(Clone, Copy)]
pub enum Prompt {
    Open(&'static str),
    Secret(&'static str),
}
use Prompt::{Open, Secret};

const FIRST: &str = "Please write your new Username:";
const EXISTS: &str = "User already exists... Do you want to go to Login? (Y/n)";
const NO_MATCH: &str = "Passwords don't match, the user was not created";
const LOGIN: &str = "LOGIN";
const WRONG: &str = "Wrong Password. Do you Want to Try again? (Y/n)";
const ELSEWHERE: &str = "User Already signed in... Do you want to take over that session? (Y/n)";
const NEW_PASSWORD: &str = "Please choose a new Password:";
const REPEAT: &str = "Please REPEAT your Password:";
const MENU_END: &str = "Write a number from 1 to 5";
const ROOM_NAME: &str = "Please write the name of the Room:";
const CREATED: &str = "Room already created... Do you want to Enter? (Y/n)";
const AGAIN: &str = "Wrong PassWord, Try again? (Y/n)";

/// All of them, on a stage where `ghost` is signed in, and the rooms `lobby` and `vault` (password `1`) are empty.
/// `ME` in a way stands for signing up under the state's name, up to the menu.
#[rustfmt::skip] // A table: a state a row.
pub const STATES: [State; 21] = [
    state("new-name", &[], Open(FIRST), "ghost", EXISTS),
    state("new-password", &["somebody"], Secret(NEW_PASSWORD), "1", "$hide"),
    state("repeat", &["somebody", "1"], Secret(REPEAT), "2", NO_MATCH),
    state("exists", &["ghost"], Open(EXISTS), "y", LOGIN),
    state("login-name", &["ghost", "y"], Open("Please write your Username:"), "ghost", "$hide"),
    state("login-password", &["ghost", "y", "ghost"], Secret("Please write your Password:"), "wrong", WRONG),
    state("try-again", &["ghost", "y", "ghost", "wrong"], Open(WRONG), "y", LOGIN),
    state("take-over", &["ghost", "y", "ghost", PASSWORD], Open(ELSEWHERE), "n", FIRST),
    state("menu", &["ME"], Open(MENU_END), "6", MENU_END),
    state("create-name", &["ME", "1"], Open(ROOM_NAME), "lobby", CREATED),
    state("create-exists", &["ME", "1", "lobby"], Open(CREATED), "n", ROOM_NAME),
    state("create-lock", &["ME", "1", "attic"], Open("Do you want a password? (Y/n)"), "y", "$hide"),
    state("create-password", &["ME", "1", "attic", "y"], Secret(NEW_PASSWORD), "1", "$hide"),
    state("create-repeat", &["ME", "1", "attic", "y", "1"], Secret(REPEAT), "2", "Passwords don't match"),
    state("enter-name", &["ME", "3"], Open("Please write the Room name:"), "vault", "$hide"),
    state("enter-password", &["ME", "3", "vault"], Secret("Please write the Room Password:"), "2", WRONG),
    state("enter-again", &["ME", "3", "vault", "2"], Open(WRONG), "y", "$hide"),
    state("delete-name", &["ME", "2"], Open("Which Room do You want to delete?"), "vault", "$hide"),
    state("delete-password", &["ME", "2", "vault"], Secret("Write the Room Password:"), "2", AGAIN),
    state("delete-again", &["ME", "2", "vault", "2"], Open(AGAIN), "y", "$hide"),
    state("room", &["ME", "3", "lobby"], Open(">> Press ! to send Files"), "hello", " room: hello"),
];

/// Brings someone into each state, has something done there, and sees that the state is still the same.
pub fn in_every_state(act: impl Fn(&State, &mut Person)) {
    let server = Server::start();
    let mut ghost = set_the_stage(&server);
    for state in &STATES {
        let mut person = state.reached_by_someone_new(&server);
        act(state, &mut person);
        person.types(state.answer);
        person.sees(state.leads_to);
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
    prompt: Prompt,
    answer: &'static str,
    leads_to: &'static str,
) -> State {
    State { name, way, prompt, answer, leads_to }
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
        // The prompt of a state without a way has been read already.
        if !way.is_empty() {
            let (Open(prompt) | Secret(prompt)) = self.prompt;
            person.sees_eventually(prompt);
        }
        person
    }

    /// What a line that can't be the answer to a secret's prompt is followed by: the prompt, once more.
    #[track_caller]
    pub fn asks_for_its_secret_again(&self, person: &mut Person) {
        if let Secret(prompt) = self.prompt {
            person.is_asked_secretly(prompt);
        }
    }
}
