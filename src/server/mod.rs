//! The server: one thread for each connection, and a few threads that write for all of them.
//!
//! ```text
//!   accept ──► visit ──► sign_in, menu, chat ──► rooms ──► outboxes ──► couriers ──► sockets
//!   (one       (one thread for each connection;   (posting only appends:   (a few threads
//!   thread)     session reads its socket)          it never waits)          write for all)
//! ```
//! [`run`] keeps the calling thread: it takes the commands that are typed on the server's terminal
//! until `quit`.

pub mod accept;
pub mod visit;
pub mod sign_in;
pub mod menu;
pub mod chat;
pub mod screens;
pub mod commands;
pub mod session;
pub mod telnet;
pub mod shared;
pub mod rooms;
pub mod receipt;
pub mod presence;
pub mod store;
pub mod journal;
pub mod password;
pub mod connections;
pub mod request_log;
pub mod console;
pub mod addresses;
pub mod config;

#[cfg(test)]
mod tests;

use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use log::info;

use crate::logfile::Log;
use crate::platform::max_open_files;
use crate::terminal::{ShownLine, Terminal, Tone};
use config::Config;
use console::Console;
use shared::{ServerError, Shared};

/// Runs a server until somebody types `quit`.
///
/// # Errors
/// If it can't start.
pub fn run(config: &Config) -> Result<(), ServerError> {
    let listener =
        TcpListener::bind(config.bind).map_err(|error| ServerError::Listen(config.bind, error))?;
    let _log = Log::start(&config.log, config.log_time)
        .map_err(|error| ServerError::Log(config.log.clone(), error))?;
    let terminal = Arc::new(Terminal::open());
    let outcome = run_on(&terminal, listener, config);
    // Put the terminal back as we found it, before anybody prints an error.
    terminal.close();
    outcome
}

fn run_on(
    terminal: &Arc<Terminal>,
    listener: TcpListener,
    config: &Config,
) -> Result<(), ServerError> {
    let screen = Arc::clone(terminal);
    let show = move |lines: Vec<String>| {
        let lines = lines.into_iter().map(|line| ShownLine::new(Tone::Text, line));
        // If the terminal is gone, there is nobody to tell.
        let _ = screen.print_all(lines);
    };
    let console = Console::start(show).map_err(ServerError::Thread)?;
    let descriptors = max_open_files().unwrap_or(usize::MAX);
    let shared = Arc::new(Shared::open(config, console, descriptors)?);
    if let Ok(address) = listener.local_addr() {
        info!("console - start: running on {address}");
        shared.console.show(format_args!("Server running on {address}"));
        addresses::join_lines(address).iter().for_each(|line| shared.console.show(line));
    }
    // macOS allows 256 by default. Elsewhere 1024 is usual, and that is enough for a class.
    if descriptors < 512 {
        shared.console.show(format_args!(
            "This system lets the server open only {descriptors} files, and each person takes \
             one. For more people, type  ulimit -n 4096  before you start it"
        ));
    }
    shared.console.show("Type help for the commands");
    let accepting = Arc::clone(&shared);
    thread::Builder::new()
        .name("accept".into())
        .spawn(move || accept::accept(&listener, &accepting))
        .map_err(ServerError::Thread)?;

    commands::obey_all(terminal, &shared);

    info!("console - stop: goodbye to {} people", shared.connections.count());
    shared.connections.close_all();
    Ok(())
}
