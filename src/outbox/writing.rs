//! Writing an outbox out: by a courier while the socket keeps up ([`Outbox::deliver`]), else by a thread of its own
//! ([`Outbox::run`]). Only these hold bytes in hand, one of them at a time, and nothing here is written under the lock.

use std::io::{self, Write};
use std::mem;
use std::net::TcpStream;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use log::{debug, warn};

use crate::transfer::Block;

use super::{COURIER_WRITE_TIMEOUT, Cut, Inner, Outbox, Phase, Writer, report};

/// How long a socket may take nothing at all.
const STALL_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a write of an own thread waits before that thread looks at its deadlines.
const OWN_WRITE_TIMEOUT: Duration = Duration::from_secs(1);

/// How long an own thread stays with an empty outbox. If it left at once, a peer that is slow again and again would cost
/// the couriers 8 ms again and again.
const OWN_THREAD_REST: Duration = Duration::from_secs(10);

/// An own thread keeps little on its stack.
const OWN_THREAD_STACK_BYTES: usize = 128 * 1024;

/// How long an outbox may be past half.
const PAST_HALF_TIMEOUT: Duration = Duration::from_secs(30);

/// A buffer larger than this is not kept for the next lines.
const MOST_KEPT_BYTES: usize = 16 * 1024;

/// An outbox that had less than this in it gets no buffer for the next lines: most people are silent most of the time.
const BUSY_BYTES: usize = 1024;

/// What a courier is to do with an outbox that it has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Forget it.
    Nothing,
    /// Put it at the end of the queue.
    Requeue,
}

/// What a writer has in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frame {
    Text,
    /// Of a file, with its `$data` line.
    Block,
}

impl Outbox {
    /// Writes what waits, once, for a courier. `spare` is the courier's empty buffer, swapped for the full one.
    pub(crate) fn deliver(self: &Arc<Self>, spare: &mut Vec<u8>) -> Next {
        let mut inner = self.lock();
        if inner.writer != Writer::Queued {
            return Next::Nothing;
        }
        inner.writer = Writer::Courier;
        spare.clear();
        if spare.capacity() > MOST_KEPT_BYTES || inner.waiting.len() < BUSY_BYTES {
            *spare = Vec::new();
        }
        mem::swap(spare, &mut inner.waiting);
        inner.in_hand = spare.len();
        drop(inner);

        let written = if spare.is_empty() { Ok(0) } else { write_some(&self.stream, spare) };

        let mut inner = self.lock();
        let Ok(written) = written else {
            inner.writer = Writer::Idle;
            drop(inner);
            self.cut(Cut::Lost);
            return Next::Nothing;
        };
        inner.in_hand -= written;
        self.note_written(&mut inner);
        if matches!(inner.phase, Phase::Cut(_)) {
            inner.writer = Writer::Idle;
        } else if inner.in_hand > 0 || inner.sending.is_flowing() {
            inner.leftover = spare.split_off(written);
            inner.writer = Writer::OwnThread;
            drop(inner);
            self.start_own_thread();
        } else if !inner.waiting.is_empty() {
            inner.writer = Writer::Queued;
            return Next::Requeue;
        } else {
            inner.writer = Writer::Idle;
        }
        Next::Nothing
    }

    fn note_written(&self, inner: &mut Inner) {
        if !matches!(inner.phase, Phase::Cut(_)) {
            self.note_level(inner);
        }
        if inner.waiters > 0 {
            self.written.notify_all();
        }
    }

    /// Hands the outbox to a thread of its own. If there is none to be had, that costs this peer alone.
    pub(super) fn start_own_thread(self: &Arc<Self>) {
        let outbox = Arc::clone(self);
        let thread =
            thread::Builder::new().name("outbox".into()).stack_size(OWN_THREAD_STACK_BYTES);
        if let Err(error) = thread.spawn(move || outbox.run()) {
            warn!("cannot start a thread for an outbox: {error}");
            self.cut(Cut::NoThread);
        }
    }

    /// Writes the outbox out until it closes, or until it has been empty for 10 s and the couriers take over.
    /// Blocks for as long as the peer does not read. This is what an own thread runs.
    pub fn run(self: Arc<Self>) {
        if self.stream.set_write_timeout(Some(OWN_WRITE_TIMEOUT)).is_err() {
            self.cut(Cut::Lost);
        }
        let mut frame = mem::take(&mut self.lock().leftover);
        let mut kind = Frame::Text;
        loop {
            if let Err(why) = self.write_out(&frame, kind) {
                return self.cut(why);
            }
            match self.next_frame(&mut frame) {
                Some(next) => kind = next,
                None => return,
            }
        }
    }

    /// Takes the next bytes in hand: text if there is any, else a block of a file. Waits for something to be posted. Returns
    /// `None` when this thread is to end.
    fn next_frame(self: &Arc<Self>, frame: &mut Vec<u8>) -> Option<Frame> {
        let resting_since = Instant::now();
        let mut inner = self.lock();
        loop {
            if matches!(inner.phase, Phase::Cut(_)) {
                return None;
            }
            if !inner.waiting.is_empty() {
                frame.clear();
                mem::swap(frame, &mut inner.waiting);
                inner.in_hand = frame.len();
                return Some(Frame::Text);
            }
            if inner.phase == Phase::Closing {
                return None;
            }
            if let Some(block) = inner.sending.next_block() {
                drop(inner);
                if self.read_block(&block, frame) {
                    return Some(Frame::Block);
                }
                inner = self.lock();
                continue;
            }
            if self.couriers.is_some() && resting_since.elapsed() >= OWN_THREAD_REST {
                if self.stream.set_write_timeout(Some(COURIER_WRITE_TIMEOUT)).is_err() {
                    debug!("a socket's write timeout can't be set");
                }
                inner.writer = Writer::Idle;
                return None;
            }
            inner.own_thread_sleeps = true;
            inner = self
                .posted
                .wait_timeout(inner, OWN_THREAD_REST)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            inner.own_thread_sleeps = false;
        }
    }

    /// Reads a block of a file and takes it in hand. Returns `false` if it is not to be written.
    fn read_block(&self, block: &Block, frame: &mut Vec<u8>) -> bool {
        let read = block.read(frame);
        let mut inner = self.lock();
        let Inner { sending, waiting, .. } = &mut *inner;
        let wanted = sending.block_read(block, read, frame, Instant::now(), waiting);
        let ended = sending.take_ended();
        if wanted {
            inner.in_hand = frame.len();
        }
        drop(inner);
        report(ended);
        wanted
    }

    /// Writes all of `frame`, for as long as the socket takes some of it now and then. Not `write_all`, which on a timeout
    /// loses how far it has come.
    fn write_out(&self, mut frame: &[u8], kind: Frame) -> Result<(), Cut> {
        let mut last_progress = Instant::now();
        while !frame.is_empty() {
            if kind == Frame::Block {
                // Where all cores are busy, files wait for what people say.
                thread::yield_now();
            }
            let written = write_some(&self.stream, frame).map_err(|_| Cut::Lost)?;
            frame = &frame[written..];
            let now = Instant::now();
            let mut inner = self.lock();
            if let Phase::Cut(why) = inner.phase {
                return Err(why);
            }
            if written > 0 {
                last_progress = now;
                inner.in_hand -= written;
                if kind == Frame::Block {
                    inner.sending.bytes_written(now);
                }
                self.note_written(&mut inner);
            } else if now - last_progress >= STALL_TIMEOUT {
                return Err(Cut::Stalled);
            }
            if inner.past_half_since.is_some_and(|since| now - since >= PAST_HALF_TIMEOUT) {
                return Err(Cut::TooSlow);
            }
        }
        Ok(())
    }
}

/// Writes as much as the socket takes before its timeout. 0: nothing.
fn write_some(mut stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match stream.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => return Ok(written),
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => return Ok(0),
                _ => return Err(error),
            },
        }
    }
}
