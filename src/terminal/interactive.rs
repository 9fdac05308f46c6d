//! An interactive terminal: its two threads, and what all threads share.
//!
//! The thread `keyboard` reads the bytes of keys and keeps them. Any thread may change what is
//! shown. One thread waits for what is typed: it presses the keys that have come and paints what
//! they change. So keys are never lost while it is busy, and they have an effect when it waits.
//!
//! The thread `screen` looks after the terminal once a second: who owns it, its mode, its size,
//! and whether a hint is old. (A terminal tells a new size by a signal, SIGWINCH, and taking
//! signals needs `unsafe`. So two processes are started each second, which costs two thousandths
//! of it.) While another job owns the terminal, nothing is read and the mode is not touched. When
//! it is ours again, or somebody has changed the mode, we set the mode and paint the screen again.
//!
//! One mutex guards all of it. It is held during a write, so that two threads never write into
//! each other's lines; while the mode changes; and while the process is suspended. It is not held
//! while we wait for a key. Under it only the search for what Tab may write takes other locks.
//!
//! What may fail: writing, when the terminal is gone, and reading. If the mode cannot be set, it
//! is tried again a second later.

use std::io::{self, Read, Write, stdin};
use std::mem;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::colour;
use super::keys::Key;
use super::live::{Live, Typed};
use super::screen::LEAVE;
use super::tty::{self, ChangedMode, RAW};
use crate::lock::{ignore_poison, lock};
use crate::platform::open_stdout;

/// If no byte comes for this time after an ESC, it was the key Esc and not the beginning of
/// another.
const ESCAPE_PAUSE: Duration = Duration::from_millis(50);

/// How often the terminal is looked after.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// No more keys are read while so many wait.
const MAX_WAITING_KEYS: usize = 64 * 1024;

/// What the threads share.
pub struct Interactive {
    state: Mutex<InteractiveState>,
    /// Something was typed, a wait is over, or the terminal is closed.
    changed: Condvar,
}

/// What the mutex guards.
struct InteractiveState {
    /// What is shown and typed.
    live: Live,
    out: Box<dyn Write + Send>,
    /// Our mode, while the terminal is ours.
    mode: Option<ChangedMode>,
    /// Why no more keys come.
    end: Option<io::Result<()>>,
    is_closed: bool,
}

impl Interactive {
    /// Takes over the terminal on standard input and output, and starts the thread that reads it.
    /// In the background it waits with both until the terminal is ours. `None`: it cannot be done.
    pub fn open() -> Option<Arc<Interactive>> {
        let size = tty::size().unwrap_or_default();
        let mut state = InteractiveState {
            live: Live::new(size, colour::is_wanted()),
            out: open_stdout().ok()?,
            mode: None,
            end: None,
            is_closed: false,
        };
        state.enter();
        if state.mode.is_none() && tty::is_in_foreground() {
            return None;
        }
        let shared = Arc::new(Interactive { state: Mutex::new(state), changed: Condvar::new() });
        let start = |name: &str, run: fn(&Interactive)| {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name(name.into()).spawn(move || run(&shared))
        };
        let started = start("screen", Interactive::watch)
            .and_then(|_| start("keyboard", Interactive::read_keys));
        if started.is_err() {
            shared.close();
            return None;
        }
        Some(shared)
    }

    /// Changes what is shown or typed, and paints it.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn change<T>(&self, change: impl FnOnce(&mut Live) -> T) -> io::Result<T> {
        let mut state = lock(&self.state);
        let result = change(&mut state.live);
        self.changed.notify_all();
        state.show().map(|()| result)
    }

    /// Waits until the keys that have come mean something to the caller.
    ///
    /// # Errors
    /// If standard input cannot be read, or the terminal cannot be painted.
    pub fn read_typed(&self) -> io::Result<Typed> {
        let mut state = lock(&self.state);
        loop {
            if state.is_closed {
                return Ok(Typed::End);
            }
            let typed = state.live.press_all();
            state.show()?;
            // The keyboard's thread may wait until there is space for more keys.
            self.changed.notify_all();
            if let Some(typed) = typed {
                return Ok(typed);
            }
            if let Some(end) = &mut state.end {
                return mem::replace(end, Ok(())).map(|()| Typed::End);
            }
            let patience =
                if state.live.keys.is_in_doubt() { ESCAPE_PAUSE } else { Duration::MAX };
            let waited = self.changed.wait_timeout(state, patience);
            let (locked, timeout) = ignore_poison(waited);
            state = locked;
            if timeout.timed_out() {
                state.live.keys.pause();
            }
        }
    }

    /// Erases what is being typed and puts the mode back, if the terminal is ours.
    pub fn close(&self) {
        let mut state = lock(&self.state);
        state.is_closed = true;
        state.leave();
        self.changed.notify_all();
    }

    // -- The keyboard's thread.

    /// Reads keys until the terminal is closed or gone.
    fn read_keys(&self) {
        let mut bytes = [0; 4096];
        while self.wait_until_ours() {
            let since = Instant::now();
            let read = stdin().read(&mut bytes);
            let mut state = lock(&self.state);
            state.note_read(&bytes, read, since.elapsed());
            // Under the same lock: nobody else takes this key.
            let is_suspended = state.live.keys.remove(Key::Suspend);
            if is_suspended {
                // Waits until the process goes on.
                state.leave();
                tty::suspend();
            }
            let is_over = state.end.is_some();
            drop(state);
            self.changed.notify_all();
            if is_suspended {
                self.look_after_terminal();
            }
            if is_over {
                return;
            }
        }
    }

    /// Waits until the terminal is ours and there is space for more keys. `false`: it is closed.
    fn wait_until_ours(&self) -> bool {
        let must_wait = |state: &mut InteractiveState| {
            !state.is_closed && (state.mode.is_none() || state.live.keys.len() > MAX_WAITING_KEYS)
        };
        let state = self.changed.wait_while(lock(&self.state), must_wait);
        !ignore_poison(state).is_closed
    }

    // -- The screen's thread.

    /// Looks after the terminal until it is closed.
    fn watch(&self) {
        while !lock(&self.state).is_closed {
            self.look_after_terminal();
            thread::sleep(LOOK_INTERVAL);
        }
    }

    /// Finds out whether the terminal is ours, and whether it is as it should be.
    fn look_after_terminal(&self) {
        if !tty::is_in_foreground() {
            return;
        }
        let (Ok(mode), size) = (tty::mode(), tty::size()) else {
            return;
        };
        let mut state = lock(&self.state);
        if state.is_closed {
            return;
        }
        let is_ours = state.mode.as_ref().is_some_and(|ours| ours.is_set(&mode));
        if let Some(size) = size {
            state.live.screen.resize(size);
        }
        state.live.age_hint();
        let _ = state.show();
        if !is_ours {
            state.enter();
            self.changed.notify_all();
        }
    }
}

impl InteractiveState {
    /// Shows the line being typed as it is now.
    fn show(&mut self) -> io::Result<()> {
        self.live.show();
        self.flush()
    }

    /// Writes what the screen has gathered, all at once.
    fn flush(&mut self) -> io::Result<()> {
        let changes = self.live.screen.flush();
        if !changes.is_empty() {
            self.out.write_all(changes.as_bytes())?;
            self.out.flush()?;
        }
        Ok(())
    }

    /// Keeps what was read.
    fn note_read(&mut self, bytes: &[u8], read: io::Result<usize>, waited: Duration) {
        if waited > ESCAPE_PAUSE {
            self.live.keys.pause();
        }
        match read {
            Ok(0) => self.end = Some(Ok(())),
            Ok(count) => self.live.keys.push(&bytes[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // In the background the system could not stop us, so the read has failed.
            Err(_) if !tty::is_in_foreground() => self.leave(),
            Err(error) => self.end = Some(Err(error)),
        }
    }

    /// Sets our mode and paints the screen. If that cannot be done, the terminal is not ours.
    fn enter(&mut self) {
        self.mode = None;
        // To set it in the background would stop us. The caller may have looked a while ago.
        if !tty::is_in_foreground() {
            return;
        }
        if let Ok(mode) = ChangedMode::change(RAW, &LEAVE.replace('\x1b', "\\033")) {
            self.mode = Some(mode);
            self.live.screen.enter();
            let _ = self.flush();
        }
    }

    /// Erases the typing area and puts the mode back, if the terminal is ours.
    fn leave(&mut self) {
        if let Some(mode) = self.mode.take() {
            self.live.screen.leave();
            let _ = self.flush();
            drop(mode);
        }
    }
}
