//! Files: offer, ready, data, end, ack. The two roles of section 5 of the protocol, each written
//! once for both sides.
//!
//! Neither role touches a socket. [`Sending`] is part of an outbox, because its bytes take turns
//! with text: it gets the answers of the other side and writes its lines into the outbox.
//! [`Receiving`] belongs to the thread that reads the socket: it gets the sender's lines and bytes
//! and returns what to answer. Both check size and SHA-256. The
//! [`Folder`](crate::folder::Folder) decides where a file is stored.
//!
//! The sender, for one file after the other:
//!
//! | state | on | goes to | and |
//! | --- | --- | --- | --- |
//! | idle | a file is waiting | offered | `$file` |
//! | offered | `$ready` | flowing | |
//! | offered | `$refuse` | idle | the receiver refused |
//! | offered | 60 s after the offer left | unanswered | reported, and so are all files that wait |
//! | flowing | a block | flowing | `$data` |
//! | offered, flowing | the person gives up | idle | `$cancel` |
//! | flowing | the last block | ended | `$data`, `$endFile` |
//! | flowing | `$refuse`, the file cannot be read, 60 s without a byte | idle | `$cancel` |
//! | ended | `$ack`, `$refuse` | idle | received, or refused |
//! | ended | 60 s after `$endFile` left | unanswered | reported, and so are all files that wait |
//! | unanswered | `$ready` | idle | `$cancel too late` |
//! | unanswered | `$ack`, `$refuse` | idle | |
//!
//! The receiver:
//!
//! | state | on | goes to | and |
//! | --- | --- | --- | --- |
//! | idle | `$file` | storing | `$ready` |
//! | idle | `$file` that it does not want | idle | `$refuse` |
//! | storing | `$data` | storing | written and hashed |
//! | storing | too much `$data`, full disk, left the room, 60 s no byte | refused | `$refuse` |
//! | storing | `$endFile`, and all is right | idle | stored, then `$ack` |
//! | storing | `$endFile`, and something is wrong | idle | `$refuse` |
//! | storing | `$cancel` | idle | |
//! | refused | `$data` | refused | dropped |
//! | refused | `$cancel`, `$endFile` | idle | |
//!
//! *Refused* is a flag beside the other two: a new file may be offered before the closing line of
//! the old one has come.

mod receiving;
mod sending;

use std::time::Duration;

pub use receiving::{Event, Receiving, Refusal, Stored};
pub use sending::{Block, Content, MAX_WAITING_FILES, Outcome, Outgoing, Sending};

use crate::name::FileName;

/// How long an answer may take, and how long nothing may move in a transfer.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// A line about a file came, but does not fit what came before it.
#[derive(Debug, PartialEq, Eq)]
pub struct OutOfPlace;

/// How far a transfer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The file.
    pub name: FileName,
    /// Bytes that have gone, or come.
    pub moved: u64,
    /// Bytes in all.
    pub size: u64,
}

/// Writes a digest as lower-case hex digits, 64 for SHA-256.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
