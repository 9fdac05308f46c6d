//! The load generator's event loop: thousands of connections in one thread.
//!
//! In: bytes from the server under test; out: frames, given to the caller of [`Load::turn`] with
//! the number of the connection they came on. A thread a connection would cost the generator more
//! than the server, so the kernel tells (epoll, through mio) which sockets have something to read
//! or room to write, and one thread serves them all.
//!
//! What a workload wants to send in answer it collects during a turn and sends after it. So
//! nothing is sent from inside a callback, and several messages of one sender leave in one write.
//!
//! A connection that the server closes is an error: no workload here expects it.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::Outcome;
use crate::framing::{Frame, Framer};

/// Bytes taken from a socket in one turn. Not all that is there: a file that comes fast never runs
/// dry, and whoever waits behind 16 of them for a message would see the generator's own delay as
/// the server's.
const READ_BYTES: usize = 64 * 1024;

/// Ready sockets handled in one turn. Few, so that a sender's next messages don't wait for a
/// thousand receivers.
const EVENTS_A_TURN: usize = 128;

struct Connection {
    stream: TcpStream,
    framer: Framer,
    /// What the socket had no room for.
    unsent: Vec<u8>,
    reads: bool,
}

/// Connections, numbered from 0 in the order they were made.
pub struct Load {
    poll: Poll,
    events: Events,
    connections: Vec<Connection>,
    read_buffer: Vec<u8>,
    /// Connections that may have more to read although no further event will tell so.
    unfinished: Vec<usize>,
}

/// What one visit to a readable socket left there.
enum Left {
    Nothing,
    PerhapsMore,
}

impl Load {
    pub fn new() -> Outcome<Load> {
        Ok(Load {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS_A_TURN),
            connections: Vec::new(),
            read_buffer: vec![0; READ_BYTES],
            unfinished: Vec::new(),
        })
    }

    /// Begins to connect, without waiting for it, and returns the new connection's number.
    pub fn connect(&mut self, address: SocketAddr) -> Outcome<usize> {
        let number = self.connections.len();
        let mut stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        self.poll.registry().register(
            &mut stream,
            Token(number),
            Interest::READABLE | Interest::WRITABLE,
        )?;
        self.connections.push(Connection {
            stream,
            framer: Framer::default(),
            unsent: Vec::new(),
            reads: true,
        });
        Ok(number)
    }

    /// Sends `bytes`, now as far as the socket takes them, the rest as it gets room.
    pub fn send(&mut self, number: usize, bytes: &[u8]) -> Outcome<()> {
        let connection = &mut self.connections[number];
        let written = if connection.unsent.is_empty() {
            write_some(&mut connection.stream, bytes)?
        } else {
            0
        };
        connection.unsent.extend_from_slice(&bytes[written..]);
        Ok(())
    }

    /// How many connections there are.
    pub fn count(&self) -> usize {
        self.connections.len()
    }

    /// Reads nothing from this connection any more.
    pub fn stop_reading(&mut self, number: usize) {
        self.connections[number].reads = false;
        self.unfinished.retain(|other| *other != number);
    }

    /// Tells whether the socket has taken everything; if not, a later turn will come round when it
    /// has room.
    pub fn is_all_sent(&self, number: usize) -> bool {
        self.connections[number].unsent.is_empty()
    }

    /// Waits until some socket is ready, `timeout` at most, and serves those that are.
    ///
    /// # Errors
    /// A lost or closed connection, or the first error of `on_frame`.
    pub fn turn(
        &mut self,
        timeout: Duration,
        on_frame: &mut impl FnMut(usize, Frame<'_>) -> Outcome<()>,
    ) -> Outcome<()> {
        let timeout = if self.unfinished.is_empty() { timeout } else { Duration::ZERO };
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            result => result?,
        }
        let mut readable = std::mem::take(&mut self.unfinished);
        let mut closed = None;
        for event in &self.events {
            let number = event.token().0;
            if event.is_writable() {
                let connection = &mut self.connections[number];
                let written = write_some(&mut connection.stream, &connection.unsent)?;
                connection.unsent.drain(..written);
            }
            if event.is_readable() && self.connections[number].reads {
                readable.push(number);
            }
            if event.is_read_closed() {
                closed = Some(number);
            }
        }
        for number in readable {
            if let Left::PerhapsMore = self.read(number, on_frame)? {
                self.unfinished.push(number);
            }
        }
        match closed {
            Some(number) => Err(format!("the server closed connection {number}").into()),
            None => Ok(()),
        }
    }

    fn read(
        &mut self,
        number: usize,
        on_frame: &mut impl FnMut(usize, Frame<'_>) -> Outcome<()>,
    ) -> Outcome<Left> {
        let connection = &mut self.connections[number];
        let count = match connection.stream.read(&mut self.read_buffer) {
            Ok(0) => return Err(format!("the server closed connection {number}").into()),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Left::Nothing),
            Err(error) => return Err(format!("cannot read connection {number}: {error}").into()),
        };
        let bytes = &self.read_buffer[..count];
        connection.framer.feed(bytes, &mut |frame| on_frame(number, frame))?;
        // Events come on edges. A short read emptied the socket, so whatever comes next is a new
        // edge.
        Ok(if count < READ_BYTES { Left::Nothing } else { Left::PerhapsMore })
    }
}

/// Writes what the socket takes at once, and returns how much that was.
fn write_some(stream: &mut TcpStream, bytes: &[u8]) -> Outcome<usize> {
    let mut written = 0;
    while written < bytes.len() {
        match stream.write(&bytes[written..]) {
            Ok(count) => written += count,
            // Not connected yet, or no room: either way the socket tells when it can take more.
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) =>
            {
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(written)
}
