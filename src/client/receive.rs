//! One connection's receiving: it follows what the server says, line by line.
//!
//! In come lines and the bytes of files. `view` shows the lines, and `intake` takes the bytes. The
//! receiving thread runs this until the connection ends, and looks at the clock four times a
//! second: a `$ping` every 15 s, a server that is silent for too long. What may fail is the
//! connection; the [`Ending`] says how.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use log::{info, warn};

use super::ending::Ending;
use super::intake::Intake;
use super::shared::Client;
use super::upload::{give_up_waiting, go_on};
use super::view::View;
use crate::line::{Chunk, LineReader};
use crate::outbox::{Cut, Outbox};
use crate::platform::{TimedReader, is_timeout};
use crate::protocol::{Malformed, Reply, SenderLine};
use crate::text::clean;

/// How often the clock is looked at.
const TICK: Duration = Duration::from_millis(250);

/// How often the server hears from this client at least.
const PING_INTERVAL: Duration = Duration::from_secs(15);

/// After this long without a byte from the server, the connection is lost.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);

/// The receiving of one connection.
pub struct Receiver<'a> {
    client: &'a Arc<Client>,
    outbox: Arc<Outbox>,
    reader: LineReader<TimedReader>,
    intake: Intake<'a>,
    view: View<'a>,
    ticked_at: Instant,
    pinged_at: Instant,
    /// When the last byte came.
    heard_at: Instant,
}

impl<'a> Receiver<'a> {
    /// Receives from `reader`, which may hold what came with the greeting. `is_back`: another
    /// connection was lost before.
    pub fn new(client: &'a Arc<Client>, reader: LineReader<TimedReader>, is_back: bool) -> Self {
        let now = Instant::now();
        let outbox = client.dialogue.outbox();
        Receiver {
            client,
            intake: Intake::new(client, Arc::clone(&outbox)),
            outbox,
            reader,
            view: View::new(client, is_back),
            ticked_at: now,
            pinged_at: now,
            heard_at: now,
        }
    }

    /// Receives until the connection ends. Blocks.
    pub fn run(&mut self) -> Ending {
        if self.outbox.stream().set_read_timeout(Some(TICK)).is_err() {
            return Ending::Lost;
        }
        let Err(ending) = self.receive_all();
        match ending {
            Ending::TurnedAway => self.view.show_all(),
            _ => self.view.show(),
        }
        ending
    }

    /// Names the files that were coming, or had not begun, when the connection ended.
    pub fn give_up(&mut self) {
        self.intake.end();
    }

    fn receive_all(&mut self) -> Result<Infallible, Ending> {
        loop {
            while self.handle_next()? {}
            self.view.show();
            self.read_more()?;
        }
    }

    /// Handles the next line or bytes that have come. `false`: there is nothing more.
    fn handle_next(&mut self) -> Result<bool, Ending> {
        let line = match self.reader.next_chunk() {
            Ok(Some(Chunk::Line(line))) => line,
            Ok(Some(Chunk::Bytes(bytes))) => {
                self.intake.store(bytes);
                return Ok(true);
            }
            Ok(None) => return Ok(false),
            Err(_too_long) => return Err(Ending::NotUnderstood),
        };
        info!("received: {}", clean(&line));
        match Reply::parse(&line) {
            Ok(reply) => self.obey(reply)?,
            Err(Malformed::Data) => return Err(Ending::NotUnderstood),
            Err(Malformed::Offer) => self.intake.refuse_malformed(),
            Err(Malformed::Unknown) => warn!("the server's control line is unknown"),
        }
        Ok(true)
    }

    fn obey(&mut self, reply: Reply) -> Result<(), Ending> {
        match reply {
            Reply::Text(text) => {
                self.intake.hear(&text);
                self.view.hear(text)?;
            }
            Reply::At(place) => self.view.arrive(place),
            Reply::Ask(question) => self.client.dialogue.announce(question),
            Reply::Pong => {
                // What a refused `!` is answered with comes before what follows from it.
                self.view.show();
                if self.client.dialogue.hear_pong() {
                    give_up_waiting(self.client, "the server takes no file now");
                }
                // Perhaps a `!` of the person was refused, and a file was acknowledged meanwhile.
                go_on(self.client);
            }
            Reply::Bye if self.view.is_in() => return Err(Ending::Bye),
            Reply::Bye => return Err(Ending::TurnedAway),
            Reply::Sender(line) => {
                if let SenderLine::Data(count) = line {
                    self.reader.expect_run(count);
                }
                self.intake.follow(line);
            }
            Reply::Receiver(line) => {
                if self.outbox.answer(line).is_err() {
                    warn!("the server's line about a file is out of place");
                }
            }
            _ => warn!("the server's control line is out of place"),
        }
        Ok(())
    }

    fn read_more(&mut self) -> Result<(), Ending> {
        let read = self.reader.fill();
        let now = Instant::now();
        let silence = now - self.heard_at;
        match read {
            Ok(1..) => {
                self.heard_at = now;
                self.view.end_silence(silence);
            }
            Err(error) if is_timeout(&error) && silence < SILENCE_TIMEOUT => {}
            // If the writing thread cuts it, we read an end, too. It knows why.
            Ok(0) if matches!(self.outbox.was_cut(), None | Some(Cut::Ended)) => {
                return Err(Ending::Closed);
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                return Err(Ending::Closed);
            }
            _ => return Err(Ending::Lost),
        }
        if now - self.ticked_at >= TICK {
            self.ticked_at = now;
            self.tick(now);
        }
        Ok(())
    }

    fn tick(&mut self, now: Instant) {
        if now - self.pinged_at >= PING_INTERVAL {
            self.pinged_at = now;
            self.client.dialogue.ping();
        }
        self.intake.tick(now);
        self.view.show_status(now - self.heard_at, now);
    }
}
