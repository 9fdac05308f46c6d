//! The receipt: what the sender of a file reads of those who were offered it (`protocol.md`,
//! sections 5 and 9). Reasons in it are in `deliver`.

use std::time::{Duration, Instant};

use crate::support::content::sha256;
use crate::support::{Person, Seat, Server};

const HELLO: &[u8] = b"hello";

#[test]
fn members_on_raw_connections_count_at_once_as_without_a_program() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    let mut bob = server.sign_up_raw("bob");
    bob.enter("Room1");
    lucas.sees("::: bob Entered the Room");
    skira.sees("::: bob Entered the Room");
    lucas.uploads("hi.txt", HELLO);
    skira.sees("::: lucas sent hi.txt (5 B)");
    skira.receives("hi.txt", HELLO);
    lucas.sees(" ...File Sent... hi.txt received by 1 of 2 (bob: no program for files)");
    // Bob reads that it was sent, and no control line.
    bob.sees("::: lucas sent hi.txt (5 B)");
    bob.hears_nothing_in_the_room();
}

#[test]
fn with_nobody_but_raw_connections_the_receipt_comes_at_once() {
    let server = Server::start();
    let [mut lucas] = server.room("Room1", ["lucas"]);
    let mut bob = server.sign_up_raw("bob");
    bob.enter("Room1");
    lucas.sees("::: bob Entered the Room");
    lucas.uploads("hi.txt", HELLO);
    // Nobody is waited for: that line would come first.
    lucas.sees(" ...File Sent... hi.txt received by 0 of 1 (bob: no program for files)");
}

#[test]
fn after_5_s_the_sender_reads_once_who_is_waited_for() {
    let server = Server::start();
    let names = ["lucas", "ann", "bob", "cid", "dan", "eva"];
    let [mut lucas, mut ann, mut bob, mut cid, mut dan, mut eva] = server.room("Room1", names);
    let others = [&mut ann, &mut bob, &mut cid, &mut dan, &mut eva];
    let start = Instant::now();
    lucas.uploads("hi.txt", HELLO);
    for member in others {
        member.sees_lines(&["::: lucas sent hi.txt (5 B)", "$file 5 hi.txt"]);
    }
    for member in [&mut ann, &mut cid, &mut dan] {
        takes_it(member);
    }
    lucas.sees(" ...hi.txt received by 3 of 5, waiting for bob, eva");
    let passed = start.elapsed().as_secs_f64();
    assert!((4.9..20.0).contains(&passed), "after {passed:.1} s");
    bob.sends("$refuse no");
    takes_it(&mut eva);
    lucas.sees(" ...File Sent... hi.txt received by 4 of 5 (bob: no)");
    lucas.hears_nothing_in_the_room();
}

#[test]
fn a_file_that_all_have_within_5_s_is_told_once() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    lucas.uploads("hi.txt", HELLO);
    skira.sees("::: lucas sent hi.txt (5 B)");
    skira.receives("hi.txt", HELLO);
    lucas.sees(" ...File Sent... hi.txt received by 1 of 1");
    // The time in which nothing may come is what is tested.
    std::thread::sleep(Duration::from_secs(6));
    lucas.hears_nothing_in_the_room();
}

#[test]
fn more_than_five_who_are_waited_for_are_cut_to_five() {
    let server = Server::start();
    let names = ["lucas", "a", "b", "c", "d", "e", "f"];
    let [mut lucas, mut a, mut b, mut c, mut d, mut e, mut f] = server.room("Room1", names);
    lucas.uploads("hi.txt", HELLO);
    lucas.sees(" ...hi.txt received by 0 of 6, waiting for a, b, c, d, e, …");
    for member in [&mut a, &mut b, &mut c, &mut d, &mut e, &mut f] {
        member.sees_lines(&["::: lucas sent hi.txt (5 B)", "$file 5 hi.txt"]);
        takes_it(member);
    }
    lucas.sees(" ...File Sent... hi.txt received by 6 of 6");
}

#[test]
fn who_has_gone_is_gone_in_the_receipt() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    lucas.uploads("hi.txt", HELLO);
    skira.sees_lines(&["::: lucas sent hi.txt (5 B)", "$file 5 hi.txt"]);
    drop(skira);
    let mut lines = [lucas.next_line(), lucas.next_line()];
    lines.sort();
    let receipt = " ...File Sent... hi.txt received by 0 of 1 (skira: gone)";
    assert_eq!(lines, [receipt, "User skira has left the room"]);
}

#[test]
fn files_that_wait_for_one_member_are_64_at_most() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    // One is under way, and 64 wait for their turn.
    for number in 0..65 {
        uploads_among_other_lines(&mut lucas, &format!("f{number}"));
    }
    uploads_among_other_lines(&mut lucas, "f65");
    let receipt = " ...File Sent... f65 received by 0 of 1 (skira: too many files wait already)";
    let before = lucas.sees_eventually(receipt);
    assert!(!before.iter().any(|line| line.contains("too many")), "{before:#?}");
    for number in 0..66 {
        skira.sees_eventually(&format!("::: lucas sent f{number} (5 B)"));
    }
    // All that waits comes, once it is answered.
    skira.sends("$ready");
    skira.reads_file();
    skira.acknowledges(&sha256(HELLO));
    for number in 1..65 {
        skira.receives(&format!("f{number}"), HELLO);
        lucas.sees_eventually(&format!(" ...File Sent... f{number} received by 1 of 1"));
    }
    skira.hears_nothing_in_the_room();
}

fn takes_it(member: &mut Person) {
    member.sends("$ready");
    assert_eq!(member.reads_file().lines, [""; 0]);
    member.acknowledges(&sha256(HELLO));
}

/// What is said of earlier files may come in between.
fn uploads_among_other_lines(lucas: &mut Person, name: &str) {
    lucas.types("!");
    lucas.sends(&format!("$file 5 {name}"));
    lucas.sees_eventually("$ready");
    lucas.sends_data(HELLO);
    lucas.ends_file(HELLO);
    let before = lucas.sees_eventually(&format!("$ack {}", sha256(HELLO)));
    assert!(!before.iter().any(|line| line.contains("too many")), "{before:#?}");
}
