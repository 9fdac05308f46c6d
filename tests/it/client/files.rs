//! The `client` sends and receives files: its keyboard and its screen are pipes, the server is the
//! real one.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::content::{content, sha256};
use crate::support::faults::run_tool;
use crate::support::tree::{names, tree};
use crate::support::{Client, PASSWORD, Program, Seat, Server, ask, folder};

#[test]
fn a_file_goes_from_one_client_to_another() {
    let server = Server::start();
    let mut lucas = in_room(&server, "lucas", with_files(&[("hi.txt", b"hello")]));
    let mut skira = in_room(&server, "skira", folder());
    lucas.sees("::: skira Entered the Room");
    lucas.sends_file("hi.txt");
    skira.sees("::: lucas sent hi.txt (5 B)");
    skira.sees("Got File: LocalFiles/hi.txt (5 B, verified)");
    lucas.reads_receipt(" ...File Sent... hi.txt received by 1 of 1");
    assert_eq!(fs::read(local(&skira, "hi.txt")).unwrap(), b"hello");
    assert_eq!(names(&local(&skira, "")), ["hi.txt"]);
    assert_eq!(fs::read(server.folder().join("ServerFiles/hi.txt")).unwrap(), b"hello");
}

#[test]
fn files_arrive_identical_at_five_clients_at_once() {
    let lines = format!("$endFile {}\n$cancel\n$data 5\n@\n\r\n$bye\n", sha256(b""));
    let every_byte: Vec<u8> = (0..=255).collect();
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("none", Vec::new()),
        ("one", vec![0]),
        ("below", content(65_535)),
        ("block", content(65_536)),
        ("above", content(65_537)),
        ("lines", lines.repeat(5_000).into_bytes()),
        ("bytes", every_byte.repeat(1_000)),
    ];
    let borrowed: Vec<(&str, &[u8])> =
        files.iter().map(|(name, content)| (*name, content.as_slice())).collect();
    let server = Server::start();
    let mut lucas = in_room(&server, "lucas", with_files(&borrowed));
    let mut others: Vec<Client> = Vec::new();
    for name in ["ann", "bob", "cid", "dan", "eve"] {
        others.push(in_room(&server, name, folder()));
        lucas.sees(&format!("::: {name} Entered the Room"));
    }
    for (name, _) in &files {
        lucas.sends_file(name);
        lucas.reads_receipt(&format!(" ...File Sent... {name} received by 5 of 5"));
    }
    for other in others {
        assert_eq!(tree(&local(&other, "")), tree(&local(&lucas, "")));
    }
}

#[test]
fn a_missing_name_is_answered_with_what_is_there() {
    let server = Server::start();
    let files = with_files(&[("hi.txt", b"hello"), ("b", &[0; 1536])]);
    let mut lucas = in_room(&server, "lucas", files);
    let mut skira = server.sign_up("skira");
    skira.enter("Room1");
    lucas.sees("::: skira Entered the Room");
    lucas.sends_file("x");
    lucas.sees("LocalFiles/x: not found");
    let shown = lucas.says("that was it");
    for file in ["hi.txt", "5 B", "b", "1.5 KiB"] {
        assert!(shown.iter().any(|line| line.contains(file)), "{file}: {shown:#?}");
    }
    // It was one question and one answer: what was typed next was a message.
    skira.sees(" lucas: that was it");
    skira.hears_nothing_in_the_room();
}

#[test]
fn only_regular_files_are_sent() {
    let server = Server::start();
    let files = with_files(&[("hi.txt", b"hello")]);
    let there = files.path().join("LocalFiles");
    fs::create_dir(there.join("folder")).unwrap();
    symlink("/dev/zero", there.join("device")).unwrap();
    symlink("nowhere", there.join("nowhere")).unwrap();
    // Opening a FIFO that nobody writes would block for good.
    run_tool("mkfifo", &[there.join("fifo").to_str().unwrap()]);

    let mut lucas = in_room(&server, "lucas", files);
    let wrong = ["folder", "fifo", "device", "nowhere"];
    for (number, name) in wrong.into_iter().enumerate() {
        lucas.sends_file(name);
        let shown = lucas.says(&format!("after {number}"));
        assert!(shown[0].starts_with(&format!("LocalFiles/{name}")), "{shown:#?}");
    }
    lucas.sends_file("");
    let shown = lucas.says("after an empty name");
    assert_eq!(shown[0], "Files in LocalFiles:", "{shown:#?}");
    lucas.sends_file("hi.txt");
    lucas.reads_receipt(" ...File Sent... hi.txt (nobody else is here)");
    assert_eq!(names(&server.folder().join("ServerFiles")), ["hi.txt"]);
}

#[test]
fn spaces_around_the_name_do_not_count() {
    let server = Server::start();
    let mut lucas = in_room(&server, "lucas", with_files(&[("two words.txt", b"hello")]));
    lucas.sends_file("  two words.txt ");
    lucas.reads_receipt(" ...File Sent... two words.txt (nobody else is here)");
}

#[test]
fn a_file_that_the_server_refuses_is_not_sent_and_one_reads_why() {
    let server = Server::with(&["--max-file-size", "1000"]);
    let mut lucas =
        in_room(&server, "lucas", with_files(&[("large", &[7; 1001]), ("small", b"7")]));
    lucas.sends_file("large");
    let line = lucas.next_line();
    assert!(line.contains("large") && line.contains("1000 B"), "{line}");
    lucas.sends_file("small");
    lucas.reads_receipt(" ...File Sent... small (nobody else is here)");
}

#[test]
fn a_script_may_send_files_and_leave_with_all_of_it_typed_ahead() {
    let server = Server::start();
    let mut skira = in_room(&server, "skira", folder());
    let large = content(5_000_000);
    let files = with_files(&[("large", &large), ("small", b"7")]);
    let mut script = Program::start(&mut script_client(&server, files.path(), "lucas"));
    script.writes(&joining("lucas", "Room1"));
    script.writes(b"!\nlarge\n!\nsmall\n!\nnowhere\nbye\n@\n5\n");
    script.ends_input();
    let (code, shown, _) = script.outcome();
    assert_eq!(code, 0, "{shown:#?}");
    skira.sees_lines(&["::: lucas Entered the Room", "::: lucas sent large (4.8 MiB)"]);
    let lines = skira.sees_eventually("User lucas has left the room");
    let got = |line: &str| lines.iter().any(|shown| shown == line);
    assert!(got(" lucas: bye") && got("::: lucas sent small (1 B)"), "{lines:#?}");
    // What was offered still comes, whoever has left.
    skira.sees_got("small", &lines);
    assert_eq!(fs::read(local(&skira, "large")).unwrap(), large);
    // No progress is painted where nobody looks: the output is no terminal.
    for line in shown {
        let is_help = line.starts_with(">> ");
        assert!(!line.contains(['\r', '\u{1b}', '%']) || is_help, "{line:?}");
    }
}

/// A folder for a client, with these files to send.
pub fn with_files(files: &[(&str, &[u8])]) -> TempDir {
    let folder = folder();
    fs::create_dir(folder.path().join("LocalFiles")).unwrap();
    for (name, content) in files {
        fs::write(folder.path().join("LocalFiles").join(name), content).unwrap();
    }
    folder
}

/// A client in `Room1`, which it creates if it is not there.
#[track_caller]
pub fn in_room(server: &Server, name: &str, folder: TempDir) -> Client {
    let mut command = script_client(server, folder.path(), name);
    enters(Client::run(&mut command, folder), name)
}

/// Signs a client up that has just started, and goes to `Room1`.
#[track_caller]
pub fn enters(mut client: Client, name: &str) -> Client {
    client.is_greeted();
    client.register(name, PASSWORD);
    client.log_in(name, PASSWORD);
    client.types("3");
    if client.next_line() == "There are no rooms" {
        client.sees_menu(None);
        client.create("Room1");
    } else {
        client.reads_up_to(ask::ROOM);
        client.types("Room1");
        client.sees_room("Entered the Room, Have a nice chat :P", "Room1");
    }
    client
}

/// The command that starts a client for a person of this name.
pub fn script_client(server: &Server, folder: &Path, name: &str) -> std::process::Command {
    let mut command = Client::command(folder, &server.address().to_string());
    command.args(["--log", &format!("{name}.log")]);
    command
}

/// All that is typed to sign up and to enter a room that is there.
pub fn joining(name: &str, room: &str) -> Vec<u8> {
    format!("{name}\n1\n1\n{name}\n1\n3\n{room}\n").into_bytes()
}

/// A file in its LocalFiles.
pub fn local(client: &Client, name: &str) -> PathBuf {
    client.folder().join("LocalFiles").join(name)
}

impl Client {
    /// Types `!` and the name of a file.
    #[track_caller]
    pub fn sends_file(&mut self, name: &str) {
        self.types("!");
        self.is_asked(ask::FILE);
        self.types(name);
    }

    /// Sends a file, and reads that so many have received it.
    #[track_caller]
    pub fn sends_file_to(&mut self, name: &str, members: usize) {
        self.types("!");
        // Before it: who has entered meanwhile.
        self.reads_up_to(ask::FILE);
        self.types(name);
        self.reads_receipt(&format!(" ...File Sent... {name} received by {members} of {members}"));
    }

    /// Says something, and returns what it has seen before it reads that itself.
    #[track_caller]
    fn says(&mut self, text: &str) -> Vec<String> {
        self.types(text);
        self.sees_eventually(&format!(" lucas: {text}"))
    }

    /// Has got this file, now or among these lines.
    #[track_caller]
    fn sees_got(&mut self, name: &str, before: &[String]) {
        let is_it = |line: &str| line.starts_with(&format!("Got File: LocalFiles/{name} ("));
        if !before.iter().any(|line| is_it(line)) {
            while !is_it(&self.next_line()) {}
        }
    }
}
