//! Files: offer, ready, data, end, ack. The two roles of section 4 of the protocol, each once, for both sides.
//!
//! Neither role touches a socket. [`Sending`] lives inside an outbox, because what it sends must take turns with text;
//! it is told what the other side answers and writes its lines into the outbox's buffer. [`Receiving`] belongs to the
//! thread that reads the socket; it is told the sender's lines and bytes and returns the line to answer with. Size and
//! SHA-256 are checked here, on both ends; where a file is stored is the [`Folder`](crate::folder::Folder)'s business.
//!
//! The sender, for one file after the other:
//!
//! | state | on | goes to | and |
//! | --- | --- | --- | --- |
//! | idle | a file is waiting | offered | `$file` |
//! | offered | `$ready` | flowing | |
//! | offered | `$refuse` | idle | the receiver refused |
//! | offered | 60 s | unanswered | does not answer; so do all files that wait |
//! | flowing | a block | flowing | `$data` |
//! | offered, flowing | the person gives up | idle | `$cancel` |
//! | flowing | the last block | ended | `$data`, `$endFile` |
//! | flowing | `$refuse`, the file can't be read, 60 s without a byte | idle | `$cancel` |
//! | ended | `$ack`, `$refuse` | idle | received, or refused |
//! | ended | 60 s | unanswered | does not answer |
//! | unanswered | `$ready` | idle | `$cancel too late` |
//! | unanswered | `$ack`, `$refuse` | idle | |
//!
//! The receiver:
//!
//! | state | on | goes to | and |
//! | --- | --- | --- | --- |
//! | idle | `$file` | storing | `$ready` |
//! | idle | `$file` that it won't have | idle | `$refuse` |
//! | storing | `$data` | storing | written and hashed |
//! | storing | `$data` that is too much or can't be stored, leaving the room, 60 s without a byte | refused | `$refuse` |
//! | storing | `$endFile`, all is right | idle | stored, then `$ack` |
//! | storing | `$endFile`, something is not | idle | `$refuse` |
//! | storing | `$cancel` | idle | |
//! | refused | `$data` | refused | dropped |
//! | refused | `$cancel`, `$endFile` | idle | |
//!
//! *Refused* is kept beside the other two, since a new file may be named before the old one's closing line has come.

mod receiving;
mod sending;

use std::fmt;
use std::time::Duration;

pub use receiving::{Event, Fault, Offers, Receiving, Refusal, Stored};
pub use sending::{Block, Content, Outcome, Outgoing, Sending};

use crate::name::FileName;

/// How long an answer may take, and how long nothing may move in a transfer.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// A line about a file came that nothing had led up to.
#[derive(Debug, PartialEq, Eq)]
pub struct OutOfPlace;

impl fmt::Display for OutOfPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no file is under way that this could be about")
    }
}

/// How far a transfer is, for whoever shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The file.
    pub name: FileName,
    /// Bytes that have gone, or come.
    pub moved: u64,
    /// Bytes in all.
    pub size: u64,
}

/// A digest as it stands in a line: 64 lower-case hex digits for SHA-256.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
