//! The server: a thread for each connection, a few couriers who write for all of them, and what they share.
//!
//! ```text
//!   accept loop ──► session thread ──► rooms ──► outboxes ──► couriers ──► sockets
//!        │              ▲    one a connection       (posted under the room's lock,
//!        │              │                            written by nobody who holds one)
//!      door          socket
//! ```
//! [`run`] owns the calling thread: it takes the commands that are typed on the server's terminal, until `quit`.

pub mod connections;
pub mod session;
pub mod login;
pub mod menu;
pub mod chat;
pub mod receipt;
pub mod rooms;
pub mod presence;
pub mod password;
pub mod journal;
pub mod store;
pub mod request_log;
pub mod console;
pub mod commands;
pub mod config;

use std::fmt::{self, Display};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use crate::folder::Folder;
use crate::outbox::Couriers;
use crate::protocol::DEFAULT_PORT;
use config::Config;
use connections::Connections;
use console::Console;
use journal::JournalError;
use presence::Presence;
use rooms::Rooms;
use store::Store;

/// What all sessions share.
pub struct Shared {
    /// What outlives a restart.
    pub store: Arc<Store>,
    /// Who is signed in.
    pub presence: Arc<Presence>,
    /// The rooms and who is in them.
    pub rooms: Rooms,
    /// Where files are kept.
    pub folder: Arc<Folder>,
    /// Who writes to the sockets.
    pub couriers: Arc<Couriers>,
    /// The server's own terminal.
    pub console: Console,
    /// Who is connected.
    pub connections: Arc<Connections>,
}

/// Why a server can't start.
#[derive(Debug)]
pub enum StartError {
    /// The folder for files can't be used.
    Files(PathBuf, io::Error),
    /// The journal can't be used.
    Journal(JournalError),
    /// A thread can't be started.
    Thread(io::Error),
}

impl Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Files(path, error) => {
                write!(f, "cannot use {} for files: {error}", path.display())
            }
            StartError::Journal(error) => error.fmt(f),
            StartError::Thread(error) => write!(f, "cannot start a thread: {error}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::Files(_, error) | StartError::Thread(error) => Some(error),
            StartError::Journal(error) => Some(error),
        }
    }
}

impl From<JournalError> for StartError {
    fn from(error: JournalError) -> StartError {
        StartError::Journal(error)
    }
}

/// Runs a server on a listener that is bound already, until somebody types `quit`.
///
/// # Errors
/// If it can't start.
pub fn run(listener: TcpListener, config: &Config) -> Result<(), StartError> {
    let shared = Arc::new(Shared::open(config)?);
    if let Ok(address) = listener.local_addr() {
        shared.console.show(format_args!("Server running on {address}"));
        shared
            .console
            .show(format_args!("Others join with: cargo run --bin client -- {}", dial(address)));
    }
    let accepting = Arc::clone(&shared);
    thread::Builder::new()
        .name("accept".into())
        .spawn(move || connections::accept(&listener, &accepting))
        .map_err(StartError::Thread)?;

    commands::take(&shared);

    shared.connections.close_all();
    Ok(())
}

impl Shared {
    /// Opens what is kept between two runs.
    fn open(config: &Config) -> Result<Shared, StartError> {
        let store = Arc::new(Store::open(&config.state, config.password_rounds)?);
        let folder = Folder::open(&config.files, config.limits)
            .map_err(|error| StartError::Files(config.files.clone(), error))?;
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
        Ok(Shared {
            rooms: Rooms::new(Arc::clone(&store)),
            store,
            presence: Arc::default(),
            folder: Arc::new(folder),
            couriers: Couriers::start(cores).map_err(StartError::Thread)?,
            console: Console::start().map_err(StartError::Thread)?,
            connections: Arc::new(Connections::new(config.max_connections)),
        })
    }
}

/// What the others have to type to reach a server that listens on `address`.
fn dial(address: SocketAddr) -> String {
    let ip = if address.ip().is_unspecified() { local_ip(address) } else { address.ip() };
    if address.port() == DEFAULT_PORT {
        ip.to_string()
    } else {
        SocketAddr::new(ip, address.port()).to_string()
    }
}

/// This machine's address on the local network: the one that a datagram to somewhere else would leave from. None is sent.
fn local_ip(unspecified: SocketAddr) -> IpAddr {
    let somewhere = if unspecified.is_ipv4() { "192.0.2.1:9" } else { "[2001:db8::1]:9" };
    UdpSocket::bind(SocketAddr::new(unspecified.ip(), 0))
        .and_then(|socket| socket.connect(somewhere).and_then(|()| socket.local_addr()))
        .map_or(IpAddr::from([127, 0, 0, 1]), |address| address.ip())
}
