//! Members who read slowly or not at all: what waits for them is bounded, those who write to them
//! are slowed a little, who does not read is disconnected, and nobody else in the room is ever
//! held up.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::faults::silent_room::{Room, SLOWED};
use crate::support::content::{BLOCK, content};
use crate::support::faults::{Process, note, observed};
use crate::support::{Bystanders, Person, Seat, Server, folder};

/// What must not be more, in KiB, however much is said to somebody who does not read: what may
/// wait for one (2 MiB, while a buffer grows also twice), and some for the others.
const SOME_MEMORY: u64 = 8 * 1024;

#[test]
fn a_member_that_stops_reading_is_put_out_and_delays_nobody() {
    // More than there are threads that write for all: none of them may be held up.
    let cores = std::thread::available_parallelism().unwrap().get();
    let (server, mut room) = Room::with_silent(cores + 1);
    room.floods_until_the_silent_have_left();
    note(&format!(
        "{:.1} MB said, longest delay of a word {:?}",
        room.megabytes(),
        room.others.longest_delay()
    ));
    server.log_with("does not read");
    // And who flooded is still there.
    room.alice.types("I am still here");
    room.alice.sees_eventually(" alice: I am still here");
}

#[test]
fn memory_stays_bounded_for_a_member_that_does_not_read() {
    let (server, mut room) = Room::with_silent(1);
    let process = Process::in_folder(server.folder());
    let before = process.peak_memory_kib();
    room.floods_until_the_silent_have_left();
    let grown = process.peak_memory_kib() - before;
    note(&format!("{grown} KiB more for {:.1} MB said", room.megabytes()));
    assert!(grown < SOME_MEMORY, "{grown} KiB");
}

#[test]
fn past_half_of_an_outbox_writers_are_slowed_and_not_cut() {
    let (_server, mut room) = Room::with_silent(1);
    room.floods_until_the_silent_have_left();
    // From half to all of it: half a MiB, in steps of 16,000 bytes.
    let slowed = room.steps.iter().filter(|step| **step >= SLOWED).count();
    note(&format!("{slowed} of {} steps were slowed", room.steps.len()));
    assert!(slowed >= 25, "{:?}", room.steps);
    let before = room.steps[..100].iter().min().unwrap();
    assert!(*before < SLOWED, "nobody was slow yet, and a step took {before:?}");
    // It passes with its cause.
    let after = (0..20).map(|_| room.step()).min().unwrap();
    assert!(after < SLOWED, "still {after:?}");
}

#[test]
fn nothing_is_dropped_for_one_who_was_slow_and_reads_on() {
    let (server, mut room) = Room::with_silent(1);
    room.floods_until_past_half(&server);
    let bob = room.silent.remove(0);
    let awaited = room.lines + 400;
    let reader = std::thread::spawn(move || {
        let mut next = 0;
        let mut left = Vec::new();
        // A little at a time.
        let mut piece = [0; 5_000];
        while next < awaited {
            let count = bob.stream().read(&mut piece).unwrap();
            assert!(count > 0, "cut after line {next}");
            left.extend_from_slice(&piece[..count]);
            while let Some(end) = left.iter().position(|&byte| byte == b'\n') {
                let line = String::from_utf8(left.drain(..=end).collect()).unwrap();
                // Others talk too, but alice's lines are numbered.
                if let Some(said) = line.strip_prefix(" alice: ") {
                    assert_eq!(said.split(' ').next().unwrap(), next.to_string());
                    next += 1;
                }
            }
        }
    });
    while room.lines < awaited {
        room.step();
    }
    reader.join().unwrap();
    room.others.longest_delay();
}

#[test]
#[ignore = "takes a minute: a socket may take nothing for 60 s"]
fn whose_socket_takes_nothing_for_60_s_is_disconnected() {
    let (server, mut room) = Room::with_silent(1);
    let before = Instant::now();
    room.floods_until_past_half(&server);
    // The socket took its last bytes somewhere between these two moments.
    let start = Instant::now();
    // What is said now is little: it is time that ends this one.
    while !room.others.talk().0.iter().any(|line| line == "User bob0 has left the room") {
        assert!(start.elapsed() < Duration::from_secs(70), "still there");
        // Looks again every now and then.
        std::thread::sleep(Duration::from_millis(100));
    }
    let (at_most, at_least) = (before.elapsed().as_secs_f64(), start.elapsed().as_secs_f64());
    assert!(at_most >= 60.0 && at_least < 66.0, "after {at_least:.1} to {at_most:.1} s");
    server.log_with("does not read");
}

#[test]
#[ignore = "takes a minute: so long must a slow reader be there to show that it may stay"]
fn who_takes_16_kb_a_second_loses_nothing_while_five_paste() {
    let (server, mut room) = Room::with_silent(1);
    room.floods_until_past_half(&server);
    let mut pasters: Vec<Person> =
        (0..5).map(|number| server.sign_up(&format!("paster{number}"))).collect();
    pasters.iter_mut().for_each(|paster| paster.enter("lobby"));
    let over = Arc::new(AtomicBool::new(false));
    let pasting: Vec<_> = pasters
        .into_iter()
        .map(|paster| {
            let over = Arc::clone(&over);
            thread::spawn(move || paste(paster, &over))
        })
        .collect();
    // Slow, and from now on: 16,000 bytes a second.
    let bob = room.silent.remove(0);
    let mut piece = [0; 1_600];
    let start = Instant::now();
    let mut left = Vec::new();
    let mut last = None;
    while start.elapsed() < Duration::from_secs(60) {
        bob.stream().read_exact(&mut piece).expect("bob is not put out");
        left.extend_from_slice(&piece);
        while let Some(end) = left.iter().position(|&byte| byte == b'\n') {
            let line = String::from_utf8(left.drain(..=end).collect()).unwrap();
            if let Some(said) = line.strip_prefix(" alice: ") {
                let number: usize = said.split(' ').next().unwrap().parse().unwrap();
                assert!(last.is_none_or(|last| last + 1 == number), "{number} after {last:?}");
                last = Some(number);
            }
        }
        room.others.talk();
        // Looks again every now and then.
        thread::sleep(Duration::from_millis(100));
    }
    over.store(true, Ordering::Relaxed);
    // Whoever pastes is slowed down to what bob takes; the talk is not.
    let longest = room.others.longest_delay();
    note(&format!("longest delay of a word {longest:?}"));
    assert!(longest < Duration::from_millis(500), "{longest:?}");
    drop(bob);
    for paster in pasting {
        paster.join().unwrap();
    }
}

/// Says as much as the server takes, and reads what comes, until it is over.
fn paste(paster: Person, over: &AtomicBool) {
    let mut stream = paster.stream().try_clone().unwrap();
    let reading = thread::spawn(move || std::io::copy(&mut stream, &mut std::io::sink()));
    let mut stream = paster.stream();
    stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let said = format!("{}\n", "p".repeat(900)).repeat(16);
    while !over.load(Ordering::Relaxed) {
        // A timeout may cut a line in two; who reads these lines does not look at them.
        let _ = stream.write(said.as_bytes());
    }
    let _ = paster.stream().shutdown(std::net::Shutdown::Both);
    let _ = reading.join();
}

#[test]
fn who_does_not_read_its_answers_is_not_read_either() {
    let folder = folder();
    // Lines of the log may wait for the disk too, up to 8 MiB. They are not what is measured.
    let mut command = observed(&Server::command(folder.path()));
    let server = Server::run(command.env("RUST_LOG", "warn"), folder);
    let process = Process::in_folder(server.folder());
    let mut mallory = server.sign_up("mallory");
    let before = process.peak_memory_kib();
    let menus = 100_000;
    mallory.sends_bytes("4\n".repeat(menus).as_bytes());
    let mut others = Bystanders::alone(&server);
    for _ in 0..100 {
        others.talk();
    }
    for _ in 0..menus {
        mallory.sees_menu(None);
    }
    let grown = process.peak_memory_kib() - before;
    note(&format!(
        "{grown} KiB more for 20 MB of answers, longest delay {:?}",
        others.longest_delay()
    ));
    assert!(grown < SOME_MEMORY, "{grown} KiB");
}

#[test]
fn a_file_for_one_who_does_not_read_waits_as_a_file() {
    let folder = folder();
    let server = Server::run(&mut observed(&Server::command(folder.path())), folder);
    let process = Process::in_folder(server.folder());
    let [mut lucas, mut skira, mut bob] = server.room("lobby", ["lucas", "skira", "bob"]);
    let large = content(64 << 20);
    let before = process.peak_memory_kib();
    lucas.uploads("large", &large);
    bob.sees("::: lucas sent large (64.0 MiB)");
    bob.accepts(large.len(), "large");
    bob.sees("$data 65536");
    bob.bytes(BLOCK);
    skira.sees("::: lucas sent large (64.0 MiB)");
    skira.receives("large", &large);
    let grown = process.peak_memory_kib() - before;
    note(&format!("{grown} KiB more for a file of 64 MiB"));
    assert!(grown < SOME_MEMORY, "{grown} KiB");
}
