//! A session: one connection, as the states see it. It knows no states.
//!
//! The visit's thread calls everything here. `questions` asks the person and waits for the answer,
//! `incoming` reads the next input and keeps the deadlines, and `files` follows lines about files.
//! Each adds to [`Session`] and uses only the one after it. What leaves is posted to the outbox;
//! posting never blocks. What ends a session is always an [`Ended`], and it ends this session
//! alone.

mod questions;
mod incoming;
mod files;

#[cfg(test)]
mod tests;

use std::fmt::{self, Display};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::presence::Person;
use super::receipt::Receipt;
use super::request_log::RequestLog;
use super::shared::Shared;
use super::telnet::TelnetReader;
use crate::line::LineReader;
use crate::outbox::Outbox;
use crate::protocol::{MAX_LINE_BYTES, Place, Question, Reply, VERSION};
use crate::transfer::{Receiving, Stored};

/// How long signing in may take.
pub const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(600);

/// How long a program may be silent.
pub const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);

/// After so many wrong passwords at the sign-in, the connection ends. At a room's password only
/// the question ends.
pub const MAX_WRONG_PASSWORDS: u32 = 5;

/// The first text of every connection.
const WELCOME: &str = "Welcome to the ChatRoom App...";

/// One connection.
pub struct Session<'a> {
    /// No other session has this number.
    pub number: u64,
    /// What all sessions share.
    pub shared: &'a Shared,
    /// Where everything goes that this person reads.
    pub outbox: &'a Arc<Outbox>,
    /// Where its requests are logged.
    pub log: RequestLog,
    /// Whether the client has said `$hello`. Otherwise a person sits on a raw connection.
    pub is_program: bool,
    /// No line has come yet: the first one decides whether this is a program.
    is_first_line: bool,
    reader: LineReader<TelnetReader<&'a Outbox>>,
    /// The file that this person sends us, and the question for one.
    pub receiving: Receiving,
    /// Receipts of files that this person sent and that not all members have answered yet.
    receipts: Vec<Arc<Receipt>>,
    clock: Clock,
    /// Who has signed in.
    person: Option<Person>,
}

/// What the deadlines of a connection are counted from.
struct Clock {
    /// When the last byte came.
    last_byte: Instant,
    /// When the last read ended. Since then this thread has not listened.
    last_read: Instant,
    /// When to check the deadlines again, at the latest, while much comes in.
    next_check: Instant,
    /// When somebody must have signed in; `None` once that is done.
    sign_in: Option<Instant>,
}

/// An input, as a state gets it.
#[derive(Debug)]
pub enum Input {
    /// What the person typed.
    Text(String),
    /// A line that cannot answer the open question. The person reads this text, and the question
    /// is asked again. `$hello` is one too: its text is the screen of the place.
    Unusable(String),
    /// A file has come completely and is stored.
    Uploaded(Stored),
    /// A program asks whether the server is there. The state answers, so that the answer comes
    /// after those to earlier lines.
    Ping,
}

/// Why a session has ended.
#[derive(Debug)]
pub enum Ended {
    /// The person left by the menu.
    Goodbye,
    /// The peer closed the connection, or it was lost.
    Lost,
    /// Another thread has posted the last lines: somebody took the session over, the person who
    /// runs the server ended it, or the server stops.
    SentAway,
    /// A program was silent for [`SILENCE_TIMEOUT`].
    Silent,
    /// Nobody signed in within [`SIGN_IN_TIMEOUT`].
    NotSignedIn,
    /// Five wrong passwords.
    TooManyWrongPasswords,
    /// A `$data` line without a proper count: where the next line begins is unknown.
    Uncountable,
    /// A browser connected.
    Browser,
    /// A program that speaks this other version.
    OtherVersion(u32),
    /// The connection cannot be used.
    Io(io::Error),
}

impl Ended {
    /// Returns the last lines for the other side. `None`: nobody is there to read them.
    pub fn last_lines(&self) -> Option<String> {
        match self {
            Ended::Lost | Ended::SentAway | Ended::Io(_) => None,
            // Without `$bye`: a program that wakes up finds its connection lost, and comes back.
            Ended::Silent => Some(self.to_string()),
            _ => Some(format!("{self}\n{}", Reply::Bye)),
        }
    }
}

/// What the other side reads, if it is still there, and what is logged.
impl Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ended::Goodbye => "Goodbye :)",
            Ended::Lost => "connection lost",
            Ended::SentAway => "sent away",
            Ended::Silent => "Nothing was heard from you for 60 s",
            Ended::NotSignedIn => "Nobody signed in for too long",
            Ended::TooManyWrongPasswords => "Too many wrong passwords",
            Ended::Uncountable => {
                "A $data line takes a number from 1 to 65536. After this one the server cannot know \
                 where the next line begins"
            }
            Ended::Browser => "This is a chat room, not a web server",
            Ended::OtherVersion(theirs) => {
                let words = "This server speaks version";
                return write!(f, "{words} {VERSION}, your program version {theirs}");
            }
            Ended::Io(error) => return write!(f, "connection lost: {error}"),
        })
    }
}

/// Why a state does not go on as planned.
#[derive(Debug)]
pub enum Stop {
    /// One step back, with what the person reads there. After a lone `@` that is nothing.
    Back(String),
    /// The session is over.
    Ended(Ended),
}

impl From<Ended> for Stop {
    fn from(ended: Ended) -> Stop {
        Stop::Ended(ended)
    }
}

impl<'a> Session<'a> {
    /// A session on a connection where nobody has signed in yet. The person reads the welcome.
    pub fn new(
        number: u64,
        client: SocketAddr,
        outbox: &'a Arc<Outbox>,
        shared: &'a Shared,
    ) -> Session<'a> {
        let now = Instant::now();
        outbox.post(WELCOME);
        Session {
            number,
            shared,
            outbox,
            log: RequestLog::new(client),
            is_program: false,
            is_first_line: true,
            reader: LineReader::new(TelnetReader::new(&**outbox), MAX_LINE_BYTES),
            receiving: Receiving::new(Arc::clone(&shared.folder)),
            receipts: Vec::new(),
            person: None,
            clock: Clock {
                last_byte: now,
                last_read: now,
                next_check: now,
                sign_in: Some(now + SIGN_IN_TIMEOUT),
            },
        }
    }

    /// Ends the deadline for signing in. From here on it is noted when this person types.
    pub fn note_signed_in(&mut self, person: &Person) {
        self.clock.sign_in = None;
        self.person = Some(person.clone());
    }

    /// Tells this person something. Nobody else reads it.
    pub fn tell(&self, lines: impl Display) {
        self.outbox.post(lines);
    }

    /// Posts a question: its prompt, and for a program an `$ask` line before it.
    fn post_question(&self, question: Question, prompt: &str) {
        if self.is_program {
            self.tell(format_args!("{}\n{prompt}", Reply::Ask(question)));
        } else {
            self.tell(prompt);
        }
    }

    /// Builds a new screen: its text, and for a program an `$at` line before it.
    pub fn screen(&self, place: Place, text: impl Display) -> String {
        if self.is_program { format!("{}\n{text}", Reply::At(place)) } else { text.to_string() }
    }
}
