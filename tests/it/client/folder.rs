//! LocalFiles, the client's folder: what stands there is kept whatever comes, it is made when it
//! is missing, and two clients may share it.

use std::fs;
use std::os::unix::fs::symlink;

use crate::client::files::{in_room, joining, local, script_client, with_files};
use crate::support::content::{BLOCK, content, framed, sha256};
use crate::support::tree::names;
use crate::support::{Client, FakeServer, Program, Seat, Server, folder};

#[test]
fn what_stands_in_local_files_is_never_overwritten() {
    let server = Server::start();
    let mut lucas =
        in_room(&server, "lucas", with_files(&[("a.txt", b"new"), ("b.txt", b"same")]));
    let mine = with_files(&[("a.txt", b"mine"), ("a (1).txt", b"mine too"), ("b.txt", b"same")]);
    let mut skira = in_room(&server, "skira", mine);
    lucas.sends_file_to("a.txt", 1);
    skira.sees("::: lucas sent a.txt (3 B)");
    skira.sees("Got File: LocalFiles/a (2).txt (3 B, verified)");
    // The same content is there already: kept, and counted as received.
    lucas.sends_file_to("b.txt", 1);
    skira.sees("::: lucas sent b.txt (4 B)");
    skira.sees("Got File: LocalFiles/b.txt (4 B, verified)");
    for (name, content) in
        [("a.txt", "mine"), ("a (1).txt", "mine too"), ("a (2).txt", "new"), ("b.txt", "same")]
    {
        assert_eq!(fs::read_to_string(local(&skira, name)).unwrap(), content, "{name}");
    }
    assert_eq!(names(&local(&skira, "")).len(), 4);
}

#[test]
fn a_planted_link_in_local_files_is_not_followed_or_replaced() {
    let server = Server::start();
    let mut lucas = in_room(&server, "lucas", with_files(&[("a.txt", b"new"), ("b.txt", b"new")]));
    let planted = with_files(&[]);
    let outside = planted.path().join("outside.txt");
    fs::write(&outside, "mine").unwrap();
    symlink("../outside.txt", planted.path().join("LocalFiles/a.txt")).unwrap();
    symlink("../nowhere.txt", planted.path().join("LocalFiles/b.txt")).unwrap();
    let mut skira = in_room(&server, "skira", planted);
    for name in ["a", "b"] {
        lucas.sends_file_to(&format!("{name}.txt"), 1);
        skira.sees(&format!("::: lucas sent {name}.txt (3 B)"));
        skira.sees(&format!("Got File: LocalFiles/{name} (1).txt (3 B, verified)"));
    }
    assert_eq!(fs::read_to_string(skira.folder().join("outside.txt")).unwrap(), "mine");
    assert!(!skira.folder().join("nowhere.txt").exists());
    assert_eq!(names(&local(&skira, "")), ["a (1).txt", "a.txt", "b (1).txt", "b.txt"]);
}

#[test]
fn two_clients_in_one_folder_share_local_files() {
    let server = Server::start();
    let mut lucas = in_room(&server, "lucas", with_files(&[("hi.txt", b"hello")]));
    let shared = folder();
    let mut first = Program::start(&mut script_client(&server, shared.path(), "first"));
    first.writes(&joining("ann", "Room1"));
    first.out.find(&["WELCOME TO Room1 ROOM"]);
    let mut second = Program::start(&mut script_client(&server, shared.path(), "second"));
    second.writes(&joining("bob", "Room1"));
    second.out.find(&["WELCOME TO Room1 ROOM"]);
    lucas.sees_lines(&["::: ann Entered the Room", "::: bob Entered the Room"]);
    lucas.sends_file_to("hi.txt", 2);
    for client in [&mut first, &mut second] {
        client.out.find(&["Got File: LocalFiles/hi.txt (5 B, verified)"]);
    }
    assert_eq!(names(&shared.path().join("LocalFiles")), ["hi.txt"]);
}

#[test]
fn local_files_is_made_also_while_the_client_runs() {
    let server = Server::start();
    let mut lucas = in_room(&server, "lucas", with_files(&[("one", b"1"), ("two", b"2")]));
    let mut skira = in_room(&server, "skira", folder());
    lucas.sends_file_to("one", 1);
    skira.sees_lines(&["::: lucas sent one (1 B)", "Got File: LocalFiles/one (1 B, verified)"]);
    fs::remove_dir_all(local(&skira, "")).unwrap();
    lucas.sends_file_to("two", 1);
    skira.sees_lines(&["::: lucas sent two (1 B)", "Got File: LocalFiles/two (1 B, verified)"]);
    assert_eq!(names(&local(&skira, "")), ["two"]);
}

#[test]
fn a_file_in_the_place_of_local_files_ends_the_start() {
    let server = Server::start();
    let folder = folder();
    fs::write(folder.path().join("LocalFiles"), "a file").unwrap();
    let client = Program::start(&mut script_client(&server, folder.path(), "lucas"));
    let (code, _, err) = client.outcome();
    assert_eq!((code, err.len()), (1, 1), "{err:?}");
    assert!(err[0].contains("LocalFiles"), "{err:?}");
}

#[test]
fn a_client_that_starts_leaves_another_client_s_file_alone() {
    let server = FakeServer::start();
    let shared = folder();
    let command = || Client::command(shared.path(), &server.address().to_string());
    let _first = Program::start(command().args(["--log", "first.log"]));
    let mut first = server.welcomes();
    let content = content(2 * BLOCK);
    first.sends(&format!("$file {} large", content.len()));
    first.sees("$ready");
    first.sends_bytes(&framed(&content[..BLOCK]));

    let _second = Program::start(command().args(["--log", "second.log"]));
    let mut second = server.welcomes();
    second.reads_answers();

    first.sends_bytes(&framed(&content[BLOCK..]));
    first.ends_file(&content);
    first.sees(&format!("$ack {}", sha256(&content)));
    assert_eq!(names(&shared.path().join("LocalFiles")), ["large"]);
}
