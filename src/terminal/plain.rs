//! A plain terminal: lines in, lines out. Standard input or output is a pipe or a file, or a
//! terminal that cannot be painted.
//!
//! Any thread prints; one thread reads, and blocks. One mutex guards standard output and the
//! terminal's mode. After a line was read, the mode is put back.
//!
//! What may fail: writing, when standard output is gone, and reading.

use std::io::{self, BufRead, IsTerminal, Read, Write, stdin, stdout};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use super::colour::{ShownLine, Tone};
use super::editor::MAX_TYPED_BYTES;
use super::live::{Purpose, Typed};
use super::tty::{self, ChangedMode, NO_ECHO, is_in_foreground};
use crate::lock::lock;
use crate::platform::open_stdout;
use crate::text::clean;

/// How often a process in the background looks whether it may read.
const FOREGROUND_INTERVAL: Duration = Duration::from_secs(1);

/// Standard input and output as lines.
pub struct Plain {
    output: Mutex<PlainOutput>,
}

struct PlainOutput {
    out: Box<dyn Write + Send>,
    /// A person may type on the terminal that we write to.
    is_shared: bool,
    /// The terminal's mode, while it is not the one that we found.
    mode: Option<ChangedMode>,
    /// The next line is a secret.
    is_secret: bool,
}

impl Plain {
    /// Takes over standard input and output.
    pub fn open() -> Plain {
        let output = PlainOutput {
            out: open_stdout().unwrap_or_else(|_| Box::new(stdout())),
            is_shared: stdin().is_terminal() && stdout().is_terminal(),
            mode: None,
            is_secret: false,
        };
        Plain { output: Mutex::new(output) }
    }

    /// Tells whether a secret cannot be seen while it is typed.
    pub fn hides_secrets(&self) -> bool {
        !stdin().is_terminal() || tty::mode().is_ok()
    }

    /// Prints lines as they are, without marks and colours.
    ///
    /// # Errors
    /// If standard output is gone.
    pub fn print_all(&self, lines: impl IntoIterator<Item = ShownLine>) -> io::Result<()> {
        let mut output = lock(&self.output);
        // On a shared terminal half a line may be typed already, and we cannot know. So ours begin
        // in a new row. The driver still has that half line: Ctrl-R shows it again.
        let mut text = if output.is_shared { "\n".to_string() } else { String::new() };
        for line in lines {
            text += &clean(&line.text);
            text.push('\n');
        }
        output.out.write_all(text.as_bytes())?;
        output.out.flush()
    }

    /// Says what the next line is for. A secret that is typed on a terminal is not shown.
    pub fn set_purpose(&self, purpose: Purpose) {
        let mut output = lock(&self.output);
        // Lines that come from a program are nobody's secrets.
        output.is_secret = purpose == Purpose::Secret && stdin().is_terminal();
        if output.is_secret && output.mode.is_none() && is_in_foreground() {
            // If this fails the secret is seen. That is better than no way to type it.
            output.mode = ChangedMode::change(NO_ECHO, "").ok();
        }
    }

    /// Waits for the next line, or the end. Bytes that are not UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// If standard input cannot be read.
    pub fn read_typed(&self) -> io::Result<Typed> {
        loop {
            // In the background a read would stop this process.
            while stdin().is_terminal() && !is_in_foreground() {
                thread::sleep(FOREGROUND_INTERVAL);
            }
            let mut line = Vec::new();
            let mut input = stdin().lock();
            input.by_ref().take(MAX_TYPED_BYTES as u64).read_until(b'\n', &mut line)?;
            if line.len() == MAX_TYPED_BYTES && line.pop() != Some(b'\n') {
                input.skip_until(b'\n')?;
                let said =
                    format!("Line too long ({MAX_TYPED_BYTES} bytes at most), nothing was sent");
                self.print_all([ShownLine::new(Tone::Error, said)])?;
                continue;
            }
            if line.is_empty() {
                return Ok(Typed::End);
            }
            let line = String::from_utf8_lossy(&line);
            // The last line of a file may have no end.
            let line = line.strip_suffix('\n').unwrap_or(&line);
            return Ok(self.hand_out(line.strip_suffix('\r').unwrap_or(line).to_string()));
        }
    }

    /// Puts the terminal's mode back.
    pub fn close(&self) {
        lock(&self.output).mode = None;
    }

    fn hand_out(&self, line: String) -> Typed {
        let mut output = lock(&self.output);
        output.mode = None;
        match std::mem::take(&mut output.is_secret) {
            true => Typed::Secret(line),
            false => Typed::Line(line),
        }
    }
}
