//! Inside a room: who hears what, what is a command and what is a message, and how the others see
//! a message.

use crate::support::{Seat, Server};

#[test]
fn a_message_reaches_everyone_in_the_room_and_nobody_else() {
    let server = Server::start();
    let [mut alice, mut bob, mut carol] = server.room("lobby", ["alice", "bob", "carol"]);
    let [mut dave] = server.room("attic", ["dave"]);
    let mut erin = server.sign_up("erin");
    bob.types("hello");
    for member in [&mut alice, &mut bob, &mut carol] {
        member.sees(" bob: hello");
    }
    dave.hears_nothing_in_the_room();
    erin.hears_nothing_in_the_menu();
}

#[test]
fn who_enters_is_announced_to_the_others_only() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    let mut bob = server.sign_up("bob");
    bob.enter("lobby");
    alice.sees("::: bob Entered the Room");
    bob.hears_nothing_in_the_room();
}

#[test]
fn who_leaves_is_announced_and_hears_the_room_no_more() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    bob.leave("lobby");
    alice.sees("User bob has left the room");
    alice.types("is he gone?");
    alice.sees(" alice: is he gone?");
    bob.hears_nothing_in_the_menu();
}

#[test]
fn a_lost_connection_leaves_the_room() {
    let server = Server::start();
    let [mut alice, bob] = server.room("lobby", ["alice", "bob"]);
    drop(bob);
    alice.sees("User bob has left the room");
    assert_eq!(alice.lists_users(), ["User: alice"]);
    assert_eq!(server.sign_up("carol").lists_rooms(), ["lobby Users: 1"]);
}

#[test]
fn a_connection_that_ends_in_good_order_leaves_the_room_too() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    bob.stops_writing();
    alice.sees("User bob has left the room");
}

#[test]
fn the_members_are_listed_to_who_asks_and_to_nobody_else() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    let _attic = server.room("attic", ["dave"]);
    let _menu = server.sign_up("erin");
    bob.types("%");
    bob.sees_lines(&["LIST OF USERS:", "User: alice", "User: bob"]);
    bob.hears_nothing_in_the_room();
    alice.sees(" bob: marker 1");
}

#[test]
fn a_person_is_in_one_room_at_a_time() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    let [mut carol] = server.room("attic", ["carol"]);
    bob.leave("lobby");
    alice.sees("User bob has left the room");
    bob.enter("attic");
    carol.sees("::: bob Entered the Room");
    bob.types("up here");
    carol.sees(" bob: up here");
    assert_eq!(alice.lists_users(), ["User: alice"]);
    assert_eq!(carol.lists_users(), ["User: bob", "User: carol"]);
}

#[test]
fn what_only_looks_like_a_command_is_a_message() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    for text in ["@all", "%5", "!!", "@@", "%%", " @", "@ ", " %", "! ", "\t@", "5", "4"] {
        bob.types(text);
        alice.sees(&format!(" bob: {text}"));
        bob.sees(&format!(" bob: {text}"));
    }
    // Cleaning comes after the check for a command.
    for text in ["\u{200e}@", "%\u{1b}", "\u{202e}!"] {
        let shown = text.replace(['\u{200e}', '\u{1b}', '\u{202e}'], "");
        bob.types(text);
        alice.sees(&format!(" bob: {shown}"));
        bob.sees(&format!(" bob: {shown}"));
    }
}

#[test]
fn an_empty_line_is_no_message() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    bob.sends_bytes(b"\n\r\n\n");
    // Cleaning leaves nothing of these.
    bob.sends_bytes("\u{1b}\n\u{202e}\u{200e}\n\0\n".as_bytes());
    bob.hears_nothing_in_the_room();
    alice.sees(" bob: marker 1");
}

#[test]
fn a_message_is_shown_exactly_as_it_was_typed() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    for text in [
        "  two spaces around  ",
        "a\ttab",
        "çalalalal",
        "日本語 😀",
        "alice: it was bob who said this",
        "::: carol Entered the Room",
        " ",
        "User alice has left the room",
        "\\n",
        "%s%n{}",
    ] {
        bob.types(text);
        alice.sees(&format!(" bob: {text}"));
    }
}

#[test]
fn a_dollar_sign_at_the_start_travels_doubled() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    for (sent, seen) in [
        ("$$5 a head", " bob: $5 a head"),
        ("$$bye", " bob: $bye"),
        ("$$", " bob: $"),
        ("$$$$", " bob: $$$"),
        ("costs $5", " bob: costs $5"),
        (" $bye", " bob:  $bye"),
    ] {
        bob.sends(sent);
        alice.sees(seen);
    }
}

#[test]
fn who_forgets_to_double_the_dollar_sign_is_told() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    bob.sends("$5 a head");
    let told = bob.is_told_off();
    assert!(told.contains("$$"), "how it is done: {told}");
    bob.hears_nothing_in_the_room();
    alice.sees(" bob: marker 1");
}

#[test]
fn control_and_bidirectional_characters_are_removed() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    let sent = "a\u{1b}[31m\u{7}\0\u{8}\u{b}\r\u{7f}\u{80}\u{85}\u{9b}b\tc\
                \u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{200e}\u{200f}\u{61c}d\u{200d}\u{301}";
    bob.types(sent);
    // A joiner and an accent stay: scripts and emoji need them.
    alice.sees(" bob: a[31mb\tcd\u{200d}\u{301}");
}

#[test]
fn nothing_that_is_removed_can_hide_a_control_line() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    bob.sends("\u{1b}$bye");
    alice.sees(" bob: $bye");
    bob.sends("hello\r$bye");
    alice.sees(" bob: hello$bye");
}

#[test]
fn a_last_line_without_its_end_is_not_said() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    bob.sends_bytes(b"whole\nhalf");
    bob.stops_writing();
    alice.sees(" bob: whole");
    alice.sees("User bob has left the room");
}
