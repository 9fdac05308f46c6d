//! Files, while disks fill up and folders vanish or may not be written. No file is ever half
//! there, the people of the exchange are told why, and nobody else notices (`protocol.md`, section
//! 5).

use std::fs;

use crate::client::files::{enters, in_room, local, with_files};
use crate::support::content::{BLOCK, content};
use crate::support::faults::{SmallDisk, after_script};
use crate::support::tree::names;
use crate::support::{Bystanders, Client, Program, Seat, Server, folder};

/// More than the kernel takes for somebody who does not read.
const LARGE: usize = 16 << 20;

#[test]
fn a_full_disk_of_the_server_refuses_the_file() {
    let Some(disk) = SmallDisk::mount(1024) else { return };
    let server = Server::with(&["--files", disk.path().to_str().unwrap()]);
    let mut others = Bystanders::alone(&server);
    let [mut lucas, mut skira] = server.room("lobby", ["lucas", "skira"]);
    lucas.uploads("small", b"small");
    skira.sees("::: lucas sent small (5 B)");
    skira.receives("small", b"small");
    lucas.reads_receipt(" ...File Sent... small received by 1 of 1");

    lucas.offers(2 << 20, "large");
    lucas.sees("$ready");
    lucas.sends_data(&content(2 << 20));
    lucas.sees("$refuse disk full");
    lucas.sends("$cancel");
    lucas.hears_nothing_in_the_room();
    skira.sees(" lucas: marker 1");
    others.talk();
    // What had come of it is gone, so there is room again.
    assert_eq!(names(disk.path()), ["small"]);
    lucas.uploads("fits", &content(512 << 10));
    skira.sees("::: lucas sent fits (512.0 KiB)");
    skira.receives("fits", &content(512 << 10));
}

#[test]
fn a_full_disk_of_one_receiver_is_in_the_receipt() {
    let Some(disk) = SmallDisk::mount(1024) else { return };
    let server = Server::start();
    let mut lucas =
        in_room(&server, "lucas", with_files(&[("large", &content(LARGE)), ("small", b"small")]));
    let folder = folder();
    let mut command = Client::command(folder.path(), &server.address().to_string());
    command.args(["--log", "client.log", "--files", disk.path().to_str().unwrap()]);
    let mut poor = enters(Client::run(&mut command, folder), "poor");
    let rich = in_room(&server, "rich", crate::support::folder());

    lucas.sees_lines(&["::: poor Entered the Room", "::: rich Entered the Room"]);
    lucas.sends_file("large");
    lucas.reads_receipt(" ...File Sent... large received by 1 of 2 (poor: disk full)");
    poor.sees_lines(&["::: rich Entered the Room", "::: lucas sent large (16.0 MiB)"]);
    let told = poor.next_line();
    assert!(told.contains("disk full"), "{told}");
    assert_eq!(names(disk.path()), [""; 0]);
    assert_eq!(fs::read(local(&rich, "large")).unwrap(), content(LARGE));
    lucas.sends_file("small");
    lucas.reads_receipt(" ...File Sent... small received by 2 of 2");
}

#[test]
fn a_limit_on_the_size_of_files_refuses_the_file() {
    let folder = folder();
    // Some 64 KiB; what is over it fails with a signal, unless that is ignored.
    let mut command = after_script("trap '' XFSZ; ulimit -f 128", &Server::command(folder.path()));
    let server = Server::run(&mut command, folder);
    let [mut lucas, mut skira] = server.room("lobby", ["lucas", "skira"]);
    lucas.offers(1 << 20, "large");
    lucas.sees("$ready");
    lucas.sends_data(&content(1 << 20));
    let line = lucas.next_line();
    assert!(line.starts_with("$refuse ") && line.len() > 12, "with its reason: {line}");
    lucas.sends("$cancel");
    assert_eq!(names(&server.folder().join("ServerFiles")), [""; 0]);
    lucas.uploads("small", b"small");
    skira.sees("::: lucas sent small (5 B)");
    skira.receives("small", b"small");
}

#[test]
fn folders_that_are_missing_are_made() {
    let server = Server::with(&["--files", "not/there/yet"]);
    let [mut lucas] = server.room("lobby", ["lucas"]);
    lucas.uploads("hi.txt", b"hello");
    assert_eq!(fs::read(server.folder().join("not/there/yet/hi.txt")).unwrap(), b"hello");
}

#[test]
fn server_files_is_made_again_while_the_server_runs() {
    let server = Server::start();
    let [mut lucas] = server.room("lobby", ["lucas"]);
    fs::remove_dir(server.folder().join("ServerFiles")).unwrap();
    lucas.uploads("hi.txt", b"hello");
    assert_eq!(fs::read(server.folder().join("ServerFiles/hi.txt")).unwrap(), b"hello");
}

#[test]
fn a_file_in_the_place_of_server_files_refuses_each_file() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("lobby", ["lucas", "skira"]);
    let place = server.folder().join("ServerFiles");
    fs::remove_dir(&place).unwrap();
    fs::write(&place, "in the way").unwrap();
    lucas.offers(5, "hi.txt");
    let line = lucas.next_line();
    assert!(line.starts_with("$refuse ") && line.len() > 12, "with its reason: {line}");
    lucas.hears_nothing_in_the_room();
    skira.sees(" lucas: marker 1");
    assert_eq!(fs::read(&place).unwrap(), b"in the way");
    fs::remove_file(&place).unwrap();
    lucas.uploads("hi.txt", b"hello");
}

#[test]
fn a_file_in_the_place_of_server_files_ends_the_start() {
    let folder = folder();
    fs::write(folder.path().join("ServerFiles"), "in the way").unwrap();
    let (code, shown, err) = Program::start(&mut Server::command(folder.path())).outcome();
    assert_eq!((code, shown.len(), err.len()), (1, 0, 1), "{shown:?} {err:?}");
    assert!(err[0].contains("ServerFiles"), "{err:?}");
}

#[test]
fn folders_that_may_not_be_written_refuse_with_a_reason() {
    let (Some(theirs), Some(mine)) = (SmallDisk::mount(64), SmallDisk::mount(64)) else { return };
    let server = Server::with(&["--files", theirs.path().to_str().unwrap()]);
    let folder = folder();
    let mut command = Client::command(folder.path(), &server.address().to_string());
    command.args(["--log", "client.log", "--files", mine.path().to_str().unwrap()]);
    let mut skira = enters(Client::run(&mut command, folder), "skira");
    let mut lucas = server.sign_up("lucas");
    lucas.enter("Room1");
    skira.sees("::: lucas Entered the Room");

    mine.set_writable(false);
    lucas.uploads("hi.txt", b"hello");
    let receipt = lucas.next_line();
    let start = " ...File Sent... hi.txt received by 0 of 1 (skira: ";
    assert!(receipt.starts_with(start) && receipt.len() > start.len() + 5, "{receipt}");
    mine.set_writable(true);
    theirs.set_writable(false);
    lucas.offers(5, "hi.txt");
    let line = lucas.next_line();
    assert!(line.starts_with("$refuse ") && line.len() > 12, "{line}");
    theirs.set_writable(true);
    lucas.uploads("hi.txt", b"hello");
    lucas.reads_receipt(" ...File Sent... hi.txt received by 1 of 1");
}

#[test]
fn a_stored_file_that_becomes_shorter_is_given_up() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("lobby", ["lucas", "skira"]);
    lucas.uploads("large", &content(LARGE));
    skira.sees("::: lucas sent large (16.0 MiB)");
    skira.accepts(LARGE, "large");
    skira.sees("$data 65536");
    skira.bytes(BLOCK);
    let stored = fs::OpenOptions::new()
        .write(true)
        .open(server.folder().join("ServerFiles/large"))
        .unwrap();
    stored.set_len(1000).unwrap();
    let (_, closing) = skira.reads_up_to_cancel();
    assert!(closing.contains("shorter"), "{closing}");
    lucas.reads_receipt(
        " ...File Sent... large received by 0 of 1 (skira: the file has become shorter)",
    );
    skira.hears_nothing_in_the_room();
}
