//! The second state: the menu, for a person who is signed in and in no room. Returns a choice.
//!
//! Each entry asks its questions and ends in a room, or in the menu again with its outcome above
//! the screen. A lone `@` at any question leads back to the menu.

use std::sync::Arc;

use super::request_log::Kind;
use super::rooms::{DeleteError, Member, Membership, Room};
use super::screens;
use super::session::{Ended, Session, Stop};
use super::store::NotKept;
use crate::name::{Password, RoomName, UserName};
use crate::protocol::Question;

/// How many wrong passwords in a row lead back to the menu.
pub const MAX_WRONG_PASSWORDS: u32 = 5;

const NO_SUCH_ROOM: &str = "Room doesn't exist";

/// What a person chose.
#[derive(Debug)]
pub enum Choice {
    /// The person is in a room now.
    Enter(Membership),
    /// The person wants to leave.
    Exit,
}

/// How an entry of the menu ended: what is logged, and what comes next.
struct Done {
    kind: Kind,
    log: String,
    next: Next,
}

enum Next {
    InRoom(Membership),
    /// The menu, with this outcome above it.
    Menu(String),
}

impl Done {
    fn in_room(kind: Kind, log: String, membership: Membership) -> Done {
        Done { kind, log, next: Next::InRoom(membership) }
    }

    fn menu(kind: Kind, log: impl ToString, outcome: impl ToString) -> Done {
        Done { kind, log: log.to_string(), next: Next::Menu(outcome.to_string()) }
    }
}

/// Takes choices until one leads somewhere else. The menu's screen has been shown already.
///
/// # Errors
/// [`Ended`], if the session is over.
pub fn choose(session: &mut Session, user: &UserName) -> Result<Choice, Ended> {
    loop {
        let done = match session.ask(Question::Menu, "Write a number from 1 to 5") {
            Ok(number) => match number.as_str() {
                "1" => create(session, user),
                "2" => delete(session),
                "3" => enter(session, user),
                "4" => Ok(Done::menu(Kind::Menu, "shown", "")),
                "5" => {
                    session.log.request(Kind::Menu, "goodbye");
                    return Ok(Choice::Exit);
                }
                _ => {
                    session.log.request(Kind::Menu, "not one of its numbers");
                    continue;
                }
            },
            Err(Stop::Back) => continue,
            Err(Stop::Ended(ended)) => return Err(ended),
        };
        let outcome = match done {
            Ok(Done { kind, log, next }) => {
                session.log.request(kind, log);
                match next {
                    Next::InRoom(membership) => return Ok(Choice::Enter(membership)),
                    Next::Menu(outcome) => outcome,
                }
            }
            Err(Stop::Back) => String::new(),
            Err(Stop::Ended(ended)) => return Err(ended),
        };
        session.tell(screens::menu(session, &outcome));
    }
}

fn create(session: &mut Session, user: &UserName) -> Result<Done, Stop> {
    let name = match ask_new_name(session)? {
        NewRoom::Name(name) => name,
        NewRoom::EnterInstead(room) => return enter_room(session, user, &room),
    };
    let password = if session.ask_yes(Question::Lock, "Do you want a password? (Y/n)")? {
        Some(ask_new_room_password(session)?)
    } else {
        None
    };
    let screen = screens::room(session, &name, "New Room Added... Entering");
    let creator = member(session, user);
    Ok(match session.shared.rooms.create(&name, password.as_ref(), creator, screen) {
        Ok(membership) => {
            session.shared.console.show(format_args!("Room {name} created by {user}"));
            Done::in_room(Kind::Create, format!("{name} created"), membership)
        }
        Err(NotKept::TooManyRooms) => {
            let outcome = "There are too many rooms, one must be deleted first";
            Done::menu(Kind::Create, "too many rooms", outcome)
        }
        Err(NotKept::NotSaved(_)) => Done::menu(
            Kind::Create,
            format_args!("{name} could not be saved"),
            "The room could not be saved on the server, and was not created; \
             please tell the person who runs the server",
        ),
        Err(NotKept::TooLate) => Done::menu(
            Kind::Create,
            format_args!("{name} exists already"),
            "Somebody created the Room before you did...",
        ),
    })
}

/// What a person who chose to create a room wants.
enum NewRoom {
    Name(RoomName),
    /// The name exists: enter that room.
    EnterInstead(Arc<Room>),
}

fn ask_new_name(session: &mut Session) -> Result<NewRoom, Stop> {
    loop {
        let name = session.ask(Question::NewRoom, "Please write the name of the Room:")?;
        let name = match RoomName::parse(&name) {
            Ok(name) => name,
            Err(rule) => {
                session.log.request(Kind::Create, "not a room's name");
                session.tell(rule);
                continue;
            }
        };
        let Some(room) = session.shared.rooms.find(&name) else {
            return Ok(NewRoom::Name(name));
        };
        session.log.request(Kind::Create, format_args!("{name} exists already"));
        let prompt = "Room already created... Do you want to Enter? (Y/n)";
        if session.ask_yes(Question::EnterInstead, prompt)? {
            return Ok(NewRoom::EnterInstead(room));
        }
    }
}

fn ask_new_room_password(session: &mut Session) -> Result<Password, Stop> {
    loop {
        if let Some(password) = session.ask_new_password()? {
            return Ok(password);
        }
        session.log.request(Kind::Create, "passwords differ");
        session.tell("Passwords don't match");
    }
}

fn enter(session: &mut Session, user: &UserName) -> Result<Done, Stop> {
    let Some(list) = list_rooms(session) else {
        return Ok(Done::menu(Kind::Enter, "no rooms", "There are no rooms"));
    };
    session.tell(format_args!("{list}\nEntering Room"));
    let name = session.ask(Question::Room, "Please write the Room name:")?;
    match find_room(session, &name) {
        Some(room) => enter_room(session, user, &room),
        None => Ok(Done::menu(Kind::Enter, "no such room", NO_SUCH_ROOM)),
    }
}

fn enter_room(session: &mut Session, user: &UserName, room: &Arc<Room>) -> Result<Done, Stop> {
    let name = room.name();
    let dialogue = PasswordDialogue {
        kind: Kind::Enter,
        prompt: "Please write the Room Password:",
        wrong: "Wrong Password. Do you Want to Try again? (Y/n)",
    };
    if let Some(refused) = ask_room_password(session, room, &dialogue)? {
        return Ok(refused);
    }
    // Meanwhile the room may have been deleted, and a new one may have its name. Then nobody can
    // enter this one any more.
    let screen = screens::room(session, name, "Entered the Room, Have a nice chat :P");
    match room.enter(member(session, user), screen) {
        Some((membership, pressure)) => {
            session.slow_down(pressure)?;
            Ok(Done::in_room(Kind::Enter, format!("in {name}"), membership))
        }
        None => Ok(Done::menu(Kind::Enter, "no such room", NO_SUCH_ROOM)),
    }
}

fn delete(session: &mut Session) -> Result<Done, Stop> {
    let Some(list) = list_rooms(session) else {
        return Ok(Done::menu(Kind::Delete, "no rooms", "There are no rooms"));
    };
    session.tell(list);
    let name = session.ask(Question::Delete, "Which Room do You want to delete?")?;
    let Some(room) = find_room(session, &name) else {
        return Ok(Done::menu(Kind::Delete, "no such room", NO_SUCH_ROOM));
    };
    let name = room.name();
    if room.size() > 0 {
        let log = format_args!("{name} is not empty");
        return Ok(Done::menu(Kind::Delete, log, DeleteError::NotEmpty));
    }
    let dialogue = PasswordDialogue {
        kind: Kind::Delete,
        prompt: "Write the Room Password:",
        wrong: "Wrong PassWord, Try again? (Y/n)",
    };
    if let Some(refused) = ask_room_password(session, &room, &dialogue)? {
        return Ok(refused);
    }
    Ok(match session.shared.rooms.delete(&room) {
        Ok(()) => {
            let removed = format!("Room {name} Removed");
            session.shared.console.show(&removed);
            Done::menu(Kind::Delete, format_args!("{name} removed"), removed)
        }
        Err(why) => Done::menu(Kind::Delete, format_args!("{name}: {why}"), &why),
    })
}

/// How a room's password is asked for.
struct PasswordDialogue {
    kind: Kind,
    prompt: &'static str,
    wrong: &'static str,
}

/// Asks for a room's password, if it has one, until it is right. `Some`: there were too many wrong
/// ones.
fn ask_room_password(
    session: &mut Session,
    room: &Room,
    dialogue: &PasswordDialogue,
) -> Result<Option<Done>, Stop> {
    if room.kept().password.is_none() {
        return Ok(None);
    }
    for attempt in 1..=MAX_WRONG_PASSWORDS {
        let password = session.ask_password(Question::RoomPassword, dialogue.prompt)?;
        let store = &session.shared.store;
        if password.is_some_and(|password| store.opens(room.kept(), &password)) {
            return Ok(None);
        }
        session.log.request(dialogue.kind, "wrong password");
        if attempt < MAX_WRONG_PASSWORDS && !session.ask_yes(Question::Again, dialogue.wrong)? {
            return Err(Stop::Back);
        }
    }
    let outcome = "Too many wrong passwords for this room";
    Ok(Some(Done::menu(dialogue.kind, "too many wrong passwords", outcome)))
}

/// The list of rooms, as a person reads it. `None` if there are none.
fn list_rooms(session: &Session) -> Option<String> {
    let rooms = session.shared.rooms.list();
    session.log.request(Kind::List, "rooms listed");
    if rooms.is_empty() {
        return None;
    }
    // At once: growing step by step would leave the smaller pieces with this thread.
    let mut list = String::with_capacity(32 * (rooms.len() + 1));
    list.push_str("Rooms Available:");
    for room in rooms {
        list.push('\n');
        list.push_str(&room.listing());
    }
    Some(list)
}

fn find_room(session: &Session, name: &str) -> Option<Arc<Room>> {
    session.shared.rooms.find(&RoomName::parse(name).ok()?)
}

fn member(session: &Session, user: &UserName) -> Member {
    Member {
        session: session.number,
        user: user.clone(),
        is_program: session.is_program,
        outbox: Arc::clone(session.outbox),
    }
}
