//! Control lines: every one in every state of a session. Nothing but `$pong` and `$data` is taken
//! outside a file's transfer (`protocol.md`, sections 2 and 6); the rest is answered with one text
//! line and changes nothing.

use crate::support::{Seat, Server, ask};
use crate::text::states::{STATES, in_every_state, set_the_stage};

const DIGEST: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

const TOO_LONG: &str = "Line too long (4096 bytes at most), nothing was sent";

/// Verbs of the server, of a sender and of a receiver, and what is no verb at all.
const OUT_OF_PLACE: [&str; 23] = [
    "$chatroom 1",
    "$hide",
    "$clear",
    "$ping",
    "$bye",
    "$send",
    "$file 5 hi.txt",
    "$file",
    "$endFile",
    "$cancel too late",
    "$ready",
    "$refuse no",
    "$refuse",
    "$ack",
    "$nonsense",
    "$",
    "$ ",
    "$ pong",
    "$PONG",
    "$pongs",
    "$5 a head",
    "$\u{1b}pong",
    "$é",
];

#[test]
fn a_control_line_out_of_place_changes_no_state() {
    in_every_state(|state, person| {
        let digested = [format!("$endFile {DIGEST}"), format!("$ack {DIGEST}")];
        for line in OUT_OF_PLACE.into_iter().chain(digested.iter().map(String::as_str)) {
            person.sends(line);
            person.is_told_off();
            state.asks_for_its_secret_again(person);
        }
    });
}

#[test]
fn a_pong_is_taken_silently_in_any_state() {
    in_every_state(|_, person| person.sends("$pong"));
}

#[test]
fn a_line_that_is_too_long_is_told_so_in_any_state() {
    in_every_state(|state, person| {
        for start in ["x", "$", "$pong ", "$data 5"] {
            person.sends(&format!("{start}{}", "x".repeat(4097 - start.len())));
            person.sees(TOO_LONG);
            state.asks_for_its_secret_again(person);
        }
    });
}

#[test]
fn the_bytes_of_a_data_line_are_skipped_in_any_state() {
    let bytes = b"@\n5\n$data 70000\n$bye\n\xff\0y\n";
    let small = [format!("$data {}\n", bytes.len()).as_bytes(), bytes].concat();
    let large = [b"$data 65536\n".to_vec(), vec![b'\n'; 65_536]].concat();
    in_every_state(|state, person| {
        for (block, piece) in [(&small, small.len()), (&small, 1), (&large, large.len())] {
            for piece in block.chunks(piece) {
                person.sends_bytes(piece);
            }
            // Whether a block of a file that was never offered is told off, the protocol leaves
            // open. So this is about what comes after it: a line whose answer is known to the
            // word.
            person.types(&"x".repeat(4097));
            let before = person.sees_eventually(TOO_LONG);
            let prompts = before.iter().filter(|line| line.as_str() == "$hide").count();
            assert!(before.len() <= 1 + 2 * prompts && prompts <= 1, "{before:#?}");
            state.asks_for_its_secret_again(person);
        }
    });
}

#[test]
fn data_that_cannot_be_counted_ends_the_connection_in_any_state() {
    let server = Server::start();
    let _ghost = set_the_stage(&server);
    for state in &STATES {
        let mut person = state.reached_by_someone_new(&server);
        person.sends("$data 0");
        person.is_told_off();
        person.sees_bye();
    }
}

#[test]
fn data_that_cannot_be_counted_is_of_many_kinds() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    for (number, count) in [
        "$data",
        "$data ",
        "$data 0",
        "$data 65537",
        "$data -1",
        "$data +5",
        "$data 5 ",
        "$data  5",
        "$data 5 6",
        "$data 5x",
        "$data 0x5",
        "$data 1e3",
        "$data 5.0",
        "$data ٥",
        "$data five",
        "$data 99999999999999999999999999",
        "$data 18446744073709551617",
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("user{number}");
        let mut person = server.sign_up(&name);
        person.enter("lobby");
        alice.sees(&format!("::: {name} Entered the Room"));
        person.sends(count);
        person.is_told_off();
        person.sees_bye();
        alice.sees(&format!("User {name} has left the room"));
    }
}

#[test]
fn a_room_hears_nothing_of_the_control_lines_of_its_members() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    for line in OUT_OF_PLACE {
        bob.sends(line);
        bob.is_told_off();
    }
    bob.sends("$pong");
    bob.hears_nothing_in_the_room();
    alice.sees(" bob: marker 1");
}

#[test]
fn what_was_typed_for_a_secret_is_never_echoed() {
    let server = Server::start();
    let mut alice = server.newcomer("alice");
    alice.types("alice");
    alice.is_asked(ask::NEW_PASSWORD);
    for secret in ["$hunter2", "$hunter2 and more", "$file 5 hunter2"] {
        alice.sends(secret);
        let told = alice.is_told_off();
        assert!(!told.contains("hunter2"), "{told}");
        alice.is_asked(ask::NEW_PASSWORD);
    }
}
