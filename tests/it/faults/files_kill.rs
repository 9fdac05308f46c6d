//! Files, while their sender, the server or a receiver is killed: at any byte of an upload, and at
//! any moment. A file under its final name is whole, and part files are gone after the next start
//! (`protocol.md`, section 5).

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use crate::client::files::{enters, local};
use crate::support::content::{BLOCK, content, framed, sha256};
use crate::support::faults::{has_tool, note, skipped, trace_of, traced};
use crate::support::tree::{names, tree};
use crate::support::{Client, Dice, Person, Seat, Server, eventually, folder};

/// More than the kernel takes for somebody who does not read.
const LARGE: usize = 16 << 20;

#[test]
fn a_file_and_its_name_are_synced_before_the_ack() {
    if !has_tool("strace") {
        return skipped("there is no strace");
    }
    let folder = folder();
    let mut command =
        traced("trace=linkat,fdatasync,fsync,sendto", &Server::command(folder.path()));
    let server = Server::run(&mut command, folder);
    let [mut lucas] = server.room("Room1", ["lucas"]);
    lucas.uploads("hi.txt", b"hello");
    let (_, folder) = server.quits();
    let calls = trace_of(folder.path(), "$ack ");
    let named =
        calls.iter().position(|call| call.contains("linkat(")).expect("it is named by a link");
    let begun = calls.iter().position(|call| call.contains("$ready")).unwrap();
    let told = calls.iter().position(|call| call.contains("$ack ")).unwrap();
    let is_done = |call: &String, name: &str| call.contains(name) && call.ends_with("= 0");
    assert!(
        calls[begun..named].iter().any(|call| is_done(call, "fdatasync")),
        "content first: {calls:#?}"
    );
    assert!(
        calls[named..told].iter().any(|call| is_done(call, "fsync")),
        "then the folder: {calls:#?}"
    );
}

#[test]
fn part_files_of_a_crash_are_removed_at_the_start() {
    let folder = folder();
    let stored = folder.path().join("ServerFiles");
    fs::create_dir_all(stored.join(".part-folder")).unwrap();
    fs::write(stored.join("whole.txt"), "whole").unwrap();
    fs::write(stored.join(".hidden"), "somebody's own").unwrap();
    fs::write(folder.path().join("outside.txt"), "not ours").unwrap();
    symlink("../outside.txt", stored.join(".part-link")).unwrap();
    let before = tree(folder.path());
    fs::write(stored.join(".part-0123456789abcdef"), "half").unwrap();
    let server = Server::in_folder(folder, &[]);
    for (path, what) in &before {
        assert_eq!(tree(server.folder()).get(path), Some(what), "{path}");
    }
    assert!(
        !names(&server.folder().join("ServerFiles"))
            .contains(&".part-0123456789abcdef".to_owned())
    );
}

#[test]
fn an_uploader_killed_at_any_byte_leaves_no_file() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    let file = content(100);
    let upload = [
        b"!\n$file 100 hi.txt\n".to_vec(),
        framed(&file[..60]),
        framed(&file[60..]),
        format!("$endFile {}", sha256(&file)).into_bytes(),
    ]
    .concat();
    for end in 0..upload.len() {
        let name = format!("u{end}");
        let mut uploader = server.sign_up(&name);
        uploader.enter("lobby");
        uploader.sends_bytes(&upload[..end]);
        drop(uploader);
        alice.sees_lines(&[
            &format!("::: {name} Entered the Room"),
            &format!("User {name} has left the room"),
        ]);
    }
    let stored = server.folder().join("ServerFiles");
    eventually("no part file is left", || names(&stored).is_empty().then_some(()));
    note(&format!("{} places", upload.len()));
    // The one byte more that makes it a file.
    alice.sends_bytes(&[upload.as_slice(), b"\n"].concat());
    alice.sees_eventually(" ...File Sent... hi.txt (nobody else is here)");
    assert_eq!(names(&stored), ["hi.txt"]);
}

#[test]
#[ignore = "takes some ten seconds: 40 rounds of kill -9"]
fn a_server_killed_during_uploads_has_only_whole_files() {
    let mut dice = Dice::drawn();
    let file = content(2_000_000);
    let mut folder = folder();
    let (mut whole, mut left) = (0, 0);
    for round in 0..40 {
        let server = Server::in_folder(folder, &[]);
        let stored = server.folder().join("ServerFiles");
        for name in names(&stored) {
            assert_eq!(fs::read(stored.join(&name)).unwrap(), file, "round {round}: {name}");
            whole += 1;
        }
        let mut uploader = server.sign_up(&format!("u{round}"));
        uploader.create(&format!("room{round}"));
        let moment = Duration::from_micros(dice.below(300_000) as u64);
        folder = std::thread::scope(|scope| {
            let file = &file;
            scope.spawn(move || uploader.uploads_until_killed(file));
            // The moment of the kill is drawn.
            std::thread::sleep(moment);
            server.dies()
        });
        let stands = names(&folder.path().join("ServerFiles"));
        left += stands.iter().filter(|name| name.starts_with(".part-")).count();
    }
    note(&format!("40 rounds, {left} part files left behind, {whole} looks at whole files"));
    assert!(left > 0 && whole > 0, "no moment was a bad one, so this has shown nothing");
}

#[test]
#[ignore = "takes some ten seconds: 20 rounds of kill -9"]
fn a_receiver_killed_during_a_file_has_no_half_of_it() {
    let mut dice = Dice::drawn();
    let server = Server::start();
    let file = content(LARGE);
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    let mut folder = folder();
    let (mut half, mut whole) = (0, 0);
    for round in 0..20 {
        let mut command = Client::command(folder.path(), &server.address().to_string());
        command.args(["--log", "client.log"]);
        let victim = enters(Client::run(&mut command, folder), &format!("victim{round}"));
        assert!(
            names(&local(&victim, "")).is_empty(),
            "the part file of round {round} is still there"
        );
        lucas.sees_eventually(&format!("::: victim{round} Entered the Room"));
        lucas.uploads("large", &file);
        let moment = Duration::from_micros(dice.below(150_000) as u64);
        folder = std::thread::scope(|scope| {
            scope.spawn(|| {
                skira.sees_eventually("::: lucas sent large (16.0 MiB)");
                skira.receives("large", &file);
            });
            // The moment of the kill is drawn.
            std::thread::sleep(moment);
            victim.dies()
        });
        lucas.sees_eventually(&format!("User victim{round} has left the room"));
        let received = folder.path().join("LocalFiles/large");
        match fs::read(&received) {
            Ok(content) => {
                assert!(content == file, "round {round}: half a file under its name");
                fs::remove_file(received).unwrap();
                whole += 1;
            }
            // What had come of it is removed, also after a kill.
            Err(_) => half += 1,
        }
    }
    note(&format!("20 rounds, {half} killed amid the file, {whole} after it"));
    assert!(half > 0, "no moment was a bad one, so this has shown nothing");
}

impl Person {
    fn uploads_until_killed(&mut self, file: &[u8]) {
        for number in 0.. {
            let sent = self
                .tries_to_send(format!("!\n$file {} {number}\n", file.len()).as_bytes())
                && file.chunks(BLOCK).all(|block| self.tries_to_send(&framed(block)))
                && self.tries_to_send(format!("$endFile {}\n", sha256(file)).as_bytes());
            if !sent || !self.reads_or_ends(&format!("$ack {}", sha256(file))) {
                return;
            }
        }
    }
}
