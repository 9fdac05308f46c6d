//! Files whose connection ends, or whose server does not answer: what their owner reads.

use crate::client::files::with_files;
use crate::support::content::content;
use crate::support::pty::Pty;
use crate::support::{FakeServer, Person, Seat};

#[test]
fn files_that_are_under_way_are_named() {
    let server = FakeServer::start();
    let folder = with_files(&[("large", &content(16 << 20)), ("next", b"5")]);
    let mut command = Pty::command(folder.path(), server.address());
    command.arg("--no-reconnect");
    let mut pty = Pty::start(command, 24, 80, folder);
    let mut person = server.welcomes();
    person.sends("$at room Room1");
    person.reads_answers();
    pty.types("! large next\r");
    person.sees("!");
    person.sends("$ask file\nWrite FileName.extension:");
    person.sees(&format!("$file {} large", 16 << 20));
    person.sends("::: bob sent coming (5 B)\n::: bob sent a later one (5 B)");
    person.sends("$file 5 coming");
    person.sees("$ready");
    drop(person);
    assert_eq!(pty.exit_code(), 1);
    for line in [
        "! a later one was not received: the connection has ended",
        "! large was not sent: the connection has ended",
        "! next was not sent: the connection has ended",
        "! coming was not received: the connection has ended",
    ] {
        assert_eq!(pty.count(line), 1, "{line}:\n{}", pty.rows().join("\n"));
    }
}

/// A server that gave up offering files said nothing of it, nor did the client.
#[test]
#[ignore = "takes a minute: so long a file may wait"]
fn a_file_that_was_announced_and_does_not_come_is_named() {
    let server = FakeServer::start();
    let (mut pty, mut person) = is_in_room(&server, &[]);
    person.sends("::: bob sent a.txt (5 B)");
    let said = "! a.txt was sent, and nothing of it has come here";
    for round in 0..7 {
        assert_eq!(pty.count(said), 0);
        // The minute is what is tested. The line keeps the connection.
        std::thread::sleep(std::time::Duration::from_secs(8));
        person.sends(&format!(" bob: {round}"));
    }
    pty.waits_until("it is said", |pty| pty.count(said) == 1);
}

/// A bug named only what the person was sending.
#[test]
fn files_that_are_under_way_are_named_to_who_leaves() {
    let server = FakeServer::start();
    let (mut pty, mut person) = offers_large(&server);
    person.sends("$file 5 coming");
    person.sees("$ready");
    pty.waits_until("it is shown", |pty| pty.count("↓ coming 0%") == 1);
    pty.types("\x04");
    assert_eq!(pty.exit_code(), 0);
    for line in
        ["! large was not sent: you are leaving", "! coming was not received: you are leaving"]
    {
        assert_eq!(pty.count(line), 1, "{line}:\n{}", pty.rows().join("\n"));
    }
}

/// Its sender read that it was stored, and then nothing more of it.
#[test]
fn a_stored_file_whose_receipt_does_not_come_is_named() {
    for receipt in ["", " ...large received by 1 of 2, waiting for bob"] {
        let named = named_after(receipt);
        let [known] = &named[..] else { panic!("{receipt}: {named:?}") };
        match receipt.strip_prefix(" ...") {
            None => assert_eq!(known, "large is stored, but who has received it is not known"),
            // Perhaps with its age before it.
            Some(receipt) => {
                assert!(known.ends_with(&format!("{receipt}; more is not known")), "{known}");
            }
        }
    }
    assert_eq!(named_after(" ...File Sent... large received by 2 of 2"), [""; 0]);
}

/// A bug named only the last one.
#[test]
fn each_stored_file_whose_receipt_does_not_come_is_named() {
    let server = FakeServer::start();
    let (mut pty, mut person) = is_in_room(&server, &[("a", b"1"), ("a b", b"2"), ("c", b"3")]);
    pty.types("! a 'a b' c\r");
    for name in ["a", "a b", "c"] {
        stores(&mut person, name);
        pty.waits_until("stored", |pty| pty.count(&format!("{name} is stored")) == 1);
    }
    person.sends(" ...a received by 1 of 2, waiting for bob");
    person.sends(" ...a b received by 0 of 2, waiting for bob, eva");
    person.sends(" ...File Sent... c received by 2 of 2");
    let mut waits = |sent: &str, status: &str| {
        pty.waits_until(status, |pty| {
            pty.row_from_below(2) == sent && pty.row_from_below(1).ends_with(status)
        });
        // It does not come again when somebody else has received it.
        pty.waits_until("its age", |pty| pty.row_from_below(1).contains(" s ago: "));
    };
    let sent = " ...File Sent... c received by 2 of 2";
    waits(sent, "a b received by 0 of 2, waiting for bob, eva (and 1 more file)");
    let sent = " ...File Sent... a b received by 2 of 2";
    person.sends(sent);
    waits(sent, "a received by 1 of 2, waiting for bob");
    let named = named_at_loss(pty, person, &server);
    assert!(named.len() == 1 && named[0].contains("a received by 1 of 2"), "{named:?}");
}

/// Takes a file that the client sends, as a server does.
fn stores(person: &mut Person, name: &str) {
    person.sees("!");
    person.sends("$ask file\nWrite FileName.extension:");
    person.sees_eventually(&format!("$file 1 {name}"));
    person.sends("$ready");
    let received = person.reads_rest_of_file(&[]);
    person.acknowledges(&received.digest);
}

/// The stored files that are named when the connection is lost after this receipt.
fn named_after(receipt: &str) -> Vec<String> {
    let server = FakeServer::start();
    let (mut pty, mut person) = offers_large(&server);
    person.sends("$ready");
    let received = person.reads_rest_of_file(&[]);
    pty.waits_until("its progress", |pty| pty.count("[↑ large on its way: 100%") == 1);
    person.acknowledges(&received.digest);
    pty.waits_until("it is stored", |pty| pty.count("large is stored") == 1);
    let written = pty.written();
    let (_, after) = written.split_once("large is stored").unwrap();
    assert!(!after.contains("[↑ large"), "it is on its way no more: {after}");
    person.sends(receipt);
    named_at_loss(pty, person, &server)
}

/// The stored files that are named when this connection is lost.
fn named_at_loss(mut pty: Pty, mut person: Person, server: &FakeServer) -> Vec<String> {
    person.sends("::: bob Entered the Room");
    pty.waits_until("all has come", |pty| pty.count("bob Entered") == 1);
    drop(person);
    pty.waits_until("the loss", |pty| pty.count("The connection is lost") == 1);
    let mut person = server.welcomes();
    person.sends("$at sign-in\n$ask new-user\nName?");
    pty.waits_until("it is back", |pty| pty.count("Connected again") == 1);
    let rows = pty.rows();
    let told = rows.iter().filter(|row| row.ends_with(" is not known"));
    told.map(|row| row["- ".len()..].to_string()).collect()
}

/// A bug said that it was not sent. The server may have stored it.
#[test]
fn a_file_that_left_and_was_not_acknowledged_is_perhaps_not_sent() {
    let server = FakeServer::start();
    let (mut pty, mut person) = offers_large(&server);
    person.sends("$ready");
    person.reads_rest_of_file(&[]);
    drop(person);
    let said = "! large was perhaps not sent: the connection has ended";
    pty.waits_until("it is said", |pty| pty.count(said) == 1);
}

#[test]
fn a_file_that_waits_for_another_one_is_said_to_wait() {
    let server = FakeServer::start();
    let (mut pty, mut person) =
        is_in_room(&server, &[("large", &content(16 << 20)), ("next", b"5")]);
    pty.types("! large\r");
    person.sees("!");
    person.sends("$ask file\nWrite FileName.extension:");
    person.sees(&format!("$file {} large", 16 << 20));
    pty.types("! next\r");
    let waits = "- next waits until the file before it is sent";
    pty.waits_until("it waits", |pty| pty.count(waits) == 1);
}

/// A bug named the `!` that the client sends first.
#[test]
fn a_file_whose_question_does_not_come_is_late_by_its_name() {
    let server = FakeServer::start();
    let (mut pty, person) = is_in_room(&server, &[("a", b"1")]);
    pty.types("! ./LocalFiles/a\r");
    pty.sees(&["Not answered yet: ! a", ">>"]);
    drop(person);
    let said = "! a was not sent: the connection has ended";
    pty.waits_until("lost", |pty| pty.count(said) == 1);
    pty.waits_until("all", |pty| pty.count("Connection lost, connecting…") == 1);
    assert_eq!(pty.count("Not answered: "), 0, "that is the same once more");
}

#[test]
fn who_leaves_waits_for_the_acknowledgement_of_a_file_that_has_left() {
    let server = FakeServer::start();
    let (mut pty, mut person) = is_in_room(&server, &[("a", b"1")]);
    pty.types("! a\r");
    person.sees("!");
    person.sends("$ask file\nWrite FileName.extension:\n$pong");
    person.sees("$file 1 a");
    person.sends("$ready");
    let received = person.reads_rest_of_file(&[]);
    pty.types("\x04");
    pty.waits_until("leaving", |pty| pty.count("Leaving…") == 1);
    person.acknowledges(&received.digest);
    assert_eq!(pty.exit_code(), 0);
    assert_eq!(pty.count("- a is stored, but who has received it is not known"), 1);
}

#[test]
fn who_leaves_while_a_file_waits_for_its_question_reads_that_it_was_not_sent() {
    let server = FakeServer::start();
    let (mut pty, mut person) = is_in_room(&server, &[("a", b"1")]);
    pty.types("! a\r\x04");
    person.sees("!");
    pty.waits_until("leaving", |pty| pty.count("Leaving…") == 1);
    assert_eq!(pty.exit_code(), 0);
    assert_eq!(pty.count("! a was not sent: you are leaving"), 1);
}

#[test]
fn an_offer_without_an_answer_is_shown_to_wait() {
    let server = FakeServer::start();
    let (mut pty, _person) = offers_large(&server);
    let waits = "[↑ large 0% waiting (2 s)] >>";
    pty.waits_until("it waits", |pty| pty.typing() == waits);
}

#[test]
fn a_file_that_went_with_the_connection_is_not_shown_as_under_way() {
    let server = FakeServer::start();
    let (mut pty, mut person) = offers_large(&server);
    person.sends("$ready");
    pty.waits_until("it is shown", |pty| pty.count("[↑ large") == 1);
    drop(person);
    pty.waits_until("lost", |pty| pty.count("Connection lost, connecting…") == 1);
    assert_eq!(pty.count("[↑ large"), 0, "{}", pty.rows().join("\n"));
    let rows = pty.rows();
    let row = |said: &str| rows.iter().position(|row| row.starts_with(said)).unwrap();
    let (lost, named) = ("! The connection is lost", "! large was not sent: the connection");
    assert!(row(lost) < row(named), "first what happened");
}

#[test]
fn a_file_that_the_server_s_goodbye_cuts_short_is_named() {
    let server = FakeServer::start();
    let (mut pty, mut person) = offers_large(&server);
    person.sends("Server shutting down...\n$bye");
    assert_eq!(pty.exit_code(), 0);
    assert_eq!(pty.count("! large was not sent: the connection has ended"), 1);
}

/// A client in a room, with these files in LocalFiles.
fn is_in_room(server: &FakeServer, files: &[(&str, &[u8])]) -> (Pty, Person) {
    let pty = Pty::client_in(server.address(), with_files(files));
    let mut person = server.welcomes();
    person.sends("$at room Room1");
    person.reads_answers();
    (pty, person)
}

/// A client in a room, which has just offered a large file.
fn offers_large(server: &FakeServer) -> (Pty, Person) {
    let (mut pty, mut person) = is_in_room(server, &[("large", &content(16 << 20))]);
    pty.types("! large\r");
    person.sees("!");
    person.sends("$ask file\nWrite FileName.extension:");
    person.sees(&format!("$file {} large", 16 << 20));
    (pty, person)
}
