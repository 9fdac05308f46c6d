//! People who send and receive files over a bare socket (`protocol.md`, section 4).
//!
//! Raw bytes come between the lines here, hundreds of megabytes of them at times, so of a file that is received only
//! its size and its digest are kept.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::content::{BLOCK, framed, hex, sha256};
use super::{DEADLINE, PASSWORD, Seat, Server, Wire};

/// A [`Seat`] over a bare socket, for a person with files. Dropping it is a lost connection.
pub struct Peer {
    name: String,
    socket: BufReader<TcpStream>,
    patience: Duration,
    story: Vec<String>,
    markers: u32,
}

/// What came of a file that was received.
#[derive(Debug, PartialEq, Eq)]
pub struct Received {
    /// In bytes.
    pub size: u64,
    /// Of the bytes that came. That the `$endFile` line said the same has been looked at.
    pub digest: String,
    /// The lines that came between its blocks.
    pub lines: Vec<String>,
}

impl Peer {
    /// Connects, and has read nothing yet.
    pub fn connect(server: SocketAddr, name: &str) -> Self {
        Self::over(TcpStream::connect_timeout(&server, DEADLINE).unwrap(), name)
    }

    /// Speaks over a connection that exists: the other end may be a client, if the test is the server.
    pub fn over(stream: TcpStream, name: &str) -> Self {
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let socket = BufReader::with_capacity(BLOCK, stream);
        Self { name: name.to_owned(), socket, patience: DEADLINE, story: Vec::new(), markers: 0 }
    }

    /// The socket itself.
    pub fn stream(&self) -> &TcpStream {
        self.socket.get_ref()
    }

    /// Waits this long for what comes from now on, instead of [`DEADLINE`].
    pub fn has_patience(&mut self, patience: Duration) {
        self.patience = patience;
        self.stream().set_read_timeout(Some(patience)).unwrap();
    }

    /// Sends a line as it is.
    #[track_caller]
    pub fn sends(&mut self, line: &str) {
        self.story.push(format!("» {line:.100}"));
        self.sends_bytes(format!("{line}\n").as_bytes());
    }

    /// Sends bytes as they are.
    #[track_caller]
    pub fn sends_bytes(&mut self, bytes: &[u8]) {
        if let Err(error) = self.socket.get_mut().write_all(bytes) {
            panic!("cannot send: {error}\n{}", self.story());
        }
    }

    /// Sends bytes to somebody who may be gone at any moment. Whether that is noticed already.
    pub fn tries_to_send(&mut self, bytes: &[u8]) -> bool {
        self.socket.get_mut().write_all(bytes).is_ok()
    }

    /// The next line, or `None` where the other side closed in good order.
    #[track_caller]
    pub fn line_or_end(&mut self) -> Option<String> {
        let mut line = Vec::new();
        match self.socket.read_until(b'\n', &mut line) {
            Ok(0) => return None,
            Ok(_) => assert_eq!(line.pop(), Some(b'\n'), "half a line\n{}", self.story()),
            Err(error) => panic!("no line: {error}\n{}", self.story()),
        }
        let line = String::from_utf8(line).expect("a line that is not UTF-8");
        if !line.starts_with("$data ") {
            self.story.push(format!("  {line:.100}"));
        }
        Some(line)
    }

    /// The next line, or `None` where the connection has ended in whatever way, also amid a line.
    pub fn try_line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        self.socket.read_until(b'\n', &mut line).ok()?;
        let line = line.strip_suffix(b"\n")?;
        Some(String::from_utf8(line.to_vec()).expect("a line that is not UTF-8"))
    }

    /// Whether this line comes before the connection ends, in whatever way.
    pub fn hears(&mut self, line: &str) -> bool {
        std::iter::from_fn(|| self.try_line()).any(|come| come.trim() == line)
    }

    /// The raw bytes that follow a `$data` line.
    #[track_caller]
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        if let Err(error) = self.socket.read_exact(&mut bytes) {
            panic!("no bytes: {error}\n{}", self.story());
        }
        bytes
    }

    /// Proves, in a room, that nothing has come that was not read: what is said now is the next line.
    #[track_caller]
    pub fn hears_nothing_in_the_room(&mut self) {
        self.markers += 1;
        let marker = format!("marker {}", self.markers);
        self.types(&marker);
        self.sees(&format!(" {}: {marker}", self.name));
    }

    // -- Sending.

    /// Types `!`, and names a file of this size.
    #[track_caller]
    pub fn offers(&mut self, size: usize, name: &str) {
        self.types("!");
        self.sees_lines(&["$send", "Write FileName.extension:"]);
        self.sends(&format!("$file {size} {name}"));
    }

    /// Sends bytes of the file, in blocks as large as they may be.
    #[track_caller]
    pub fn sends_data(&mut self, content: &[u8]) {
        for block in content.chunks(BLOCK) {
            self.sends_bytes(&framed(block));
        }
    }

    /// Sends the line that ends a file of this content.
    #[track_caller]
    pub fn ends_file(&mut self, content: &[u8]) {
        self.sends(&format!("$endFile {}", sha256(content)));
    }

    /// Sends a whole file, up to its acknowledgement.
    #[track_caller]
    pub fn uploads(&mut self, name: &str, content: &[u8]) {
        self.offers(content.len(), name);
        self.sees("$ready");
        self.sends_data(content);
        self.ends_file(content);
        self.sees(&format!("$ack {}", sha256(content)));
    }

    // -- Receiving.

    /// Is offered a file, and is ready for it.
    #[track_caller]
    pub fn accepts(&mut self, size: usize, name: &str) {
        self.sees(&format!("$file {size} {name}"));
        self.sends("$ready");
    }

    /// Reads a file up to its end. Looks at every line that says how it is cut up.
    #[track_caller]
    pub fn reads_file(&mut self) -> Received {
        self.reads_file_behind(&[])
    }

    /// The same, for a file of which these bytes have been read already.
    #[track_caller]
    pub fn reads_file_behind(&mut self, start: &[u8]) -> Received {
        let mut hasher = Sha256::new_with_prefix(start);
        let (mut size, mut lines) = (start.len() as u64, Vec::new());
        loop {
            let line = self.next_line();
            if let Some(count) = line.strip_prefix("$data ") {
                let count = count.parse().unwrap();
                assert!((1..=BLOCK).contains(&count), "{line}\n{}", self.story());
                hasher.update(self.bytes(count));
                size += count as u64;
            } else if let Some(said) = line.strip_prefix("$endFile ") {
                let digest = hex(&hasher.finalize());
                assert_eq!(said, digest, "{}", self.story());
                return Received { size, digest, lines };
            } else {
                lines.push(line);
            }
        }
    }

    /// Reads what still comes of a file that its sender gives up. Returns how many bytes, and the line that closed it.
    #[track_caller]
    pub fn reads_up_to_cancel(&mut self) -> (usize, String) {
        let mut come = 0;
        loop {
            let line = self.next_line();
            match line.strip_prefix("$data ") {
                Some(count) => come += self.bytes(count.parse().unwrap()).len(),
                None if line == "$cancel" || line.starts_with("$cancel ") => return (come, line),
                None => panic!("{line}\n{}", self.story()),
            }
        }
    }

    /// Receives a whole file of just this content, and acknowledges it. Returns the lines that came meanwhile.
    #[track_caller]
    pub fn receives(&mut self, name: &str, content: &[u8]) -> Vec<String> {
        self.accepts(content.len(), name);
        let received = self.reads_file();
        assert_eq!((received.size, &received.digest), (content.len() as u64, &sha256(content)));
        self.acknowledges(&received.digest);
        received.lines
    }

    /// Says that the file of this digest is stored.
    #[track_caller]
    pub fn acknowledges(&mut self, digest: &str) {
        self.sends(&format!("$ack {digest}"));
    }
}

impl Seat for Peer {
    #[track_caller]
    fn types(&mut self, line: &str) {
        assert!(!line.starts_with('$'), "that is for `sends`");
        self.sends(line);
    }

    #[track_caller]
    fn next_line(&mut self) -> String {
        let start = Instant::now();
        loop {
            // A ping now and then is no reason to wait longer.
            assert!(start.elapsed() < self.patience, "no line but pings\n{}", self.story());
            match self.line_or_end() {
                Some(line) if line.trim().is_empty() || line == "$ping" => continue,
                Some(line) => return line,
                None => panic!("the other side closed\n{}", self.story()),
            }
        }
    }

    fn hears_control_lines(&self) -> bool {
        true
    }

    fn story(&self) -> String {
        let last = &self.story[self.story.len().saturating_sub(60)..];
        format!("--- what {} did and saw:\n{}", self.name, last.join("\n"))
    }
}

impl From<Wire> for Peer {
    /// A client that has just connected to a pretended server; nothing was read from it yet.
    fn from(wire: Wire) -> Self {
        Self::over(wire.stream().try_clone().unwrap(), "the pretended server")
    }
}

impl Server {
    /// Someone with a new account and with files, in the menu.
    #[track_caller]
    pub fn peer(&self, name: &str) -> Peer {
        let mut peer = Peer::connect(self.address(), name);
        peer.is_greeted();
        peer.register(name, PASSWORD);
        peer.log_in(name, PASSWORD);
        peer
    }

    /// Someone with an account already, who has signed in again.
    #[track_caller]
    pub fn returning_peer(&self, name: &str) -> Peer {
        let mut peer = Peer::connect(self.address(), name);
        peer.is_greeted();
        peer.types(name);
        peer.sees("User already exists... Do you want to go to Login? (Y/n)");
        peer.types("y");
        peer.sees_lines(&["LOGIN", "Please write your Username:"]);
        peer.log_in(name, PASSWORD);
        peer
    }

    /// People with new accounts and with files, all in a new room, who have seen each other enter.
    #[track_caller]
    pub fn peers<const N: usize>(&self, room: &str, names: [&str; N]) -> [Peer; N] {
        let mut peers: Vec<Peer> = Vec::new();
        for name in names {
            let mut peer = self.peer(name);
            match peers.is_empty() {
                true => peer.create(room),
                false => peer.enter(room),
            }
            for member in &mut peers {
                member.sees(&format!("::: {name} Entered the Room"));
            }
            peers.push(peer);
        }
        peers.try_into().ok().expect("as many people as names")
    }
}
