//! Bytes into lines, as a room shows them: the longest line, the endings, and bytes that are no
//! UTF-8 (`protocol.md`, section 1).

use crate::support::{PASSWORD, Seat, Server, ask};

const TOO_LONG: &str = "Line too long (4096 bytes at most), nothing was sent";

#[test]
fn a_line_of_4096_bytes_is_said_and_one_of_4097_is_not() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    let longest = "x".repeat(4096);
    bob.types(&longest);
    for member in [&mut alice, &mut bob] {
        member.sees(&format!(" bob: {longest}"));
    }
    bob.types(&"x".repeat(4097));
    bob.sees(TOO_LONG);
    bob.hears_nothing_in_the_room();
    alice.sees(" bob: marker 1");
}

#[test]
fn an_ending_does_not_count_and_a_doubled_dollar_does() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    let longest = "x".repeat(4096);
    bob.sends(&format!("{longest}\r"));
    alice.sees(&format!(" bob: {longest}"));
    bob.sends(&format!("$${}", "x".repeat(4094)));
    alice.sees(&format!(" bob: ${}", "x".repeat(4094)));
    bob.sends(&format!("$${}", "x".repeat(4095)));
    bob.sees_eventually(TOO_LONG);
    bob.hears_nothing_in_the_room();
    alice.sees(" bob: marker 1");
}

#[test]
fn a_line_is_counted_in_bytes_as_they_arrive() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    let longest = "é".repeat(2048);
    bob.types(&longest);
    alice.sees(&format!(" bob: {longest}"));
    bob.types(&"é".repeat(2049));
    bob.sees_eventually(TOO_LONG);
    // Each of these becomes three bytes on the way out, which is what a server's line may be
    // longer for.
    bob.sends_bytes(&[[0xff].repeat(4096), b"\n".to_vec()].concat());
    alice.sees(&format!(" bob: {}", "\u{fffd}".repeat(4096)));
}

#[test]
fn the_rest_of_a_line_that_is_too_long_is_not_taken_for_a_line() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    let mut endless = "x".repeat(1_000_000);
    endless.push_str("\nafterwards\n");
    bob.sends_bytes(endless.as_bytes());
    bob.sees_lines(&[TOO_LONG, " bob: afterwards"]);
    alice.sees(" bob: afterwards");
}

#[test]
fn the_longest_line_of_the_longest_name_is_delivered() {
    let server = Server::start();
    let name = "é".repeat(24);
    let [mut alice, mut other] = server.room("lobby", ["alice", &name]);
    other.sends_bytes(&[[0xff].repeat(4096), b"\n".to_vec()].concat());
    alice.sees(&format!(" {name}: {}", "\u{fffd}".repeat(4096)));
}

#[test]
fn a_password_that_is_too_long_a_line_is_asked_again_in_secret() {
    let server = Server::start();
    let mut alice = server.newcomer("alice");
    alice.types("alice");
    alice.is_asked(ask::NEW_PASSWORD);
    alice.types(&"x".repeat(4097));
    alice.sees(TOO_LONG);
    alice.is_asked(ask::NEW_PASSWORD);
    alice.types(PASSWORD);
    alice.is_asked(ask::REPEAT_PASSWORD);
}

#[test]
fn bytes_that_are_no_utf_8_become_replacement_characters() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    bob.sends_bytes(b"caf\xe9\n");
    alice.sees(" bob: caf\u{fffd}");
    bob.sends_bytes(b"\xff\n");
    alice.sees(" bob: \u{fffd}");
    // An LF ends the line also inside a character that has only begun.
    bob.sends_bytes(b"\xf0\x9f\nnext\n");
    alice.sees(" bob: \u{fffd}");
    alice.sees(" bob: next");
}

#[test]
fn a_carriage_return_before_the_line_s_end_is_dropped() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    bob.sends_bytes(b"hello\r\n");
    alice.sees(" bob: hello");
    bob.sends_bytes(b"@\r\n");
    alice.sees("User bob has left the room");
}
