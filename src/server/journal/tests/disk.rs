//! A disk that is full, and one that fails.

use super::*;
use std::error::Error as _;
use std::process::Command;

/// A limit on the size of files fails a write as a full disk does: what fits is written, then
/// comes the error. It can only be set for a whole process, so this test runs itself again in one
/// of its own.
#[test]
fn an_append_that_does_not_fit_is_cut_off() {
    if let Some(path) = std::env::var_os("JOURNAL_WITH_A_LIMIT") {
        return append_until_it_does_not_fit(Path::new(&path));
    }
    let (_folder, path) = folder();
    let name = concat!(module_path!(), "::an_append_that_does_not_fit_is_cut_off");
    let (_crate, name) = name.split_once("::").unwrap();
    // Without the trap, the kernel would end the process with SIGXFSZ.
    let child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" --exact \"$1\" --nocapture"])
        .arg(std::env::current_exe().unwrap())
        .arg(name)
        .env("JOURNAL_WITH_A_LIMIT", &path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout) + String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{said}");
    // It prints what was acknowledged.
    let acknowledged: Vec<String> =
        said.lines().filter_map(|line| line.strip_prefix("saved ")).map(String::from).collect();
    assert!(acknowledged.len() > 20, "{said}");
    assert_eq!(stored(&path), acknowledged);
}

fn append_until_it_does_not_fit(path: &Path) {
    let (mut journal, _) = Journal::open(path).unwrap();
    println!();
    for number in 0.. {
        let record = user(&format!("user{number:05}"));
        match journal.append(&record) {
            Ok(()) => println!("saved {}", shown([&record])[0]),
            Err(JournalError::Append(_, source)) => {
                assert_eq!(source.kind(), io::ErrorKind::FileTooLarge);
                break;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(
        fs::metadata(path).unwrap().len(),
        journal.bytes,
        "what was written of it is cut off"
    );
    for _ in 0..3 {
        assert!(
            matches!(journal.append(&user("another")), Err(JournalError::Append(..))),
            "not refusing"
        );
    }
    let small = open_room("a");
    journal.append(&small).unwrap();
    println!("saved {}", shown([&small])[0]);
}

#[test]
fn a_full_disk_is_called_that() {
    let (_folder, path) = folder();
    let (mut journal, _) = Journal::open(&path).unwrap();
    journal.file = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let error = journal.append(&user("lucas")).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot append to journal {}: disk full", path.display())
    );
    assert!(error.source().is_some());
}

/// `/dev/full` cannot be cut off either.
#[test]
fn when_cutting_off_fails_nothing_is_saved_until_a_restart() {
    let (_folder, path) = folder();
    let (mut journal, _) = Journal::open(&path).unwrap();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let good = std::mem::replace(&mut journal.file, full);
    check_refusing(&path, journal, |journal| journal.file = good);
}

#[test]
fn when_a_sync_fails_nothing_is_saved_until_a_restart() {
    let (_folder, path) = folder();
    let (mut journal, _) = Journal::open(&path).unwrap();
    journal.sync = |_, _| Err(io::Error::other("the disk has gone"));
    check_refusing(&path, journal, |journal| journal.sync = sync_file);
}

fn check_refusing(path: &Path, mut journal: Journal, mend: impl FnOnce(&mut Journal)) {
    let (failed, warned) = warnings(|| journal.append(&user("lucas")));
    assert!(matches!(failed, Err(JournalError::Append(..))), "{failed:?}");
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert_eq!(fs::read_to_string(path).unwrap(), written(&[]));
    // The disk works again, but nobody knows what it has lost.
    mend(&mut journal);
    for _ in 0..2 {
        assert!(matches!(journal.append(&user("skira")), Err(JournalError::Refusing(_))));
    }
    assert_eq!(fs::read_to_string(path).unwrap(), written(&[]));
    drop(journal);
    let (mut journal, kept) = Journal::open(path).unwrap();
    assert!(kept.records().is_empty());
    journal.append(&user("skira")).unwrap();
}
