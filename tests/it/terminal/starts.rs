//! The `client` on a terminal, when it cannot get into a room: one line says what happened.

use crate::support::pty::Pty;
use crate::support::{FakeServer, Person, Server};

#[test]
fn a_server_that_is_not_one_is_said_in_one_line() {
    let server = FakeServer::start();
    let mut pty = Pty::client_of_size(server.address(), 24, 200);
    let mut ssh = Person::from(server.accept());
    ssh.sends_bytes(b"SSH-2.0-OpenSSH_9.6 \x1b[31m\r\n");
    assert_eq!(pty.exit_code(), 1);
    let said = format!(
        "client: there is no chat-room server at {} \
         (the server's terminal shows the address to use)",
        server.address()
    );
    pty.sees_only(&[&said]);
    assert!(pty.left_mode_as_before());
}

/// A bug said that there is no chat room at the right address of a server that hung.
#[test]
fn a_server_that_says_nothing_is_not_called_another_program() {
    let server = FakeServer::start();
    let mut pty = Pty::client_of_size(server.address(), 24, 200);
    let _silent = Person::from(server.accept());
    assert_eq!(pty.exit_code(), 1);
    pty.sees_only(&[
        &format!("Connecting to {}…", server.address()),
        &format!(
            "client: {} takes the connection, but has said nothing for 10 s. Does the server \
             there hang? Is it the right port? (the server's terminal shows the address to use)",
            server.address()
        ),
    ]);
}

#[test]
fn a_server_of_another_version_is_said_in_one_line() {
    let server = FakeServer::start();
    let mut pty = Pty::client_of_size(server.address(), 24, 200);
    Person::from(server.accept()).sends("$chatroom 3\x1b[31m\x1b[2J");
    assert_eq!(pty.exit_code(), 1);
    let said = format!(
        "client: the server at {} speaks version 3[31m[2J of the protocol, and this client 2",
        server.address()
    );
    pty.sees_only(&[&said]);
    assert_eq!(pty.escape_sequences(), [""; 0]);
}

#[test]
fn a_full_server_says_so_and_no_prompt_is_left() {
    let server = Server::with(&["--max-connections", "1"]);
    let _only = server.newcomer("only");
    let mut pty = Pty::client(server.address());
    assert_eq!(pty.exit_code(), 1);
    // The client may add what to do about it.
    let rows = pty.rows();
    assert!(rows[0] == "Server is full" && rows.len() <= 2, "{rows:#?}");
    assert_eq!(pty.cursor(), (rows.len() as u16, 0), "what is written next begins a row");
    assert!(pty.left_mode_as_before());
}
