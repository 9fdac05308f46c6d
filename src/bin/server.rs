//! The chat room's server.

use std::net::TcpListener;
use std::process::ExitCode;

use chatroom::logfile::Log;
use chatroom::server;
use chatroom::server::config::{Config, PROGRAM};

fn main() -> ExitCode {
    let config = match PROGRAM.configure(Config::from_given) {
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

fn run(config: &Config) -> Result<(), String> {
    let listener = TcpListener::bind(config.bind).map_err(|error| {
        format!("cannot listen on {}: {error} (--bind takes another address)", config.bind)
    })?;
    let _log = Log::start(&config.log)
        .map_err(|error| format!("cannot log to {}: {error}", config.log.display()))?;
    server::run(listener, config).map_err(|error| error.to_string())
}
