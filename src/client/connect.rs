//! Finding the server: from what a person typed to a connection on which a chat room has greeted.
//!
//! In comes a host, perhaps with a port; out come a stream, and a reader that may hold what came
//! after the greeting. The main thread does this at the start, the receiving thread when a
//! connection was lost; both block. The lookup and each address have a short-lived thread of
//! their own, so that one that hangs holds up no other. Every failure is one line for the person:
//! what happened, why, and what to do.

use std::fmt;
use std::io;
use std::net::{Ipv6Addr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use log::info;

use crate::folder::io_reason;
use crate::line::LineReader;
use crate::platform::TimedReader;
use crate::protocol::{DEFAULT_PORT, MAX_REPLY_BYTES, Reply, VERSION};
use crate::text::clean;

/// How long an address may take to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one address of a name is tried before the next one is tried beside it.
const HEAD_START: Duration = Duration::from_millis(250);

/// After this long the person reads what is being waited for.
const SILENT_TIME: Duration = Duration::from_millis(500);

/// How long a server may take to greet.
const GREETING_TIMEOUT: Duration = Duration::from_secs(10);

/// Why there is no connection.
#[derive(Debug)]
pub enum ConnectError {
    /// There is no such address.
    Unknown(String, io::Error),
    /// None of its addresses answers.
    Unreachable(String, io::Error),
    /// Something answers, but it is not a chat room.
    NoChatRoom(String),
    /// It is a chat room of another version.
    OtherVersion(String, String),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectError::Unknown(host, error) => {
                let reason = io_reason(error);
                write!(
                    f,
                    "cannot find {host}: {reason} (the server's terminal shows the address to use)"
                )
            }
            ConnectError::Unreachable(host, error) => {
                let reason = io_reason(error);
                write!(
                    f,
                    "cannot connect to {host}: {reason}. Is the server running there? Are both \
                     machines in the same network? A guest Wi-Fi may keep them apart, and a \
                     firewall may block the port."
                )
            }
            ConnectError::NoChatRoom(host) => {
                write!(
                    f,
                    "there is no chat-room server at {host} \
                     (the server's terminal shows the address to use)"
                )
            }
            ConnectError::OtherVersion(host, version) => {
                write!(
                    f,
                    "the server at {host} speaks version {version} of the protocol, \
                     and this client {VERSION}"
                )
            }
        }
    }
}

impl std::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ConnectError::Unknown(_, error) | ConnectError::Unreachable(_, error) => Some(error),
            _ => None,
        }
    }
}

/// Connects to `host`, or `host:port`, and reads the greeting. What came after it is in the
/// reader. Blocks. If it takes a while, `say` is told what is being done, for the person.
///
/// # Errors
/// [`ConnectError`].
pub fn connect(
    host: &str,
    say: impl FnOnce(String),
) -> Result<(TcpStream, LineReader<TimedReader>), ConnectError> {
    let (sender, outcome) = channel();
    let to_try = host.to_string();
    // The lookup of a name has no deadline in std, so it must not hold this thread up.
    thread::spawn(move || sender.send(try_to_connect(&to_try)));
    if let Ok(outcome) = outcome.recv_timeout(SILENT_TIME) {
        return outcome;
    }
    say(format!("Connecting to {host}…"));
    let timeout = |_| ConnectError::Unreachable(host.to_string(), timed_out());
    outcome.recv_timeout(CONNECT_TIMEOUT + GREETING_TIMEOUT).map_err(timeout)?
}

fn try_to_connect(host: &str) -> Result<(TcpStream, LineReader<TimedReader>), ConnectError> {
    let stream = connect_to_any(host)?;
    let reader = await_greeting(&stream, host)?;
    Ok((stream, reader))
}

/// Connects to the first address of `host` that answers. The next one is tried as soon as one
/// fails, or after a short time beside it: a name may have addresses that lead nowhere, and the
/// system reports that only after minutes.
fn connect_to_any(host: &str) -> Result<TcpStream, ConnectError> {
    let (name, port) = split_port(host);
    let addresses = (name, port)
        .to_socket_addrs()
        .map_err(|error| ConnectError::Unknown(host.to_string(), error))?;
    let (sender, outcomes) = channel();
    let mut outcome = Err(io::Error::new(io::ErrorKind::NotFound, "it has no address"));
    let mut open = 0;
    for address in addresses {
        let sender = sender.clone();
        thread::spawn(move || sender.send(TcpStream::connect_timeout(&address, CONNECT_TIMEOUT)));
        open += 1;
        if let Ok(answer) = outcomes.recv_timeout(HEAD_START) {
            outcome = answer;
            open -= 1;
        }
        if outcome.is_ok() {
            break;
        }
    }
    while outcome.is_err() && open > 0 {
        outcome = outcomes.recv().unwrap_or_else(|_| Err(timed_out()));
        open -= 1;
    }
    outcome.map_err(|error| ConnectError::Unreachable(host.to_string(), error))
}

fn timed_out() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "no answer")
}

/// Splits `host:port`. An IPv6 address has colons itself, so with a port it is in brackets.
fn split_port(host: &str) -> (&str, u16) {
    let bare = |text: &'_ str| -> Option<u16> { text.parse().ok() };
    if host.parse::<Ipv6Addr>().is_ok() {
        return (host, DEFAULT_PORT);
    }
    if let Some((address, rest)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return match rest.strip_prefix(':') {
            // If the port is wrong, all of it is: let the lookup fail on the whole text.
            Some(port) => bare(port).map_or((host, DEFAULT_PORT), |port| (address, port)),
            None => (address, DEFAULT_PORT),
        };
    }
    match host.rsplit_once(':') {
        Some((name, port)) => bare(port).map_or((host, DEFAULT_PORT), |port| (name, port)),
        None => (host, DEFAULT_PORT),
    }
}

/// Reads the greeting.
fn await_greeting(
    stream: &TcpStream,
    host: &str,
) -> Result<LineReader<TimedReader>, ConnectError> {
    let no_chat_room = || ConnectError::NoChatRoom(host.to_string());
    let deadline = Instant::now() + GREETING_TIMEOUT;
    let to_read =
        stream.try_clone().map_err(|error| ConnectError::Unreachable(host.to_string(), error))?;
    let mut reader = LineReader::new(TimedReader(to_read), MAX_REPLY_BYTES);
    let greeting = loop {
        match reader.next_line() {
            Ok(Some(line)) => break line,
            Ok(None) => {
                let patience = deadline.saturating_duration_since(Instant::now());
                // A timeout of zero is an error in std.
                let patience = patience.max(Duration::from_millis(1));
                stream.set_read_timeout(Some(patience)).map_err(|_| no_chat_room())?;
                if !matches!(reader.fill(), Ok(1..)) || Instant::now() >= deadline {
                    return Err(no_chat_room());
                }
            }
            Err(_too_long) => return Err(no_chat_room()),
        }
    };
    info!("received: {}", clean(&greeting));
    match Reply::parse(&greeting) {
        Ok(Reply::ChatRoom(version)) if version == VERSION.to_string() => Ok(reader),
        Ok(Reply::ChatRoom(version)) => {
            Err(ConnectError::OtherVersion(host.to_string(), clean(&version).into_owned()))
        }
        _ => Err(no_chat_room()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_follows_a_colon_that_is_not_the_address_s() {
        assert_eq!(split_port("localhost"), ("localhost", 10000));
        assert_eq!(split_port("localhost:7"), ("localhost", 7));
        assert_eq!(split_port("192.168.1.20:10001"), ("192.168.1.20", 10001));
        assert_eq!(split_port("::1"), ("::1", 10000));
        assert_eq!(split_port("fe80::1:7"), ("fe80::1:7", 10000));
        assert_eq!(split_port("[::1]"), ("::1", 10000));
        assert_eq!(split_port("[::1]:7"), ("::1", 7));
        assert_eq!(split_port("[::1]:99999"), ("[::1]:99999", 10000));
    }
}
