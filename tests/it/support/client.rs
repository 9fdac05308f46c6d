//! A [`Seat`] at the `client` binary, which reads a pipe as its keyboard and writes to a pipe as
//! its screen.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::program::Program;
use super::{Seat, folder};

/// A running client, in a folder of its own.
pub struct Client {
    pub program: Program,
    folder: TempDir,
    story: Vec<String>,
}

impl Client {
    /// Starts one that connects to this server.
    pub fn start(server: SocketAddr) -> Self {
        let folder = folder();
        Self::run(
            Self::command(folder.path(), &server.to_string()).args(["--log", "client.log"]),
            folder,
        )
    }

    /// Starts that command.
    pub fn run(command: &mut Command, folder: TempDir) -> Self {
        Self { program: Program::start(command), folder, story: Vec::new() }
    }

    /// The folder that it runs in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The command that starts one, for tests that change it first.
    pub fn command(folder: &Path, server: &str) -> Command {
        let mut command = Self::bare_command(folder);
        command.args([server, "--files", "LocalFiles"]);
        command
    }

    /// The command without any argument.
    pub fn bare_command(folder: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_client"));
        command.current_dir(folder).env_remove("RUST_LOG");
        command
    }

    /// Ends it, if it has not ended. Returns its folder, for the next one.
    pub fn dies(self) -> TempDir {
        drop(self.program);
        self.folder
    }

    /// What its log file holds at this moment.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("client.log")).unwrap_or_default()
    }
}

impl Seat for Client {
    #[track_caller]
    fn types(&mut self, line: &str) {
        self.story.push(format!("» {line}"));
        self.program.writes(format!("{line}\n").as_bytes());
    }

    #[track_caller]
    fn next_line(&mut self) -> String {
        loop {
            let Some(line) = self.program.out.next() else {
                panic!("the client ended: {:?}\n{}", self.program.err.rest(), self.story());
            };
            self.story.push(format!("  {line}"));
            if !line.trim().is_empty() {
                return line;
            }
        }
    }

    /// They are for the client itself.
    fn is_shown(&self, _control_line: &str) -> bool {
        false
    }

    /// It does that itself.
    fn comes_in(&mut self) {}

    fn story(&self) -> String {
        format!("--- what was typed and shown:\n{}", self.story.join("\n"))
    }
}
