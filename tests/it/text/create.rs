//! Menu entry 1: creating a room, open or locked, and being in it at once.

use crate::support::{PASSWORD, Seat, Server, ask};

#[test]
fn who_creates_a_room_is_in_it_at_once() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    alice.create("lobby");
    assert_eq!(alice.lists_users(), ["User: alice"]);
}

#[test]
fn an_empty_answer_gives_the_room_a_password() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    alice.types("1");
    alice.is_asked(ask::NEW_ROOM);
    alice.types("vault");
    alice.is_asked(ask::LOCK);
    alice.types("perhaps");
    alice.is_asked(ask::LOCK);
    alice.types("");
    alice.is_asked(ask::NEW_PASSWORD);
}

#[test]
fn different_passwords_are_both_asked_again() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    alice.types("1");
    alice.is_asked(ask::NEW_ROOM);
    alice.types("vault");
    alice.is_asked(ask::LOCK);
    alice.types("y");
    for _ in 0..2 {
        alice.is_asked(ask::NEW_PASSWORD);
        alice.types("one");
        alice.is_asked(ask::REPEAT_PASSWORD);
        alice.types("two");
        alice.sees("Passwords don't match");
    }
    alice.is_asked(ask::NEW_PASSWORD);
    alice.types("three");
    alice.is_asked(ask::REPEAT_PASSWORD);
    alice.types("three");
    alice.sees_room("New Room Added... Entering", "vault");
}

#[test]
fn an_open_room_that_exists_can_be_entered_instead() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    let mut bob = server.sign_up("bob");
    bob.types("1");
    bob.is_asked(ask::NEW_ROOM);
    bob.types("lobby");
    bob.is_asked(ask::ENTER_INSTEAD);
    bob.types("y");
    bob.sees_room("Entered the Room, Have a nice chat :P", "lobby");
    alice.sees("::: bob Entered the Room");
}

#[test]
fn a_locked_room_that_exists_asks_for_its_password_also_here() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    alice.create_locked("vault", "1");
    let mut bob = server.sign_up("bob");
    bob.types("1");
    bob.is_asked(ask::NEW_ROOM);
    bob.types("vault");
    bob.is_asked(ask::ENTER_INSTEAD);
    bob.types("y");
    bob.is_asked(ask::ROOM_PASSWORD);
    bob.types("1");
    bob.sees_room("Entered the Room, Have a nice chat :P", "vault");
}

#[test]
fn a_name_that_exists_can_be_changed_for_another() {
    let server = Server::start();
    let _alice = server.room("lobby", ["alice"]);
    let mut bob = server.sign_up("bob");
    bob.types("1");
    bob.is_asked(ask::NEW_ROOM);
    bob.types("lobby");
    bob.is_asked(ask::ENTER_INSTEAD);
    bob.types("n");
    bob.is_asked(ask::NEW_ROOM);
    bob.types("attic");
    bob.is_asked(ask::LOCK);
    bob.types("n");
    bob.sees_room("New Room Added... Entering", "attic");
}

#[test]
fn who_is_second_to_create_a_room_is_told_and_comes_to_the_menu() {
    let server = Server::start();
    let mut slow = server.sign_up("slow");
    slow.types("1");
    slow.is_asked(ask::NEW_ROOM);
    slow.types("lobby");
    slow.is_asked(ask::LOCK);

    let mut quick = server.sign_up("quick");
    quick.create("Lobby");

    slow.types("n");
    slow.sees_menu(Some("Somebody created the Room before you did..."));
    assert_eq!(slow.lists_rooms(), ["Lobby Users: 1"]);
    quick.hears_nothing_in_the_room();
}

#[test]
fn who_is_second_with_a_password_leaves_the_room_open() {
    let server = Server::start();
    let mut slow = server.sign_up("slow");
    slow.types("1");
    slow.is_asked(ask::NEW_ROOM);
    slow.types("lobby");
    slow.is_asked(ask::LOCK);
    slow.types("y");
    slow.is_asked(ask::NEW_PASSWORD);
    slow.types(PASSWORD);
    slow.is_asked(ask::REPEAT_PASSWORD);

    let mut quick = server.sign_up("quick");
    quick.create("lobby");

    slow.types(PASSWORD);
    slow.sees_menu(Some("Somebody created the Room before you did..."));
    slow.enter("lobby");
    quick.sees("::: slow Entered the Room");
}
