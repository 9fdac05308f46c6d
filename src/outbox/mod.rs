//! What waits to be written to one socket; `writing` writes it out. Together they are the only code that writes to a socket.
//!
//! Text is appended to one byte buffer, which whoever writes swaps for an empty one, so that many lines leave in one
//! system call. Files wait as open files, not as bytes ([`Sending`]); a block of one is read when there is no text to
//! write. **Posting never blocks**: it may be done under a room's lock, and gives all members the same order.
//!
//! # Who writes
//! On the server a few [`Couriers`] write for everybody. An outbox is, at any moment, one of
//!
//! | state | who holds it | until |
//! | --- | --- | --- |
//! | idle | nobody; it is empty | something is posted: *queued* |
//! | queued | the couriers' queue | a courier takes it: *being written* |
//! | being written | a courier | all is out: *idle*, or *queued* if more has come; the socket took only a part, or a file flows: *own thread* |
//! | own thread | a thread that blocks in its place | it has been empty for 10 s: *idle* |
//!
//! A courier must not be held up by one slow reader, so it writes with a timeout of 1 ms (the kernel makes 8 of that), and
//! a socket that did not take all goes to a thread of its own. The client has one outbox, on a thread of its own for good.
//!
//! # What is promised
//! An outbox holds at most [`MAX_WAITING_BYTES`]. Past half, [`Outbox::wait_for_room`] makes its own session wait before it
//! reads on, and [`Pressure::High`] tells those who post to it to slow down. Past all of it, past half for 30 s, or when the
//! socket takes nothing for 10 s, the connection is cut: the peer does not read, and nothing may be dropped silently.
//!
//! # The lock
//! One mutex guards all of it but the socket. Nothing is read or written under it, and no other lock is taken under it: what
//! a file's end has to report is reported after it is released. Room → outbox is the order; nothing is held when a courier
//! or an own thread comes for its bytes.

mod couriers;
mod writing;

#[cfg(test)]
mod tests;

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::mem;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(crate) use writing::Next;

use crate::protocol::ReceiverLine;
use crate::transfer::{OutOfPlace, Outcome, Outgoing, Progress, Sending};
pub use couriers::Couriers;

/// Most bytes that wait for one socket, those in hand of whoever writes them included. Files wait as files.
pub const MAX_WAITING_BYTES: usize = 1024 * 1024;

/// From here on those who post are slowed down.
const HALF_BYTES: usize = MAX_WAITING_BYTES / 2;

/// How long a write of a courier may wait for the socket.
const COURIER_WRITE_TIMEOUT: Duration = Duration::from_millis(1);

/// What is set aside for the first lines in an empty outbox: a screen takes no more.
const FIRST_BYTES: usize = 512;

/// What waits for one socket.
pub struct Outbox {
    stream: TcpStream,
    /// Who writes while the socket keeps up. `None`: its own thread always does.
    couriers: Option<Arc<Couriers>>,
    /// Kept beside the lock, because it is asked for every line that comes in.
    past_half: AtomicBool,
    inner: Mutex<Inner>,
    /// Something was posted: for the own thread.
    posted: Condvar,
    /// Something was written, or never will be: for those who wait for room, or for the end.
    written: Condvar,
}

struct Inner {
    writer: Writer,
    /// Posted, and not in anybody's hand yet.
    waiting: Vec<u8>,
    /// What a courier could not get rid of; goes before anything else. Taken by the own thread when it starts.
    leftover: Vec<u8>,
    /// How many bytes are in the writer's hand, or left over.
    in_hand: usize,
    sending: Sending,
    past_half_since: Option<Instant>,
    phase: Phase,
    /// The own thread is waiting on `posted`. Waking a thread costs a system call, so it is only done for one that sleeps.
    own_thread_sleeps: bool,
    /// How many wait on `written`.
    waiters: usize,
}

/// Who is to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writer {
    Idle,
    Queued,
    Courier,
    OwnThread,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// Nothing more is taken; what waits is written.
    Closing,
    /// Nothing more is written.
    Cut(Cut),
}

/// Why a connection was cut from this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// More than [`MAX_WAITING_BYTES`] would have waited, or more than half of it for 30 s.
    TooSlow,
    /// The socket took nothing for 10 s.
    Stalled,
    /// The connection is gone.
    Lost,
    /// No thread could be started for it.
    NoThread,
}

impl Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cut::TooSlow => "reads too slowly",
            Cut::Stalled => "does not read",
            Cut::Lost => "connection lost",
            Cut::NoThread => "no thread could be started to write to it",
        })
    }
}

/// Whether those who are posted to keep up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pressure {
    /// They do.
    Low,
    /// One of them is past half of what may wait for it.
    High,
}

impl Outbox {
    /// An outbox that `couriers` write out, for as long as the socket keeps up.
    ///
    /// # Errors
    /// If the socket's options can't be set.
    pub fn with_couriers(stream: TcpStream, couriers: Arc<Couriers>) -> io::Result<Arc<Outbox>> {
        stream.set_write_timeout(Some(COURIER_WRITE_TIMEOUT))?;
        Outbox::new(stream, Some(couriers), Writer::Idle)
    }

    /// An outbox that one thread writes out, always: the caller starts it with [`run`](Self::run).
    ///
    /// # Errors
    /// If the socket's options can't be set.
    pub fn with_own_thread(stream: TcpStream) -> io::Result<Arc<Outbox>> {
        Outbox::new(stream, None, Writer::OwnThread)
    }

    fn new(
        stream: TcpStream,
        couriers: Option<Arc<Couriers>>,
        writer: Writer,
    ) -> io::Result<Arc<Outbox>> {
        // Without it the kernel holds a small write back until the last one was acknowledged.
        stream.set_nodelay(true)?;
        Ok(Arc::new(Outbox {
            stream,
            couriers,
            past_half: AtomicBool::new(false),
            inner: Mutex::new(Inner {
                writer,
                waiting: Vec::new(),
                leftover: Vec::new(),
                in_hand: 0,
                sending: Sending::default(),
                past_half_since: None,
                phase: Phase::Open,
                own_thread_sleeps: false,
                waiters: 0,
            }),
            posted: Condvar::new(),
            written: Condvar::new(),
        }))
    }

    /// The socket, to read from.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    // -- Posting.

    /// Posts one line, or a block of lines with line ends between. Does nothing once the outbox is closing.
    pub fn post(self: &Arc<Self>, lines: impl Display) {
        self.post_then(Phase::Open, lines);
    }

    fn post_then(self: &Arc<Self>, phase_after: Phase, lines: impl Display) {
        let wake = self.append(phase_after, |waiting| {
            // Writing to a `Vec` can't fail.
            let _ = writeln!(waiting, "{lines}");
        });
        self.wake(wake);
    }

    /// Sees to it that what was posted is written. Called when the lock is released.
    fn wake(self: &Arc<Self>, wake: Wake) {
        match (wake, &self.couriers) {
            (Wake::Courier, Some(couriers)) => couriers.enqueue([Arc::clone(self)]),
            (Wake::StartThread, _) => self.start_own_thread(),
            _ => {}
        }
    }

    /// Posts the last lines: nothing that is posted later is taken.
    pub fn post_last(self: &Arc<Self>, lines: impl Display) {
        self.post_then(Phase::Closing, lines);
        self.stop_posting();
    }

    /// Posts the last lines from outside the session, which finds its stream at its end then, and comes to its own.
    pub fn expel(self: &Arc<Self>, last_words: impl Display) {
        self.post_last(last_words);
        let _ = self.stream.shutdown(Shutdown::Read);
    }

    /// Gives memory back that a burst has needed. For when the line has gone quiet.
    pub fn shrink(&self) {
        let mut inner = self.lock();
        if inner.waiting.is_empty() {
            inner.waiting = Vec::new();
        }
    }

    /// Appends under the lock and says who must be woken. The waking is left to the caller, who may have many to wake.
    fn append(self: &Arc<Self>, phase_after: Phase, write: impl FnOnce(&mut Vec<u8>)) -> Wake {
        let mut inner = self.lock();
        if inner.phase != Phase::Open {
            return Wake::Nobody;
        }
        if inner.waiting.capacity() == 0 {
            // In one piece: growing by doubling leaves the smaller ones with this thread's allocator.
            inner.waiting.reserve(FIRST_BYTES);
        }
        write(&mut inner.waiting);
        inner.phase = phase_after;
        let wake = self.schedule(&mut inner);
        let overflow = self.note_level(&mut inner) > MAX_WAITING_BYTES;
        drop(inner);
        if overflow {
            self.cut(Cut::TooSlow);
        }
        wake
    }

    /// Decides who writes, after something was posted.
    fn schedule(&self, inner: &mut Inner) -> Wake {
        match inner.writer {
            Writer::Idle | Writer::Queued if inner.sending.is_flowing() => {
                inner.writer = Writer::OwnThread;
                Wake::StartThread
            }
            Writer::Idle => {
                inner.writer = Writer::Queued;
                Wake::Courier
            }
            // A courier looks again before it lets go.
            Writer::Queued | Writer::Courier => Wake::Nobody,
            Writer::OwnThread => {
                if inner.own_thread_sleeps {
                    self.posted.notify_one();
                }
                Wake::Nobody
            }
        }
    }

    /// Notes whether the outbox is past half. Returns how many bytes wait.
    fn note_level(&self, inner: &mut Inner) -> usize {
        let bytes = inner.waiting.len() + inner.in_hand;
        let past_half = bytes > HALF_BYTES;
        if past_half != inner.past_half_since.is_some() {
            inner.past_half_since = past_half.then(Instant::now);
            self.past_half.store(past_half, Ordering::Relaxed);
        }
        bytes
    }

    /// Whether more than half of what may wait does.
    pub fn is_past_half(&self) -> bool {
        self.past_half.load(Ordering::Relaxed)
    }

    /// Blocks while more than half of what may wait does. A session calls it before it takes its next line, so that its
    /// own long answers never put its peer out.
    pub fn wait_for_room(&self) {
        if self.is_past_half() {
            self.wait_until(Duration::MAX, |inner| {
                inner.past_half_since.is_none() || matches!(inner.phase, Phase::Cut(_))
            });
        }
    }

    fn wait_until(&self, patience: Duration, done: impl Fn(&Inner) -> bool) {
        let mut inner = self.lock();
        inner.waiters += 1;
        let waited = self.written.wait_timeout_while(inner, patience, |inner| !done(inner));
        waited.unwrap_or_else(PoisonError::into_inner).0.waiters -= 1;
    }

    // -- Files.

    /// Queues a file for this peer. Once the outbox is closing, `file` is dropped, which reports it
    /// as gone.
    pub fn offer(self: &Arc<Self>, file: Outgoing) {
        self.with_sending(|sending, out| sending.offer(file, Instant::now(), out));
    }

    /// Takes the peer's answer about the file that is sent to it.
    ///
    /// # Errors
    /// [`OutOfPlace`] if there is none.
    pub fn answer(self: &Arc<Self>, answer: ReceiverLine) -> Result<(), OutOfPlace> {
        self.with_sending(|sending, out| sending.answer(answer, Instant::now(), out))
            .unwrap_or(Err(OutOfPlace))
    }

    /// Gives up the file that is being sent; says whether there was one.
    pub fn cancel(self: &Arc<Self>, reason: &str) -> bool {
        self.with_sending(|sending, out| sending.cancel(reason, Instant::now(), out))
            .unwrap_or(false)
    }

    /// Looks whether a file's deadline has passed. Returns the next one.
    pub fn tick(self: &Arc<Self>, now: Instant) -> Option<Instant> {
        self.with_sending(|sending, out| sending.tick(now, out)).flatten()
    }

    /// How far the file is that is being sent.
    pub fn progress(&self) -> Option<Progress> {
        self.lock().sending.progress()
    }

    /// Lets the sending role act, and does what follows from it. `None`: the outbox is closing, and
    /// nothing was done.
    fn with_sending<T>(
        self: &Arc<Self>,
        act: impl FnOnce(&mut Sending, &mut Vec<u8>) -> T,
    ) -> Option<T> {
        let mut inner = self.lock();
        if inner.phase != Phase::Open {
            // First, because dropping `act` may drop a file, which reports its end.
            drop(inner);
            return None;
        }
        let Inner { sending, waiting, .. } = &mut *inner;
        let outcome = act(sending, waiting);
        let ended = sending.take_ended();
        let wake = if inner.waiting.is_empty() && !inner.sending.is_flowing() {
            Wake::Nobody
        } else {
            self.schedule(&mut inner)
        };
        drop(inner);
        self.wake(wake);
        report(ended);
        Some(outcome)
    }

    // -- Closing.

    /// Takes nothing more; files that wait or flow are given up.
    pub fn stop_posting(&self) {
        let mut inner = self.lock();
        if inner.phase == Phase::Open {
            inner.phase = Phase::Closing;
        }
        self.posted.notify_all();
        let abandoned = mem::take(&mut inner.sending);
        drop(inner);
        drop(abandoned);
    }

    /// Takes nothing more, waits until all is written, but no longer than `patience`, and shuts the writing half down.
    pub fn close(&self, patience: Duration) {
        self.stop_posting();
        let is_done = |inner: &Inner| {
            matches!(inner.phase, Phase::Cut(_))
                || (inner.waiting.is_empty() && inner.in_hand == 0)
        };
        self.wait_until(patience, is_done);
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Ends the connection at once, both ways; what waits is lost. Its session finds the end of the stream.
    pub fn cut(&self, why: Cut) {
        let mut inner = self.lock();
        if matches!(inner.phase, Phase::Cut(_)) {
            return;
        }
        inner.phase = Phase::Cut(why);
        inner.waiting = Vec::new();
        inner.past_half_since = None;
        self.past_half.store(false, Ordering::Relaxed);
        self.posted.notify_all();
        self.written.notify_all();
        let abandoned = mem::take(&mut inner.sending);
        drop(inner);
        // Not blocking, like all of a cut: it may happen under a room's lock.
        let _ = self.stream.shutdown(Shutdown::Both);
        drop(abandoned);
    }

    /// Why the connection was cut from this side, if it was.
    pub fn was_cut(&self) -> Option<Cut> {
        match self.lock().phase {
            Phase::Cut(why) => Some(why),
            _ => None,
        }
    }

    /// Each change under this lock is whole before anything that could panic, so a poisoned one is used on.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whom a post has to wake.
enum Wake {
    Nobody,
    Courier,
    /// Nobody yet: a thread of its own is to be started.
    StartThread,
}

/// Posts the same bytes to many outboxes, without blocking. Says whether they all keep up.
pub fn post_all<'a>(outboxes: impl Iterator<Item = &'a Arc<Outbox>>, lines: &[u8]) -> Pressure {
    let mut pressure = Pressure::Low;
    let mut to_wake = Vec::new();
    let mut couriers = None;
    for outbox in outboxes {
        match outbox.append(Phase::Open, |waiting| waiting.extend_from_slice(lines)) {
            Wake::Courier => {
                couriers = outbox.couriers.as_ref();
                to_wake.push(Arc::clone(outbox));
            }
            other => outbox.wake(other),
        }
        if outbox.is_past_half() {
            pressure = Pressure::High;
        }
    }
    if let Some(couriers) = couriers {
        couriers.enqueue(to_wake);
    }
    pressure
}

fn report(ended: Vec<(Outgoing, Outcome)>) {
    for (file, outcome) in ended {
        file.end(outcome);
    }
}
