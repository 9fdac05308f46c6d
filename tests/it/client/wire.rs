//! The client's own rules, against a pretended server that says what the real one never would: it
//! does not trust the server, and it keeps to the protocol when the other side does not.

use crate::support::{Client, FakeServer, Program, Seat, Wire, ask, folder};

#[test]
fn who_greets_otherwise_is_no_chat_room_server() {
    for greeting in [
        "220 mail.example.org ESMTP\n",
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "$chatroom 1\n",
        "$chatroom 20\n",
        "$chatroom\n",
        " $chatroom 2\n",
        "Welcome to the ChatRoom App...\n",
        "\n",
        "",
    ] {
        let server = FakeServer::start();
        let folder = folder();
        let client =
            Program::start(&mut Client::command(folder.path(), &server.address().to_string()));
        let mut wire = server.accept();
        wire.write(greeting.as_bytes()).unwrap();
        wire.stop_writing();
        let (code, out, mut err) = client.outcome();
        // On a slow machine this comes first.
        err.retain(|line| !line.starts_with("Connecting to "));
        assert_eq!((code, err.len()), (1, 1), "{greeting:?}: {out:?} {err:?}");
    }
}

#[test]
fn after_bye_it_ends_well_and_without_it_not() {
    for (last, code) in [("$bye\n", 0), ("", 1), ("$by", 1)] {
        let (mut client, mut wire) = connected();
        wire.write(format!("so long\n{last}").as_bytes()).unwrap();
        wire.stop_writing();
        client.sees("so long");
        assert_eq!(client.program.exit_code(), code, "{last:?}");
    }
}

#[test]
fn what_is_typed_is_sent_as_it_is_but_for_a_first_dollar() {
    let (mut client, mut wire) = connected();
    for (typed, sent) in [
        ("hello", "hello"),
        ("  two spaces  ", "  two spaces  "),
        ("", ""),
        ("$5 a head", "$$5 a head"),
        ("$$", "$$$"),
        ("$ping", "$$ping"),
        (" $5", " $5"),
        ("çalalalal 日本語", "çalalalal 日本語"),
    ] {
        client.types(typed);
        assert_eq!(next(&mut wire), sent);
    }
}

#[test]
fn what_could_act_on_a_terminal_is_removed_before_it_is_shown() {
    let (mut client, mut wire) = connected();
    wire.write("a\u{1b}[31mb\u{7}\u{7f}\u{9b}c\td\u{202e}\u{2066}\u{200e}\u{61c}e\n".as_bytes())
        .unwrap();
    client.sees("a[31mbc\tde");
    wire.write(b"caf\xe9\n").unwrap();
    client.sees("caf\u{fffd}");
}

#[test]
fn text_comes_in_pieces_and_many_lines_at_once() {
    let (mut client, mut wire) = connected();
    for byte in "çalalalal\r\n$pong\n\n next\n".bytes() {
        wire.write(&[byte]).unwrap();
    }
    client.sees("çalalalal");
    client.sees(" next");
    let many: String = (0..1000).map(|number| format!("line {number}\n")).collect();
    wire.write(many.as_bytes()).unwrap();
    (0..1000).for_each(|number| client.sees(&format!("line {number}")));
}

#[test]
fn an_unknown_control_line_is_not_shown_and_harms_nothing() {
    let (mut client, mut wire) = connected();
    wire.write(b"$future is unwritten\n$\n$at nowhere\n$ask nothing\n$hide\nand on we go\n")
        .unwrap();
    client.sees("and on we go");
}

#[test]
fn a_line_without_an_end_does_not_fill_its_memory() {
    let (client, mut wire) = connected();
    // More than any line of a server may have; what the client does about it is its own affair,
    // but not to die of it by a panic, nor to take it all in.
    let piece = [b'x'; 65_536];
    for _ in 0..64 {
        if wire.write(&piece).is_err() {
            break;
        }
    }
    drop(wire);
    let (code, _, err) = client.program.outcome();
    assert!(code == 0 || code == 1, "exit code {code}: {err:?}");
    assert!(!err.concat().contains("panicked"), "{err:?}");
}

#[test]
fn a_secret_is_not_in_the_log() {
    let (mut client, mut wire) = connected();
    wire.write(b"$ask password\nPlease write your Password:\n").unwrap();
    client.is_asked(ask::PASSWORD);
    client.types("hunter2");
    assert_eq!(next(&mut wire), "hunter2");
    wire.write(b"$bye\n").unwrap();
    wire.stop_writing();
    client.program.exit_code();
    assert!(!client.log().contains("hunter2"), "{}", client.log());
}

#[test]
fn a_script_s_line_is_sent_also_if_a_password_was_asked_for() {
    let (mut client, mut wire) = connected();
    wire.write(b"$ask password\nPlease write your Password:\n$at menu\nIn\n").unwrap();
    client.sees_eventually("In");
    client.types("hello");
    assert_eq!(next(&mut wire), "hello");
}

#[test]
fn after_a_lone_exclamation_mark_the_next_line_waits() {
    let (mut client, mut wire) = connected();
    client.types("!");
    client.types("hello");
    // A refusal is only a text. That no question will come, the client finds out by itself.
    assert_eq!([next(&mut wire), next(&mut wire)], ["!", "$ping"]);
    wire.write("Um arquivo de cada vez\n".as_bytes()).unwrap();
    // Were the next line sent without waiting, it would come before the answer to this.
    wire.write(b"$file\n").unwrap();
    assert!(next(&mut wire).starts_with("$refuse"));
    wire.write(b"$pong\n").unwrap();
    assert_eq!(next(&mut wire), "hello");
}

/// A client that has come in.
fn connected() -> (Client, Wire) {
    let server = FakeServer::start();
    let client = Client::start(server.address());
    let mut wire = server.accept();
    wire.write(b"$chatroom 2\n").unwrap();
    assert_eq!(next(&mut wire), "$hello 2");
    wire.write(b"$at sign-in\n").unwrap();
    (client, wire)
}

/// The next line that the client sent.
#[track_caller]
fn next(wire: &mut Wire) -> String {
    let line = wire.read_line().unwrap().expect("the client closed");
    String::from_utf8(line).unwrap()
}
