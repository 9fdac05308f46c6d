//! The chat room's client.

use std::process::ExitCode;

use chatroom::client;
use chatroom::client::config::{Config, PROGRAM};
use chatroom::client::tidy;

fn main() -> ExitCode {
    if let Some(folder) = tidy::asked() {
        tidy::run(&folder);
        return ExitCode::SUCCESS;
    }
    let config = match PROGRAM.configure(Config::from_given) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let error = client::run(config);
    eprintln!("client: {error}");
    ExitCode::FAILURE
}
