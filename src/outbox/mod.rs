//! What waits to be written to one socket, and who writes it. Only this folder writes to a socket.
//! A session also reads its socket through its outbox.
//!
//! # The way of a line
//! 1. `posting` appends it to the outbox of each member.
//! 2. `pacing` slows its author down if the *level* of one of them is high: too much waits in it.
//! 3. The author writes the outbox itself, or it goes to the `queue` of the `couriers`.
//! 4. `writing` takes what waits in hand and writes it. `files` adds the blocks of files.
//! 5. `socket` takes as much as the kernel has space for. If it is full, a timer tries it again,
//!    as long as there is `patience` with the peer.
//!
//! Each of these files uses only those declared after it, and the outbox itself, which is here.
//!
//! # What is in an outbox
//! Text is appended to one byte buffer. The thread that writes swaps that buffer for an empty one.
//! So one system call sends many lines. From then on these bytes are *in hand*, until the socket
//! has taken all of them. A file waits as an open file, not as bytes ([`Sending`]). Its blocks and
//! the text take turns, so neither holds up the other. **Posting never blocks.** So a thread may
//! post under a room's lock, and all members get the same lines in the same order.
//!
//! # Who has an outbox
//! No outbox has a thread of its own. While it is empty, nobody has it. A thread that posts to it
//! then has it, and gives it to the couriers or writes it out. From then on exactly one of these
//! has it, so only one thread at a time writes to the socket:
//!
//! | who has it | until |
//! | --- | --- |
//! | the couriers' queue, or the author of a line | a thread writes it |
//! | the thread that writes | nothing is left: nobody; more came: queue; socket full: list |
//! | the couriers' list of full sockets | 1 to 100 ms have passed, and a courier writes it |
//!
//! # What is promised
//! At most [`MAX_TEXT_BYTES`] of text wait for one member. A peer that does not read is
//! disconnected, by the rules in `patience`. If it reads, nothing that was posted to it is lost.
//!
//! What is not promised: that a peer with a slow connection reads a line soon while a file goes to
//! it. The kernel takes up to 4 MiB of blocks at once, and the line comes after them. At 100 KiB/s
//! that takes up to 40 s. std can neither make the kernel's buffer smaller nor ask what is in it.
//!
//! # The lock
//! One mutex guards everything in an outbox but the socket and two atomic values. A thread that
//! holds it does not read or write, and takes no other lock. The end of a file is reported after
//! the lock is released. A thread that takes this lock may hold a room's lock, but never the
//! couriers' lock.

mod posting;
mod pacing;
mod couriers;
mod writing;
mod files;
mod queue;
mod patience;
mod socket;

#[cfg(test)]
mod tests;

use std::io::{self, Read};
use std::mem;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::lock::{ignore_poison, lock};
use crate::transfer::Sending;
pub use couriers::Couriers;
pub use pacing::{NoSpace, Pressure};
pub use patience::{Cut, MAX_TEXT_BYTES};
use patience::{OWN_ANSWERS_BYTES, Patience};
pub use posting::{Posted, post_all, post_all_if_space};
use queue::{Load, Queues};
use socket::Socket;

/// What waits for one socket.
pub struct Outbox {
    socket: Socket,
    couriers: Arc<Queues<Outbox>>,
    /// How much text waits, in bytes. A copy outside the lock, because every line asks for it.
    level: AtomicUsize,
    /// The last lines were posted. Outside the lock, because every line asks for it.
    is_closing: AtomicBool,
    inner: Mutex<Inner>,
    /// Something was written, or nothing more will be written. Threads wait here for free space,
    /// or until all is written.
    written: Condvar,
}

#[derive(Default)]
struct Inner {
    /// Somebody has it. The table above lists who.
    is_taken: bool,
    /// Text that was posted and that nobody has in hand yet.
    waiting: Vec<u8>,
    /// The bytes in hand, or the last ones that were, are a block of a file: a `$data` line with
    /// its bytes, and after the last block the `$endFile` line. Otherwise they are text.
    is_block: bool,
    /// How many bytes are in hand, those in `unsent` included.
    in_hand: usize,
    /// Between two writes: the bytes in hand, which the socket did not take.
    unsent: Vec<u8>,
    sending: Sending,
    patience: Patience,
    phase: Phase,
    /// How many wait on `written`.
    waiters: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Open,
    /// Nothing more is taken; what waits is written.
    Closing,
    /// Nothing more is written.
    Cut(Cut),
}

impl Outbox {
    /// An outbox that `couriers` write out.
    ///
    /// # Errors
    /// If the socket's options can't be set.
    pub fn new(stream: TcpStream, couriers: Arc<Queues<Outbox>>) -> io::Result<Arc<Outbox>> {
        Ok(Arc::new(Outbox {
            socket: Socket::new(stream)?,
            couriers,
            level: AtomicUsize::default(),
            is_closing: AtomicBool::default(),
            inner: Mutex::default(),
            written: Condvar::default(),
        }))
    }

    /// The socket. On the server, read from the outbox and not from this: see `socket`.
    pub fn stream(&self) -> &TcpStream {
        &self.socket.stream
    }

    /// Sets how long a read may wait.
    ///
    /// # Errors
    /// If the socket does not take it.
    pub fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        self.socket.set_read_timeout(timeout)
    }

    /// Gives the outbox to the couriers, if there is need. Called without the lock.
    fn enqueue(self: &Arc<Self>, load: Option<Load>) {
        if let Some(load) = load {
            self.couriers.of(load).put([(Arc::clone(self), None)]);
        }
    }

    /// Lets `act` post something, unless the outbox is closing. Cuts a peer for whom too much text
    /// waits then. Returns what `act` did, and which couriers must get the outbox, if any.
    fn add<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> (Option<T>, Option<Load>) {
        let mut inner = lock(&self.inner);
        if inner.phase != Phase::Open {
            // Unlock first: dropping `act` may drop a file, and that reports its end.
            drop(inner);
            return (None, None);
        }
        let done = Some(act(&mut inner));
        if self.note_level(&mut inner) > MAX_TEXT_BYTES {
            self.cut_under_lock(inner, Cut::TooSlow);
            return (done, None);
        }
        (done, inner.take())
    }

    // -- The level.

    /// Notes how much text waits. Returns it.
    fn note_level(&self, inner: &mut Inner) -> usize {
        let in_hand = if inner.is_block { 0 } else { inner.in_hand };
        let level = inner.waiting.len() + in_hand;
        self.level.store(level, Ordering::Relaxed);
        inner.patience.note_level(level, Instant::now);
        level
    }

    /// How much text waits, in bytes.
    fn level(&self) -> usize {
        self.level.load(Ordering::Relaxed)
    }

    /// Whether so much waits that the peer's next line must not be read yet: its answer would
    /// have to wait too.
    pub fn is_full(&self) -> bool {
        self.level() > OWN_ANSWERS_BYTES
    }

    /// Blocks while the outbox [is full](Self::is_full), but not once it is closing. A session
    /// calls this before it takes its next line, so a peer is never disconnected because of our
    /// own long answers.
    pub fn wait_for_space(&self) {
        if self.is_full() {
            self.wait_until(Duration::MAX, |_| !self.is_full() || self.is_closing());
        }
    }

    /// Blocks until this is so. A cut empties the outbox, so that ends it too.
    fn wait_until(&self, patience: Duration, done: impl Fn(&Inner) -> bool) {
        let mut inner = lock(&self.inner);
        inner.waiters += 1;
        let waited = self.written.wait_timeout_while(inner, patience, |inner| !done(inner));
        ignore_poison(waited).0.waiters -= 1;
    }

    // -- Closing.

    /// Takes nothing more. Files that wait or are under way are given up.
    pub fn stop_posting(&self) {
        let mut inner = lock(&self.inner);
        if inner.phase == Phase::Open {
            inner.phase = Phase::Closing;
        }
        self.is_closing.store(true, Ordering::Relaxed);
        // The session may be waiting for space.
        self.written.notify_all();
        let abandoned = mem::take(&mut inner.sending);
        drop(inner);
        drop(abandoned);
    }

    /// Takes nothing more, waits until all is written, but no longer than `patience`, and shuts
    /// the writing half down.
    pub fn close(&self, patience: Duration) {
        self.stop_posting();
        self.wait_until(patience, Inner::is_empty);
        let _ = self.stream().shutdown(Shutdown::Write);
    }

    /// Ends the connection at once, both ways. What waits is lost. Its session reads the end of
    /// the stream.
    pub fn cut(&self, why: Cut) {
        self.cut_under_lock(lock(&self.inner), why);
    }

    /// Cuts, and releases the lock. Does not block: it may happen under a room's lock.
    fn cut_under_lock(&self, mut inner: MutexGuard<'_, Inner>, why: Cut) {
        if matches!(inner.phase, Phase::Cut(_)) {
            return;
        }
        inner.phase = Phase::Cut(why);
        inner.waiting = Vec::new();
        inner.unsent = Vec::new();
        inner.in_hand = 0;
        self.note_level(&mut inner);
        self.written.notify_all();
        let abandoned = mem::take(&mut inner.sending);
        drop(inner);
        let _ = self.stream().shutdown(Shutdown::Both);
        drop(abandoned);
    }

    /// Tells whether the last lines were posted, and the end is on its way.
    pub fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Relaxed)
    }

    /// Why this side cut the connection, if it did.
    pub fn was_cut(&self) -> Option<Cut> {
        match lock(&self.inner).phase {
            Phase::Cut(why) => Some(why),
            _ => None,
        }
    }
}

/// Reads from the socket. Only one thread may do so.
impl Read for &Outbox {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.read(buffer)
    }
}

impl Inner {
    /// Whether there is nothing to write.
    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.in_hand == 0 && !self.sending.is_flowing()
    }

    /// After something was posted: takes the outbox if nobody has it. Returns which couriers must
    /// get it then. A thread that writes it looks again before it lets go.
    fn take(&mut self) -> Option<Load> {
        let takes = !self.is_taken && !self.is_empty();
        self.is_taken |= takes;
        takes.then(|| self.load())
    }

    /// Which couriers must write next. Text goes to those that never wait for a disk.
    fn load(&self) -> Load {
        if self.sending.is_flowing() { Load::Files } else { Load::Text }
    }
}
