//! The few calls that differ between Linux, macOS and Windows.
//!
//! Nearly everything else is written once, for all systems; only the server needs Unix. There are
//! two halves with the same functions: `platform/unix.rs` for Linux and macOS, and
//! `platform/portable.rs` for Windows, which needs nothing but std. To test the second half on
//! Linux too, build the crate with `RUSTFLAGS='--cfg chatroom_portable'`.
//!
//! Any thread may call all of this. In `platform/portable.rs` one lock guards the position in a
//! file; no other lock is taken under it.

use std::io;
use std::process::Command;

#[cfg(any(not(unix), chatroom_portable))]
#[path = "platform/portable.rs"]
mod half;
#[cfg(all(unix, not(chatroom_portable)))]
#[path = "platform/unix.rs"]
mod half;
#[cfg(test)]
mod tests;

pub use half::{
    TimedReader, open_stdout, own_group, private, read_exact_at, sync_names, terminal_for_child,
};

/// Tells whether a read or a write of a socket ended because its time was up. That is `TimedOut`
/// on Windows, and `WouldBlock` elsewhere. There `TimedOut` means that the kernel has given up the
/// connection.
pub fn is_timeout(error: &io::Error) -> bool {
    match error.kind() {
        io::ErrorKind::WouldBlock => true,
        io::ErrorKind::TimedOut => cfg!(windows),
        _ => false,
    }
}

/// Asks how many files and sockets this program may have open at a time. macOS allows 256 unless
/// told otherwise. std can't ask, so a shell does. `None`: nobody knows, or there is no limit.
pub fn max_open_files() -> Option<usize> {
    let asked = Command::new("sh").args(["-c", "ulimit -n"]).output().ok()?;
    String::from_utf8_lossy(&asked.stdout).trim().parse().ok()
}
