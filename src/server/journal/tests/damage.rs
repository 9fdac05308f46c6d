//! A journal whose last line is torn, and one that is damaged.

use super::*;
use crate::name::{BrokenRule, Fault};
use crate::server::journal::record::MAX_RECORD_BYTES;

#[test]
fn a_torn_last_record_is_dropped_with_a_warning_and_cut_off() {
    let (_folder, path) = folder();
    let sound = written(&history());
    fs::write(&path, format!("{sound}0123456789abcdef user pbkdf2-sha")).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let ((mut journal, kept), warned) = warnings(|| Journal::open(&path).unwrap());
    assert_eq!(shown(&kept.records()), standing(&history()));
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert!(warned[0].contains("chatroom.db: dropped 32 bytes"), "{warned:?}");
    let kept = written(&kept.records());
    assert_eq!(fs::read_to_string(&path).unwrap(), kept, "cut off at once");

    journal.append(&user("skira")).unwrap();
    drop(journal);
    let all = [history(), vec![user("skira")]].concat();
    let (records, warned) = warnings(|| stored(&path));
    assert_eq!(records, standing(&all));
    assert!(warned.is_empty(), "{warned:?}");
}

/// The bug: the server did not start after a power cut on ext4 or XFS, which can leave zeros where
/// bytes had been appended.
#[test]
fn zeros_at_the_end_are_cut_off_like_a_torn_record() {
    let (_folder, path) = folder();
    for zeros in [1, 300, 512, 513, 4096, 40_000] {
        for begun in ["", "0123456789abcdef user pbkdf2-sha"] {
            let torn = begun.to_string() + &"\0".repeat(zeros);
            fs::write(&path, written(&history()) + &torn).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            let ((journal, kept), warned) = warnings(|| Journal::open(&path).unwrap());
            assert_eq!(shown(&kept.records()), standing(&history()));
            let said = format!("dropped {} bytes", torn.len());
            assert!(warned.len() == 1 && warned[0].contains(&said), "{warned:?}");
            drop(journal);
            assert_eq!(fs::read_to_string(&path).unwrap(), written(&kept.records()));
        }
        for begun in ["", "chatroom jour", HEADER] {
            fs::write(&path, begun.to_string() + &"\0".repeat(zeros)).unwrap();
            assert!(stored(&path).is_empty());
            assert_eq!(fs::read_to_string(&path).unwrap(), written(&[]));
        }
    }
}

#[test]
fn zeros_that_are_not_the_end_are_damage() {
    let (folder, path) = folder();
    for zeros in [1, 512, 513, 4096, 40_000] {
        for after in ["\n", "x\n", &written(&[user("skira")])] {
            fs::write(&path, written(&history()) + &"\0".repeat(zeros) + after).unwrap();
            let before = snapshot(folder.path());
            let opened = Journal::open(&path);
            assert!(matches!(opened, Err(JournalError::Damaged(_, 13, _))), "{opened:?}");
            assert_eq!(snapshot(folder.path()), before);
        }
    }
}

#[test]
fn any_prefix_opens_to_a_prefix_of_the_history() {
    let bytes = written(&history()).into_bytes();
    let (_folder, path) = folder();
    for end in 0..=bytes.len() {
        check_prefix(&path, &history(), &bytes, end);
    }
}

/// Opens what a kill after `end` bytes leaves, and goes on from there.
pub(super) fn check_prefix(path: &Path, history: &[Record], bytes: &[u8], end: usize) {
    fs::write(path, &bytes[..end]).unwrap();
    let whole_lines = bytes[..end].iter().filter(|&&byte| byte == b'\n').count();
    let whole_records = whole_lines.saturating_sub(1);
    let (mut journal, kept) = Journal::open(path).unwrap();
    let found = shown(&kept.records());
    assert_eq!(found, standing(&history[..whole_records]), "the first {end} bytes");

    journal.append(&user("newcomer")).unwrap();
    drop(journal);
    let all = [&history[..whole_records], &[user("newcomer")]].concat();
    assert_eq!(stored(path), standing(&all), "the first {end} bytes, and one more");
}

#[test]
fn any_damaged_byte_is_noticed() {
    let bytes = written(&history()).into_bytes();
    let (_folder, path) = folder();
    for at in 0..bytes.len() {
        for mask in [0x01, 0x04, 0x20, 0x7f, 0x80, bytes[at] ^ b'\n', bytes[at] ^ b'\r', bytes[at]]
        {
            if mask != 0 {
                check_damage(&path, &history(), &bytes, at, mask);
            }
        }
    }
}

/// Opens a journal in which one byte is changed. It may open only if that byte was the end of the
/// last line: without that line and with a warning, because it looks like a torn one.
pub(super) fn check_damage(path: &Path, history: &[Record], bytes: &[u8], at: usize, mask: u8) {
    let mut damaged = bytes.to_vec();
    damaged[at] ^= mask;
    fs::write(path, &damaged).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
    let (opened, warned) = warnings(|| Journal::open(path));
    let line = 1 + bytes[..at].iter().filter(|&&byte| byte == b'\n').count() as u64;
    match opened {
        Err(JournalError::Damaged(_, noticed, _)) => {
            assert_eq!(noticed, line, "byte {at} ^ {mask:#x}");
            assert_eq!(fs::read(path).unwrap(), damaged, "byte {at} ^ {mask:#x}: it was changed");
        }
        Err(other) => panic!("byte {at} ^ {mask:#x}: {other}"),
        Ok((_, kept)) => {
            assert_eq!(at, bytes.len() - 1, "byte {at} ^ {mask:#x} was not noticed");
            assert_eq!(shown(&kept.records()), standing(&history[..history.len() - 1]));
            assert_eq!(warned.len(), 1, "{warned:?}");
        }
    }
}

#[test]
fn a_line_lost_doubled_or_moved_is_noticed() {
    let text = written(&history());
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (_folder, path) = folder();
    let damage = |lines: Vec<&str>| {
        fs::write(&path, lines.concat()).unwrap();
        match Journal::open(&path) {
            Err(JournalError::Damaged(_, line, damage)) => (line, damage),
            other => panic!("{other:?}"),
        }
    };
    for at in 1..lines.len() - 1 {
        let number = at as u64 + 1;
        let mut changed = lines.clone();
        changed.remove(at);
        assert_eq!(damage(changed), (number, Damage::Checksum), "line {number} lost");
        let mut changed = lines.clone();
        changed.insert(at, lines[at]);
        assert_eq!(damage(changed), (number + 1, Damage::Checksum), "line {number} doubled");
        let mut changed = lines.clone();
        changed.swap(at, at + 1);
        assert_eq!(damage(changed), (number, Damage::Checksum), "line {number} moved down");
    }
}

#[test]
fn line_ends_of_another_system_are_damage() {
    let (_folder, path) = folder();
    let text = written(&history());
    fs::write(&path, text.replace('\n', "\r\n")).unwrap();
    assert!(matches!(Journal::open(&path), Err(JournalError::Damaged(_, 1, Damage::Header))));
    let last = text.trim_end().to_string() + "\r\n";
    fs::write(&path, last).unwrap();
    assert!(matches!(Journal::open(&path), Err(JournalError::Damaged(_, 12, Damage::Checksum))));
}

#[test]
fn a_file_that_is_no_journal_is_left_alone() {
    let (folder, path) = folder();
    let long = "x".repeat(100_000);
    let texts =
        ["hello", "chatroom journal 1X", "chatroom journal 3\n", "\n", " ", "a\nb\n", &long];
    for text in texts {
        fs::write(&path, text).unwrap();
        let before = snapshot(folder.path());
        let opened = Journal::open(&path);
        assert!(
            matches!(opened, Err(JournalError::Damaged(_, 1, Damage::Header))),
            "{text:.20} {opened:?}"
        );
        assert_eq!(snapshot(folder.path()), before, "{text:.20}");
    }
}

#[test]
fn a_rest_or_a_line_longer_than_any_record_is_damage() {
    let (_folder, path) = folder();
    for length in [MAX_RECORD_BYTES + 1, MAX_RECORD_BYTES + 2, 40_000] {
        for end in ["", "\n", "\nmore\n"] {
            fs::write(&path, written(&history()) + &"0".repeat(length) + end).unwrap();
            let opened = Journal::open(&path);
            assert!(
                matches!(opened, Err(JournalError::Damaged(_, 13, Damage::TooLong))),
                "{length} {opened:?}"
            );
        }
    }
    fs::write(&path, written(&history()) + &"0".repeat(MAX_RECORD_BYTES)).unwrap();
    assert_eq!(stored(&path), standing(&history()));
}

#[test]
fn damage_names_file_and_line_and_why_and_changes_nothing() {
    let (folder, path) = folder();
    fs::write(&path, written(&history()).replace("lucas", "lukas") + "torn").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    fs::write(folder.path().join("chatroom.db.new"), "left by a kill").unwrap();
    let before = snapshot(folder.path());
    let error = Journal::open(&path).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("journal {} is damaged in line 2: its checksum is wrong", path.display())
    );
    assert_eq!(snapshot(folder.path()), before);
}

#[test]
fn records_that_contradict_each_other_are_damage() {
    let cases = [
        vec![user("lucas"), user("Lucas")],
        vec![open_room("a"), locked_room("A")],
        vec![user("lucas"), removed("lucas")],
        vec![user("a"), open_room("a"), removed("A"), removed("a")],
        vec![open_room("lucas"), new_password("lucas")],
        vec![user("lucas"), forgotten("Lucas"), new_password("lucas")],
        vec![user("lucas"), forgotten("Lucas"), forgotten("lucas")],
    ];
    let (_folder, path) = folder();
    for records in cases {
        fs::write(&path, written(&records)).unwrap();
        match Journal::open(&path) {
            Err(JournalError::Damaged(_, line, damage)) => {
                let expected = (records.len() as u64 + 1, Damage::Contradiction);
                assert_eq!((line, damage), expected);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_line_with_a_right_checksum_must_still_be_a_record() {
    let hash = hash().to_string();
    let cases = [
        (format!("user {hash} a b"), Damage::Name(BrokenRule::User(Fault::Has(' ')))),
        (format!("user {hash} "), Damage::Name(BrokenRule::User(Fault::Empty))),
        (format!("user {hash}"), Damage::Unknown),
        ("user open lucas".to_string(), Damage::Unknown),
        (format!("room {hash} a  b"), Damage::Name(BrokenRule::Room(Fault::TwoSpaces))),
        ("room open a LOCKED".to_string(), Damage::Name(BrokenRule::Room(Fault::Ends("LOCKED")))),
        ("room shut a".to_string(), Damage::Unknown),
        ("password open lucas".to_string(), Damage::Unknown),
        (format!("password {hash} a b"), Damage::Name(BrokenRule::User(Fault::Has(' ')))),
        ("forgotten a b".to_string(), Damage::Name(BrokenRule::User(Fault::Has(' ')))),
        ("forgotten".to_string(), Damage::Unknown),
        ("removed ".to_string(), Damage::Name(BrokenRule::Room(Fault::Empty))),
        ("removed".to_string(), Damage::Unknown),
        (format!("admin {hash} lucas"), Damage::Unknown),
        (format!("User {hash} lucas"), Damage::Unknown),
        ("".to_string(), Damage::Unknown),
    ];
    for (text, expected) in cases {
        // What `Chain::write` would have made of it.
        let digest = {
            use sha2::Digest;
            let header = sha2::Sha256::new().chain_update([0; 8]).chain_update(HEADER).finalize();
            sha2::Sha256::new().chain_update(&header[..8]).chain_update(&text).finalize()
        };
        let checksum: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        let read = Chain::after_header(HEADER).read(&format!("{checksum} {text}"));
        assert_eq!(read.map(|record| shown([&record])), Err(expected), "{text:?}");
    }
    assert_eq!(Chain::after_header(HEADER).read("").err(), Some(Damage::Checksum));
}
