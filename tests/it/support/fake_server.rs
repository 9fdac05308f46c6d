//! A pretended server, for what the real one never says to a client.

use std::net::{SocketAddr, TcpListener};

use super::{Wire, eventually};

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
}
