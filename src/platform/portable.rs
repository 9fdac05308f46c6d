//! Windows, and any other system: what `platform` offers, with nothing but std.
//!
//! Three things are weaker here. A folder cannot be synced: after a power cut the newest file may
//! be missing. A new file is as private as its folder. And a terminal is used as it is: its modes
//! cannot be changed, so a password is seen while it is typed.
//!
//! One lock guards the position in an open file, while it is read.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use crate::lock::lock;

/// Reads from a place in a file until `buffer` is full. So one open file serves many readers.
///
/// An open file has one position, so this seeks and reads under one lock. A client reads one file
/// at a time; no server runs on these systems.
///
/// # Errors
/// As `read_exact`: also if the file ends before.
pub fn read_exact_at(mut file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    static POSITION: Mutex<()> = Mutex::new(());
    let _held = lock(&POSITION);
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(buffer)
}

/// Does nothing: std cannot open a folder everywhere.
///
/// # Errors
/// None.
pub fn sync_names(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Does nothing: Windows gives a new file the rights of its folder, and a person's own folders are
/// private.
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// A socket with a read timeout. If a read times out on Windows, nobody knows whether it has taken
/// bytes. So a `peek`, which takes nothing, does the waiting. Then the read need not wait.
#[derive(Debug)]
pub struct TimedReader(pub TcpStream);

impl Read for TimedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.peek(&mut [0])?;
        self.0.read(buffer)
    }
}

/// Standard output. All is shown once it is flushed.
///
/// # Errors
/// None.
pub fn open_stdout() -> io::Result<Box<dyn Write + Send>> {
    Ok(Box::new(io::stdout()))
}

/// There is no such thing here, so the modes of the terminal stay as they are.
///
/// # Errors
/// Always.
pub fn terminal_for_child() -> io::Result<Stdio> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Does nothing: no program is started here that would need it.
pub fn own_group(command: &mut Command) -> &mut Command {
    command
}
