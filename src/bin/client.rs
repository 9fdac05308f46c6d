//! The chat room's client.

use std::io::{self, Write};
use std::process::ExitCode;

use chatroom::client;
use chatroom::client::config::{Config, PROGRAM};
use chatroom::client::tidy;

fn main() -> ExitCode {
    if let Some(folder) = tidy::asked() {
        tidy::run(&folder);
        return ExitCode::SUCCESS;
    }
    let mut config = match PROGRAM.configure(Config::from_given) {
        Ok(config) => config,
        Err(code) => return code,
    };
    if config.host.is_empty() {
        match ask_host() {
            Some(host) => config.host = host,
            None => return ExitCode::FAILURE,
        }
    }
    let error = client::run(config);
    eprintln!("client: {error}");
    ExitCode::FAILURE
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
