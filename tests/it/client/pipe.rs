//! The `client` as a scriptable program: its keyboard is a pipe, its screen is a pipe, the server
//! is the real one. (The walk through it is in `walk`; what only a pretended server can say to it,
//! in `wire`.)

use std::net::TcpListener;
use std::process::Stdio;

use crate::support::{Client, PASSWORD, Program, Seat, Server, ask, folder};

#[test]
fn a_script_is_run_to_its_end_and_what_comes_is_shown() {
    let server = Server::start();
    let mut client = Client::start(server.address());
    // All of it ahead, passwords too.
    for line in ["lucas", "1", "1", "lucas", "1", "1", "Room1", "n", "hey hey", "@", "5"] {
        client.types(line);
    }
    client.program.ends_input();
    client.is_greeted();
    client.sees_eventually("New User Added...Going to Login");
    client.sees_eventually("Logged In, You Welcome");
    client.sees_eventually(" lucas: hey hey");
    client.sees_eventually("You left the room Room1");
    client.sees_eventually("Goodbye :)");
    assert_eq!(client.program.exit_code(), 0);
    assert!(client.program.out.rest().concat().trim().is_empty());
}

#[test]
fn after_the_last_line_of_a_script_what_still_comes_is_shown() {
    let mut server = Server::start();
    let mut client = Client::start(server.address());
    client.is_greeted();
    client.register("lucas", "1");
    client.log_in("lucas", "1");
    client.create("lobby");
    client.program.ends_input();

    let mut skira = server.sign_up("skira");
    skira.enter("lobby");
    client.sees("::: skira Entered the Room");
    skira.types("are you still there?");
    client.sees(" skira: are you still there?");

    server.types("quit");
    // Skira may be seen to leave before.
    client.sees_eventually("Server shutting down...");
    assert_eq!(client.program.exit_code(), 0);
}

#[test]
fn a_last_line_without_its_end_is_sent_all_the_same() {
    let server = Server::start();
    let mut client = in_lobby(&server, "lucas");
    client.program.writes(b"hello\n@\n5");
    client.program.ends_input();
    client.sees_eventually("Goodbye :)");
    assert_eq!(client.program.exit_code(), 0);
}

#[test]
fn control_lines_are_not_shown() {
    let server = Server::start();
    let mut client = in_lobby(&server, "lucas");
    client.types("@");
    client.types("5");
    client.program.exit_code();
    let shown = client.program.out.rest();
    assert!(shown.iter().all(|line| !line.starts_with('$')), "{shown:#?}");
}

#[test]
fn a_dollar_sign_at_the_start_arrives_as_it_was_typed() {
    let server = Server::start();
    let mut lucas = in_lobby(&server, "lucas");
    let mut skira = server.sign_up("skira");
    skira.enter("lobby");
    lucas.sees("::: skira Entered the Room");
    for text in ["$5 a head", "$bye", "$$", "$", "5 $", " $5"] {
        lucas.types(text);
        lucas.sees(&format!(" lucas: {text}"));
        skira.sees(&format!(" lucas: {text}"));
    }
}

#[test]
fn a_server_that_dies_is_a_lost_connection() {
    let server = Server::start();
    let client = in_lobby(&server, "lucas");
    server.dies();
    let (code, out, err) = client.program.outcome();
    assert_eq!(code, 1);
    let said = "Connection to server closed.";
    assert!(out.iter().chain(&err).any(|line| line.trim() == said), "{out:?} {err:?}");
}

#[test]
fn a_full_server_says_so_and_the_client_ends_with_1() {
    let server = Server::with(&["--max-connections", "1"]);
    let _only = server.newcomer("only");
    let mut client = Client::start(server.address());
    client.sees("Server is full");
    assert_eq!(client.program.exit_code(), 1);
}

#[test]
fn without_an_argument_it_asks_where_to_connect() {
    let server = Server::start();
    let folder = folder();
    let mut client = Program::start(&mut Client::bare_command(folder.path()));
    client.writes(format!("{}\n", server.address()).as_bytes());
    // A question that is answered on its own line has no line end of its own: the greeting may
    // stand behind it.
    let shown = client.out.find(&["Write out the IP you want to connect into:"]);
    if !shown.contains("Welcome to the ChatRoom App...") {
        client.out.find(&["Welcome to the ChatRoom App..."]);
    }
    client.out.find(&[ask::NEW_USER.text]);
}

#[test]
fn who_does_not_answer_where_to_connect_reads_what_to_do() {
    for answer in ["", "\n"] {
        let folder = folder();
        let mut client = Program::start(&mut Client::bare_command(folder.path()));
        client.writes(answer.as_bytes());
        client.ends_input();
        let (code, _, err) = client.outcome();
        assert_eq!((code, err.len()), (1, 1), "{err:?}");
        assert!(err[0].contains("type its address"), "{err:?}");
    }
}

#[test]
fn every_address_of_a_name_is_tried() {
    // `localhost` is often `::1` too, and first: nobody listens there.
    let server = Server::start();
    let folder = folder();
    let host = format!("localhost:{}", server.address().port());
    let mut client = Program::start(&mut Client::command(folder.path(), &host));
    client.out.find(&[ask::NEW_USER.text]);
}

#[test]
fn an_address_of_ip_version_6_is_understood() {
    if TcpListener::bind("[::1]:0").is_err() {
        println!("this machine has no IPv6: nothing to see here");
        return;
    }
    let server_folder = folder();
    let mut command = Server::command_for(server_folder.path(), "[::1]:0");
    let server = Server::run(&mut command, server_folder);
    let mut client = Client::start(server.address());
    client.is_greeted();
}

#[test]
fn where_nobody_listens_it_says_so_in_one_line() {
    let folder = folder();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = Program::start(&mut Client::command(folder.path(), &nobody.to_string()));
    let (code, _, err) = client.outcome();
    assert_eq!((code, err.len()), (1, 1), "{err:?}");
}

#[test]
fn nobody_reading_its_output_ends_it_quietly() {
    let server = Server::start();
    let folder = folder();
    let mut command = Client::command(folder.path(), &server.address().to_string());
    // `client | head -1`, once `head` has ended; and its keyboard is still there.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut client = Program::start_as_is(command.stdin(Stdio::piped()).stdout(writer));
    client.exit_code();
    assert_eq!(client.err.rest(), [""; 0]);
}

#[test]
fn the_log_has_what_came_and_of_what_was_typed_only_its_length() {
    let server = Server::start();
    let mut client = in_lobby(&server, "lucas");
    // Long enough for its length to stand for it: no time, and hardly a port, is that number.
    let text = "hey ".repeat(892) + "hey";
    client.types(&text);
    client.sees(&format!(" lucas: {text}"));
    client.types("@");
    client.types("5");
    client.program.exit_code();
    let log = client.log();
    // What came: text and control lines alike.
    for line in [
        "$chatroom 2",
        "$ask password",
        "Logged In, You Welcome",
        &format!("lucas: {text}"),
        "$bye",
    ] {
        assert!(log.contains(line), "{line:?} came, but is not in\n{log}");
    }
    assert_eq!(log.matches(&text).count(), 1, "its echo, and not what was typed:\n{log}");
    assert!(log.split(|c: char| !c.is_ascii_digit()).any(|number| number == "3571"), "{log}");
    assert!(!log.contains(PASSWORD), "{log}");
}

#[test]
fn a_password_that_was_typed_ahead_is_not_in_the_log() {
    let server = Server::start();
    let mut client = Client::start(server.address());
    for line in ["lucas", "hunter2", "hunter2", "lucas", "hunter2", "5"] {
        client.types(line);
    }
    client.sees_eventually("Goodbye :)");
    client.program.exit_code();
    assert!(!client.log().contains("hunter2"), "{}", client.log());
}

fn in_lobby(server: &Server, name: &str) -> Client {
    let mut client = Client::start(server.address());
    client.is_greeted();
    client.register(name, PASSWORD);
    client.log_in(name, PASSWORD);
    client.create("lobby");
    client
}
