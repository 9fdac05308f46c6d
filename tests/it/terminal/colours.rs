//! The `client` on a terminal: which line has which colour. No text of another person changes a
//! colour, or moves the cursor.

use vt100::Color;

use crate::client::files::with_files;
use crate::support::pty::{Pty, goes_to_room, in_pretended_room, lucas_and_skira};
use crate::support::{FakeServer, Seat, Server, folder};

/// What a terminal would obey, or what would turn the text around: an erased screen, a colour, a
/// title with a bell, a C1 CSI, cursor home, a reset, another character set, CR, backspaces, VT,
/// FF, DEL, an override, an isolate, a mark.
const HOSTILE: &str = "a\x1b[2J\x1b[31m\x1b]0;t\x07\u{9b}5A\x1b[H\
                       \x1bc\x1b(0\x0e\rb\x08\x08\x0b\x0c\x7f\u{202E}\u{2066}\u{61C}\u{200F}c";

/// What is left of it: the text.
const HARMLESS: &str = "a[2J[31m]0;t5A[Hc(0bc";

#[test]
fn a_name_has_one_colour_everywhere_and_in_every_client() {
    let server = Server::start();
    let (mut lucas, mut skira) = lucas_and_skira(&server, Pty::client(server.address()));
    let mut bob = Pty::client(server.address());
    bob.signs_up("bob");
    bob.enters("Room1", "bob", &mut skira);
    bob.types("hey\r");
    lucas.sees(&[" bob: hey", ">>"]);
    bob.sees(&[">bob: hey", ">>"]);
    let colour = bob.look(">bob: hey", "bob").0;
    assert_ne!(colour, Color::Default);
    assert_eq!(lucas.look(" bob: hey", "bob"), (colour, false));
    assert_eq!(lucas.look(" bob: hey", ": hey"), (Color::Default, false));
    assert_eq!(lucas.look("::: bob Entered", "bob").0, colour);
    assert_ne!(lucas.look(" skira: hello", "skira").0, colour, "theirs differ");
    assert_eq!(lucas.look(" skira: hello", "skira"), bob.look(" skira: hello", "skira"));
}

#[test]
fn notices_are_dim_errors_are_red_and_what_is_typed_is_neither() {
    let (mut pty, mut server) = in_pretended_room(24, 80);
    server.sends("::: skira Entered the Room");
    server.sends(" ...File Sent... hi.txt received by 1 of 1");
    server.sends("$file 5 ../up");
    server.sends(" skira: hey");
    pty.types("typed");
    pty.sees(&[" skira: hey", ">> typed"]);
    for (text, part) in [
        ("::: skira Entered", ":::"),
        ("skira Entered the Room", "Entered the Room"),
        ("...File Sent", "File Sent"),
    ] {
        assert_eq!(pty.look(text, part), (Color::Default, true), "{part}");
    }
    assert_eq!(pty.look("A file was not taken", "A file was not taken"), (Color::Idx(1), false));
    assert_eq!(pty.look("skira: hey", ": hey"), (Color::Default, false));
    assert_eq!(pty.look(">> typed", ">> typed"), (Color::Default, false));
}

#[test]
fn nothing_is_coloured_with_no_color() {
    let server = FakeServer::start();
    let folder = folder();
    let mut command = Pty::command(folder.path(), server.address());
    command.env("NO_COLOR", "1");
    let (mut pty, mut server) = goes_to_room(Pty::start(command, 24, 80, folder), &server);
    server.sends("::: skira Entered the Room");
    server.sends(" skira: hey");
    server.sends("$file 5 ../up");
    pty.types("typed");
    pty.waits_until("all of it", |pty| {
        pty.count("A file was not taken") == 1 && pty.typing() == ">> typed"
    });
    let sequences = pty.escape_sequences();
    // It still moves the cursor: it is a terminal.
    assert!(
        !sequences.is_empty() && !sequences.iter().any(|code| code.ends_with('m')),
        "{sequences:?}"
    );
}

#[test]
fn a_dumb_terminal_gets_plain_lines_and_keeps_its_mode() {
    let server = FakeServer::start();
    let folder = folder();
    let mut command = Pty::command(folder.path(), server.address());
    command.env("TERM", "dumb");
    let mut pty = Pty::start(command, 24, 80, folder);
    let mut server = server.welcomes();
    server.sends("$at room Room1");
    server.sends("WELCOME TO Room1 ROOM");
    server.sends(&format!(" bob: {HOSTILE}"));
    pty.sees(&[&format!(" bob: {HARMLESS}")]);
    assert_eq!(pty.count("WELCOME TO Room1 ROOM"), 1);
    assert!(pty.has_mode_as_before());
    pty.types("half a");
    pty.sees(&["half a"]);
    server.sends(" bob: hi");
    pty.sees(&["half a", " bob: hi"]);
    pty.types(" line\n");
    server.sees("half a line");
    server.sends("$ask password");
    server.sends("Please write your Password:");
    pty.sees(&["Please write your Password:"]);
    pty.types("geheim\n");
    server.sees("geheim");
    pty.types("hey\n");
    server.sees("hey");
    pty.sees(&["hey"]);
    assert!(pty.has_mode_as_before());
    assert_eq!(pty.escape_sequences(), [""; 0]);
    assert!(!pty.written().contains("geheim"));
}

#[test]
fn nothing_that_a_server_says_acts_on_the_terminal() {
    let (mut pty, mut server) = in_pretended_room(24, 80);
    pty.types("typed");
    pty.sees(&["WELCOME TO Room1 ROOM", ">> typed"]);
    let lines = ["::: ", "1 : ", "Room2 LOCKED Users: ", " bob: ", " ...File Sent... "];
    for before in lines {
        server.sends(&format!("{before}{HOSTILE}"));
    }
    // A C1 byte that is no UTF-8 at all, and an unfinished sequence at a line's end.
    server.sends_bytes(b" bob: \x9b2J\xc2\n bob: x\x1b[\n");
    let mut expected = vec!["WELCOME TO Room1 ROOM".to_owned()];
    expected.extend(lines.map(|before| format!("{before}{HARMLESS}")));
    // (The emulator leaves U+FFFD out.)
    expected.extend([" bob: 2J".to_owned(), " bob: x[".to_owned(), ">> typed".to_owned()]);
    pty.waits_until("the text of it", |pty| pty.rows() == expected);
    assert_eq!(pty.cursor(), (8, 8));
    let said = format!(" bob: {HARMLESS}");
    assert_eq!(pty.look(&said, HARMLESS), (Color::Default, false));
    only_our_own(&pty);
}

#[test]
fn no_file_name_or_reason_acts_on_the_terminal() {
    let server = FakeServer::start();
    let pty = Pty::client_in(server.address(), with_files(&[("mine.txt", b"hello")]));
    let (mut pty, mut server) = goes_to_room(pty, &server);
    // A name that is refused, an offer that is none, a file whose sender gives up, and what is out
    // of place.
    for verb in ["$file 5", "$file", "$ack", "$cancel", "$unknown"] {
        server.sends(&format!("{verb} {HOSTILE}"));
    }
    server.sends("$file 5 hi.txt");
    server.sends(&format!("$cancel {HOSTILE}"));
    pty.sees(&[&format!("! hi.txt will not come, its sender gave up: {HARMLESS}"), ">>"]);
    // And why a file of ours is not taken.
    pty.types("!\r");
    server.sees_eventually("!");
    server.sends("$ask file");
    server.sends("Write FileName.extension:");
    pty.answers("Write FileName.extension:", "mine.txt");
    server.sees("$file 5 mine.txt");
    server.sends(&format!("$refuse {HOSTILE}"));
    let why = format!("! mine.txt was not sent: {HARMLESS}");
    pty.sees(&[">> mine.txt", &why, ">>"]);
    assert_eq!(pty.look(&why, &why).0, Color::Idx(1), "all of it");
    only_our_own(&pty);
}

#[test]
fn nothing_that_a_person_says_acts_on_the_terminal() {
    let server = Server::start();
    let (mut lucas, mut skira) = lucas_and_skira(&server, Pty::client(server.address()));
    lucas.types("typed");
    skira.types(HOSTILE);
    lucas.sees_cursor(&[" skira: hello", &format!(" skira: {HARMLESS}"), ">> typed"], 0, 8);
    assert_eq!(lucas.look(HARMLESS, HARMLESS), (Color::Default, false));
    only_our_own(&lucas);
}

/// All that could steer a terminal is what this client is meant to write: back to the area's
/// start, erase, home, please mark what is pasted, and its few colours.
#[track_caller]
fn only_our_own(pty: &Pty) {
    for sequence in pty.escape_sequences() {
        let is_colour =
            matches!(sequence.as_str(), "[0m" | "[2m" | "[31m") || sequence.starts_with("[38;5;");
        let is_movement = matches!(sequence.as_str(), "[C" | "[J" | "[K" | "[H" | "[?2004h")
            || sequence
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix('A'))
                .is_some_and(|n| n.parse::<u16>().is_ok());
        assert!(is_colour || is_movement, "ESC {sequence:?}");
    }
    let written = pty.written();
    let unclean = written.chars().find(|&c| {
        let is_bidirectional = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
                | '\u{200E}' | '\u{200F}' | '\u{61C}');
        c.is_control() && !matches!(c, '\x1b' | '\r' | '\n') || is_bidirectional
    });
    assert_eq!(unclean, None);
}
