//! A stage: one server under test, the people connected to it, and the account of what they said
//! and heard.
//!
//! People are numbered in the order of their connections and dealt out to the rooms like cards
//! (see `ledger.rs`). The first of each room creates it, and the first few of each are those who
//! speak. The workloads differ only in who says what when; sending, checking each delivery,
//! answering pings, and noticing that nothing comes any more, is here. How people get in is in
//! `admission.rs`.

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::dialect::{Dialect, Echo};
use crate::framing::Frame;
use crate::ledger::{Ledger, Message};
use crate::load::Load;
use crate::subject::{Kind, Subject};

/// How long what is due may fail to come before a workload is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a member gets to hear.
pub enum Heard<'a> {
    /// A message to the room; the ledger has checked it.
    Message(Message),
    /// Any other line.
    Line(&'a [u8]),
    /// Bytes of a file.
    Data(&'a [u8]),
}

/// A server with its people.
pub struct Stage {
    pub kind: Kind,
    pub subject: Subject,
    pub load: Load,
    pub dialect: Dialect,
    pub rooms: usize,
    pub people: usize,
    ledger: Ledger,
    last_sign_of_life: Instant,
    last_ping: Instant,
}

impl Stage {
    /// An empty stage before a server, for `rooms` rooms of `room_size` people each.
    pub fn new(kind: Kind, subject: Subject, rooms: usize, room_size: usize) -> Outcome<Stage> {
        Stage::speaking(kind.dialect(), kind, subject, rooms, room_size)
    }

    /// An empty stage whose people speak `dialect`.
    pub fn speaking(
        dialect: Dialect,
        kind: Kind,
        subject: Subject,
        rooms: usize,
        room_size: usize,
    ) -> Outcome<Stage> {
        Ok(Stage {
            kind,
            subject,
            load: Load::new()?,
            dialect,
            rooms,
            people: rooms * room_size,
            ledger: Ledger::new(rooms, room_size, dialect.echo()),
            last_sign_of_life: Instant::now(),
            last_ping: Instant::now(),
        })
    }

    /// A server just started, and everybody in their rooms.
    pub fn full(kind: Kind, rooms: usize, room_size: usize) -> Outcome<Stage> {
        let mut stage = Stage::new(kind, Subject::start(kind)?, rooms, room_size)?;
        stage.admit()?;
        Ok(stage)
    }

    /// The name of a room, by its number.
    pub fn room_name(room: usize) -> String {
        format!("r{room:05}")
    }

    /// Lets `sender` say `count` messages, in one write, and returns the first of them.
    pub fn say(&mut self, sender: usize, count: usize) -> Outcome<Message> {
        if self.is_settled() {
            // Nothing was due till now, however long the others' turns took.
            self.last_sign_of_life = Instant::now();
        }
        let (before, after) = self.dialect.saying(&Stage::room_name(sender % self.rooms));
        let mut bytes = Vec::new();
        let mut first = None;
        for _ in 0..count {
            let message = self.ledger.send(sender);
            first.get_or_insert(message);
            bytes.extend_from_slice(before.as_bytes());
            message.write(&mut bytes);
            bytes.extend_from_slice(after.as_bytes());
        }
        self.load.send(sender, &bytes)?;
        first.ok_or_else(|| "nothing to say".into())
    }

    /// Sends anything else.
    pub fn send(&mut self, person: usize, bytes: &[u8]) -> Outcome<()> {
        self.load.send(person, bytes)
    }

    /// Whether all that `person` sent is in the kernel's hands.
    pub fn is_all_sent(&self, person: usize) -> bool {
        self.load.is_all_sent(person)
    }

    /// By whose receipt `sender` knows that its message has been through the server: its own, or
    /// the next member's where a server sends nobody their own messages.
    pub fn witness(&self, sender: usize) -> usize {
        match self.dialect.echo() {
            Echo::On => sender,
            Echo::Off => (sender + self.rooms) % self.people,
        }
    }

    pub fn deliveries(&self) -> u64 {
        self.ledger.deliveries()
    }

    /// Whether everyone has got everything that was said.
    pub fn is_settled(&self) -> bool {
        self.ledger.outstanding() == 0
    }

    /// Waits until everyone has everything, and checks that all of a room saw it in the same
    /// order.
    pub fn settle(&mut self) -> Outcome<()> {
        while !self.is_settled() {
            self.turn(PATIENCE, &mut |_, _| Ok(()))?;
        }
        if self.dialect.keeps_order() { self.ledger.check_order() } else { Ok(()) }
    }

    /// Sends what the server needs to hear of everybody now and then.
    pub fn show_life(&mut self) -> Outcome<()> {
        if let Some((line, interval)) = self.dialect.sign_of_life()
            && self.last_ping.elapsed() > interval
        {
            self.last_ping = Instant::now();
            for person in 0..self.load.count() {
                // Not in the middle of a block.
                if self.load.is_all_sent(person) {
                    self.load.send(person, line)?;
                }
            }
        }
        Ok(())
    }

    /// Serves the sockets that are ready, after waiting `timeout` at most, and hands on what came.
    ///
    /// # Errors
    /// A wrong delivery; a lost connection; something due that has not come for a long time.
    pub fn turn(
        &mut self,
        timeout: Duration,
        hear: &mut impl FnMut(usize, Heard<'_>) -> Outcome<()>,
    ) -> Outcome<()> {
        self.show_life()?;
        let Stage { load, dialect, ledger, .. } = self;
        let mut pongs = Vec::new();
        let mut is_alive = false;
        load.turn(timeout, &mut |person, frame| {
            let heard = match frame {
                Frame::Data(bytes) => Heard::Data(bytes),
                Frame::Line(line) => match (Message::find(line)?, dialect.pong(line)) {
                    (Some(message), _) => {
                        ledger.receive(person, message)?;
                        Heard::Message(message)
                    }
                    (None, Some(pong)) => {
                        pongs.push((person, pong));
                        return Ok(());
                    }
                    (None, None) => Heard::Line(line),
                },
            };
            is_alive = true;
            hear(person, heard)
        })?;
        for (person, pong) in pongs {
            self.load.send(person, &pong)?;
        }
        let now = Instant::now();
        if is_alive || self.is_settled() {
            self.last_sign_of_life = now;
        } else if now > self.last_sign_of_life + PATIENCE {
            return Err(format!(
                "nothing came for {PATIENCE:?}: {}",
                self.ledger.describe_missing()
            )
            .into());
        }
        Ok(())
    }
}
