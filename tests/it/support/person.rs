//! A [`Seat`] over a bare socket. Someone there reads every byte that the other side sends, and
//! can send any byte. What they do with files is in `files`.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::{DEADLINE, Seat, Wire};

/// What a server may say to a program that is no text (`protocol.md`, sections 3 and 5).
pub const TO_PROGRAMS: [&str; 12] = [
    "$chatroom",
    "$at",
    "$ask",
    "$pong",
    "$bye",
    "$file",
    "$ready",
    "$data",
    "$endFile",
    "$ack",
    "$refuse",
    "$cancel",
];

/// What it may say to people on raw connections that is no text.
pub const TO_PEOPLE: [&str; 2] = ["$chatroom", "$bye"];

/// The longest line that a server may send, in bytes.
const MAX_SERVER_LINE: usize = 16_384;

/// How many lines of a story are kept. The cause of a failure is in the last screen or two.
const STORY_LINES: usize = 60;

/// How the bytes that are typed reach the socket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// A line is one write.
    Lines,
    /// Each byte is a write, and so a segment, of its own.
    Bytes,
}

/// What someone at a socket is (`protocol.md`, section 3).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A program: says `$hello 2`, and sees `$at` and `$ask`.
    Program,
    /// A person on a raw connection, as `nc` makes one: sees text only.
    Raw,
    /// The server that a client under test has connected to. Nothing of what comes is checked.
    Server,
}

/// Someone with a socket. Dropping it is a lost connection.
pub struct Person {
    pub(super) name: String,
    pub(super) wire: Wire,
    kind: Kind,
    pace: Pace,
    patience: Duration,
    story: VecDeque<String>,
    markers: u32,
    /// How many pings have no answer yet that kept this program from being silent.
    pings: u32,
    is_silent: bool,
    last_sent: Instant,
}

/// A program may say nothing for no longer than this (`protocol.md`, section 3).
const LONGEST_SILENCE: Duration = Duration::from_secs(20);

impl Person {
    /// Connects to a server, and has read nothing yet.
    pub fn connect(server: SocketAddr, name: &str, kind: Kind) -> Self {
        Self::new(Wire::to(server), name, kind)
    }

    /// The same, on a raw connection. `None`: nobody listens there.
    pub fn try_connect(server: SocketAddr, name: &str) -> Option<Self> {
        let wire = Wire::over(TcpStream::connect(server).ok()?);
        Some(Self::new(wire, name, Kind::Raw))
    }

    fn new(wire: Wire, name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            wire,
            kind,
            pace: Pace::Lines,
            patience: DEADLINE,
            story: VecDeque::new(),
            markers: 0,
            pings: 0,
            is_silent: false,
            last_sent: Instant::now(),
        }
    }

    /// The same person, at this pace.
    pub fn typing(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Waits this long for what comes from now on, instead of [`DEADLINE`].
    pub fn has_patience(&mut self, patience: Duration) {
        self.patience = patience;
        self.stream().set_read_timeout(Some(patience.min(DEADLINE))).unwrap();
    }

    /// The socket itself.
    pub fn stream(&self) -> &TcpStream {
        self.wire.stream()
    }

    /// The address of this person, as the server sees it.
    pub fn address(&self) -> SocketAddr {
        self.stream().local_addr().unwrap()
    }

    // -- Sending.

    /// Sends a line as it is: unlike [`Seat::types`] it doubles no `$`.
    #[track_caller]
    pub fn sends(&mut self, line: &str) {
        self.sends_bytes(format!("{line}\n").as_bytes());
    }

    /// Sends bytes as they are.
    #[track_caller]
    pub fn sends_bytes(&mut self, bytes: &[u8]) {
        self.last_sent = Instant::now();
        self.notes(format!("» {}", bytes[..bytes.len().min(100)].escape_ascii()));
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

    /// Sends bytes to a server that may be gone at any moment. Whether it seems to be there.
    pub fn tries_to_send(&mut self, bytes: &[u8]) -> bool {
        self.last_sent = Instant::now();
        self.wire.write(bytes).is_ok()
    }

    /// Says that nothing more will come, and goes on reading.
    pub fn stops_writing(&mut self) {
        self.wire.stop_writing();
    }

    // -- Reading.

    /// The next line, whatever it is. `None`: the other side closed in good order. A program
    /// that waits for long pings, as the protocol wants it: the answers to that are passed over.
    #[track_caller]
    pub fn line_or_end(&mut self) -> Option<String> {
        let until = Instant::now() + self.patience;
        loop {
            self.pings_when_due();
            match self.wire.read_line() {
                Ok(Some(bytes)) if bytes == b"$pong" && self.pings > 0 => self.pings -= 1,
                Ok(Some(bytes)) => return Some(self.looks_at(bytes)),
                Ok(None) => return None,
                Err(error) if is_timeout(&error) && Instant::now() < until => {}
                Err(error) => panic!("no line: {error}\n{}", self.story()),
            }
        }
    }

    /// Waits without a ping from now on.
    pub fn stays_silent(&mut self) {
        self.is_silent = true;
    }

    /// Sends pings from a thread of its own, for a program that neither reads nor writes for long.
    pub fn stays_alive(&mut self) {
        let stream = self.stream().try_clone().unwrap();
        // Many: nobody knows how many it will have been.
        self.pings = u32::MAX;
        std::thread::spawn(move || {
            while (&stream).write_all(b"$ping\n").is_ok() {
                // The time between two pings.
                std::thread::sleep(LONGEST_SILENCE);
            }
        });
    }

    fn pings_when_due(&mut self) {
        let is_due = self.last_sent.elapsed() >= LONGEST_SILENCE;
        if is_due && self.kind == Kind::Program && !self.is_silent {
            self.pings = self.pings.saturating_add(1);
            self.tries_to_send(b"$ping\n");
        }
    }

    #[track_caller]
    fn looks_at(&mut self, bytes: Vec<u8>) -> String {
        let line = String::from_utf8(bytes).expect("a line that is not UTF-8");
        if !line.starts_with("$data ") {
            self.notes(format!("  {line:.300}"));
        }
        if self.kind != Kind::Server {
            self.checks(&line);
        }
        line
    }

    /// Looks for what no line from a server may ever be.
    #[track_caller]
    fn checks(&self, line: &str) {
        let length = line.len();
        assert!(length <= MAX_SERVER_LINE, "a line of {length} bytes");
        if let Some(unclean) = line.chars().find(|&c| is_unclean(c)) {
            panic!("{unclean:?} in a line\n{}", self.story());
        }
        if line.starts_with('$') {
            let verb = line.split(' ').next().unwrap();
            let allowed = if self.kind == Kind::Raw { &TO_PEOPLE[..] } else { &TO_PROGRAMS };
            assert!(allowed.contains(&verb), "not for it: {line}\n{}", self.story());
        }
    }

    /// The same, with a deadline of its own, for what takes longer than any answer does.
    #[track_caller]
    pub fn line_or_end_within(&mut self, limit: Duration) -> Option<String> {
        let patience = self.patience;
        self.has_patience(limit);
        let line = self.line_or_end();
        self.has_patience(patience);
        line
    }

    /// The next line. `None`: the connection has ended in any way, also within a line.
    pub fn try_line(&mut self) -> Option<String> {
        let line = self.wire.read_line().ok()??;
        Some(String::from_utf8(line).expect("a line that is not UTF-8"))
    }

    /// Whether this line comes before the connection ends in any way.
    pub fn reads_or_ends(&mut self, line: &str) -> bool {
        std::iter::from_fn(|| self.try_line()).any(|come| come.trim() == line)
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

    /// Reads one line of text that says that something was wrong. The words are the server's.
    #[track_caller]
    pub fn is_told_off(&mut self) -> String {
        let line = self.next_line();
        let is_such = !line.starts_with(['$', ' ']);
        assert!(is_such, "expected a complaint, saw {line:?}\n{}", self.story());
        line
    }

    /// Proves, in a room, that nothing has come that was not read: what is said now comes next.
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

    fn notes(&mut self, line: String) {
        if self.story.len() == STORY_LINES {
            self.story.pop_front();
        }
        self.story.push_back(line);
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

    /// Blank lines are layout, and a client pings its server by itself.
    #[track_caller]
    fn next_line(&mut self) -> String {
        let start = Instant::now();
        loop {
            // A ping now and then is no reason to wait longer.
            assert!(start.elapsed() < self.patience, "no line but pings\n{}", self.story());
            match self.line_or_end() {
                Some(line) if line.trim().is_empty() => continue,
                Some(line) if line == "$ping" && self.kind == Kind::Server => {}
                Some(line) => return line,
                None => panic!("the other side closed\n{}", self.story()),
            }
        }
    }

    fn is_shown(&self, control_line: &str) -> bool {
        let verb = control_line.split(' ').next().unwrap();
        self.kind != Kind::Raw || TO_PEOPLE.contains(&verb)
    }

    #[track_caller]
    fn comes_in(&mut self) {
        self.sees("$chatroom 2");
        if self.kind == Kind::Program {
            // What comes before the server knows that this is a program is for people.
            self.sees_lines(&[super::WELCOME, super::ask::NEW_USER.text]);
            self.sends("$hello 2");
        }
    }

    fn story(&self) -> String {
        let story = self.story.iter().map(|line| format!("\n{line}")).collect::<String>();
        format!("--- what {} did and saw last:{story}", self.name)
    }
}

impl From<Wire> for Person {
    /// The pretended server, to which this client has just connected.
    fn from(wire: Wire) -> Self {
        Self::new(wire, "the pretended server", Kind::Server)
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// What is removed from every text that one person sends and another sees (`protocol.md`,
/// section 6).
pub fn is_unclean(c: char) -> bool {
    let is_bidirectional = matches!(
        c,
        '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{61c}'
    );
    c.is_control() && c != '\t' || is_bidirectional
}
