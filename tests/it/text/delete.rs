//! Menu entry 2: deleting a room, and what prevents it. (At the same moment as others: `race`.)

use crate::support::{Person, Seat, Server, ask};

const NOT_EMPTY: &str = "Room is not empty for deletion";

#[test]
fn an_open_room_is_removed_without_a_password() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    alice.types("2");
    alice.sees_lines(&["Rooms Available:", "vault LOCKED Users: 0", "lobby Users: 0"]);
    alice.is_asked(ask::DELETE);
    alice.types("lobby");
    alice.sees_menu(Some("Room lobby Removed"));
    assert_eq!(alice.lists_rooms(), ["vault LOCKED Users: 0"]);
}

#[test]
fn a_locked_room_is_removed_with_its_password() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    asks_to_delete(&mut alice, "vault");
    alice.is_asked(ask::PASSWORD_TO_DELETE);
    alice.types("1");
    alice.sees_menu(Some("Room vault Removed"));
    assert_eq!(alice.lists_rooms(), ["lobby Users: 0"]);
}

#[test]
fn anybody_may_delete_a_room_not_only_who_created_it() {
    let server = Server::start();
    let _alice = with_vault_and_lobby(&server);
    let mut bob = server.sign_up("bob");
    asks_to_delete(&mut bob, "lobby");
    bob.sees_menu(Some("Room lobby Removed"));
}

#[test]
fn after_the_last_room_there_are_none() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    alice.leave("lobby");
    asks_to_delete(&mut alice, "lobby");
    alice.sees_menu(Some("Room lobby Removed"));
    alice.types("2");
    alice.sees_menu(Some("There are no rooms"));
}

#[test]
fn an_unknown_room_and_one_that_cannot_be_lead_to_the_menu() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    for name in ["attic", "", "no/such//room!", "vault LOCKED", "%", "$lobby"] {
        asks_to_delete(&mut alice, name);
        alice.sees_menu(Some("Room doesn't exist"));
    }
}

#[test]
fn a_room_with_somebody_in_it_is_not_removed() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    let mut bob = server.sign_up("bob");
    enters_the_vault(&mut bob);
    asks_to_delete(&mut alice, "vault");
    alice.sees_menu(Some(NOT_EMPTY));
    bob.hears_nothing_in_the_room();
}

#[test]
fn a_room_entered_while_its_password_is_asked_stays() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    let mut bob = server.sign_up("bob");
    asks_to_delete(&mut alice, "vault");
    alice.is_asked(ask::PASSWORD_TO_DELETE);
    enters_the_vault(&mut bob);
    alice.types("1");
    alice.sees_menu(Some(NOT_EMPTY));
    bob.hears_nothing_in_the_room();
}

#[test]
fn a_wrong_password_may_be_tried_again_or_not() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    asks_to_delete(&mut alice, "vault");
    alice.is_asked(ask::PASSWORD_TO_DELETE);
    for yes in ["y", ""] {
        alice.types("wrong");
        alice.is_asked(ask::AGAIN_TO_DELETE);
        alice.types("what?");
        alice.is_asked(ask::AGAIN_TO_DELETE);
        alice.types(yes);
        alice.is_asked(ask::PASSWORD_TO_DELETE);
    }
    alice.types("wrong");
    alice.is_asked(ask::AGAIN_TO_DELETE);
    alice.types("n");
    alice.sees_menu(None);
    assert_eq!(alice.lists_rooms(), ["vault LOCKED Users: 0", "lobby Users: 0"]);
}

#[test]
fn the_fifth_wrong_password_in_a_row_leads_to_the_menu() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    asks_to_delete(&mut alice, "vault");
    alice.is_asked(ask::PASSWORD_TO_DELETE);
    for _ in 0..4 {
        alice.types("wrong");
        alice.is_asked(ask::AGAIN_TO_DELETE);
        alice.types("y");
        alice.is_asked(ask::PASSWORD_TO_DELETE);
    }
    alice.types("wrong");
    alice.sees_menu(Some("Too many wrong passwords for this room"));
    assert_eq!(alice.lists_rooms(), ["vault LOCKED Users: 0", "lobby Users: 0"]);
}

#[test]
fn a_room_deleted_while_its_password_is_asked_is_gone() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    let mut bob = server.sign_up("bob");
    for person in [&mut alice, &mut bob] {
        asks_to_delete(person, "vault");
        person.is_asked(ask::PASSWORD_TO_DELETE);
    }
    alice.types("1");
    alice.sees_menu(Some("Room vault Removed"));
    // A new room of the same name is not the room that he asked for.
    alice.create_locked("vault", "1");
    alice.leave("vault");
    bob.types("1");
    bob.sees_menu(Some("Room doesn't exist"));
    assert_eq!(bob.lists_rooms(), ["lobby Users: 0", "vault LOCKED Users: 0"]);
}

#[test]
fn the_name_of_a_removed_room_is_free_again() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    asks_to_delete(&mut alice, "vault");
    alice.is_asked(ask::PASSWORD_TO_DELETE);
    alice.types("1");
    alice.sees_menu(Some("Room vault Removed"));
    alice.create("vault");
    alice.leave("vault");
    assert_eq!(alice.lists_rooms(), ["lobby Users: 0", "vault Users: 0"]);
    alice.enter("vault");
}

fn with_vault_and_lobby(server: &Server) -> Person {
    let mut alice = server.sign_up("alice");
    alice.create_locked("vault", "1");
    alice.leave("vault");
    alice.create("lobby");
    alice.leave("lobby");
    alice
}

fn asks_to_delete(person: &mut Person, room: &str) {
    person.types("2");
    person.reads_up_to(ask::DELETE);
    person.types(room);
}

fn enters_the_vault(person: &mut Person) {
    person.types("3");
    person.reads_up_to(ask::ROOM);
    person.types("vault");
    person.is_asked(ask::ROOM_PASSWORD);
    person.types("1");
    person.sees_room("Entered the Room, Have a nice chat :P", "vault");
}
