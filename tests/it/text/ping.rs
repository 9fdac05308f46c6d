//! Who is silent for a minute is asked whether they are still there (`protocol.md`, section 3).
//! These take as long as it says, so they are run by `cargo test -- --ignored`. Only here is time
//! itself what is tested.

use std::time::{Duration, Instant};

use crate::support::{Person, Seat, Server, ask};

#[test]
#[ignore = "takes two minutes and more: the pings after 60 s and 120 s of silence"]
fn who_has_never_answered_a_ping_is_left_alone() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    let start = Instant::now();
    for minute in 1..=3 {
        awaits_ping(&mut alice);
        let passed = start.elapsed().as_secs_f64();
        let due = 60.0 * f64::from(minute);
        assert!((due - 2.0..due + 10.0).contains(&passed), "ping {minute} after {passed:.1} s");
    }
    alice.types("still here");
    alice.sees(" alice: still here");
    bob.sees(" alice: still here");
}

#[test]
#[ignore = "takes three minutes: a ping after 60 s, and the end 120 s after the last byte"]
fn who_has_answered_once_is_ended_after_two_silent_minutes() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    awaits_ping(&mut alice);
    alice.sends("$pong");
    let start = Instant::now();
    awaits_ping(&mut alice);
    while let Some(line) = alice.line_or_end_within(Duration::from_secs(90)) {
        assert!(line == "$ping" || line == "$bye" || !line.starts_with('$'), "{line}");
    }
    let passed = start.elapsed().as_secs_f64();
    assert!((118.0..135.0).contains(&passed), "ended after {passed:.1} s");
    bob.sees_eventually("User alice has left the room");
}

#[test]
#[ignore = "takes three minutes: each answer must begin the two minutes anew"]
fn who_answers_every_ping_stays() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    for _ in 0..3 {
        awaits_ping(&mut alice);
        alice.sends("$pong");
    }
    alice.hears_nothing_in_the_room();
}

#[test]
#[ignore = "takes a minute and a half: a line after half a minute must put the ping off"]
fn a_ping_comes_a_minute_after_the_last_byte_and_not_before() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    std::thread::sleep(Duration::from_secs(30));
    alice.hears_nothing_in_the_room();
    let start = Instant::now();
    awaits_ping(&mut alice);
    let passed = start.elapsed().as_secs_f64();
    assert!((58.0..70.0).contains(&passed), "pinged after {passed:.1} s");
}

#[test]
#[ignore = "takes a minute: a ping while a password is asked"]
fn a_pong_is_no_answer_to_a_question() {
    let server = Server::start();
    let mut alice = server.newcomer("alice");
    alice.types("alice");
    alice.is_asked(ask::NEW_PASSWORD);
    awaits_ping(&mut alice);
    alice.sends("$pong");
    alice.types("1");
    alice.is_asked(ask::REPEAT_PASSWORD);
}

#[track_caller]
fn awaits_ping(person: &mut Person) {
    let line = person.line_or_end_within(Duration::from_secs(75));
    assert_eq!(line.as_deref(), Some("$ping"), "{}", person.story());
}
