//! What comes in: the next line that is meant for the state which the session is in, with everything dealt with on the way that
//! may come in any state, and the deadlines, all of them by this thread's read timeout.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use super::{Ended, Input, Session, Unusable};
use crate::line::Chunk;
use crate::protocol::{Malformed, Reply, Request};
use crate::transfer::Refusal;

/// How long a client may be silent before it is asked whether it is there.
pub(super) const PING_INTERVAL: Duration = Duration::from_secs(60);
/// How long a client that answers such questions may be silent.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(120);
/// How often deadlines are looked at while much comes in.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

impl Session<'_> {
    /// Gives the next input. Blocks.
    pub fn next_input(&mut self) -> Result<Input, Ended> {
        loop {
            match self.take_input()? {
                Some(input) => return Ok(input),
                None => self.read_more()?,
            }
        }
    }

    /// Gives the next input of what has already come; everything that may come in any state is dealt with on the way. `None`:
    /// [`read_more`](Self::read_more).
    pub fn take_input(&mut self) -> Result<Option<Input>, Ended> {
        // Our own answers must not pile up before a peer that does not read them.
        while !self.outbox.is_full() {
            let line = match self.reader.next_chunk() {
                Ok(Some(Chunk::Line(line))) => line,
                Ok(Some(Chunk::Bytes(bytes))) => {
                    // Where all cores are busy, files wait for what people say.
                    thread::yield_now();
                    if let Err(refusal) = self.receiving.store(bytes, Instant::now()) {
                        self.refuse(refusal);
                    }
                    continue;
                }
                Ok(None) => return Ok(None),
                Err(too_long) => return Ok(Some(self.unusable(Unusable::TooLong(too_long)))),
            };
            let input = match Request::parse(&line) {
                Ok(Request::Text(text)) => Some(Input::Text(text)),
                Ok(Request::Pong) => {
                    self.clock.answers_pings = true;
                    None
                }
                Ok(Request::Sender(line)) => self.follow_sender(line),
                Ok(Request::Receiver(line)) => self.follow_receiver(line),
                Err(Malformed::Data) => return Err(Ended::Uncountable),
                Err(Malformed::Offer) if self.receiving.close_question() => {
                    self.refuse(Refusal::Malformed);
                    None
                }
                Err(Malformed::Offer | Malformed::Unknown) => {
                    Some(self.unusable(Unusable::Unknown))
                }
            };
            if input.is_some() {
                return Ok(input);
            }
        }
        Ok(None)
    }

    /// Waits for more to come in. Looks at the deadlines meanwhile.
    pub fn read_more(&mut self) -> Result<(), Ended> {
        if self.outbox.is_full() {
            self.outbox.wait_for_room();
            return if self.outbox.was_cut().is_some() { Err(Ended::Lost) } else { Ok(()) };
        }
        loop {
            let read = self.reader.fill();
            let now = Instant::now();
            match read {
                Ok(0) => return Err(Ended::Lost),
                Ok(_) => {
                    self.clock.heard = now;
                    // A byte now and then is no reason to wait longer for what is due.
                    if now - self.clock.looked >= LOOK_INTERVAL {
                        self.look_at_deadlines(now)?;
                    }
                    return Ok(());
                }
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                    ) =>
                {
                    self.reader.shrink();
                    self.outbox.shrink();
                    self.look_at_deadlines(now)?;
                }
                Err(error) => return Err(Ended::Io(error)),
            }
        }
    }

    /// Does what is due, and sets the read timeout to what is due next. That is never more than
    /// 60 s away, and nothing that begins meanwhile is due sooner, so nothing is missed.
    pub fn look_at_deadlines(&mut self, now: Instant) -> Result<(), Ended> {
        self.clock.looked = now;
        let clock = &mut self.clock;
        if clock.answers_pings && now - clock.heard >= SILENCE_TIMEOUT {
            return Err(Ended::Silent);
        }
        if clock.sign_in.is_some_and(|deadline| now >= deadline) {
            return Err(Ended::NotSignedIn);
        }
        let quiet_since = clock.heard.max(clock.pinged);
        let mut next = quiet_since + PING_INTERVAL;
        if now >= next {
            clock.pinged = now;
            next = now + PING_INTERVAL;
            self.outbox.post(Reply::Ping);
        }
        if self.receiving.deadline().is_some_and(|deadline| now >= deadline) {
            self.refuse_upload(Refusal::Stalled);
        }
        let due = [self.outbox.tick(now), self.receiving.deadline(), self.clock.sign_in];
        let next = due.into_iter().flatten().fold(next, Instant::min);
        self.set_read_timeout(next - now)
    }

    pub(super) fn set_read_timeout(&self, timeout: Duration) -> Result<(), Ended> {
        self.outbox.set_read_timeout(timeout).map_err(Ended::Io)
    }
}
