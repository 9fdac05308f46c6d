//! Control lines: every one in every state of a session. Outside of a file's exchange nothing but
//! `$ping` and `$data` has a meaning (`protocol.md`, sections 2, 3, 5 and 8). The rest is answered
//! with one line of text, changes nothing, and the open question is asked again.

use crate::support::{Kind, Seat, Server, ask};
use crate::text::states::{State, in_every_state, in_every_state_of, set_the_stage};

/// A digest in lower case.
const DIGEST: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

const TOO_LONG: &str = "Line too long (4096 bytes at most), nothing was sent";

/// Every verb of the protocol, some of version 1, and some that are none.
const OUT_OF_PLACE: [&str; 32] = [
    "$chatroom 2",
    "$hello 2",
    "$hello 3",
    "$hello",
    "$at menu",
    "$ask user",
    "$ask",
    "$pong",
    "$bye",
    "$hide",
    "$clear",
    "$send",
    "$file 5 hi.txt",
    "$file",
    "$endFile",
    "$cancel",
    "$cancel too late",
    "$ready",
    "$refuse no",
    "$refuse",
    "$ack",
    "$nonsense",
    "$",
    "$ ",
    "$ ping",
    "$PING",
    "$pings",
    "$ping 1",
    "$ping ",
    "$5 a head",
    "$\u{1b}ping",
    "$é",
];

#[test]
fn a_control_line_out_of_place_changes_no_state() {
    in_every_state(|state, person| {
        let digested = [format!("$endFile {DIGEST}"), format!("$ack {DIGEST}")];
        let lines = OUT_OF_PLACE.into_iter().chain(digested.iter().map(String::as_str));
        for line in lines.filter(|line| !state.takes(line)) {
            person.sends(line);
            person.is_told_off();
            state.asks_again(person);
        }
    });
}

#[test]
fn a_ping_of_a_program_is_answered_in_any_state() {
    in_every_state_of(Kind::Program, |_, person| {
        for _ in 0..3 {
            person.sends("$ping");
            person.sees("$pong");
        }
    });
}

#[test]
fn a_ping_from_a_raw_connection_is_out_of_place() {
    in_every_state_of(Kind::Raw, |state, person| {
        person.sends("$ping");
        person.is_told_off();
        state.asks_again(person);
    });
}

#[test]
fn a_line_that_is_too_long_is_told_so_in_any_state() {
    in_every_state(|state, person| {
        for start in ["x", "$", "$ping ", "$data 5"] {
            person.sends(&format!("{start}{}", "x".repeat(4097 - start.len())));
            person.sees(TOO_LONG);
            state.asks_again(person);
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
            person.is_told_off();
            state.asks_again(person);
        }
    });
}

#[test]
fn data_that_cannot_be_counted_ends_the_connection_in_any_state() {
    for kind in [Kind::Program, Kind::Raw] {
        let server = Server::start();
        let _ghost = set_the_stage(&server);
        for state in State::all_of(kind) {
            let mut person = state.reached_by_someone_new(&server, kind);
            person.sends("$data 0");
            person.is_told_off();
            person.sees_bye();
        }
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
    bob.sends("$ping");
    bob.sees("$pong");
    bob.hears_nothing_in_the_room();
    alice.sees(" bob: marker 1");
}

#[test]
fn an_unknown_verb_is_never_echoed() {
    let server = Server::start();
    let mut alice = server.newcomer("alice");
    alice.types("alice");
    alice.is_asked(ask::NEW_PASSWORD);
    for secret in ["$hunter2", "$hunter2 and more", "$file 5 hunter2", "$ask hunter2"] {
        alice.sends(secret);
        let told = alice.is_told_off();
        assert!(!told.contains("hunter2"), "{told}");
        alice.is_asked(ask::NEW_PASSWORD);
    }
}
