//! The journal is rewritten at the start, and what if that fails.

use super::*;

/// A journal that holds one user and the traces of rooms that came and went. Returns its length.
fn journal_with_traces(path: &Path) -> u64 {
    let (mut journal, _) = Journal::open(path).unwrap();
    journal.append(&user("lucas")).unwrap();
    for _ in 0..20 {
        come_and_go(&mut journal);
    }
    fs::metadata(path).unwrap().len()
}

#[test]
fn a_start_drops_the_records_that_no_longer_count() {
    let (_folder, path) = folder();
    journal_with_traces(&path);
    let (mut journal, kept) = Journal::open(&path).unwrap();
    let text = written(&[user("lucas")]);
    assert_eq!(shown(&kept.records()), shown([&user("lucas")]));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    assert!(!journal.new_path().exists());
    journal.append(&open_room("a")).unwrap();
    drop(journal);
    assert_eq!(stored(&path), shown([&user("lucas"), &open_room("a")]));
}

#[test]
fn a_running_server_does_not_rewrite() {
    let (_folder, path) = folder();
    drop(Journal::open(&path).unwrap());
    let before = inode(&path);
    journal_with_traces(&path);
    assert_eq!(inode(&path), before);
}

#[test]
fn a_journal_without_anything_removed_is_not_rewritten() {
    let (_folder, path) = folder();
    let (mut journal, _) = Journal::open(&path).unwrap();
    for record in [user("skira"), open_room("a"), user("lucas")] {
        journal.append(&record).unwrap();
    }
    let before = inode(&path);
    drop(journal);
    drop(Journal::open(&path).unwrap());
    assert_eq!(inode(&path), before);
}

#[test]
fn a_rewrite_that_fails_is_a_warning_and_changes_nothing() {
    let (folder, path) = folder();
    let length = journal_with_traces(&path);
    fs::create_dir(folder.path().join("chatroom.db.new")).unwrap();
    let ((mut journal, _), warned) = warnings(|| Journal::open(&path).unwrap());
    assert!(warned.iter().any(|line| line.starts_with("cannot rewrite journal ")), "{warned:?}");
    assert_eq!(fs::metadata(&path).unwrap().len(), length);
    journal.append(&user("skira")).unwrap();
    drop(journal);

    fs::remove_dir(folder.path().join("chatroom.db.new")).unwrap();
    let (journal, kept) = Journal::open(&path).unwrap();
    assert_eq!(shown(&kept.records()), shown([&user("lucas"), &user("skira")]));
    assert_eq!(journal.bytes, written(&kept.records()).len() as u64);
}

#[test]
fn a_new_file_that_is_not_synced_does_not_replace_the_old() {
    let (_folder, path) = folder();
    journal_with_traces(&path);
    let (mut journal, _) = Journal::open(&path).unwrap();
    let before = inode(&path);
    come_and_go(&mut journal);
    let found = replay(&File::open(&path).unwrap(), &path).unwrap();
    journal.sync = |_, _| Err(io::Error::other("the disk has gone"));
    let ((), warned) = warnings(|| journal.rewrite(&found).unwrap());
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert!(!journal.new_path().exists());
    journal.sync = sync_file;
    journal.append(&user("skira")).unwrap();
    assert_eq!(inode(&path), before);
}
