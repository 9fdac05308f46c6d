//! A [`Seat`] over a bare socket, as a person on `nc` has it, who reads every byte that the server sends.

use std::net::SocketAddr;
use std::time::Duration;

use super::{DEADLINE, Seat, Wire};

/// What a server may say that is no text (`protocol.md`, sections 3 and 4).
const VERBS: [&str; 14] = [
    "$chatroom",
    "$hide",
    "$clear",
    "$ping",
    "$bye",
    "$send",
    "$file",
    "$ready",
    "$data",
    "$endFile",
    "$ack",
    "$refuse",
    "$cancel",
    "$pong",
];

/// The longest line that a server may send, in bytes.
const MAX_SERVER_LINE: usize = 16_384;

/// How the bytes that are typed reach the socket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// A line is one write.
    Lines,
    /// Each byte is a write, and so a segment, of its own.
    Bytes,
}

/// Someone with a socket. Dropping it is a lost connection.
pub struct Person {
    name: String,
    wire: Wire,
    pace: Pace,
    story: Vec<String>,
    markers: u32,
}

impl Person {
    /// Connects, and has read nothing yet.
    pub fn connect(server: SocketAddr, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            wire: Wire::to(server),
            pace: Pace::Lines,
            story: Vec::new(),
            markers: 0,
        }
    }

    /// The same person, at this pace.
    pub fn typing(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Where this person is, as the server sees it.
    pub fn address(&self) -> SocketAddr {
        self.wire.stream().local_addr().unwrap()
    }

    /// Sends a line as it is: unlike [`Seat::types`] it doubles no `$`.
    #[track_caller]
    pub fn sends(&mut self, line: &str) {
        self.sends_bytes(format!("{line}\n").as_bytes());
    }

    /// Sends bytes as they are.
    #[track_caller]
    pub fn sends_bytes(&mut self, bytes: &[u8]) {
        let shown = bytes.escape_ascii().to_string();
        self.story.push(format!("» {shown:.200}"));
        let pieces = match self.pace {
            Pace::Lines => bytes.chunks(bytes.len().max(1)),
            Pace::Bytes => bytes.chunks(1),
        };
        for piece in pieces {
            if let Err(error) = self.wire.write(piece) {
                panic!("cannot send: {error}\n{}", self.story());
            }
        }
    }

    /// Says that nothing more will come, and goes on reading.
    pub fn stops_writing(&mut self) {
        self.wire.stop_writing();
    }

    /// The next line, whatever it is, or `None` where the server closed in good order. Each is looked at in
    /// passing for what no line from a server may ever be.
    #[track_caller]
    pub fn line_or_end(&mut self) -> Option<String> {
        let bytes = match self.wire.read_line() {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return None,
            Err(error) => panic!("no line: {error}\n{}", self.story()),
        };
        let length = bytes.len();
        assert!(length <= MAX_SERVER_LINE, "a line of {length} bytes");
        let line = String::from_utf8(bytes).expect("a line that is not UTF-8");
        self.story.push(format!("  {line}"));
        if let Some(unclean) = line.chars().find(|&c| is_unclean(c)) {
            panic!("{unclean:?} in a line\n{}", self.story());
        }
        if line.starts_with('$') {
            let verb = line.split(' ').next().unwrap();
            assert!(VERBS.contains(&verb), "no verb: {line}\n{}", self.story());
        }
        Some(line)
    }

    /// The same, with a deadline of its own, for what takes longer than any answer does.
    #[track_caller]
    pub fn line_or_end_within(&mut self, limit: Duration) -> Option<String> {
        self.wire.stream().set_read_timeout(Some(limit)).unwrap();
        let line = self.line_or_end();
        self.wire.stream().set_read_timeout(Some(DEADLINE)).unwrap();
        line
    }

    /// Sees that the server closes the connection, in good order and without another line.
    #[track_caller]
    pub fn sees_end(&mut self) {
        if let Some(line) = self.line_or_end() {
            panic!("expected the end, saw {line:?}\n{}", self.story());
        }
    }

    /// Sees that the server says goodbye and closes.
    #[track_caller]
    pub fn sees_bye(&mut self) {
        self.sees("$bye");
        self.sees_end();
    }

    /// Is told in one text line that what was sent was wrong. Which words is the server's affair.
    #[track_caller]
    pub fn is_told_off(&mut self) -> String {
        let line = self.next_line();
        let is_text = !line.starts_with('$');
        assert!(is_text, "expected text, saw {line:?}\n{}", self.story());
        line
    }

    /// Proves, in a room, that nothing has come that was not read: what is said now is the next line.
    #[track_caller]
    pub fn hears_nothing_in_the_room(&mut self) {
        self.markers += 1;
        let marker = format!("marker {}", self.markers);
        self.types(&marker);
        self.sees(&format!(" {}: {marker}", self.name));
    }

    /// Proves the same in the menu: the menu, asked for again, comes next.
    #[track_caller]
    pub fn hears_nothing_in_the_menu(&mut self) {
        self.types("4");
        self.sees_menu(None);
    }

    /// In a room: asks who is here.
    #[track_caller]
    pub fn lists_users(&mut self) -> Vec<String> {
        self.types("%");
        self.types("that was the list");
        self.sees("LIST OF USERS:");
        let marker = format!(" {}: that was the list", self.name);
        let lines = self.sees_eventually(&marker);
        let mut users: Vec<String> = lines.iter().map(|line| line.trim().to_owned()).collect();
        users.sort();
        users
    }
}

impl Seat for Person {
    /// A text that begins with `$` travels with that `$` doubled.
    #[track_caller]
    fn types(&mut self, line: &str) {
        match line.starts_with('$') {
            true => self.sends(&format!("${line}")),
            false => self.sends(line),
        }
    }

    /// Blank lines are layout, and `$ping` comes on its own to those who say nothing for a minute.
    #[track_caller]
    fn next_line(&mut self) -> String {
        loop {
            match self.line_or_end() {
                Some(line) if line.trim().is_empty() || line == "$ping" => continue,
                Some(line) => return line,
                None => panic!("the server closed\n{}", self.story()),
            }
        }
    }

    fn hears_control_lines(&self) -> bool {
        true
    }

    /// The last of it: how it came to a failure is seen from a screen or two.
    fn story(&self) -> String {
        let last = &self.story[self.story.len().saturating_sub(60)..];
        format!("--- what {} did and saw:\n{}", self.name, last.join("\n"))
    }
}

/// What is removed from every text that one person sends and another sees (`protocol.md`, section 1).
fn is_unclean(c: char) -> bool {
    let is_bidirectional = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
    c.is_control() && c != '\t' || is_bidirectional
}
