//! The `client` on a terminal: passwords. No part of one is ever shown, and no key brings it back.

use portable_pty::CommandBuilder;

use crate::support::pty::Pty;
use crate::support::{FakeServer, Person, Seat, Server, folder};

#[test]
fn a_password_is_not_shown_and_is_in_no_history() {
    let server = Server::start();
    let mut skira = server.sign_up("skira");
    skira.create("Room1");
    let mut lucas = Pty::client(server.address());
    lucas.answers("Please write your new Username:", "lucas");
    for question in ["Please choose a new Password:", "Please REPEAT your Password:"] {
        lucas.sees_cursor(&[question, ">>"], 0, 3);
        lucas.types("hunter2\r");
    }
    lucas.answers("Please write your Username:", "lucas");
    lucas.answers("Please write your Password:", "hunter2");
    lucas.sees(&["Write a number from 1 to 5", ">>"]);
    lucas.enters("Room1", "lucas", &mut skira);
    lucas.types("\x1b[A\x1b[A\x10x");
    lucas.sees(&[" skira: hello", ">> x"]);
    // On the screen, what was painted over, and in the log.
    lucas.types("\x03\x03\x03");
    lucas.exit_code();
    let log = std::fs::read_to_string(lucas.folder().join("client.log")).unwrap();
    for secret in ["hunter2", "hunte", "unter"] {
        assert!(!lucas.written().contains(secret) && !log.contains(secret));
    }
}

#[test]
fn the_cursor_does_not_move_with_a_password_and_no_key_shows_it() {
    let (mut pty, mut server) = asked_for_a_secret();
    pty.types("geheim\x1b[A\t\t\x0e\x10\x01\x05\x1b[D\x1b[C\x7f");
    // Its keys come before the next answer does.
    server.sends("tick");
    pty.sees_cursor(&["tick", ">>"], 0, 3);
    pty.types("\x1b[Hx\r");
    assert_eq!(server.next_line(), "xgehei");
    server.sends("tock");
    pty.sees(&["tick", "tock", ">>"]);
    assert!(!pty.written().contains("geh"));
}

#[test]
fn a_line_that_was_begun_before_the_question_becomes_the_secret() {
    let (mut pty, mut server) = greeted();
    pty.types("begun");
    server.sends("$ask password");
    server.sends("Please write your Password:");
    pty.sees_cursor(&["Please write your Password:", ">>"], 0, 3);
    pty.types("!\r");
    assert_eq!(server.next_line(), "begun!");
    server.sends("tick");
    pty.sees_only(&["Please write your Password:", "tick", ">>"]);
}

#[test]
fn only_the_next_line_is_a_secret() {
    let (mut pty, mut server) = asked_for_a_secret();
    pty.types("geheim\r");
    server.sees("geheim");
    server.sends("$ask again");
    server.sends("Once more?");
    pty.sees(&["Once more?", ">>"]);
    pty.types("y\r");
    server.sees("y");
    pty.sees_only(&["Please write your Password:", "Once more?", ">> y", ">>"]);
}

#[test]
fn a_secret_is_hidden_also_when_only_input_is_a_terminal() {
    for ends in ["well", "badly"] {
        let server = FakeServer::start();
        let folder = folder();
        let client = env!("CARGO_BIN_EXE_client");
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", &format!("exec {client} {} --no-reconnect | cat", server.address())]);
        command.cwd(folder.path());
        let mut pty = Pty::start(command, 24, 80, folder);
        let mut server = server.welcomes();
        server.sends("$at sign-in");
        server.sends("$ask user");
        server.sends("Please write your Username:");
        pty.types("lucas\n");
        server.sees("lucas");
        assert!(pty.has_mode_as_before());
        server.sends("$ask password");
        server.sends("Please write your Password:");
        pty.sees(&["Please write your Password:"]);
        assert!(!pty.has_mode_as_before());
        if ends == "well" {
            pty.types("geheim\n");
            server.sees("geheim");
            server.sends("$bye");
        }
        drop(server);
        pty.waits_for_mode_as_before();
        assert!(!pty.written().contains("geheim"));
    }
}

#[test]
fn that_passwords_are_shown_is_said_once() {
    let server = FakeServer::start();
    let folder = folder();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_client"));
    command.arg(server.address().to_string());
    command.env("PATH", folder.path());
    command.cwd(folder.path());
    let mut pty = Pty::start(command, 24, 80, folder);
    let mut server = server.welcomes();
    server.sends("$at sign-in");
    for question in ["Please choose a new Password:", "Please REPEAT your Password:"] {
        server.sends("$ask new-password");
        server.sends(question);
        pty.sees(&[question]);
        pty.types("geheim\n");
        server.sees("geheim");
    }
    assert_eq!(pty.count("This terminal shows a password while you type it"), 1);
}

/// A client that has read a pretended server's greeting.
#[track_caller]
fn greeted() -> (Pty, Person) {
    let server = FakeServer::start();
    let mut pty = Pty::client(server.address());
    let mut server = server.welcomes();
    server.sends("$at sign-in");
    pty.sees_only(&[">>"]);
    (pty, server)
}

#[track_caller]
fn asked_for_a_secret() -> (Pty, Person) {
    let (mut pty, mut server) = greeted();
    server.sends("$ask password");
    server.sends("Please write your Password:");
    pty.sees_only(&["Please write your Password:", ">>"]);
    (pty, server)
}
