//! The connections that are open: how many there may be, and how all of them end.
//!
//! The accept loop asks for an [`Admission`] for each newcomer. The visit holds it. However the
//! session ends, dropping it frees the place. Only a part of the places is for connections that
//! have not signed in, so silent ones cannot keep everybody out. One mutex guards the map. No
//! other lock is taken under it, and nothing blocks under it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::lock::lock;
use crate::outbox::Outbox;
use crate::protocol::Reply;

/// The last words to a newcomer without a place.
pub const FULL: &str = "Server is full";

/// How long `quit` waits until all sessions have said goodbye.
const ALL_GOODBYES_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections that have not signed in may take one place in four.
pub const NEWCOMERS_SHARE: usize = 4;

/// They may take this many places in any case.
pub const MIN_NEWCOMERS: usize = 64;

/// The most descriptors that are kept for other things than connections.
const RESERVED_DESCRIPTORS: usize = 128;

/// The last words at `quit`.
const SHUTTING_DOWN: &str = "Server shutting down...";

/// All open connections.
pub struct Connections {
    max: usize,
    max_newcomers: usize,
    map: Mutex<Map>,
    one_ended: Condvar,
}

#[derive(Default)]
struct Map {
    /// By the number of the place.
    outboxes: HashMap<u64, Arc<Outbox>>,
    /// The numbers of those that have not signed in yet.
    newcomers: HashSet<u64>,
    last_number: u64,
    closing: bool,
}

/// The admission of one connection. Dropping it frees its place.
pub struct Admission {
    connections: Arc<Connections>,
    /// The number of this session. No other session has it, not even a later one.
    pub number: u64,
}

impl Connections {
    /// Creates an empty map for at most `max` connections, each with one of the `descriptors` that
    /// the system allows. Half of these are kept for files, the journal, the logs, and people who
    /// are turned away, but never more than 128.
    pub fn new(max: usize, descriptors: usize) -> Connections {
        let max = max.min(descriptors - (descriptors / 2).min(RESERVED_DESCRIPTORS));
        let max_newcomers = (max / NEWCOMERS_SHARE).max(MIN_NEWCOMERS);
        Connections { max, max_newcomers, map: Mutex::default(), one_ended: Condvar::new() }
    }

    /// Gives a connection a place.
    ///
    /// # Errors
    /// If there is no place: what to tell the newcomer.
    pub fn admit(self: &Arc<Self>, outbox: &Arc<Outbox>) -> Result<Admission, &'static str> {
        let mut map = lock(&self.map);
        if map.closing {
            return Err(SHUTTING_DOWN);
        }
        if map.outboxes.len() >= self.max || map.newcomers.len() >= self.max_newcomers {
            return Err(FULL);
        }
        map.last_number += 1;
        let number = map.last_number;
        map.outboxes.insert(number, Arc::clone(outbox));
        map.newcomers.insert(number);
        Ok(Admission { connections: Arc::clone(self), number })
    }

    /// Ends every connection in good order. Blocks until all have ended, at most 5 s.
    pub fn close_all(&self) {
        let mut map = lock(&self.map);
        map.closing = true;
        let outboxes: Vec<_> = map.outboxes.values().cloned().collect();
        drop(map);
        for outbox in outboxes {
            outbox.expel(format_args!("{SHUTTING_DOWN}\n{}", Reply::Bye));
        }
        let (map, patience) = (lock(&self.map), ALL_GOODBYES_TIMEOUT);
        drop(self.one_ended.wait_timeout_while(map, patience, |map| !map.outboxes.is_empty()));
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        lock(&self.map).outboxes.len()
    }

    /// Posts a line to all connections except those in `told`. Returns how many got it.
    pub fn post_to_others(&self, line: &str, told: &HashSet<u64>) -> usize {
        let map = lock(&self.map);
        let others = map.outboxes.iter().filter(|(number, _)| !told.contains(number));
        let others: Vec<_> = others.map(|(_, outbox)| Arc::clone(outbox)).collect();
        drop(map);
        others.iter().for_each(|outbox| outbox.post(line));
        others.len()
    }
}

impl Admission {
    /// Notes that somebody has signed in on this connection.
    pub fn note_signed_in(&self) {
        lock(&self.connections.map).newcomers.remove(&self.number);
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut map = lock(&self.connections.map);
        map.outboxes.remove(&self.number);
        map.newcomers.remove(&self.number);
        if map.closing {
            self.connections.one_ended.notify_all();
        }
    }
}
