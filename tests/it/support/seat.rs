//! Where a person sits, and what a person does there. A test over [`Seat`] reads like a transcript:
//!
//! ```text
//! alice.enter("lobby");
//! bob.types("hello");
//! alice.sees(" bob: hello");
//! ```

/// The menu, as a person sees it, without the `$clear` before it.
pub const MENU: [&str; 9] = [
    "WELCOME TO CHATROOM APP",
    "MENU",
    "1 : CREATE ROOM",
    "2 : DELETE ROOM",
    "3 : ENTER ROOM",
    "4 : MENU",
    "5 : EXIT :(",
    ">> Press any number you want to enter Menu Options",
    "Write a number from 1 to 5",
];

/// A person in front of the chat room. What it takes to be one is the first four functions; the rest is what
/// every person can do.
pub trait Seat {
    /// Types a line and presses Enter.
    fn types(&mut self, line: &str);

    /// The next line that comes. Panics with the story so far when none comes.
    fn next_line(&mut self) -> String;

    /// Whether the control lines (`$clear` and the like) reach this person.
    fn hears_control_lines(&self) -> bool;

    /// All that was typed and seen here, for the message of a test that fails.
    fn story(&self) -> String;

    /// Sees exactly this as the next line. Blank lines and indentation are layout, so they don't count; but an
    /// expectation that begins with a space is what a person said, ` NAME: text`, and is compared to the byte.
    #[track_caller]
    fn sees(&mut self, expected: &str) {
        if expected.starts_with('$') && !self.hears_control_lines() {
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
        if expected.starts_with('$') && !self.hears_control_lines() {
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

    /// Is asked for a secret: what is typed next is not to be shown.
    #[track_caller]
    fn is_asked_secretly(&mut self, prompt: &str) {
        self.sees_lines(&["$hide", prompt]);
    }

    /// Comes to the menu, reading first how what was done before came out.
    #[track_caller]
    fn sees_menu(&mut self, outcome: Option<&str>) {
        self.sees("$clear");
        outcome.into_iter().for_each(|line| self.sees(line));
        self.sees_lines(&MENU);
    }

    /// Comes into a room, reading first how.
    #[track_caller]
    fn sees_room(&mut self, outcome: &str, room: &str) {
        self.sees_lines(&[
            "$clear",
            outcome,
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
        self.sees_lines(&[
            "$chatroom 1",
            "Welcome to the ChatRoom App...",
            "Please write your new Username:",
        ]);
    }

    /// Answers the first question and what follows it: a new user, with this password.
    #[track_caller]
    fn register(&mut self, name: &str, password: &str) {
        self.types(name);
        self.is_asked_secretly("Please choose a new Password:");
        self.types(password);
        self.is_asked_secretly("Please REPEAT your Password:");
        self.types(password);
        self.sees_lines(&[
            "New User Added...Going to Login",
            "LOGIN",
            "Please write your Username:",
        ]);
    }

    /// Answers the questions after `LOGIN`, up to the password; what follows depends on it.
    #[track_caller]
    fn try_login(&mut self, name: &str, password: &str) {
        self.types(name);
        self.is_asked_secretly("Please write your Password:");
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
        self.sees("Please write the name of the Room:");
        self.types(room);
        self.sees("Do you want a password? (Y/n)");
        self.types("n");
        self.sees_room("New Room Added... Entering", room);
    }

    /// From the menu: creates a locked room, and is in it.
    #[track_caller]
    fn create_locked(&mut self, room: &str, password: &str) {
        self.types("1");
        self.sees("Please write the name of the Room:");
        self.types(room);
        self.sees("Do you want a password? (Y/n)");
        self.types("y");
        self.is_asked_secretly("Please choose a new Password:");
        self.types(password);
        self.is_asked_secretly("Please REPEAT your Password:");
        self.types(password);
        self.sees_room("New Room Added... Entering", room);
    }

    /// From the menu: enters an open room.
    #[track_caller]
    fn enter(&mut self, room: &str) {
        self.types("3");
        self.sees_eventually("Please write the Room name:");
        self.types(room);
        self.sees_room("Entered the Room, Have a nice chat :P", room);
    }

    /// From the menu: asks for the rooms, as `Enter` shows them, and goes back.
    #[track_caller]
    fn lists_rooms(&mut self) -> Vec<String> {
        self.types("3");
        self.sees("Rooms Available:");
        let rooms = self.sees_eventually("Entering Room");
        self.sees("Please write the Room name:");
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
