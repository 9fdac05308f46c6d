//! One connection's whole life: sign-in, menu, room, goodbye.
//!
//! The session's thread reads its person's lines and walks the states as plain sequential code: where it stands in [`login`],
//! [`menu`] or [`chat`] *is* the state. This file has the types that all states share, their order, and the end in good order;
//! `incoming` reads the next line and keeps the deadlines, `files` takes lines about files, `questions` asks.
//!
//! What leaves is posted to the outbox, which never blocks. What may fail is the connection ([`Ended`]): that is one session's
//! affair, logged once, when it ends here. Whatever ends it, guards on this thread's stack leave the room and free the name.

mod files;
mod incoming;
mod questions;
#[cfg(test)]
mod tests;

use std::fmt::{self, Display};
use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::request_log::{Kind, RequestLog};
use super::{Shared, chat, login, menu};
use crate::line::{LineReader, TooLong};
use crate::outbox::{Cut, Outbox, Pressure};
use crate::protocol::{MAX_LINE_BYTES, Reply};
use crate::transfer::{Offers, Receiving, Stored};
use incoming::PING_INTERVAL;

/// How long signing in may take.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(600);
/// How long a goodbye may take: to write what waits, and to see the other side close.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long an author pauses before it reads on, when somebody in the room is slow to read.
const PAUSE: Duration = Duration::from_millis(20);
/// How often a connection that is being closed is looked at.
const CLOSED_INTERVAL: Duration = Duration::from_millis(10);

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
    /// How many wrong passwords came over this connection while signing in.
    pub wrong_passwords: u32,
    reader: LineReader<&'a TcpStream>,
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
            Unusable::TooLong(TooLong { max_line_bytes }) => {
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
    fn last_words(&self) -> Option<&'static str> {
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

/// Runs a session from its greeting to its end. Blocks for as long as the person stays.
pub fn run(number: u64, client: SocketAddr, outbox: &Arc<Outbox>, shared: &Shared) {
    let now = Instant::now();
    let mut session = Session {
        number,
        shared,
        outbox,
        log: RequestLog::new(client),
        wrong_passwords: 0,
        reader: LineReader::new(outbox.stream(), MAX_LINE_BYTES),
        receiving: Receiving::new(Arc::clone(&shared.folder), Offers::WhenAsked { open: false }),
        clock: Clock {
            heard: now,
            looked: now,
            pinged: now,
            answers_pings: false,
            sign_in: Some(now + SIGN_IN_TIMEOUT),
        },
    };
    shared.console.show(format_args!("{client} connected"));
    session.log.request(Kind::Connect, "welcome");

    let ended = session.walk().err().unwrap_or(Ended::Goodbye);

    if let Some(words) = ended.last_words() {
        outbox.post_last(format_args!("{words}\n{}", Reply::Bye));
    }
    session.log_end(&ended);
    close(outbox);
}

/// Closes in good order: what waits is written, the writing half shut down, and what still comes in read to its end. Closing
/// with input unread would make the kernel throw away what the other side has not read yet, `$bye` included.
pub fn close(outbox: &Outbox) {
    outbox.close(GOODBYE_TIMEOUT);
    let deadline = Instant::now() + GOODBYE_TIMEOUT;
    let mut stream = outbox.stream();
    let mut dropped = [0; 512];
    loop {
        let patience = deadline.saturating_duration_since(Instant::now());
        if patience.is_zero() || stream.set_read_timeout(Some(patience)).is_err() {
            break;
        }
        match stream.read(&mut dropped) {
            Ok(1..) => {}
            // Our own reading half may be shut, by whoever ended this session. Only a socket that is closed both ways has no peer.
            Ok(0) if stream.peer_addr().is_ok() => thread::sleep(CLOSED_INTERVAL),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            _ => break,
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}

impl Session<'_> {
    /// The states, one after the other.
    fn walk(&mut self) -> Result<(), Ended> {
        self.set_read_timeout(PING_INTERVAL)?;
        // The line that says which protocol this is has been posted before anything else could be.
        self.say("Welcome to the ChatRoom App...");
        // Held until the session ends: dropping it frees the name.
        let (user, _signed_in) = login::sign_in(self)?;
        self.clock.sign_in = None;
        self.say(menu::screen("Logged In, You Welcome"));
        while let menu::Choice::Enter(membership) = menu::choose(self, &user)? {
            chat::stay(self, &user, membership)?;
        }
        Ok(())
    }

    fn log_end(&self, ended: &Ended) {
        // What this side found out about the connection says more than that the reading ended.
        match self.outbox.was_cut() {
            Some(why) if why != Cut::Lost => self.log.request(Kind::Disconnect, why),
            _ => self.log.request(Kind::Disconnect, ended),
        }
        self.shared.console.show(format_args!("{} disconnected", self.log.who()));
    }

    /// Pauses if somebody in the room is slow to read, so that a flood is slowed and not cut. Holds no lock.
    pub fn slow_down(&self, pressure: Pressure) {
        if pressure == Pressure::High {
            thread::sleep(PAUSE);
        }
    }

    /// Posts something to the person.
    pub fn say(&self, lines: impl Display) {
        self.outbox.post(lines);
    }
}
