//! The server's own terminal shows what happens, one line for each event.
//!
//! A terminal may be blocked (Ctrl-S) or gone, and no session may ever wait for it. So the
//! sessions put their lines into a bounded queue, and one thread takes them out and shows them.
//! When the queue is full, lines of sessions are lost. Passwords and what people say never come
//! here.

use std::fmt::Display;
use std::io;
use std::sync::mpsc::{self, SyncSender};
use std::thread;

/// The most names in a line of the terminal.
pub const MAX_NAMES: usize = 20;

/// The most lines that wait for the terminal.
const MAX_WAITING_LINES: usize = 1000;

/// The way to the terminal. Cloned freely.
#[derive(Clone, Debug)]
pub struct Console {
    lines: SyncSender<String>,
}

impl Console {
    /// Starts the thread that shows the lines, with `show`. It shows all that wait at once.
    ///
    /// # Errors
    /// If the thread cannot be started.
    pub fn start(mut show: impl FnMut(Vec<String>) + Send + 'static) -> io::Result<Console> {
        let (lines, queue) = mpsc::sync_channel::<String>(MAX_WAITING_LINES);
        thread::Builder::new().name("console".into()).spawn(move || {
            while let Ok(first) = queue.recv() {
                let more = queue.try_iter().take(MAX_WAITING_LINES);
                show([first].into_iter().chain(more).collect());
            }
        })?;
        Ok(Console { lines })
    }

    /// Shows a text of one line or more, or loses it.
    pub fn show(&self, text: impl Display) {
        for line in text.to_string().lines() {
            let _ = self.lines.try_send(line.to_string());
        }
    }

    /// Shows a text that somebody waits for at the terminal: none of its lines is lost. Blocks
    /// while the terminal does, so only the thread of the commands may call it.
    pub fn answer(&self, text: impl Display) {
        for line in text.to_string().lines() {
            let _ = self.lines.send(line.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_answer_no_line_is_lost_while_a_crowd_fills_the_queue() {
        let (shown, all_shown) = mpsc::channel();
        let console = Console::start(move |lines| {
            thread::yield_now();
            lines.into_iter().for_each(|line| shown.send(line).expect("the test listens"));
        });
        let console = console.unwrap();
        let crowd = console.clone();
        let noise = thread::spawn(move || (0..5000).for_each(|n| crowd.show(n)));
        let answer: Vec<String> = (0..3000).map(|n| format!("answer {n}")).collect();
        console.answer(answer.join("\n"));
        noise.join().unwrap();
        drop(console);
        let answers = all_shown.into_iter().filter(|line| line.starts_with("answer"));
        assert_eq!(answers.collect::<Vec<_>>(), answer);
    }
}
