//! The chat room's server.

use std::process::ExitCode;

#[cfg(unix)]
use chatroom::server::{
    self,
    config::{Config, PROGRAM},
};

/// On Windows std cannot wake a thread that waits for a socket, and a write that takes too long
/// does not say how much of it was sent. The server needs both.
#[cfg(not(unix))]
fn main() -> ExitCode {
    eprintln!("server: the server runs on Linux, on macOS, and on Windows in WSL (wsl --install)");
    ExitCode::FAILURE
}

#[cfg(unix)]
fn main() -> ExitCode {
    let config = match PROGRAM.configure(Config::from_given) {
        Ok(config) => config,
        Err(code) => return code,
    };
    match server::run(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("server: {why}");
            ExitCode::FAILURE
        }
    }
}
