//! The receiving thread: socket → terminal. It shows what the server says, and takes files in.
//!
//! For a file it answers the sender's lines, so it posts to the outbox too. Posting never blocks,
//! and what comes in is always read.
//!
//! It does not trust the server more than a server trusts a client. File names are checked, lines
//! are cleaned before they are printed, size and digest are checked before a file gets its name.
//! What may fail is the connection; the [`Ending`] says how.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use log::{info, warn};

use super::dialogue::Place;
use super::progress::Meter;
use super::shared::{Client, Ending};
use super::tone::shown_line;
use crate::line::{Chunk, LineReader};
use crate::protocol::{Malformed, ReceiverLine, Reply, Request, SenderLine, clean};
use crate::size::ByteSize;
use crate::terminal::{Purpose, Tone};
use crate::transfer::{Event, Fault, Offers, Receiving, Refusal};

/// How often deadlines and the progress of a transfer are looked at.
const TICK: Duration = Duration::from_millis(250);

/// What belongs to the receiving thread.
pub struct Receiver<'a> {
    client: &'a Arc<Client>,
    reader: LineReader<TcpStream>,
    receiving: Receiving,
    /// Text that is not shown yet. All lines of one read are painted at once.
    unshown: Vec<String>,
    /// What the server said last.
    last_text: String,
    up: Meter,
    down: Meter,
    last_tick: Instant,
}

impl<'a> Receiver<'a> {
    /// Receives from `reader`, which may hold what came with the greeting.
    pub fn new(client: &'a Arc<Client>, reader: LineReader<TcpStream>) -> Receiver<'a> {
        Receiver {
            client,
            reader,
            receiving: Receiving::new(Arc::clone(&client.folder), Offers::Always),
            unshown: Vec::new(),
            last_text: String::new(),
            up: Meter::up(),
            down: Meter::down(),
            last_tick: Instant::now(),
        }
    }

    /// Receives until the connection ends. Blocks.
    pub fn run(&mut self) -> Ending {
        if self.client.outbox.stream().set_read_timeout(Some(TICK)).is_err() {
            return Ending::Lost;
        }
        let ending = loop {
            match self.take_next() {
                Ok(true) => {}
                Ok(false) => {
                    self.show();
                    if let Err(ending) = self.read_more() {
                        break ending;
                    }
                }
                Err(ending) => break ending,
            }
        };
        self.show();
        ending
    }

    /// Handles the next line or bytes that have come. `false`: there is nothing more.
    fn take_next(&mut self) -> Result<bool, Ending> {
        let line = match self.reader.next_chunk() {
            Ok(Some(Chunk::Line(line))) => line,
            Ok(Some(Chunk::Bytes(bytes))) => {
                if let Err(refusal) = self.receiving.store(bytes, Instant::now()) {
                    self.refuse(&refusal);
                }
                return Ok(true);
            }
            Ok(None) => return Ok(false),
            Err(too_long) => {
                warn!("the server's line was dropped: {too_long}");
                return Ok(true);
            }
        };
        info!("received: {}", clean(&line));
        match Reply::parse(&line) {
            Ok(Reply::Text(text)) => self.unshown.push(text),
            Ok(reply) => {
                // The line may change the screen: show what came before it first.
                self.show();
                self.obey(reply)?;
            }
            Err(Malformed::Data) => return Err(Ending::NotUnderstood),
            Err(Malformed::Offer) => {
                self.post(&ReceiverLine::refuse(&Refusal::Malformed.to_string()));
            }
            Err(Malformed::Unknown) => warn!("the server's control line is unknown"),
        }
        Ok(true)
    }

    fn obey(&mut self, reply: Reply) -> Result<(), Ending> {
        match reply {
            Reply::Text(_) | Reply::ChatRoom(_) => {}
            Reply::Hide => self.client.terminal.hide_next(),
            Reply::Clear => self.client.terminal.clear(),
            Reply::Ping => self.post(&Request::Pong),
            Reply::Bye => {
                if self.last_text == "Server is full" {
                    self.client
                        .print(Tone::Error, "Try again in a while, or ask who runs the server");
                }
                return Err(Ending::Bye);
            }
            Reply::Send => {
                let folder = Arc::clone(&self.client.folder);
                let files = move |_: &str| {
                    let files = folder.list().unwrap_or_default().into_iter();
                    (0, files.map(|file| (file.name.to_string(), file.size.to_string())).collect())
                };
                self.client.terminal.set_completions(Some(Box::new(files)));
                self.client.terminal.set_purpose(Purpose::Answer);
                self.client.dialogue.hear_send();
            }
            Reply::Sender(line) => self.follow(line),
            Reply::Receiver(line) => {
                if self.client.outbox.answer(line).is_err() {
                    warn!("the server's line about a file is out of place");
                }
            }
        }
        Ok(())
    }

    /// Shows the text that has come.
    fn show(&mut self) {
        let lines = std::mem::take(&mut self.unshown);
        if lines.is_empty() {
            return;
        }
        for line in &lines {
            // First learn, then show: a person who reads the room's name may type at once.
            match self.client.dialogue.hear(line) {
                Some(Place::Room) => self.client.terminal.set_purpose(Purpose::Message),
                Some(Place::Elsewhere) => {
                    self.client.terminal.set_completions(None);
                    self.client.terminal.set_purpose(Purpose::Answer);
                }
                None => {}
            }
        }
        self.client.print_all(lines.iter().map(|line| shown_line(line)));
        self.last_text = lines.into_iter().last().expect("there are some");
    }

    fn read_more(&mut self) -> Result<(), Ending> {
        let read = self.reader.fill();
        let now = Instant::now();
        if now - self.last_tick >= TICK {
            self.last_tick = now;
            self.tick(now);
        }
        match read {
            Ok(0) => Err(Ending::Lost),
            Ok(_) => Ok(()),
            Err(error)
                if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) =>
            {
                Ok(())
            }
            Err(_) => Err(Ending::Lost),
        }
    }

    fn tick(&mut self, now: Instant) {
        self.client.outbox.tick(now);
        if self.receiving.deadline().is_some_and(|deadline| now >= deadline) {
            let refusal = self.receiving.refuse(Refusal::Stalled);
            self.refuse(&refusal);
        }
        if self.client.terminal.is_interactive() {
            let up = self.up.read(self.client.outbox.progress(), now);
            let down = self.down.read(self.receiving.progress(), now);
            let both: Vec<_> = up.into_iter().chain(down).collect();
            self.client.terminal.set_progress((!both.is_empty()).then(|| both.join(" ")));
        }
    }

    // -- Files.

    fn follow(&mut self, line: SenderLine) {
        if let SenderLine::Data(count) = line {
            self.reader.expect_run(count);
        }
        let reason = match &line {
            SenderLine::Cancel(reason) if !reason.is_empty() => format!(": {reason}"),
            _ => String::new(),
        };
        match self.receiving.follow(line, Instant::now()) {
            Ok(Event::Nothing | Event::Cancelled(None)) => {}
            Ok(Event::Ready) => self.post(&ReceiverLine::Ready),
            Ok(Event::Stored(stored)) => {
                self.post(&ReceiverLine::Ack(stored.digest.clone()));
                let path = self.client.folder.path().join(stored.kept.name.as_str());
                let size = ByteSize(stored.size);
                let line = format!("Got File: {} ({size}, verified)", path.display());
                self.client.print(Tone::Notice, &line);
            }
            Ok(Event::Cancelled(Some(name))) => {
                let line = format!("{name} will not come, its sender gave up{reason}");
                self.client.print(Tone::Error, &line);
            }
            Err(Fault::OutOfPlace) => warn!("the server's line about a file is out of place"),
            Err(Fault::Refused(refusal)) => self.refuse(&refusal),
        }
    }

    fn refuse(&self, refusal: &Refusal) {
        self.post(&ReceiverLine::refuse(&refusal.to_string()));
        let why = refusal.for_owner();
        self.client.print(Tone::Error, &format!("A file was not taken: {why}"));
    }

    fn post(&self, line: &impl ToString) {
        let line = line.to_string();
        info!("sent: {} bytes", line.len());
        self.client.outbox.post(line);
    }
}
