//! Two people act at the same moment, many times. The outcome must always be one that they could
//! also have had one after the other.

use std::sync::Barrier;
use std::thread;

use crate::support::{PASSWORD, Person, Seat, Server, ask};

const ROUNDS: usize = 100;

const USER_ADDED: &str = "New User Added...Going to Login";
const ROOM_ADDED: &str = "New Room Added... Entering";
const ENTERED: &str = "Entered the Room, Have a nice chat :P";
const EXPELLED: &str = "Signed in from another place";

#[test]
fn of_two_people_who_create_one_user_exactly_one_gets_it() {
    let server = Server::start();
    for round in 0..ROUNDS {
        let name = format!("user{round}");
        let mut alice = server.newcomer("alice");
        let mut bob = server.newcomer("bob");
        for (person, password) in [(&mut alice, "alice's"), (&mut bob, "bob's")] {
            person.types(&name);
            person.is_asked(ask::NEW_PASSWORD);
            person.types(password);
            person.is_asked(ask::REPEAT_PASSWORD);
        }
        let (alices, bobs) = at_once((&mut alice, "alice's"), (&mut bob, "bob's"));

        let alice_is_first = alices == USER_ADDED;
        let ((mut winner, right), (mut loser, wrong)) = match alice_is_first {
            true => ((alice, "alice's"), (bob, "bob's")),
            false => ((bob, "bob's"), (alice, "alice's")),
        };
        let mut lines = [alices, bobs];
        lines.sort();
        assert_eq!(lines, [USER_ADDED, "Somebody created the User before you did..."]);
        winner.comes_to_login();
        loser.is_asked(ask::NEW_USER);

        // The password that counts is the winner's.
        winner.try_login(&name, wrong);
        winner.is_asked(ask::AGAIN);
        winner.types("y");
        winner.comes_to_login();
        winner.log_in(&name, right);
    }
}

#[test]
fn of_two_people_who_create_one_room_exactly_one_gets_it() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    let mut bob = server.sign_up("bob");
    for round in 0..ROUNDS {
        let room = format!("room {round}");
        for person in [&mut alice, &mut bob] {
            person.types("1");
            person.is_asked(ask::NEW_ROOM);
            person.types(&room);
            person.is_asked(ask::LOCK);
        }
        let (alices, bobs) = at_once((&mut alice, "n"), (&mut bob, "n"));

        let (winner, loser) = match alices == ROOM_ADDED {
            true => (&mut alice, &mut bob),
            false => (&mut bob, &mut alice),
        };
        let mut lines = [alices, bobs];
        lines.sort();
        assert_eq!(lines, [ROOM_ADDED, "Somebody created the Room before you did..."]);
        winner.sees_rest_of_room(&room);
        loser.sees_rest_of_menu();
        assert_eq!(winner.lists_users().len(), 1);
        winner.leave(&room);
    }
    assert_eq!(alice.lists_rooms().len(), ROUNDS);
}

#[test]
fn a_room_is_entered_or_deleted_but_never_both() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    let mut bob = server.sign_up("bob");
    for round in 0..ROUNDS {
        let room = format!("room {round}");
        alice.create(&room);
        alice.leave(&room);
        alice.types("3");
        alice.reads_up_to(ask::ROOM);
        bob.types("2");
        bob.reads_up_to(ask::DELETE);
        enters_or_deletes((&mut alice, &room), (&mut bob, &room), &room);
    }
}

#[test]
fn a_locked_room_is_either_entered_or_deleted_too() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    let mut bob = server.sign_up("bob");
    for round in 0..ROUNDS {
        let room = format!("room {round}");
        alice.create_locked(&room, "1");
        alice.leave(&room);
        alice.types("3");
        alice.reads_up_to(ask::ROOM);
        alice.types(&room);
        alice.is_asked(ask::ROOM_PASSWORD);
        bob.types("2");
        bob.reads_up_to(ask::DELETE);
        bob.types(&room);
        bob.is_asked(ask::PASSWORD_TO_DELETE);
        enters_or_deletes((&mut alice, "1"), (&mut bob, "1"), &room);
    }
}

#[test]
fn of_two_people_who_take_over_one_session_only_one_keeps_it() {
    let server = Server::start();
    let mut present = server.sign_up("alice");
    for _ in 0..ROUNDS / 4 {
        let mut one = returning_to_take_over(&server);
        let mut other = returning_to_take_over(&server);
        let (ones, others) = at_once((&mut one, "y"), (&mut other, "y"));
        present.sees(EXPELLED);
        present.sees_bye();

        // The later of the two ends the session of the earlier, and a third ends that one. If both
        // had kept the session, one of them would not see its end.
        let mut third = returning_to_take_over(&server);
        third.types("y");
        third.sees_menu(Some("Logged In, You Welcome"));
        for (mut taker, line) in [(one, ones), (other, others)] {
            match line.as_str() {
                "Logged In, You Welcome" => {
                    taker.sees_rest_of_menu();
                    taker.sees(EXPELLED);
                    taker.sees_bye();
                }
                // Before its menu was shown.
                EXPELLED => taker.sees_bye(),
                // That session was gone, but there was a new one: so it is asked about that.
                question => assert_eq!(question, ask::TAKE_OVER.text),
            }
        }
        present = third;
    }
}

#[test]
fn many_who_enter_and_leave_at_once_are_counted_right() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    thread::scope(|scope| {
        for number in 0..6 {
            let mut person = server.sign_up(&format!("user{number}"));
            scope.spawn(move || {
                for _ in 0..20 {
                    person.enter("lobby");
                    person.types("@");
                    person.sees_eventually("You left the room lobby");
                    person.sees_rest_of_menu();
                }
                person.enter("lobby");
                // Stays connected until all have come.
                person.sees_eventually(" alice: everyone here?");
            });
        }
        let mut inside = 0;
        let mut coming = 6 * 21;
        while coming > 0 {
            let line = alice.next_line();
            match line.contains("Entered the Room") {
                true => (inside, coming) = (inside + 1, coming - 1),
                false => inside -= 1,
            }
        }
        assert_eq!(inside, 6);
        assert_eq!(alice.lists_users().len(), 7);
        alice.types("everyone here?");
    });
}

fn returning_to_take_over(server: &Server) -> Person {
    let mut person = server.returning("alice");
    person.try_login("alice", PASSWORD);
    person.is_asked(ask::TAKE_OVER);
    person
}

/// Both type at the same moment. Returns the first line of text that each of them reads then.
fn at_once(one: (&mut Person, &str), other: (&mut Person, &str)) -> (String, String) {
    let start = Barrier::new(2);
    let answer_of = |(person, line): (&mut Person, &str)| {
        start.wait();
        person.types(line);
        loop {
            let line = person.next_line();
            if !line.starts_with('$') {
                return line.trim().to_owned();
            }
        }
    };
    thread::scope(|scope| {
        let one = scope.spawn(|| answer_of(one));
        let other = answer_of(other);
        (one.join().unwrap(), other)
    })
}

/// Alice's line would let her in, bob's would remove the room. Only one of the two may come true.
fn enters_or_deletes(alice: (&mut Person, &str), bob: (&mut Person, &str), room: &str) {
    let (alice, alices_line) = alice;
    let (bob, bobs_line) = bob;
    let (alices, bobs) = at_once((alice, alices_line), (bob, bobs_line));
    bob.sees_rest_of_menu();
    if alices == ENTERED {
        assert_eq!(bobs, "Room is not empty for deletion");
        alice.sees_rest_of_room(room);
        assert_eq!(alice.lists_users(), ["User: alice"]);
        alice.leave(room);
    } else {
        assert_eq!(alices, "Room doesn't exist");
        assert_eq!(bobs, format!("Room {room} Removed"));
        alice.sees_rest_of_menu();
    }
}
