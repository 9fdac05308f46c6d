//! Lines and bytes over a socket, with a deadline. It knows nothing of the protocol but that a
//! line ends in LF. So a test can say anything with it, and it shares no mistake with the code
//! under test.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use super::DEADLINE;

/// One end of a connection.
pub struct Wire {
    socket: BufReader<TcpStream>,
    /// A line of which the end has not come yet.
    begun: Vec<u8>,
}

impl Wire {
    /// Connects to a server.
    pub fn to(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect_timeout(&address, DEADLINE).unwrap())
    }

    /// Takes a connection that exists.
    pub fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        // What is written as one piece should travel as one.
        stream.set_nodelay(true).unwrap();
        Self { socket: BufReader::with_capacity(64 * 1024, stream), begun: Vec::new() }
    }

    /// The socket itself.
    pub fn stream(&self) -> &TcpStream {
        self.socket.get_ref()
    }

    /// Writes bytes in one piece.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.get_mut().write_all(bytes)
    }

    /// Tells the other side that nothing more will come. Reading goes on.
    pub fn stop_writing(&self) {
        self.stream().shutdown(Shutdown::Write).unwrap();
    }

    /// The next line without its LF. `None`: the other side closed in good order, between two
    /// lines. After a time-out it may be called again: nothing is lost.
    pub fn read_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.socket.read_until(b'\n', &mut self.begun)?;
        let mut line = std::mem::take(&mut self.begun);
        match line.len() {
            0 => Ok(None),
            _ if line.pop() == Some(b'\n') => Ok(Some(line)),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// The next bytes, exactly so many.
    pub fn read_bytes(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.socket.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}
