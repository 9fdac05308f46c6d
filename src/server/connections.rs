//! Connections come in here: the accept loop, how many there may be, and the end of all of them.
//!
//! The accept loop neither ends nor spins, whatever runs out. A newcomer that there is no room for reads `Server is full`,
//! wherever that can still be said: for the moment when descriptors have run out, one is kept spare.
//!
//! One mutex guards the map of connections; nothing else is locked, and nothing blocks, under it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use log::warn;

use super::{Shared, session};
use crate::outbox::Outbox;
use crate::protocol::{Reply, VERSION};

/// A session's stack. Most of ten thousand people are silent, and what a thread never touches costs nothing.
const SESSION_STACK_BYTES: usize = 256 * 1024;

/// How long the accept loop rests when a connection can't be taken.
const BACK_OFF: Duration = Duration::from_millis(50);

/// How long `quit` waits for the sessions to have said goodbye.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(5);

/// How many who were turned away are waited for at once.
const MAX_TURNED_AWAY: usize = 32;

/// The last words to a newcomer that there is no room for.
const FULL: &str = "Server is full";

/// The last words at `quit`.
const SHUTTING_DOWN: &str = "Server shutting down...";

/// Who is connected.
pub struct Connections {
    most: usize,
    map: Mutex<Map>,
    left: Condvar,
    turned_away: AtomicUsize,
}

#[derive(Default)]
struct Map {
    /// By the number of the place.
    outboxes: HashMap<u64, Arc<Outbox>>,
    last_number: u64,
    closing: bool,
}

/// A connection's place among them, for as long as this lives.
struct Place {
    connections: Arc<Connections>,
    number: u64,
}

impl Connections {
    /// None yet, and never more than `most`.
    pub fn new(most: usize) -> Connections {
        let turned_away = AtomicUsize::new(0);
        Connections { most, map: Mutex::default(), left: Condvar::new(), turned_away }
    }

    /// Takes a place for a connection, or says why there is none.
    fn admit(self: &Arc<Self>, outbox: &Arc<Outbox>) -> Result<Place, &'static str> {
        let mut map = self.lock();
        if map.closing {
            return Err(SHUTTING_DOWN);
        }
        if map.outboxes.len() >= self.most {
            return Err(FULL);
        }
        map.last_number += 1;
        let number = map.last_number;
        map.outboxes.insert(number, Arc::clone(outbox));
        Ok(Place { connections: Arc::clone(self), number })
    }

    /// Ends every connection in good order. Blocks until all have ended, but no longer than 5 s.
    pub fn close_all(&self) {
        let mut map = self.lock();
        map.closing = true;
        let outboxes: Vec<_> = map.outboxes.values().cloned().collect();
        drop(map);
        for outbox in outboxes {
            outbox.expel(format_args!("{SHUTTING_DOWN}\n{}", Reply::Bye));
        }
        let map = self.lock();
        drop(self.left.wait_timeout_while(map, GOODBYE_TIMEOUT, |map| !map.outboxes.is_empty()));
    }

    /// The map is changed in single steps, so a panic elsewhere leaves it whole.
    fn lock(&self) -> MutexGuard<'_, Map> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut map = self.connections.lock();
        map.outboxes.remove(&self.number);
        if map.closing {
            self.connections.left.notify_all();
        }
    }
}

/// Accepts connections, for as long as the process lives.
pub fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut spare = spare_descriptor();
    loop {
        match listener.accept() {
            Ok((stream, client)) => {
                match Outbox::with_couriers(stream, Arc::clone(&shared.couriers)) {
                    Ok(outbox) => {
                        // Before anybody else can post to it: it is the first line of every connection.
                        outbox.post(Reply::ChatRoom(VERSION.to_string()));
                        if let Err(why) = start_session(&outbox, client, shared) {
                            turn_away(outbox, why, shared);
                        }
                    }
                    Err(error) => warn!("cannot use a connection: {error}"),
                }
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                warn!("cannot accept a connection: {error}");
                // Most likely there is no descriptor left. With the spare one the newcomer can be told.
                if spare.take().is_some()
                    && let Ok((stream, _)) = listener.accept()
                    && let Ok(outbox) = Outbox::with_couriers(stream, Arc::clone(&shared.couriers))
                {
                    outbox.post(Reply::ChatRoom(VERSION.to_string()));
                    turn_away_at_once(&outbox, FULL);
                }
                thread::sleep(BACK_OFF);
            }
        }
        if spare.is_none() {
            spare = spare_descriptor();
        }
    }
}

fn spare_descriptor() -> Option<File> {
    File::open("/dev/null").ok()
}

/// Starts a session, or says why it can't.
fn start_session(
    outbox: &Arc<Outbox>,
    client: SocketAddr,
    shared: &Arc<Shared>,
) -> Result<(), &'static str> {
    let place = shared.connections.admit(outbox)?;
    let (outbox, shared) = (Arc::clone(outbox), Arc::clone(shared));
    let thread = thread::Builder::new().name("session".into()).stack_size(SESSION_STACK_BYTES);
    let spawned = thread.spawn(move || {
        // A panic in a session unwinds through here: the place is freed, and nobody else notices.
        let place = place;
        session::run(place.number, client, &outbox, &shared);
    });
    spawned.map(drop).map_err(|error| {
        warn!("cannot start a thread for a session: {error}");
        FULL
    })
}

/// Tells a newcomer why it can't come in, and waits until that was read, on a thread of its own.
fn turn_away(outbox: Arc<Outbox>, why: &'static str, shared: &Arc<Shared>) {
    let waiting = Waiting::new(shared);
    if shared.connections.turned_away.load(Ordering::Relaxed) <= MAX_TURNED_AWAY {
        let outbox = Arc::clone(&outbox);
        let thread = thread::Builder::new().name("door".into()).stack_size(SESSION_STACK_BYTES);
        let spawned = thread.spawn(move || {
            outbox.post_last(format_args!("{why}\n{}", Reply::Bye));
            session::close(&outbox);
            drop(waiting);
        });
        if spawned.is_ok() {
            return;
        }
    }
    turn_away_at_once(&outbox, why);
}

/// One who was turned away and is waited for, as long as this lives.
struct Waiting(Arc<Shared>);

impl Waiting {
    fn new(shared: &Arc<Shared>) -> Waiting {
        shared.connections.turned_away.fetch_add(1, Ordering::Relaxed);
        Waiting(Arc::clone(shared))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.connections.turned_away.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Tells a newcomer why it can't come in, without a thread, and without waiting for it.
fn turn_away_at_once(outbox: &Arc<Outbox>, why: &'static str) {
    outbox.post_last(format_args!("{why}\n{}", Reply::Bye));
    // For the couriers: a new socket takes this much at once.
    outbox.close(BACK_OFF);
    // What has come in already would, left unread, make the kernel drop what we have just said.
    let mut stream = outbox.stream();
    if stream.set_nonblocking(true).is_ok() {
        let _ = stream.read(&mut [0; 4096]);
    }
}
