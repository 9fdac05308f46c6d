//! The client in a room, on a terminal: times and marks, files from anywhere, help, and nothing
//! left behind.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::client::files::with_files;
use crate::support::pty::{Pty, goes_to_room, in_pretended_room};
use crate::support::tree::names;
use crate::support::{FakeServer, Person, Seat, eventually, folder};

#[test]
fn what_is_said_has_its_time_and_my_name_rings_once() {
    let server = FakeServer::start();
    let folder = folder();
    let mut command = Pty::command(folder.path(), server.address());
    // In place of `--no-time`, which is its last word.
    let mut words = command.get_argv().clone();
    words.pop();
    *command.get_argv_mut() = words;
    command.env("TZ", "Asia/Kolkata");
    let mut pty = Pty::start(command, 24, 80, folder);
    let mut person = server.welcomes();
    person.sends("$at sign-in\n$ask user\nWho?");
    pty.answers("Who?", "lucas");
    person.sees("lucas");
    person.sends("$at room R\n bob: hi lucas\n bob: lucas2 is not me\n LUCAS: hi");
    pty.waits_until("all of it", |pty| pty.count("LUCAS: hi") == 1);
    let rows = pty.rows();
    let (times, texts): (Vec<&str>, Vec<&str>) =
        rows[..3].iter().map(|row| row.split_at(5)).unzip();
    assert_eq!(texts, [" *bob: hi lucas", "  bob: lucas2 is not me", " >LUCAS: hi"]);
    assert!(times.iter().all(|time| time.len() == 5 && &time[2..3] == ":"), "{times:?}");
    assert_eq!(pty.written().matches('\u{7}').count(), 1);
}

#[test]
fn tab_completes_who_is_here() {
    let (mut pty, mut person) = in_pretended_room(24, 80);
    person.sends("::: skira Entered the Room\n bob: hi");
    pty.sees(&[" bob: hi", ">>"]);
    pty.types("hi sk\t and b\t");
    pty.sees(&[">> hi skira and bob"]);
    person.sends("User skira has left the room");
    pty.sees(&["User skira has left the room", ">> hi skira and bob"]);
    pty.types("\x15sk\tb\t");
    pty.sees(&[">> skb"]);
}

#[test]
fn a_file_after_an_exclamation_mark_without_a_space_is_not_said_at_once() {
    let (mut pty, mut person, _folder) = with_room(&[("notes.txt", b"5")]);
    pty.types("!notes.txt\r");
    let space = "- To send this file, type a space after the !: ! notes.txt";
    pty.sees(&[space, "- To say this to the room, send it once more", ">>"]);
    assert_eq!(person.reads_answers(), [""; 0]);
    for said in ["!notes.txt", "!important", "!!"] {
        pty.types(&format!("{said}\r"));
        person.sees(said);
    }
}

#[test]
fn a_word_for_help_or_out_is_only_said_the_second_time() {
    let (mut pty, mut person) = in_pretended_room(24, 80);
    for word in ["help", "?", "/help", "exit", "quit", ":q"] {
        pty.types(&format!("{word}\r"));
        pty.sees(&["- To say this to the room, send it once more", ">>"]);
        assert_eq!(person.reads_answers(), [""; 0], "{word}");
        pty.types(&format!("{word}\r"));
        person.sees(word);
    }
}

#[test]
fn leaving_by_ctrl_c_takes_two() {
    let (mut pty, mut person) = in_pretended_room(24, 80);
    pty.types("\x03");
    pty.sees(&["Press Ctrl-C again to leave", ">>"]);
    pty.types("still here\r");
    person.sees("still here");
    pty.types("\x03\x03");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn files_come_from_any_folder_one_after_the_other() {
    let (mut pty, mut person, folder) = with_room(&[("one.txt", b"1")]);
    let outside = folder.join("Aula 1: TCP?.txt");
    fs::write(&outside, "12345").unwrap();
    pty.types(&format!("! '{}' one.txt\r", outside.display()));
    for (size, name) in [(5, "Aula 1_ TCP_.txt"), (1, "one.txt")] {
        person.sees("!");
        person.sends("$ask file\nWhich file?");
        person.sees(&format!("$file {size} {name}"));
        person.sends("$ready");
        let received = person.reads_file();
        person.sends(&format!("$ack {}", received.digest));
    }
    pty.waits_until("the new name is told", |pty| pty.count("is sent as Aula 1_ TCP_.txt") == 1);
    assert_eq!(pty.count("Which file?"), 0, "nobody has to answer it");
}

#[test]
fn a_file_that_can_t_be_sent_is_one_sentence() {
    let (mut pty, mut person, folder) = with_room(&[]);
    for (typed, said) in [
        (folder.display().to_string(), "is a folder: send its files, or pack it into one"),
        ("/dev/null".to_string(), "! /dev/null is not a regular file: it can't be sent"),
        ("none".to_string(), "! LocalFiles/none: not found"),
    ] {
        pty.types("!\r");
        person.sees("!");
        person.sends("$ask file\nWhich file?");
        pty.sees(&["Which file?", ">>"]);
        pty.types(&format!("{typed}\r"));
        person.sees("$cancel no such file");
        pty.waits_until(said, |pty| pty.all_text().contains(said));
    }
}

#[test]
fn a_listing_shows_20_files_and_how_many_more() {
    let files: Vec<String> = (10..35).map(|number| format!("file{number}")).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|name| (name.as_str(), &b"1"[..])).collect();
    let (mut pty, mut person, _folder) = with_room(&files);
    pty.types("! none\r");
    pty.sees(&["  file29 (1 B)", "-   and 5 more", ">>"]);
    assert_eq!(person.reads_answers(), [""; 0]);
}

#[test]
fn the_question_for_a_file_is_left_by_escape_and_ctrl_c() {
    let (mut pty, mut person) = in_pretended_room(24, 80);
    for (question, key) in [("Which file?", "hal\x1b"), ("Which one?", "\x03")] {
        pty.types("!\r");
        person.sees("!");
        person.sends(&format!("$ask file\n{question}"));
        pty.sees(&[question, ">>"]);
        pty.types(key);
        person.sees("$cancel not wanted");
        pty.types("still here\r");
        person.sees("still here");
    }
}

#[test]
fn a_question_whose_files_were_given_up_is_not_left_open() {
    let (mut pty, mut person, _) = with_room(&[("a.txt", b"hello")]);
    pty.types("! a.txt\r");
    person.sees("!");
    pty.types("\x03");
    pty.sees(&["! a.txt was not sent: you have stopped it", ">>"]);
    person.sends("$ask file\nWrite FileName.extension:");
    person.sees("$cancel stopped by its sender");
    person.sends("No file sent");
    pty.sees(&["! a.txt was not sent: you have stopped it", "No file sent", ">>"]);
    pty.types("hello\r");
    person.sees("hello");
}

#[test]
fn a_refused_exclamation_mark_does_not_give_up_the_next_file() {
    let (mut pty, mut person, _) = with_room(&[("a.txt", b"hello"), ("b.txt", b"hello")]);
    pty.types("! a.txt b.txt\r");
    person.sees("!");
    person.sends("$ask file\nWrite FileName.extension:\n$pong");
    person.sees("$file 5 a.txt");
    person.sends("$ready");
    let digest = person.reads_file().digest;
    pty.types("!\r");
    person.sees("!");
    person.sends("One file at a time: a.txt is still on its way");
    person.acknowledges(&digest);
    // The question of the queue waits for the answer to the person's.
    assert_eq!(person.reads_answers(), [""; 0]);
    person.sends("$pong");
    person.sees("!");
    person.sends("$ask file\nWrite FileName.extension:\n$pong");
    person.sees("$file 5 b.txt");
}

/// A bug said the name of the file to the room.
#[test]
fn what_was_typed_after_a_refused_exclamation_mark_is_not_said() {
    let (mut pty, mut person) = in_pretended_room(24, 80);
    pty.types("!\ra.txt\r");
    person.sees("!");
    person.sends("One file at a time: b.txt is still on its way\n$pong");
    let told = "- What you typed last was not sent: it could have been for another question";
    pty.sees(&["One file at a time: b.txt is still on its way", told, ">>"]);
    pty.types("hello\r");
    person.sees("hello");
}

#[test]
fn a_half_received_file_does_not_outlive_the_client() {
    for signal in ["-TERM", "-HUP", "-KILL"] {
        let (mut pty, mut person, folder) = with_room(&[]);
        person.sends("$file 5 half");
        person.sees("$ready");
        let there = folder.join("LocalFiles");
        assert_eq!(names(&there).len(), 1);
        pty.kill(signal);
        pty.exit_code();
        eventually("it is gone", || names(&there).is_empty().then_some(()));
    }
}

#[test]
fn the_log_is_for_its_owner_only() {
    let (_pty, _person, folder) = with_room(&[]);
    let mode = fs::metadata(folder.join("client.log")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// A client on a terminal in a room, its server, and its folder, with these files to send.
fn with_room(files: &[(&str, &[u8])]) -> (Pty, Person, std::path::PathBuf) {
    let server = FakeServer::start();
    let pty = Pty::client_in(server.address(), with_files(files));
    let folder = pty.folder().to_owned();
    let (pty, person) = goes_to_room(pty, &server);
    (pty, person, folder)
}

impl Pty {
    /// All that is to be read, as one text: what is longer than a row is joined.
    fn all_text(&self) -> String {
        self.rows().concat()
    }
}
