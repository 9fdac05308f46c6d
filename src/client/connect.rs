//! Finding the server: from what a person typed to a connection on which a chat room has greeted.
//!
//! In comes a host, perhaps with a port; out come the connection's outbox, and a reader that may
//! hold what came after the greeting. The main thread does this at the start, the receiving thread
//! when a connection was lost; both block. The lookup and each address have a short-lived thread
//! of their own, so that a slow one does not delay the others. Every failure is one line for the
//! person: what happened, why, and what to do. That no thread can be started is one of them.

use std::fmt;
use std::io;
use std::net::{Ipv6Addr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use log::info;

use crate::folder::io_reason;
use crate::line::LineReader;
use crate::outbox::{Couriers, Outbox};
use crate::platform::{TimedReader, is_timeout};
use crate::protocol::{DEFAULT_PORT, MAX_REPLY_BYTES, Reply, Request, VERSION};
use crate::text::clean;

/// What to do if the address is wrong.
const WHERE_IT_IS: &str = "(the server's terminal shows the address to use)";

/// How long an address may take to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one address of a name is tried before the next one is tried beside it.
const HEAD_START: Duration = Duration::from_millis(250);

/// After this long the person reads what is being waited for.
const SILENT_TIME: Duration = Duration::from_millis(500);

/// How long a server may be silent before it greets.
const GREETING_TIMEOUT: Duration = Duration::from_secs(10);

/// Why there is no connection to a host.
#[derive(Debug)]
pub struct ConnectError {
    host: String,
    why: Why,
}

#[derive(Debug)]
enum Why {
    /// There is no such address.
    Unknown(io::Error),
    /// None of its addresses answers.
    Unreachable(io::Error),
    /// Something takes the connection, but says nothing.
    Silent,
    /// Something answers, but it is not a chat room.
    NoChatRoom,
    /// It is a chat room of another version.
    OtherVersion(String),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = &self.host;
        match &self.why {
            Why::Unknown(error) => {
                write!(f, "cannot find {host}: {} {WHERE_IT_IS}", io_reason(error))
            }
            Why::Unreachable(error) => write!(
                f,
                "cannot connect to {host}: {}. Is the server running there? Are both machines in \
                 the same network? A guest Wi-Fi may keep them apart, and a firewall may block \
                 the port.",
                io_reason(error)
            ),
            Why::Silent => write!(
                f,
                "{host} takes the connection, but has said nothing for 10 s. Does the server there \
                 hang? Is it the right port? {WHERE_IT_IS}"
            ),
            Why::NoChatRoom => {
                write!(f, "there is no chat-room server at {host} {WHERE_IT_IS}")
            }
            Why::OtherVersion(version) => write!(
                f,
                "the server at {host} speaks version {version} of the protocol, and this client \
                 {VERSION}"
            ),
        }
    }
}

impl std::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.why {
            Why::Unknown(error) | Why::Unreachable(error) => Some(error),
            Why::Silent | Why::NoChatRoom | Why::OtherVersion(_) => None,
        }
    }
}

/// Connects to `host`, or `host:port`, reads the greeting, and says that this is a program. What
/// came after the greeting is in the reader. `couriers` will write what is posted. Blocks. If it
/// takes a while, `say` is told what is being done, for the person.
///
/// # Errors
/// If there is no connection, or no chat room at its other end.
pub fn connect(
    host: &str,
    couriers: &Arc<Couriers>,
    say: impl FnOnce(String),
) -> Result<(Arc<Outbox>, LineReader<TimedReader>), ConnectError> {
    let (sender, outcome) = channel();
    let to_try = host.to_string();
    let fail = |why| ConnectError { host: host.to_string(), why };
    // The lookup of a name has no deadline in std, so it must not hold this thread up.
    let look_up = move || sender.send(connect_to_any(&to_try).and_then(await_greeting));
    thread::Builder::new().spawn(look_up).map_err(|error| fail(Why::Unreachable(error)))?;
    let outcome = outcome.recv_timeout(SILENT_TIME).or_else(|_| {
        say(format!("Connecting to {host}…"));
        outcome.recv_timeout(CONNECT_TIMEOUT + GREETING_TIMEOUT)
    });
    let outcome = outcome.unwrap_or_else(|_| Err(Why::Unreachable(timed_out())));
    let (stream, reader) = outcome.map_err(fail)?;
    let outbox = Outbox::new(stream, Arc::clone(couriers));
    let outbox = outbox.map_err(|error| fail(Why::Unreachable(error)))?;
    outbox.post(Request::Hello(VERSION));
    Ok((outbox, reader))
}

/// Connects to the first address of `host` that answers. The next one is tried as soon as one
/// fails, or after a short time beside it: a name may have addresses that lead nowhere, and the
/// system reports that only after minutes.
fn connect_to_any(host: &str) -> Result<TcpStream, Why> {
    let addresses = split_port(host).to_socket_addrs().map_err(Why::Unknown)?;
    let (sender, outcomes) = channel();
    let mut outcome = Err(io::Error::new(io::ErrorKind::NotFound, "it has no address"));
    let mut open = 0;
    for address in addresses {
        let sender = sender.clone();
        let attempt = move || sender.send(TcpStream::connect_timeout(&address, CONNECT_TIMEOUT));
        if let Err(error) = thread::Builder::new().spawn(attempt) {
            outcome = Err(error);
            continue;
        }
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
    outcome.map_err(Why::Unreachable)
}

fn timed_out() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "no answer")
}

/// Splits `host:port`. An IPv6 address has colons itself, so with a port it is in brackets. If the
/// port is wrong, all of it is: the lookup will fail on the whole text.
fn split_port(host: &str) -> (&str, u16) {
    let split = host.rsplit_once(':').and_then(|(name, port)| Some((name, port.parse().ok()?)));
    let (name, port) = match split {
        Some(split) if host.parse::<Ipv6Addr>().is_err() => split,
        _ => (host, DEFAULT_PORT),
    };
    (name.trim_start_matches('[').trim_end_matches(']'), port)
}

/// Reads the greeting.
fn await_greeting(stream: TcpStream) -> Result<(TcpStream, LineReader<TimedReader>), Why> {
    let to_read = stream.try_clone().map_err(Why::Unreachable)?;
    stream.set_read_timeout(Some(GREETING_TIMEOUT)).map_err(Why::Unreachable)?;
    let mut reader = LineReader::new(TimedReader(to_read), MAX_REPLY_BYTES);
    let greeting = loop {
        match reader.next_line() {
            Ok(Some(line)) => break line,
            Ok(None) => match reader.fill() {
                Ok(1..) => {}
                Err(error) if is_timeout(&error) => return Err(Why::Silent),
                _ => return Err(Why::NoChatRoom),
            },
            Err(_too_long) => return Err(Why::NoChatRoom),
        }
    };
    info!("received: {}", clean(&greeting));
    match Reply::parse(&greeting) {
        Ok(Reply::ChatRoom(version)) if version == VERSION.to_string() => Ok((stream, reader)),
        Ok(Reply::ChatRoom(version)) => Err(Why::OtherVersion(clean(&version).into_owned())),
        _ => Err(Why::NoChatRoom),
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
        assert_eq!(split_port("localhost:99999"), ("localhost:99999", 10000));
    }
}
