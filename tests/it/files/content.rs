//! What arrives is what was sent, with any content, at five receivers at once. The talk goes on
//! meanwhile, in both directions.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::support::content::{BLOCK, content, sha256};
use crate::support::faults::note;
use crate::support::{Person, Seat, Server};

const MEMBERS: [&str; 6] = ["lucas", "ann", "bob", "cid", "dan", "eve"];

#[test]
fn files_around_a_block_s_size_arrive_at_five_at_once() {
    let server = Server::start();
    let mut people = server.room("Room1", MEMBERS);
    for size in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1] {
        let content = content(size);
        let shown = if size < 1024 { format!("{size} B") } else { "64.0 KiB".to_owned() };
        passes(&mut people, &format!("{size} bytes"), &content, &shown);
    }
}

#[test]
fn content_that_looks_like_the_protocol_arrives_as_it_is() {
    let server = Server::start();
    let mut people = server.room("Room1", MEMBERS);
    let line = format!("\n$endFile {}\n$cancel\n$data 5\nhello$bye\r\n@\n%\n!\n", sha256(b""));
    let every_byte: Vec<u8> = (0..=255).collect();
    let contents = [
        ("end", b"$endFile".to_vec()),
        ("cancel", b"$cancel\n".to_vec()),
        ("bytes", every_byte.clone()),
        ("line ends", b"\n".repeat(BLOCK + 1)),
        ("endings", b"\r\n\r".repeat(1000)),
        ("all of it", [line.as_bytes(), &every_byte].concat().repeat(500)),
    ];
    for (name, content) in contents {
        let shown = match content.len() as f64 {
            bytes if bytes < 1024.0 => format!("{bytes} B"),
            bytes => format!("{:.1} KiB", bytes / 1024.0),
        };
        passes(&mut people, name, &content, &shown);
    }
}

#[test]
#[ignore = "takes some ten seconds: 200 MiB go in, and five times out"]
fn two_hundred_mebibytes_arrive_at_five_at_once() {
    let server = Server::start();
    let mut people = server.room("Room1", MEMBERS);
    let content = content(200 << 20);
    let start = Instant::now();
    passes(&mut people, "200 MiB", &content, "200.0 MiB");
    note(&format!("1.2 GiB in {:.1} s", start.elapsed().as_secs_f64()));
}

/// The first sends a file, and all the others receive it, all at once.
#[track_caller]
fn passes(people: &mut [Person], name: &str, content: &[u8], shown: &str) {
    let (sender, receivers) = people.split_first_mut().unwrap();
    sender.has_patience(Duration::from_secs(120));
    sender.uploads(name, content);
    std::thread::scope(|scope| {
        for receiver in &mut *receivers {
            scope.spawn(move || {
                receiver.sees(&format!("::: lucas sent {name} ({shown})"));
                receiver.receives(name, content);
            });
        }
    });
    sender.reads_receipt(&format!(" ...File Sent... {name} received by 5 of 5"));
}

/// What somebody says is read by all before the file is over: by order, not by time.
#[test]
fn messages_go_between_the_blocks_of_a_file_in_both_directions() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    let large = content(32 << 20);

    // On its way in: what each of them says is read by the other between two blocks.
    lucas.offers(large.len(), "large");
    lucas.sees("$ready");
    let (first, rest) = large.split_at(large.len() / 2);
    lucas.sends_data(first);
    skira.types("how far is it?");
    skira.sees(" skira: how far is it?");
    lucas.sees(" skira: how far is it?");
    lucas.types("half way");
    skira.sees(" lucas: half way");
    lucas.sends_data(rest);
    lucas.ends_file(&large);
    lucas.sees_lines(&[" lucas: half way", &format!("$ack {}", sha256(&large))]);

    // On its way out: it is under way, since skira has read only the first of it.
    skira.sees("::: lucas sent large (32.0 MiB)");
    skira.accepts(large.len(), "large");
    skira.sees("$data 65536");
    skira.bytes(BLOCK);
    lucas.types("has it begun?");
    lucas.sees(" lucas: has it begun?");
    skira.types("it has");
    lucas.sees(" skira: it has");
    let mut awaited = HashSet::from([" lucas: has it begun?", " skira: it has"]);
    let mut come = BLOCK;
    loop {
        let line = skira.next_line();
        match line.strip_prefix("$data ") {
            Some(count) => come += skira.bytes(count.parse().unwrap()).len(),
            None if line.starts_with("$endFile ") => {
                panic!("not said before the end: {awaited:?}")
            }
            None => assert!(awaited.remove(line.as_str()), "{line}"),
        }
        if awaited.is_empty() {
            break;
        }
    }
    note(&format!("both messages came after {come} of {} bytes", large.len()));
}
