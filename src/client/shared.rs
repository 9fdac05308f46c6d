//! What the client's threads share, and the one way in which the program ends.
//!
//! Each part of [`Client`] that changes has a lock of its own, private to its module. This file
//! adds the log's, which is only taken at the end. Any thread may be the first to end the program:
//! the receiving one when the connection ends, and each one when nobody reads the output. The
//! others may be waiting for a key or for the server, and std can't wake them. So the thread that
//! comes first ends the process, in [`Client::exit`]. When the person leaves, the keyboard's
//! thread closes the connection, and the receiving one says what was lost with it.
//!
//! Only printing can fail here. It ends the program quietly, because nobody would read why.

use std::panic::{self, AssertUnwindSafe};
use std::process::{self, Child};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use super::autopilot::Autopilot;
use super::config::Config;
use super::dialogue::Dialogue;
use super::ending::Ending;
use super::identity::Identity;
use super::uploads::Uploads;
use crate::clock::WallClock;
use crate::folder::Folder;
use crate::lock::lock;
use crate::logfile::Log;
use crate::outbox::{Couriers, Cut, Outbox};
use crate::terminal::{ShownLine, Terminal, Tone};

/// How long the client waits at its end for each of these: the last answers, the last lines to
/// leave, and what the person must know.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long it then waits for the server to close.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

/// What the client's threads share.
pub struct Client {
    /// How the client was started.
    pub config: Config,
    /// What the person sees and types.
    pub terminal: Arc<Terminal>,
    /// Where files are sent from, and received into.
    pub folder: Arc<Folder>,
    /// Who writes to the socket: the sending thread, and no other.
    pub couriers: Arc<Couriers>,
    /// What is typed and asked.
    pub dialogue: Dialogue,
    /// Tells the time in front of what is said, if it is to be shown.
    pub clock: Option<WallClock>,
    /// The files that are to be sent, or have no last receipt.
    pub uploads: Uploads,
    /// Removes a half-received file when this process has ended. Started with the first file.
    pub tidy: OnceLock<Option<Child>>,
    /// Written out and closed at the end.
    log: Mutex<Option<Log>>,
    /// The person leaves.
    is_leaving: AtomicBool,
    /// A thread is ending the program.
    is_ending: AtomicBool,
}

impl Client {
    /// Takes together what the threads will share.
    pub fn new(
        config: Config,
        couriers: Arc<Couriers>,
        outbox: Arc<Outbox>,
        folder: Folder,
        log: Log,
    ) -> Client {
        let (terminal, folder) = (Arc::new(Terminal::open()), Arc::new(folder));
        let (name, room) = (config.user.clone(), config.room.clone());
        let is_known = name.is_some() || room.is_some();
        let known = Identity { name, room, ..Identity::default() };
        let autopilot = is_known.then(|| Autopilot::from_options(known));
        Client {
            clock: (config.shows_time && terminal.is_interactive()).then(WallClock::local),
            config,
            couriers,
            dialogue: Dialogue::new(outbox, Arc::clone(&terminal), Arc::clone(&folder), autopilot),
            terminal,
            folder,
            uploads: Uploads::default(),
            tidy: OnceLock::new(),
            log: Mutex::new(Some(log)),
            is_leaving: AtomicBool::new(false),
            is_ending: AtomicBool::new(false),
        }
    }

    /// Shows a line.
    pub fn print(&self, tone: Tone, line: &str) {
        self.print_all([ShownLine::new(tone, line)]);
    }

    /// Shows lines. If nobody reads them any more, the program ends quietly.
    pub fn print_all(&self, lines: impl IntoIterator<Item = ShownLine>) {
        if self.terminal.print_all(lines).is_err() {
            self.exit(0);
        }
    }

    /// Ends the program because the connection has ended.
    pub fn end(&self, ending: Ending) -> ! {
        self.begin_to_end();
        let said = match ending {
            Ending::Bye | Ending::Left => self.exit_now(0),
            Ending::TurnedAway => "The server has turned this client away, try again in a while",
            Ending::Closed | Ending::Lost | Ending::TooEarly => "Connection to server closed.",
            Ending::NotUnderstood => {
                "The server does not keep to the protocol, the connection is closed."
            }
        };
        // If this can't be written either, the exit code still says it.
        let _ = self.terminal.print(Tone::Error, said);
        self.exit_now(1)
    }

    /// Ends the program because the person leaves. What was typed is still sent.
    pub fn leave(&self) -> ! {
        if self.dialogue.is_connected() {
            self.is_leaving.store(true, Ordering::Relaxed);
            self.terminal.hint("Leaving…");
            // The last line may come back: then nothing need be said of it.
            self.dialogue.wait_for_answers(LEAVE_TIMEOUT);
            let outbox = self.dialogue.outbox();
            if outbox.progress().is_some_and(|file| file.moved == file.size) {
                // All of it has left, so it is perhaps stored in a moment.
                self.uploads.wait_for_current(LEAVE_TIMEOUT);
            }
            outbox.close(LEAVE_TIMEOUT);
            // The server closes too. Then the receiving thread reads the end of the stream, says
            // what is lost, and ends the program.
            thread::sleep(CLOSE_TIMEOUT);
            outbox.cut(Cut::Lost);
        }
        if !self.dialogue.wait_until_told(LEAVE_TIMEOUT) {
            // That thread waits for the disk.
            let lost = self.dialogue.lose(Ending::Left, false);
            lost.iter().for_each(|line| self.print(Tone::Error, line));
        }
        self.exit(0)
    }

    /// Whether the person leaves.
    pub fn is_leaving(&self) -> bool {
        self.is_leaving.load(Ordering::Relaxed)
    }

    /// Why nothing more is sent or received, for the person.
    pub fn why_over(&self) -> &'static str {
        if self.is_leaving() { "you are leaving" } else { "the connection has ended" }
    }

    /// Runs one of the threads. If it panics, the program ends. Without this the other threads
    /// would go on, with a terminal that shows nothing any more or takes no key.
    pub fn or_end<T>(&self, run: impl FnOnce() -> T) -> T {
        panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| self.exit(101))
    }

    /// Ends the process, with the terminal as it was found and the log written out.
    pub fn exit(&self, code: i32) -> ! {
        self.begin_to_end();
        self.exit_now(code)
    }

    /// Stops this thread for good if another one ends the program.
    pub fn stop_if_ending(&self) {
        while self.is_ending.load(Ordering::Relaxed) {
            thread::park();
        }
    }

    /// Lets the first thread pass and stops every other one: the process ends in a moment.
    fn begin_to_end(&self) {
        if self.is_ending.swap(true, Ordering::Relaxed) {
            loop {
                thread::park();
            }
        }
    }

    fn exit_now(&self, code: i32) -> ! {
        self.terminal.close();
        drop(lock(&self.log).take());
        process::exit(code)
    }
}
