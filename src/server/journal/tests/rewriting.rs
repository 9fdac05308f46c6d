//! When a journal is rewritten, and what if that fails.

use super::*;

#[test]
fn a_journal_past_twice_its_live_content_is_rewritten() {
    let (_folder, path) = folder();
    let (mut journal, _) = Journal::open(&path).unwrap();
    let line = locked_room("passing").line_bytes();
    let mut expected = Vec::new();
    for number in 0..200 {
        let record = if number % 2 == 0 {
            user(&format!("u{number}"))
        } else {
            open_room(&format!("r {number}"))
        };
        journal.append(&record).unwrap();
        expected.push(record);
        come_and_go(&mut journal);
        let live = written(&expected).len() as u64;
        let size = fs::metadata(&path).unwrap().len();
        assert!(size <= REWRITE_FLOOR_BYTES.max(2 * live + 2 * line), "{size} bytes, {live} live");
        assert_eq!(size, journal.bytes);
    }
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    assert!(!journal.new_path().exists());
    drop(journal);
    assert_eq!(stored(&path), shown(&expected));
}

#[test]
fn a_small_journal_is_not_rewritten() {
    let (_folder, path) = folder();
    let (mut journal, _) = Journal::open(&path).unwrap();
    let made = journal.identity;
    let step = locked_room("passing").line_bytes() + removed("passing").line_bytes();
    for _ in 0..(REWRITE_FLOOR_BYTES - written(&[]).len() as u64) / step {
        come_and_go(&mut journal);
        assert_eq!(journal.identity, made, "{} bytes", journal.bytes);
    }
    come_and_go(&mut journal);
    assert_ne!(journal.identity, made, "{} bytes", journal.bytes);
    assert!(journal.bytes < 2 * step);
}

#[test]
fn a_journal_without_anything_removed_is_not_rewritten() {
    let (_folder, path) = folder();
    let (mut journal, _) = Journal::open(&path).unwrap();
    let made = journal.identity;
    for number in 0..60 {
        journal.append(&user(&format!("u{number}"))).unwrap();
    }
    assert!(journal.bytes > 2 * REWRITE_FLOOR_BYTES);
    assert_eq!((journal.identity, journal.live.bytes()), (made, journal.bytes));
}

#[test]
fn a_rewrite_that_fails_is_a_warning_and_is_not_tried_at_every_append() {
    let (_folder, path) = folder();
    let (mut journal, _) = Journal::open(&path).unwrap();
    let made = journal.identity;
    let in_the_way = journal.new_path();
    fs::create_dir(&in_the_way).unwrap();
    let ((), warned) = warnings(|| {
        while journal.bytes < 5 * REWRITE_FLOOR_BYTES {
            come_and_go(&mut journal);
        }
    });
    assert_eq!(warned.len(), 3, "at 4, 8 and 16 KiB: {warned:?}");
    assert!(warned[0].starts_with("cannot rewrite journal "), "{warned:?}");
    assert_eq!(journal.identity, made);
    journal.append(&user("lucas")).unwrap();

    fs::remove_dir(&in_the_way).unwrap();
    while journal.identity == made {
        assert!(journal.bytes < 9 * REWRITE_FLOOR_BYTES);
        come_and_go(&mut journal);
    }
    let after_success = journal.identity;
    while journal.identity == after_success {
        assert!(journal.bytes < 2 * REWRITE_FLOOR_BYTES, "the next one comes as early as ever");
        come_and_go(&mut journal);
    }
    drop(journal);
    assert_eq!(stored(&path), shown([&user("lucas")]));
}

#[test]
fn when_the_folder_can_not_be_synced_after_a_rewrite_further_changes_are_refused() {
    let (_folder, path) = folder();
    let (mut journal, _) = Journal::open(&path).unwrap();
    journal.folder = File::open("/dev/null").unwrap();
    let (refused, warned) = warnings(|| {
        (0..50).find_map(|number| {
            let record = if number % 2 == 0 { locked_room("passing") } else { removed("passing") };
            journal.append(&record).err()
        })
    });
    assert!(matches!(refused, Some(JournalError::Refusing(_))), "{refused:?}");
    assert_eq!(warned.len(), 1, "{warned:?}");
}

#[test]
fn a_new_journal_that_can_not_be_synced_does_not_take_the_old_ones_place() {
    let (_folder, path) = folder();
    let (mut journal, _) = Journal::open(&path).unwrap();
    journal.append(&user("lucas")).unwrap();
    let made = journal.identity;
    journal.sync = |_| Err(io::Error::other("the disk has gone"));
    let ((), warned) = warnings(|| journal.rewrite());
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert!(!journal.new_path().exists());
    journal.sync = File::sync_data;
    journal.append(&user("skira")).unwrap();
    assert_eq!(identity(&fs::metadata(&path).unwrap()), made);
}
