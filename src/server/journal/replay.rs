//! Reading a journal from its first line to its last, without changing anything.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::error::JournalError;
use super::kept::Kept;
use super::record::{Chain, Damage, HEADER, HEADER_1, MAX_RECORD_BYTES};

/// What a journal says.
pub(super) struct Replayed {
    /// The users and rooms that exist.
    pub(super) kept: Kept,
    /// The checksum that the next record continues.
    pub(super) chain: Chain,
    /// Length of all complete lines.
    pub(super) bytes: u64,
    /// It has the header of version 1.
    pub(super) is_version_1: bool,
}

/// Reads all of the journal in `file`. `path` is for the errors.
pub(super) fn replay(file: &File, path: &Path) -> Result<Replayed, JournalError> {
    let mut reader = BufReader::new(file);
    let mut replayed = Replayed {
        kept: Kept::default(),
        chain: Chain::after_header(HEADER),
        bytes: 0,
        is_version_1: false,
    };
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        // One byte more, for the line's end. A hostile file can't fill the memory.
        let mut limited = reader.by_ref().take(MAX_RECORD_BYTES as u64 + 1);
        let read = limited.read_until(b'\n', &mut line);
        read.map_err(|source| JournalError::Open(path.into(), source))?;
        let taken = match line.strip_suffix(b"\n") {
            Some(complete) => replayed.follow(number, complete),
            None => check_rest(number, &line, &mut reader),
        };
        taken.map_err(|damage| JournalError::Damaged(path.into(), number, damage))?;
        if !line.ends_with(b"\n") {
            break;
        }
    }
    Ok(replayed)
}

/// Looks at a last line without its end: `rest`, and what comes after its longest length. If it
/// can't be the start of a line of ours, we must not cut it off. After a power cut some disks
/// leave zeros where bytes had been appended.
fn check_rest(number: u64, rest: &[u8], after: &mut impl BufRead) -> Result<(), Damage> {
    let begun = rest.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let ends_in_zeros = after.bytes().all(|byte| matches!(byte, Ok(0)));
    match number {
        1 if !HEADER.as_bytes().starts_with(&rest[..begun]) => Err(Damage::Header),
        _ if begun > MAX_RECORD_BYTES || !ends_in_zeros => Err(Damage::TooLong),
        _ => Ok(()),
    }
}

impl Replayed {
    fn follow(&mut self, number: u64, line: &[u8]) -> Result<(), Damage> {
        if number == 1 {
            self.is_version_1 = line == HEADER_1.as_bytes();
            if self.is_version_1 {
                self.chain = Chain::after_header(HEADER_1);
            } else if line != HEADER.as_bytes() {
                return Err(Damage::Header);
            }
        } else {
            let line = str::from_utf8(line).map_err(|_| Damage::Checksum)?;
            let record = self.chain.read(line)?;
            if !self.kept.fits(&record) {
                return Err(Damage::Contradiction);
            }
            self.kept.apply(record);
        }
        self.bytes += line.len() as u64 + 1;
        Ok(())
    }
}
