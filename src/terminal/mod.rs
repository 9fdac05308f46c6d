//! What a person sees and types. Only this module prints, and only this module reads the keyboard.
//!
//! Any thread may show lines ([`Terminal::print`]). One thread reads what is typed
//! ([`Terminal::read_typed`], which blocks). There are two kinds of terminal, chosen once by
//! [`Terminal::open`]:
//!
//! - *Interactive*: standard input and output are both a terminal. We get every key at once, and
//!   edit the line ourselves. It stays whole at the bottom of the screen while other lines arrive.
//!   A thread of ours, `screen size`, notices when the screen changes its size.
//! - *Plain*: anything else (a pipe, a file, `TERM=dumb`). Lines in, lines out.
//!
//! The files below are declared in the order in which a key passes them: `source` and `keys`
//! (bytes to keys), `editor` (keys to a line; with `width` and `complete`), `area` (the line to
//! rows), `screen` (rows and lines to bytes; with `colour`), and `live`, which connects them. Only
//! `source` and `tty` do I/O.
//!
//! One mutex guards everything that is shown. It is held during a write, so that two threads never
//! write into each other's lines. It is not held while we wait for a key. A second mutex lets the
//! reading thread use its buffer. Lock order: `source`, then `state`.
//!
//! What may fail: writing when standard output is gone, and reading. If a terminal cannot be set
//! up, it is used as a plain one. [`Terminal::close`] (and drop) puts the terminal's mode back; if
//! the process is killed, the watchdog in `tty` does.

use std::convert::Infallible;
use std::io::{self, IsTerminal, Stdin, Write, stdin, stdout};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

mod source;
mod keys;
mod editor;
mod width;
mod complete;
mod area;
mod screen;
mod colour;
mod live;
mod tty;

use crate::line::{LineReader, TooLong};
use crate::platform::open_stdout;
use crate::protocol::MAX_LINE_BYTES;
use crate::text::clean;

pub use self::colour::{ShownLine, Tone};
use self::keys::Keys;
use self::live::Live;
pub use self::live::{Completions, Echo, Typed};
use self::source::Source;
use self::tty::{ChangedMode, NO_ECHO, RAW, ScreenSize, watch_size};

/// Standard input and output, shared by all threads.
pub struct Terminal {
    state: Arc<Mutex<TerminalState>>,
    /// Held by the keyboard's thread while it waits, so by no other.
    input: Mutex<Source>,
    interactive: bool,
    size_watcher: Option<JoinHandle<()>>,
}

/// What the mutex guards.
struct TerminalState {
    out: Box<dyn Write + Send>,
    /// What makes it interactive; `None` in plain mode, and once it is closed.
    live: Option<Live>,
    /// The terminal's mode, while it is not the one we found.
    mode: Option<ChangedMode>,
    /// In plain mode: the next line is a secret.
    secret: bool,
    /// Dropping it ends the thread that watches the screen's size.
    until_closed: Option<Sender<Infallible>>,
}

impl Terminal {
    /// Takes over standard input and output, as a terminal if they are one.
    pub fn open() -> Terminal {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let is_terminal = stdin().is_terminal() && stdout().is_terminal() && !is_dumb;
        let mode = if is_terminal { ChangedMode::change(RAW).ok() } else { None };
        let interactive = mode.is_some();

        let live = interactive.then(|| {
            Live::new(ScreenSize::ask().unwrap_or(ScreenSize::DEFAULT), colour::is_wanted())
        });
        let (until_closed, open) = channel();
        let mut state = TerminalState {
            out: output(),
            live,
            mode,
            secret: false,
            until_closed: Some(until_closed),
        };
        state.change(|live| live.screen().repaint());
        let state = Arc::new(Mutex::new(state));

        let (input, size_watcher) = if interactive {
            (Source::keys(), start_size_watcher(Arc::clone(&state), open))
        } else {
            (Source::lines(), None)
        };
        Terminal { state, input: Mutex::new(input), interactive, size_watcher }
    }

    /// Tells whether a person sits there, at a terminal that is ours to paint.
    pub fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// Shows one line, above what is being typed. What a terminal would obey in it is taken out.
    ///
    /// # Errors
    /// If standard output is gone (`BrokenPipe`, for a pipe).
    pub fn print(&self, tone: Tone, line: &str) -> io::Result<()> {
        self.print_all([ShownLine::new(tone, line)])
    }

    /// Shows several lines with one write: for when many come at once.
    ///
    /// # Errors
    /// As [`print`](Self::print).
    pub fn print_all<'a>(&self, lines: impl IntoIterator<Item = ShownLine<'a>>) -> io::Result<()> {
        let mut state = lock(&self.state);
        let out = match &mut state.live {
            Some(live) => live.screen().print_all(lines),
            None => lines.into_iter().map(|line| format!("{}\n", clean(line.text))).collect(),
        };
        state.write(&out)
    }

    /// Clears what is visible, but for the line being typed. Plain: nothing.
    pub fn clear(&self) {
        lock(&self.state).change(|live| live.screen().clear());
    }

    /// Makes the next line that is typed a secret, also if it is begun already.
    pub fn hide_next(&self) {
        let mut state = lock(&self.state);
        if self.interactive {
            state.change(Live::hide);
        } else {
            state.secret = true;
            if stdin().is_terminal() && state.mode.is_none() {
                // Without `stty` the password is seen, which is better than not being able to type
                // it.
                state.mode = ChangedMode::change(NO_ECHO).ok();
            }
        }
    }

    /// Says who shows the lines typed from now on. Plain: nothing, whoever sends the lines shows
    /// them or does not.
    pub fn set_echo(&self, echo: Echo) {
        if let Some(live) = &mut lock(&self.state).live {
            live.set_echo(echo);
        }
    }

    /// Shows how far a transfer is, before the prompt, or no longer shows it. Plain: nothing.
    pub fn set_progress(&self, progress: Option<String>) {
        lock(&self.state).change(|live| live.set_progress(progress));
    }

    /// Lets Tab complete what `completions` names; `None`: Tab does nothing. Plain: nothing.
    pub fn set_completions(&self, completions: Option<Completions>) {
        if let Some(live) = &mut lock(&self.state).live {
            live.set_completions(completions);
        }
    }

    /// Waits until a line is complete, or one of the keys is pressed that end things. Lines that
    /// were typed or pasted ahead are given one by one. Bytes that are not UTF-8 become U+FFFD.
    /// After [`close`](Self::close): the end.
    ///
    /// # Errors
    /// If standard input can't be read or the terminal not painted.
    pub fn read_typed(&self) -> io::Result<Typed> {
        let mut input = lock(&self.input);
        loop {
            let typed = match &mut *input {
                Source::Lines(lines) => self.take_line(lines)?,
                Source::Keys(keys) => lock(&self.state).press_all(keys)?,
            };
            if let Some(typed) = typed {
                return Ok(typed);
            }
            if !input.read_more()? {
                let rest = input.take_rest();
                return Ok(rest.map_or(Typed::End, |rest| lock(&self.state).finish_plain(rest)));
            }
        }
    }

    /// Erases what is being typed and puts the terminal's mode back. What is printed afterwards
    /// still appears. For leaving while another thread awaits a key; dropping does it too.
    pub fn close(&self) {
        let mut state = lock(&self.state);
        state.change(|live| live.screen().leave());
        state.live = None;
        state.mode = None;
        state.until_closed = None;
    }

    /// Takes the next line that was read in plain mode.
    fn take_line(&self, lines: &mut LineReader<Stdin>) -> io::Result<Option<Typed>> {
        loop {
            match lines.next_line() {
                Ok(line) => return Ok(line.map(|line| lock(&self.state).finish_plain(line))),
                Err(TooLong { .. }) => {
                    let said = format!(
                        "Line too long ({MAX_LINE_BYTES} bytes at most), nothing was sent"
                    );
                    self.print(Tone::Error, &said)?;
                }
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.close();
        if let Some(watcher) = self.size_watcher.take() {
            // It has nothing to say, not even by a panic.
            let _ = watcher.join();
        }
    }
}

impl TerminalState {
    /// Writes all of `out` at once.
    fn write(&mut self, out: &str) -> io::Result<()> {
        if !out.is_empty() {
            self.out.write_all(out.as_bytes())?;
            self.out.flush()?;
        }
        Ok(())
    }

    /// Changes what an interactive terminal shows. If that can't be written, the next line that is
    /// printed says so.
    fn change(&mut self, change: impl FnOnce(&mut Live) -> String) {
        if let Some(live) = &mut self.live {
            let out = change(live);
            let _ = self.write(&out);
        }
    }

    /// Presses the keys that have come, until one of them is for the caller.
    fn press_all(&mut self, keys: &mut Keys) -> io::Result<Option<Typed>> {
        let Some(live) = &mut self.live else {
            return Ok(Some(Typed::End));
        };
        let (out, typed) = live.press_all(keys);
        self.write(&out)?;
        Ok(typed)
    }

    /// Hands out a line that was read in plain mode.
    fn finish_plain(&mut self, line: String) -> Typed {
        drop(self.mode.take());
        if std::mem::take(&mut self.secret) { Typed::Secret(line) } else { Typed::Line(line) }
    }
}

/// Locks, also behind a thread that panicked: at worst something is painted wrong, and the
/// terminal's mode still has to be put back.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens standard output without the buffer that std puts before it, which would cut a change in
/// two at its last line end.
fn output() -> Box<dyn Write + Send> {
    open_stdout().unwrap_or_else(|_| Box::new(stdout()))
}

/// Starts the thread that notices when the terminal changes its size; it ends when `open`'s other
/// end is dropped. If it can't be started, the size stays as it was.
fn start_size_watcher(
    state: Arc<Mutex<TerminalState>>,
    open: Receiver<Infallible>,
) -> Option<JoinHandle<()>> {
    let tell = move |size| lock(&state).change(|live| live.screen().resize(size));
    let watch = move || watch_size(&open, tell);
    thread::Builder::new().name("screen size".to_string()).spawn(watch).ok()
}
