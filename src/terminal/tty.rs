//! The mode and the size of the terminal, by means of the program `stty`.
//!
//! A terminal's driver collects a line, echoes it and turns Ctrl-C into a signal, unless it is
//! told not to. Telling it takes a system call that std does not have, and `unsafe` is forbidden
//! here. The program `stty` makes that call for the terminal that is its standard input; it
//! inherits ours.
//!
//! The mode belongs to the terminal, not to the process. If a process changes it and dies, the
//! shell shows nothing of what is typed next. [`ChangedMode`] puts the mode back when it is
//! dropped. `kill -9` drops nothing; so a small shell, the watchdog, waits on a pipe that we hold
//! open. When the pipe closes, for whatever reason, the watchdog puts the mode back.
//!
//! What may fail: starting these programs. The caller then goes on without them.

use std::convert::Infallible;
use std::io;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::platform::{own_group, terminal_for_child};

/// The mode in which every key comes as it is pressed: no lines (`-icanon`; a read waits for one
/// byte, `min 1`), no echo, no signals (`-isig`: Ctrl-C and Ctrl-Z are keys), none of Ctrl-S,
/// Ctrl-Q and Ctrl-V taken away (`-ixon`, `-iexten`), and Enter told from Ctrl-J (`-icrnl`).
/// Output stays as it is, so that a panic's message still reads well.
pub const RAW: &[&str] = &[
    "-icanon", "min", "1", "time", "0", "-echo", "-isig", "-ixon", "-iexten", "-icrnl", "-inlcr",
    "-igncr",
];

/// The mode for a secret when the terminal's driver gathers the line: no echo, but for the line's
/// end.
pub const NO_ECHO: &[&str] = &["-echo", "echonl"];

/// Waits for its standard input to close, then sets the mode that it got as `$0` on the terminal,
/// which is its standard output. No signal that reaches us ends it, nor the one (TTOU) for
/// changing a terminal from the background.
const WATCHDOG: &str = r#"trap "" INT TTOU HUP TERM QUIT; read _; stty "$0" <&1"#;

/// How often a terminal is asked for its size.
const SIZE_INTERVAL: Duration = Duration::from_secs(1);

/// How large a terminal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScreenSize {
    /// From top to bottom.
    pub rows: u16,
    /// From left to right.
    pub columns: u16,
}

impl ScreenSize {
    /// What a terminal has that does not say.
    pub const DEFAULT: ScreenSize = ScreenSize { rows: 24, columns: 80 };

    /// Asks the terminal on standard input. Takes a millisecond or two, so not for under a lock.
    /// `None`: it can't be asked, or does not know.
    pub fn ask() -> Option<ScreenSize> {
        let said = stty(&["size"]).ok()?;
        let (rows, columns) = said.split_once(' ')?;
        let size = ScreenSize { rows: rows.parse().ok()?, columns: columns.parse().ok()? };
        (size.rows > 0 && size.columns > 0).then_some(size)
    }
}

/// Asks for the size once a second and tells it, until the other end of `open` is dropped. Blocks.
///
/// A terminal would say by a signal that its size has changed (SIGWINCH), but taking signals needs
/// `unsafe`. So a process is started once a second, which costs a thousandth of it.
pub fn watch_size(open: &Receiver<Infallible>, mut tell: impl FnMut(ScreenSize)) {
    while let Err(RecvTimeoutError::Timeout) = open.recv_timeout(SIZE_INTERVAL) {
        if let Some(size) = ScreenSize::ask() {
            tell(size);
        }
    }
}

/// A mode that was changed; dropping this puts it back.
#[derive(Debug)]
pub struct ChangedMode {
    /// As `stty -g` says it, which `stty` understands.
    saved: String,
    watchdog: Child,
}

impl ChangedMode {
    /// Changes the mode of the terminal on standard input. What was typed ahead is kept.
    ///
    /// # Errors
    /// If there is no `stty` or no `sh`, or `stty` won't: the mode is then as it was.
    pub fn change(settings: &[&str]) -> io::Result<ChangedMode> {
        let saved = stty(&["-g"])?;
        // Before the mode is changed, so that there is no moment in which nobody would put it
        // back.
        // In a group of its own, it outlives a `kill` of our whole job.
        let watchdog = own_group(&mut Command::new("sh"))
            .args(["-c", WATCHDOG, &saved])
            .stdin(Stdio::piped())
            .stdout(terminal_for_child()?)
            .stderr(Stdio::null())
            .spawn()?;
        let changed = ChangedMode { saved, watchdog };
        stty(settings)?;
        Ok(changed)
    }
}

impl Drop for ChangedMode {
    fn drop(&mut self) {
        // The end of its input is the watchdog's signal, whoever closes it. It has to be done
        // before we go: a shell sets a mode of its own as soon as we are gone, which must not be
        // overwritten.
        drop(self.watchdog.stdin.take());
        let done = self.watchdog.wait().is_ok_and(|status| status.success());
        if !done {
            // Somebody killed it. If this fails too, the terminal is gone, and its mode with it.
            let _ = stty(&[&self.saved]);
        }
    }
}

/// Runs `stty` on the terminal that is our standard input; gives the line that it says.
fn stty(arguments: &[&str]) -> io::Result<String> {
    let output = Command::new("stty").args(arguments).stdin(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!("stty {}: {}", arguments.join(" "), output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_string())
}
