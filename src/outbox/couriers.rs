//! Couriers: a few threads that write the outboxes of all connections.
//!
//! A thread that posts to an idle outbox puts it into a queue, once. The next free courier takes
//! the outbox and writes all that waits in it. So an author never waits for a socket (`pacing` may
//! slow it down), and lines that come while others are being written leave together. The other
//! design is a writer thread for each connection. It needs one more thread for each person, and
//! wakes a thread for each line.
//!
//! If the whole crew for text sleeps, the author of a message writes it to up to 32 outboxes
//! itself: to wake a courier would take longer.
//!
//! There are two crews. One writes text only, so it never waits for a disk. The other also reads
//! blocks of files. A socket that is full goes to its crew's list and is tried again after 1 to
//! 100 ms, so a slow reader delays no thread. We use a timer, because the kernel wakes a blocked
//! writer only when a third of its buffer is free. With a slow reader that takes minutes.
//!
//! One lock for each crew guards its queue and its list. Nothing is written under it, and no other
//! lock is taken under it.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Instant;

use super::Outbox;
use super::socket::Wait;
use super::writing::{Manner, More};
use crate::lock::{ignore_poison, lock};

/// The most outboxes of text that a courier takes at a time. The other couriers need some too.
const MOST_TAKEN: usize = 32;

/// The most outboxes that the author of a line writes out itself.
const MOST_WRITTEN_BY_AUTHOR: usize = 32;

/// How many threads write files. While some of them wait for a disk, the others go on.
const FILE_COURIERS: usize = 4;

/// The threads that write outboxes, and the outboxes that wait for them.
pub struct Couriers {
    text: Arc<Crew>,
    /// In a client this is the same crew as `text`: one thread does it all.
    files: Arc<Crew>,
}

/// What there is to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Load {
    Text,
    /// A file, and text between its blocks.
    Files,
}

struct Crew {
    queues: Mutex<Queues>,
    filled: Condvar,
    size: usize,
    reads_files: bool,
    most_taken: usize,
}

#[derive(Default)]
struct Queues {
    ready: VecDeque<Arc<Outbox>>,
    /// Outboxes whose sockets are full, sorted by when to try again. If two have the same time,
    /// the address tells them apart.
    full: BTreeMap<(Instant, usize), Arc<Outbox>>,
    /// How many couriers wait for work.
    asleep: usize,
    /// How many of these were woken and have not run yet. To wake a thread costs a system call, so
    /// nobody is woken twice.
    woken: usize,
}

impl Couriers {
    /// Starts `size` couriers for text, and a few for files. They run until the process ends.
    ///
    /// # Errors
    /// If a thread can't be started.
    pub fn start(size: usize) -> io::Result<Arc<Couriers>> {
        let text = Crew::new(size, false, MOST_TAKEN);
        let files = Crew::new(FILE_COURIERS, true, 1);
        for (crew, name) in [(&text, "courier"), (&files, "file courier")] {
            for number in 1..=crew.size {
                let crew = Arc::clone(crew);
                thread::Builder::new()
                    .name(format!("{name} {number}"))
                    .spawn(move || crew.run())?;
            }
        }
        Ok(Arc::new(Couriers { text, files }))
    }

    /// One courier for everything, for a client. The caller starts it with [`run`](Self::run).
    pub fn alone() -> Arc<Couriers> {
        let crew = Crew::new(1, true, 1);
        Arc::new(Couriers { text: Arc::clone(&crew), files: crew })
    }

    /// Does the work of one courier on the calling thread, for ever.
    pub fn run(&self) {
        self.text.run();
    }

    fn crew(&self, load: Load) -> &Crew {
        match load {
            Load::Text => &self.text,
            Load::Files => &self.files,
        }
    }

    /// Queues outboxes that were idle until now.
    pub(super) fn enqueue(&self, load: Load, outboxes: impl IntoIterator<Item = Arc<Outbox>>) {
        self.crew(load).put(outboxes.into_iter().map(|outbox| (outbox, None)));
    }

    /// Lets the calling thread write a few outboxes that are in no queue, if all couriers sleep.
    /// Returns whether it did. If not, they stay in the list.
    pub(super) fn write_at_once(&self, outboxes: &mut Vec<Arc<Outbox>>) -> bool {
        if outboxes.len() > MOST_WRITTEN_BY_AUTHOR || !self.text.is_asleep() {
            return false;
        }
        let manner = Manner { reads_files: false, wait: Wait::Never };
        let mut frame = Vec::new();
        for outbox in outboxes.drain(..) {
            if let Some(More { load, then }) = outbox.deliver(&mut frame, manner) {
                self.crew(load).put([(outbox, then)]);
            }
        }
        true
    }
}

impl Crew {
    fn new(size: usize, reads_files: bool, most_taken: usize) -> Arc<Crew> {
        let queues = Mutex::default();
        Arc::new(Crew { queues, filled: Condvar::new(), size, reads_files, most_taken })
    }

    /// Puts outboxes into the queue, or with a time on the list of full sockets. Wakes couriers
    /// for the queue, but at least one, to see when a full socket is due.
    fn put(&self, outboxes: impl IntoIterator<Item = (Arc<Outbox>, Option<Instant>)>) {
        let mut queues = lock(&self.queues);
        queues.add(outboxes);
        let to_wake = (queues.asleep - queues.woken).min(queues.ready.len().max(1));
        queues.woken += to_wake;
        drop(queues);
        for _ in 0..to_wake {
            self.filled.notify_one();
        }
    }

    fn is_asleep(&self) -> bool {
        let queues = lock(&self.queues);
        queues.asleep - queues.woken == self.size && queues.ready.is_empty()
    }

    fn run(&self) {
        let mut taken = Vec::with_capacity(self.most_taken);
        let mut back = Vec::new();
        let mut frame = Vec::new();
        loop {
            // Let runnable threads post first, so that their lines leave in the same write. And if
            // all cores are busy, messages go before files.
            thread::yield_now();
            let mut manner = self.take(&mut taken);
            for outbox in taken.drain(..) {
                let Some(More { load, then }) = outbox.deliver(&mut frame, manner) else {
                    continue;
                };
                if then.is_some() {
                    // The other outboxes must not wait for a second full socket.
                    manner.wait = Wait::Never;
                }
                let couriers = Arc::clone(&outbox.couriers);
                let crew = couriers.crew(load);
                if std::ptr::eq(crew, self) {
                    back.push((outbox, then));
                } else {
                    crew.put([(outbox, then)]);
                }
            }
            if !back.is_empty() {
                // Wakes nobody: this courier comes back.
                lock(&self.queues).add(back.drain(..));
            }
        }
    }

    /// Takes the full sockets that are due, and this courier's share of the queue. Waits until
    /// there is something. Returns how to write it.
    fn take(&self, taken: &mut Vec<Arc<Outbox>>) -> Manner {
        let mut queues = lock(&self.queues);
        loop {
            let is_one_full = !queues.full.is_empty();
            queues.take_due(self.most_taken.div_ceil(2), taken);
            let share = queues.ready.len().div_ceil(self.size).min(self.most_taken - taken.len());
            taken.extend(queues.ready.drain(..share));
            if !taken.is_empty() {
                let never = is_one_full || self.reads_files;
                let wait = if never { Wait::Never } else { Wait::Briefly };
                return Manner { reads_files: self.reads_files, wait };
            }
            queues = self.sleep(queues);
        }
    }

    fn sleep<'a>(&self, mut queues: MutexGuard<'a, Queues>) -> MutexGuard<'a, Queues> {
        queues.asleep += 1;
        let due = queues.full.first_key_value().map(|((then, _), _)| *then);
        let mut queues = match due {
            Some(then) => {
                let left = then.saturating_duration_since(Instant::now());
                let waited = self.filled.wait_timeout(queues, left);
                ignore_poison(waited).0
            }
            None => ignore_poison(self.filled.wait(queues)),
        };
        queues.asleep -= 1;
        queues.woken = queues.woken.saturating_sub(1);
        queues
    }
}

impl Queues {
    fn add(&mut self, outboxes: impl IntoIterator<Item = (Arc<Outbox>, Option<Instant>)>) {
        for (outbox, then) in outboxes {
            match then {
                None => self.ready.push_back(outbox),
                Some(then) => {
                    self.full.insert((then, Arc::as_ptr(&outbox).addr()), outbox);
                }
            }
        }
    }

    /// Takes at most `most` sockets that are due.
    fn take_due(&mut self, most: usize, taken: &mut Vec<Arc<Outbox>>) {
        if self.full.is_empty() {
            return;
        }
        let now = Instant::now();
        while taken.len() < most
            && let Some(first) = self.full.first_entry()
            && first.key().0 <= now
        {
            taken.push(first.remove());
        }
    }
}
