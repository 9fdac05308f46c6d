//! One file's way, as its sender and its receivers see it: the client's side of the protocol's
//! section 5.
//!
//! The sender: `!`, `$ask file`, `$file`, `$ready`, the blocks, `$endFile`, `$ack`. Each receiver:
//! `$file`, `$ready`, the blocks, `$endFile`, `$ack`. The talker refuses. Anything that isn't as
//! it should be is an error: a byte that differs, a digest, a refusal, a cancel.

use std::time::Instant;

use sha2::{Digest, Sha256};

use crate::Outcome;
use crate::content::{Content, hex};
use crate::stage::Stage;

/// Who sends the file, who talks meanwhile; everyone after them receives it.
pub const SENDER: usize = 0;
pub const TALKER: usize = 1;

/// Blocks sent at a stretch before the other connections have their turn.
const BLOCKS_A_TURN: usize = 4;

const FILE_NAME: &str = "gigabyte.bin";

/// How far the upload is.
enum Upload {
    /// `!` or the offer is sent.
    Agreeing,
    /// So many bytes are sent.
    Sending(u64),
    /// `$endFile` is sent.
    Ended,
    /// Acknowledged.
    Stored(Instant),
}

/// How far a receiver is.
#[derive(Default)]
struct Receiver {
    received: u64,
    /// When it had the whole file.
    done: Option<Instant>,
}

pub struct Transfer<'a> {
    content: &'a Content,
    upload: Upload,
    receivers: Vec<Receiver>,
    /// The first receiver's: it hashes what comes, as a client does.
    hasher: Sha256,
    /// What to send in answer to what this turn brought, and on which connection.
    answers: Vec<(usize, String)>,
}

impl<'a> Transfer<'a> {
    pub fn new(content: &'a Content, receivers: usize) -> Transfer<'a> {
        let receivers = (0..receivers).map(|_| Receiver::default()).collect();
        Transfer {
            content,
            upload: Upload::Agreeing,
            receivers,
            hasher: Sha256::new(),
            answers: Vec::new(),
        }
    }

    pub fn start(&mut self, stage: &mut Stage) -> Outcome<()> {
        stage.send(SENDER, b"!\n")
    }

    /// Whether every receiver has the file.
    pub fn is_over(&self) -> bool {
        matches!(self.upload, Upload::Stored(_))
            && self.receivers.iter().all(|receiver| receiver.done.is_some())
    }

    /// Whether the sender's socket would take another block at once.
    pub fn has_more_to_send(&self, stage: &Stage) -> bool {
        matches!(self.upload, Upload::Sending(_)) && stage.is_all_sent(SENDER)
    }

    /// Sends some blocks, as long as the socket takes them.
    pub fn send_blocks(&mut self, stage: &mut Stage) -> Outcome<()> {
        for _ in 0..BLOCKS_A_TURN {
            let Upload::Sending(sent) = self.upload else { return Ok(()) };
            if !stage.is_all_sent(SENDER) {
                return Ok(());
            }
            let block = self.content.block(sent);
            if block.is_empty() {
                stage.send(SENDER, format!("$endFile {}\n", self.content.digest()).as_bytes())?;
                self.upload = Upload::Ended;
            } else {
                stage.send(SENDER, format!("$data {}\n", block.len()).as_bytes())?;
                stage.send(SENDER, block)?;
                self.upload = Upload::Sending(sent + block.len() as u64);
            }
        }
        Ok(())
    }

    /// Sends the answers that the last turn called for.
    pub fn send_answers(&mut self, stage: &mut Stage) -> Outcome<()> {
        for (person, answer) in self.answers.drain(..) {
            stage.send(person, answer.as_bytes())?;
        }
        Ok(())
    }

    /// Acts on a line that is no message. Text is for people, and passed over.
    pub fn hear_line(&mut self, person: usize, line: &[u8]) -> Outcome<()> {
        if !line.starts_with(b"$") {
            return Ok(());
        }
        let line = str::from_utf8(line)?;
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (person, verb) {
            (_, "$pong") => (),
            (SENDER, "$ask") if rest == "file" => {
                self.answer(person, format!("$file {} {FILE_NAME}\n", self.content.size()))
            }
            (SENDER, "$ready") => self.upload = Upload::Sending(0),
            (SENDER, "$ack") if rest == self.content.digest() => {
                self.upload = Upload::Stored(Instant::now())
            }
            (TALKER, "$file") => self.answer(person, "$refuse I only talk\n".into()),
            (SENDER | TALKER, _) => {
                return Err(format!("connection {person} did not expect: {line}").into());
            }
            (_, "$file") if rest.starts_with(&format!("{} ", self.content.size())) => {
                self.answer(person, "$ready\n".into());
            }
            (_, "$data") => (),
            (_, "$endFile") => self.finish_receiver(person, rest)?,
            (_, _) => return Err(format!("receiver {person} did not expect: {line}").into()),
        }
        Ok(())
    }

    /// Checks a piece of the file that a receiver got.
    pub fn hear_data(&mut self, person: usize, bytes: &[u8]) -> Outcome<()> {
        let first = TALKER + 1;
        let receiver = person.checked_sub(first).and_then(|index| self.receivers.get_mut(index));
        let receiver = receiver.ok_or("a file's bytes came to someone who didn't want them")?;
        if !self.content.matches(receiver.received, bytes) {
            return Err(
                format!("receiver {person} got wrong bytes near {}", receiver.received).into()
            );
        }
        receiver.received += bytes.len() as u64;
        if person == first {
            self.hasher.update(bytes);
        }
        Ok(())
    }

    fn finish_receiver(&mut self, person: usize, announced: &str) -> Outcome<()> {
        let first = TALKER + 1;
        let digest = self.content.digest();
        let receiver = &mut self.receivers[person - first];
        let hashed = (person == first).then(|| hex(&self.hasher.finalize_reset()));
        let is_same = announced == digest && hashed.is_none_or(|hashed| hashed == digest);
        if receiver.received != self.content.size() || !is_same {
            return Err(format!(
                "receiver {person} has {} bytes, announced as {announced}",
                receiver.received
            )
            .into());
        }
        receiver.done = Some(Instant::now());
        self.answer(person, format!("$ack {announced}\n"));
        Ok(())
    }

    fn answer(&mut self, person: usize, answer: String) {
        self.answers.push((person, answer));
    }

    /// Seconds from `start` until the file was stored, and until the last receiver had it.
    pub fn times(&self, start: Instant) -> Outcome<(f64, f64)> {
        let Upload::Stored(stored) = self.upload else {
            return Err("the file is not stored yet".into());
        };
        let last =
            self.receivers.iter().filter_map(|receiver| receiver.done).max().unwrap_or(stored);
        Ok((stored.duration_since(start).as_secs_f64(), last.duration_since(start).as_secs_f64()))
    }

    /// How far everyone is: for the error when it takes too long.
    pub fn describe(&self) -> String {
        let upload = match self.upload {
            Upload::Agreeing => "not begun".into(),
            Upload::Sending(sent) => format!("{sent} bytes sent"),
            Upload::Ended => "sent, not acknowledged".into(),
            Upload::Stored(_) => "stored".into(),
        };
        let received: Vec<u64> = self.receivers.iter().map(|receiver| receiver.received).collect();
        format!("upload {upload}, receivers have {received:?} bytes")
    }
}
