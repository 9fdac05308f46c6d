//! Where a person sits, and what a person does there. A test over [`Seat`] reads like a
//! transcript:
//!
//! ```text
//! alice.enter("lobby");
//! bob.types("hello");
//! alice.sees(" bob: hello");
//! ```

use super::Ask;
use super::ask;

/// The first line of text.
pub const WELCOME: &str = "Welcome to the ChatRoom App...";

/// The menu, as a person sees it, up to its question.
const MENU: [&str; 8] = [
    "WELCOME TO CHATROOM APP",
    "MENU",
    "1 : CREATE ROOM",
    "2 : DELETE ROOM",
    "3 : ENTER ROOM",
    "4 : MENU",
    "5 : EXIT :(",
    ">> Press any number you want to enter Menu Options",
];

/// A person in front of the chat room. What it takes to be one is the first four functions; the
/// rest is what every person can do.
pub trait Seat {
    /// Types a line and presses Enter.
    fn types(&mut self, line: &str);

    /// The next line that comes. Panics with the story so far when none comes.
    fn next_line(&mut self) -> String;

    /// Whether this control line reaches this person.
    fn is_shown(&self, control_line: &str) -> bool;

    /// Does what it takes to be greeted: reads what comes first, and a program says what it is.
    fn comes_in(&mut self);

    /// All that was typed and seen here, for the message of a test that fails.
    fn story(&self) -> String;

    /// Sees exactly this as the next line. Blank lines and indentation are layout, so they don't
    /// count; but an expectation that begins with a space is what a person said, ` NAME: text`,
    /// and is compared to the byte.
    #[track_caller]
    fn sees(&mut self, expected: &str) {
        if expected.starts_with('$') && !self.is_shown(expected) {
            return;
        }
        let line = self.next_line();
        assert!(is(expected, &line), "expected {expected:?}, saw {line:?}\n{}", self.story());
    }

    /// Sees exactly these lines, one after the other.
    #[track_caller]
    fn sees_lines(&mut self, expected: &[&str]) {
        for line in expected {
            self.sees(line);
        }
    }

    /// Sees this line sooner or later. Returns the lines that came before it.
    #[track_caller]
    fn sees_eventually(&mut self, expected: &str) -> Vec<String> {
        let mut before = Vec::new();
        if expected.starts_with('$') && !self.is_shown(expected) {
            return before;
        }
        loop {
            let line = self.next_line();
            if is(expected, &line) {
                return before;
            }
            before.push(line);
        }
    }

    /// Is asked this: the control line that announces it, and its text.
    #[track_caller]
    fn is_asked(&mut self, question: Ask) {
        self.sees(question.control);
        self.sees(question.text);
    }

    /// Is asked this sooner or later. Returns the lines that came before it.
    #[track_caller]
    fn reads_up_to(&mut self, question: Ask) -> Vec<String> {
        let mut before = self.sees_eventually(question.text);
        if self.is_shown(question.control) {
            assert_eq!(before.pop().as_deref(), Some(question.control), "{}", self.story());
        }
        before
    }

    /// Reads the receipt of a file. On a busy machine the members may need more than 5 s: then
    /// the line that says who is waited for comes first.
    #[track_caller]
    fn reads_receipt(&mut self, expected: &str) {
        let mut line = self.next_line();
        if line.starts_with(" ...") && line.contains(", waiting for ") {
            line = self.next_line();
        }
        assert_eq!(line, expected, "{}", self.story());
    }

    /// Comes to the menu, reading first how what was done before came out.
    #[track_caller]
    fn sees_menu(&mut self, outcome: Option<&str>) {
        self.sees("$at menu");
        outcome.into_iter().for_each(|line| self.sees(line));
        self.sees_rest_of_menu();
    }

    /// Sees the menu after its first lines.
    #[track_caller]
    fn sees_rest_of_menu(&mut self) {
        self.sees_lines(&MENU);
        self.is_asked(ask::MENU);
    }

    /// Comes into a room, reading first how.
    #[track_caller]
    fn sees_room(&mut self, outcome: &str, room: &str) {
        self.sees_lines(&[&format!("$at room {room}"), outcome]);
        self.sees_rest_of_room(room);
    }

    /// Sees a room's screen after its first lines.
    #[track_caller]
    fn sees_rest_of_room(&mut self, room: &str) {
        self.sees_lines(&[
            &format!("WELCOME TO {room} ROOM"),
            "@ : MENU",
            ">> Press @ to go back to Menu",
            ">> Press % to see Users in this Room",
            ">> Press ! to send Files",
        ]);
    }

    /// Reads the greeting, up to the first question.
    #[track_caller]
    fn is_greeted(&mut self) {
        self.comes_in();
        self.sees_lines(&["$at sign-in", WELCOME]);
        self.is_asked(ask::NEW_USER);
    }

    /// Answers the first question and what follows it: a new user, with this password.
    #[track_caller]
    fn register(&mut self, name: &str, password: &str) {
        self.types(name);
        self.is_asked(ask::NEW_PASSWORD);
        self.types(password);
        self.is_asked(ask::REPEAT_PASSWORD);
        self.types(password);
        self.sees("New User Added...Going to Login");
        self.comes_to_login();
    }

    /// Comes to LOGIN, and is asked who it is.
    #[track_caller]
    fn comes_to_login(&mut self) {
        self.sees("LOGIN");
        self.is_asked(ask::USER);
    }

    /// Answers the questions after `LOGIN`, up to the password; what follows depends on it.
    #[track_caller]
    fn try_login(&mut self, name: &str, password: &str) {
        self.types(name);
        self.is_asked(ask::PASSWORD);
        self.types(password);
    }

    /// Answers the questions after `LOGIN` as they should be, and comes to the menu.
    #[track_caller]
    fn log_in(&mut self, name: &str, password: &str) {
        self.try_login(name, password);
        self.sees_menu(Some("Logged In, You Welcome"));
    }

    /// From the menu: creates an open room, and is in it.
    #[track_caller]
    fn create(&mut self, room: &str) {
        self.types("1");
        self.is_asked(ask::NEW_ROOM);
        self.types(room);
        self.is_asked(ask::LOCK);
        self.types("n");
        self.sees_room("New Room Added... Entering", room);
    }

    /// From the menu: creates a locked room, and is in it.
    #[track_caller]
    fn create_locked(&mut self, room: &str, password: &str) {
        self.types("1");
        self.is_asked(ask::NEW_ROOM);
        self.types(room);
        self.is_asked(ask::LOCK);
        self.types("y");
        self.is_asked(ask::NEW_PASSWORD);
        self.types(password);
        self.is_asked(ask::REPEAT_PASSWORD);
        self.types(password);
        self.sees_room("New Room Added... Entering", room);
    }

    /// From the menu: enters an open room.
    #[track_caller]
    fn enter(&mut self, room: &str) {
        self.types("3");
        self.reads_up_to(ask::ROOM);
        self.types(room);
        self.sees_room("Entered the Room, Have a nice chat :P", room);
    }

    /// From the menu: asks for the rooms, as `Enter` shows them, and goes back.
    #[track_caller]
    fn lists_rooms(&mut self) -> Vec<String> {
        self.types("3");
        self.sees("Rooms Available:");
        let rooms = self.sees_eventually("Entering Room");
        self.is_asked(ask::ROOM);
        self.types("@");
        self.sees_menu(None);
        rooms.iter().map(|line| line.trim().to_owned()).collect()
    }

    /// Leaves the room, to the menu.
    #[track_caller]
    fn leave(&mut self, room: &str) {
        self.types("@");
        self.sees_menu(Some(&format!("You left the room {room}")));
    }
}

/// Whether a line that came is the one expected, layout aside.
fn is(expected: &str, line: &str) -> bool {
    match expected.starts_with([' ', '$']) {
        true => line == expected,
        false => line.trim() == expected.trim(),
    }
}
