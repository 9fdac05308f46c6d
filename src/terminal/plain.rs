//! A plain terminal: lines in, lines out. Standard input or output is a pipe or a file, or a
//! terminal that cannot be painted.
//!
//! Any thread prints; one thread reads, and blocks. One mutex guards standard output, a second one
//! lets the reading thread use its buffer. Neither is needed while the other is held, except that
//! a line which is read puts the mode back. Lock order: `lines`, then `output`.
//!
//! What may fail: writing, when standard output is gone, and reading.

use std::io::{self, IsTerminal, Stdin, Write, stdin, stdout};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use super::colour::{ShownLine, Tone};
use super::editor::MAX_TYPED_BYTES;
use super::live::{Purpose, Typed};
use super::lock;
use super::tty::{ChangedMode, NO_ECHO, Report, is_in_foreground};
use crate::line::{Chunk, LineReader, TooLong};
use crate::platform::open_stdout;
use crate::text::clean;

/// How often a process in the background looks whether it may read.
const FOREGROUND_INTERVAL: Duration = Duration::from_secs(1);

/// Standard input and output as lines.
pub struct Plain {
    lines: Mutex<LineReader<Stdin>>,
    output: Mutex<PlainOutput>,
    hides_secrets: bool,
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
        let is_typed = stdin().is_terminal();
        let output = PlainOutput {
            out: open_stdout().unwrap_or_else(|_| Box::new(stdout())),
            is_shared: is_typed && stdout().is_terminal(),
            mode: None,
            is_secret: false,
        };
        Plain {
            lines: Mutex::new(LineReader::new(stdin(), MAX_TYPED_BYTES)),
            output: Mutex::new(output),
            hides_secrets: !is_typed || Report::ask().is_some(),
        }
    }

    /// Tells whether a secret cannot be seen while it is typed.
    pub fn hides_secrets(&self) -> bool {
        self.hides_secrets
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
        output.is_secret = purpose == Purpose::Secret;
        let is_seen = stdin().is_terminal() && output.mode.is_none();
        if output.is_secret && is_seen && is_in_foreground() {
            // If this fails the secret is seen. That is better than no way to type it.
            output.mode = ChangedMode::change(NO_ECHO, "").ok();
        }
    }

    /// Waits for the next line, or the end. Bytes that are not UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// If standard input cannot be read.
    pub fn read_typed(&self) -> io::Result<Typed> {
        let mut lines = lock(&self.lines);
        loop {
            match lines.next_line() {
                Ok(Some(line)) => return Ok(self.hand_out(line)),
                Ok(None) => {}
                Err(TooLong { .. }) => {
                    let said = format!(
                        "Line too long ({MAX_TYPED_BYTES} bytes at most), nothing was sent"
                    );
                    self.print_all([ShownLine::new(Tone::Error, said)])?;
                    continue;
                }
            }
            // In the background a read would stop this process.
            while stdin().is_terminal() && !is_in_foreground() {
                thread::sleep(FOREGROUND_INTERVAL);
            }
            if lines.fill()? == 0 {
                return Ok(rest(&mut lines).map_or(Typed::End, |rest| self.hand_out(rest)));
            }
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

/// Takes what comes after the last line end: the last line of a file may have none.
fn rest(lines: &mut LineReader<Stdin>) -> Option<String> {
    // The end of the input ends its last line too.
    lines.expect_run(usize::MAX);
    match lines.next_chunk() {
        Ok(Some(Chunk::Bytes(rest))) => Some(String::from_utf8_lossy(rest).into_owned()),
        _ => None,
    }
}
