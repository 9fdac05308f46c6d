//! What is typed on the server's own terminal: `help`, `users`, `rooms`, `delete ROOM`, `quit`.

use std::io;
use std::thread;

use super::Shared;
use super::request_log::Kind;
use super::rooms::DeleteError;
use crate::line::LineReader;
use crate::name::RoomName;
use crate::protocol::MAX_LINE_BYTES;

const HELP: &str = "\
help         : this list
users        : who is signed in
rooms        : the rooms and who is in them
delete ROOM  : delete an empty room, whatever its password
quit         : say goodbye to everybody and end";

/// Most names that are shown of one room.
const MOST_SHOWN: usize = 100;

/// Takes commands until `quit`. Standard input at its end is none: then the server runs on.
pub fn take(shared: &Shared) {
    let mut keyboard = LineReader::new(io::stdin().lock(), MAX_LINE_BYTES);
    loop {
        match keyboard.next_line() {
            Ok(Some(line)) => {
                let line = line.trim();
                match line.split_once(' ').unwrap_or((line, "")) {
                    ("", "") => {}
                    ("quit", "") => return,
                    ("help", "") => shared.console.show(HELP),
                    ("users", "") => show_users(shared),
                    ("rooms", "") => show_rooms(shared),
                    ("delete", name) => delete(shared, name.trim()),
                    _ => shared.console.show("Unknown command; `help` lists what there is"),
                }
            }
            Ok(None) => {
                if !matches!(keyboard.fill(), Ok(1..)) {
                    break;
                }
            }
            Err(too_long) => shared.console.show(too_long),
        }
    }
    loop {
        thread::park();
    }
}

fn show_users(shared: &Shared) {
    let users = shared.presence.users();
    shared.console.show(format_args!("{} signed in", users.len()));
    for user in users {
        shared.console.show(format_args!("User: {user}"));
    }
}

fn show_rooms(shared: &Shared) {
    let rooms = shared.rooms.list();
    if rooms.is_empty() {
        shared.console.show("There are no rooms");
    }
    for room in rooms {
        let users: Vec<_> = room.users(MOST_SHOWN).iter().map(ToString::to_string).collect();
        shared.console.show(format_args!("{} ({})", room.listing(), users.join(", ")));
    }
}

fn delete(shared: &Shared, name: &str) {
    let room = RoomName::parse(name).ok().and_then(|name| shared.rooms.find(&name));
    let Some(room) = room else {
        return shared.console.show(DeleteError::Gone);
    };
    match shared.rooms.delete(&room) {
        Ok(()) => {
            log::info!("console - {}: {} removed", Kind::Delete, room.name());
            shared.console.show(format_args!("Room {} Removed", room.name()));
        }
        Err(DeleteError::NotSaved(error)) => shared.console.show(error),
        Err(error) => shared.console.show(error),
    }
}
