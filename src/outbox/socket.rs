//! One socket: how long a write or a read of it may wait.
//!
//! A thread that writes without waiting makes the socket non-blocking for a moment. std can do
//! that only for both directions at once, so that thread disturbs the one that reads. Reading and
//! writing are in one file, because each must know what the other does.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::platform::is_timeout;

/// How long a write may wait for the socket. The kernel rounds this up to some 8 ms.
const BRIEF_WAIT: Duration = Duration::from_millis(1);

/// A `WouldBlock` that comes so much earlier than the timeout is not the timeout.
pub(super) const EARLY: Duration = Duration::from_millis(20);

/// A connected socket.
pub(super) struct Socket {
    pub(super) stream: TcpStream,
    /// 0 is none.
    read_timeout_ms: AtomicU64,
    /// Once it has not taken all that it was given.
    was_full: AtomicBool,
}

/// Whether a write waits for a full socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// For [`BRIEF_WAIT`]. This costs nothing if the socket is not full, and it nearly never is.
    Briefly,
    /// Not at all. This takes two more system calls, and disturbs a reader of the same socket.
    Never,
    /// Briefly, but only once in the life of the socket. So it costs nearly nothing: most sockets
    /// are never full.
    Once,
}

impl Socket {
    /// # Errors
    /// If the socket's options can't be set.
    pub(super) fn new(stream: TcpStream) -> io::Result<Socket> {
        stream.set_write_timeout(Some(BRIEF_WAIT))?;
        // Without this the kernel holds a small write back until the last one was acknowledged.
        stream.set_nodelay(true)?;
        Ok(Socket { stream, read_timeout_ms: AtomicU64::new(0), was_full: AtomicBool::new(false) })
    }

    /// Sets how long a read may wait.
    pub(super) fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        // Zero would mean to wait for ever.
        let timeout = timeout.max(Duration::from_millis(1));
        self.read_timeout_ms.store(timeout.as_millis() as u64, Ordering::Relaxed);
        self.stream.set_read_timeout(Some(timeout))
    }

    /// Reads. If a read begins while the socket is non-blocking, and finds nothing, it ends at
    /// once as if it had timed out. Then this function reads again. Only one thread may read.
    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let began = Instant::now();
        loop {
            match (&self.stream).read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let timeout = self.read_timeout_ms.load(Ordering::Relaxed);
                    let timeout = Duration::from_millis(timeout);
                    if !timeout.is_zero() && began.elapsed() + EARLY >= timeout {
                        return Err(error);
                    }
                    thread::yield_now();
                }
                done => return done,
            }
        }
    }

    /// Writes as much as the socket takes. 0: nothing, it is full. Only one thread may write.
    pub(super) fn write(&self, bytes: &[u8], wait: Wait) -> io::Result<usize> {
        let waits = match wait {
            Wait::Briefly => true,
            Wait::Never => false,
            Wait::Once => !self.was_full.load(Ordering::Relaxed),
        };
        if !waits {
            self.stream.set_nonblocking(true)?;
        }
        let written = self.write_some(bytes);
        if !waits {
            self.stream.set_nonblocking(false)?;
        }
        if matches!(written, Ok(count) if count < bytes.len()) {
            self.was_full.store(true, Ordering::Relaxed);
        }
        written
    }

    /// Calls `write`, never `write_all`: after a timeout `write_all` does not say how much it has
    /// written.
    fn write_some(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match (&self.stream).write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => return Ok(written),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Ok(0),
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_full_socket_is_waited_for_once_in_its_life() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let _peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let socket = Socket::new(listener.accept().unwrap().0).unwrap();
        let bytes = vec![0; 1 << 20];
        // The kernel finds some more space for a while.
        while (0..20).any(|_| socket.write(&bytes, Wait::Briefly).unwrap() > 0) {}
        let time_of = |wait| {
            let began = Instant::now();
            (0..20).for_each(|_| assert_eq!(socket.write(&bytes, wait).unwrap(), 0));
            began.elapsed()
        };
        // Each brief wait takes a millisecond or more.
        assert!(2 * time_of(Wait::Once) < time_of(Wait::Briefly));
    }
}
