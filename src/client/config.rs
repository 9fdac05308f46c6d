//! The client's options: from the command line to a [`Config`], which is not changed afterwards.
//!
//! What may fail is a wrong option; the person who typed it reads one line about it.

use std::path::PathBuf;

use crate::options::{Given, Program, WrongOption};

/// The client on the command line.
pub const PROGRAM: Program = Program {
    name: "client",
    help: HELP,
    options: &["--files", "--log", "--user", "--room"],
    flags: &["--no-reconnect", "--no-time", "--no-bell"],
    operands: 2,
};

const HELP: &str = "\
Joins a chat room.

usage: client [OPTIONS] [HOST[:PORT] | HOST PORT]

  HOST, PORT     where the server is (port 10000 unless given); asked for if missing
  --user NAME    who you are; only the password is asked then
  --room NAME    the room to enter
  --files DIR    where files are sent from, and received into (LocalFiles)
  --log FILE     where what is sent and received is logged (client.log)
  --no-reconnect end when the connection is lost, instead of connecting again
  --no-time      show no time in front of what is said
  --no-bell      do not ring when somebody says your name
  -h, --help     show this
  -V, --version  show the version

In a room: @ leaves it, % lists who is there, ! sends a file, help shows more.
Ctrl-C twice on an empty line leaves the program.";

/// How a client is started.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the server is, perhaps with a port. Empty: it was not given.
    pub host: String,
    /// Answers the questions for the user's name.
    pub user: Option<String>,
    /// The room that is entered.
    pub room: Option<String>,
    /// The folder for files.
    pub files: PathBuf,
    /// The log.
    pub log: PathBuf,
    /// A lost connection is opened again.
    pub reconnects: bool,
    /// What is said has its time in front.
    pub shows_time: bool,
    /// Whether the bell rings when a message names the user.
    pub rings: bool,
}

impl Config {
    /// Makes the configuration from the options that were given.
    ///
    /// # Errors
    /// [`WrongOption`], one line for the person who typed it.
    pub fn from_given(given: &Given) -> Result<Config, WrongOption> {
        let text = |name| given.value(name, None, "a name", |text| Some(Some(text.to_string())));
        let host = match &given.operands[..] {
            [] => String::new(),
            [host] => host.clone(),
            [_, port, ..] if port.parse::<u16>().is_err() => {
                return Err(WrongOption::new(format!("not a port: {port}")));
            }
            // An IPv6 address has colons itself.
            [host, port] if host.contains(':') => format!("[{host}]:{port}"),
            [host, port, ..] => format!("{host}:{port}"),
        };
        Ok(Config {
            host,
            user: text("--user")?,
            room: text("--room")?,
            files: given.path("--files", "LocalFiles".into())?,
            log: given.path("--log", "client.log".into())?,
            reconnects: !given.flag("--no-reconnect"),
            shows_time: !given.flag("--no-time"),
            rings: !given.flag("--no-bell"),
        })
    }
}
