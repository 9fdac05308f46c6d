//! Two screens: the menu's, which more than one state shows, and a room's.
//!
//! Each begins with the outcome of what was done before. The text of a whole screen comes out; the
//! caller posts it.

use std::fmt::Display;

use super::session::Session;
use crate::name::RoomName;
use crate::protocol::Place;

const MENU: &str = "WELCOME TO CHATROOM APP
MENU
1 : CREATE ROOM
2 : DELETE ROOM
3 : ENTER ROOM
4 : MENU
5 : EXIT :(
>> Press any number you want to enter Menu Options";

/// The menu's screen after `outcome`, which may be empty.
pub fn menu(session: &Session, outcome: &str) -> String {
    let line_end = if outcome.is_empty() { "" } else { "\n" };
    session.screen(Place::Menu, format_args!("{outcome}{line_end}{MENU}"))
}

/// A room's screen after `outcome`.
pub fn room(session: &Session, name: &RoomName, outcome: impl Display) -> String {
    let text = format_args!(
        "{outcome}\nWELCOME TO {name} ROOM\n@ : MENU\n>> Press @ to go back to Menu\n\
         >> Press % to see Users in this Room\n>> Press ! to send Files"
    );
    session.screen(Place::Room(name.to_string()), text)
}
