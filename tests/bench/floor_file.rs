//! The floor's way with files: a copy over loopback, stored and then sent on, with SHA-256.
//!
//! It speaks as much of the protocol's section 4 as a file needs that meets no trouble, so that
//! the generator's side is the same for it and the server. What comes in is hashed and written to
//! a file; then it is offered to the room's other members, and sent to each of them in blocks,
//! read from the file, with the room's lines between them. Nothing is synced to the disk.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::Outcome;
use crate::content::{BLOCK_BYTES, hex};
use crate::floor::Floor;

/// The files on one connection: at most one coming in, one going out.
#[derive(Default)]
pub struct FileTraffic {
    incoming: Option<Incoming>,
    outgoing: Option<Outgoing>,
}

struct Incoming {
    name: String,
    file: File,
    hasher: Sha256,
    size: u64,
}

struct Outgoing {
    file: Arc<File>,
    size: u64,
    digest: String,
    progress: Progress,
}

enum Progress {
    Offered,
    /// Sent so far, in bytes.
    Sending(u64),
}

impl FileTraffic {
    /// Whether there are blocks to send.
    pub fn is_sending(&self) -> bool {
        matches!(self.outgoing, Some(Outgoing { progress: Progress::Sending(_), .. }))
    }
}

impl Floor {
    /// Acts on `!` and the verbs of a file's exchange.
    pub fn take_control(&mut self, number: usize, line: &[u8]) -> Outcome<()> {
        let line = str::from_utf8(line)?;
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "!" => self.post(number, b"$ask file\n"),
            "$file" => {
                let (size, name) = rest.split_once(' ').ok_or("an offer is $file SIZE NAME")?;
                // Read too, later, by those it is sent on to.
                let file = File::options()
                    .read(true)
                    .write(true)
                    .create_new(true)
                    .open(self.folder.join(name))?;
                let incoming = Incoming {
                    name: name.into(),
                    file,
                    hasher: Sha256::new(),
                    size: size.parse()?,
                };
                self.members[number].file.incoming = Some(incoming);
                self.post(number, b"$ready\n");
            }
            "$endFile" => self.finish_incoming(number)?,
            "$ready" => {
                if let Some(outgoing) = &mut self.members[number].file.outgoing {
                    outgoing.progress = Progress::Sending(0);
                    self.dirty.push(number);
                }
            }
            _ => (), // `$data` only announces; of the answers, `$ack` and `$refuse`, nothing follows here.
        }
        Ok(())
    }

    /// Stores a piece of the file that is coming in.
    pub fn take_data(&mut self, number: usize, bytes: &[u8]) -> Outcome<()> {
        let incoming = self.members[number].file.incoming.as_mut().ok_or("data without a file")?;
        incoming.hasher.update(bytes);
        Ok(incoming.file.write_all(bytes)?)
    }

    /// Acknowledges the file, and offers it to the others.
    fn finish_incoming(&mut self, number: usize) -> Outcome<()> {
        let Incoming { name, file, hasher, size } =
            self.members[number].file.incoming.take().ok_or("the end of no file")?;
        let digest = hex(&hasher.finalize());
        self.post(number, format!("$ack {digest}\n").as_bytes());
        let room = self.members[number].room.ok_or("a file from outside")?;
        let file = Arc::new(file);
        for receiver in self.rooms[room].clone() {
            if receiver != number {
                let (file, digest) = (Arc::clone(&file), digest.clone());
                self.members[receiver].file.outgoing =
                    Some(Outgoing { file, size, digest, progress: Progress::Offered });
                self.post(receiver, format!("$file {size} {name}\n").as_bytes());
            }
        }
        Ok(())
    }

    /// Puts the next block into a member's buffer, if it is empty and a file is being sent.
    pub fn fill_with_file(&mut self, number: usize) {
        let member = &mut self.members[number];
        let Some(Outgoing { file, size, digest, progress: Progress::Sending(sent) }) =
            &mut member.file.outgoing
        else {
            return;
        };
        if !member.out.is_empty() {
            return;
        }
        let length = (*size - *sent).min(BLOCK_BYTES as u64) as usize;
        if length == 0 {
            member.out.extend_from_slice(format!("$endFile {digest}\n").as_bytes());
            member.file.outgoing = None;
            return;
        }
        let _ = writeln!(member.out, "$data {length}");
        let start = member.out.len();
        member.out.resize(start + length, 0);
        file.read_exact_at(&mut member.out[start..], *sent)
            .expect("what was just written can be read");
        *sent += length as u64;
    }
}
