//! The second state: the menu, for a person who is signed in and in no room.
//!
//! Each entry asks its questions and ends in a room, or in the menu again with its outcome above
//! the screen. A lone `@` at any question leads back to the menu.

use std::sync::Arc;

use super::presence::Person;
use super::request_log::Kind;
use super::rooms::{Membership, Room};
use super::screens;
use super::session::{Ended, MAX_WRONG_PASSWORDS, Session, Stop};
use super::store::NotKept;
use crate::name::{Password, RoomName};
use crate::protocol::Question;

/// Takes choices until one leads into a room. The menu's screen has been shown already.
///
/// # Errors
/// [`Ended`], if the session is over: also because the person chose to leave.
pub fn choose(session: &mut Session, person: &Person) -> Result<Membership, Ended> {
    loop {
        let entered = match session.ask(Question::Menu, "Write a number from 1 to 5") {
            Ok(number) => match number.as_str() {
                "1" => create(session, person),
                "2" => delete(session).and_then(|removed| Err(Stop::Back(removed))),
                "3" => enter(session, person),
                "4" => Err(session.back(Kind::MENU, "shown", "")),
                "5" => {
                    session.log.request(Kind::MENU, "goodbye");
                    return Err(Ended::Goodbye);
                }
                _ => {
                    session.log.request(Kind::MENU, "not one of its numbers");
                    continue;
                }
            },
            Err(Stop::Back(_)) => continue,
            Err(Stop::Ended(ended)) => return Err(ended),
        };
        match entered {
            Ok(membership) => return Ok(membership),
            Err(Stop::Back(outcome)) => session.tell(screens::menu(session, &outcome)),
            Err(Stop::Ended(ended)) => return Err(ended),
        }
    }
}

/// Asks for the name of a new room. If there is a room of that name, the person may enter it.
fn create(session: &mut Session, person: &Person) -> Result<Membership, Stop> {
    loop {
        let name = session.ask(Question::NewRoom, "Please write the name of the Room:")?;
        let name = match RoomName::parse(&name) {
            Ok(name) => name,
            Err(rule) => {
                session.log.request(Kind::CREATE, "not a room's name");
                session.tell(rule);
                continue;
            }
        };
        let Some(room) = session.shared.rooms.find(&name) else {
            return create_room(session, person, &name);
        };
        session.log.request(Kind::CREATE, format_args!("{name} exists already"));
        let prompt = "Room already created... Do you want to Enter? (Y/n)";
        if session.ask_yes(Question::EnterInstead, prompt)? {
            return enter_room(session, person, &room);
        }
    }
}

fn create_room(
    session: &mut Session,
    person: &Person,
    name: &RoomName,
) -> Result<Membership, Stop> {
    let password = if session.ask_yes(Question::Lock, "Do you want a password? (Y/n)")? {
        Some(ask_new_room_password(session)?)
    } else {
        None
    };
    let screen = screens::room(session, name, "New Room Added... Entering");
    let created = session.shared.rooms.create(name, password.as_ref(), person.clone(), screen);
    let membership = created.map_err(|why| match why {
        NotKept::TooLate => {
            let log = format_args!("{name} exists already");
            session.back(Kind::CREATE, log, "Somebody created the Room before you did...")
        }
        why => session.back(Kind::CREATE, format_args!("{name}: {why}"), &why),
    })?;
    session.log.request(Kind::CREATE, format_args!("{name} created"));
    session.shared.console.show(format_args!("Room {name} created by {}", person.user));
    Ok(membership)
}

fn ask_new_room_password(session: &mut Session) -> Result<Password, Stop> {
    loop {
        if let Some(password) = session.ask_new_password()? {
            return Ok(password);
        }
        session.log.request(Kind::CREATE, "passwords differ");
        session.tell("Passwords don't match");
    }
}

fn enter(session: &mut Session, person: &Person) -> Result<Membership, Stop> {
    let list = list_rooms(session, Kind::ENTER)?;
    session.tell(format_args!("{list}\nEntering Room"));
    let name = session.ask(Question::Room, "Please write the Room name:")?;
    let room = find_room(session, Kind::ENTER, &name)?;
    enter_room(session, person, &room)
}

fn enter_room(
    session: &mut Session,
    person: &Person,
    room: &Arc<Room>,
) -> Result<Membership, Stop> {
    let name = room.name();
    let prompt = "Please write the Room Password:";
    let wrong = "Wrong Password. Do you Want to Try again? (Y/n)";
    ask_room_password(session, Kind::ENTER, room, prompt, wrong)?;
    let screen = screens::room(session, name, "Entered the Room, Have a nice chat :P");
    // Meanwhile the room may have been deleted, and a new one may have its name. Then nobody can
    // enter this one any more.
    let entered = room.enter(person.clone(), screen);
    let (membership, pressure) = entered.ok_or_else(|| no_such_room(session, Kind::ENTER))?;
    session.slow_down(pressure)?;
    session.log.request(Kind::ENTER, format_args!("in {name}"));
    Ok(membership)
}

/// Deletes a room. Returns what the person reads then.
fn delete(session: &mut Session) -> Result<String, Stop> {
    let list = list_rooms(session, Kind::DELETE)?;
    session.tell(list);
    let name = session.ask(Question::Delete, "Which Room do You want to delete?")?;
    let room = find_room(session, Kind::DELETE, &name)?;
    let name = room.name();
    if room.size() > 0 {
        let log = format_args!("{name} is not empty");
        return Err(session.back(Kind::DELETE, log, NotKept::NotEmpty));
    }
    let (prompt, wrong) = ("Write the Room Password:", "Wrong PassWord, Try again? (Y/n)");
    ask_room_password(session, Kind::DELETE, &room, prompt, wrong)?;
    session.shared.rooms.delete(&room).map_err(|why| match why {
        NotKept::TooLate => no_such_room(session, Kind::DELETE),
        why => session.back(Kind::DELETE, format_args!("{name}: {why}"), &why),
    })?;
    session.log.request(Kind::DELETE, format_args!("{name} removed"));
    let removed = format!("Room {name} Removed");
    session.shared.console.show(&removed);
    Ok(removed)
}

/// Asks for a room's password, if it has one, until it is right.
fn ask_room_password(
    session: &mut Session,
    kind: Kind,
    room: &Room,
    prompt: &str,
    wrong: &str,
) -> Result<(), Stop> {
    if room.kept.password.is_none() {
        return Ok(());
    }
    for attempt in 1..=MAX_WRONG_PASSWORDS {
        let password = session.ask_password(Question::RoomPassword, prompt)?;
        let store = &session.shared.store;
        if password.is_some_and(|password| store.opens(&room.kept, &password)) {
            return Ok(());
        }
        session.log.request(kind, "wrong password");
        if attempt < MAX_WRONG_PASSWORDS {
            session.confirm(Question::Again, wrong)?;
        }
    }
    Err(session.back(kind, "too many wrong passwords", "Too many wrong passwords for this room"))
}

/// The list of rooms, as a person reads it. If there are none, it goes back.
fn list_rooms(session: &Session, kind: Kind) -> Result<String, Stop> {
    let rooms = session.shared.rooms.list();
    session.log.request(Kind::LIST, "rooms listed");
    if rooms.is_empty() {
        return Err(session.back(kind, "no rooms", "There are no rooms"));
    }
    // At once: growing step by step would leave the smaller pieces with this thread.
    let mut list = String::with_capacity(32 * (rooms.len() + 1));
    list.push_str("Rooms Available:");
    for room in rooms {
        list.push('\n');
        list.push_str(&room.listing());
    }
    Ok(list)
}

fn find_room(session: &Session, kind: Kind, name: &str) -> Result<Arc<Room>, Stop> {
    let name = RoomName::parse(name).ok();
    let room = name.and_then(|name| session.shared.rooms.find(&name));
    room.ok_or_else(|| no_such_room(session, kind))
}

fn no_such_room(session: &Session, kind: Kind) -> Stop {
    session.back(kind, "no such room", "Room doesn't exist")
}
