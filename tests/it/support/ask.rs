//! Every question of the server: its kind (`protocol.md`, section 4) and its fixed text
//! (`walkthrough.md`).

/// A question: the control line that announces it to programs, and the text that people read.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// Comes just before the text.
    pub control: &'static str,
    /// Is fixed to the letter.
    pub text: &'static str,
}

const fn ask(control: &'static str, text: &'static str) -> Ask {
    Ask { control, text }
}

// Signing in.
pub const NEW_USER: Ask = ask("$ask new-user", "Please write your new Username:");
pub const NEW_PASSWORD: Ask = ask("$ask new-password", "Please choose a new Password:");
pub const REPEAT_PASSWORD: Ask = ask("$ask repeat-password", "Please REPEAT your Password:");
pub const LOGIN: Ask =
    ask("$ask login", "User already exists... Do you want to go to Login? (Y/n)");
pub const USER: Ask = ask("$ask user", "Please write your Username:");
pub const PASSWORD: Ask = ask("$ask password", "Please write your Password:");
pub const AGAIN: Ask = ask("$ask again", "Wrong Password. Do you Want to Try again? (Y/n)");
pub const TAKE_OVER: Ask = ask(
    "$ask take-over",
    "User Already signed in... Do you want to take over that session? (Y/n)",
);

// The menu, and its entries.
pub const MENU: Ask = ask("$ask menu", "Write a number from 1 to 5");
pub const NEW_ROOM: Ask = ask("$ask new-room", "Please write the name of the Room:");
pub const ENTER_INSTEAD: Ask =
    ask("$ask enter-instead", "Room already created... Do you want to Enter? (Y/n)");
pub const LOCK: Ask = ask("$ask lock", "Do you want a password? (Y/n)");
pub const ROOM: Ask = ask("$ask room", "Please write the Room name:");
pub const ROOM_PASSWORD: Ask = ask("$ask room-password", "Please write the Room Password:");
pub const DELETE: Ask = ask("$ask delete", "Which Room do You want to delete?");
pub const PASSWORD_TO_DELETE: Ask = ask("$ask room-password", "Write the Room Password:");
pub const AGAIN_TO_DELETE: Ask = ask("$ask again", "Wrong PassWord, Try again? (Y/n)");

// In a room, after `!`.
pub const FILE: Ask = ask("$ask file", "Write FileName.extension:");
