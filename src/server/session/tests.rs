//! What a session does with what came while it did something else. No test waits so long: it sets
//! the session's clock back instead.

use std::io::{BufRead, Write};
use std::thread;

use super::*;
use crate::protocol::SenderLine;
use crate::server::tests::{connection, shared};

const ADDRESS: ([u8; 4], u16) = ([127, 0, 0, 1], 1);

#[test]
fn nothing_is_handled_that_came_before_the_last_words_and_waits_after_them() {
    let folder = tempfile::tempdir().unwrap();
    let shared = &shared(&folder);
    let (outbox, person) = connection(shared);
    let mut session = Session::new(1, ADDRESS.into(), &outbox, shared);
    person.get_ref().write_all(b"one\ntwo\n").unwrap();
    assert!(matches!(session.next_input(), Ok(Input::Text(line)) if line == "one"));
    person.get_ref().write_all(b"three\n").unwrap();
    outbox.expel("goodbye");
    for _ in 0..2 {
        assert!(matches!(session.next_input(), Err(Ended::SentAway)), "buffered or in the socket");
    }
    assert!(matches!(session.after_a_wait(), Err(Ended::SentAway)));
}

/// Longer than a peer may be silent.
const LONG: Duration = Duration::from_secs(100);

/// A program was heard so long ago, and the thread has read nothing since the time `last_read`.
fn heard_long_ago(session: &mut Session, last_read: Instant) {
    session.is_program = true;
    let long_ago = Instant::now() - LONG;
    (session.clock.last_byte, session.clock.next_check) = (long_ago, long_ago);
    session.clock.last_read = last_read;
}

#[test]
fn the_time_for_a_hash_or_for_a_slow_reader_is_no_silence_of_the_peer() {
    let folder = tempfile::tempdir().unwrap();
    let shared = &shared(&folder);
    let (outbox, person) = connection(shared);
    let mut session = Session::new(1, ADDRESS.into(), &outbox, shared);

    heard_long_ago(&mut session, Instant::now() - LONG);
    person.get_ref().write_all(b"$ping\n").unwrap();
    assert!(matches!(session.next_input(), Ok(Input::Ping)));

    heard_long_ago(&mut session, Instant::now() - LONG);
    session.after_a_wait().unwrap();
    person.get_ref().write_all(b"$ping\n").unwrap();
    assert!(matches!(session.next_input(), Ok(Input::Ping)));

    // But if the thread has listened, it is.
    heard_long_ago(&mut session, Instant::now());
    assert!(matches!(session.next_input(), Err(Ended::Silent)));
}

#[test]
fn the_time_to_sign_in_passes_also_while_nobody_listens() {
    let folder = tempfile::tempdir().unwrap();
    let shared = &shared(&folder);
    let (outbox, _person) = connection(shared);
    let mut session = Session::new(1, ADDRESS.into(), &outbox, shared);
    session.clock.last_read = Instant::now() - LONG;
    session.clock.sign_in = Some(Instant::now());
    assert!(matches!(session.after_a_wait(), Err(Ended::NotSignedIn)));
}

/// The session waits for a file of one byte, whose offer came long ago.
fn begin_upload(session: &mut Session) {
    heard_long_ago(session, Instant::now() - LONG);
    session.receiving.open_question();
    let offer = SenderLine::Offer { size: 1, name: "file".into() };
    session.receiving.follow(offer, Instant::now() - LONG).unwrap();
}

#[test]
fn a_file_is_not_late_that_lies_in_the_socket() {
    let folder = tempfile::tempdir().unwrap();
    let shared = &shared(&folder);
    let (outbox, person) = connection(shared);
    let mut session = Session::new(1, ADDRESS.into(), &outbox, shared);
    begin_upload(&mut session);
    let digest_of_x = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
    write!(person.get_ref(), "$data 1\nx$endFile {digest_of_x}\n").unwrap();
    session.after_a_wait().unwrap();
    assert!(matches!(session.next_input(), Ok(Input::Uploaded(_))));
}

#[test]
fn a_file_of_which_nothing_has_come_is_late_a_moment_after_the_thread_listens_again() {
    let folder = tempfile::tempdir().unwrap();
    let shared = &shared(&folder);
    let (outbox, person) = connection(shared);
    let mut session = Session::new(1, ADDRESS.into(), &outbox, shared);
    begin_upload(&mut session);
    session.after_a_wait().unwrap();
    assert!(session.receiving.name().is_some());
    let person = thread::spawn(move || {
        let mut person = person;
        let mut line = String::new();
        while line != "$refuse nothing came for 60 s\n" {
            line.clear();
            assert!(person.read_line(&mut line).unwrap() > 0);
        }
        person.get_ref().write_all(b"$ping\n").unwrap();
        person
    });
    assert!(matches!(session.next_input(), Ok(Input::Ping)));
    assert!(session.receiving.name().is_none());
    drop(person.join().unwrap());
}
