//! What a [`Person`] does with files (`protocol.md`, section 4), as their sender and as their
//! receiver. The other end may be the server, or a client if the test plays the server.
//!
//! Hundreds of megabytes may come, so only the size and the digest of a received file are kept.

use sha2::{Digest, Sha256};

use super::content::{BLOCK, framed, hex, sha256};
use super::{Person, Seat, ask};

/// A file that was received.
#[derive(Debug, PartialEq, Eq)]
pub struct Received {
    /// In bytes.
    pub size: u64,
    /// Of the bytes that came. The `$endFile` line said the same: that has been checked.
    pub digest: String,
    /// The lines that came between its blocks.
    pub lines: Vec<String>,
}

/// The sender.
impl Person {
    /// Types `!`, and names a file of this size.
    #[track_caller]
    pub fn offers(&mut self, size: usize, name: &str) {
        self.types("!");
        self.is_asked(ask::FILE);
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

    /// Is refused, with a reason that is short enough. Returns the whole line.
    #[track_caller]
    pub fn is_refused(&mut self) -> String {
        let line = self.next_line();
        let reason = line.strip_prefix("$refuse ").unwrap_or_default();
        assert!((1..=120).contains(&reason.len()), "{line}\n{}", self.story());
        line
    }
}

/// The receiver.
impl Person {
    /// The raw bytes that follow a `$data` line.
    #[track_caller]
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        match self.wire.read_bytes(count) {
            Ok(bytes) => bytes,
            Err(error) => panic!("no bytes: {error}\n{}", self.story()),
        }
    }

    /// Is offered a file, and is ready for it.
    #[track_caller]
    pub fn accepts(&mut self, size: usize, name: &str) {
        self.sees(&format!("$file {size} {name}"));
        self.sends("$ready");
    }

    /// Reads a file up to its end. Checks every line that says how it is cut up.
    #[track_caller]
    pub fn reads_file(&mut self) -> Received {
        self.reads_rest_of_file(&[])
    }

    /// The same, for a file of which these first bytes have been read already.
    #[track_caller]
    pub fn reads_rest_of_file(&mut self, start: &[u8]) -> Received {
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

    /// Reads what still comes of a file that its sender gives up. Returns how many bytes came,
    /// and the line that closed it.
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

    /// Receives a whole file of just this content, and acknowledges it. Returns the lines that
    /// came meanwhile.
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
