//! Where the dialogue with the server stands: what the receiving thread has learnt, and the keyboard's thread must know.
//!
//! The server keeps the states; the client only needs to know whether it is in a room, and whether the next line that is typed
//! is a file's name. It learns both from lines that only the server can have written: what people say begins with a space.
//!
//! One mutex guards it; nothing else is locked, and nothing blocks, under it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Outside a room a `!` has no answer of its own: it is taken as answered once the server has been silent for so long. Nor does a
/// person wait longer.
const SILENCE: Duration = Duration::from_secs(3);

/// Where the dialogue stands.
pub struct Dialogue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    in_room: bool,
    awaits_file: bool,
    uploading: bool,
    /// The last `!` that was sent is still to be answered.
    asked: bool,
    /// When the server last said something.
    heard: Instant,
}

/// Where a line that is typed goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a room: what is typed comes back as an echo.
    Room,
    /// Anywhere else.
    Elsewhere,
}

/// Who types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typist {
    /// Somebody at a terminal.
    Person,
    /// Standard input is something else.
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
    /// Learns from a line of the server. Returns the place, if that line has changed it.
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

    /// The server awaits a file's name.
    pub fn hear_send(&self) {
        let mut state = self.lock();
        state.awaits_file = true;
        state.asked = false;
        self.changed.notify_all();
    }

    /// Whether the line that was typed now is a file's name. If so, the next is none.
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

    /// Blocks until the `!` is answered, so that the next line is taken for what it is. A script waits for as long as it takes; a
    /// person must be able to leave a server that is silent, and if the answer comes late, the server itself keeps the next line
    /// from the room.
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

    /// A file's upload begins or ends.
    pub fn set_uploading(&self, uploading: bool) {
        self.lock().uploading = uploading;
        self.changed.notify_all();
    }

    /// Whether a file is being uploaded, its acknowledgement included.
    pub fn is_uploading(&self) -> bool {
        self.lock().uploading
    }

    /// Blocks while a file is being uploaded.
    pub fn wait_for_upload(&self) {
        let state = self.lock();
        drop(self.changed.wait_while(state, |state| state.uploading));
    }

    /// Flags are set in single steps, so a panic elsewhere leaves them whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
