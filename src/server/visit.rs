//! One connection's life: sign-in, menu, room, goodbye.
//!
//! A visit runs on the connection's own thread, which the accept loop started. It walks the states
//! as plain sequential code: where the thread is in [`sign_in`], [`menu`] or [`chat`] *is* the
//! state. [`Session`] reads the input and keeps the deadlines for all of them.
//!
//! What ends a visit is always an [`Ended`], and it ends this visit alone. Guards on this
//! thread's stack leave the room, free the name and free the place, however the visit ends.

use std::convert::Infallible;
use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::connections::Admission;
use super::request_log::Kind;
use super::screens;
use super::session::{Ended, Session};
use super::shared::Shared;
use super::{chat, menu, sign_in};
use crate::outbox::{Cut, Outbox};

/// How long each half of a goodbye may take: to write what waits, and to see the other side close.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(2);

/// How often a closing connection is checked for its end.
const CLOSED_CHECK_INTERVAL: Duration = Duration::from_millis(10);

/// Runs a visit from the greeting to the goodbye. Blocks for as long as the person stays.
pub fn run(admission: &Admission, client: SocketAddr, outbox: &Arc<Outbox>, shared: &Shared) {
    let mut session = Session::new(admission.number, client, outbox, shared);
    shared.console.show(format_args!("{client} connected"));
    session.log.request(Kind::CONNECT, "welcome");

    let Err(ended) = walk(admission, &mut session);

    if let Some(lines) = ended.last_lines() {
        outbox.post_last(lines);
    }
    log_end(&session, &ended);
    close(outbox);
}

/// The states, one after the other, until the session ends.
fn walk(admission: &Admission, session: &mut Session) -> Result<Infallible, Ended> {
    // Held until the visit ends: dropping it frees the name.
    let signed_in = sign_in::sign_in(session)?;
    let person = &signed_in.person;
    admission.note_signed_in();
    session.note_signed_in(person);
    session.tell(screens::menu(session, "Logged In, You Welcome"));
    loop {
        let membership = menu::choose(session, person)?;
        chat::stay(session, membership)?;
    }
}

fn log_end(session: &Session, ended: &Ended) {
    // If we cut the connection ourselves, log our reason instead.
    match session.outbox.was_cut() {
        Some(why @ (Cut::TooSlow | Cut::Stalled)) => session.log.request(Kind::DISCONNECT, why),
        _ => session.log.request(Kind::DISCONNECT, ended),
    }
    session.shared.console.show(format_args!("{} disconnected", session.log.who()));
}

/// Closes a connection in good order: writes what waits, shuts the writing half down, and reads
/// until the other side closes too. If we closed while there is input that we have not read, the
/// kernel would throw away what the other side has not read yet, also the `$bye`.
pub fn close(outbox: &Outbox) {
    outbox.close(GOODBYE_TIMEOUT);
    let deadline = Instant::now() + GOODBYE_TIMEOUT;
    let (mut reader, stream) = (outbox, outbox.stream());
    let mut dropped = [0; 512];
    loop {
        let patience = deadline.saturating_duration_since(Instant::now());
        if patience.is_zero() || outbox.set_read_timeout(patience).is_err() {
            break;
        }
        match reader.read(&mut dropped) {
            Ok(1..) => {}
            // Our own reading half may be shut (a take-over does that), so the end of the stream
            // says nothing about the peer. A socket without a peer address has no peer any more.
            Ok(0) if stream.peer_addr().is_ok() => thread::sleep(CLOSED_CHECK_INTERVAL),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            _ => break,
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}
