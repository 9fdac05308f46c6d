//! The server against hostile clients. What they send ends at most their own session, costs
//! bounded memory, and does nothing to the others. (Each single line that is wrong is in
//! `control`; members who don't read are in `slow_reader`; wrong names of files in
//! `files::names`.)

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::content::{framed, sha256};
use crate::support::faults::{Process, after_script, note, observed, stderr_of};
use crate::support::tree::names;
use crate::support::{Bystanders, PASSWORD, Seat, Server, ask, eventually, folder};

/// The most memory, in KiB, that one connection may cost.
const SOME_MEMORY: u64 = 4 * 1024;

#[test]
fn a_line_without_an_end_costs_no_memory() {
    let server = observed_server();
    let process = Process::in_folder(server.folder());
    let mut others = Bystanders::alone(&server);
    let mut mallory = server.sign_up("mallory");
    let before = process.peak_memory_kib();
    for _ in 0..64 {
        mallory.sends_bytes(&vec![b'x'; 1 << 20]);
        others.talk();
    }
    mallory.sends("");
    mallory.sees("Line too long (4096 bytes at most), nothing was sent");
    let grown = process.peak_memory_kib() - before;
    note(&format!("{grown} KiB more for 64 MiB, longest delay {:?}", others.longest_delay()));
    assert!(grown < SOME_MEMORY, "{grown} KiB");
}

#[test]
fn a_flood_of_wrong_lines_is_told_off_one_by_one() {
    let server = observed_server();
    let process = Process::in_folder(server.folder());
    let mut others = Bystanders::alone(&server);
    let mut mallory = server.sign_up("mallory");
    let before = process.peak_memory_kib();
    let lines = ["$nonsense", "$file 5 a", "$ready", "$cancel", "$ack 0", "$", "$endFile 0", "$5"];
    for _ in 0..200 {
        mallory.sends_bytes(format!("{}\n", lines.join("\n").repeat(10)).as_bytes());
        mallory.types("4");
        // Repeating them has glued the last of them to the first: 71 lines.
        // After each the question comes again, which is two lines.
        let told = mallory.sees_eventually("$at menu");
        assert_eq!(told.len(), 71 * 3, "{told:#?}");
        mallory.reads_up_to(ask::MENU);
        others.talk();
    }
    let grown = process.peak_memory_kib() - before;
    note(&format!("14,200 lines, {grown} KiB more, longest delay {:?}", others.longest_delay()));
    assert!(grown < SOME_MEMORY, "{grown} KiB");
}

#[test]
fn who_floods_a_room_that_reads_is_not_cut() {
    let server = observed_server();
    let process = Process::in_folder(server.folder());
    let mut others = Bystanders::alone(&server);
    let [mut mallory, mut victim] = server.room("lobby", ["mallory", "victim"]);
    let before = process.peak_memory_kib();
    let flood = mallory.stream().try_clone().unwrap();
    let lines = 200_000;
    let writer = std::thread::spawn(move || {
        let mut flood = std::io::BufWriter::new(flood);
        for number in 0..lines {
            writeln!(flood, "{number}").unwrap();
        }
        flood.flush().unwrap();
    });
    let echoes = std::thread::spawn(move || {
        for number in 0..lines {
            mallory.sees(&format!(" mallory: {number}"));
        }
        mallory
    });
    for number in 0..lines {
        victim.sees(&format!(" mallory: {number}"));
        if number % 1_000 == 0 {
            others.talk();
        }
    }
    writer.join().unwrap();
    echoes.join().unwrap().hears_nothing_in_the_room();
    let grown = process.peak_memory_kib() - before;
    note(&format!("{lines} lines, {grown} KiB more, longest delay {:?}", others.longest_delay()));
    assert!(grown < 3 * SOME_MEMORY, "{grown} KiB");
}

#[test]
fn data_without_a_count_ends_an_upload_and_its_connection() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    for (number, count) in
        ["$data 0", "$data 65537", "$data -1", "$data 1 ", "$data", "$data ٣"].iter().enumerate()
    {
        let name = format!("mallory{number}");
        let mut mallory = server.sign_up(&name);
        mallory.enter("lobby");
        mallory.offers(5, "hi.txt");
        mallory.sees("$ready");
        mallory.sends_bytes(&framed(b"hel"));
        mallory.sends(count);
        mallory.sends_bytes(b"lo");
        let told = mallory.sees_eventually("$bye");
        assert!(
            told.iter().any(|line| line.contains("$data") && !line.starts_with('$')),
            "{told:#?}"
        );
        assert_eq!(mallory.line_or_end(), None);
        alice.sees(&format!("::: {name} Entered the Room"));
        alice.sees(&format!("User {name} has left the room"));
        let stored = server.folder().join("ServerFiles");
        eventually("the part file is gone", || names(&stored).is_empty().then_some(()));
    }
    alice.hears_nothing_in_the_room();
}

/// A bug kept the socket of a session that had ended for as long as the question was open.
#[test]
fn who_is_asked_to_take_over_keeps_no_socket_of_the_other() {
    let server = observed_server();
    let process = Process::in_folder(server.folder());
    let mut alice = server.sign_up("alice");
    let mut again = server.returning("alice");
    again.try_login("alice", PASSWORD);
    again.is_asked(ask::TAKE_OVER);
    let before = process.descriptors();
    alice.types("5");
    alice.sees("Goodbye :)");
    drop(alice);
    eventually("its socket is closed", || (process.descriptors() < before).then_some(()));
    again.types("y");
    again.sees_menu(Some("Logged In, You Welcome"));
}

#[test]
fn connections_that_come_and_go_leave_nothing_behind() {
    let server = observed_server();
    let process = Process::in_folder(server.folder());
    let [mut alice] = server.room("lobby", ["alice"]);
    server.sign_up("mallory").enter("lobby");
    alice.sees_lines(&["::: mallory Entered the Room", "User mallory has left the room"]);
    let (descriptors, threads) = (process.descriptors(), process.threads());
    let session =
        format!("mallory\ny\nmallory\n{PASSWORD}\n3\nlobby\n!\n$file 5 hi.txt\n$data 5\nhel");
    for end in (0..session.len()).chain(0..session.len()) {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(&session.as_bytes()[..end]).unwrap();
        // Closed while the server's lines are unread: that is a reset.
    }
    // They are accepted in order: once this one is greeted, none of them is still to come.
    drop(server.newcomer("last"));
    eventually("all are gone", || {
        (process.descriptors() <= descriptors && process.threads() <= threads).then_some(())
    });
    eventually("and the part files", || {
        names(&server.folder().join("ServerFiles")).is_empty().then_some(())
    });
    // Nobody of that name is left, in the room or anywhere.
    alice.types("who is here?");
    let seen = alice.sees_eventually(" alice: who is here?");
    let times = |what: &str| seen.iter().filter(|line| line.contains(what)).count();
    assert_eq!(times("Entered"), times("has left"), "{seen:#?}");
    alice.types("%");
    alice.sees_lines(&["LIST OF USERS:", "User: alice"]);
    alice.hears_nothing_in_the_room();
    assert_eq!(stderr_of(server.folder()), "");
}

#[test]
fn two_hundred_who_have_sent_half_of_something_hold_nobody_up() {
    let server = observed_server();
    let mut others = Bystanders::alone(&server);
    let starts = ["", "al", "alice\n", "alice\n1\n1\nal", "$da", "$data 65536\nxx", "\u{e9}"];
    let mut halves = Vec::new();
    for start in starts.iter().cycle().take(200) {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(&start.as_bytes()[..start.len().saturating_sub(1)]).unwrap();
        halves.push(stream);
    }
    for _ in 0..20 {
        others.talk();
    }
    let start = Instant::now();
    server.sign_up("bob");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?} to sign up", start.elapsed());
    note(&format!("longest delay {:?}", others.longest_delay()));
}

#[test]
fn files_that_nobody_answers_use_up_no_descriptors() {
    let folder = folder();
    let server =
        Server::run(&mut after_script("ulimit -n 200", &Server::command(folder.path())), folder);
    let [mut mallory, mut accomplice] = server.room("lobby", ["mallory", "accomplice"]);
    let mut too_many = 0;
    for number in 0..300 {
        let content = format!("{number:5}");
        let digest = sha256(content.as_bytes());
        mallory.types("!");
        mallory.sends(&format!("$file 5 file {number}"));
        mallory.sends_bytes(&framed(content.as_bytes()));
        mallory.sends(&format!("$endFile {digest}"));
        let seen = mallory.sees_eventually(&format!("$ack {digest}"));
        too_many +=
            seen.iter().filter(|line| line.contains("received by 0 of 1 (accomplice: ")).count();
        accomplice.sees_eventually(&format!("::: mallory sent file {number} (5 B)"));
    }
    assert!(too_many > 200, "{too_many} of 300 files were said not to wait");
    // There is room for others.
    let _newcomers: Vec<_> = (0..50).map(|_| server.newcomer("newcomer")).collect();
}

#[test]
fn no_file_name_or_reason_forges_a_line_of_the_log() {
    let server = Server::start();
    let [mut mallory, mut skira] = server.room("lobby", ["mallory", "skira"]);
    let forged = "2026-01-01T00:00:00Z INFO 127.0.0.1:1 alice login: signed in";
    for separator in ["\r", "\u{85}", "\u{b}", "\u{1b}[2K\r", "\0", "\u{202e}"] {
        mallory.types("!");
        // (The forged line itself has a colon, which is in no name.)
        mallory.sends(&format!("$file 5 a{separator}b"));
        // It is refused; if it were not, this would make a file of it, and a line of the log.
        mallory.sends_data(b"hello");
        mallory.ends_file(b"hello");
        mallory.types("next");
        mallory.sees_eventually(" mallory: next");
        skira.sees(" mallory: next");
        mallory.offers(5, "hi.txt");
        mallory.sees("$ready");
        mallory.sends(&format!("$cancel {separator}{forged}"));
        mallory.uploads("hi.txt", b"hello");
        skira.sees_lines(&["::: mallory sent hi.txt (5 B)", "$file 5 hi.txt"]);
        skira.sends(&format!("$refuse no{separator}{forged}"));
        let receipt = mallory.next_line();
        assert!(receipt.contains("(skira: no"), "{receipt}");
    }
    let (shown, folder) = server.quits();
    let log = std::fs::read_to_string(folder.path().join("server.log")).unwrap();
    for line in log.split_terminator('\n').chain(shown.iter().map(String::as_str)) {
        let breaks = |c: char| c.is_control() || c == '\u{202e}';
        assert!(!line.contains(breaks), "{line:?}");
        assert!(!line.starts_with("2026-01-01T00:00:00Z"), "{line:?}");
    }
}

fn observed_server() -> Server {
    let folder = folder();
    Server::run(&mut observed(&Server::command(folder.path())), folder)
}
