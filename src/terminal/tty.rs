//! The mode and the size of the terminal, by means of the program `stty`; and who owns it.
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
//! A shell gives the terminal to one job at a time, the one in the foreground. A job that reads,
//! or changes the mode, in the background is stopped by the system. So ask [`is_in_foreground`]
//! first.
//!
//! What may fail: starting these programs. The caller then goes on without them. On Windows there
//! are none, and so a terminal is used plainly.

use std::io;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::platform;

/// The mode in which every key comes when it is pressed: no lines (`-icanon`; a read waits for one
/// byte: `min 1`), no echo, no signals (`-isig`: Ctrl-C and Ctrl-Z are keys), Ctrl-S, Ctrl-Q and
/// Ctrl-V are keys too (`-ixon`, `-iexten`), and Enter is not Ctrl-J (`-icrnl`). Output stays as
/// it is, so that a panic's message can be read.
pub const RAW: &[&str] = &[
    "-icanon", "min", "1", "time", "0", "-echo", "-isig", "-ixon", "-iexten", "-icrnl", "-inlcr",
    "-igncr",
];

/// The mode for a secret when the terminal's driver collects the line: no echo, but a line end.
pub const NO_ECHO: &[&str] = &["-echo", "echonl"];

/// Waits until its standard input closes, then sets the mode `$0` on the terminal, which is its
/// standard output, and writes `$1` there. It ignores the signals that may end us, and the signal
/// for changing a terminal from the background (TTOU).
const WATCHDOG: &str = r#"trap "" INT TTOU HUP TERM QUIT; read _; stty "$0" <&1; printf "$1""#;

/// How large a terminal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScreenSize {
    /// From top to bottom.
    pub rows: u16,
    /// From left to right.
    pub columns: u16,
}

/// For a terminal that does not tell its size.
impl Default for ScreenSize {
    fn default() -> ScreenSize {
        ScreenSize { rows: 24, columns: 80 }
    }
}

/// Asks the terminal on standard input for its size. `None`: it does not know it.
pub fn size() -> Option<ScreenSize> {
    let said = stty(&["size"]).ok()?;
    let (rows, columns) = said.split_once(' ')?;
    let size = ScreenSize { rows: rows.parse().ok()?, columns: columns.parse().ok()? };
    (size.rows > 0 && size.columns > 0).then_some(size)
}

/// Asks the terminal on standard input for its mode, in words that only `stty` understands. Takes
/// a millisecond, so do not call it under a lock that others wait for.
///
/// # Errors
/// If there is no terminal, or no `stty`.
pub fn mode() -> io::Result<String> {
    stty(&["-g"])
}

/// A mode that was changed. Dropping this puts it back.
#[derive(Debug)]
pub struct ChangedMode {
    saved: String,
    /// The mode now, unless somebody else changes it.
    set: String,
    watchdog: Child,
}

impl ChangedMode {
    /// Changes the mode of the terminal on standard input. What was typed ahead is kept. When the
    /// mode is put back, `at_end` is written to the terminal.
    ///
    /// # Errors
    /// If there is no `stty` or no `sh`, or `stty` fails. The mode is then as it was.
    pub fn change(settings: &[&str], at_end: &str) -> io::Result<ChangedMode> {
        let saved = mode()?;
        // The watchdog comes first, so that there is no moment without somebody to put it back.
        let watchdog = start_watchdog(&saved, at_end)?;
        let mut changed = ChangedMode { saved, set: String::new(), watchdog };
        stty(settings)?;
        changed.set = mode()?;
        Ok(changed)
    }

    /// Tells whether the terminal is still in the mode that was set.
    pub fn is_set(&self, mode: &str) -> bool {
        self.set == mode
    }
}

impl Drop for ChangedMode {
    fn drop(&mut self) {
        // The end of its input is the watchdog's signal. It has to be done before we go: a shell
        // sets its own mode as soon as we are gone, and we must not overwrite that.
        drop(self.watchdog.stdin.take());
        let done = self.watchdog.wait().is_ok_and(|status| status.success());
        if !done {
            // Somebody killed the watchdog. If this fails too, the terminal is gone.
            let _ = stty(&[&self.saved]);
        }
    }
}

/// Runs `stty` on the terminal that is our standard input. Returns what it says.
fn stty(arguments: &[&str]) -> io::Result<String> {
    let output = Command::new("stty").args(arguments).stdin(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!("stty {}: {}", arguments.join(" "), output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// Stops this process and those started together with it, as Ctrl-Z does for other programs.
/// Returns when they go on. Returns at once if no shell waits for them.
pub fn suspend() {
    let Ok(mut sender) = Command::new("sh").args(["-c", "kill -s TSTP 0"]).spawn() else {
        return;
    };
    // The signal stops its sender too, and so the sender ends when all of us go on. If somebody
    // makes only this process go on, we wait for the sender at most 1 s.
    for _ in 0..100 {
        if !matches!(sender.try_wait(), Ok(None)) {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    let _ = sender.kill();
    let _ = sender.wait();
}

/// Tells whether this process may read from its terminal, and change its mode.
pub fn is_in_foreground() -> bool {
    // Linux has it in a file: after the name in brackets come state, parent, group, session,
    // terminal, and the group that is in the foreground. Others have `ps`.
    let numbers = |text: &str| text.split_whitespace().flat_map(str::parse).collect();
    let groups: Vec<i64> = match std::fs::read_to_string("/proc/self/stat") {
        Ok(stat) => numbers(stat.rsplit(')').next().unwrap_or_default()),
        Err(_) => {
            let own = std::process::id().to_string();
            let ps = Command::new("ps").args(["-o", "pgid=,tpgid=", "-p", &own]).output();
            ps.map_or(Vec::new(), |output| numbers(&String::from_utf8_lossy(&output.stdout)))
        }
    };
    match groups[..] {
        // If there is no terminal, or it is gone, no group is in the foreground. Then nothing
        // stops us.
        [own, front] | [_, own, _, _, front, ..] => front <= 0 || front == own,
        _ => true,
    }
}

/// Starts the watchdog, in a process group of its own: a `kill` of our whole job does not reach
/// it.
fn start_watchdog(saved: &str, at_end: &str) -> io::Result<Child> {
    let mut shell = Command::new("sh");
    shell.args(["-c", WATCHDOG, saved, at_end]).stdin(Stdio::piped());
    shell.stdout(platform::terminal_for_child()?).stderr(Stdio::null());
    platform::own_group(&mut shell).spawn()
}
