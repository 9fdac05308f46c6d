//! A [`Seat`] over a bare socket. Someone there reads every byte that the other side sends, and
//! can send any byte. What they do with files is in `files`.

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

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

/// Who is at the other end of the socket.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Other {
    /// The server under test. Each of its lines is checked.
    Server,
    /// The client under test. This person plays the server.
    Client,
}

/// Someone with a socket. Dropping it is a lost connection.
pub struct Person {
    pub(super) name: String,
    pub(super) wire: Wire,
    other: Other,
    pace: Pace,
    patience: Duration,
    story: VecDeque<String>,
    markers: u32,
}

impl Person {
    /// Connects to a server, and has read nothing yet.
    pub fn connect(server: SocketAddr, name: &str) -> Self {
        Self::new(Wire::to(server), name, Other::Server)
    }

    /// The same. `None`: nobody listens there.
    pub fn try_connect(server: SocketAddr, name: &str) -> Option<Self> {
        let wire = Wire::over(TcpStream::connect(server).ok()?);
        Some(Self::new(wire, name, Other::Server))
    }

    fn new(wire: Wire, name: &str, other: Other) -> Self {
        Self {
            name: name.to_owned(),
            wire,
            other,
            pace: Pace::Lines,
            patience: DEADLINE,
            story: VecDeque::new(),
            markers: 0,
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
        self.wire.set_patience(patience);
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
        self.wire.write(bytes).is_ok()
    }

    /// Says that nothing more will come, and goes on reading.
    pub fn stops_writing(&mut self) {
        self.wire.stop_writing();
    }

    // -- Reading.

    /// The next line, whatever it is. `None`: the other side closed in good order.
    #[track_caller]
    pub fn line_or_end(&mut self) -> Option<String> {
        let bytes = match self.wire.read_line() {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return None,
            Err(error) => panic!("no line: {error}\n{}", self.story()),
        };
        let line = String::from_utf8(bytes).expect("a line that is not UTF-8");
        if !line.starts_with("$data ") {
            self.notes(format!("  {line:.300}"));
        }
        if self.other == Other::Server {
            self.checks(&line);
        }
        Some(line)
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
            assert!(VERBS.contains(&verb), "no verb: {line}\n{}", self.story());
        }
    }

    /// The same, with a deadline of its own, for what takes longer than any answer does.
    #[track_caller]
    pub fn line_or_end_within(&mut self, limit: Duration) -> Option<String> {
        self.wire.set_patience(limit);
        let line = self.line_or_end();
        self.wire.set_patience(self.patience);
        line
    }

    /// The next line. `None`: the connection has ended in whatever way, also within a line.
    pub fn try_line(&mut self) -> Option<String> {
        let line = self.wire.read_line().ok()??;
        Some(String::from_utf8(line).expect("a line that is not UTF-8"))
    }

    /// Whether this line comes before the connection ends, in whatever way.
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

    /// Blank lines are layout, and `$ping` comes by itself to people who say nothing for a
    /// minute.
    #[track_caller]
    fn next_line(&mut self) -> String {
        let start = Instant::now();
        loop {
            // A ping now and then is no reason to wait longer.
            assert!(start.elapsed() < self.patience, "no line but pings\n{}", self.story());
            match self.line_or_end() {
                Some(line) if line.trim().is_empty() || line == "$ping" => continue,
                Some(line) => return line,
                None => panic!("the other side closed\n{}", self.story()),
            }
        }
    }

    fn hears(&self, _control_line: &str) -> bool {
        true
    }

    fn story(&self) -> String {
        let story = self.story.iter().map(|line| format!("\n{line}")).collect::<String>();
        format!("--- what {} did and saw last:{story}", self.name)
    }
}

impl From<Wire> for Person {
    /// The pretended server, to which this client has just connected.
    fn from(wire: Wire) -> Self {
        Self::new(wire, "the pretended server", Other::Client)
    }
}

/// What is removed from every text that one person sends and another sees (`protocol.md`,
/// section 1).
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
