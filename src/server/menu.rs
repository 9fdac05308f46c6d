//! The second state: the menu, for whoever is signed in and in no room. Returns a choice.
//!
//! Each entry asks its questions and ends in a room, or with a word on its outcome above the menu's screen. A lone `@` at any
//! of the questions leads back to the menu.

use std::sync::Arc;

use super::request_log::Kind;
use super::rooms::{DeleteError, Member, Membership, Room};
use super::screens;
use super::session::{Ended, Input, Session, Stop};
use super::store::NotKept;
use crate::name::{RoomName, UserName};

/// How many wrong passwords in a row lead back to the menu.
const MAX_WRONG_PASSWORDS: u32 = 5;

const NO_SUCH_ROOM: &str = "Room doesn't exist";

/// What a person chose.
#[derive(Debug)]
pub enum Choice {
    /// It is in a room now.
    Enter(Membership),
    /// It wants to leave.
    Exit,
}

/// How an entry of the menu ended.
enum Entry {
    InRoom(Membership),
    Outcome(String),
}

impl From<&str> for Entry {
    fn from(outcome: &str) -> Entry {
        Entry::Outcome(outcome.to_string())
    }
}

/// Takes choices, the menu's screen being shown already, until one leads somewhere else.
pub fn choose(session: &mut Session, user: &UserName) -> Result<Choice, Ended> {
    loop {
        let entry = match session.next_input()? {
            Input::Text(text) => match text.trim_matches(' ') {
                "1" => create(session, user),
                "2" => delete(session),
                "3" => enter(session, user),
                "4" => {
                    session.log.request(Kind::Menu, "shown");
                    Ok("".into())
                }
                "5" => {
                    session.log.request(Kind::Menu, "goodbye");
                    return Ok(Choice::Exit);
                }
                _ => {
                    session.log.request(Kind::Menu, "not one of its numbers");
                    session.tell("Write a number from 1 to 5");
                    continue;
                }
            },
            Input::Unusable(why) => {
                session.tell(why);
                continue;
            }
            Input::Uploaded(_) => continue,
        };
        match entry {
            Ok(Entry::InRoom(membership)) => return Ok(Choice::Enter(membership)),
            Ok(Entry::Outcome(outcome)) => session.tell(screens::menu(&outcome)),
            Err(Stop::Back) => session.tell(screens::menu("")),
            Err(Stop::Ended(ended)) => return Err(ended),
        }
    }
}

fn create(session: &mut Session, user: &UserName) -> Result<Entry, Stop> {
    let shared = session.shared;
    let name = loop {
        let name = session.ask("Please write the name of the Room:")?;
        let name = match RoomName::parse(&name) {
            Ok(name) => name,
            Err(rule) => {
                session.log.request(Kind::Create, "not a room's name");
                session.tell(rule);
                continue;
            }
        };
        let Some(room) = shared.rooms.find(&name) else {
            break name;
        };
        session.log.request(Kind::Create, format_args!("{name} exists already"));
        if session.ask_yes("Room already created... Do you want to Enter? (Y/n)")? {
            return enter_room(session, user, &room);
        }
    };

    let password = if session.ask_yes("Do you want a password? (Y/n)")? {
        let password = loop {
            match session.ask_new_password()? {
                Some(password) => break password,
                None => {
                    session.log.request(Kind::Create, "passwords differ");
                    session.tell("Passwords don't match");
                }
            }
        };
        Some(password)
    } else {
        None
    };

    let screen = screens::room(&name, "New Room Added... Entering");
    match shared.rooms.create(&name, password.as_ref(), member(session, user), screen) {
        Ok(membership) => {
            session.log.request(Kind::Create, format_args!("{name} created"));
            shared.console.show(format_args!("Room {name} created by {user}"));
            Ok(Entry::InRoom(membership))
        }
        Err(NotKept::TooLate) => {
            session.log.request(Kind::Create, format_args!("{name} exists already"));
            Ok("Somebody created the Room before you did...".into())
        }
        Err(NotKept::TooManyRooms) => {
            session.log.request(Kind::Create, "too many rooms");
            Ok("There are too many rooms, one must be deleted first".into())
        }
        Err(NotKept::NotSaved(_)) => {
            session.log.request(Kind::Create, format_args!("{name} could not be saved"));
            Ok("The room could not be saved on the server, and was not created; tell who runs it"
                .into())
        }
    }
}

fn enter(session: &mut Session, user: &UserName) -> Result<Entry, Stop> {
    let Some(list) = list_rooms(session) else {
        return Ok("There are no rooms".into());
    };
    let name = session.ask(format_args!("{list}\nEntering Room\nPlease write the Room name:"))?;
    match find_room(session, &name) {
        Some(room) => enter_room(session, user, &room),
        None => {
            session.log.request(Kind::Enter, "no such room");
            Ok(NO_SUCH_ROOM.into())
        }
    }
}

fn enter_room(session: &mut Session, user: &UserName, room: &Arc<Room>) -> Result<Entry, Stop> {
    let name = room.name();
    let question = Question {
        kind: Kind::Enter,
        prompt: "Please write the Room Password:",
        wrong: "Wrong Password. Do you Want to Try again? (Y/n)",
    };
    if !knows_password(session, room, &question)? {
        return Ok("".into());
    }
    // Meanwhile the room may have been deleted, even replaced by a namesake: this one takes nobody in then.
    let screen = screens::room(name, "Entered the Room, Have a nice chat :P");
    match room.enter(member(session, user), screen) {
        Some((membership, pressure)) => {
            session.log.request(Kind::Enter, format_args!("in {name}"));
            session.slow_down(pressure)?;
            Ok(Entry::InRoom(membership))
        }
        None => {
            session.log.request(Kind::Enter, "no such room");
            Ok(NO_SUCH_ROOM.into())
        }
    }
}

fn delete(session: &mut Session) -> Result<Entry, Stop> {
    let Some(list) = list_rooms(session) else {
        return Ok("There are no rooms".into());
    };
    let name = session.ask(format_args!("{list}\nWhich Room do You want to delete?"))?;
    let Some(room) = find_room(session, &name) else {
        session.log.request(Kind::Delete, "no such room");
        return Ok(NO_SUCH_ROOM.into());
    };
    if room.size() > 0 {
        session.log.request(Kind::Delete, format_args!("{} is not empty", room.name()));
        return Ok(Entry::Outcome(DeleteError::NotEmpty.to_string()));
    }
    let question = Question {
        kind: Kind::Delete,
        prompt: "Write the Room Password:",
        wrong: "Wrong PassWord, Try again? (Y/n)",
    };
    if !knows_password(session, &room, &question)? {
        return Ok("".into());
    }

    let name = room.name();
    match session.shared.rooms.delete(&room) {
        Ok(()) => {
            session.log.request(Kind::Delete, format_args!("{name} removed"));
            session.shared.console.show(format_args!("Room {name} Removed"));
            Ok(Entry::Outcome(format!("Room {name} Removed")))
        }
        Err(why) => {
            session.log.request(Kind::Delete, format_args!("{name}: {why}"));
            Ok(Entry::Outcome(why.to_string()))
        }
    }
}

/// How a room's password is asked for.
struct Question {
    kind: Kind,
    prompt: &'static str,
    wrong: &'static str,
}

/// Asks for a room's password, if it has one, until it is right. `false`: the person has given up, or may try no more.
fn knows_password(session: &mut Session, room: &Room, question: &Question) -> Result<bool, Stop> {
    if room.kept().password.is_none() {
        return Ok(true);
    }
    for attempt in 1..=MAX_WRONG_PASSWORDS {
        let password = session.ask_password(question.prompt)?;
        if password.is_some_and(|password| session.shared.store.opens(room.kept(), &password)) {
            return Ok(true);
        }
        session.log.request(question.kind, "wrong password");
        if attempt < MAX_WRONG_PASSWORDS && !session.ask_yes(question.wrong)? {
            break;
        }
    }
    Ok(false)
}

/// The rooms as a person gets to read them. `None` if there are none.
fn list_rooms(session: &Session) -> Option<String> {
    let rooms = session.shared.rooms.list();
    session.log.request(Kind::List, "rooms listed");
    if rooms.is_empty() {
        return None;
    }
    // In one piece: growing by doubling leaves the smaller ones with this thread's allocator, for each of ten thousand.
    let mut list = String::with_capacity(rooms.len() * 32 + 32);
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
    Member { session: session.number, user: user.clone(), outbox: Arc::clone(session.outbox) }
}
