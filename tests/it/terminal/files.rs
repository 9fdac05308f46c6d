//! The `client` on a terminal: which file to send, and what is said when it has come. (While it is
//! on its way: `progress`.)

use std::fs;

use crate::client::files::with_files;
use crate::support::content::{content, sha256};
use crate::support::pty::{Pty, in_pretended_room, lucas_and_skira};
use crate::support::{Seat, Server, folder};

#[test]
fn after_an_exclamation_mark_tab_completes_and_lists_files() {
    let server = Server::start();
    let files: [(&str, &[u8]); 4] = [
        ("TD_work.pdf", &[0; 176_538]),
        ("TD_words.odt", b"words"),
        ("hello.txt", b"hi"),
        (".hidden", b"not this one"),
    ];
    let lucas = Pty::client_in(server.address(), with_files(&files));
    let (mut lucas, mut skira) = lucas_and_skira(&server, lucas);
    // Before it, Tab has nothing to complete.
    lucas.types("T\t\t");
    skira.types("now");
    lucas.sees(&[" skira: now", ">> T"]);
    lucas.types("\x03!\r");
    lucas.sees(&["Write FileName.extension:", ">>"]);
    // Nothing is certain yet, so the first does nothing.
    lucas.types("\t\t");
    lucas.sees(&["TD_words.odt", "TD_work.pdf", "hello.txt", ">>"]);
    lucas.types("T\t");
    lucas.sees(&[">> TD_wor"]);
    // That was the first.
    lucas.types("\t");
    lucas.sees(&["hello.txt", "TD_words.odt", "TD_work.pdf", ">> TD_wor"]);
    lucas.types("d\t\r");
    lucas.sees(&[">> TD_words.odt", ">>"]);
    skira.sees_eventually("::: lucas sent TD_words.odt (5 B)");
    // And after it again nothing.
    lucas.types("T\t\t");
    skira.types("then");
    // Skira does not answer the offer, and the receipt says so.
    let receipt = "TD_words.odt received by 0 of 1, waiting for skira";
    lucas.waits_until("who is awaited", |pty| {
        let row = |below| pty.row_from_below(below);
        row(2) == " skira: then" && row(1).ends_with(receipt) && pty.typing() == ">> T"
    });
}

#[test]
fn what_came_is_said_once_and_who_sent_it_reads_a_receipt() {
    let server = Server::start();
    let lucas =
        Pty::client_in(server.address(), with_files(&[("TD_work.pdf", &content(176_538))]));
    let (mut lucas, mut skira) = lucas_and_skira(&server, lucas);
    let mut bob = Pty::client_in(server.address(), folder());
    bob.signs_up("bob");
    bob.enters("Room1", "bob", &mut skira);
    // Nobody but bob is left to receive it.
    drop(skira);
    lucas.sees(&["User skira has left the room", ">>"]);
    bob.sees(&["User skira has left the room", ">>"]);

    lucas.types("!\r");
    lucas.answers("Write FileName.extension:", "TD_work.pdf");
    lucas.sees(&[
        "Write FileName.extension:",
        ">> TD_work.pdf",
        " ...File Sent... TD_work.pdf received by 1 of 1",
        ">>",
    ]);
    let got = "- Got File: LocalFiles/TD_work.pdf (172.4 KiB, verified)";
    bob.sees(&[
        "User skira has left the room",
        "::: lucas sent TD_work.pdf (172.4 KiB)",
        got,
        ">>",
    ]);
    lucas.types("did it come?\r");
    bob.sees(&["::: lucas sent TD_work.pdf (172.4 KiB)", got, " lucas: did it come?", ">>"]);
    assert_eq!(bob.written().matches("Got File").count(), 1, "{}", bob.written());
    assert_eq!(fs::read(bob.folder().join("LocalFiles/TD_work.pdf")).unwrap(), content(176_538));
    // What only happened is dim.
    assert!(bob.look(got, got).1);
    let receipt = "...File Sent... TD_work.pdf";
    assert!(lucas.look(receipt, receipt).1);
}

#[test]
fn a_refused_file_is_one_clear_line_in_red() {
    let server = Server::with(&["--max-file-size", "10"]);
    let lucas = Pty::client_in(
        server.address(),
        with_files(&[("large", b"eleven bytes"), ("small", b"ten")]),
    );
    let (mut lucas, mut skira) = lucas_and_skira(&server, lucas);
    lucas.types("!\r");
    lucas.answers("Write FileName.extension:", "large");
    let why = "! large was not sent: too large, at most 10 B are taken";
    lucas.sees(&["Write FileName.extension:", ">> large", why, ">>"]);
    assert_eq!(lucas.look(why, why).0, vt100::Color::Idx(1));
    lucas.types("never mind\r");
    lucas.sees(&[why, ">lucas: never mind", ">>"]);
    assert_eq!(
        skira.sees_eventually(" lucas: never mind"),
        [""; 0],
        "the room was told nothing of it"
    );
}

#[test]
fn a_name_that_is_not_there_is_said_with_what_is_there() {
    let server = Server::start();
    let lucas = Pty::client_in(server.address(), with_files(&[("hi.txt", b"hello")]));
    let (mut lucas, _skira) = lucas_and_skira(&server, lucas);
    lucas.types("!\r");
    lucas.answers("Write FileName.extension:", "x");
    lucas.sees(&[
        "Write FileName.extension:",
        ">> x",
        "! LocalFiles/x: not found",
        "- Files in LocalFiles:",
        "  hi.txt (5 B)",
        "No file sent",
        ">>",
    ]);
    assert_eq!(lucas.look("LocalFiles/x: not found", "not found").0, vt100::Color::Idx(1));
}

#[test]
fn a_file_that_arrives_does_not_tear_the_line_being_typed() {
    let (mut pty, mut server) = in_pretended_room(24, 80);
    pty.types("half a li");
    server.sends("$file 5 hi.txt");
    server.sees("$ready");
    server.sends_data(b"hello");
    server.ends_file(b"hello");
    server.sees(&format!("$ack {}", sha256(b"hello")));
    pty.sees_cursor(&["- Got File: LocalFiles/hi.txt (5 B, verified)", ">> half a li"], 0, 12);
    pty.types("ne\r");
    server.sees("half a line");
}
