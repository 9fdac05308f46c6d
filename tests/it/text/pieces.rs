//! TCP keeps order but not boundaries: what a person types may arrive in one piece or in many.
//! Each scenario here is what one person types, all of it ahead, and what that person sees. It
//! reads the same however the bytes are cut, for programs and on raw connections. Together they
//! take every path through the questions. (The walk of two people, byte by byte, is in `walk`.)

use crate::support::{Ask, Kind, PASSWORD, Person, Seat, Server, WELCOME, ask};

#[test]
fn scenarios_read_the_same_byte_by_byte() {
    play_all(Kind::Program, 1, "\n");
    play_all(Kind::Raw, 1, "\r\n");
}

#[test]
fn scenarios_read_the_same_in_pieces_that_cut_lines_and_endings() {
    play_all(Kind::Program, 7, "\r\n");
    play_all(Kind::Raw, 7, "\n");
}

#[test]
fn scenarios_read_the_same_all_in_one_write() {
    play_all(Kind::Program, usize::MAX, "\n");
    play_all(Kind::Raw, usize::MAX, "\n");
}

/// What is typed from the first question on, and what is seen after it.
struct Scenario {
    typed: &'static [&'static str],
    seen: &'static [Seen],
}

enum Seen {
    Line(&'static str),
    /// A question.
    Asked(Ask),
    /// One line of text that says that something was wrong, in the server's words.
    ToldOff,
    /// The menu, with how what was done before came out.
    Menu(&'static str),
    /// The menu alone.
    OnlyMenu,
    /// A room's screen: how it was entered, and its name.
    Room(&'static str, &'static str),
}
use Seen::{Asked, Line, Menu, OnlyMenu, Room, ToldOff};

const NEW_USER: Seen = Asked(ask::NEW_USER);
const NEW_PASSWORD: Seen = Asked(ask::NEW_PASSWORD);
const REPEAT: Seen = Asked(ask::REPEAT_PASSWORD);
const DIFFERENT: Seen = Line("Passwords don't match, the user was not created");
const ADDED: Seen = Line("New User Added...Going to Login");
const EXISTS: Seen = Asked(ask::LOGIN);
const LOGIN: Seen = Line("LOGIN");
const USER: Seen = Asked(ask::USER);
const PASS: Seen = Asked(ask::PASSWORD);
const AGAIN: Seen = Asked(ask::AGAIN);
const TAKE_OVER: Seen = Asked(ask::TAKE_OVER);
const LOGGED_IN: Seen = Menu("Logged In, You Welcome");
const MENU: Seen = Asked(ask::MENU);
const NEW_ROOM: Seen = Asked(ask::NEW_ROOM);
const LOCK: Seen = Asked(ask::LOCK);
const INSTEAD: Seen = Asked(ask::ENTER_INSTEAD);
const ROOM: Seen = Asked(ask::ROOM);
const ROOM_PASSWORD: Seen = Asked(ask::ROOM_PASSWORD);
const DELETE: Seen = Asked(ask::DELETE);
const PASSWORD_TO_DELETE: Seen = Asked(ask::PASSWORD_TO_DELETE);
const AGAIN_TO_DELETE: Seen = Asked(ask::AGAIN_TO_DELETE);
const LIST: Seen = Line("Rooms Available:");
const LOBBY: Seen = Line("lobby Users: 0");
const VAULT: Seen = Line("vault LOCKED Users: 0");
const DEN: Seen = Line("den Users: 1");
const ENTERING: Seen = Line("Entering Room");
const NONE_SUCH: Seen = Menu("Room doesn't exist");
const CREATED: &str = "New Room Added... Entering";
const ENTERED: &str = "Entered the Room, Have a nice chat :P";
const GOODBYE: Seen = Line("Goodbye :)");
const BYE: Seen = Line("$bye");

#[rustfmt::skip] // Columns of short lines: a transcript, laid on its side.
const SCENARIOS: [Scenario; 10] = [
    // Signing up, a room, a message, the members, out.
    Scenario {
        typed: &[
            "lucas", "1", "1", "lucas", "1", "1", "Room1", "n", "hey çà", "$$5", "%", "@all",
            "@", "5",
        ],
        seen: &[
            NEW_PASSWORD, REPEAT, ADDED, LOGIN, USER, PASS, LOGGED_IN,
            NEW_ROOM, LOCK, Room(CREATED, "Room1"), Line(" lucas: hey çà"), Line(" lucas: $5"),
            Line("LIST OF USERS:"), Line("User: lucas"), Line(" lucas: @all"),
            Menu("You left the room Room1"), GOODBYE, BYE,
        ],
    },
    // Every question on the way in, answered wrong first.
    Scenario {
        typed: &[
            "no good", "lucas", "1", "2", "lucas", "@", "owner", "what?", "n", "owner", "y",
            "nobody", "1", "maybe", "y", "nobody", "1", "n", "owner", "Y", "@", "lucas", "", "1",
            "1", "lucas", "1", "9", "4", "5",
        ],
        seen: &[
            ToldOff, NEW_USER, NEW_PASSWORD, REPEAT, DIFFERENT, NEW_USER, NEW_PASSWORD, NEW_USER,
            EXISTS, EXISTS, NEW_USER, EXISTS, LOGIN, USER,
            PASS, AGAIN, AGAIN, LOGIN, USER, PASS, AGAIN, NEW_USER, EXISTS, LOGIN, USER,
            NEW_USER, NEW_PASSWORD, ToldOff, NEW_PASSWORD, REPEAT, ADDED, LOGIN, USER, PASS,
            LOGGED_IN, MENU, OnlyMenu, GOODBYE, BYE,
        ],
    },
    // The way back from every question on the way in.
    Scenario {
        typed: &[
            "@", "lucas", "@", "lucas", "1", "@", "owner", "@", "owner", "y", "@", "owner", "y",
            "owner", "@", "owner", "y", "owner", "no", "@", "owner", "y", "owner", PASSWORD, "@",
            "lucas", "1", "1", "@", "lucas", "y", "lucas", "1", "5",
        ],
        seen: &[
            NEW_USER, NEW_PASSWORD, NEW_USER, NEW_PASSWORD, REPEAT, NEW_USER, EXISTS, NEW_USER,
            EXISTS, LOGIN, USER, NEW_USER, EXISTS, LOGIN, USER, PASS, NEW_USER, EXISTS, LOGIN,
            USER,
            PASS, AGAIN, NEW_USER, EXISTS, LOGIN, USER, PASS, TAKE_OVER, NEW_USER,
            NEW_PASSWORD, REPEAT, ADDED, LOGIN, USER, NEW_USER, EXISTS, LOGIN, USER, PASS,
            LOGGED_IN, GOODBYE, BYE,
        ],
    },
    // A locked room: into it over `create`, out, and away with it.
    Scenario {
        typed: &[
            "lucas", "1", "1", "lucas", "1", "1", "vault", "y", "2", "y", "1", "hello", "@",
            "2", "vault", "2", "", "1", "3", "vault", "5",
        ],
        seen: &[
            NEW_PASSWORD, REPEAT, ADDED, LOGIN, USER, PASS, LOGGED_IN,
            NEW_ROOM, INSTEAD, ROOM_PASSWORD, AGAIN, ROOM_PASSWORD, Room(ENTERED, "vault"),
            Line(" lucas: hello"), Menu("You left the room vault"),
            LIST, LOBBY, VAULT, DEN, DELETE, PASSWORD_TO_DELETE, AGAIN_TO_DELETE,
            PASSWORD_TO_DELETE, Menu("Room vault Removed"),
            LIST, LOBBY, DEN, ENTERING, ROOM, NONE_SUCH, GOODBYE, BYE,
        ],
    },
    // A room with a password, with every question about it answered wrong first.
    Scenario {
        typed: &[
            "lucas", "1", "1", "lucas", "1", "1", "no_good!", "lobby", "?", "n", "attic", "?", "y",
            "1", "2", "", "1", "1", "@", "5",
        ],
        seen: &[
            NEW_PASSWORD, REPEAT, ADDED, LOGIN, USER, PASS, LOGGED_IN, NEW_ROOM, ToldOff, NEW_ROOM,
            INSTEAD, INSTEAD, NEW_ROOM, LOCK, LOCK, NEW_PASSWORD, REPEAT,
            Line("Passwords don't match"), NEW_PASSWORD, ToldOff, NEW_PASSWORD, REPEAT,
            Room(CREATED, "attic"), Menu("You left the room attic"), GOODBYE, BYE,
        ],
    },
    // The way back from every question of the menu's entries.
    Scenario {
        typed: &[
            "lucas", "1", "1", "lucas", "1", "@", "1", "@", "1", "lobby", "@", "1", "attic", "@",
            "1", "attic", "y", "@", "1", "attic", "y", "1", "@", "1", "vault", "y", "@",
            "1", "vault", "y", "2", "@", "5",
        ],
        seen: &[
            NEW_PASSWORD, REPEAT, ADDED, LOGIN, USER, PASS, LOGGED_IN, MENU, NEW_ROOM, OnlyMenu,
            NEW_ROOM, INSTEAD, OnlyMenu, NEW_ROOM, LOCK, OnlyMenu, NEW_ROOM, LOCK, NEW_PASSWORD,
            OnlyMenu, NEW_ROOM, LOCK, NEW_PASSWORD, REPEAT, OnlyMenu, NEW_ROOM, INSTEAD,
            ROOM_PASSWORD, OnlyMenu, NEW_ROOM, INSTEAD, ROOM_PASSWORD, AGAIN, OnlyMenu, GOODBYE,
            BYE,
        ],
    },
    // And of the two that begin with a list of the rooms; also by a no.
    Scenario {
        typed: &[
            "lucas", "1", "1", "lucas", "1", "2", "@", "2", "vault", "@", "2", "vault", "2", "@",
            "2", "vault", "2", "n", "2", "den", "3", "@", "3", "vault", "@", "3", "vault", "2",
            "@",
            "3", "vault", "2", "n", "5",
        ],
        seen: &[
            NEW_PASSWORD, REPEAT, ADDED, LOGIN, USER, PASS, LOGGED_IN,
            LIST, LOBBY, VAULT, DEN, DELETE, OnlyMenu,
            LIST, LOBBY, VAULT, DEN, DELETE, PASSWORD_TO_DELETE, OnlyMenu,
            LIST, LOBBY, VAULT, DEN, DELETE, PASSWORD_TO_DELETE, AGAIN_TO_DELETE, OnlyMenu,
            LIST, LOBBY, VAULT, DEN, DELETE, PASSWORD_TO_DELETE, AGAIN_TO_DELETE, OnlyMenu,
            LIST, LOBBY, VAULT, DEN, DELETE, Menu("Room is not empty for deletion"),
            LIST, LOBBY, VAULT, DEN, ENTERING, ROOM, OnlyMenu,
            LIST, LOBBY, VAULT, DEN, ENTERING, ROOM, ROOM_PASSWORD, OnlyMenu,
            LIST, LOBBY, VAULT, DEN, ENTERING, ROOM, ROOM_PASSWORD, AGAIN, OnlyMenu,
            LIST, LOBBY, VAULT, DEN, ENTERING, ROOM, ROOM_PASSWORD, AGAIN, OnlyMenu, GOODBYE, BYE,
        ],
    },
    // Control lines that mean nothing here, at open and at secret questions.
    Scenario {
        typed: &[
            "$pong", "$5", "lucas", "$5", "$at menu", "$$5", "$$5", "$nonsense", "lucas", "$$5",
            "$5", "5",
        ],
        seen: &[
            ToldOff, NEW_USER, ToldOff, NEW_USER, NEW_PASSWORD, ToldOff, NEW_PASSWORD, ToldOff,
            NEW_PASSWORD, REPEAT, ADDED, LOGIN, USER, ToldOff, USER, PASS, LOGGED_IN, ToldOff,
            MENU,
            GOODBYE, BYE,
        ],
    },
    // Five wrong passwords, and more typed ahead than anyone will read.
    Scenario {
        typed: &[
            "owner", "y", "owner", "1", "y", "owner", "2", "y", "owner", "3", "y", "owner", "4",
            "y", "owner", "5", "is", "anybody", "there",
        ],
        seen: &[
            EXISTS, LOGIN, USER, PASS, AGAIN, LOGIN, USER, PASS, AGAIN, LOGIN, USER, PASS, AGAIN,
            LOGIN, USER, PASS, AGAIN, LOGIN, USER, PASS, Line("Too many wrong passwords"), BYE,
        ],
    },
    // Taking over a session.
    Scenario {
        typed: &["owner", "y", "owner", PASSWORD, "what?", "y", "2", "den", "5"],
        seen: &[
            EXISTS, LOGIN, USER, PASS, TAKE_OVER, TAKE_OVER, LOGGED_IN,
            LIST, LOBBY, VAULT, Line("den Users: 0"), DELETE, Menu("Room den Removed"), GOODBYE,
            BYE,
        ],
    },
];

/// Plays each on a server of its own, with so many bytes in a write.
fn play_all(kind: Kind, piece: usize, ending: &str) {
    for scenario in &SCENARIOS {
        let server = Server::start();
        let _owner = set_the_stage(&server);
        let hello: &[&str] = if kind == Kind::Program { &["$hello 2"] } else { &[] };
        let typed: String =
            hello.iter().chain(scenario.typed).flat_map(|line| [line, ending]).collect();
        let mut lucas = Person::connect(server.address(), "lucas", kind);
        for bytes in typed.as_bytes().chunks(piece) {
            lucas.sends_bytes(bytes);
        }
        lucas.sees_lines(&["$chatroom 2", WELCOME, ask::NEW_USER.text]);
        if kind == Kind::Program {
            lucas.sees_lines(&["$at sign-in", WELCOME]);
            lucas.is_asked(ask::NEW_USER);
        }
        scenario.seen.iter().for_each(|seen| seen.by(&mut lucas));
        lucas.sees_end();
    }
}

/// A user who is in a room, an empty room, and one that is locked.
fn set_the_stage(server: &Server) -> Person {
    let mut owner = server.sign_up("owner");
    owner.create("lobby");
    owner.leave("lobby");
    owner.create_locked("vault", "1");
    owner.leave("vault");
    owner.create("den");
    owner
}

impl Seen {
    #[track_caller]
    fn by(&self, person: &mut Person) {
        match self {
            Line(line) => person.sees(line),
            Asked(question) => person.is_asked(*question),
            ToldOff => {
                person.is_told_off();
            }
            Menu(outcome) => person.sees_menu(Some(outcome)),
            OnlyMenu => person.sees_menu(None),
            Room(outcome, room) => person.sees_room(outcome, room),
        }
    }
}
