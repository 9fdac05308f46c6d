//! The peers that a Debian system offers, started as they serve best here: InspIRCd and ngIRCd are
//! chat servers. NATS and Redis are message brokers: no accounts, no entering and leaving, no
//! history of who is there; what they do is a chat room's fan-out.
//!
//! Their flood limits are off (as the project's server has none), and so is all that would wait
//! for something outside: DNS and ident look-ups. Both are set up for 20,000 connections. They
//! read their port from a file, so a free one is picked first.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::process::Process;
use crate::subject::Kind;

/// Finds the program of a peer, where it is installed. (`/usr/sbin` is not on everybody's path.)
pub fn program(kind: Kind) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let sbin = PathBuf::from("/usr/sbin");
    std::env::split_paths(&path)
        .chain([sbin])
        .map(|folder| folder.join(kind.name()))
        .find(|file| file.is_file())
}

/// Starts InspIRCd.
pub fn start_inspircd(folder: &Path) -> Outcome<(Process, SocketAddr)> {
    let address = free_address()?;
    let configuration = format!(
        r#"<server name="peer.bench.test" description="bench" network="bench" id="00A">
<admin name="bench" nick="bench" email="bench@bench.test">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect name="bench" allow="*" timeout="60" pingfreq="10m" modes="" fakelag="no" threshold="1000000"
  commandrate="1000000000" recvq="1M" softsendq="64M" hardsendq="64M" limit="20000" localmax="20000" globalmax="20000"
  maxconnwarn="no" resolvehostnames="no" useident="no">
<performance somaxconn="4096" softlimit="20000">
<pid file="{folder}/inspircd.pid">
<log method="file" type="*" level="default" target="{folder}/inspircd.log">
"#,
        port = address.port(),
        folder = folder.display(),
    );
    let file = folder.join("inspircd.conf");
    fs::write(&file, configuration)?;
    let mut command = Command::new(program(Kind::Inspircd).ok_or("inspircd is not installed")?);
    // In a container one often is root; InspIRCd wants that said, and takes the word from others
    // too.
    command.args(["--nofork", "--runasroot", "--config"]).arg(file);
    start(command, folder, address)
}

/// Starts ngIRCd.
pub fn start_ngircd(folder: &Path) -> Outcome<(Process, SocketAddr)> {
    let address = free_address()?;
    let configuration = format!(
        "[Global]
Name = peer.bench.test
Info = bench
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = bench
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 31
MaxPenaltyTime = 0
PingTimeout = 600
[Options]
DNS = no
Ident = no
PAM = no
",
        port = address.port()
    );
    let file = folder.join("ngircd.conf");
    fs::write(&file, configuration)?;
    let mut command = Command::new(program(Kind::Ngircd).ok_or("ngircd is not installed")?);
    command.args(["--nodaemon", "--config"]).arg(file);
    start(command, folder, address)
}

/// Starts NATS.
pub fn start_nats(folder: &Path) -> Outcome<(Process, SocketAddr)> {
    let address = free_address()?;
    let mut command = Command::new(program(Kind::Nats).ok_or("nats-server is not installed")?);
    command.args(["--addr", "127.0.0.1", "--port", &address.port().to_string()]);
    start(command, folder, address)
}

/// Starts Redis, without anything on the disk.
pub fn start_redis(folder: &Path) -> Outcome<(Process, SocketAddr)> {
    let address = free_address()?;
    let mut command = Command::new(program(Kind::Redis).ok_or("redis-server is not installed")?);
    command.args(["--bind", "127.0.0.1", "--port", &address.port().to_string()]);
    command.args(["--save", "", "--appendonly", "no", "--maxclients", "15000"]);
    command.args(["--client-output-buffer-limit", "pubsub 0 0 0"]).arg("--dir").arg(folder);
    start(command, folder, address)
}

/// A port that was free a moment ago; if somebody else takes it meanwhile, the start fails and
/// says so.
fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn start(command: Command, folder: &Path, address: SocketAddr) -> Outcome<(Process, SocketAddr)> {
    let mut process = Process::start(command, &folder.join("output.txt"))?;
    process.wait_until(|| TcpStream::connect(address).ok())?;
    Ok((process, address))
}
