//! A person at a terminal: a program on a pseudo-terminal, and an emulator that shows what that
//! person would see.
//!
//! ```text
//! lucas.types("hey hey\r");
//! lucas.sees(&[" lucas: hey hey", ">>"]);
//! ```
//! A screen is not a row of lines: the next moment may paint over it. So a test says what must be
//! seen, and waits until it is. A test that fails shows the screen. All that the program has ever
//! written is kept too, for what must never have been there.

mod people;
mod screen;

use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;

use super::faults::run_tool;
use super::{DEADLINE, eventually};

pub use people::{goes_to_room, in_pretended_room, lucas_and_skira};

/// A program on a pseudo-terminal, in a folder of its own. Dropping it kills the program.
pub struct Pty {
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    emulator: vt100::Parser,
    written: Vec<u8>,
    child: Box<dyn Child + Send + Sync>,
    mode_before: String,
    mode_is_as_before_at_its_end: bool,
    folder: TempDir,
}

impl Pty {
    /// Starts this command on a terminal of this size.
    pub fn start(command: CommandBuilder, rows: u16, columns: u16, folder: TempDir) -> Self {
        let size = PtySize { rows, cols: columns, ..PtySize::default() };
        let pair = native_pty_system().openpty(size).unwrap();
        let mode_before = mode(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        // A terminal takes in what is written to it, also while nobody looks.
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (chunks, output) = channel();
        std::thread::spawn(move || {
            let mut chunk = [0; 65536];
            while let Ok(count @ 1..) = reader.read(&mut chunk) {
                if chunks.send(chunk[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keyboard = pair.master.take_writer().unwrap();
        let emulator = vt100::Parser::new(rows, columns, 10_000);
        Self {
            master: pair.master,
            keyboard,
            output,
            emulator,
            written: Vec::new(),
            child,
            mode_before,
            mode_is_as_before_at_its_end: false,
            folder,
        }
    }

    /// The folder that it runs in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    // -- What a person does.

    /// Presses keys. Enter is `\r`.
    pub fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Changes the terminal's size, as a person does who pulls at the window.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        self.emulator.screen_mut().set_size(rows, columns);
        self.master.resize(PtySize { rows, cols: columns, ..PtySize::default() }).unwrap();
    }

    /// Sends the program a signal.
    pub fn kill(&self, signal: &str) {
        run_tool("kill", &[signal, &self.child.process_id().unwrap().to_string()]);
    }

    /// Waits until the screen is as `condition` wants it.
    #[track_caller]
    pub fn waits_until(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        let until = Instant::now() + DEADLINE;
        while !condition(self) {
            let end = self.sees_what_has_come(until.saturating_duration_since(Instant::now()));
            if let Err(end) = end {
                panic!(
                    "not seen: {what} ({end}); the cursor is at {:?} of\n{}",
                    self.cursor(),
                    self.rows().join("\n")
                )
            }
        }
    }

    /// Waits until the screen is as `condition` wants it, but no longer than this. Whether it is.
    pub fn looks_for(&mut self, patience: Duration, condition: impl Fn(&Self) -> bool) -> bool {
        let until = Instant::now() + patience;
        while !condition(self) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.sees_what_has_come(left).is_err() {
                return condition(self);
            }
        }
        true
    }

    /// Takes in the next of what the program writes, if that comes in time.
    fn sees_what_has_come(&mut self, patience: Duration) -> Result<(), RecvTimeoutError> {
        let bytes = self.output.recv_timeout(patience)?;
        self.emulator.process(&bytes);
        self.written.extend(bytes);
        Ok(())
    }

    /// Waits until the last rows of the screen are these.
    #[track_caller]
    pub fn sees(&mut self, rows: &[&str]) {
        self.waits_until(&format!("{rows:#?}"), |pty| pty.last_rows(rows.len()) == rows);
    }

    /// Waits until all the rows of the screen are these.
    #[track_caller]
    pub fn sees_only(&mut self, rows: &[&str]) {
        self.waits_until(&format!("only {rows:#?}"), |pty| pty.rows() == rows);
    }

    /// Waits until the last rows are these, and the cursor is in this column, `up` rows above the
    /// last.
    #[track_caller]
    pub fn sees_cursor(&mut self, rows: &[&str], up: usize, column: u16) {
        self.waits_until(
            &format!("{rows:#?} with the cursor {up} up in column {column}"),
            |pty| {
                let (row, at) = pty.cursor();
                pty.last_rows(rows.len()) == rows
                    && usize::from(row) + 1 + up == pty.rows().len()
                    && at == column
            },
        );
    }

    /// How the terminal treats what is typed and what is written now.
    pub fn mode(&self) -> String {
        mode(&*self.master)
    }

    /// Changes that, as another program does, in the words of `stty`.
    pub fn set_mode(&self, settings: &[&str]) {
        let terminal = std::fs::File::open(self.master.tty_name().unwrap()).unwrap();
        let done = std::process::Command::new("stty").args(settings).stdin(terminal).status();
        assert!(done.unwrap().success());
    }

    // -- How it ends.

    /// Whether the terminal's mode is as the program found it.
    pub fn has_mode_as_before(&self) -> bool {
        mode(&*self.master) == self.mode_before
    }

    /// Whether it was when [`exit_code`](Self::exit_code) found the program ended: a shell sets
    /// its own at that moment.
    pub fn left_mode_as_before(&self) -> bool {
        self.mode_is_as_before_at_its_end
    }

    /// Waits until it is: what puts it back may outlive the program by a moment.
    #[track_caller]
    pub fn waits_for_mode_as_before(&self) {
        eventually("the terminal's mode is as before", || self.has_mode_as_before().then_some(()));
    }

    /// The program's exit code, once it has ended. (By a signal: 1.) What it has written up to
    /// then has been seen.
    #[track_caller]
    pub fn exit_code(&mut self) -> u32 {
        let until = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.mode_is_as_before_at_its_end = self.has_mode_as_before();
                // The terminal's end is read when all that had it open are gone, the program's
                // helpers too.
                while self
                    .sees_what_has_come(until.saturating_duration_since(Instant::now()))
                    .is_ok()
                {}
                return status.exit_code();
            }
            let _ = self.sees_what_has_come(Duration::from_millis(1));
            assert!(Instant::now() < until, "it still runs:\n{}", self.rows().join("\n"));
        }
    }

    /// Whether it runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // Either fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How the terminal treats what is typed and what is written.
fn mode(master: &dyn MasterPty) -> String {
    let termios = master.get_termios().unwrap();
    format!("{:?} {:?} {:?}", termios.input_flags, termios.output_flags, termios.local_flags)
}
