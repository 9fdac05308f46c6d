//! A file as the people in a room see it: from its sender through ServerFiles to everyone else,
//! and the receipt that comes back (`protocol.md`, section 5). What either side may do wrong is in
//! `upload` and `deliver`.

use crate::support::content::{content, sha256};
use crate::support::tree::names;
use crate::support::{Person, Seat, Server, ask};

const HELLO: &[u8] = b"hello";
const HELLO_DIGEST: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

#[test]
fn the_worked_example_goes_as_the_protocol_writes_it() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    lucas.types("!");
    lucas.is_asked(ask::FILE);
    lucas.sends("$file 5 hi.txt");
    lucas.sees("$ready");
    lucas.sends_bytes(b"$data 5\nhello");
    lucas.sends(&format!("$endFile {HELLO_DIGEST}"));
    lucas.sees(&format!("$ack {HELLO_DIGEST}"));

    skira.sees("::: lucas sent hi.txt (5 B)");
    skira.sees("$file 5 hi.txt");
    skira.sends("$ready");
    skira.sees("$data 5");
    assert_eq!(skira.bytes(5), HELLO);
    skira.sees(&format!("$endFile {HELLO_DIGEST}"));
    skira.sends(&format!("$ack {HELLO_DIGEST}"));

    lucas.reads_receipt(" ...File Sent... hi.txt received by 1 of 1");
    lucas.hears_nothing_in_the_room();
    skira.sees(" lucas: marker 1");
}

#[test]
fn a_file_goes_to_all_in_the_room_and_to_nobody_else() {
    let server = Server::start();
    let [mut lucas, mut skira, mut bob] = server.room("Room1", ["lucas", "skira", "bob"]);
    let [mut dave] = server.room("attic", ["dave"]);
    let mut erin = server.sign_up("erin");
    lucas.uploads("hi.txt", HELLO);
    for member in [&mut skira, &mut bob] {
        member.sees_lines(&["::: lucas sent hi.txt (5 B)", "$file 5 hi.txt"]);
    }
    erin.enter("Room1");
    lucas.sees("::: erin Entered the Room");
    for member in [&mut skira, &mut bob] {
        member.sees("::: erin Entered the Room");
        member.sends("$ready");
        member.reads_file();
        member.acknowledges(HELLO_DIGEST);
    }
    lucas.reads_receipt(" ...File Sent... hi.txt received by 2 of 2");
    erin.hears_nothing_in_the_room();
    dave.hears_nothing_in_the_room();
}

#[test]
fn the_room_reads_who_sent_what_and_how_large_it_is() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    for (size, shown) in [(1023, "1023 B"), (1024, "1.0 KiB"), (176_537, "172.4 KiB")] {
        lucas.uploads("TD_work.pdf", &content(size));
        skira.sees(&format!("::: lucas sent TD_work.pdf ({shown})"));
        skira.receives("TD_work.pdf", &content(size));
        // Next comes the receipt, and not that line.
        lucas.reads_receipt(" ...File Sent... TD_work.pdf received by 1 of 1");
    }
}

#[test]
fn a_file_is_stored_before_it_is_acknowledged_or_offered() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    let stored = || std::fs::read(server.folder().join("ServerFiles/hi.txt"));
    lucas.offers(HELLO.len(), "hi.txt");
    lucas.sees("$ready");
    lucas.sends_data(HELLO);
    lucas.hears_nothing_in_the_room();
    skira.sees(" lucas: marker 1");
    assert!(stored().is_err(), "all bytes are there, but nobody has verified them yet");
    lucas.ends_file(HELLO);
    lucas.sees(&format!("$ack {HELLO_DIGEST}"));
    assert_eq!(stored().unwrap(), HELLO);
    skira.sees("::: lucas sent hi.txt (5 B)");
    skira.sees("$file 5 hi.txt");
    assert_eq!(names(&server.folder().join("ServerFiles")), ["hi.txt"]);
}

#[test]
fn a_file_of_no_bytes_is_a_file_too() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    lucas.offers(0, "empty");
    lucas.sees("$ready");
    lucas.ends_file(b"");
    lucas.sees(&format!("$ack {}", sha256(b"")));
    skira.sees("::: lucas sent empty (0 B)");
    skira.accepts(0, "empty");
    skira.sees(&format!("$endFile {}", sha256(b"")));
    skira.acknowledges(&sha256(b""));
    lucas.reads_receipt(" ...File Sent... empty received by 1 of 1");
    assert_eq!(std::fs::read(server.folder().join("ServerFiles/empty")).unwrap(), b"");
}

#[test]
fn with_nobody_else_in_the_room_the_file_is_stored_all_the_same() {
    let server = Server::start();
    let [mut lucas] = server.room("Room1", ["lucas"]);
    lucas.uploads("hi.txt", HELLO);
    lucas.reads_receipt(" ...File Sent... hi.txt (nobody else is here)");
    assert_eq!(std::fs::read(server.folder().join("ServerFiles/hi.txt")).unwrap(), HELLO);
}

#[test]
fn a_member_that_leaves_the_room_still_gets_what_it_was_offered() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    lucas.uploads("hi.txt", HELLO);
    skira.sees("::: lucas sent hi.txt (5 B)");
    skira.sees("$file 5 hi.txt");
    skira.leave("Room1");
    skira.sends("$ready");
    assert_eq!(skira.reads_file().digest, HELLO_DIGEST);
    skira.acknowledges(HELLO_DIGEST);
    lucas.sees("User skira has left the room");
    lucas.reads_receipt(" ...File Sent... hi.txt received by 1 of 1");
}

#[test]
fn who_leaves_still_gets_a_file_that_waited_for_its_turn() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    lucas.uploads("one", HELLO);
    lucas.uploads("two", b"2");
    skira.sees("::: lucas sent one (5 B)");
    skira.sees("$file 5 one");
    skira.sees("::: lucas sent two (1 B)");
    skira.leave("Room1");
    skira.sends("$ready");
    skira.reads_file();
    skira.acknowledges(HELLO_DIGEST);
    skira.receives("two", b"2");
    lucas.sees("User skira has left the room");
    lucas.reads_receipt(" ...File Sent... one received by 1 of 1");
    lucas.reads_receipt(" ...File Sent... two received by 1 of 1");
}

#[test]
fn the_receipt_reaches_a_sender_who_has_left_the_room() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    lucas.uploads("hi.txt", HELLO);
    lucas.leave("Room1");
    skira.sees("::: lucas sent hi.txt (5 B)");
    skira.sees("$file 5 hi.txt");
    skira.sees("User lucas has left the room");
    skira.sends("$ready");
    skira.reads_file();
    skira.acknowledges(HELLO_DIGEST);
    lucas.reads_receipt(" ...File Sent... hi.txt received by 1 of 1");
}

#[test]
fn the_receipt_comes_after_the_last_answer_and_not_before() {
    let server = Server::start();
    let [mut lucas, mut skira, mut bob] = server.room("Room1", ["lucas", "skira", "bob"]);
    lucas.uploads("hi.txt", HELLO);
    skira.sees("::: lucas sent hi.txt (5 B)");
    skira.receives("hi.txt", HELLO);
    // What skira says after the acknowledgement is handled after it.
    skira.hears_nothing_in_the_room();
    lucas.sees(" skira: marker 1");
    lucas.hears_nothing_in_the_room();
    bob.sees_lines(&["::: lucas sent hi.txt (5 B)", "$file 5 hi.txt"]);
    bob.sends("$refuse");
    lucas.reads_receipt(" ...File Sent... hi.txt received by 1 of 2 (bob: refused)");
}

#[test]
fn further_files_for_a_member_wait_their_turn() {
    let server = Server::start();
    let [mut lucas, mut bob, mut skira] = server.room("Room1", ["lucas", "bob", "skira"]);
    lucas.uploads("one", b"1");
    bob.sees("::: lucas sent one (1 B)");
    bob.receives("one", b"1");
    bob.uploads("two", b"22");
    lucas.sees("::: bob sent two (2 B)");
    lucas.receives("two", b"22");
    lucas.uploads("three", b"333");

    // Three were sent and one is offered. The next one comes when that one has ended, in any way.
    skira.sees_lines(&["::: lucas sent one (1 B)", "$file 1 one"]);
    skira.sees_lines(&["::: bob sent two (2 B)", "::: lucas sent three (3 B)"]);
    skira.hears_nothing_in_the_room();
    skira.sends("$refuse no");
    skira.receives("two", b"22");
    skira.receives("three", b"333");
    skira.hears_nothing_in_the_room();
}

#[test]
fn on_one_connection_a_file_may_go_each_way_at_once() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    let (down, up) = (content(300_000), content(200_000));
    lucas.uploads("down", &down);
    skira.sees("::: lucas sent down (293.0 KiB)");
    skira.offers_while_reading(&up, "up", &down, "down");
    lucas.sees_eventually("::: skira sent up (195.3 KiB)");
    lucas.receives("up", &up);
}

impl Person {
    /// Accepts one file and offers another, and has both under way, block by block.
    fn offers_while_reading(&mut self, up: &[u8], up_name: &str, down: &[u8], down_name: &str) {
        self.accepts(down.len(), down_name);
        self.types("!");
        self.sends(&format!("$file {} {up_name}", up.len()));
        self.sends_data(up);
        self.ends_file(up);
        let received = self.reads_file();
        assert_eq!(received.digest, sha256(down));
        self.acknowledges(&received.digest);
        let mut lines = received.lines;
        while !lines.contains(&format!("$ack {}", sha256(up))) {
            lines.push(self.next_line());
        }
        let expected =
            [ask::FILE.control, ask::FILE.text, "$ready", &format!("$ack {}", sha256(up))];
        assert_eq!(lines, expected);
    }
}
