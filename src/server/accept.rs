//! The accept loop: a socket comes in, a thread starts. This is where to start reading the server.
//!
//! Each connection gets a thread of its own, which runs [`visit`] until the person leaves. The
//! loop goes on even if the system has no thread or no file descriptor left. If there is no place
//! for a newcomer, the newcomer reads `Server is full`. To say that even when no file descriptor
//! is left, the loop keeps a spare one: it closes the spare, accepts the newcomer in its place,
//! tells it, pauses, so that it does not use a whole core, and opens the spare again.
//!
//! This file has no lock. The `connections` module knows how many connections there may be.

use std::fs::File;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use log::warn;

use super::connections::FULL;
use super::shared::Shared;
use super::visit;
use crate::outbox::Outbox;
use crate::protocol::{Reply, VERSION};
use crate::threads;

/// A session's stack. It is reserved, not used: memory that a thread never touches costs nothing.
const SESSION_STACK_BYTES: usize = 256 * 1024;

/// How long the accept loop rests when it cannot accept.
const REST: Duration = Duration::from_millis(50);

/// At most this many threads tell newcomers why they cannot come in, one thread for each.
const MAX_TURNED_AWAY: usize = 32;

/// How many threads do so now.
static TURNING_AWAY: AtomicUsize = AtomicUsize::new(0);

/// Accepts connections, for as long as the process lives.
pub fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut spare = spare_descriptor();
    loop {
        match listener.accept() {
            Ok((stream, client)) => {
                if let Some(outbox) = greet(stream, shared)
                    && let Err(why) = start_session(&outbox, client, shared)
                {
                    turn_away(&outbox, why);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                warn!("cannot accept a connection: {error}");
                // Most likely there is no descriptor left. The spare one is enough to say so.
                if spare.take().is_some()
                    && let Ok((stream, _)) = listener.accept()
                    && let Some(outbox) = greet(stream, shared)
                {
                    say_goodbye(&outbox, FULL);
                    close_at_once(&outbox);
                }
                thread::sleep(REST);
            }
        }
        spare = spare.or_else(spare_descriptor);
    }
}

fn spare_descriptor() -> Option<File> {
    File::open("/dev/null").ok()
}

/// Posts the first line of every connection, before anybody else can post to it.
fn greet(stream: TcpStream, shared: &Shared) -> Option<Arc<Outbox>> {
    let outbox = Outbox::new(stream, Arc::clone(&shared.couriers))
        .inspect_err(|error| warn!("cannot use a connection: {error}"))
        .ok()?;
    outbox.post(Reply::ChatRoom(VERSION.to_string()));
    Some(outbox)
}

/// Starts a session's thread, or returns what to tell the newcomer.
fn start_session(
    outbox: &Arc<Outbox>,
    client: SocketAddr,
    shared: &Arc<Shared>,
) -> Result<(), &'static str> {
    let admission = shared.connections.admit(outbox)?;
    let (outbox, shared) = (Arc::clone(outbox), Arc::clone(shared));
    // A panic in a session unwinds this thread only. Dropping `admission` frees its place.
    let run = move || visit::run(&admission, client, &outbox, &shared);
    threads::spawn("session", SESSION_STACK_BYTES, run).map_err(|error| {
        warn!("cannot start a thread for a session: {error}");
        FULL
    })
}

/// Tells a newcomer why it cannot come in. A new thread waits until that was read, unless
/// [`MAX_TURNED_AWAY`] such threads wait already.
fn turn_away(outbox: &Arc<Outbox>, why: &str) {
    say_goodbye(outbox, why);
    let closing = Arc::clone(outbox);
    let close = move || {
        visit::close(&closing);
        TURNING_AWAY.fetch_sub(1, Ordering::Relaxed);
    };
    let too_many = TURNING_AWAY.fetch_add(1, Ordering::Relaxed) >= MAX_TURNED_AWAY;
    if too_many || threads::spawn("door", SESSION_STACK_BYTES, close).is_err() {
        TURNING_AWAY.fetch_sub(1, Ordering::Relaxed);
        close_at_once(outbox);
    }
}

fn say_goodbye(outbox: &Arc<Outbox>, why: &str) {
    outbox.post_last(format_args!("{why}\n{}", Reply::Bye));
}

/// Closes the connection of a newcomer who was told why, without waiting for it.
fn close_at_once(outbox: &Outbox) {
    // A courier writes it soon: the buffer of a new socket has space for this much.
    outbox.close(REST);
    // Input that is left unread would make the kernel drop the words that were just sent. This
    // read has a timeout. A non-blocking one might wait for ever: a courier that is still writing
    // may make the socket blocking again.
    if outbox.set_read_timeout(Duration::from_millis(1)).is_ok() {
        let mut reader = outbox;
        let _ = reader.read(&mut [0; 4096]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::Couriers;
    use std::net::Ipv4Addr;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;
    use std::time::Instant;

    #[test]
    fn a_silent_newcomer_is_turned_away_though_a_courier_makes_its_socket_blocking() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let newcomer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().unwrap();
        let courier = stream.try_clone().unwrap();
        let outbox = Outbox::new(stream, Couriers::start(1).unwrap()).unwrap();
        let is_over = Arc::new(AtomicBool::new(false));
        let is_over_too = Arc::clone(&is_over);
        // What a courier does after each write, but all the time.
        let writing = thread::spawn(move || {
            while !is_over_too.load(Ordering::Relaxed) {
                courier.set_nonblocking(false).unwrap();
            }
        });
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            // Long enough to be disturbed between any two steps.
            let began = Instant::now();
            while began.elapsed() < Duration::from_secs(1) {
                close_at_once(&outbox);
            }
            tell.send(()).unwrap();
        });
        let in_time = told.recv_timeout(Duration::from_secs(20));
        is_over.store(true, Ordering::Relaxed);
        writing.join().unwrap();
        // Held open and silent until here.
        drop(newcomer);
        assert!(in_time.is_ok(), "the accept loop waits for a newcomer that says nothing");
    }
}
