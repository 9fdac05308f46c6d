//! The question `file`, which `!` opens: what answers it, what ends it and what leaves it open
//! (`protocol.md`, sections 4 and 8).

use crate::files::upload::assert_nothing_stored;
use crate::support::{Person, Seat, Server, ask};

const NOT_SENT: &str = "Not sent: a file's name was awaited";

#[test]
fn an_offer_that_nobody_asked_for_is_out_of_place() {
    let server = Server::start();
    let [mut lucas] = server.room("Room1", ["lucas"]);
    for offer in ["$file 5 hi.txt", "$file", "$file 5 ../hi.txt"] {
        lucas.sends(offer);
        lucas.is_told_off();
        lucas.hears_nothing_in_the_room();
    }
    assert_nothing_stored(&server);
}

#[test]
fn a_text_instead_of_an_offer_is_not_said_and_ends_the_question() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    // A number, and what looks like a command, are text here.
    for (round, text) in ["hi.txt", "5", "@@", "%5", "!!", "", " "].into_iter().enumerate() {
        asks_for_a_file(&mut lucas);
        lucas.types(text);
        lucas.sees(NOT_SENT);
        lucas.hears_nothing_in_the_room();
        skira.sees(&format!(" lucas: marker {}", round + 1));
    }
}

#[test]
fn an_at_sign_ends_the_question_and_stays_in_the_room() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    asks_for_a_file(&mut lucas);
    lucas.types("@");
    lucas.sees("No file sent");
    lucas.hears_nothing_in_the_room();
    skira.sees(" lucas: marker 1");
    lucas.leave("Room1");
}

#[test]
fn the_sender_may_give_up_instead_of_an_offer() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    for (round, line) in ["$cancel no such file", "$cancel"].into_iter().enumerate() {
        asks_for_a_file(&mut lucas);
        lucas.sends(line);
        lucas.sees("No file sent");
        lucas.hears_nothing_in_the_room();
        skira.sees(&format!(" lucas: marker {}", round + 1));
    }
}

#[test]
fn the_list_leaves_the_question_open() {
    let server = Server::start();
    let [mut lucas] = server.room("Room1", ["lucas"]);
    asks_for_a_file(&mut lucas);
    lucas.types("%");
    lucas.sees_lines(&["LIST OF USERS:", "User: lucas"]);
    lucas.sends("$file 5 hi.txt");
    lucas.sees("$ready");
}

#[test]
fn an_exclamation_mark_renews_the_question() {
    let server = Server::start();
    let [mut lucas] = server.room("Room1", ["lucas"]);
    asks_for_a_file(&mut lucas);
    asks_for_a_file(&mut lucas);
    lucas.sends("$file 5 hi.txt");
    lucas.sees("$ready");
}

#[test]
fn a_line_that_is_too_long_leaves_the_question_open() {
    let server = Server::start();
    let [mut lucas] = server.room("Room1", ["lucas"]);
    asks_for_a_file(&mut lucas);
    lucas.types(&"x".repeat(4097));
    lucas.sees("Line too long (4096 bytes at most), nothing was sent");
    lucas.is_asked(ask::FILE);
    lucas.sends("$file 5 hi.txt");
    lucas.sees("$ready");
}

#[test]
fn a_control_line_out_of_place_leaves_the_question_open() {
    let server = Server::start();
    let [mut lucas] = server.room("Room1", ["lucas"]);
    asks_for_a_file(&mut lucas);
    for line in ["$nonsense", "$ready", "$ack", "$endFile", "$hello 2"] {
        lucas.sends(line);
        lucas.is_told_off();
        lucas.is_asked(ask::FILE);
    }
    lucas.sends("$ping");
    lucas.sees("$pong");
    lucas.sends("$file 5 hi.txt");
    lucas.sees("$ready");
}

/// The bug: a name of 5,000 bytes was answered with a text, and a program waited on.
#[test]
fn an_offer_that_is_too_long_is_refused_and_ends_the_question() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    asks_for_a_file(&mut lucas);
    lucas.sends(&format!("$file 5 {}", "x".repeat(5_000)));
    lucas.is_refused();
    lucas.hears_nothing_in_the_room();
    skira.sees(" lucas: marker 1");
}

#[test]
fn leaving_the_room_is_two_steps_back_from_the_question() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    lucas.sends_bytes(b"!\n@\n@\n");
    lucas.is_asked(ask::FILE);
    lucas.sees("No file sent");
    lucas.sees_menu(Some("You left the room Room1"));
    skira.sees("User lucas has left the room");
}

fn asks_for_a_file(person: &mut Person) {
    person.types("!");
    person.is_asked(ask::FILE);
}
