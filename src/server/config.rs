//! The server's options.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;

use crate::clock::WallClock;
use crate::folder::FolderLimits;
use crate::options::{Given, Program, WrongOption};
use crate::protocol::DEFAULT_PORT;
use crate::size::ByteSize;

/// The server on the command line.
pub const PROGRAM: Program =
    Program { name: "server", help: HELP, options: &OPTIONS, flags: &[], operands: 0 };

const OPTIONS: [&str; 9] = [
    "--bind",
    "--files",
    "--state",
    "--log",
    "--log-time",
    "--max-connections",
    "--max-file-size",
    "--quota",
    "--password-rounds",
];

const HELP: &str = "\
A chat room with files, for a class or a small network.

usage: server [OPTIONS]

  --bind ADDR:PORT         where to listen (0.0.0.0:10000; port 0: any)
  --files DIR              where files are kept (ServerFiles)
  --state FILE             where users and rooms are kept (chatroom.db)
  --log FILE               where requests are logged (server.log)
  --log-time local|utc     whose time the log has (utc)
  --max-connections N      how many people at once (10000)
  --max-file-size BYTES    the largest file that is taken, K, M or G after it (1G)
  --quota BYTES            how much all files together may take (10G)
  --password-rounds N      how often a password is hashed (600000)
  -h, --help               show this
  -V, --version            show the version

On its terminal the server takes commands; `help` lists them.";

/// What a server is started with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub bind: SocketAddr,
    /// The folder for files.
    pub files: PathBuf,
    /// The journal of users and rooms.
    pub state: PathBuf,
    /// The log of requests.
    pub log: PathBuf,
    /// Whether the log shows local time or UTC.
    pub log_time: WallClock,
    /// How many connections at once.
    pub max_connections: usize,
    /// How many bytes of files are stored at most.
    pub limits: FolderLimits,
    /// How often a password is hashed.
    pub password_rounds: NonZeroU32,
}

impl Config {
    /// Makes the configuration from the options that were given.
    ///
    /// # Errors
    /// [`WrongOption`], one line for the person who typed it.
    pub fn from_given(given: &Given) -> Result<Config, WrongOption> {
        let address = "an address and a port, like 0.0.0.0:10000";
        let count = "a number from 1";
        let bytes = |name, default| {
            given.value(name, ByteSize(default), "a number of bytes, like 10M", parse)
        };
        let clock = |text: &str| match text {
            "local" => Some(WallClock::local()),
            "utc" => Some(WallClock::UTC),
            _ => None,
        };
        let from_one = |text: &str| parse(text).filter(|&count| count > 0);
        let rounds = NonZeroU32::new(600_000).expect("not zero");
        Ok(Config {
            bind: given.value("--bind", ([0, 0, 0, 0], DEFAULT_PORT).into(), address, parse)?,
            files: given.path("--files", "ServerFiles".into())?,
            state: given.path("--state", "chatroom.db".into())?,
            log: given.path("--log", "server.log".into())?,
            log_time: given.value("--log-time", WallClock::UTC, "local or utc", clock)?,
            max_connections: given.value("--max-connections", 10_000, count, from_one)?,
            limits: FolderLimits {
                max_file_bytes: bytes("--max-file-size", 1 << 30)?.0,
                quota_bytes: bytes("--quota", 10 << 30)?.0,
            },
            password_rounds: given.value("--password-rounds", rounds, count, parse)?,
        })
    }
}

fn parse<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}
