//! The server's own terminal: it shows what happens, takes a few commands, and never holds up a
//! session.

use crate::support::{PASSWORD, Seat, Server, Terminal, ask, folder};

#[test]
fn it_shows_who_comes_what_they_do_and_who_goes() {
    let mut server = Server::start();
    let mut alice = server.newcomer("alice");
    server.shows(&[&alice.address().to_string()]);
    alice.register("alice", PASSWORD);
    server.shows(&["alice"]);
    alice.log_in("alice", PASSWORD);
    server.shows(&["alice"]);
    alice.create("lobby");
    server.shows(&["lobby"]);

    let mut bob = server.sign_up("bob");
    bob.enter("lobby");
    // Entered, with who is in it.
    server.shows(&["lobby", "alice", "bob"]);
    bob.leave("lobby");
    server.shows(&["lobby", "bob"]);
    alice.sees_lines(&["::: bob Entered the Room", "User bob has left the room"]);
    alice.leave("lobby");
    server.shows(&["lobby", "alice"]);
    bob.types("2");
    bob.reads_up_to(ask::DELETE);
    bob.types("lobby");
    bob.sees_menu(Some("Room lobby Removed"));
    server.shows(&["lobby"]);

    let address = bob.address().to_string();
    drop(bob);
    server.shows(&[&address]);
}

#[test]
fn it_never_shows_a_password_or_what_people_say() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    alice.types("the treasure is under the oak");
    bob.sees(" alice: the treasure is under the oak");
    let (shown, _folder) = server.quits();
    let shown = shown.join("\n");
    assert!(shown.contains("alice"), "{shown}");
    assert!(!shown.contains("treasure") && !shown.contains(PASSWORD), "{shown}");
}

#[test]
fn it_lists_users_and_rooms_and_helps() {
    let mut server = Server::start();
    let _lobby = server.room("lobby", ["alice", "bob"]);
    let _menu = server.sign_up("carol");
    server.answers("users", &["alice", "bob", "carol"]);
    server.answers("rooms", &["lobby"]);
    server.answers("help", &["help", "users", "rooms", "delete", "quit"]);
}

#[test]
fn it_deletes_an_empty_room_whose_password_nobody_remembers() {
    let mut server = Server::start();
    let mut alice = server.sign_up("alice");
    alice.create_locked("The Vault", "forgotten");
    alice.leave("The Vault");
    server.types("delete the vault");
    server.shows(&["The Vault", "emoved"]);
    alice.types("3");
    alice.sees_menu(Some("There are no rooms"));
}

#[test]
fn it_deletes_only_an_empty_room_that_exists() {
    let mut server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    for command in [
        "delete lobby",
        "delete attic",
        "delete",
        "delete ",
        "nonsense",
        "",
        "$quit",
        "quit now please",
    ] {
        server.types(command);
    }
    // The commands are taken one after the other, so this comes after them all.
    server.types("help");
    server.shows(&["quit"]);
    alice.hears_nothing_in_the_room();
    assert_eq!(server.sign_up("bob").lists_rooms(), ["lobby Users: 1"]);
}

#[test]
fn quit_ends_in_good_order() {
    let mut server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    let mut menu = server.sign_up("carol");
    let mut newcomer = server.newcomer("dave");
    server.types("quit");
    for person in [&mut alice, &mut bob, &mut menu, &mut newcomer] {
        // Those who are in the room may see each other leave first.
        person.sees_eventually("Server shutting down...");
        person.sees_bye();
    }
    assert_eq!(server.exit_code(), 0);
}

#[test]
fn the_end_of_its_input_is_no_quit() {
    let mut server = Server::start();
    server.ends_input();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    alice.types("hello");
    bob.sees(" alice: hello");
}

#[test]
fn a_terminal_that_is_blocked_or_gone_never_holds_up_a_session() {
    for terminal in [Terminal::Blocked, Terminal::Gone] {
        let folder = folder();
        let mut command = Server::command(folder.path());
        let server = Server::run_on(terminal, &mut command, folder);
        let [mut alice] = server.room("lobby", ["alice"]);
        let mut bob = server.sign_up("bob");
        // Two lines each, and a pipe takes 64 KiB.
        for _ in 0..2_000 {
            bob.types("3");
            bob.types("lobby");
            bob.types("@");
        }
        for _ in 0..2_000 {
            bob.sees_eventually("Entered the Room, Have a nice chat :P");
            bob.sees_eventually("You left the room lobby");
            alice.sees_lines(&["::: bob Entered the Room", "User bob has left the room"]);
        }
        alice.hears_nothing_in_the_room();
        let _carol = server.newcomer("carol");
    }
}
