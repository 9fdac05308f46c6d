//! The `client` on a terminal: after its end, in any way, the terminal is as it was, and one line
//! says what happened. In another mode a terminal shows nothing of what is typed next, and few
//! people know what to do then.

use std::fs;

use chatroom::terminal::{Terminal, Typed};
use portable_pty::CommandBuilder;

use crate::support::faults::run_tool;
use crate::support::pty::{Pty, goes_to_room, in_pretended_room, lucas_and_skira};
use crate::support::{FakeServer, Person, Seat, Server, folder};

#[test]
fn ctrl_c_on_an_empty_line_leaves() {
    let (mut pty, _server) = in_pretended_room(24, 80);
    pty.types("x\x03");
    pty.sees_cursor(&[">>"], 0, 3);
    assert!(pty.is_running(), "on any other it clears the line");
    pty.types("\x03\x03");
    ends_with(&mut pty, 0, &["WELCOME TO Room1 ROOM"]);
}

#[test]
fn ctrl_d_on_an_empty_line_leaves() {
    let (mut pty, _server) = in_pretended_room(24, 80);
    pty.types("xy\x01\x04");
    pty.sees_cursor(&[">> y"], 0, 3);
    pty.types("\x04");
    pty.sees_cursor(&["WELCOME TO Room1 ROOM", ">>"], 0, 3);
    assert!(pty.is_running(), "on any other it deletes");
    pty.types("\x04");
    ends_with(&mut pty, 0, &["WELCOME TO Room1 ROOM"]);
}

#[test]
fn who_leaves_by_a_key_is_seen_to_leave() {
    let server = Server::start();
    let (mut lucas, mut skira) = lucas_and_skira(&server, Pty::client(server.address()));
    lucas.types("bye\r\x03\x03");
    skira.sees_lines(&[" lucas: bye", "User lucas has left the room"]);
    assert_eq!(lucas.exit_code(), 0);
    assert_eq!(lucas.count("Connection to server closed."), 0, "nothing went wrong");
}

#[test]
fn who_leaves_by_a_key_has_not_lost_the_connection() {
    // Who is faster, the server or the client, is a matter of luck: so it is tried more than once.
    for _ in 0..10 {
        let (mut pty, mut server) = in_pretended_room(24, 80);
        pty.types("\x03\x03");
        assert_eq!(server.line_or_end(), None);
        drop(server);
        ends_with(&mut pty, 0, &["WELCOME TO Room1 ROOM"]);
    }
}

#[test]
fn exit_in_the_menu_leaves() {
    let server = Server::start();
    let mut lucas = Pty::client(server.address());
    lucas.signs_up("lucas");
    assert!(!lucas.has_mode_as_before());
    lucas.types("5\r");
    assert_eq!(lucas.exit_code(), 0);
    assert!(lucas.left_mode_as_before());
    lucas.sees(&[">> 5", "Goodbye :)"]);
}

#[test]
fn with_no_reconnect_a_lost_server_is_one_line_and_the_end() {
    let server = Server::start();
    let folder = folder();
    let mut command = Pty::command(folder.path(), server.address());
    command.arg("--no-reconnect");
    let mut lucas = Pty::start(command, 24, 80, folder);
    lucas.signs_up("lucas");
    lucas.types("half a li");
    lucas.sees(&[">> half a li"]);
    assert!(!lucas.has_mode_as_before());
    server.dies();
    assert_eq!(lucas.exit_code(), 1);
    assert!(lucas.left_mode_as_before());
    let said = "! Connection to server closed.";
    lucas.sees(&["Write a number from 1 to 5", said]);
    assert_eq!(lucas.look(said, said).0, vt100::Color::Idx(1));
    assert_eq!(lucas.cursor().1, 0, "the shell's prompt begins a row");
}

#[test]
fn the_mode_is_back_before_the_client_ends() {
    // A shell sets its own mode as soon as the client is gone, and what comes later would undo
    // that.
    type Leave = fn(&mut Pty, &mut Person);
    let ways: [(Leave, u32); 3] = [
        (|pty, _| pty.types("\x04"), 0),
        (|_, server| server.sends("$bye"), 0),
        (|_, server| server.sends("$data"), 1),
    ];
    for (leave, code) in ways {
        let folder = folder();
        // What sets a saved mode (`500:5:bf:…`) is slow; what asks for it, or sets ours, is not.
        let slow =
            "#!/bin/sh\nPATH=${PATH#*:}\ncase $1 in *:*) sleep 0.3;; esac\nexec stty \"$@\"\n";
        fs::write(folder.path().join("stty"), slow).unwrap();
        run_tool("chmod", &["+x", folder.path().join("stty").to_str().unwrap()]);
        let server = FakeServer::start();
        let mut command = Pty::command(folder.path(), server.address());
        command.env(
            "PATH",
            format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap()),
        );
        let (mut pty, mut server) = goes_to_room(Pty::start(command, 24, 80, folder), &server);
        leave(&mut pty, &mut server);
        assert_eq!(pty.exit_code(), code);
        assert!(pty.left_mode_as_before());
    }
}

#[test]
fn the_mode_is_put_back_when_the_client_is_killed_in_any_way() {
    for signal in ["-TERM", "-HUP", "-INT", "-QUIT", "-ABRT", "-KILL"] {
        let (mut pty, _server) = in_pretended_room(24, 80);
        assert!(!pty.has_mode_as_before());
        pty.kill(signal);
        pty.exit_code();
        pty.waits_for_mode_as_before();
        // And a paste has no marks any more, which a shell might take for text.
        assert!(pty.written().ends_with("\x1b[?2004l"), "{signal}");
    }
}

/// No input is known that makes the client panic, and so it can't be made to from outside. So this
/// test runs itself once more on a pseudo-terminal, as a program that has the client's terminal
/// and panics.
#[test]
fn the_mode_is_put_back_when_who_has_the_terminal_panics() {
    let folder = folder();
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "terminal::ends::has_the_terminal_and_panics",
        "--ignored",
        "--nocapture",
    ]);
    command.cwd(folder.path());
    command.env("TERM", "xterm-256color");
    command.env(PANICS, "yes");
    // What is awaited must not scroll away.
    command.env("RUST_BACKTRACE", "0");
    let mut pty = Pty::start(command, 24, 80, folder);
    pty.sees(&[">>"]);
    assert!(!pty.has_mode_as_before());
    pty.types("panic\r");
    assert_eq!(pty.exit_code(), 101);
    assert!(pty.left_mode_as_before());
    assert!(pty.rows().iter().any(|row| row == "as was typed: panic"), "{:#?}", pty.rows());
}

/// Tells a test that it is run as a program.
const PANICS: &str = "CHATROOM_TEST_PANICS";

#[test]
#[ignore = "no test, but a program that the one above runs"]
fn has_the_terminal_and_panics() {
    if std::env::var_os(PANICS).is_some() {
        let terminal = Terminal::open();
        panic!(
            "as was typed: {}",
            terminal.read_typed().map_or_else(|_| String::new(), typed_text)
        );
    }
}

fn typed_text(typed: Typed) -> String {
    match typed {
        Typed::Line(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_mode_is_put_back_when_killed_at_a_password() {
    let (mut pty, mut server) = in_pretended_room(24, 80);
    server.sends("$ask password");
    server.sends("Please write your Password:");
    pty.sees(&["Please write your Password:", ">>"]);
    pty.types("hunt");
    pty.kill("-KILL");
    pty.exit_code();
    pty.waits_for_mode_as_before();
    assert!(!pty.written().contains("hunt"));
}

#[test]
fn a_server_that_breaks_the_protocol_is_said_in_one_line() {
    let (mut pty, mut server) = in_pretended_room(24, 80);
    server.sends("$data 0");
    let said = "! The server does not keep to the protocol, the connection is closed.";
    ends_with(&mut pty, 1, &["WELCOME TO Room1 ROOM", said]);
}

/// It ends with this code and with this on its screen, no prompt left, and the mode put back
/// before.
#[track_caller]
fn ends_with(pty: &mut Pty, code: u32, rows: &[&str]) {
    assert_eq!(pty.exit_code(), code);
    assert!(pty.left_mode_as_before());
    pty.sees_only(rows);
    assert_eq!(usize::from(pty.cursor().0), rows.len(), "what is written next begins a row");
    assert_eq!(pty.cursor().1, 0);
}
