//! Files on their way in, and how far both directions are. The receiving thread runs this.
//!
//! In come the sender's lines and bytes; out go `$ready`, `$ack` or `$refuse`, and a word to the
//! person. It does not trust the server: names, sizes and digests are checked before a file gets
//! its name, and what is under a final name is never touched. It may wait for the disk.

use std::sync::Arc;
use std::time::Instant;

use log::{info, warn};

use super::announced::Announced;
use super::progress::Meter;
use super::shared::Client;
use super::tidy;
use crate::name::FileName;
use crate::outbox::Outbox;
use crate::protocol::{ReceiverLine, SenderLine};
use crate::size::ByteSize;
use crate::terminal::Tone;
use crate::transfer::{Event, Receiving, Refusal};

/// The files of one connection that come in.
pub struct Intake<'a> {
    client: &'a Arc<Client>,
    outbox: Arc<Outbox>,
    receiving: Receiving,
    announced: Announced,
    up: Meter,
    down: Meter,
}

impl<'a> Intake<'a> {
    /// Begins without a file.
    pub fn new(client: &'a Arc<Client>, outbox: Arc<Outbox>) -> Intake<'a> {
        let receiving = Receiving::new(Arc::clone(&client.folder));
        Intake {
            client,
            outbox,
            receiving,
            announced: Announced::default(),
            up: Meter::new('↑', " on its way:"),
            down: Meter::new('↓', ""),
        }
    }

    /// Notes a text that may announce a file. A script is told nothing of what does not come.
    pub fn hear(&mut self, text: &str) {
        if self.client.dialogue.is_by_person {
            self.announced.hear(text, Instant::now());
        }
    }

    /// Handles a line of the sender.
    pub fn follow(&mut self, line: SenderLine) {
        let reason = match &line {
            SenderLine::Cancel(reason) if !reason.is_empty() => format!(": {reason}"),
            _ => String::new(),
        };
        let name = match &line {
            SenderLine::Offer { name, .. } => {
                self.announced.begin(name);
                FileName::parse(name).ok()
            }
            _ => self.receiving.name().cloned(),
        };
        // The server may offer a file at any time: a client asks no question for it.
        self.receiving.open_question();
        // This waits for the disk, up to 40 s, and a `$ping` waits too: it is this thread's. So on
        // a disk that needs more than 5 s the client may be silent for longer than the 20 s that
        // the protocol allows. A thread for the `$ping` alone would be too much: the last one was
        // sent at most 15 s earlier, and the server waits for 60 s.
        match self.receiving.follow(line, Instant::now()) {
            Ok(Event::Nothing | Event::Cancelled(None)) => {}
            Ok(Event::Ready) => {
                self.client.tidy.get_or_init(|| tidy::start(self.client.folder.path()));
                self.post(&ReceiverLine::Ready);
            }
            Ok(Event::Stored(stored)) => {
                self.post(&ReceiverLine::Ack(stored.digest.clone()));
                let path = self.client.folder.path().join(stored.kept.name.as_str());
                let size = ByteSize(stored.size);
                let line = format!("Got File: {} ({size}, verified)", path.display());
                self.end_file(Tone::Notice, &line);
            }
            Ok(Event::Cancelled(Some(name))) => {
                let line = format!("{name} will not come, its sender gave up{reason}");
                self.end_file(Tone::Error, &line);
            }
            Ok(Event::OutOfPlace) => warn!("the server's line about a file is out of place"),
            Err(refusal) => self.refuse(name, &refusal),
        }
    }

    /// Takes some of the bytes of a file.
    pub fn store(&mut self, bytes: &[u8]) {
        let name = self.receiving.name().cloned();
        if let Err(refusal) = self.receiving.store(bytes, Instant::now()) {
            self.refuse(name, &refusal);
        }
    }

    /// Gives up a file that has stalled, names those that do not come, and shows how far the
    /// others are.
    pub fn tick(&mut self, now: Instant) {
        self.outbox.tick(now);
        if self.receiving.deadline().is_some_and(|deadline| now >= deadline)
            && let Some(name) = self.receiving.give_up()
        {
            self.refuse(Some(name), &Refusal::Stalled);
        }
        for name in self.announced.missing(self.receiving.name().is_some(), now) {
            let line = format!("{name} was sent, and nothing of it has come here");
            self.client.print(Tone::Error, &line);
        }
        if self.client.terminal.is_interactive() {
            let up = self.up.read(self.outbox.progress(), now);
            let down = self.down.read(self.receiving.progress(), now);
            let both: Vec<_> = up.into_iter().chain(down).collect();
            self.client.terminal.set_label((!both.is_empty()).then(|| both.join(" ")));
        }
    }

    /// The connection has ended: names the file that was coming, and those that had not begun.
    pub fn end(&mut self) {
        self.client.terminal.set_label(None);
        let missing = self.announced.forget();
        for name in self.receiving.name().into_iter().chain(&missing) {
            let line = format!("{name} was not received: {}", self.client.why_over());
            self.client.print(Tone::Error, &line);
        }
    }

    /// Refuses an offer that can't be understood. The person has nothing to do with it.
    pub fn refuse_malformed(&self) {
        self.post(&ReceiverLine::refuse(&Refusal::Malformed.to_string()));
    }

    /// Refuses a file, and says so. `None`: its name is not allowed.
    fn refuse(&self, name: Option<FileName>, refusal: &Refusal) {
        self.post(&ReceiverLine::refuse(&refusal.to_string()));
        let name = name.map_or("A file".to_string(), |name| name.to_string());
        let why = refusal.for_owner();
        self.end_file(Tone::Error, &format!("{name} was not taken: {why}"));
    }

    /// Says how a file ended, and shows no longer how far it is. If another one is on its way, the
    /// next look at the clock shows that.
    fn end_file(&self, tone: Tone, line: &str) {
        self.client.terminal.set_label(None);
        self.client.print(tone, line);
    }

    fn post(&self, line: &ReceiverLine) {
        info!("sent: {line}");
        self.outbox.post(line);
    }
}
