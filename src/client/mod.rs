//! The client: three threads around one socket.
//!
//! ```text
//!   keyboard ──► main thread ──► outbox ──► sending thread ──► socket
//!                                   ▲ $pong, $ready, $ack, …     │
//!   terminal ◄── receiving thread ──┘◄───────────────────────────┘
//! ```
//! Nobody waits for anybody else: posting to the outbox never blocks, so what comes in is always read, and one can type while a
//! file is on its way.

pub mod connect;
pub mod keyboard;
pub mod receive;
pub mod dialogue;
pub mod progress;
pub mod config;

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::TcpStream;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::process;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::folder::{Folder, FolderLimits};
use crate::logfile::Log;
use crate::outbox::Outbox;
use crate::terminal::{Terminal, Tone};
use config::Config;
use connect::ConnectError;
use dialogue::Dialogue;
use keyboard::Typing;
use receive::{Ending, Receiver};

/// How long a goodbye may take.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(2);

/// What the client's threads share.
pub struct Client {
    /// What waits to be sent.
    pub outbox: Arc<Outbox>,
    /// What the person sees and types.
    pub terminal: Terminal,
    /// Where files are sent from, and received into.
    pub folder: Arc<Folder>,
    /// Where the dialogue stands.
    pub dialogue: Dialogue,
    /// Until the end.
    log: Mutex<Option<Log>>,
    /// Taken for good by the thread that ends the process.
    ending: Mutex<()>,
}

/// Why a client can't run.
#[derive(Debug)]
pub enum StartError {
    /// No chat room answers.
    Connect(ConnectError),
    /// The folder for files can't be used.
    Files(PathBuf, io::Error),
    /// The log can't be written.
    Log(PathBuf, io::Error),
    /// The connection or a thread can't be set up.
    Io(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Connect(error) => error.fmt(f),
            StartError::Files(path, error) => {
                write!(
                    f,
                    "cannot use {} for files: {error} (--files takes another folder)",
                    path.display()
                )
            }
            StartError::Log(path, error) => {
                write!(f, "cannot log to {}: {error} (--log takes another file)", path.display())
            }
            StartError::Io(error) => write!(f, "cannot set the connection up: {error}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::Connect(error) => Some(error),
            StartError::Files(_, error) | StartError::Log(_, error) | StartError::Io(error) => {
                Some(error)
            }
        }
    }
}

impl From<ConnectError> for StartError {
    fn from(error: ConnectError) -> StartError {
        StartError::Connect(error)
    }
}

impl From<io::Error> for StartError {
    fn from(error: io::Error) -> StartError {
        StartError::Io(error)
    }
}

/// Runs a client on a connection to `host` until one side ends it. Once it has started, whichever thread comes to the end
/// first ends the process: the others may be waiting for a key, or for the server, and std can't wake them.
///
/// # Errors
/// If it can't start.
pub fn run(stream: TcpStream, host: &str, config: &Config) -> Result<Infallible, StartError> {
    let log =
        Log::start(&config.log).map_err(|error| StartError::Log(config.log.clone(), error))?;
    let outbox = Outbox::with_own_thread(stream)?;
    let reader = connect::await_greeting(outbox.stream(), host)?;
    let folder = Folder::open(&config.files, FolderLimits::NONE)
        .map_err(|error| StartError::Files(config.files.clone(), error))?;
    let client = Arc::new(Client {
        outbox: Arc::clone(&outbox),
        terminal: Terminal::open(),
        folder: Arc::new(folder),
        dialogue: Dialogue::default(),
        log: Mutex::new(Some(log)),
        ending: Mutex::new(()),
    });

    thread::scope(|scope| {
        let sending = Arc::clone(&outbox);
        let watching = Arc::clone(&client);
        thread::Builder::new()
            .name("sending".into())
            .spawn_scoped(scope, move || watching.or_end(|| sending.run()))?;
        let mut receiver = Receiver::new(&client, reader);
        let watching = Arc::clone(&client);
        thread::Builder::new()
            .name("receiving".into())
            .spawn_scoped(scope, move || watching.or_end(|| watching.end(receiver.run())))?;

        client.or_end(|| match keyboard::run(&client) {
            Ok(Typing::Leave) => client.leave(),
            // What the server still says is shown, until it closes: the receiving thread ends the process.
            Ok(Typing::Ended) => loop {
                thread::park();
            },
            Err(error) => {
                client.print(Tone::Error, &format!("The keyboard can't be read: {error}"));
                client.exit(1)
            }
        })
    })
}

impl Client {
    /// Shows a line.
    pub fn print(&self, tone: Tone, line: &str) {
        self.print_all([(tone, line)]);
    }

    /// Shows lines. If nobody reads them any more, the program ends quietly.
    pub fn print_all<'a>(&self, lines: impl IntoIterator<Item = (Tone, &'a str)>) {
        if self.terminal.print_all(lines).is_err() {
            self.exit(0);
        }
    }

    /// The connection has ended.
    fn end(&self, ending: Ending) {
        let _for_good = self.ending.lock();
        match ending {
            Ending::Bye => self.exit(0),
            Ending::Lost => {
                self.print(Tone::Error, "Connection to server closed.");
                self.exit(1)
            }
            Ending::NotUnderstood => {
                self.print(
                    Tone::Error,
                    "The server does not keep to the protocol, the connection is closed.",
                );
                self.exit(1)
            }
        }
    }

    /// The person leaves: what was typed is still sent.
    fn leave(&self) -> ! {
        // The server closes as soon as we do. That is no lost connection then.
        let _for_good = self.ending.lock();
        self.outbox.close(GOODBYE_TIMEOUT);
        self.exit(0)
    }

    /// Runs one of the threads. If it panics, that ends the process like anything else does, with the terminal as it was found:
    /// the other threads would go on, and a person would sit before a terminal that shows nothing any more, or takes no key.
    fn or_end<T>(&self, run: impl FnOnce() -> T) -> T {
        panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| self.exit(101))
    }

    /// Ends the process, from any thread, with the terminal as it was found and the log written out.
    fn exit(&self, code: i32) -> ! {
        self.terminal.close();
        drop(self.log.lock().unwrap_or_else(PoisonError::into_inner).take());
        process::exit(code)
    }
}
