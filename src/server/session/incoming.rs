//! What comes in: the next input for the state. Lines about files go to `files` on the way.
//!
//! A connection has no timer. While its thread waits for input, it blocks in a read, and the read
//! timeout is the time until the next deadline.
//!
//! While the thread waits for something else (a slow reader, a hash, the disk), it cannot hear the
//! peer. What the peer has sent meanwhile lies in the socket. So before the peer is called silent,
//! or late, the thread listens to it again.

use std::mem;
use std::thread;
use std::time::{Duration, Instant};

use super::{Ended, Input, SILENCE_TIMEOUT, Session, WELCOME};
use crate::line::{Chunk, TooLong};
use crate::outbox::Pressure;
use crate::platform::is_timeout;
use crate::protocol::{MAX_LINE_BYTES, Malformed, Place, Request, VERSION};
use crate::transfer::Refusal;

/// While much comes in, the deadlines are checked this often. And a thread that did not listen for
/// this long listens this long again, before it calls the peer silent.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// The longest read timeout: then a silent connection gives its memory back.
const SHRINK_INTERVAL: Duration = Duration::from_secs(60);

impl Session<'_> {
    /// Returns the next input. Blocks.
    ///
    /// # Errors
    /// [`Ended`], if the session is over.
    pub fn next_input(&mut self) -> Result<Input, Ended> {
        loop {
            match self.buffered_input()? {
                Some(input) => return Ok(input),
                None => self.read_more()?,
            }
        }
    }

    /// Returns the next input in what has come already. `None`: call
    /// [`read_more`](Self::read_more) first.
    ///
    /// # Errors
    /// As [`next_input`](Self::next_input).
    pub fn buffered_input(&mut self) -> Result<Option<Input>, Ended> {
        // Our own answers must not pile up for a peer that does not read them.
        while !self.outbox.is_full() {
            self.check_sent_away()?;
            let input = match self.reader.next_chunk() {
                Ok(None) => return Ok(None),
                Ok(Some(Chunk::Line(line))) => self.follow(&line)?,
                Ok(Some(Chunk::Bytes(bytes))) => {
                    // If all cores are busy, messages go before files.
                    thread::yield_now();
                    if let Err(refusal) = self.receiving.store(bytes, Instant::now()) {
                        self.refuse(refusal);
                    }
                    None
                }
                Err(too_long) => self.follow_too_long(too_long)?,
            };
            if input.is_some() {
                return Ok(input);
            }
        }
        Ok(None)
    }

    /// Checks whether the last lines of this person were posted. Then nothing more of them is
    /// handled, also not what has come already.
    ///
    /// # Errors
    /// [`Ended::SentAway`].
    pub fn check_sent_away(&self) -> Result<(), Ended> {
        if self.outbox.is_closing() { Err(Ended::SentAway) } else { Ok(()) }
    }

    /// Handles a line. Returns what the state must see of it.
    fn follow(&mut self, line: &str) -> Result<Option<Input>, Ended> {
        let is_first = mem::take(&mut self.is_first_line);
        match Request::parse(line) {
            Ok(Request::Hello(version)) if is_first => self.greet_program(version).map(Some),
            Ok(Request::Text(text)) if is_first && is_http_request(&text) => Err(Ended::Browser),
            Ok(Request::Text(text)) => {
                if let Some(person) = &self.person {
                    person.note_typed(self.clock.last_byte);
                }
                Ok(Some(Input::Text(text)))
            }
            Ok(Request::Ping) if self.is_program => Ok(Some(Input::Ping)),
            Ok(Request::Hello(_) | Request::Ping) => Ok(Some(self.out_of_place())),
            Ok(Request::Sender(line)) => Ok(self.follow_sender(line)),
            Ok(Request::Receiver(line)) => Ok(self.follow_receiver(line)),
            Err(Malformed::Data) => Err(Ended::Uncountable),
            Err(Malformed::Offer) if self.receiving.close_question() => {
                self.refuse(Refusal::Malformed);
                Ok(None)
            }
            Err(Malformed::Offer | Malformed::Unknown) => Ok(Some(self.unusable(
                "Unknown command, or wrong arguments; nothing was sent \
                 (to begin a text with $, write $$)",
            ))),
        }
    }

    /// A program does not show what came before its first `$at`, so the screen is sent again.
    fn greet_program(&mut self, version: u32) -> Result<Input, Ended> {
        if version != VERSION {
            return Err(Ended::OtherVersion(version));
        }
        self.is_program = true;
        Ok(Input::Unusable(self.screen(Place::SignIn, WELCOME)))
    }

    fn follow_too_long(&mut self, line: TooLong) -> Result<Option<Input>, Ended> {
        let is_first = mem::take(&mut self.is_first_line);
        if is_first && begins_like_http(&line.beginning) {
            return Err(Ended::Browser);
        }
        if line.beginning.starts_with("$file ") && self.receiving.close_question() {
            self.refuse(Refusal::Malformed);
            return Ok(None);
        }
        let why = format_args!("Line too long ({MAX_LINE_BYTES} bytes at most), nothing was sent");
        Ok(Some(self.unusable(why)))
    }

    /// Waits for more to come in, until the next deadline. Checks the deadlines.
    ///
    /// # Errors
    /// As [`next_input`](Self::next_input).
    pub fn read_more(&mut self) -> Result<(), Ended> {
        if self.outbox.is_full() {
            self.outbox.wait_for_space();
            return self.after_a_wait();
        }
        let now = Instant::now();
        self.forgive_silence(now)?;
        // A peer that sends one byte from time to time must not delay the deadlines.
        if now >= self.clock.next_check {
            self.check_deadlines(now)?;
        }
        let read = self.reader.fill();
        let now = Instant::now();
        self.clock.last_read = now;
        match read {
            // The outbox is closing, so our own side ended the read, not the peer.
            Ok(0) if self.outbox.is_closing() => Err(Ended::SentAway),
            Ok(0) => Err(Ended::Lost),
            Ok(_) => {
                self.clock.last_byte = now;
                Ok(())
            }
            Err(error) if is_timeout(&error) => {
                self.reader.shrink();
                self.outbox.shrink();
                self.check_deadlines(now)
            }
            Err(error) => Err(Ended::Io(error)),
        }
    }

    /// Pauses if somebody in the room reads slowly. So a flood of lines becomes slower, and nobody
    /// is disconnected. Holds no lock.
    ///
    /// # Errors
    /// If the session has ended meanwhile.
    pub fn slow_down(&mut self, mut pressure: Pressure) -> Result<(), Ended> {
        while !pressure.wait(self.outbox) {
            self.after_a_wait()?;
        }
        Ok(())
    }

    /// Checks, after a wait for a slow reader, whether the session goes on.
    ///
    /// # Errors
    /// As [`next_input`](Self::next_input).
    pub fn after_a_wait(&mut self) -> Result<(), Ended> {
        self.check_sent_away()?;
        if self.outbox.was_cut().is_some() {
            return Err(Ended::Lost);
        }
        self.forgive_silence(Instant::now())
    }

    /// If this thread did not listen for a second or more, the peer's silence in that time does
    /// not count. First the thread listens for a second. Only then it checks whether the peer is
    /// late.
    fn forgive_silence(&mut self, now: Instant) -> Result<(), Ended> {
        if now < self.clock.last_read + CHECK_INTERVAL {
            return Ok(());
        }
        self.clock.last_byte = now;
        self.clock.next_check = now + CHECK_INTERVAL;
        self.check_own_deadlines(now)?;
        self.outbox.set_read_timeout(CHECK_INTERVAL).map_err(Ended::Io)
    }

    /// Checks the deadlines that pass whether this thread listens or not.
    fn check_own_deadlines(&mut self, now: Instant) -> Result<(), Ended> {
        if self.clock.sign_in.is_some_and(|deadline| now >= deadline) {
            return Err(Ended::NotSignedIn);
        }
        self.receipts.retain(|receipt| receipt.check_deadline(now));
        Ok(())
    }

    /// Does what is due, and sets the read timeout to what is due next.
    ///
    /// # Errors
    /// As [`next_input`](Self::next_input).
    fn check_deadlines(&mut self, now: Instant) -> Result<(), Ended> {
        self.clock.next_check = now + CHECK_INTERVAL;
        let silence = self.is_program.then(|| self.clock.last_byte + SILENCE_TIMEOUT);
        if silence.is_some_and(|deadline| now >= deadline) {
            return Err(Ended::Silent);
        }
        self.check_own_deadlines(now)?;
        if self.receiving.deadline().is_some_and(|deadline| now >= deadline) {
            self.refuse_upload(Refusal::Stalled);
        }
        let receipt = self.receipts.iter().map(|receipt| receipt.deadline).min();
        let file = self.outbox.tick(now);
        let due = [silence, self.clock.sign_in, self.receiving.deadline(), receipt, file];
        let next = due.into_iter().flatten().fold(now + SHRINK_INTERVAL, Instant::min);
        let timeout = read_timeout(next.saturating_duration_since(now));
        self.outbox.set_read_timeout(timeout).map_err(Ended::Io)
    }
}

/// The read timeout for a deadline that is this far away. The kernel may end a long timeout up to
/// an eighth too late. So we shorten a long one, and wait for the rest with a second one.
fn read_timeout(left: Duration) -> Duration {
    if left > Duration::from_secs(10) { left * 7 / 8 } else { left }
}

/// Whether a line is the first of an HTTP request: it ends in ` HTTP/` and a version.
fn is_http_request(line: &str) -> bool {
    line.rsplit_once(" HTTP/").is_some_and(|(_, version)| {
        !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    })
}

/// Whether a line that is too long begins like an HTTP request: `GET /`, `POST http://…`.
fn begins_like_http(beginning: &str) -> bool {
    beginning.split_once(' ').is_some_and(|(method, target)| {
        !method.is_empty()
            && method.bytes().all(|byte| byte.is_ascii_uppercase())
            && (target.starts_with('/') || target.starts_with("http"))
    })
}
