//! Every question of the server, with its fixed text (`walkthrough.md`).

/// A question: the control line before it, if any, and the text that a person reads.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// Comes just before the text.
    pub control: Option<&'static str>,
    /// Is fixed to the letter.
    pub text: &'static str,
}

const fn open(text: &'static str) -> Ask {
    Ask { control: None, text }
}

/// What answers it is not to be shown.
const fn secret(text: &'static str) -> Ask {
    Ask { control: Some("$hide"), text }
}

// Signing in.
pub const NEW_USER: Ask = open("Please write your new Username:");
pub const NEW_PASSWORD: Ask = secret("Please choose a new Password:");
pub const REPEAT_PASSWORD: Ask = secret("Please REPEAT your Password:");
pub const LOGIN: Ask = open("User already exists... Do you want to go to Login? (Y/n)");
pub const USER: Ask = open("Please write your Username:");
pub const PASSWORD: Ask = secret("Please write your Password:");
pub const AGAIN: Ask = open("Wrong Password. Do you Want to Try again? (Y/n)");
pub const TAKE_OVER: Ask =
    open("User Already signed in... Do you want to take over that session? (Y/n)");

// The menu, and its entries.
pub const MENU: Ask = open("Write a number from 1 to 5");
pub const NEW_ROOM: Ask = open("Please write the name of the Room:");
pub const ENTER_INSTEAD: Ask = open("Room already created... Do you want to Enter? (Y/n)");
pub const LOCK: Ask = open("Do you want a password? (Y/n)");
pub const ROOM: Ask = open("Please write the Room name:");
pub const ROOM_PASSWORD: Ask = secret("Please write the Room Password:");
pub const DELETE: Ask = open("Which Room do You want to delete?");
pub const PASSWORD_TO_DELETE: Ask = secret("Write the Room Password:");
pub const AGAIN_TO_DELETE: Ask = open("Wrong PassWord, Try again? (Y/n)");

// In a room, after `!`.
pub const FILE: Ask = Ask { control: Some("$send"), text: "Write FileName.extension:" };
