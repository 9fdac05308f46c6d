//! A session: one connection, as the states see it. It knows no states.
//!
//! The visit's thread calls everything here. `incoming` reads the next input and keeps the
//! deadlines, `files` follows lines about files, `questions` asks the person and waits for the
//! answer. What leaves is posted to the outbox, which never blocks. Only the connection can fail
//! ([`Ended`]); that ends this session and no other.

mod files;
mod incoming;
mod questions;

use std::fmt::{self, Display};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::request_log::RequestLog;
use super::shared::Shared;
use crate::line::{LineReader, TooLong};
use crate::outbox::{Outbox, Pressure};
use crate::protocol::MAX_LINE_BYTES;
use crate::transfer::{Offers, Receiving, Stored};

/// How long signing in may take.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(600);

/// One connection.
pub struct Session<'a> {
    /// Tells this session from all others.
    pub number: u64,
    /// What all sessions share.
    pub shared: &'a Shared,
    /// Where all that this person gets to read goes.
    pub outbox: &'a Arc<Outbox>,
    /// Where its requests are logged.
    pub log: RequestLog,
    reader: LineReader<&'a Outbox>,
    receiving: Receiving,
    clock: Clock,
}

/// What the deadlines of a connection are counted from.
struct Clock {
    heard: Instant,
    /// When the deadlines were last looked at.
    looked: Instant,
    /// When it was last asked whether it is there.
    pinged: Instant,
    /// It has answered once, so it is expected to.
    answers_pings: bool,
    /// Until somebody has signed in.
    sign_in: Option<Instant>,
}

/// What a state gets to see of what comes in.
#[derive(Debug)]
pub enum Input {
    /// What the person typed.
    Text(String),
    /// A line that can't be used. It has changed nothing, and the person is to be told why.
    Unusable(Unusable),
    /// A file has come whole and is stored.
    Uploaded(Stored),
}

/// Why a line can't be used. Its `Display` is what the person gets to read; it never holds what was typed.
#[derive(Debug)]
pub enum Unusable {
    /// Over the limit.
    TooLong(TooLong),
    /// A control line that is none.
    Unknown,
    /// A control line that nothing had led up to.
    OutOfPlace,
}

impl Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unusable::TooLong(TooLong { max_line_bytes, .. }) => {
                write!(f, "Line too long ({max_line_bytes} bytes at most), nothing was sent")
            }
            Unusable::Unknown => f.write_str(
                "Not a command that is known here, nothing was sent (to begin a text with $, write $$)",
            ),
            Unusable::OutOfPlace => f.write_str(
                "That command is out of place here, nothing was sent (to begin a text with $, write $$)",
            ),
        }
    }
}

/// Why a session has ended.
#[derive(Debug)]
pub enum Ended {
    /// The person left by the menu.
    Goodbye,
    /// The peer closed the connection, or it was lost.
    Lost,
    /// Silent for 120 s, though it used to answer.
    Silent,
    /// Nobody signed in within ten minutes.
    NotSignedIn,
    /// Five wrong passwords.
    TooManyWrongPasswords,
    /// A `$data` line without a proper count: nobody can tell what follows.
    Uncountable,
    /// The connection can't be used.
    Io(io::Error),
}

impl Ended {
    /// What the person gets to read before `$bye`. `None`: nobody is there to read it.
    pub fn last_words(&self) -> Option<&'static str> {
        match self {
            Ended::Goodbye => Some("Goodbye :)"),
            Ended::Lost | Ended::Io(_) => None,
            Ended::Silent => Some("Nothing was heard from you for too long"),
            Ended::NotSignedIn => Some("Nobody signed in for too long"),
            Ended::TooManyWrongPasswords => Some("Too many wrong passwords"),
            Ended::Uncountable => Some(
                "A $data line takes a number from 1 to 65536, and what follows can't be told without it",
            ),
        }
    }
}

impl Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ended::Goodbye => "goodbye",
            Ended::Lost => "connection lost",
            Ended::Silent => "silent for too long",
            Ended::NotSignedIn => "nobody signed in",
            Ended::TooManyWrongPasswords => "too many wrong passwords",
            Ended::Uncountable => "a $data line without a proper count",
            Ended::Io(error) => return write!(f, "connection lost: {error}"),
        })
    }
}

/// Why a question has no answer.
#[derive(Debug)]
pub enum Stop {
    /// A lone `@`: one step back.
    Back,
    /// There is nobody to answer.
    Ended(Ended),
}

impl From<Ended> for Stop {
    fn from(ended: Ended) -> Stop {
        Stop::Ended(ended)
    }
}

impl<'a> Session<'a> {
    /// A session on a connection where nobody has signed in yet.
    pub fn new(
        number: u64,
        client: SocketAddr,
        outbox: &'a Arc<Outbox>,
        shared: &'a Shared,
    ) -> Session<'a> {
        let now = Instant::now();
        Session {
            number,
            shared,
            outbox,
            log: RequestLog::new(client),
            reader: LineReader::new(&**outbox, MAX_LINE_BYTES),
            receiving: Receiving::new(
                Arc::clone(&shared.folder),
                Offers::WhenAsked { open: false },
            ),
            clock: Clock {
                heard: now,
                looked: now,
                pinged: now,
                answers_pings: false,
                sign_in: Some(now + SIGN_IN_TIMEOUT),
            },
        }
    }

    /// Ends the deadline for signing in.
    pub fn is_signed_in(&mut self) {
        self.clock.sign_in = None;
    }

    /// Pauses if somebody in the room is slow to read, so that a flood is slowed and not cut.
    /// Holds no lock.
    ///
    /// # Errors
    /// If the session has ended meanwhile.
    pub fn slow_down(&mut self, mut pressure: Pressure) -> Result<(), Ended> {
        while !pressure.wait() {
            self.go_on_waiting()?;
        }
        self.clock.heard = Instant::now();
        Ok(())
    }

    /// Between two waits of 10 s at most, in which this session read nothing: looks at its
    /// deadlines. Its person's silence does not count meanwhile.
    pub fn go_on_waiting(&mut self) -> Result<(), Ended> {
        let now = Instant::now();
        self.clock.heard = now;
        self.look_at_deadlines(now)?;
        if self.outbox.was_cut().is_some() { Err(Ended::Lost) } else { Ok(()) }
    }

    /// Tells this person something. Nobody else reads it.
    pub fn tell(&self, lines: impl Display) {
        self.outbox.post(lines);
    }
}
