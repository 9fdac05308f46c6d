//! Reading a journal back, from its first line to its last, without changing anything.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::line::{LineReader, Rest};

use super::error::JournalError;
use super::live::Live;
use super::record::{Chain, Damage, HEADER, MAX_RECORD_BYTES};

/// What a journal says.
pub(super) struct Replayed {
    /// What stands.
    pub(super) live: Live,
    /// Where the next record goes on.
    pub(super) chain: Chain,
    /// Length of all whole lines.
    pub(super) bytes: u64,
    /// Length of a last line without an end.
    pub(super) torn_bytes: usize,
}

/// Reads all of the journal in `file`, which stands at `path`.
///
/// # Errors
/// The first line that is not as it was written, or what the system says.
pub(super) fn replay(file: &File, path: &Path) -> Result<Replayed, JournalError> {
    let mut reader = LineReader::new(Verbatim(file), MAX_RECORD_BYTES);
    let mut replayed =
        Replayed { live: Live::new(), chain: Chain::new(), bytes: 0, torn_bytes: 0 };
    let mut number = 1;
    let damaged = |line, damage| JournalError::Damaged(path.into(), line, damage);
    loop {
        match reader.next_line() {
            Ok(Some(line)) => {
                replayed.take_line(number, &line).map_err(|damage| damaged(number, damage))?;
                number += 1;
            }
            Ok(None) => match reader.fill() {
                Ok(0) => break,
                Ok(_) => {}
                Err(source) => return Err(JournalError::Open(path.into(), source)),
            },
            Err(_) if number == 1 => return Err(damaged(1, Damage::Header)),
            Err(_) => return Err(damaged(number, Damage::TooLong)),
        }
    }

    // What is left is the beginning of a line, or else it is none of ours and not to be thrown away.
    replayed.torn_bytes = match reader.rest() {
        Rest::Unfinished(rest) if number > 1 || HEADER.as_bytes().starts_with(rest) => rest.len(),
        Rest::TooLong if number > 1 => return Err(damaged(number, Damage::TooLong)),
        _ => return Err(damaged(1, Damage::Header)),
    };
    Ok(replayed)
}

impl Replayed {
    fn take_line(&mut self, number: u64, line: &str) -> Result<(), Damage> {
        if number == 1 {
            if line != HEADER {
                return Err(Damage::Header);
            }
        } else {
            let record = self.chain.read(line)?;
            self.live.check(&record)?;
            self.live.take(record);
        }
        self.bytes += line.len() as u64 + 1;
        Ok(())
    }
}

/// Makes a CR a zero byte, which no record has. `LineReader` would drop one before a line's end; here it is damage like
/// any other.
struct Verbatim<'a>(&'a File);

impl Read for Verbatim<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(room)?;
        room[..count].iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = 0);
        Ok(count)
    }
}
