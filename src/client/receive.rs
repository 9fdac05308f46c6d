//! One connection's receiving: socket → terminal. It follows what the server says, line by line.
//!
//! In come lines and the bytes of files; `intake` takes the bytes. Texts go to the terminal, all
//! of one read at once. What the server says before its first `$at` is for people on raw
//! connections and is not shown, unless `$bye` follows: then it says why we can't come in.
//!
//! The receiving thread runs this until the connection ends, and looks at the clock four times a
//! second: a `$ping` every 15 s, lines that have no answer, a server that is silent for too long.
//! The protocol carries no time, so after a long silence nobody knows when what comes next was
//! said, and the person is told so. What may fail is the connection; the [`Ending`] says how.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use log::{info, warn};

use super::dialogue::Hearing;
use super::intake::Intake;
use super::shared::{Client, Ending};
use super::talk::Heard;
use super::tone::{RECEIPT_MARK, dress};
use super::upload::{give_up_waiting, go_on};
use crate::line::{Chunk, LineReader};
use crate::outbox::Outbox;
use crate::platform::{TimedReader, is_timeout};
use crate::protocol::{Malformed, Place, Question, Reply, SenderLine};
use crate::terminal::{ShownLine, Tone};
use crate::text::clean;

/// How often the clock is looked at.
const TICK: Duration = Duration::from_millis(250);

/// How often the server hears from this client at least.
const PING_INTERVAL: Duration = Duration::from_secs(15);

/// After this long without a byte from the server, though it was sent a `$ping`, the person reads
/// so.
const LONG_SILENCE: Duration = Duration::from_secs(20);

/// After this long without a byte from the server, the connection is lost.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);

/// The most lines that are kept while they are not to be shown.
const MAX_KEPT_LINES: usize = 50;

/// The receiving of one connection.
pub struct Receiver<'a> {
    client: &'a Arc<Client>,
    outbox: Arc<Outbox>,
    reader: LineReader<TimedReader>,
    intake: Intake<'a>,
    /// Text that is not shown yet.
    unshown: Vec<ShownLine>,
    /// The server has shown a place.
    is_in: bool,
    /// That place is a room.
    is_in_room: bool,
    /// The status says that the server does not answer.
    shows_silence: bool,
    /// The person waits to hear that the connection is back.
    is_back: bool,
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
            unshown: Vec::new(),
            is_in: false,
            is_in_room: false,
            shows_silence: false,
            is_back,
            ticked_at: now,
            pinged_at: now,
            heard_at: now,
        }
    }

    /// Receives until the connection ends. Blocks.
    pub fn run(mut self) -> Ending {
        if self.outbox.stream().set_read_timeout(Some(TICK)).is_err() {
            return Ending::Lost;
        }
        let Err(ending) = self.receive_all();
        self.is_in |= ending == Ending::TurnedAway;
        self.show();
        self.intake.end();
        ending
    }

    fn receive_all(&mut self) -> Result<Infallible, Ending> {
        loop {
            while self.take_next()? {}
            self.show();
            self.read_more()?;
        }
    }

    /// Handles the next line or bytes that have come. `false`: there is nothing more.
    fn take_next(&mut self) -> Result<bool, Ending> {
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
            Reply::Text(text) => self.hear(text),
            Reply::At(place) => self.arrive(place),
            Reply::Ask(question) => self.client.dialogue.announce(question),
            Reply::Pong => {
                if self.client.dialogue.hear_pong() {
                    give_up_waiting(self.client, "the server takes no file now");
                }
                // Perhaps a `!` of the person was refused, and a file was acknowledged meanwhile.
                go_on(self.client);
            }
            Reply::Bye if self.is_in => return Err(Ending::Bye),
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

    /// Handles `$at`.
    fn arrive(&mut self, place: Place) {
        if self.is_in {
            self.show();
        }
        self.is_in = true;
        self.is_in_room = matches!(place, Place::Room(_));
        self.unshown.clear();
        give_up_waiting(self.client, "you left the room");
        // A person who comes back into the room keeps the same screen.
        if !self.client.dialogue.is_quiet() {
            self.client.terminal.clear();
        }
        self.client.dialogue.enter(place);
        if !self.client.dialogue.is_quiet() {
            let missing =
                self.is_in_room.then_some("What was said or sent meanwhile did not come here");
            self.say_back(["Connected again"].into_iter().chain(missing));
        }
    }

    fn say_back<'t>(&mut self, said: impl IntoIterator<Item = &'t str>) {
        if std::mem::take(&mut self.is_back) {
            self.client.terminal.set_status(None);
            said.into_iter().for_each(|line| self.client.print(Tone::Notice, line));
        }
    }

    /// Takes in a text.
    fn hear(&mut self, text: String) {
        if !self.is_in {
            return self.keep(text);
        }
        let client = self.client;
        match client.dialogue.hear(&text) {
            Hearing::Text(_) if client.dialogue.is_quiet() => self.keep(text),
            Hearing::Text(Heard::Text) if self.is_status(&text) => {}
            Hearing::Text(heard) => {
                if matches!(heard, Heard::Message { names_me: true, .. }) && client.config.rings {
                    client.terminal.ring();
                }
                self.unshown.push(dress(&text, &heard, client.clock));
            }
            Hearing::Answered(answer) => {
                let echo = answer.map(|answer| format!(">> {answer}"));
                let lines = [text].into_iter().chain(echo);
                self.unshown.extend(lines.map(|line| ShownLine::new(Tone::Text, line)));
            }
            Hearing::Prompt(Question::File) if go_on(client) => {}
            Hearing::Prompt(_) => {
                self.unshown.push(ShownLine::new(Tone::Text, text));
                self.say_back(["Connected again. Please go on by hand from here:"]);
                self.show();
                client.dialogue.open_question();
            }
        }
    }

    /// Keeps a text that is perhaps to be shown later.
    fn keep(&mut self, text: String) {
        if self.unshown.len() == MAX_KEPT_LINES {
            self.unshown.remove(0);
        }
        self.unshown.push(ShownLine::new(Tone::Text, text));
    }

    /// Shows a receipt as the status if it is not the last one of its file: others still have to
    /// answer. Such a receipt begins with the name of the file; the last one does not.
    fn is_status(&self, text: &str) -> bool {
        let Some(receipt) = text.strip_prefix(RECEIPT_MARK) else {
            return false;
        };
        let awaits =
            self.client.terminal.is_interactive() && self.client.uploads.is_named(receipt);
        self.client.terminal.set_status(awaits.then(|| receipt.to_string()));
        awaits
    }

    /// Shows the text that has come, unless the person is to see nothing now.
    fn show(&mut self) {
        let is_hidden = !self.is_in || self.client.dialogue.is_quiet();
        if !is_hidden && !self.unshown.is_empty() {
            self.client.print_all(std::mem::take(&mut self.unshown));
        }
    }

    fn read_more(&mut self) -> Result<(), Ending> {
        let read = self.reader.fill();
        let now = Instant::now();
        let silence = now - self.heard_at;
        match read {
            Ok(1..) => {
                self.heard_at = now;
                if silence >= LONG_SILENCE && self.is_in_room {
                    let said = "what comes now may have been said earlier";
                    let told = format!("Nothing came for {} s: {said}", silence.as_secs());
                    self.unshown.push(ShownLine::new(Tone::Notice, told));
                }
            }
            Err(error) if is_timeout(&error) && silence < SILENCE_TIMEOUT => {}
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
        if self.client.dialogue.is_by_person && !self.client.dialogue.is_quiet() {
            for message in self.client.dialogue.report_late(now) {
                self.client.print(Tone::Notice, &format!("Not delivered yet: {message}"));
            }
            self.show_silence(now);
        }
    }

    /// Shows as the status that the server does not answer, while that is so.
    fn show_silence(&mut self, now: Instant) {
        let silence = now - self.heard_at;
        let said = match self.client.dialogue.late_answer(now) {
            _ if silence >= LONG_SILENCE => {
                Some(format!("Nothing has come from the server for {} s", silence.as_secs()))
            }
            late => late.map(|answer| format!("Not answered yet: {answer}")),
        };
        let is_silent = said.is_some();
        if is_silent || self.shows_silence {
            self.client.terminal.set_status(said);
        }
        self.shows_silence = is_silent;
    }
}
