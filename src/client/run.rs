//! The start of the client: connects, then starts the threads.
//!
//! The main thread does this and then reads the keyboard. Before the terminal is taken over,
//! everything that may fail has been tried: the server, the log, the folder for files. So what
//! is wrong is one line on standard error, in a terminal that nobody has touched yet.

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use super::config::Config;
use super::connect::{ConnectError, connect};
use super::connection;
use super::keyboard;
use super::shared::Client;
use crate::clock::WallClock;
use crate::folder::{Folder, FolderLimits, io_reason};
use crate::logfile::Log;
use crate::outbox::Couriers;
use crate::terminal::Tone;

/// Why a client can't start.
#[derive(Debug)]
pub enum StartError {
    /// Nobody said where the server is.
    NoHost,
    /// No chat room answers.
    Connect(ConnectError),
    /// The folder for files can't be used.
    Files(PathBuf, io::Error),
    /// The log can't be written.
    Log(PathBuf, io::Error),
    /// A thread can't be started.
    Thread(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::NoHost => {
                f.write_str("nobody said where the server is: type its address after the program")
            }
            StartError::Connect(error) => error.fmt(f),
            StartError::Files(path, error) => {
                let path = path.display();
                let why = io_reason(error);
                write!(f, "cannot use {path} for files: {why} (choose another one with --files)")
            }
            StartError::Log(path, error) => {
                let path = path.display();
                let why = io_reason(error);
                write!(f, "cannot log to {path}: {why} (choose another file with --log)")
            }
            StartError::Thread(error) => write!(f, "cannot start a thread: {}", io_reason(error)),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::NoHost => None,
            StartError::Connect(error) => Some(error),
            StartError::Files(_, error)
            | StartError::Log(_, error)
            | StartError::Thread(error) => Some(error),
        }
    }
}

/// Runs a client until one side ends the connection. Then the process ends. Returns only if the
/// client can't start: the reason.
pub fn run(config: Config) -> StartError {
    let client = match start(config) {
        Ok(client) => client,
        Err(error) => return error,
    };
    client.or_end(|| keyboard::run(&client))
}

/// Connects and starts the sending and the receiving thread.
fn start(mut config: Config) -> Result<Arc<Client>, StartError> {
    if config.host.is_empty() {
        config.host = ask_host().ok_or(StartError::NoHost)?;
    }
    let log = Log::start(&config.log, WallClock::UTC)
        .map_err(|error| StartError::Log(config.log.clone(), error))?;
    let couriers = Couriers::alone();
    let say = |doing| eprintln!("{doing}");
    let (outbox, reader) = connect(&config.host, &couriers, say).map_err(StartError::Connect)?;
    let folder = Folder::open(&config.files, FolderLimits::NONE)
        .map_err(|error| StartError::Files(config.files.clone(), error))?;
    let client = Arc::new(Client::new(config, couriers, outbox, folder, log));
    if !client.terminal.hides_secrets() {
        client.print(Tone::Notice, "This terminal shows a password while you type it");
    }
    start_thread(&client, "sending", |client| client.couriers.run())?;
    start_thread(&client, "receiving", |client| connection::run(client, reader))?;
    Ok(client)
}

/// Asks where the server is. `None`: there was no answer.
fn ask_host() -> Option<String> {
    print!("Write out the IP you want to connect into: ");
    io::stdout().flush().ok()?;
    let mut host = String::new();
    io::stdin().read_line(&mut host).ok()?;
    let host = host.trim();
    (!host.is_empty()).then(|| host.to_string())
}

fn start_thread(
    client: &Arc<Client>,
    name: &str,
    run: impl FnOnce(&Arc<Client>) + Send + 'static,
) -> Result<(), StartError> {
    let client = Arc::clone(client);
    let thread = thread::Builder::new().name(name.into());
    let started = thread.spawn(move || client.or_end(|| run(&client)));
    started.map(drop).map_err(StartError::Thread)
}
