//! The server: one thread for each connection, and a few threads that write for all of them.
//!
//! ```text
//!   accept ──► visit ──► sign_in, menu, chat ──► rooms ──► outboxes ──► couriers ──► sockets
//!   (one       (one thread for each connection;   (posting only appends;   (a few threads
//!   thread)     session reads its socket)          nobody waits here)       write for all)
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
pub mod config;

#[cfg(test)]
mod tests;

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::thread;

use crate::protocol::DEFAULT_PORT;
use config::Config;
use console::Console;
use shared::{Shared, StartError};

/// Runs a server on a listener that is bound already, until somebody types `quit`.
///
/// # Errors
/// If it can't start.
pub fn run(listener: TcpListener, config: &Config) -> Result<(), StartError> {
    let console = Console::start(io::stdout()).map_err(StartError::Thread)?;
    let shared = Arc::new(Shared::open(config, console)?);
    if let Ok(address) = listener.local_addr() {
        shared.console.show(format_args!("Server running on {address}"));
        shared
            .console
            .show(format_args!("Others join with: cargo run --bin client -- {}", dial(address)));
    }
    let accepting = Arc::clone(&shared);
    thread::Builder::new()
        .name("accept".into())
        .spawn(move || accept::accept(&listener, &accepting))
        .map_err(StartError::Thread)?;

    commands::take(&shared);

    shared.connections.close_all();
    Ok(())
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
