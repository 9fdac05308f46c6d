//! Order and delivery (`protocol.md`, section 7): many people talk at once, and everyone sees the
//! same lines in the same order. Nothing is lost. Entering and leaving are clean cuts through what
//! is said.

use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;

use crate::support::{PASSWORD, Person, Seat, Server, ask};

#[test]
fn everyone_sees_the_same_lines_in_the_same_order_whoever_talks() {
    const LINES: usize = 300;
    let names = ["alice", "bob", "carol", "dave", "erin", "frank"];
    let server = Server::start();
    let people = server.room("lobby", names);
    // All talk at once and all read; what each one saw is compared.
    let seen: Vec<Vec<String>> = thread::scope(|scope| {
        let talkers: Vec<_> = people
            .into_iter()
            .zip(names)
            .map(|(person, name)| {
                scope.spawn(move || talks_and_listens(person, name, LINES, names.len()))
            })
            .collect();
        talkers.into_iter().map(|talker| talker.join().unwrap()).collect()
    });
    for (lines, name) in seen.iter().zip(names) {
        assert!(lines == &seen[0], "{name} saw another order than {}", names[0]);
        let own: Vec<_> =
            lines.iter().filter(|line| line.starts_with(&format!(" {name}: "))).collect();
        let said: Vec<_> = (0..LINES).map(|number| format!(" {name}: {number}")).collect();
        assert!(own.into_iter().eq(&said), "not what {name} said, in {name}'s order");
    }
}

/// Says numbered lines, reading meanwhile so that the server need not wait, and returns all that
/// everyone said.
fn talks_and_listens(mut person: Person, name: &str, lines: usize, people: usize) -> Vec<String> {
    let mut seen = Vec::new();
    for number in 0..lines {
        person.types(&number.to_string());
        // Read up to its own line. What others said may come before it.
        let own = format!(" {name}: {number}");
        seen.append(&mut person.sees_eventually(&own));
        seen.push(own);
    }
    while seen.len() < lines * people {
        seen.push(person.next_line());
    }
    seen
}

#[test]
fn entering_and_leaving_are_clean_cuts_through_a_room_s_talk() {
    let server = Server::start();
    let [mut alice, talker] = server.room("lobby", ["alice", "talker"]);
    alice.leave("lobby");
    // Dropping the sender tells the talker to stop, also when a visit panics.
    let (visiting, over) = channel();
    thread::scope(|scope| {
        scope.spawn(move || talks_until(talker, &over));
        let _visiting: Sender<()> = visiting;
        (0..40).for_each(|_| visit(&mut alice));
    });
}

/// Enters, hears a few lines and leaves. Each screen is checked line by line, so a line of the
/// room in the middle of one, or one after the leaving, would be seen.
fn visit(alice: &mut Person) {
    alice.enter("lobby");
    let mut heard = number_in(&alice.next_line());
    for _ in 0..3 {
        let next = number_in(&alice.next_line());
        assert_eq!(next, heard + 1, "a line of the room is missing");
        heard = next;
    }
    alice.types("@");
    for line in alice.sees_eventually("$at menu") {
        let next = number_in(&line);
        assert_eq!(next, heard + 1, "a line of the room is missing");
        heard = next;
    }
    alice.sees("You left the room lobby");
    alice.sees_rest_of_menu();
    alice.hears_nothing_in_the_menu();
}

/// Says one number after the other. Each waits for the echo of the one before.
fn talks_until(mut talker: Person, over: &Receiver<()>) {
    let mut number = 0_u64;
    talker.sees("User alice has left the room");
    while over.try_recv() != Err(TryRecvError::Disconnected) {
        talker.types(&number.to_string());
        // Alice's coming and going may come before it.
        talker.sees_eventually(&format!(" talker: {number}"));
        number += 1;
    }
}

fn number_in(line: &str) -> u64 {
    let said = line.strip_prefix(" talker: ");
    let said = said.unwrap_or_else(|| panic!("not what the talker said: {line:?}"));
    said.parse().unwrap()
}

#[test]
fn after_entering_the_next_line_said_is_the_first_line_read() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    let mut bob = server.sign_up("bob");
    for number in 0..20 {
        alice.types(&format!("before {number}"));
        alice.sees(&format!(" alice: before {number}"));
        bob.enter("lobby");
        alice.sees("::: bob Entered the Room");
        alice.types(&format!("after {number}"));
        alice.sees(&format!(" alice: after {number}"));
        bob.sees(&format!(" alice: after {number}"));
        bob.leave("lobby");
        alice.sees("User bob has left the room");
    }
}

#[test]
fn lines_before_leaving_are_said_and_lines_after_it_are_not() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    bob.sends_bytes(b"one\ntwo\n@\n4\nthree\n");
    alice.sees_lines(&[" bob: one", " bob: two", "User bob has left the room"]);
    bob.sees_lines(&[" bob: one", " bob: two"]);
    bob.sees_menu(Some("You left the room lobby"));
    bob.sees_menu(None);
    bob.is_asked(ask::MENU);
    alice.hears_nothing_in_the_room();
}

#[test]
fn a_message_reaches_each_of_a_hundred_members_once() {
    let server = Server::start();
    let mut people = vec![server.sign_up("user0")];
    people[0].create("lobby");
    for number in 1..100 {
        let name = format!("user{number}");
        let mut person = server.sign_up(&name);
        person.enter("lobby");
        people.push(person);
    }
    people[0].types("hello, all");
    for person in &mut people {
        let before = person.sees_eventually(" user0: hello, all");
        assert!(before.iter().all(|line| line.contains("Entered the Room")));
    }
    people[0].types("and goodbye");
    for person in &mut people {
        person.sees(" user0: and goodbye");
    }
}

#[test]
fn what_its_creator_was_told_of_is_there_for_everyone() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    let mut bob = server.sign_up("bob");
    for round in 0..100 {
        let room = format!("room {round}");
        alice.create(&room);
        bob.sends(&format!("3\n{room}"));
        bob.reads_up_to(ask::ROOM);
        bob.sees_room("Entered the Room, Have a nice chat :P", &room);
        alice.sees("::: bob Entered the Room");
        bob.leave(&room);
        alice.sees("User bob has left the room");
        alice.leave(&room);

        let name = format!("user{round}");
        let mut somebody = server.newcomer("somebody");
        let mut other = server.newcomer("somebody else");
        somebody.register(&name, PASSWORD);
        other.types(&name);
        other.is_asked(ask::LOGIN);
    }
}

/// The message was posted after the answer to a ping that came later in the same read.
#[test]
fn a_pong_comes_after_the_answers_to_earlier_lines() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    for _ in 0..20 {
        alice.sends_bytes(b"one\n$ping\n%\n$ping\ntwo\n");
        alice.sees(" alice: one");
        alice.sees("$pong");
        alice.sees_lines(&["LIST OF USERS:", "User: alice"]);
        alice.sees("$pong");
        alice.sees(" alice: two");
    }
}
