//! Silence (`protocol.md`, section 3): a program that says nothing for 60 s is lost, a person on a
//! raw connection may be silent for ever. These take as long as that, so they are run by
//! `cargo test -- --ignored`. Only here is time itself what is tested.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::faults::note;
use crate::support::{Person, Seat, Server, ask};

const NOTHING_HEARD: &str = "Nothing was heard from you for 60 s";

#[test]
#[ignore = "takes a minute: a program may say nothing for 60 s"]
fn a_ghost_is_out_of_its_room_within_61_s() {
    let machine = Machine::observed();
    let server = Server::start();
    let [mut alice, mut ghost] = server.room("lobby", ["alice", "ghost"]);
    ghost.sends("$ping");
    ghost.sees("$pong");
    let start = Instant::now();
    let line = alice.line_or_end_within(Duration::from_secs(75));
    assert_eq!(line.as_deref(), Some("User ghost has left the room"), "{}", alice.story());
    assert_took_a_minute(start, &machine);
    // No `$bye`: a program whose connection is lost connects again.
    ghost.sees(NOTHING_HEARD);
    ghost.sees_end();
    assert_eq!(alice.lists_users(), ["User: alice"]);
}

#[test]
#[ignore = "takes a minute: a program may say nothing for 60 s"]
fn a_program_may_not_be_silent_at_any_question() {
    let machine = Machine::observed();
    let server = Server::start();
    let mut newcomer = server.newcomer("newcomer");
    let mut menu = server.sign_up("menu");
    let mut secret = server.newcomer("secret");
    secret.types("secret");
    secret.is_asked(ask::NEW_PASSWORD);
    let start = Instant::now();
    for person in [&mut newcomer, &mut menu, &mut secret] {
        assert_eq!(line_without_ping(person), NOTHING_HEARD, "{}", person.story());
        person.sees_end();
        assert_took_a_minute(start, &machine);
    }
}

#[test]
#[ignore = "takes a minute and a half: half a line after half a minute"]
fn any_byte_of_a_program_counts_and_not_only_whole_lines() {
    let machine = Machine::observed();
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    // The silence is what is tested.
    std::thread::sleep(Duration::from_secs(30));
    alice.sends_bytes(b"h");
    let start = Instant::now();
    assert_eq!(line_without_ping(&mut alice), NOTHING_HEARD);
    assert_took_a_minute(start, &machine);
}

#[test]
#[ignore = "takes two minutes: a ping each 20 s, and then people who are silent"]
fn a_program_that_pings_stays_and_so_does_a_silent_person() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    let mut nobody = server.raw_newcomer("nobody");
    let mut bob = server.sign_up_raw("bob");
    bob.enter("lobby");
    alice.sees("::: bob Entered the Room");
    for _ in 0..6 {
        // The silence is what is tested.
        std::thread::sleep(Duration::from_secs(20));
        alice.sends("$ping");
        alice.sees("$pong");
    }
    alice.hears_nothing_in_the_room();
    bob.sees(" alice: marker 1");
    bob.types("I was here all the time");
    alice.sees(" bob: I was here all the time");
    nobody.types("nobody");
    nobody.is_asked(ask::NEW_PASSWORD);
}

/// The next line of a program that is silent itself, which [`Seat::next_line`] is not.
#[track_caller]
fn line_without_ping(person: &mut Person) -> String {
    person.stays_silent();
    let line = person.line_or_end_within(Duration::from_secs(75));
    line.unwrap_or_else(|| panic!("the end came without a word\n{}", person.story()))
}

/// 60 s, and a second more at most. What this machine wakes up its sleepers too late is not the
/// server's fault.
#[track_caller]
fn assert_took_a_minute(since: Instant, machine: &Machine) {
    let (passed, late) = (since.elapsed().as_secs_f64(), machine.lateness().as_secs_f64());
    note(&format!("after {passed:.2} s, on a machine that was {late:.2} s late"));
    assert!((59.9..61.0 + late).contains(&passed), "after {passed:.2} s, {late:.2} s late");
}

/// Sleeps short times from the start of a test on, to see how busy the machine is.
struct Machine {
    most_late: Arc<Mutex<Duration>>,
}

impl Machine {
    fn observed() -> Self {
        let most_late = Arc::new(Mutex::new(Duration::ZERO));
        let watched = Arc::downgrade(&most_late);
        std::thread::spawn(move || {
            let nap = Duration::from_millis(20);
            while let Some(most_late) = watched.upgrade() {
                let start = Instant::now();
                // How much longer this takes than it should is what is measured.
                std::thread::sleep(nap);
                let mut most_late = most_late.lock().unwrap();
                *most_late = start.elapsed().saturating_sub(nap).max(*most_late);
            }
        });
        Self { most_late }
    }

    /// Of the longest of its naps. A line passes three threads, so it counts three times.
    fn lateness(&self) -> Duration {
        *self.most_late.lock().unwrap() * 3
    }
}
