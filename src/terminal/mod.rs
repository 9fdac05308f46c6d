//! What a person sees and types. Only this module prints, and only this module reads the keyboard.
//!
//! Any thread may show lines ([`Terminal::print`]). One thread reads what is typed
//! ([`Terminal::read_typed`], which blocks). There are two kinds of terminal, chosen once by
//! [`Terminal::open`]:
//!
//! - *Interactive*: standard input and output are both a terminal. We get every key at once, and
//!   edit the line ourselves. It stays whole at the bottom of the screen while other lines arrive.
//! - *Plain*: anything else (a pipe, a file, `TERM=dumb`, a system without `stty`). Lines in,
//!   lines out.
//!
//! The module knows nothing of a chat: the caller decides what kind of line it shows, what can be
//! completed, and which lines go into the history.
//!
//! The files are declared in reading order. For an interactive terminal: `keys` (bytes to keys),
//! `editor` (keys to a line; with `width` and `complete`), `area` (the line to rows), `screen`
//! (rows and lines to bytes; with `colour`), `live`, which connects these, and `interactive` with
//! the threads. What is to be written gathers in `screen`, and `interactive` alone writes it.
//! `plain` is the other kind. Only `tty`, `interactive` and `plain` do I/O; each of the last two
//! has its own lock, see there.
//!
//! What may fail: writing when standard output is gone, and reading. If a terminal cannot be set
//! up, it is used as a plain one. [`Terminal::close`] (and drop) puts the terminal's mode back; if
//! the process is killed, the watchdog in `tty` does.

use std::io::{self, IsTerminal, stdin, stdout};
use std::sync::Arc;

mod keys;
mod width;
mod editor;
mod complete;
mod tty;
mod colour;
mod area;
mod screen;
mod live;
mod interactive;
mod plain;

pub use self::colour::{ShownLine, Tone};
use self::interactive::Interactive;
use self::live::Live;
pub use self::live::{Check, Completions, Purpose, Typed};
use self::plain::Plain;

/// Standard input and output, shared by all threads.
pub struct Terminal {
    interactive: Option<Arc<Interactive>>,
    /// In use if there is no interactive one.
    plain: Plain,
}

impl Terminal {
    /// Takes over standard input and output, as an interactive terminal if that is possible.
    pub fn open() -> Terminal {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let can_be = stdin().is_terminal() && stdout().is_terminal() && !is_dumb;
        let interactive = if can_be { Interactive::open() } else { None };
        Terminal { interactive, plain: Plain::open() }
    }

    /// Tells whether a person is there, at a terminal that we can paint.
    pub fn is_interactive(&self) -> bool {
        self.interactive.is_some()
    }

    /// Tells whether a secret cannot be seen while it is typed. A terminal of a system without
    /// `stty` shows it.
    pub fn hides_secrets(&self) -> bool {
        self.is_interactive() || self.plain.hides_secrets()
    }

    // -- What is shown.

    /// Shows one line, above what is being typed. What a terminal would obey in it is removed.
    ///
    /// # Errors
    /// If standard output is gone (`BrokenPipe`, for a pipe).
    pub fn print(&self, tone: Tone, line: &str) -> io::Result<()> {
        self.print_all([ShownLine::new(tone, line)])
    }

    /// Shows several lines with one write. Plain: without marks, times and colours.
    ///
    /// # Errors
    /// As [`print`](Self::print).
    pub fn print_all(&self, lines: impl IntoIterator<Item = ShownLine>) -> io::Result<()> {
        match &self.interactive {
            Some(interactive) => interactive.change(|live| live.screen.print_all(lines)),
            None => self.plain.print_all(lines),
        }
    }

    /// Rings the bell once. Plain: nothing.
    pub fn ring(&self) {
        self.change(|live| live.screen.ring());
    }

    /// Begins a new screen. What is visible scrolls out; nothing is erased. Notices and errors
    /// that came after the person's last line move to the new screen. Plain: nothing.
    pub fn clear(&self) {
        self.change(|live| live.screen.clear());
    }

    /// Shows one line right above the line being typed, in place of the one before. Plain:
    /// nothing.
    pub fn set_status(&self, status: Option<String>) {
        self.change(|live| {
            // A hint is about what the status was.
            if status.is_none() && live.status.is_some() {
                live.end_hint();
            }
            live.status = status;
        });
    }

    /// Shows one line in place of the status, until the next key, for a few seconds at most.
    /// Plain: nothing.
    pub fn hint(&self, hint: &str) {
        self.change(|live| live.hint(hint.to_string()));
    }

    /// Shows some words before the prompt, or none any more. Plain: nothing.
    pub fn set_label(&self, label: Option<String>) {
        self.change(|live| live.label = label);
    }

    // -- What is typed.

    /// Waits until a line is complete, or a key is pressed that is for the caller. Lines that were
    /// typed or pasted ahead are returned one by one. Bytes that are not UTF-8 become U+FFFD.
    /// After [`close`](Self::close): the end.
    ///
    /// # Errors
    /// If standard input cannot be read, or the terminal cannot be painted.
    pub fn read_typed(&self) -> io::Result<Typed> {
        match &self.interactive {
            Some(interactive) => interactive.read_typed(),
            None => self.plain.read_typed(),
        }
    }

    /// Says what the next line is for, even if it is begun already, and those after it.
    pub fn set_purpose(&self, purpose: Purpose) {
        match &self.interactive {
            Some(_) => self.change(|live| live.set_purpose(purpose)),
            None => self.plain.set_purpose(purpose),
        }
    }

    /// While keys are held, none is used: what is typed ahead waits unseen. Only Ctrl-C is used,
    /// and drops what waits, and Ctrl-D, if nothing waits. So a line that was typed ahead is used
    /// and shown only when we know whether its question asks for a secret. Plain: nothing.
    pub fn hold(&self, is_held: bool) {
        self.change(|live| live.held = is_held);
    }

    /// Drops what was typed ahead of [`read_typed`](Self::read_typed), and the rest of a paste.
    /// Tells whether there was a text. Plain: nothing.
    pub fn drop_typed_ahead(&self) -> bool {
        self.change(Live::drop_typed_ahead)
    }

    /// Puts a line into the history. Nothing else does so: only the caller knows that a line is no
    /// secret. Plain: nothing.
    pub fn remember(&self, line: &str) {
        self.change(|live| live.editor.remember(line));
    }

    /// Empties the line being typed and returns what was in it, or nothing if it is a secret.
    /// Plain: nothing.
    pub fn empty_line(&self) -> String {
        self.change(Live::empty_line)
    }

    /// Asks `check` about every line before it is returned. A line that cannot be sent stays in
    /// the editor, with the reason as a hint. Plain: nothing.
    pub fn set_check(&self, check: Check) {
        self.change(|live| live.check = Some(check));
    }

    /// Lets Tab complete what `completions` finds; `None`: Tab does nothing. Plain: nothing.
    pub fn set_completions(&self, completions: Option<Completions>) {
        self.change(|live| live.completions = completions);
    }

    /// Erases what is being typed and puts the terminal's mode back. What is printed afterwards
    /// still appears. This is for leaving while another thread waits for a key; dropping does it
    /// too.
    pub fn close(&self) {
        match &self.interactive {
            Some(interactive) => interactive.close(),
            None => self.plain.close(),
        }
    }

    /// Changes what an interactive terminal shows. If that cannot be written, the next line that
    /// is printed says so. Plain: nothing.
    fn change<T: Default>(&self, change: impl FnOnce(&mut Live) -> T) -> T {
        match &self.interactive {
            Some(interactive) => interactive.change(change).unwrap_or_default(),
            None => T::default(),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.close();
    }
}
