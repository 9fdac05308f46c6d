//! What a person sees and types: the one place of the client that prints, and the one that reads the keyboard.
//!
//! Lines to show come in from any thread ([`Terminal::print`]); lines that were typed come out to the keyboard's
//! thread ([`Terminal::read_typed`], which blocks). There are two ways to do so, chosen once, in [`Terminal::open`]:
//!
//! - *Interactive*, when standard input and output both are a terminal: its keys come raw, the line being typed is
//!   ours to edit, and stays whole at the bottom while others speak. Bytes → `keys` → `editor` → `screen` → bytes;
//!   `live` lets these play together. A thread of its own, `screen size`, notices when the terminal changes its size.
//! - *Plain* otherwise (a pipe, a file, `TERM=dumb`): lines in, lines out.
//!
//! One mutex guards all that is shown, and is held while it is written: two threads must not write into each
//! other's lines. It is never held while the keyboard is awaited. The second mutex only lets the keyboard's thread
//! read through a shared reference. Order: `input`, then `state`.
//!
//! What may fail: writing, when standard output is gone ([`Terminal::print`] says so), and reading. A terminal that
//! can't be set up is used plainly. Its mode is put back by [`Terminal::close`], which dropping calls, and by the
//! watchdog of `tty` when nothing of ours runs any more.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Stdin, Write, stdin, stdout};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

mod area;
mod colour;
mod complete;
mod editor;
mod keys;
mod live;
mod screen;
mod tty;
mod width;

use crate::line::{LineReader, TooLong};
use crate::protocol::{MAX_LINE_BYTES, clean};

pub use self::colour::Tone;
use self::editor::MAX_TYPED_BYTES;
use self::keys::Keys;
use self::live::Live;
pub use self::live::{Completions, Echo, Typed};
use self::tty::{ChangedMode, NO_ECHO, RAW, Size};

/// How often the terminal is asked for its size. It would tell by a signal (SIGWINCH), which std can't take.
const SIZE_INTERVAL: Duration = Duration::from_secs(1);

/// After this long without a byte, an ESC was a key and not the beginning of one.
const ESCAPE_PAUSE: Duration = Duration::from_millis(50);

/// Standard input and output, shared by all threads.
pub struct Terminal {
    state: Arc<Mutex<State>>,
    /// Held by the keyboard's thread while it waits, so by no other.
    input: Mutex<Input>,
    interactive: bool,
    size_watcher: Option<JoinHandle<()>>,
}

/// What was read and is not used yet.
enum Input {
    Lines(LineReader<Stdin>),
    Keys(Keys),
}

/// What the mutex guards.
struct State {
    out: Box<dyn Write + Send>,
    /// What makes it interactive; `None` in plain mode, and once it is closed.
    live: Option<Live>,
    /// The terminal's mode, while it is not the one we found.
    mode: Option<ChangedMode>,
    /// In plain mode: the next line is a secret.
    secret: bool,
}

impl Terminal {
    /// Takes over standard input and output, as a terminal if they are one.
    pub fn open() -> Terminal {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let is_terminal = stdin().is_terminal() && stdout().is_terminal() && !is_dumb;
        let mode = if is_terminal { ChangedMode::change(RAW).ok() } else { None };
        let interactive = mode.is_some();

        let live = interactive.then(|| Live::new(Size::ask().unwrap_or(Size::DEFAULT), !no_color()));
        let state = Arc::new(Mutex::new(State { out: output(), live, mode, secret: false }));
        let size_watcher = if interactive { watch_size(Arc::clone(&state)) } else { None };
        let input = if interactive {
            Input::Keys(Keys::default())
        } else {
            Input::Lines(LineReader::new(stdin(), MAX_TYPED_BYTES))
        };
        lock(&state).change(|live| live.screen().repaint());
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
        self.print_all([(tone, line)])
    }

    /// Shows several lines with one write: for when many come at once.
    ///
    /// # Errors
    /// As [`print`](Self::print).
    pub fn print_all<'a>(&self, lines: impl IntoIterator<Item = (Tone, &'a str)>) -> io::Result<()> {
        let mut state = lock(&self.state);
        let out = match &mut state.live {
            Some(live) => live.screen().print_all(lines),
            None => lines.into_iter().map(|(_, line)| format!("{}\n", clean(line))).collect(),
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
                // Without `stty` the password is seen, which is better than not being able to type it.
                state.mode = ChangedMode::change(NO_ECHO).ok();
            }
        }
    }

    /// Says who shows the lines typed from now on. Plain: nothing, whoever sends the lines shows them or does not.
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

    /// Waits until a line is complete, or one of the keys is pressed that end things. Lines that were typed or pasted
    /// ahead are given one by one. Bytes that are not UTF-8 become U+FFFD. After [`close`](Self::close): the end.
    ///
    /// # Errors
    /// If standard input can't be read or the terminal not painted.
    pub fn read_typed(&self) -> io::Result<Typed> {
        match &mut *lock(&self.input) {
            Input::Lines(lines) => self.read_line(lines),
            Input::Keys(keys) => self.read_keys(keys),
        }
    }

    /// Erases what is being typed and puts the terminal's mode back. What is printed afterwards still appears. For
    /// leaving while another thread awaits a key; dropping does it too.
    pub fn close(&self) {
        lock(&self.state).close();
        if let Some(watcher) = &self.size_watcher {
            watcher.thread().unpark();
        }
    }

    fn read_line(&self, lines: &mut LineReader<Stdin>) -> io::Result<Typed> {
        loop {
            match lines.take_line() {
                Ok(Some(line)) => return Ok(lock(&self.state).finish_plain(line)),
                Ok(None) if lines.fill()? > 0 => {}
                Ok(None) => {
                    // The last line of a file need not end like one.
                    let rest = String::from_utf8_lossy(lines.take_bytes(MAX_TYPED_BYTES)).into_owned();
                    let end = rest.is_empty();
                    let typed = lock(&self.state).finish_plain(rest);
                    return Ok(if end { Typed::End } else { typed });
                }
                Err(TooLong { .. }) => {
                    let said = format!("Line too long ({MAX_LINE_BYTES} bytes at most), nothing was sent");
                    self.print(Tone::Error, &said)?;
                }
            }
        }
    }

    fn read_keys(&self, keys: &mut Keys) -> io::Result<Typed> {
        let mut bytes = [0; 4096];
        loop {
            if let Some(typed) = lock(&self.state).press_all(keys)? {
                return Ok(typed);
            }
            let since = Instant::now();
            let count = match stdin().read(&mut bytes) {
                Ok(0) => return Ok(Typed::End),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if since.elapsed() > ESCAPE_PAUSE {
                keys.pause();
            }
            keys.push(&bytes[..count]);
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

impl State {
    /// Writes all of `out` at once.
    fn write(&mut self, out: &str) -> io::Result<()> {
        if !out.is_empty() {
            self.out.write_all(out.as_bytes())?;
            self.out.flush()?;
        }
        Ok(())
    }

    /// Changes what an interactive terminal shows. If that can't be written, the next line that is printed says so.
    fn change(&mut self, change: impl FnOnce(&mut Live) -> String) {
        if let Some(live) = &mut self.live {
            let out = change(live);
            let _ = self.write(&out);
        }
    }

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

    fn close(&mut self) {
        self.change(|live| live.screen().leave());
        self.live = None;
        self.mode = None;
    }
}

/// Locks, also behind a thread that panicked: at worst something is painted wrong, and the terminal's mode still has
/// to be put back.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens standard output without the buffer that std puts before it, which would cut a change in two at its last line
/// end.
fn output() -> Box<dyn Write + Send> {
    match stdout().as_fd().try_clone_to_owned() {
        Ok(descriptor) => Box::new(File::from(descriptor)),
        Err(_) => Box::new(stdout()),
    }
}

/// Tells whether the person wants no colours in any program (<https://no-color.org>).
fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Starts the thread that notices when the terminal changes its size. It ends when the terminal is closed. If it
/// can't be started, the size stays as it was.
fn watch_size(state: Arc<Mutex<State>>) -> Option<JoinHandle<()>> {
    let watch = move || {
        loop {
            thread::park_timeout(SIZE_INTERVAL);
            // Not asked under the lock: a process is started for it.
            let size = Size::ask();
            let mut state = lock(&state);
            if state.live.is_none() {
                return;
            }
            if let Some(size) = size {
                state.change(|live| live.screen().resize(size));
            }
        }
    };
    thread::Builder::new().name("screen size".to_string()).spawn(watch).ok()
}
