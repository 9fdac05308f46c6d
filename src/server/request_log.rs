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

/// The kinds of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A connection was made.
    Connect,
    /// A new user.
    Registration,
    /// A user signs in.
    Login,
    /// The menu.
    Menu,
    /// Into a room.
    Enter,
    /// Out of a room.
    Leave,
    /// A new room.
    Create,
    /// A room is deleted.
    Delete,
    /// The rooms, or the members of one.
    List,
    /// Something is said.
    Message,
    /// A file, up or down.
    File,
    /// Any other line.
    Other,
    /// A connection has ended.
    Disconnect,
}

/// As the log has it: in small letters.
impl Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{self:?}").to_lowercase())
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
