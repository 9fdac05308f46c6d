//! What waits to be written to one socket, and the writing: the only code here that writes to a socket.
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

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::mem;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use log::{debug, warn};

use crate::couriers::Couriers;
use crate::transfer::{Answer, OutOfPlace, Outcome, Outgoing, Progress, Sending};

/// Most bytes that wait for one socket, those in hand of whoever writes them included. Files wait as files.
pub const MAX_WAITING_BYTES: usize = 1024 * 1024;

/// From here on those who post are slowed down.
const HALF_BYTES: usize = MAX_WAITING_BYTES / 2;

/// How long an outbox may be past half.
const PAST_HALF_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a socket may take nothing at all.
const STALL_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a write of a courier may wait for the socket.
const COURIER_WRITE_TIMEOUT: Duration = Duration::from_millis(1);

/// How long a write of an own thread waits before that thread looks at its deadlines.
const OWN_WRITE_TIMEOUT: Duration = Duration::from_secs(1);

/// How long an own thread stays with an empty outbox. If it left at once, a peer that is slow again and again would cost
/// the couriers 8 ms again and again.
const OWN_THREAD_REST: Duration = Duration::from_secs(10);

/// An own thread keeps little on its stack.
const OWN_THREAD_STACK_BYTES: usize = 128 * 1024;

/// A buffer larger than this is not kept for the next lines.
const MOST_KEPT_BYTES: usize = 16 * 1024;

/// What is set aside for the first lines in an empty outbox: a screen takes no more.
const FIRST_BYTES: usize = 512;

/// An outbox that had less than this in it gets no buffer for the next lines: most people are silent most of the time.
const BUSY_BYTES: usize = 1024;

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

/// What a courier is to do with an outbox that it has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Forget it.
    Nothing,
    /// Put it at the end of the queue.
    Requeue,
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

    fn new(stream: TcpStream, couriers: Option<Arc<Couriers>>, writer: Writer) -> io::Result<Arc<Outbox>> {
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
        let wake = self.append(Phase::Open, |waiting| {
            let _ = writeln!(waiting, "{lines}");
        });
        self.wake_up(wake);
    }

    /// Sees to it that what was posted is written. Called when the lock is released.
    fn wake_up(self: &Arc<Self>, wake: Wake) {
        match (wake, &self.couriers) {
            (Wake::Courier, Some(couriers)) => couriers.enqueue([Arc::clone(self)]),
            (Wake::OwnThread, _) => self.start_own_thread(),
            _ => {}
        }
    }

    /// Posts the last lines: nothing that is posted later is taken.
    pub fn post_last(self: &Arc<Self>, lines: impl Display) {
        let wake = self.append(Phase::Closing, |waiting| {
            let _ = writeln!(waiting, "{lines}");
        });
        self.wake_up(wake);
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
        let wake = self.wake(&mut inner);
        let overflow = self.note_level(&mut inner) > MAX_WAITING_BYTES;
        drop(inner);
        if overflow {
            self.cut(Cut::TooSlow);
        }
        wake
    }

    /// Decides who writes, after something was posted.
    fn wake(&self, inner: &mut Inner) -> Wake {
        match inner.writer {
            Writer::Idle | Writer::Queued if inner.sending.is_flowing() => {
                inner.writer = Writer::OwnThread;
                Wake::OwnThread
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
            self.wait_until(None, |inner| {
                inner.past_half_since.is_none() || matches!(inner.phase, Phase::Cut(_))
            });
        }
    }

    fn wait_until(&self, deadline: Option<Instant>, done: impl Fn(&Inner) -> bool) -> bool {
        let mut inner = self.lock();
        inner.waiters += 1;
        while !done(&inner) {
            let patience = match deadline {
                Some(deadline) => deadline.saturating_duration_since(Instant::now()),
                None => Duration::from_secs(60),
            };
            if patience.is_zero() {
                break;
            }
            inner = self.written.wait_timeout(inner, patience).unwrap_or_else(PoisonError::into_inner).0;
        }
        inner.waiters -= 1;
        done(&inner)
    }

    // -- Files.

    /// Queues a file for this peer.
    pub fn offer(self: &Arc<Self>, file: Outgoing) {
        self.with_sending(|sending, out| sending.offer(file, Instant::now(), out));
    }

    /// Takes the peer's answer about the file that is sent to it.
    ///
    /// # Errors
    /// [`OutOfPlace`] if there is none.
    pub fn answer(self: &Arc<Self>, answer: Answer) -> Result<(), OutOfPlace> {
        self.with_sending(|sending, out| sending.answer(answer, Instant::now(), out))
    }

    /// Gives up the file that is being sent; says whether there was one.
    pub fn cancel(self: &Arc<Self>, reason: &str) -> bool {
        self.with_sending(|sending, out| sending.cancel(reason, Instant::now(), out))
    }

    /// Looks whether a file's deadline has passed. Returns the next one.
    pub fn tick(self: &Arc<Self>, now: Instant) -> Option<Instant> {
        self.with_sending(|sending, out| sending.tick(now, out))
    }

    /// How far the file is that is being sent.
    pub fn progress(&self) -> Option<Progress> {
        self.lock().sending.progress()
    }

    fn with_sending<T>(self: &Arc<Self>, act: impl FnOnce(&mut Sending, &mut Vec<u8>) -> T) -> T {
        let mut inner = self.lock();
        if inner.phase != Phase::Open {
            drop(inner);
            // Nothing goes out any more. What is offered now is dropped on return, and reported as gone.
            return act(&mut Sending::default(), &mut Vec::new());
        }
        let Inner { sending, waiting, .. } = &mut *inner;
        let outcome = act(sending, waiting);
        let ended = sending.take_ended();
        let wake = if inner.waiting.is_empty() && !inner.sending.is_flowing() {
            Wake::Nobody
        } else {
            self.wake(&mut inner)
        };
        drop(inner);
        self.wake_up(wake);
        report(ended);
        outcome
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
            matches!(inner.phase, Phase::Cut(_)) || (inner.waiting.is_empty() && inner.in_hand == 0)
        };
        self.wait_until(Some(Instant::now() + patience), is_done);
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

    // -- Writing.

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
    fn start_own_thread(self: &Arc<Self>) {
        let outbox = Arc::clone(self);
        let thread = thread::Builder::new().name("outbox".into()).stack_size(OWN_THREAD_STACK_BYTES);
        if let Err(error) = thread.spawn(move || outbox.run()) {
            warn!("cannot start a thread for an outbox: {error}");
            self.cut(Cut::NoThread);
        }
    }

    /// Writes the outbox out until it closes, or until it has been empty for [`OWN_THREAD_REST`] and the couriers take over.
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
            if let Some(mut content) = inner.sending.take_content() {
                drop(inner);
                let read = content.next_frame(frame);
                inner = self.lock();
                let Inner { sending, waiting, .. } = &mut *inner;
                let wanted = sending.put_back(content, read, Instant::now(), waiting);
                let ended = sending.take_ended();
                if wanted {
                    inner.in_hand = frame.len();
                    return Some(Frame::Block);
                }
                drop(inner);
                report(ended);
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
            inner =
                self.posted.wait_timeout(inner, OWN_THREAD_REST).unwrap_or_else(PoisonError::into_inner).0;
            inner.own_thread_sleeps = false;
        }
    }

    /// Writes all of `frame`, for as long as the socket takes some of it now and then. Not `write_all`, which on a timeout
    /// loses how far it has come.
    fn write_out(&self, mut frame: &[u8], kind: Frame) -> Result<(), Cut> {
        let mut last_progress = Instant::now();
        while !frame.is_empty() {
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
                    inner.sending.moved(now);
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

    /// Each change under this lock is whole before anything that could panic, so a poisoned one is used on.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a writer has in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frame {
    Text,
    /// Of a file, with its `$data` line.
    Block,
}

/// Whom a post has to wake.
enum Wake {
    Nobody,
    Courier,
    /// It is still to be started.
    OwnThread,
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
            other => outbox.wake_up(other),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::FileName;
    use crate::transfer::Content;
    use std::io::{BufRead, BufReader, Read};
    use std::net::TcpListener;

    /// An outbox with two couriers, and the peer's end of its socket.
    fn pair() -> (Arc<Outbox>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        peer.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let (ours, _) = listener.accept().unwrap();
        (Outbox::with_couriers(ours, Couriers::start(2).unwrap()).unwrap(), peer)
    }

    /// Posts a line and waits a while for it to be written. Returns whether it was.
    fn gets_rid_of(outbox: &Arc<Outbox>, line: &str) -> bool {
        outbox.post(line);
        let deadline = Instant::now() + Duration::from_millis(200);
        outbox.wait_until(Some(deadline), |inner| inner.waiting.is_empty() && inner.in_hand == 0)
    }

    #[test]
    fn lines_arrive_whole_and_in_order_however_slowly_they_are_read() {
        let (outbox, peer) = pair();
        let count = 200_000;
        let posting = Arc::clone(&outbox);
        let author = thread::spawn(move || {
            for number in 0..count {
                posting.post(number);
                posting.wait_for_room();
            }
            posting.close(Duration::from_secs(20));
        });
        let mut reader = BufReader::with_capacity(1000, peer);
        for number in 0..count {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            assert_eq!(line, format!("{number}\n"));
        }
        assert_eq!(reader.read(&mut [0]).unwrap(), 0, "closed in good order");
        author.join().unwrap();
    }

    #[test]
    fn a_peer_that_does_not_read_is_cut_and_posting_never_blocks() {
        let (outbox, _peer) = pair();
        let line = "x".repeat(9_999);
        for _ in 0..100_000 {
            outbox.post(&line);
            if outbox.was_cut().is_some() {
                break;
            }
            let inner = outbox.lock();
            assert!(inner.waiting.len() + inner.in_hand <= MAX_WAITING_BYTES + 10_000);
        }
        assert_eq!(outbox.was_cut(), Some(Cut::TooSlow));
        assert_eq!(outbox.lock().waiting.capacity(), 0, "and costs nothing any more");
    }

    #[test]
    fn past_half_is_noticed_and_passes() {
        let (outbox, mut peer) = pair();
        // The kernel takes some megabytes for a peer that does not read.
        while gets_rid_of(&outbox, &"x".repeat(9_999)) {}
        assert!(!outbox.is_past_half());
        let half = "y".repeat(HALF_BYTES);
        assert_eq!(post_all([&outbox].into_iter(), format!("{half}\n").as_bytes()), Pressure::High);
        let reader = thread::spawn(move || io::copy(&mut peer, &mut io::sink()));
        outbox.wait_for_room();
        assert!(!outbox.is_past_half());
        outbox.close(Duration::from_secs(20));
        assert!(reader.join().unwrap().unwrap() > HALF_BYTES as u64);
    }

    #[test]
    fn nothing_follows_the_last_words() {
        let (outbox, mut peer) = pair();
        outbox.post("first");
        outbox.post_last("last");
        outbox.post("too late");
        outbox.offer(offer("late", b"x", |outcome| assert_eq!(outcome, Outcome::Gone)));
        outbox.close(Duration::from_secs(20));
        let mut all = String::new();
        peer.read_to_string(&mut all).unwrap();
        assert_eq!(all, "first\nlast\n");
    }

    #[test]
    fn text_goes_between_two_blocks_of_a_file() {
        let (outbox, peer) = pair();
        let content = vec![b'z'; 8 << 20];
        outbox.offer(offer("big", &content, |_| {}));
        let mut reader = BufReader::new(peer);
        let mut line = String::new();
        let next = |reader: &mut BufReader<TcpStream>, line: &mut String| {
            line.clear();
            reader.read_line(line).unwrap();
        };
        next(&mut reader, &mut line);
        assert_eq!(line, "$file 8388608 big\n");
        outbox.answer(Answer::Ready).unwrap();
        let (mut come, mut said) = (0, 0);
        loop {
            next(&mut reader, &mut line);
            if let Some(count) = line.strip_prefix("$data ") {
                let count: usize = count.trim().parse().unwrap();
                let mut block = vec![0; count];
                reader.read_exact(&mut block).unwrap();
                assert!(block.iter().all(|&byte| byte == b'z'));
                come += count;
                outbox.post("said meanwhile");
            } else if line == "said meanwhile\n" {
                said += 1;
            } else {
                assert!(line.starts_with("$endFile "), "{line:?}");
                break;
            }
        }
        assert_eq!(come, content.len());
        assert!(said > 0, "not one line came before the end of the file");
    }

    #[test]
    fn a_lost_connection_is_noticed_and_its_files_are_reported() {
        let (outbox, peer) = pair();
        let (tell, told) = std::sync::mpsc::channel();
        outbox.offer(offer("file", b"x", move |outcome| tell.send(outcome).unwrap()));
        drop(peer);
        let deadline = Instant::now() + Duration::from_secs(20);
        while outbox.was_cut().is_none() && Instant::now() < deadline {
            gets_rid_of(&outbox, "is there anybody?");
        }
        assert_eq!(outbox.was_cut(), Some(Cut::Lost));
        assert_eq!(told.recv(), Ok(Outcome::Gone));
    }

    fn offer(name: &str, content: &[u8], report: impl FnOnce(Outcome) + Send + 'static) -> Outgoing {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        Outgoing::new(FileName::parse(name).unwrap(), Content::new(file, content.len() as u64), report)
    }
}
