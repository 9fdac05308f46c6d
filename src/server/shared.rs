//! What all sessions share, and how it is opened at the start.
//!
//! All sessions share one [`Shared`] in an `Arc`. It has no lock of its own: what changes
//! is guarded inside each type. The room map is in [`Rooms`], the user map in [`Presence`].

use std::fmt::{self, Display};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use super::config::Config;
use super::connections::Connections;
use super::console::Console;
use super::journal::JournalError;
use super::presence::Presence;
use super::rooms::Rooms;
use super::store::Store;
use crate::folder::{Folder, io_reason};
use crate::outbox::Couriers;

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
    /// The way to the threads that write to the sockets.
    pub couriers: Arc<Couriers>,
    /// The server's own terminal.
    pub console: Console,
    /// Who is connected.
    pub connections: Arc<Connections>,
}

/// Why a server can't start.
#[derive(Debug)]
pub enum ServerError {
    /// The address can't be listened on.
    Listen(SocketAddr, io::Error),
    /// The log can't be written.
    Log(PathBuf, io::Error),
    /// The folder for files can't be used.
    Files(PathBuf, io::Error),
    /// The journal can't be used.
    Journal(JournalError),
    /// A thread can't be started.
    Thread(io::Error),
}

impl Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServerError::Listen(address, error) => {
                let why = io_reason(error);
                write!(f, "cannot listen on {address}: {why} (--bind takes another address)")
            }
            ServerError::Log(path, error) => {
                let (path, why) = (path.display(), io_reason(error));
                write!(f, "cannot log to {path}: {why} (--log takes another file)")
            }
            ServerError::Files(path, error) => {
                let (path, why) = (path.display(), io_reason(error));
                write!(f, "cannot use {path} for files: {why} (--files takes another folder)")
            }
            ServerError::Journal(error) => write!(f, "{error} (--state takes another file)"),
            ServerError::Thread(error) => write!(f, "cannot start a thread: {error}"),
        }
    }
}

impl std::error::Error for ServerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ServerError::Listen(_, error)
            | ServerError::Log(_, error)
            | ServerError::Files(_, error)
            | ServerError::Thread(error) => Some(error),
            ServerError::Journal(error) => Some(error),
        }
    }
}

impl Shared {
    /// Opens what is kept between two runs, and starts the threads that serve all sessions.
    /// The system allows at most `descriptors` open files.
    ///
    /// # Errors
    /// [`ServerError`].
    pub fn open(
        config: &Config,
        console: Console,
        descriptors: usize,
    ) -> Result<Shared, ServerError> {
        let store = Store::open(&config.state, config.password_rounds);
        let store = Arc::new(store.map_err(ServerError::Journal)?);
        let folder = Folder::open(&config.files, config.limits)
            .map_err(|error| ServerError::Files(config.files.clone(), error))?;
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
        Ok(Shared {
            rooms: Rooms::new(Arc::clone(&store)),
            store,
            presence: Arc::default(),
            folder: Arc::new(folder),
            couriers: Couriers::start(cores).map_err(ServerError::Thread)?,
            console,
            connections: Arc::new(Connections::new(config.max_connections, descriptors)),
        })
    }
}
