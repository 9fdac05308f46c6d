//! The server's log of requests, as the assignment asks for it: one line for every request, with
//! the time, the client's address, the user, the kind of request, and the server's answer.
//!
//! A session writes its lines here. They go to `logfile`, which never makes a session wait. What
//! people say, their passwords and the lists of rooms are not logged at any level: nothing here
//! takes them. Nobody can forge a line by what they type, because a line holds only names that
//! were checked and texts that were cleaned.

use std::fmt::{self, Display};
use std::net::SocketAddr;

use log::info;

use crate::name::UserName;

/// A kind of request, by its name in the log.
#[derive(Clone, Copy, Debug)]
pub struct Kind(&'static str);

impl Kind {
    /// A connection was made.
    pub const CONNECT: Kind = Kind("connect");
    /// A new user.
    pub const REGISTRATION: Kind = Kind("registration");
    /// A user signs in.
    pub const LOGIN: Kind = Kind("login");
    /// The menu.
    pub const MENU: Kind = Kind("menu");
    /// Into a room.
    pub const ENTER: Kind = Kind("enter");
    /// Out of a room.
    pub const LEAVE: Kind = Kind("leave");
    /// A new room.
    pub const CREATE: Kind = Kind("create");
    /// A room is deleted.
    pub const DELETE: Kind = Kind("delete");
    /// The rooms, or the members of one.
    pub const LIST: Kind = Kind("list");
    /// Something is said.
    pub const MESSAGE: Kind = Kind("message");
    /// A file, up or down.
    pub const FILE: Kind = Kind("file");
    /// Any other line.
    pub const OTHER: Kind = Kind("other");
    /// A connection has ended.
    pub const DISCONNECT: Kind = Kind("disconnect");
}

impl Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Writes the requests of one connection.
#[derive(Clone, Debug)]
pub struct RequestLog {
    /// The address and the user, joined once and not for every line.
    who: Box<str>,
}

impl RequestLog {
    /// The log of a connection on which nobody has signed in yet.
    pub fn new(client: SocketAddr) -> RequestLog {
        RequestLog { who: format!("{client} -").into() }
    }

    /// From here on the requests are this user's.
    pub fn signed_in(&mut self, user: &UserName) {
        let address = self.who.split(' ').next().unwrap_or_default();
        self.who = format!("{address} {user}").into();
    }

    /// Whose connection it is, for the server's terminal.
    pub fn who(&self) -> &str {
        self.who.trim_end_matches(" -")
    }

    /// Logs `count` requests of one kind that had the same answer, one line for each.
    pub fn requests(&self, count: usize, kind: Kind, answer: impl Display) {
        info!(times = count; "{} {kind}: {answer}", self.who);
    }

    /// Logs a request and its answer.
    pub fn request(&self, kind: Kind, answer: impl Display) {
        info!("{} {kind}: {answer}", self.who);
    }
}
