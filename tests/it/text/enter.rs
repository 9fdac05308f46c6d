//! Menu entry 3: entering a room, and what prevents it. (At the same moment as others: `race`.)

use crate::support::{Person, Seat, Server, ask};

const ENTERED: &str = "Entered the Room, Have a nice chat :P";
const NO_SUCH_ROOM: &str = "Room doesn't exist";

#[test]
fn an_open_room_asks_for_no_password() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    alice.types("3");
    alice.sees_lines(&[
        "Rooms Available:",
        "vault LOCKED Users: 0",
        "lobby Users: 0",
        "Entering Room",
    ]);
    alice.is_asked(ask::ROOM);
    alice.types("lobby");
    alice.sees_room(ENTERED, "lobby");
}

#[test]
fn a_locked_room_opens_with_its_password() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    asks_for_the_vault(&mut alice);
    alice.types("1");
    alice.sees_room(ENTERED, "vault");
}

#[test]
fn an_unknown_room_and_one_that_cannot_be_lead_to_the_menu() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    for name in ["attic", "", "no/such//room!", "vault LOCKED", "%", "!", "$lobby"] {
        alice.types("3");
        alice.reads_up_to(ask::ROOM);
        alice.types(name);
        alice.sees_menu(Some(NO_SUCH_ROOM));
    }
}

#[test]
fn spaces_around_the_name_and_its_case_do_not_count() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    alice.types("3");
    alice.reads_up_to(ask::ROOM);
    alice.types("  LOBBY ");
    alice.sees_room(ENTERED, "lobby");
}

#[test]
fn a_wrong_password_may_be_tried_again() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    asks_for_the_vault(&mut alice);
    for yes in ["y", "", "YES"] {
        alice.types("wrong");
        alice.is_asked(ask::AGAIN);
        alice.types("what?");
        alice.is_asked(ask::AGAIN);
        alice.types(yes);
        alice.is_asked(ask::ROOM_PASSWORD);
    }
    alice.types("1");
    alice.sees_room(ENTERED, "vault");
}

#[test]
fn after_a_wrong_password_no_leads_to_the_menu() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    asks_for_the_vault(&mut alice);
    alice.types("wrong");
    alice.is_asked(ask::AGAIN);
    alice.types("n");
    alice.sees_menu(None);
}

#[test]
fn the_fifth_wrong_password_in_a_row_leads_to_the_menu() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    // After the menu, counting begins again.
    for _ in 0..2 {
        asks_for_the_vault(&mut alice);
        for _ in 0..4 {
            alice.types("wrong");
            alice.is_asked(ask::AGAIN);
            alice.types("y");
            alice.is_asked(ask::ROOM_PASSWORD);
        }
        alice.types("wrong");
        alice.sees_menu(Some("Too many wrong passwords for this room"));
    }
}

#[test]
fn a_room_deleted_while_its_password_is_asked_is_gone() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    let mut bob = server.sign_up("bob");
    asks_for_the_vault(&mut alice);
    deletes_the_vault(&mut bob);
    alice.types("1");
    alice.sees_menu(Some(NO_SUCH_ROOM));
}

#[test]
fn a_namesake_with_the_same_password_is_another_room() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    let mut bob = server.sign_up("bob");
    asks_for_the_vault(&mut alice);
    deletes_the_vault(&mut bob);
    bob.create_locked("vault", "1");
    alice.types("1");
    alice.sees_menu(Some(NO_SUCH_ROOM));
    bob.hears_nothing_in_the_room();
}

#[test]
fn an_open_namesake_is_not_entered_on_the_old_room_s_password() {
    let server = Server::start();
    let mut alice = with_vault_and_lobby(&server);
    let mut bob = server.sign_up("bob");
    asks_for_the_vault(&mut alice);
    deletes_the_vault(&mut bob);
    bob.create("vault");
    alice.types("1");
    alice.sees_menu(Some(NO_SUCH_ROOM));
    bob.hears_nothing_in_the_room();
}

fn with_vault_and_lobby(server: &Server) -> Person {
    let mut alice = server.sign_up("alice");
    alice.create_locked("vault", "1");
    alice.leave("vault");
    alice.create("lobby");
    alice.leave("lobby");
    alice
}

fn asks_for_the_vault(person: &mut Person) {
    person.types("3");
    person.reads_up_to(ask::ROOM);
    person.types("vault");
    person.is_asked(ask::ROOM_PASSWORD);
}

fn deletes_the_vault(person: &mut Person) {
    person.types("2");
    person.reads_up_to(ask::DELETE);
    person.types("vault");
    person.is_asked(ask::PASSWORD_TO_DELETE);
    person.types("1");
    person.sees_menu(Some("Room vault Removed"));
}
