//! The server's own terminal: what happens, a line each.
//!
//! A terminal may be blocked (Ctrl-S) or gone, and no session may ever wait for it. So sessions hand their lines to a bounded
//! queue and go on, and one thread prints; what does not fit in the queue is lost. Never what people say, never a password.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

/// Most lines that wait for the terminal.
const MAX_WAITING_LINES: usize = 1000;

/// The way to the terminal. Cloned freely.
#[derive(Clone, Debug)]
pub struct Console {
    lines: SyncSender<String>,
}

impl Console {
    /// Starts the thread that prints, to the server's terminal or to nowhere in a test.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn start(terminal: impl Write + Send + 'static) -> io::Result<Console> {
        let (lines, queue) = mpsc::sync_channel(MAX_WAITING_LINES);
        thread::Builder::new().name("console".into()).spawn(move || print(&queue, terminal))?;
        Ok(Console { lines })
    }

    /// Shows a line, or loses it.
    pub fn show(&self, line: impl Display) {
        let _ = self.lines.try_send(line.to_string());
    }
}

fn print(queue: &Receiver<String>, mut terminal: impl Write) {
    while let Ok(mut lines) = queue.recv() {
        lines.push('\n');
        // What has gathered meanwhile goes out with it.
        for line in queue.try_iter().take(MAX_WAITING_LINES) {
            lines.push_str(&line);
            lines.push('\n');
        }
        // Gone for good or for now: there is nobody to tell.
        let _ = terminal.write_all(lines.as_bytes()).and_then(|()| terminal.flush());
    }
}
