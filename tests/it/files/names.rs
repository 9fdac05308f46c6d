//! What a file may be called, and what happens when its name is taken. Nothing outside ServerFiles
//! is written, nothing in it is overwritten, and no link is followed (`protocol.md`, section 6).

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use crate::support::tree::{names, tree};
use crate::support::{Person, Seat, Server, ask, eventually, folder};

/// Names that break a rule, each in its way.
pub const WRONG_NAMES: [&str; 45] = [
    "",
    ".",
    "..",
    "../up.txt",
    "../../../../../../tmp/up.txt",
    "/etc/passwd",
    "/up.txt",
    "a/b",
    "a/",
    "./a",
    "..\\up.txt",
    "a\\b",
    "C:up.txt",
    "up.txt:stream",
    "a*",
    "a?",
    "a\"b",
    "<a",
    "a>",
    "a|b",
    ".hidden",
    ".part-0123456789abcdef",
    " a",
    "a ",
    "a\tb",
    "a\u{1b}[2Jb",
    "a\u{0}b",
    "a\rb",
    "a\u{7f}b",
    "a\u{9b}b",
    "gpj\u{202e}exe.txt",
    "a\u{200e}b",
    "a\u{fffd}b",
    "a\u{200b}b",
    "\u{3164}",
    "a\u{2800}b",
    "a\u{ad}b",
    "a\u{61c}b",
    "a\u{2066}b",
    "\u{301}a",
    "a\u{301}\u{301}\u{301}\u{301}\u{301}",
    "a.",
    "CON",
    "nul.txt",
    "com1",
];

#[test]
fn a_wrong_name_is_refused_and_nothing_is_written_anywhere() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    let stands = || {
        let mut stands = tree(server.folder());
        stands.remove("server.log");
        stands
    };
    let before = stands();
    let too_long = "x".repeat(201);
    for name in WRONG_NAMES.into_iter().chain([too_long.as_str()]) {
        lucas.offers(5, name);
        let line = lucas.next_line();
        assert!(line.starts_with("$refuse "), "{name:?}: {line}");
        // A sender that ignores the refusal sends its data. None of it may be taken for a line.
        lucas.sends_bytes(b"$data 5\n@\n5\n@");
        lucas.sends("$cancel");
        lucas.sees_told_off_or_nothing_in_the_room();
    }
    lucas.offers_bytes(b"$file 5 caf\xe9");
    assert!(lucas.next_line().starts_with("$refuse "));
    assert_eq!(stands(), before);
    // Nobody was offered anything.
    for _ in 0..WRONG_NAMES.len() + 1 {
        skira.sees(" lucas: did you hear?");
    }
}

#[test]
fn a_right_name_may_be_of_any_script_and_of_200_bytes() {
    let server = Server::start();
    let [mut lucas] = server.room("Room1", ["lucas"]);
    let longest = "é".repeat(100);
    for name in
        ["a", "a..b", "-rf", "~", "two  words.txt", "日本語 😀.txt", "$endFile", "%00", &longest]
    {
        lucas.uploads(name, name.as_bytes());
        lucas.reads_receipt(&format!(" ...File Sent... {name} (nobody else is here)"));
        assert_eq!(fs::read(server.stored(name)).unwrap(), name.as_bytes(), "{name}");
    }
}

#[test]
fn a_taken_name_gets_a_number_unless_the_content_is_the_same() {
    let server = Server::start();
    let [mut lucas] = server.room("Room1", ["lucas"]);
    for content in ["one", "two", "one", "three", "two", "three"] {
        lucas.uploads("a.tar.gz", content.as_bytes());
        lucas.reads_receipt(" ...File Sent... a.tar.gz (nobody else is here)");
    }
    for (name, content) in
        [("a.tar.gz", "one"), ("a.tar (1).gz", "two"), ("a.tar (2).gz", "three")]
    {
        assert_eq!(fs::read_to_string(server.stored(name)).unwrap(), content, "{name}");
    }
    assert_eq!(names(&server.stored("")).len(), 3);
}

#[test]
fn a_numbered_name_stays_within_200_bytes() {
    let server = Server::start();
    let [mut lucas] = server.room("Room1", ["lucas"]);
    let name = format!("{}.txt", "é".repeat(98));
    assert_eq!(name.len(), 200);
    lucas.uploads(&name, b"one");
    lucas.sees_eventually(&format!(" ...File Sent... {name} (nobody else is here)"));
    lucas.uploads(&name, b"two");
    let cut = format!("{} (1).txt", "é".repeat(96));
    assert_eq!(fs::read(server.stored(&cut)).unwrap(), b"two");
}

#[test]
fn a_numbered_name_without_a_stem_is_numbered_at_its_end() {
    let server = Server::start();
    let [mut lucas] = server.room("Room1", ["lucas"]);
    // With ` (1)` in it, nothing would be left before the dot.
    let name = format!("a.{}", "x".repeat(198));
    for content in ["one", "two"] {
        lucas.uploads(&name, content.as_bytes());
        lucas.reads_receipt(&format!(" ...File Sent... {name} (nobody else is here)"));
    }
    let cut = format!("a.{} (1)", "x".repeat(194));
    assert_eq!(fs::read(server.stored(&cut)).unwrap(), b"two");
}

#[test]
fn members_are_offered_the_name_that_the_sender_gave() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    for content in ["one", "two"] {
        lucas.uploads("a.txt", content.as_bytes());
        skira.sees("::: lucas sent a.txt (3 B)");
        skira.receives("a.txt", content.as_bytes());
        lucas.reads_receipt(" ...File Sent... a.txt received by 1 of 1");
    }
    assert_eq!(fs::read(server.stored("a (1).txt")).unwrap(), b"two");
}

#[test]
fn a_planted_link_is_neither_followed_nor_replaced() {
    let folder = folder();
    let outside = folder.path().join("outside.txt");
    fs::write(&outside, "not yours").unwrap();
    let stored = folder.path().join("ServerFiles");
    fs::create_dir(&stored).unwrap();
    symlink(&outside, stored.join("full.txt")).unwrap();
    symlink(folder.path().join("nowhere"), stored.join("empty.txt")).unwrap();
    symlink(folder.path(), stored.join("folder.txt")).unwrap();
    fs::create_dir(stored.join("real.txt")).unwrap();
    let before = tree(folder.path());

    let server = Server::in_folder(folder, &[]);
    let [mut lucas] = server.room("Room1", ["lucas"]);
    for name in ["full", "empty", "folder", "real"] {
        // Not even if it leads to the same content.
        lucas.uploads(&format!("{name}.txt"), b"not yours");
        lucas.reads_receipt(&format!(" ...File Sent... {name}.txt (nobody else is here)"));
        assert_eq!(fs::read(server.stored(&format!("{name} (1).txt"))).unwrap(), b"not yours");
    }
    for (path, what) in before {
        assert_eq!(tree(server.folder()).get(&path), Some(&what), "{path}");
    }
}

#[test]
fn a_file_over_the_limit_is_refused_at_the_offer() {
    let server = Server::with(&["--max-file-size", "1000"]);
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    for (number, size) in [1001, usize::MAX].into_iter().enumerate() {
        lucas.offers(size, "large");
        let line = lucas.next_line();
        assert!(line.starts_with("$refuse ") && line.contains("1000 B"), "says the limit: {line}");
        lucas.hears_nothing_in_the_room();
        skira.sees(&format!(" lucas: marker {}", number + 1));
    }
    lucas.uploads("not large", &[7; 1000]);
}

#[test]
fn a_full_quota_refuses_offers_until_there_is_room() {
    let server = Server::with(&["--quota", "1000"]);
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    lucas.uploads("a", &[1; 600]);
    // What is still on its way counts too.
    skira.sees_lines(&["::: lucas sent a (600 B)", "$file 600 a"]);
    skira.offers(300, "b");
    skira.sees("$ready");
    skira.sends_data(&[2; 300]);
    skira.hears_nothing_in_the_room();
    lucas.sees(" skira: marker 1");
    lucas.offers(101, "c");
    let line = lucas.next_line();
    assert!(line.starts_with("$refuse ") && line.contains("1000 B"), "says the limit: {line}");
    skira.sends("$cancel");
    skira.hears_nothing_in_the_room();
    lucas.sees(" skira: marker 2");
    // The file that was given up uses no space any more.
    lucas.uploads("c", &[3; 400]);
    fs::remove_file(server.stored("a")).unwrap();
    // A full folder is counted again at most once a second.
    eventually("there is room again", || {
        lucas.offers(600, "d");
        (lucas.next_line() == "$ready").then_some(())
    });
}

/// The bug: ten offers of 1 GB without data kept everybody else from sending for a minute.
#[test]
fn an_offer_without_data_keeps_nobody_from_sending() {
    let server = Server::with(&["--quota", "1000"]);
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    skira.offers(900, "b");
    skira.sees("$ready");
    lucas.uploads("c", &[3; 400]);
    skira.sees_lines(&["::: lucas sent c (400 B)", "$file 400 c"]);
    // Now the folder is too full for all of that file.
    skira.sends_data(&[2; 601]);
    assert!(skira.is_refused().contains("1000 B"));
}

#[test]
fn the_quota_counts_what_an_earlier_run_has_left() {
    let folder = folder();
    fs::create_dir(folder.path().join("ServerFiles")).unwrap();
    fs::write(folder.path().join("ServerFiles/old"), [1; 600]).unwrap();
    let server = Server::in_folder(folder, &["--quota", "1000"]);
    let [mut lucas] = server.room("Room1", ["lucas"]);
    lucas.offers(401, "new");
    assert!(lucas.next_line().starts_with("$refuse "));
    lucas.uploads("new", &[2; 400]);
}

impl Server {
    /// Where a file of this name is stored.
    pub fn stored(&self, name: &str) -> PathBuf {
        self.folder().join("ServerFiles").join(name)
    }
}

impl Person {
    fn offers_bytes(&mut self, line: &[u8]) {
        self.types("!");
        self.is_asked(ask::FILE);
        self.sends_bytes(&[line, b"\n"].concat());
    }

    /// The bytes and the closing line of a refused file may be answered with text, and with
    /// nothing else.
    #[track_caller]
    fn sees_told_off_or_nothing_in_the_room(&mut self) {
        self.types("did you hear?");
        for line in self.sees_eventually(" lucas: did you hear?") {
            assert!(!line.starts_with(['$', ' ']), "{line}\n{}", self.story());
        }
    }
}
