//! What the tests of the journal share, and the tests of writing and reading back.

use std::cell::RefCell;
use std::sync::Once;

use tempfile::TempDir;

use super::*;
use crate::name::{RoomName, UserName};
use crate::server::password::PasswordHash;

mod damage;
mod disk;
mod histories;
mod others;
mod rewriting;

fn hash() -> PasswordHash {
    let word = format!("pbkdf2-sha256:1:{}:{}", "0a".repeat(16), "1b".repeat(32));
    PasswordHash::parse(&word).unwrap()
}

fn user(name: &str) -> Record {
    Record::User(UserName::parse(name).unwrap(), hash())
}

fn open_room(name: &str) -> Record {
    Record::Room(RoomName::parse(name).unwrap(), None)
}

fn locked_room(name: &str) -> Record {
    Record::Room(RoomName::parse(name).unwrap(), Some(hash()))
}

fn new_password(name: &str) -> Record {
    let word = format!("pbkdf2-sha256:2:{}:{}", "0c".repeat(16), "1d".repeat(32));
    let password = PasswordHash::parse(&word).unwrap();
    Record::Password(UserName::parse(name).unwrap(), password)
}

fn forgotten(name: &str) -> Record {
    Record::Forgotten(UserName::parse(name).unwrap())
}

fn removed(name: &str) -> Record {
    Record::RoomRemoved(RoomName::parse(name).unwrap())
}

/// A folder of the test's own, and a journal's path in it.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chatroom.db");
    (folder, path)
}

/// The records without their checksums, to be compared.
fn shown<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<String> {
    let text = |record| Chain::after_header(HEADER).write(record)[17..].trim_end().to_string();
    records.into_iter().map(text).collect()
}

/// What a server would find at `path`.
fn stored(path: &Path) -> Vec<String> {
    shown(&Journal::open(path).unwrap().1.records())
}

/// The bytes of a journal of these records, whether they make sense or not.
fn written(records: &[Record]) -> String {
    let mut chain = Chain::after_header(HEADER);
    let lines = records.iter().map(|record| chain.write(record)).collect::<String>();
    format!("{HEADER}\n{lines}")
}

/// A history with everything in it.
fn history() -> Vec<Record> {
    vec![
        user("lucas"),
        open_room("BT 108"),
        locked_room("Room1"),
        user("Łukasz"),
        removed("bt 108"),
        open_room("bt 108"),
        removed("Room1"),
        locked_room("Room2"),
        new_password("LUCAS"),
        user("skira"),
        forgotten("Skira"),
    ]
}

/// The users by name and the rooms in their order after `records`, found in the most obvious way.
fn standing(records: &[Record]) -> Vec<String> {
    let (mut users, mut rooms) = (Vec::new(), Vec::new());
    for record in records {
        match record {
            Record::User(..) => users.push(record.clone()),
            Record::Password(name, password) => users.iter_mut().for_each(|user| match user {
                Record::User(other, old) if other == name => {
                    *old = password.clone();
                }
                _ => {}
            }),
            Record::Forgotten(gone) => {
                users.retain(|record| !matches!(record, Record::User(name, _) if name == gone))
            }
            Record::Room(..) => rooms.push(record.clone()),
            Record::RoomRemoved(gone) => {
                rooms.retain(|record| !matches!(record, Record::Room(name, _) if name == gone))
            }
        }
    }
    users.sort_by_key(|user| shown([user])[0].rsplit_once(' ').unwrap().1.to_string());
    shown(users.iter().chain(&rooms))
}

/// Makes and removes a locked room.
fn come_and_go(journal: &mut Journal) {
    journal.append(&locked_room("passing")).unwrap();
    journal.append(&removed("passing")).unwrap();
}

/// Which file `path` is.
fn inode(path: &Path) -> u64 {
    fs::symlink_metadata(path).unwrap().ino()
}

/// Everything in the folder that a failing start must not change.
fn snapshot(folder: &Path) -> Vec<(PathBuf, u32, Vec<u8>)> {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let mode = fs::symlink_metadata(&path).unwrap().mode();
            let content = fs::read(&path).unwrap_or_default();
            (path, mode, content)
        })
        .collect();
    entries.sort();
    entries
}

thread_local!(static WARNINGS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });

/// Keeps the warnings of each thread, so that tests which run at once do not mix them.
struct Capture;

impl log::Log for Capture {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        if record.level() <= log::Level::Warn {
            let _ = WARNINGS
                .try_with(|warnings| warnings.borrow_mut().push(record.args().to_string()));
        }
    }

    fn flush(&self) {}
}

/// Runs `act` and returns its warnings, too.
fn warnings<T>(act: impl FnOnce() -> T) -> (T, Vec<String>) {
    static LOGGER: Once = Once::new();
    LOGGER.call_once(|| {
        log::set_logger(&Capture).expect("no other unit test sets a logger");
        log::set_max_level(log::LevelFilter::Warn);
    });
    WARNINGS.take();
    (act(), WARNINGS.take())
}

#[test]
fn a_new_journal_is_a_header_that_its_owner_alone_can_read() {
    let (_folder, path) = folder();
    let ((_journal, kept), warned) = warnings(|| Journal::open(&path).unwrap());
    assert!(kept.records().is_empty() && warned.is_empty(), "{warned:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "chatroom journal 2\n");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn what_was_appended_is_there_after_the_next_start() {
    let (_folder, path) = folder();
    for (count, record) in history().iter().enumerate() {
        let (mut journal, kept) = Journal::open(&path).unwrap();
        assert_eq!(shown(&kept.records()), standing(&history()[..count]));
        journal.append(record).unwrap();
    }
    let stored = stored(&path);
    let expected = ["user lucas", "user Łukasz", "room open bt 108", "room Room2"];
    let names = stored.iter().map(|line| match line.split_once("pbkdf2") {
        Some((verb, rest)) => format!("{verb}{}", rest.split_once(' ').unwrap().1),
        None => line.clone(),
    });
    assert_eq!(names.collect::<Vec<_>>(), expected);
    assert!(stored[0].contains("sha256:2:") && stored[1].contains("sha256:1:"), "{stored:?}");
}

/// The format is a promise to the journals that exist. The checksums are from Python's hashlib.
#[test]
fn a_journal_reads_like_this() {
    let (_folder, path) = folder();
    let (mut journal, _) = Journal::open(&path).unwrap();
    let mut password = new_password("lucas");
    if let Record::Password(_, password) = &mut password {
        *password = hash();
    }
    for record in [
        user("lucas"),
        open_room("BT 108"),
        locked_room("Room1"),
        removed("BT 108"),
        password,
        forgotten("lucas"),
    ] {
        journal.append(&record).unwrap();
    }
    let expected = "chatroom journal 2\n\
        b8f0a6ddc82055a8 user HASH lucas\n\
        974fe986b7e24eae room open BT 108\n\
        50a163ec49cd51f1 room HASH Room1\n\
        5a224edc98aff9ae removed BT 108\n\
        acdb7f277e4e61ac password HASH lucas\n\
        5ddbee284c1ba22d forgotten lucas\n";
    assert_eq!(fs::read_to_string(&path).unwrap(), expected.replace("HASH", &hash().to_string()));
}

/// A journal that a server of the first version has written.
fn version_1() -> String {
    let text = "chatroom journal 1\n\
        416335b29d51a048 user HASH lucas\n\
        7a3264cf36a4bb33 room open BT 108\n\
        516df13506904057 room HASH Room1\n\
        b84901f439a4c0bc removed BT 108\n";
    text.replace("HASH", &hash().to_string())
}

#[test]
fn a_journal_of_version_1_becomes_one_of_version_2() {
    let (_folder, path) = folder();
    let second_line = version_1().match_indices('\n').nth(2).unwrap().0 + 1;
    for text in [&version_1()[..], &version_1()[..second_line], "chatroom journal 1\n"] {
        fs::write(&path, text).unwrap();
        let (mut journal, kept) = Journal::open(&path).unwrap();
        let records = kept.records();
        assert_eq!(fs::read_to_string(&path).unwrap(), written(&records), "{text}");
        journal.append(&user("skira")).unwrap();
        drop(journal);
        let records = [vec![user("skira")], records].concat();
        assert_eq!(stored(&path), standing(&records), "{text}");
    }
    assert_eq!(stored(&path), shown([&user("skira")]));
}

#[test]
fn a_journal_of_version_1_that_cannot_be_renewed_is_an_error() {
    let (folder, path) = folder();
    fs::write(&path, version_1()).unwrap();
    fs::create_dir(folder.path().join("chatroom.db.new")).unwrap();
    assert!(matches!(Journal::open(&path), Err(JournalError::Open(..))));
    assert_eq!(fs::read_to_string(&path).unwrap(), version_1());
}

#[test]
fn the_longest_record_is_within_the_limit() {
    let widest = "\u{20000}";
    let name = RoomName::parse(&widest.repeat(32)).unwrap();
    let password = format!("pbkdf2-sha256:{}:{}:{}", u32::MAX, "0a".repeat(16), "1b".repeat(32));
    let room = Record::Room(name, Some(PasswordHash::parse(&password).unwrap()));
    let (_folder, path) = folder();
    Journal::open(&path).unwrap().0.append(&room).unwrap();
    assert_eq!(stored(&path), shown([&room]));
    assert!(written(&[room]).len() < 320);
}

#[test]
fn an_append_is_synced_before_it_returns() {
    let (_folder, path) = folder();
    let (mut journal, _) = Journal::open(&path).unwrap();
    journal.sync = |_, _| Err(io::Error::other("the disk has gone"));
    assert!(matches!(journal.append(&user("lucas")), Err(JournalError::Append(..))));
}

#[test]
fn a_start_syncs_file_and_folder_or_fails() {
    let (_folder, path) = folder();
    let (mut journal, _) = Journal::open(&path).unwrap();
    let found = replay(&File::open(&path).unwrap(), &path).unwrap();
    journal.tidy(0o600, &found).unwrap();
    journal.sync = |_, _| Err(io::Error::other("the disk has gone"));
    assert!(journal.tidy(0o600, &found).is_err());
    journal.sync = sync_file;
    journal.path = "not/there/chatroom.db".into();
    // The half of `platform` for Windows cannot sync a folder, so there this is no failure.
    assert_eq!(journal.tidy(0o600, &found).is_err(), cfg!(not(chatroom_portable)));
}
