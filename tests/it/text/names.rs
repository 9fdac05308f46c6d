//! What may be a name or a password (`protocol.md`, section 6), as it is seen from outside.

use crate::support::{PASSWORD, Person, Seat, Server, ask};

#[test]
fn a_user_name_that_breaks_the_rule_is_asked_again() {
    let server = Server::start();
    let mut alice = server.newcomer("alice");
    let too_long = "é".repeat(25);
    for name in [
        "",
        "   ",
        "_alice",
        "-alice",
        ".alice",
        "al ice",
        "al\tice",
        "al/ice",
        "al:ice",
        "al@ice",
        "@@",
        "$alice",
        "al😀ice",
        "al\u{1b}ice",
        "al\u{7f}ice",
        "al\u{85}ice",
        "al\u{202e}ice",
        "al\u{200f}ice",
        "\talice",
        "\u{a0}alice",
        "\u{fffd}",
        "lucas\u{3164}",
        "\u{3164}",
        "\u{301}alice",
        "\u{93e}alice",
        "a\u{301}\u{301}\u{301}\u{301}\u{301}",
        "Server",
        &too_long,
    ] {
        alice.types(name);
        alice.is_told_off();
        alice.is_asked(ask::NEW_USER);
    }
    for (name, rule) in [("al ice", "must not contain space"), ("_alice", "must not begin with _")]
    {
        alice.types(name);
        let told = alice.is_told_off();
        assert!(told.starts_with(&format!("A user's name {rule}; ")), "{told}");
        alice.is_asked(ask::NEW_USER);
    }
    // A byte that is not UTF-8 becomes U+FFFD, which is not a letter.
    alice.sends_bytes(b"al\xffice\n");
    alice.is_told_off();
    alice.is_asked(ask::NEW_USER);
}

/// The bug: U+3164 was a name, and `lucas` followed by one was a second lucas.
#[test]
fn no_name_has_an_invisible_character() {
    let server = Server::start();
    let mut alice = server.newcomer("alice");
    let mut bob = asked_for_a_room_name(&server, "bob");
    // Some of each kind: fillers, joiners, selectors, tags, ignored marks, a blank Braille.
    for invisible in [
        '\u{ad}',
        '\u{34f}',
        '\u{115f}',
        '\u{1160}',
        '\u{17b4}',
        '\u{180b}',
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{2060}',
        '\u{2800}',
        '\u{3164}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{ffa0}',
        '\u{1bca0}',
        '\u{e0061}',
        '\u{e0100}',
    ] {
        for name in [format!("{invisible}"), format!("x{invisible}"), format!("x{invisible}y")] {
            alice.types(&name);
            let told = alice.is_told_off();
            let code = format!("{:04X}", u32::from(invisible));
            assert!(told.to_uppercase().contains(&code), "by which character: {told}");
            alice.is_asked(ask::NEW_USER);
            bob.types(&name);
            bob.is_told_off();
            bob.is_asked(ask::NEW_ROOM);
        }
    }
}

#[test]
fn a_name_is_told_which_character_breaks_the_rule() {
    let server = Server::start();
    let mut alice = server.newcomer("alice");
    let mut bob = asked_for_a_room_name(&server, "bob");
    for wrong in ['/', ':', '😀', '@', '!', '+'] {
        alice.types(&format!("x{wrong}y"));
        assert!(alice.is_told_off().contains(wrong));
        alice.is_asked(ask::NEW_USER);
        bob.types(&format!("x{wrong}y"));
        assert!(bob.is_told_off().contains(wrong));
        bob.is_asked(ask::NEW_ROOM);
    }
}

#[test]
fn a_user_name_may_be_of_any_script_and_of_up_to_24_characters() {
    let server = Server::start();
    let longest = "é".repeat(24);
    for name in
        ["x", "7", "日本語", "Åsa", "٣", "a_-.b", "ß", "नमस्ते", "สวัสดี", "e\u{301}", &longest]
    {
        server.sign_up(name);
    }
}

#[test]
fn spaces_around_a_user_name_are_taken_off() {
    let server = Server::start();
    let mut alice = server.newcomer("alice");
    alice.register("  alice   ", PASSWORD);
    alice.log_in(" alice ", PASSWORD);
    alice.create("lobby");
    assert_eq!(alice.lists_users(), ["User: alice"]);
}

#[test]
fn a_password_that_breaks_the_rule_is_asked_again() {
    let server = Server::start();
    let mut alice = server.newcomer("alice");
    alice.types("alice");
    alice.is_asked(ask::NEW_PASSWORD);
    let too_long = "é".repeat(129);
    // U+FFFD replaces everything that is not UTF-8: two such passwords would look the same.
    for password in
        ["", "\u{fffd}", "a\u{fffd}b", "a\tb", "a\u{1b}b", "a\u{9f}b", "a\u{7f}", &too_long]
    {
        alice.types(password);
        alice.is_told_off();
        alice.is_asked(ask::NEW_PASSWORD);
    }
    alice.sends_bytes(b"caf\xe9\n");
    alice.is_told_off();
    alice.is_asked(ask::NEW_PASSWORD);
    alice.types(PASSWORD);
    alice.is_asked(ask::REPEAT_PASSWORD);
}

#[test]
fn a_password_is_taken_exactly_as_it_was_typed() {
    let server = Server::start();
    let longest = "é".repeat(128);
    let bidirectional = "a\u{202e}b";
    let passwords = [" ", " 1 ", "@ ", "@@", "$ecret", "$$", "naïve", bidirectional, &longest];
    for (number, password) in passwords.iter().enumerate() {
        let name = format!("user{number}");
        let mut person = server.newcomer(&name);
        person.register(&name, password);
        person.log_in(&name, password);
    }
}

#[test]
fn a_password_that_is_nearly_right_is_wrong() {
    let server = Server::start();
    for (name, password, nearly) in [
        ("spaces", " 1 ", "1"),
        ("case", "Secret", "secret"),
        ("bidirectional", "a\u{202e}b", "ab"),
        ("longer", "secret", "secret "),
        ("dollar", "$ecret", "ecret"),
    ] {
        let mut person = server.newcomer(name);
        person.register(name, password);
        person.try_login(name, nearly);
        person.is_asked(ask::AGAIN);
        person.types("y");
        person.comes_to_login();
        person.log_in(name, password);
    }
}

#[test]
fn a_room_name_that_breaks_the_rule_is_asked_again() {
    let server = Server::start();
    let mut alice = asked_for_a_room_name(&server, "alice");
    let too_long = "é".repeat(33);
    for name in [
        "",
        "  ",
        "_lobby",
        "-lobby",
        ".lobby",
        "lob  by",
        "lob\tby",
        "lob/by",
        "lobby!",
        "$lobby",
        "lobby LOCKED",
        "lobby locked",
        "lobby Locked",
        "lobby Locked",
        "lobby\u{ad}",
        "lob\u{1b}by",
        "lob\u{202e}by",
        "lob\u{a0}by",
        "\u{fffd}",
        &too_long,
    ] {
        alice.types(name);
        alice.is_told_off();
        alice.is_asked(ask::NEW_ROOM);
    }
}

#[test]
fn a_room_name_may_be_of_any_script_with_single_spaces() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    let longest = "é".repeat(32);
    for name in ["BT 108", "a b c", "部屋", "7", "UNLOCKED", "LOCKED", "a_ -.b", &longest] {
        alice.create(name);
        alice.leave(name);
    }
}

#[test]
fn spaces_around_a_room_name_are_taken_off() {
    let server = Server::start();
    let mut alice = asked_for_a_room_name(&server, "alice");
    alice.types("  BT 108 ");
    alice.is_asked(ask::LOCK);
    alice.types("n");
    alice.sees_room("New Room Added... Entering", "BT 108");
    alice.leave("BT 108");
    assert_eq!(alice.lists_rooms(), ["BT 108 Users: 0"]);
}

/// The bug: `ΝΙΚΟΣ` and `νικος` were two users, because a sigma has two lower cases.
#[test]
fn user_names_with_any_sigma_are_one() {
    let server = Server::start();
    server.sign_up("ΝΙΚΟΣ");
    let mut other = server.newcomer("other");
    for name in ["νικος", "νικοσ"] {
        other.types(name);
        other.is_asked(ask::LOGIN);
        other.types("n");
        other.is_asked(ask::NEW_USER);
    }
}

#[test]
fn room_names_that_differ_in_case_are_one_room() {
    let server = Server::start();
    let mut alice = server.sign_up("Alice");
    alice.create("Éden");
    alice.leave("Éden");
    alice.types("1");
    alice.is_asked(ask::NEW_ROOM);
    alice.types("ÉDEN");
    alice.is_asked(ask::ENTER_INSTEAD);
    alice.types("y");
    alice.sees_room("Entered the Room, Have a nice chat :P", "Éden");
    alice.leave("Éden");
    alice.types("2");
    alice.reads_up_to(ask::DELETE);
    alice.types("éden");
    alice.sees_menu(Some("Room Éden Removed"));
}

fn asked_for_a_room_name(server: &Server, name: &str) -> Person {
    let mut person = server.sign_up(name);
    person.types("1");
    person.is_asked(ask::NEW_ROOM);
    person
}

#[test]
fn of_five_marks_in_a_message_four_are_said() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    alice.create("lobby");
    alice.types("x\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}y\u{301}");
    alice.sees(" alice: x\u{301}\u{302}\u{303}\u{304}y\u{301}");
}
