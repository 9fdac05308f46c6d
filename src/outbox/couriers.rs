//! Couriers: a few threads that write out the outboxes of everybody.
//!
//! Whoever posts to an idle outbox puts it into the couriers' queue, once; the next courier that is free takes it, writes
//! what has gathered there by then, and lets go of it. So the one who says a line never waits for those who read it, and
//! lines that come while others are being written leave together. A writer thread for each connection would cost a wake-up
//! for each delivery, and a thread more for each person.
//!
//! One lock guards the queue. Nothing is written under it.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::{Next, Outbox};

/// How many outboxes a courier takes at a time at the most: few enough that the others get their share.
const MOST_TAKEN: usize = 32;

/// The queue of outboxes that have something in them, and the threads that empty it.
pub struct Couriers {
    queue: Mutex<Queue>,
    filled: Condvar,
    count: usize,
}

struct Queue {
    outboxes: VecDeque<Arc<Outbox>>,
    /// How many couriers wait for work. Waking one costs a system call, so it is only done for one that sleeps.
    asleep: usize,
}

impl Couriers {
    /// Starts `count` couriers. They run until the process ends.
    ///
    /// # Errors
    /// If a thread can't be started.
    pub fn start(count: usize) -> io::Result<Arc<Couriers>> {
        let queue = Mutex::new(Queue { outboxes: VecDeque::new(), asleep: 0 });
        let couriers = Arc::new(Couriers { queue, filled: Condvar::new(), count });
        for number in 1..=count {
            let couriers = Arc::clone(&couriers);
            thread::Builder::new()
                .name(format!("courier {number}"))
                .spawn(move || couriers.run())?;
        }
        Ok(couriers)
    }

    /// Queues outboxes that were idle until now.
    pub(crate) fn enqueue(&self, outboxes: impl IntoIterator<Item = Arc<Outbox>>) {
        let mut queue = self.lock();
        queue.outboxes.extend(outboxes);
        let to_wake = queue.asleep.min(queue.outboxes.len());
        // Counted down by who wakes, not by who wakes up: else everybody who comes in between would wake it once more.
        queue.asleep -= to_wake;
        drop(queue);
        for _ in 0..to_wake {
            self.filled.notify_one();
        }
    }

    fn run(&self) {
        let mut taken = Vec::with_capacity(MOST_TAKEN);
        let mut again = Vec::new();
        let mut spare = Vec::new();
        loop {
            // Whoever can run now, and has something to say, says it first: then it leaves in the same write. If nobody can, this
            // costs nothing.
            thread::yield_now();
            self.take(&mut taken);
            for outbox in taken.drain(..) {
                if outbox.deliver(&mut spare) == Next::Requeue {
                    again.push(outbox);
                }
            }
            if !again.is_empty() {
                // Nobody is woken for them: this courier comes back itself.
                self.lock().outboxes.extend(again.drain(..));
            }
        }
    }

    /// Takes this courier's share of the queue. Waits until there is something in it.
    fn take(&self, taken: &mut Vec<Arc<Outbox>>) {
        let mut queue = self.lock();
        while queue.outboxes.is_empty() {
            queue.asleep += 1;
            queue = self.filled.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        let share = queue.outboxes.len().div_ceil(self.count).min(MOST_TAKEN);
        taken.extend(queue.outboxes.drain(..share));
    }

    /// Nothing panics while the queue is half changed, so a poisoned lock is used on.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Couriers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Couriers({})", self.count)
    }
}
