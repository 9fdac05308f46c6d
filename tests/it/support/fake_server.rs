//! A pretended server, for what the real one never says to a client.

use std::net::{SocketAddr, TcpListener};

use super::{Person, Seat, Wire, eventually};

/// A listener on a port of its own.
pub struct FakeServer {
    listener: TcpListener,
}

impl FakeServer {
    /// Listens on the loopback interface.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        // So that waiting for a client can have a deadline.
        listener.set_nonblocking(true).unwrap();
        Self { listener }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    /// Waits for a client to connect.
    #[track_caller]
    pub fn accept(&self) -> Wire {
        let (stream, _) = eventually("a client has connected", || self.listener.accept().ok());
        stream.set_nonblocking(false).unwrap();
        Wire::over(stream)
    }

    /// Waits for a client to connect, and reads that it is a program.
    #[track_caller]
    pub fn welcomes(&self) -> Person {
        let mut server = Person::from(self.accept());
        server.sends("$chatroom 2");
        server.sees("$hello 2");
        server
    }
}

impl Person {
    /// Playing the server: what the client has answered to all that was sent so far. An offer
    /// that can't be understood is refused at once, in any state.
    #[track_caller]
    pub fn reads_answers(&mut self) -> Vec<String> {
        self.sends("$file");
        self.sees_eventually("$refuse not a proper $file line")
    }
}
