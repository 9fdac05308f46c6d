//! Programs and people (`protocol.md`, section 3): what either of them sees, and when a `$hello`
//! counts. That people on raw connections see no control lines but `$chatroom` and `$bye` is
//! checked with every line that they read, in all tests.

use crate::support::{Kind, Person, Seat, Server, WELCOME, ask};

#[test]
fn both_are_greeted_alike_and_a_program_once_more() {
    let server = Server::start();
    let mut raw = server.connects_raw("raw");
    let mut program = server.connects("program");
    for person in [&mut raw, &mut program] {
        person.sees_lines(&["$chatroom 2", WELCOME, "Please write your new Username:"]);
    }
    program.sends("$hello 2");
    program.sees_lines(&["$at sign-in", WELCOME, "$ask new-user"]);
    program.sees("Please write your new Username:");
}

#[test]
fn a_hello_of_another_version_is_told_both_and_ends() {
    let server = Server::start();
    for version in ["1", "3", "22"] {
        let mut program = greeted_program(&server);
        program.sends(&format!("$hello {version}"));
        let told = format!("This server speaks version 2, your program version {version}");
        program.sees(&told);
        program.sees_bye();
    }
}

#[test]
fn a_hello_is_the_first_line_or_out_of_place() {
    let server = Server::start();
    for first in ["lucas", "$nonsense", "@"] {
        let mut person = server.raw_newcomer("lucas");
        person.types(first);
        let question = if first == "lucas" { ask::NEW_PASSWORD } else { ask::NEW_USER };
        person.reads_up_to(question);
        person.sends("$hello 2");
        person.is_told_off();
        person.is_asked(question);
        // And so it stays on a raw connection.
        person.sends("$ping");
        person.is_told_off();
        person.is_asked(question);
    }
}

#[test]
fn a_second_hello_is_out_of_place_and_changes_nothing() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    for hello in ["$hello 2", "$hello 3"] {
        alice.sends(hello);
        alice.is_told_off();
        alice.hears_nothing_in_the_room();
    }
}

#[test]
fn a_hello_without_a_version_makes_no_program() {
    let server = Server::start();
    for hello in ["$hello two", "$hello -2", "$hello +2", "$hello 2 2", "$HELLO 2", "$hello2"] {
        let mut person = server.raw_newcomer("lucas");
        person.sends(hello);
        person.is_told_off();
    }
}

#[test]
fn a_place_is_named_as_the_room_was_first_created() {
    let server = Server::start();
    let [mut alice] = server.room("BT 108", ["alice"]);
    let mut bob = server.sign_up("bob");
    bob.types("3");
    bob.reads_up_to(ask::ROOM);
    bob.types("bt 108");
    bob.sees("$at room BT 108");
    alice.sees("::: bob Entered the Room");
}

#[test]
fn a_line_that_begins_with_a_dollar_sign_is_never_a_person_s() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    let mut bob = server.sign_up_raw("bob");
    bob.enter("lobby");
    alice.sees("::: bob Entered the Room");
    for text in ["$at menu", "$ask password", "$bye", "$file 5 hi.txt"] {
        bob.types(text);
        bob.sees(&format!(" bob: {text}"));
        alice.sees(&format!(" bob: {text}"));
    }
}

/// A program that has read what comes before its `$hello`.
fn greeted_program(server: &Server) -> Person {
    let mut program = Person::connect(server.address(), "program", Kind::Program);
    program.sees_lines(&["$chatroom 2", WELCOME, ask::NEW_USER.text]);
    program
}
