//! The queue of files that a person wants to send, and which one is being sent.
//!
//! Several threads use it: the keyboard's adds files, both this and the receiving one take the
//! next, and the thread that finds a file's end reports it, perhaps while it holds the dialogue's
//! lock. So the mutex here is always taken last, and nothing else happens under it.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Condvar, Mutex};

use crate::folder::Source;
use crate::lock::lock;
use crate::name::FileName;

/// Why a file does not come that its sender has stopped, for the others.
pub const STOPPED: &str = "stopped by its sender";

/// The files that are to be sent, and the one that is being sent.
#[derive(Default)]
pub struct Uploads {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Source>,
    /// From its offer to its acknowledgement.
    current: Option<FileName>,
    /// The one that was acknowledged last, until its last receipt has come.
    stored: Option<FileName>,
}

impl Uploads {
    /// Tells whether a file is being sent, up to its acknowledgement.
    pub fn is_busy(&self) -> bool {
        lock(&self.queue).current.is_some()
    }

    /// Tells whether files wait for the question that they answer.
    pub fn has_waiting(&self) -> bool {
        let queue = lock(&self.queue);
        queue.current.is_none() && !queue.waiting.is_empty()
    }

    /// Blocks until no file is being sent and none waits.
    pub fn wait_for_end(&self) {
        let is_busy = |queue: &mut Queue| queue.current.is_some() || !queue.waiting.is_empty();
        drop(self.changed.wait_while(lock(&self.queue), is_busy));
    }

    /// Forgets the files that wait, and gives their names.
    pub fn forget_waiting(&self) -> Vec<FileName> {
        let waiting = mem::take(&mut lock(&self.queue).waiting);
        self.changed.notify_all();
        waiting.into_iter().map(|file| file.name).collect()
    }

    /// Adds files at the end.
    pub fn add(&self, chosen: Vec<Source>) {
        lock(&self.queue).waiting.extend(chosen);
    }

    /// Takes the next file: from now on it is being sent.
    pub fn begin_next(&self) -> Option<Source> {
        let mut queue = lock(&self.queue);
        let next = queue.waiting.pop_front()?;
        queue.current = Some(next.name.clone());
        Some(next)
    }

    /// No file is being sent any more. `is_stored`: it was acknowledged.
    pub fn end(&self, is_stored: bool) {
        let mut queue = lock(&self.queue);
        queue.stored = queue.current.take().filter(|_| is_stored);
        drop(queue);
        self.changed.notify_all();
    }

    /// Forgets the file that was stored last, and gives its name, unless its last receipt has come.
    pub fn forget_stored(&self) -> Option<FileName> {
        lock(&self.queue).stored.take()
    }

    /// Tells whether a receipt begins with the name of the file that was stored last.
    pub fn is_named(&self, receipt: &str) -> bool {
        let queue = lock(&self.queue);
        let rest = queue.stored.as_ref().and_then(|name| receipt.strip_prefix(name.as_str()));
        rest.is_some_and(|rest| rest.starts_with(' '))
    }
}
