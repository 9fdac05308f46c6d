//! TCP keeps order but not boundaries: what a person types may arrive in one piece or in many.
//! Each scenario here is what one person types, all of it ahead, and what that person sees; it
//! reads the same however the bytes are cut. (The walk of two people, byte by byte, is in `walk`.)

use crate::support::{Ask, PASSWORD, Person, Seat, Server, ask};

#[test]
fn scenarios_read_the_same_byte_by_byte() {
    play_all(1, "\n");
}

#[test]
fn scenarios_read_the_same_in_pieces_that_cut_lines_and_endings() {
    play_all(7, "\r\n");
}

#[test]
fn scenarios_read_the_same_all_in_one_write() {
    play_all(usize::MAX, "\n");
}

/// What is typed after the greeting, and what is seen from there to the end of the connection.
struct Scenario {
    typed: &'static [&'static str],
    seen: &'static [Seen],
}

enum Seen {
    Line(&'static str),
    /// A question.
    Asked(Ask),
    /// A text line, whatever it says.
    ToldOff,
    /// The menu's screen, with the outcome of what was done before.
    Menu(Option<&'static str>),
    /// A room's screen: the outcome, and the room.
    Room(&'static str, &'static str),
}
use Seen::{Asked, Line, Menu, Room, ToldOff};

const NEW_NAME: Seen = Asked(ask::NEW_USER);
const NEW_PASSWORD: Seen = Asked(ask::NEW_PASSWORD);
const REPEAT: Seen = Asked(ask::REPEAT_PASSWORD);
const EXISTS: Seen = Asked(ask::LOGIN);
const LOGIN: Seen = Line("LOGIN");
const NAME: Seen = Asked(ask::USER);
const PASS: Seen = Asked(ask::PASSWORD);
const WRONG: Seen = Asked(ask::AGAIN);
const LOGGED_IN: Seen = Menu(Some("Logged In, You Welcome"));
const ROOM_NAME: Seen = Asked(ask::NEW_ROOM);
const WITH_PASSWORD: Seen = Asked(ask::LOCK);
const GOODBYE: Seen = Line("Goodbye :)");
const BYE: Seen = Line("$bye");

/// Each is played on a stage of its own: `owner` sits in the room `den`; `lobby` (open) and
/// `vault` (password `1`) are empty.
#[rustfmt::skip] // Columns of short lines: a transcript, laid on its side.
const SCENARIOS: [Scenario; 6] = [
    // Signing up, a room, a message, the members, out.
    Scenario {
        typed: &["lucas", "1", "1", "lucas", "1", "1", "Room1", "n", "hey çà", "$$5", "%", "@all", "@", "5"],
        seen: &[
            NEW_PASSWORD, REPEAT, Line("New User Added...Going to Login"), LOGIN, NAME, PASS, LOGGED_IN,
            ROOM_NAME, WITH_PASSWORD, Room("New Room Added... Entering", "Room1"),
            Line(" lucas: hey çà"), Line(" lucas: $5"),
            Line("LIST OF USERS:"), Line("User: lucas"), Line(" lucas: @all"),
            Menu(Some("You left the room Room1")), GOODBYE, BYE,
        ],
    },
    // Every question on the way in, answered wrong first.
    Scenario {
        typed: &[
            "no good", "lucas", "1", "2", "lucas", "@", "owner", "what?", "n", "owner", "y", "nobody", "1", "y",
            "@", "lucas", "", "1", "1", "lucas", "1", "9", "4", "5",
        ],
        seen: &[
            ToldOff, NEW_NAME, NEW_PASSWORD, REPEAT,
            Line("Passwords don't match, the user was not created"), NEW_NAME, NEW_PASSWORD, NEW_NAME, EXISTS,
            EXISTS, NEW_NAME, EXISTS, LOGIN, NAME, PASS, WRONG, LOGIN, NAME, NEW_NAME, NEW_PASSWORD, ToldOff,
            NEW_PASSWORD, REPEAT, Line("New User Added...Going to Login"), LOGIN, NAME, PASS, LOGGED_IN,
            Asked(ask::MENU), Menu(None), GOODBYE, BYE,
        ],
    },
    // A locked room: into it over `create`, out, and away with it.
    Scenario {
        typed: &[
            "lucas", "1", "1", "lucas", "1", "1", "vault", "y", "2", "y", "1", "hello", "@", "2", "vault", "2",
            "", "1", "3", "vault", "5",
        ],
        seen: &[
            NEW_PASSWORD, REPEAT, Line("New User Added...Going to Login"), LOGIN, NAME, PASS, LOGGED_IN,
            ROOM_NAME, Asked(ask::ENTER_INSTEAD),
            Asked(ask::ROOM_PASSWORD), WRONG, Asked(ask::ROOM_PASSWORD),
            Room("Entered the Room, Have a nice chat :P", "vault"), Line(" lucas: hello"),
            Menu(Some("You left the room vault")),
            Line("Rooms Available:"), Line("lobby Users: 0"), Line("vault LOCKED Users: 0"), Line("den Users: 1"),
            Asked(ask::DELETE), Asked(ask::PASSWORD_TO_DELETE),
            Asked(ask::AGAIN_TO_DELETE), Asked(ask::PASSWORD_TO_DELETE),
            Menu(Some("Room vault Removed")),
            Line("Rooms Available:"), Line("lobby Users: 0"), Line("den Users: 1"), Line("Entering Room"),
            Asked(ask::ROOM), Menu(Some("Room doesn't exist")), GOODBYE, BYE,
        ],
    },
    // Control lines that mean nothing here, at open and at secret questions.
    Scenario {
        typed: &["$pong", "$5", "lucas", "$5", "$pong", "$$5", "$$5", "$nonsense", "lucas", "$$5", "$5", "5"],
        seen: &[
            ToldOff, NEW_PASSWORD, ToldOff, NEW_PASSWORD, REPEAT,
            Line("New User Added...Going to Login"), LOGIN, NAME, ToldOff, PASS, LOGGED_IN, ToldOff, GOODBYE, BYE,
        ],
    },
    // Five wrong passwords, and more typed ahead than anyone will read.
    Scenario {
        typed: &[
            "owner", "y", "owner", "1", "y", "owner", "2", "y", "owner", "3", "y", "owner", "4", "y", "owner", "5",
            "is", "anybody", "there",
        ],
        seen: &[
            EXISTS, LOGIN, NAME, PASS, WRONG, LOGIN, NAME, PASS, WRONG, LOGIN, NAME, PASS, WRONG, LOGIN, NAME,
            PASS, WRONG, LOGIN, NAME, PASS, Line("Too many wrong passwords"), BYE,
        ],
    },
    // Taking over a session.
    Scenario {
        typed: &["owner", "y", "owner", PASSWORD, "what?", "y", "2", "den", "5"],
        seen: &[
            EXISTS, LOGIN, NAME, PASS,
            Asked(ask::TAKE_OVER),
            Asked(ask::TAKE_OVER), LOGGED_IN,
            Line("Rooms Available:"), Line("lobby Users: 0"), Line("vault LOCKED Users: 0"), Line("den Users: 0"),
            Asked(ask::DELETE), Menu(Some("Room den Removed")), GOODBYE, BYE,
        ],
    },
];

fn play_all(piece: usize, ending: &str) {
    for scenario in &SCENARIOS {
        let server = Server::start();
        let _owner = set_the_stage(&server);
        let mut lucas = server.newcomer("lucas");
        let typed: String = scenario.typed.iter().flat_map(|line| [line, ending]).collect();
        for bytes in typed.as_bytes().chunks(piece) {
            lucas.sends_bytes(bytes);
        }
        for seen in scenario.seen {
            seen.by(&mut lucas);
        }
        lucas.sees_end();
    }
}

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
            Menu(outcome) => person.sees_menu(*outcome),
            Room(outcome, room) => person.sees_room(outcome, room),
        }
    }
}
