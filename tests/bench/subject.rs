//! The servers under test, and how each is started: the project's `server`, the floor, and the
//! peers.
//!
//! Each start is a fresh process with an empty temporary folder of its own, on a port of 127.0.0.1
//! that the kernel chose. Dropping a [`Subject`] ends the process and removes the folder.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::dialect::Dialect;
use crate::process::Process;
use crate::{Outcome, floor, peers};

/// Which server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Server,
    Floor,
    Inspircd,
    Ngircd,
    Nats,
    Redis,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Server => "server",
            Kind::Floor => "floor",
            Kind::Inspircd => "inspircd",
            Kind::Ngircd => "ngircd",
            Kind::Nats => "nats-server",
            Kind::Redis => "redis-server",
        }
    }

    pub fn dialect(self) -> Dialect {
        match self {
            Kind::Server => Dialect::ChatRoom,
            Kind::Floor => Dialect::Floor,
            Kind::Inspircd | Kind::Ngircd => Dialect::Irc,
            Kind::Nats => Dialect::Nats,
            Kind::Redis => Dialect::Redis,
        }
    }
}

/// A running server under test.
pub struct Subject {
    pub process: Process,
    pub address: SocketAddr,
    folder: TempDir,
}

impl Subject {
    /// Starts a server and waits until it takes connections.
    pub fn start(kind: Kind) -> Outcome<Subject> {
        Subject::start_with(kind, &[])
    }

    /// As [`Subject::start`], with further arguments.
    pub fn start_with(kind: Kind, arguments: &[&str]) -> Outcome<Subject> {
        let folder = TempDir::new()?;
        fs::create_dir(files(folder.path()))?;
        let (process, address) = match kind {
            Kind::Server => start_announced(
                server(folder.path()),
                arguments,
                folder.path(),
                "Server running on ",
            )?,
            Kind::Floor => start_announced(
                floor_process(folder.path())?,
                arguments,
                folder.path(),
                floor::ANNOUNCEMENT,
            )?,
            Kind::Inspircd => peers::start_inspircd(folder.path())?,
            Kind::Ngircd => peers::start_ngircd(folder.path())?,
            Kind::Nats => peers::start_nats(folder.path())?,
            Kind::Redis => peers::start_redis(folder.path())?,
        };
        Ok(Subject { process, address, folder })
    }

    /// Removes the files that were sent, so that many rounds of a gigabyte fill neither disk nor
    /// page cache.
    pub fn remove_files(&self) -> Outcome<()> {
        for entry in fs::read_dir(files(self.folder.path()))? {
            let path = entry?.path();
            if path.is_file() {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

/// Where the server keeps the files that come in.
fn files(folder: &Path) -> PathBuf {
    folder.join("files")
}

fn server(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    command.args(["--bind", "127.0.0.1:0", "--max-connections", "20000"]);
    // Hashing passwords is slow on purpose; at its full cost it would be all there is to see of a
    // sign-in.
    command.args(["--password-rounds", "1000"]);
    command.arg("--files").arg(files(folder));
    command.arg("--state").arg(folder.join("chatroom.db"));
    command.arg("--log").arg(folder.join("server.log"));
    command
}

/// The floor is this program once more, as a process of its own, so that its CPU time and memory
/// are its own too.
fn floor_process(folder: &Path) -> Outcome<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(floor::ARGUMENT).arg(files(folder));
    Ok(command)
}

/// Starts a server that says on its output which address it has.
fn start_announced(
    mut command: Command,
    arguments: &[&str],
    folder: &Path,
    announcement: &str,
) -> Outcome<(Process, SocketAddr)> {
    command.args(arguments);
    let mut process = Process::start(command, &folder.join("output.txt"))?;
    let address = process.wait_for_line(announcement)?.trim().parse()?;
    Ok((process, address))
}
