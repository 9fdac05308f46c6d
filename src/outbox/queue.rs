//! What waits for one crew of threads. An entry waits for the next free thread, or for a time at
//! which to try a full socket again. `T` is an outbox, but nothing here knows that.
//!
//! One lock guards each queue. No other lock is taken under it, and nothing blocks under it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Instant;

use crate::lock::{ignore_poison, lock};

/// The queues for both kinds of work.
pub struct Queues<T> {
    pub(super) text: Queue<T>,
    /// `None`: one thread does both kinds of work, from one queue.
    pub(super) files: Option<Queue<T>>,
}

/// What there is to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Load {
    Text,
    /// A file, and text between its blocks.
    Files,
}

impl<T> Queues<T> {
    /// The queue of those who write this.
    pub(super) fn of(&self, load: Load) -> &Queue<T> {
        match (load, &self.files) {
            (Load::Files, Some(files)) => files,
            _ => &self.text,
        }
    }
}

/// What waits for one crew.
pub(super) struct Queue<T> {
    waiting: Mutex<Waiting<T>>,
    filled: Condvar,
    /// How many threads take from it.
    threads: usize,
    /// How many entries a thread takes at a time, at most.
    most_taken: usize,
}

struct Waiting<T> {
    ready: VecDeque<Arc<T>>,
    /// Those with full sockets, sorted by when to try again. If two have the same time, the
    /// address tells them apart.
    full: BTreeMap<(Instant, usize), Arc<T>>,
    /// How many threads wait for work.
    asleep: usize,
    /// How many of these were woken and have not run yet. To wake a thread costs a system call, so
    /// nobody is woken twice.
    woken: usize,
}

impl<T> Queue<T> {
    pub(super) fn new(threads: usize, most_taken: usize) -> Queue<T> {
        let (ready, full) = (VecDeque::new(), BTreeMap::new());
        let waiting = Mutex::new(Waiting { ready, full, asleep: 0, woken: 0 });
        Queue { waiting, filled: Condvar::new(), threads, most_taken }
    }

    /// Puts entries into the queue, or with a time on the list of full sockets. Wakes threads for
    /// the queue, but at least one, to see when a full socket is due.
    pub(super) fn put(&self, entries: impl IntoIterator<Item = (Arc<T>, Option<Instant>)>) {
        let mut waiting = lock(&self.waiting);
        waiting.add(entries);
        let to_wake = (waiting.asleep - waiting.woken).min(waiting.ready.len().max(1));
        waiting.woken += to_wake;
        drop(waiting);
        for _ in 0..to_wake {
            self.filled.notify_one();
        }
    }

    /// Like [`put`](Self::put), for a thread that takes from this queue next. Wakes nobody.
    pub(super) fn put_back(&self, entries: impl IntoIterator<Item = (Arc<T>, Option<Instant>)>) {
        lock(&self.waiting).add(entries);
    }

    /// Whether all threads sleep and nothing is ready.
    pub(super) fn is_asleep(&self) -> bool {
        let waiting = lock(&self.waiting);
        waiting.asleep - waiting.woken == self.threads && waiting.ready.is_empty()
    }

    /// Takes the full sockets that are due, and this thread's share of the queue. Waits until
    /// there is something. Returns whether there were full sockets.
    pub(super) fn take(&self, taken: &mut Vec<Arc<T>>) -> bool {
        let mut waiting = lock(&self.waiting);
        loop {
            let is_one_full = !waiting.full.is_empty();
            waiting.take_due(self.most_taken.div_ceil(2), taken);
            let share = waiting.ready.len().div_ceil(self.threads);
            let share = share.min(self.most_taken - taken.len());
            taken.extend(waiting.ready.drain(..share));
            if !taken.is_empty() {
                return is_one_full;
            }
            waiting = self.sleep(waiting);
        }
    }

    fn sleep<'a>(&self, mut waiting: MutexGuard<'a, Waiting<T>>) -> MutexGuard<'a, Waiting<T>> {
        waiting.asleep += 1;
        let due = waiting.full.first_key_value().map(|((retry_at, _), _)| *retry_at);
        let mut waiting = match due {
            Some(retry_at) => {
                let left = retry_at.saturating_duration_since(Instant::now());
                ignore_poison(self.filled.wait_timeout(waiting, left)).0
            }
            None => ignore_poison(self.filled.wait(waiting)),
        };
        waiting.asleep -= 1;
        waiting.woken = waiting.woken.saturating_sub(1);
        waiting
    }
}

impl<T> Waiting<T> {
    fn add(&mut self, entries: impl IntoIterator<Item = (Arc<T>, Option<Instant>)>) {
        for (entry, retry_at) in entries {
            match retry_at {
                None => self.ready.push_back(entry),
                Some(retry_at) => {
                    self.full.insert((retry_at, Arc::as_ptr(&entry).addr()), entry);
                }
            }
        }
    }

    /// Takes at most `most` full sockets that are due.
    fn take_due(&mut self, most: usize, taken: &mut Vec<Arc<T>>) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::Range;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    fn put(queue: &Queue<u64>, numbers: Range<u64>, retry_at: impl Fn(u64) -> Option<Instant>) {
        queue.put(numbers.map(|number| (Arc::new(number), retry_at(number))));
    }

    fn take(queue: &Queue<u64>) -> (Vec<u64>, bool) {
        let mut taken = Vec::new();
        let is_one_full = queue.take(&mut taken);
        (taken.into_iter().map(|number| *number).collect(), is_one_full)
    }

    #[test]
    fn a_thread_takes_its_share_and_full_sockets_for_half_of_it() {
        let queue = Queue::new(2, 4);
        put(&queue, 0..7, |_| None);
        for share in [vec![0, 1, 2, 3], vec![4, 5], vec![6]] {
            assert_eq!(take(&queue), (share, false));
        }
        let now = Instant::now();
        put(&queue, 0..3, |number| Some(now + Duration::from_nanos(number)));
        put(&queue, 3..9, |_| None);
        assert_eq!(take(&queue), (vec![0, 1, 3, 4], true));
        assert_eq!(take(&queue), (vec![2, 5, 6], true));
        assert_eq!(take(&queue), (vec![7], false));
    }

    #[test]
    fn a_full_socket_is_taken_when_it_is_due_and_not_before() {
        let queue = Queue::new(1, 1);
        let due = Instant::now() + Duration::from_millis(30);
        put(&queue, 0..2, |_| Some(due));
        assert_eq!(take(&queue).0.len() + take(&queue).0.len(), 2);
        assert!(Instant::now() >= due);
    }

    #[test]
    fn as_many_threads_are_woken_as_there_is_work() {
        let queue = Arc::new(Queue::new(3, 1));
        let (tell, told) = mpsc::channel();
        for _ in 0..3 {
            let (queue, tell) = (Arc::clone(&queue), tell.clone());
            thread::spawn(move || tell.send(take(&queue)).unwrap());
        }
        while !queue.is_asleep() {
            thread::yield_now();
        }
        put(&queue, 0..3, |_| None);
        for _ in 0..3 {
            told.recv_timeout(Duration::from_secs(20)).expect("one more is woken");
        }
    }
}
