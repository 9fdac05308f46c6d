//! The `client` on a terminal: what a person types, and where it is while others speak.

use crate::support::pty::{Pty, in_pretended_room, lucas_and_skira};
use crate::support::{FakeServer, Seat, Server};

#[test]
fn typing_stays_whole_while_a_hundred_messages_arrive() {
    for columns in [80, 40] {
        let server = Server::start();
        let lucas = Pty::client_of_size(server.address(), 12, columns);
        let (mut lucas, mut skira) = lucas_and_skira(&server, lucas);
        let mut typed = String::new();
        for number in 0..100 {
            let key = ["a", "é", "漢", "👍", " b"][number % 5];
            typed.push_str(key);
            lucas.types(key);
            skira.types(&format!("message {number}"));
        }
        let shown = format!(">> {typed}");
        lucas.waits_until("both whole", |lucas| {
            lucas.count(" skira: message 99") == 1
                && without_spaces(&lucas.typing()) == without_spaces(&shown)
        });
        let rows = lucas.all_rows();
        let first =
            rows.iter().position(|row| row == " skira: message 0").expect("the first message");
        let messages: Vec<String> =
            (0..100).map(|number| format!(" skira: message {number}")).collect();
        assert_eq!(
            rows[first..first + 100],
            messages,
            "all of them, in order, and nothing in between"
        );
        assert!(rows[first + 100].starts_with(">> "), "{rows:#?}");

        lucas.types("\r");
        skira.sees_eventually(&format!(" lucas: {typed}"));
        // Only its echo is left of it.
        lucas.waits_until("the echo", |lucas| {
            lucas.typing() == ">>" && lucas.count(">lucas: ") == 1
        });
        assert_eq!(lucas.count(">> a"), 0);
    }
}

#[test]
fn twenty_thousand_lines_do_not_tear_the_line_being_typed() {
    let (mut pty, mut server) = in_pretended_room(24, 80);
    let typed = "x".repeat(200);
    pty.types(&typed);
    pty.waits_until("typed", |pty| pty.typing() == format!(">> {typed}"));
    let lines: String = (0..20_000).map(|number| format!(" bob: {number}\n")).collect();
    server.sends_bytes(lines.as_bytes());
    pty.waits_until("the last", |pty| {
        let rows = pty.rows();
        rows.len() == 24
            && rows[20] == " bob: 19999"
            && rows[21..].concat() == format!(">> {typed}")
    });
}

#[test]
fn what_was_typed_is_replaced_by_its_echo_in_order() {
    let (mut pty, mut server) = in_pretended_room(24, 80);
    pty.types("hey hey\r");
    server.sees("hey hey");
    // Not sent back yet, so not said yet.
    pty.sees_only(&["WELCOME TO Room1 ROOM", ">>"]);
    server.sends(" bob: first");
    pty.sees_only(&["WELCOME TO Room1 ROOM", " bob: first", ">>"]);
    server.sends(" lucas: hey hey");
    pty.sees_only(&["WELCOME TO Room1 ROOM", " bob: first", " lucas: hey hey", ">>"]);
}

#[test]
fn two_people_at_terminals_see_each_message_once() {
    let server = Server::start();
    let (mut lucas, mut skira) = lucas_and_skira(&server, Pty::client(server.address()));
    let mut bob = Pty::client(server.address());
    bob.signs_up("bob");
    bob.enters("Room1", "bob", &mut skira);
    lucas.sees(&["::: bob Entered the Room", " skira: hello", ">>"]);
    lucas.types("hey hey\r");
    // Each sees a mark at what is their own, or said to them.
    lucas.sees(&[" skira: hello", ">lucas: hey hey", ">>"]);
    bob.sees(&[" skira: hello", " lucas: hey hey", ">>"]);
    bob.types("hey lucas\r");
    lucas.sees(&[" skira: hello", ">lucas: hey hey", "*bob: hey lucas", ">>"]);
    bob.sees(&[" skira: hello", " lucas: hey hey", ">bob: hey lucas", ">>"]);
    for person in [&mut lucas, &mut bob] {
        assert_eq!(person.count("hey"), 2);
    }
}

#[test]
fn an_answer_to_a_question_stays_behind_its_prompt() {
    let server = Server::start();
    server.sign_up("skira").create("Room1");
    let mut lucas = Pty::client(server.address());
    lucas.answers("Please write your new Username:", "lucas");
    lucas.sees(&[
        "Please write your new Username:",
        ">> lucas",
        "Please choose a new Password:",
        ">>",
    ]);
    lucas.types("1\r");
    lucas.answers("Please REPEAT your Password:", "1");
    lucas.answers("Please write your Username:", "lucas");
    lucas.answers("Please write your Password:", "1");
    lucas.answers("Write a number from 1 to 5", "3");
    lucas.sees(&[
        "Write a number from 1 to 5",
        ">> 3",
        "Rooms Available:",
        "Room1 Users: 0",
        "Entering Room",
        "Please write the Room name:",
        ">>",
    ]);
}

#[test]
fn a_new_screen_clears_all_but_what_is_being_typed() {
    let (mut pty, mut server) = in_pretended_room(24, 80);
    server.sends(" bob: gone in a moment");
    pty.types("half a li");
    pty.sees(&[" bob: gone in a moment", ">> half a li"]);
    server.sends("$at room Room2");
    server.sends("WELCOME TO Room2 ROOM");
    pty.sees_only(&["WELCOME TO Room2 ROOM", ">> half a li"]);
}

#[test]
fn ctrl_z_without_a_shell_to_go_to_changes_nothing() {
    let (mut pty, mut server) = in_pretended_room(24, 80);
    pty.types("a\x1ab");
    pty.sees(&["WELCOME TO Room1 ROOM", ">> ab"]);
    server.sends(" bob: still there?");
    pty.sees(&[" bob: still there?", ">> ab"]);
    pty.types("\r");
    server.sees("ab");
    assert!(!pty.has_mode_as_before(), "the mode is ours again");
}

#[test]
fn outside_a_room_too_others_do_not_tear_the_line() {
    let server = FakeServer::start();
    let mut pty = Pty::client(server.address());
    let mut server = server.welcomes();
    server.sends("$at sign-in");
    server.sends("$ask user");
    server.sends("Please write your Username:");
    pty.sees_only(&["Please write your Username:", ">>"]);
    pty.types("lu");
    pty.sees_cursor(&[">> lu"], 0, 5);
    server.sends("Server shutting down...");
    pty.sees_cursor(&["Server shutting down...", ">> lu"], 0, 5);
}

/// Where rows were broken, spaces at their ends can't be seen.
fn without_spaces(text: &str) -> String {
    text.replace(' ', "")
}
