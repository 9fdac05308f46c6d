//! Standard input, used only by the reading thread: as lines, or as keys.
//!
//! [`Source::read_more`] is the only call that blocks. It needs nothing that another thread holds.
//! Bytes that have come stay in here until the caller takes them. Reading may fail, or the input
//! ends.

use std::io::{self, Read, Stdin, stdin};
use std::time::{Duration, Instant};

use super::editor::MAX_TYPED_BYTES;
use super::keys::Keys;
use crate::line::{Chunk, LineReader};

/// After this long without a byte, an ESC was a key and not the beginning of one.
const ESCAPE_PAUSE: Duration = Duration::from_millis(50);

/// What was read and is not used yet.
pub enum Source {
    /// From anything.
    Lines(LineReader<Stdin>),
    /// From a terminal in raw mode.
    Keys(Keys),
}

impl Source {
    /// Reads lines. A line can be no longer than one that is typed at a terminal.
    pub fn lines() -> Source {
        Source::Lines(LineReader::new(stdin(), MAX_TYPED_BYTES))
    }

    /// Reads keys.
    pub fn keys() -> Source {
        Source::Keys(Keys::default())
    }

    /// Waits until more has come. `false`: nothing more will.
    ///
    /// # Errors
    /// What the system says of standard input.
    pub fn read_more(&mut self) -> io::Result<bool> {
        match self {
            Source::Lines(lines) => Ok(lines.fill()? > 0),
            Source::Keys(keys) => read_keys(keys),
        }
    }

    /// Takes what stands behind the last line end: the last line of a file need not end like one.
    pub fn take_rest(&mut self) -> Option<String> {
        match self {
            Source::Lines(lines) => {
                // The end of the input ends its last line too.
                lines.expect_run(usize::MAX);
                match lines.next_chunk() {
                    Ok(Some(Chunk::Bytes(rest))) => {
                        Some(String::from_utf8_lossy(rest).into_owned())
                    }
                    _ => None,
                }
            }
            Source::Keys(_) => None,
        }
    }
}

fn read_keys(keys: &mut Keys) -> io::Result<bool> {
    let mut bytes = [0; 4096];
    let since = Instant::now();
    let count = loop {
        match stdin().read(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => break other?,
        }
    };
    if since.elapsed() > ESCAPE_PAUSE {
        keys.pause();
    }
    keys.push(&bytes[..count]);
    Ok(count > 0)
}
