//! Linux and macOS: what `platform` offers, by calls that Windows does not have.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Reads from a place in a file until `buffer` is full. So one open file serves many readers.
///
/// # Errors
/// As `read_exact`: also if the file ends before.
pub fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    file.read_exact_at(buffer, offset)
}

/// Brings the names in a folder to the disk.
///
/// # Errors
/// What the system says.
pub fn sync_names(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Lets only the owner read and write a file that is created with these options.
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

/// A socket with a read timeout. A read whose time is up has taken no bytes.
#[derive(Debug)]
pub struct TimedReader(pub TcpStream);

impl Read for TimedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

/// Opens standard output without std's buffer and its lock.
///
/// # Errors
/// If it is closed, or no descriptor is left.
pub fn open_stdout() -> io::Result<Box<dyn Write + Send>> {
    Ok(Box::new(File::from(io::stdout().as_fd().try_clone_to_owned()?)))
}

/// The terminal on standard input, as the output of another program.
///
/// # Errors
/// If it is closed, or no descriptor is left.
pub fn terminal_for_child() -> io::Result<Stdio> {
    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}

/// Starts a program in a group of its own: what ends our group does not end it.
pub fn own_group(command: &mut Command) -> &mut Command {
    command.process_group(0)
}
