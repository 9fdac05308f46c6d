//! The files that a person sends: those that wait, the one that is being sent, and those that are
//! stored but whose last receipt has not come.
//!
//! Several threads use it: the keyboard's adds files, both this and the receiving one take the
//! next, and the thread that finds a file's end reports it, perhaps while it holds the dialogue's
//! lock. So the mutex here is always taken last, and nothing else happens under it.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::mem;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::folder::Source;
use crate::lock::lock;
use crate::name::FileName;

/// Why a file does not come that its sender has stopped, for the others.
pub const STOPPED: &str = "stopped by its sender";

/// How the last receipt of a file begins. The ones before it begin with the file's name.
const LAST_RECEIPT: &str = "File Sent... ";

/// The files that are to be sent, the one that is being sent, and those without a last receipt.
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
    /// Those that were acknowledged, until their last receipt has come.
    stored: Vec<StoredFile>,
}

struct StoredFile {
    name: FileName,
    /// The receipt that names who is awaited, and when it came. It comes only once.
    receipt: Option<(String, Instant)>,
}

impl Uploads {
    /// Tells whether a file is being sent, up to its acknowledgement.
    pub fn is_busy(&self) -> bool {
        lock(&self.queue).current.is_some()
    }

    /// The file that waits for the question that it answers.
    pub fn next(&self) -> Option<FileName> {
        let queue = lock(&self.queue);
        let next = queue.waiting.front().filter(|_| queue.current.is_none());
        next.map(|file| file.name.clone())
    }

    /// Blocks until no file is being sent and none waits.
    pub fn wait_for_end(&self) {
        let is_busy = |queue: &mut Queue| queue.current.is_some() || !queue.waiting.is_empty();
        drop(self.changed.wait_while(lock(&self.queue), is_busy));
    }

    /// Blocks until no file is being sent, but no longer than `patience`.
    pub fn wait_for_current(&self, patience: Duration) {
        let is_busy = |queue: &mut Queue| queue.current.is_some();
        drop(self.changed.wait_timeout_while(lock(&self.queue), patience, is_busy));
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
        let ended = queue.current.take().filter(|_| is_stored);
        queue.stored.extend(ended.map(|name| StoredFile { name, receipt: None }));
        drop(queue);
        self.changed.notify_all();
    }

    // -- Receipts.

    /// Takes a receipt without its mark. Returns whether another one of the same file will follow.
    pub fn note_receipt(&self, receipt: &str, now: Instant) -> bool {
        let stored = &mut lock(&self.queue).stored;
        let last = receipt.strip_prefix(LAST_RECEIPT);
        let Some(index) = index_of(stored, last.unwrap_or(receipt)) else { return false };
        match last {
            Some(_) => drop(stored.remove(index)),
            None => stored[index].receipt = Some((receipt.to_string(), now)),
        }
        last.is_none()
    }

    /// What is known of the newest file whose last receipt has not come.
    pub fn status(&self, now: Instant) -> Option<String> {
        let stored = &lock(&self.queue).stored;
        let newest = stored.last()?.status(now);
        Some(match stored.len() - 1 {
            0 => newest,
            1 => format!("{newest} (and 1 more file)"),
            more => format!("{newest} (and {more} more files)"),
        })
    }

    /// Forgets the files whose last receipt has not come, and says what is known of each.
    pub fn forget_stored(&self, now: Instant) -> Vec<String> {
        let stored = mem::take(&mut lock(&self.queue).stored);
        let known = stored.iter().map(|file| match &file.receipt {
            Some(_) => format!("{}; more is not known", file.status(now)),
            None => format!("{}, but who has received it is not known", file.status(now)),
        });
        known.collect()
    }
}

impl StoredFile {
    /// With the age of its receipt: meanwhile more people may have the file.
    fn status(&self, now: Instant) -> String {
        match &self.receipt {
            None => format!("{} is stored", self.name),
            Some((receipt, at)) => match (now - *at).as_secs() {
                0 => receipt.clone(),
                seconds => format!("{seconds} s ago: {receipt}"),
            },
        }
    }
}

/// Which of these files a receipt begins with: the oldest of that name. One name may begin with
/// another one and a space, so the longest name counts.
fn index_of(stored: &[StoredFile], receipt: &str) -> Option<usize> {
    let is_named = |file: &StoredFile| {
        receipt.strip_prefix(file.name.as_str()).is_some_and(|rest| rest.starts_with(' '))
    };
    let named = (0..stored.len()).filter(|&index| is_named(&stored[index]));
    // Of names of one length this takes the first.
    named.min_by_key(|&index| Reverse(stored[index].name.as_str().len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_for_the_oldest_file_of_its_whole_name() {
        let (uploads, now) = (Uploads::default(), Instant::now());
        for name in ["a b", "a", "a b"] {
            lock(&uploads.queue).current = Some(FileName::parse(name).unwrap());
            uploads.end(true);
        }
        assert!(uploads.note_receipt("a b received by 0 of 1, waiting for bob", now));
        let newest = "a b is stored (and 2 more files)";
        assert_eq!(uploads.status(now).as_deref(), Some(newest));
        assert!(!uploads.note_receipt("File Sent... a b received by 1 of 1", now));
        assert!(!uploads.note_receipt("File Sent... c received by 1 of 1", now), "unknown");
        let unknown = "is stored, but who has received it is not known";
        assert_eq!(uploads.forget_stored(now), [format!("a {unknown}"), format!("a b {unknown}")]);
    }
}
