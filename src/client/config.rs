//! The client's options: from the command line to a [`Config`], which is not changed afterwards.
//!
//! What may fail is a wrong option; the person who typed it reads one line about it.

use std::path::PathBuf;

use crate::options::{Given, Program, WrongOption};

/// The client on the command line.
pub const PROGRAM: Program =
    Program { name: "client", help: HELP, options: &["--files", "--log"], operands: 1 };

const HELP: &str = "\
Joins a chat room.

usage: client [OPTIONS] [HOST[:PORT]]

  HOST[:PORT]   where the server is (port 10000 unless given); asked for if missing
  --files DIR   where files are sent from, and received into (LocalFiles)
  --log FILE    where what is sent and received is logged (client.log)
  -h, --help    show this
  -V, --version show the version

In a room: @ leaves it, % lists who is there, ! sends a file.
Ctrl-C on an empty line leaves the program.";

/// How a client is started.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the server is, if that was given.
    pub host: Option<String>,
    /// The folder for files.
    pub files: PathBuf,
    /// The log.
    pub log: PathBuf,
}

impl Config {
    /// Makes the configuration from the options that were given.
    ///
    /// # Errors
    /// [`WrongOption`], one line for the person who typed it.
    pub fn from_given(given: &Given) -> Result<Config, WrongOption> {
        Ok(Config {
            host: given.operand.clone(),
            files: given.path("--files", "LocalFiles".into())?,
            log: given.path("--log", "client.log".into())?,
        })
    }
}
