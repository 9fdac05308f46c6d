//! What a session does with what came while it did something else. Nothing waits here: the clock is
//! set back instead.

use std::io::Write;

use super::*;
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
