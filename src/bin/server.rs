//! The chat room's server.

use std::process::ExitCode;

#[cfg(unix)]
use chatroom::server::{self, config::Config};

/// On Windows std cannot wake a thread that waits for a socket, and a write that takes too long
/// does not say how much of it was sent. The server needs both.
#[cfg(not(unix))]
fn main() -> ExitCode {
    eprintln!("server: the server runs on Linux, on macOS, and on Windows in WSL (wsl --install)");
    ExitCode::FAILURE
}

#[cfg(unix)]
fn main() -> ExitCode {
    let config = match server::config::PROGRAM.configure(Config::from_given) {
        Ok(config) => config,
        Err(code) => return code,
    };
    match run(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("server: {why}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(unix)]
fn run(config: &Config) -> Result<(), String> {
    let listener = std::net::TcpListener::bind(config.bind).map_err(|error| {
        format!("cannot listen on {}: {error} (--bind takes another address)", config.bind)
    })?;
    let _log = chatroom::logfile::Log::start(&config.log, config.log_time)
        .map_err(|error| format!("cannot log to {}: {error}", config.log.display()))?;
    server::run(listener, config).map_err(|error| error.to_string())
}
