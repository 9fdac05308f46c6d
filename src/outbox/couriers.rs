//! Couriers: a few threads that write the outboxes of all connections.
//!
//! A thread that posts to an idle outbox puts it into a queue, once. The next free courier takes
//! the outbox and writes all that waits in it. So an author never waits for a socket (`pacing` may
//! slow it down), and lines that come while others are being written leave together. The other
//! design is a writer thread for each connection. It needs one more thread for each person, and
//! wakes a thread for each line.
//!
//! There are two crews. One writes text only, so it never waits for a disk. The other also reads
//! blocks of files. A socket that is full goes to its crew's list and is tried again after 1 to
//! 100 ms, so a slow reader delays no
//! thread for more than some milliseconds. We use a timer, because the kernel wakes a blocked
//! writer only when a third of its buffer is free. With a slow reader that takes minutes.

use std::io;
use std::ptr;
use std::sync::Arc;
use std::thread;

use super::Outbox;
use super::queue::{Load, Queue, Queues};
use super::socket::Wait;
use super::writing::More;

/// The most outboxes of text that a courier takes at a time. The other couriers need some too.
const MOST_TAKEN: usize = 32;

/// How many threads write files. While some of them wait for a disk, the others go on.
const FILE_COURIERS: usize = 4;

/// The couriers, as all others see them: the queues that they take outboxes from.
pub type Couriers = Queues<Outbox>;

impl Couriers {
    /// Starts `size` couriers for text, and a few for files. They run until the process ends.
    ///
    /// # Errors
    /// If a thread can't be started.
    pub fn start(size: usize) -> io::Result<Arc<Couriers>> {
        let text = Queue::new(size, MOST_TAKEN);
        let couriers = Arc::new(Queues { text, files: Some(Queue::new(FILE_COURIERS, 1)) });
        let crews = [("courier", size, Load::Text), ("file courier", FILE_COURIERS, Load::Files)];
        for (name, size, load) in crews {
            for number in 1..=size {
                let couriers = Arc::clone(&couriers);
                thread::Builder::new()
                    .name(format!("{name} {number}"))
                    .spawn(move || couriers.work(load))?;
            }
        }
        Ok(couriers)
    }

    /// One courier for everything, for a client. The caller starts it with [`run`](Self::run).
    pub fn alone() -> Arc<Couriers> {
        Arc::new(Queues { text: Queue::new(1, 1), files: None })
    }

    /// Does the work of one courier on the calling thread, for ever.
    pub fn run(&self) {
        self.work(Load::Files);
    }

    fn work(&self, load: Load) {
        let queue = self.of(load);
        let mut taken = Vec::new();
        let mut back = Vec::new();
        let mut frame = Vec::new();
        loop {
            // Let runnable threads post first, so that their lines leave in the same write. And if
            // all cores are busy, messages go before files.
            thread::yield_now();
            let is_one_full = queue.take(&mut taken);
            let may_wait = load == Load::Text && !is_one_full;
            let mut wait = if may_wait { Wait::Briefly } else { Wait::Never };
            for outbox in taken.drain(..) {
                let Some(More { load, retry_at }) = outbox.deliver(&mut frame, load, wait) else {
                    continue;
                };
                if retry_at.is_some() {
                    // The other outboxes must not wait for a second full socket.
                    wait = Wait::Never;
                }
                let next = self.of(load);
                if ptr::eq(next, queue) {
                    back.push((outbox, retry_at));
                } else {
                    next.put([(outbox, retry_at)]);
                }
            }
            if !back.is_empty() {
                queue.put_back(back.drain(..));
            }
        }
    }
}
