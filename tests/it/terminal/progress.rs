//! The `client` on a terminal while a file is on its way. The other side is a pretended server
//! that stops in the middle. So there is time to look, and the speed of the machine does not
//! matter.

use std::fs::{self, File};

use crate::support::content::{BLOCK, content, sha256};
use crate::support::pty::{Pty, goes_to_room, in_pretended_room};
use crate::support::{FakeServer, Person, Seat, folder};

/// More than the kernel takes for a server that does not read, so that the client is still
/// sending.
const LARGE: usize = 16 << 20;

/// How the progress of an upload begins.
const ON_ITS_WAY: &str = "[↑ large on its way: ";

#[test]
fn an_upload_shows_its_progress_while_chat_goes_on() {
    let (mut pty, mut server) = uploading();
    pty.types("half");
    pty.waits_until("the progress", |pty| {
        progress(pty, ON_ITS_WAY, "] >> half").is_some_and(|percent| percent < 100)
    });
    server.sends(" skira: is it there yet?");
    pty.waits_until("a message above it", |pty| {
        pty.row_from_below(1) == " skira: is it there yet?"
            && progress(pty, ON_ITS_WAY, "] >> half").is_some()
    });
    pty.types(" of it\r");
    pty.waits_until("the line has gone", |pty| progress(pty, ON_ITS_WAY, "] >>").is_some());

    // Only now does the server read on; what was typed comes between two blocks.
    let received = server.reads_rest_of_file(&[0; BLOCK]);
    assert_eq!((received.size, received.lines), (LARGE as u64, vec!["half of it".to_owned()]));
    server.acknowledges(&received.digest);
    server.sends(" ...File Sent... large received by 1 of 1");
    pty.sees(&[" skira: is it there yet?", " ...File Sent... large received by 1 of 1", ">>"]);
}

#[test]
fn an_upload_that_stops_says_for_how_long_and_has_no_speed() {
    let (mut pty, _server) = uploading();
    pty.waits_until("it waits", |pty| pty.typing().contains("% for 2 s] >>"));
    pty.waits_until("longer", |pty| pty.typing().contains("% for 4 s] >>"));
    // What the system took in the first moment is no speed.
    assert!(!pty.written().contains("B/s"), "{}", pty.written());
}

#[test]
fn a_download_shows_its_progress_while_chat_goes_on() {
    let (mut pty, mut server) = in_pretended_room(24, 80);
    let content = content(1_000_000);
    server.sends("$file 1000000 big.bin");
    server.sees("$ready");
    server.sends_data(&content[..8 * BLOCK]);
    pty.types("half");
    pty.waits_until("the progress", |pty| progress(pty, "[↓ big.bin ", "] >> half") == Some(52));
    server.sends(" skira: is it there yet?");
    pty.waits_until("a message above it", |pty| {
        pty.row_from_below(1) == " skira: is it there yet?"
            && progress(pty, "[↓ big.bin ", "] >> half").is_some()
    });
    pty.types(" of it\r");
    server.sees("half of it");
    server.sends(" lucas: half of it");
    server.sends_data(&content[8 * BLOCK..12 * BLOCK]);
    pty.waits_until("it goes on", |pty| progress(pty, "[↓ big.bin ", "] >>") == Some(78));
    assert_eq!(pty.row_from_below(1), " lucas: half of it");

    server.sends_data(&content[12 * BLOCK..]);
    server.ends_file(&content);
    server.sees(&format!("$ack {}", sha256(&content)));
    let got = "- Got File: LocalFiles/big.bin (976.6 KiB, verified)";
    pty.sees(&[" skira: is it there yet?", " lucas: half of it", got, ">>"]);
    server.sends(" skira: there it is");
    pty.sees(&[got, " skira: there it is", ">>"]);
    let written = pty.written();
    let (_, after) = written.split_once("Got File").unwrap();
    assert!(!after.contains("[↓") && !after.contains("Got File"), "{after}");
    assert_eq!(fs::read(pty.folder().join("LocalFiles/big.bin")).unwrap(), content);
}

#[test]
fn both_ways_at_once_both_are_shown() {
    let (mut pty, mut server) = uploading();
    server.sends("$file 1000000 big.bin");
    server.sends_data(&content(1_000_000)[..8 * BLOCK]);
    pty.types("half");
    pty.waits_until("both", |pty| {
        let line = pty.typing();
        line.starts_with("[↑ large ")
            && line.contains(" ↓ big.bin 52%")
            && line.ends_with("] >> half")
    });
}

#[test]
fn a_long_progress_shortens_the_name_and_keeps_the_numbers() {
    let (mut pty, mut server) = in_pretended_room(10, 40);
    server.sends("$file 1000000 a_very_long_name_of_a_file_that_comes.pdf");
    server.sees("$ready");
    server.sends_data(&content(1_000_000)[..8 * BLOCK]);
    pty.types("half");
    pty.waits_until("the numbers", |pty| {
        let line = pty.typing();
        line.starts_with("[↓ a_very")
            && line.contains('…')
            && line.contains(" 52% ")
            && line.ends_with("] >> half")
    });
}

#[test]
fn ctrl_c_on_an_empty_line_cancels_the_upload_only() {
    let (mut pty, mut server) = uploading();
    pty.types("half");
    pty.waits_until("the progress", |pty| progress(pty, ON_ITS_WAY, "] >> half").is_some());
    // On a line with something in it, it only clears that.
    pty.types("\x03");
    pty.waits_until("the line is empty", |pty| progress(pty, ON_ITS_WAY, "] >>").is_some());
    assert_eq!(pty.count("not sent"), 0);
    pty.types("\x03");
    pty.waits_until("it is said", |pty| pty.count("large was not sent: you have stopped it") == 1);
    let (come, closing) = server.reads_up_to_cancel();
    assert_eq!(closing, "$cancel stopped by its sender");
    assert!(come < LARGE - BLOCK, "not all of it has come");
    let why = "! large was not sent: you have stopped it";
    pty.sees(&[why, ">>"]);
    assert_eq!(pty.look(why, why).0, vt100::Color::Idx(1));
    pty.types("still here\r");
    server.sees("still here");
    pty.sees(&[why, ">>"]);
    // With nothing under way it leaves.
    pty.types("\x03\x03");
    assert_eq!(pty.exit_code(), 0);
    assert!(pty.left_mode_as_before());
}

#[test]
fn ctrl_c_after_the_one_that_stopped_a_file_asks_first() {
    let (mut pty, _server) = uploading();
    pty.waits_until("the progress", |pty| progress(pty, ON_ITS_WAY, "] >>").is_some());
    // It stops the file.
    pty.types("\x03");
    let why = "! large was not sent: you have stopped it";
    pty.sees(&[why, ">>"]);
    pty.types("\x03");
    pty.sees(&[why, "Press Ctrl-C again to leave", ">>"]);
    pty.types("\x03");
    assert_eq!(pty.exit_code(), 0);
}

/// What is on the prompt's row between `before` and `after`: a percentage, then nothing in the
/// first seconds, or the speed and perhaps the time left, or that nothing moves. Returns the
/// percentage.
fn progress(pty: &Pty, before: &str, after: &str) -> Option<u32> {
    let line = pty.typing();
    let said = line.strip_prefix(before)?.strip_suffix(after)?;
    let (percent, pace) = said.split_once('%')?;
    let is_speed =
        pace.split_once("B/s").is_some_and(|(_, left)| left.is_empty() || left.starts_with(" ~"));
    let is_stall = pace.starts_with(" waiting (") || pace.starts_with(" for ");
    let is_right = pace.is_empty() || is_stall || is_speed;
    percent.parse().ok().filter(|_| is_right)
}

/// A client that sends the file `large`, of which the server has read one block, and no more.
#[track_caller]
fn uploading() -> (Pty, Person) {
    let folder = folder();
    fs::create_dir(folder.path().join("LocalFiles")).unwrap();
    File::create(folder.path().join("LocalFiles/large")).unwrap().set_len(LARGE as u64).unwrap();
    let server = FakeServer::start();
    let (mut pty, mut server) = goes_to_room(Pty::client_in(server.address(), folder), &server);
    pty.types("!\r");
    server.sees("!");
    server.sends("$ask file");
    server.sends("Write FileName.extension:");
    pty.answers("Write FileName.extension:", "large");
    server.sees(&format!("$file {LARGE} large"));
    server.sends("$ready");
    server.sees("$data 65536");
    server.bytes(BLOCK);
    (pty, server)
}
