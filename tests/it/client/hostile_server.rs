//! The `client` against a server that means harm. It may be told lies, but nothing outside
//! LocalFiles is written, nothing that stands there is changed, and nothing that is no verified
//! file ever stands under a name.
//!
//! Floods of it are in `hostile_server_floods`. Each test ends by comparing the whole folder of
//! the client with what stood there before.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;

use tempfile::TempDir;

use crate::client::files::{local, with_files};
use crate::files::names::WRONG_NAMES;
use crate::support::content::{framed, sha256};
use crate::support::faults::{observed, stderr_of};
use crate::support::tree::{names, tree};
use crate::support::{Client, FakeServer, Person, Seat};

#[test]
fn a_wrong_name_is_refused_and_its_bytes_are_dropped() {
    let mut stage = Stage::set();
    let too_long = "x".repeat(201);
    for name in WRONG_NAMES.into_iter().chain([too_long.as_str(), "../mine.txt", "../outside.txt"])
    {
        stage.server.sends(&format!("$file 5 {name}"));
        stage.server.sends_data(b"hello");
        stage.server.ends_file(b"hello");
        let answers = stage.answers();
        assert!(answers[0].starts_with("$refuse "), "{name:?}: {answers:?}");
        assert_eq!(answers.len(), 1, "{name:?}: {answers:?}");
    }
    stage.server.sends_bytes(b"$file 5 caf\xe9\n$file 5 \xc0\xae\xc0\xae\n");
    assert_eq!(stage.answers().len(), 2);
    stage.ends_unharmed();
}

#[test]
fn a_wrong_offer_is_refused() {
    let mut stage = Stage::set();
    for offer in [
        "$file",
        "$file 5",
        "$file -1 a",
        "$file +5 a",
        "$file 5x a",
        "$file 99999999999999999999 a",
    ] {
        stage.server.sends(offer);
        stage.server.sends_data(b"hello");
        stage.server.ends_file(b"hello");
        stage.server.sees("$refuse not a proper $file line");
        assert_eq!(stage.answers(), [""; 0], "{offer}");
    }
    stage.ends_unharmed();
}

#[test]
fn a_wrong_size_or_digest_leaves_nothing_behind() {
    let mut stage = Stage::set();
    let digest = sha256(b"hello");
    for (size, digest) in [
        ("4", digest.as_str()),
        ("6", &digest),
        ("0", &digest),
        ("18446744073709551615", &digest),
        ("5", &sha256(b"hellO")),
        ("5", &digest.to_uppercase()),
        ("5", &digest[..63]),
        ("5", ""),
    ] {
        stage.server.sends(&format!("$file {size} new.txt"));
        stage.server.sends_data(b"hello");
        stage.server.sends(&format!("$endFile {digest}"));
        let answers = stage.answers();
        assert_eq!(answers[0], "$ready");
        assert!(
            answers[1].starts_with("$refuse") && answers.len() == 2,
            "{size} {digest}: {answers:?}"
        );
    }
    stage.ends_unharmed();
}

#[test]
fn lines_out_of_order_harm_nothing_and_acknowledge_nothing() {
    let mut stage = Stage::set();
    let end = format!("$endFile {}", sha256(b"hello"));
    let (offer, data) = ("$file 5 new.txt\n", "$data 5\nhello\n");
    let sequences: [&[&str]; 11] = [
        &[data],
        &[&end],
        &["$cancel\n"],
        &["$ready\n", "$ack 0\n", "$refuse\n"],
        &[data, offer, &end, "\n"],
        &[offer, offer, "$cancel\n"],
        &[offer, &end, "\n", data],
        &[offer, data, data, &end, "\n"],
        &[offer, data, "$cancel\n", &end, "\n"],
        &[offer, "$ready\n", "$ack 0\n", data, "$cancel why\n", data, &end, "\n"],
        &[
            "$ask file\n",
            "$ask file\n",
            offer,
            "$at menu\n",
            "$pong\n",
            "$cancel\n",
            "$at room R\n",
        ],
    ];
    for sequence in sequences {
        stage.server.sends_bytes(sequence.concat().as_bytes());
        stage.server.sends("");
        let answers = stage.answers();
        assert!(!answers.iter().any(|line| line.starts_with("$ack")), "{sequence:?}: {answers:?}");
    }
    stage.ends_unharmed();
}

#[test]
fn data_that_cannot_be_counted_ends_the_connection() {
    for count in [
        "$data",
        "$data 0",
        "$data 65537",
        "$data -1",
        "$data +5",
        "$data 5 ",
        "$data 0x5",
        "$data ٥",
    ] {
        let mut stage = Stage::set();
        stage.server.sends("$file 5 new.txt");
        stage.server.sends(count);
        stage.server.sends_bytes(b"hello");
        assert_eq!(stage.client.program.exit_code(), 1, "{count}");
        let shown = stage.client.program.out.rest();
        assert_eq!(shown.len(), 2, "the file, and why: {count}: {shown:#?}");
        // What has come of the file may stay behind, hidden, until the next start.
        let mut stands = stage.stands();
        stands.retain(|path, _| !path.starts_with("LocalFiles/.part-"));
        assert_eq!(stands, stage.before, "{count}");
    }
}

#[test]
fn what_stands_in_local_files_is_not_overwritten_whatever_it_is() {
    let mut stage = Stage::set();
    let there = local(&stage.client, "");
    symlink("../outside.txt", there.join("link")).unwrap();
    symlink("../nowhere", there.join("loose")).unwrap();
    fs::create_dir(there.join("folder")).unwrap();
    stage.before = stage.stands();
    for name in ["mine.txt", "link", "loose", "folder"] {
        stage.server.sends(&format!("$file 5 {name}"));
        stage.server.sends_data(b"worse");
        stage.server.ends_file(b"worse");
        assert_eq!(stage.answers(), ["$ready", &format!("$ack {}", sha256(b"worse"))]);
    }
    for name in ["mine (1).txt", "link (1)", "loose (1)", "folder (1)"] {
        assert_eq!(fs::read(there.join(name)).unwrap(), b"worse", "{name}");
        fs::remove_file(there.join(name)).unwrap();
    }
    stage.ends_unharmed();
}

#[test]
fn nothing_shown_of_files_acts_on_a_terminal() {
    let mut stage = Stage::set();
    let escapes = "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\r\u{8}\u{202e}\u{2066}";
    stage.server.sends(&format!("$file 5 {escapes}"));
    stage.server.sends("$file 5 new.txt");
    stage.server.sends(&format!("$cancel {escapes}because"));
    stage.server.sends("$file 5 new.txt");
    stage.server.sends_data(b"hello");
    stage.server.sends(&format!("$endFile {escapes}"));
    stage.server.sends(&format!("$at room {escapes}"));
    stage.server.sends("$ask file");
    stage.server.sends(&format!("File? {escapes}"));
    stage.answers();
    stage.client.types(&format!("{escapes}x"));
    stage.server.sees("$cancel no such file");
    stage.server.sends("that was it");
    let shown = stage.client.sees_eventually("that was it");
    assert!(shown.iter().any(|line| line.contains("because")), "{shown:#?}");
    for line in shown {
        let acts = |c: char| c.is_control() || "\u{202e}\u{2066}".contains(c);
        assert!(!line.contains(acts), "{line:?}");
    }
    stage.ends_unharmed();
}

#[test]
fn a_server_that_ends_during_a_file_leaves_only_a_part_file() {
    let file = framed(b"hello");
    let stream = [b"$file 5 new.txt\n".as_slice(), &file, sha256(b"hello").as_bytes()].concat();
    for end in (0..stream.len()).step_by(9) {
        let mut stage = Stage::set();
        stage.server.sends_bytes(&stream[..end]);
        drop(stage.server);
        assert_eq!(stage.client.program.exit_code(), 1);
        let next = Stage::set_in(stage.client.dies());
        assert_eq!(names(&local(&next.client, "")), ["mine.txt"], "after {end} bytes");
    }
}

/// A client, its hostile server, and what stood in the client's folder before.
pub struct Stage {
    pub client: Client,
    pub server: Person,
    /// What stands in the client's folder when all is well.
    pub before: BTreeMap<String, String>,
}

impl Stage {
    /// With a file that must not change in LocalFiles, and one beside it.
    #[track_caller]
    pub fn set() -> Self {
        Self::set_in(with_files(&[("mine.txt", b"mine")]))
    }

    #[track_caller]
    pub fn set_in(folder: TempDir) -> Self {
        fs::write(folder.path().join("outside.txt"), "mine too").unwrap();
        let server = FakeServer::start();
        let mut command = Client::command(folder.path(), &server.address().to_string());
        command.args(["--log", "client.log"]);
        let client = Client::run(&mut observed(&command), folder);
        let mut server = server.welcomes();
        server.sends("$at sign-in");
        let mut stage = Self { client, server, before: BTreeMap::new() };
        // It has started when it answers.
        stage.answers();
        stage.before = stage.stands();
        stage
    }

    /// What the client has answered to all that the server has sent so far.
    #[track_caller]
    pub fn answers(&mut self) -> Vec<String> {
        self.server.reads_answers()
    }

    /// What stands in its folder, but for what its own log and this test's own files are.
    pub fn stands(&self) -> BTreeMap<String, String> {
        let mut stands = tree(self.client.folder());
        stands.retain(|path, _| !["client.log", "pid", "stderr"].contains(&path.as_str()));
        stands
    }

    /// All stands as before, and the client still does its work.
    #[track_caller]
    pub fn ends_unharmed(mut self) {
        assert_eq!(self.stands(), self.before);
        self.server.sends("$cancel");
        self.server.sends("$file 5 good.txt");
        self.server.sends_data(b"hello");
        self.server.ends_file(b"hello");
        let answers = self.answers();
        let digest = sha256(b"hello");
        assert!(
            answers.ends_with(&["$ready".to_owned(), format!("$ack {digest}")]),
            "{answers:?}"
        );
        assert_eq!(fs::read(local(&self.client, "good.txt")).unwrap(), b"hello");
        assert_eq!(stderr_of(self.client.folder()), "");
    }
}
