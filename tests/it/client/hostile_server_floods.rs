//! The `client` against a server that never stops: data, lines and offers without an end cost it
//! no memory, and what disk they cost is given back.

use std::os::unix::fs::symlink;

use crate::client::hostile_server::Stage;
use crate::support::content::{content, framed, sha256};
use crate::support::faults::{Process, SmallDisk};
use crate::support::tree::names;
use crate::support::{Seat, folder};

#[test]
fn data_without_an_end_costs_no_memory() {
    let mut stage = Stage::set();
    let process = Process::in_folder(stage.client.folder());
    let before = process.peak_memory_kib();
    stage.server.sends("$file 5 new.txt");
    let block = framed(&[b'\n'; 65_536]);
    for _ in 0..1024 {
        stage.server.sends_bytes(&block);
    }
    stage.server.sends("$cancel");
    let answers = stage.answers();
    assert_eq!((answers.len(), answers[0].as_str()), (2, "$ready"), "{answers:?}");
    let grown = process.peak_memory_kib() - before;
    assert!(grown < 8 * 1024, "{grown} KiB more for 64 MiB");
    stage.ends_unharmed();
}

#[test]
fn a_line_without_an_end_costs_no_memory_and_ends_the_client() {
    let mut stage = Stage::set();
    let process = Process::in_folder(stage.client.folder());
    let before = process.peak_memory_kib();
    for _ in 0..1024 {
        stage.server.sends_bytes(&[b'x'; 65_536]);
    }
    let grown = process.peak_memory_kib() - before;
    assert!(grown < 8 * 1024, "{grown} KiB more for 64 MiB");
    // The page has nothing to say to such a server.
    stage.server.sends("");
    stage.client.sees("The server does not keep to the protocol, the connection is closed.");
    assert_eq!(stage.client.program.exit_code(), 1);
}

#[test]
fn data_without_an_end_is_given_back_when_the_disk_is_full() {
    let Some(disk) = SmallDisk::mount(4096) else { return };
    let folder = folder();
    symlink(disk.path(), folder.path().join("LocalFiles")).unwrap();
    let mut stage = Stage::set_in(folder);
    stage.server.sends("$file 18446744073709551615 new.txt");
    let block = framed(&[7; 65_536]);
    for _ in 0..100 {
        stage.server.sends_bytes(&block);
    }
    let answers = stage.answers();
    assert_eq!(answers, ["$ready", "$refuse disk full"]);
    stage.client.sees("new.txt was not taken: LocalFiles: disk full");
    stage.server.sends("$cancel");
    // As much as before: nothing of it is left.
    stage.server.sends("$file 3000000 new.txt");
    stage.server.sends_data(&content(3_000_000));
    stage.server.ends_file(&content(3_000_000));
    assert_eq!(stage.answers(), ["$ready", &format!("$ack {}", sha256(&content(3_000_000)))]);
    assert_eq!(names(disk.path()), ["new.txt"]);
    stage.ends_unharmed();
}

#[test]
fn a_flood_of_offers_opens_one_file_and_refuses_the_rest() {
    let mut stage = Stage::set();
    let process = Process::in_folder(stage.client.folder());
    let before = process.descriptors();
    stage.server.sends_bytes("$file 5 new.txt\n".repeat(5_000).as_bytes());
    let answers = stage.answers();
    assert_eq!(answers.iter().filter(|line| *line == "$ready").count(), 1);
    assert_eq!(answers.len(), 5_000);
    // The part file, and what holds the process that would remove it.
    assert!(process.descriptors() <= before + 3);
    stage.server.sends("$cancel");
    stage.answers();
    stage.ends_unharmed();
}
