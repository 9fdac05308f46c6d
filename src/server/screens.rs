//! The two screens that end in another place than they begin: the menu's and a room's.
//!
//! Each begins with the outcome of what was done before: above the screen it is read, after it
//! nobody would see it.

use std::fmt::Display;

use crate::protocol::Reply;

const MENU: &str = "WELCOME TO CHATROOM APP
MENU
1 : CREATE ROOM
2 : DELETE ROOM
3 : ENTER ROOM
4 : MENU
5 : EXIT :(
>> Press any number you want to enter Menu Options
Write a number from 1 to 5";

/// The menu's screen after `outcome`, which may be empty.
pub fn menu(outcome: impl Display) -> String {
    let outcome = outcome.to_string();
    let line_end = if outcome.is_empty() { "" } else { "\n" };
    format!("{}\n{outcome}{line_end}{MENU}", Reply::Clear)
}

/// A room's screen after `outcome`.
pub fn room(name: impl Display, outcome: &str) -> String {
    format!(
        "{}\n{outcome}\nWELCOME TO {name} ROOM\n@ : MENU\n>> Press @ to go back to Menu\n\
         >> Press % to see Users in this Room\n>> Press ! to send Files",
        Reply::Clear
    )
}
