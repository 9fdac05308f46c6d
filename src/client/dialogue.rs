//! What the client knows about where it is. The receiving thread learns it for the keyboard's.
//!
//! The server keeps the states. The client only has to know whether it is in a room, and whether
//! the next typed line is a file's name. It learns both from lines that only the server can have
//! written: what people say begins with a space.
//!
//! One mutex guards this. Nothing else is locked, and nothing blocks, under it. Nothing fails.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Outside a room a `!` has no answer of its own. When the server is silent this long, it counts
/// as answered. A person does not wait longer either.
const SILENCE: Duration = Duration::from_secs(3);

/// What the client knows about where it is.
pub struct Dialogue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    in_room: bool,
    awaits_file: bool,
    uploading: bool,
    /// The last `!` that was sent has no answer yet.
    asked: bool,
    /// When the server last said something.
    heard: Instant,
}

/// Where a typed line goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// To a room: it comes back as an echo.
    Room,
    /// To the server, as an answer.
    Elsewhere,
}

/// Who writes the lines on standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typist {
    /// A person at a terminal.
    Person,
    /// A pipe or a file.
    Script,
}

impl Default for Dialogue {
    fn default() -> Dialogue {
        let heard = Instant::now();
        let state =
            State { in_room: false, awaits_file: false, uploading: false, asked: false, heard };
        Dialogue { state: Mutex::new(state), changed: Condvar::new() }
    }
}

impl Dialogue {
    /// Learns from a line of the server. Returns the place, if the line has changed it.
    pub fn hear(&self, line: &str) -> Option<Place> {
        let mut state = self.lock();
        state.heard = Instant::now();
        if line.starts_with("One file at a time: ") {
            state.asked = false;
            self.changed.notify_all();
        }
        let in_room = match line {
            _ if line.starts_with("WELCOME TO ") && line.ends_with(" ROOM") => true,
            "WELCOME TO CHATROOM APP" => false,
            _ => return None,
        };
        state.in_room = in_room;
        state.awaits_file = false;
        self.changed.notify_all();
        Some(if in_room { Place::Room } else { Place::Elsewhere })
    }

    /// The server has asked for a file's name.
    pub fn hear_send(&self) {
        let mut state = self.lock();
        state.awaits_file = true;
        state.asked = false;
        self.changed.notify_all();
    }

    /// Tells whether the line that was typed now is a file's name. Then the next one is not.
    pub fn take_file_wait(&self) -> bool {
        std::mem::take(&mut self.lock().awaits_file)
    }

    /// Where we are.
    pub fn place(&self) -> Place {
        if self.lock().in_room { Place::Room } else { Place::Elsewhere }
    }

    /// A `!` is about to be sent.
    pub fn ask(&self) {
        self.lock().asked = true;
    }

    /// Blocks until the `!` is answered, so that the next line is not mistaken. A script waits for
    /// as long as it takes. A person must be able to leave a silent server. If the answer comes
    /// late, the server itself keeps the next line from the room.
    pub fn wait_for_answer(&self, who: Typist) {
        let since = Instant::now();
        let mut state = self.lock();
        while state.asked {
            let patient = state.in_room && who == Typist::Script;
            let last = if state.in_room { since } else { state.heard };
            if !patient && last.elapsed() >= SILENCE {
                break;
            }
            state = self
                .changed
                .wait_timeout(state, SILENCE)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        state.asked = false;
    }

    /// The upload of a file begins or ends.
    pub fn set_uploading(&self, uploading: bool) {
        self.lock().uploading = uploading;
        self.changed.notify_all();
    }

    /// Tells whether a file is being uploaded, up to its acknowledgement.
    pub fn is_uploading(&self) -> bool {
        self.lock().uploading
    }

    /// Blocks while a file is being uploaded.
    pub fn wait_for_upload(&self) {
        let state = self.lock();
        drop(self.changed.wait_while(state, |state| state.uploading));
    }

    /// Each change is a single step, so a panic elsewhere leaves this whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
