//! Two servers on one journal, and what else may be at its path.

use super::*;
use std::os::unix::fs::symlink;
use std::sync::atomic;

#[test]
fn a_second_server_is_told_that_the_journal_is_in_use() {
    let (folder, path) = folder();
    let (mut journal, _) = Journal::open(&path).unwrap();
    fs::write(journal.new_path(), "being written").unwrap();
    let before = snapshot(folder.path());
    let error = Journal::open(&path).unwrap_err();
    assert!(matches!(error, JournalError::InUse(_)), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!("cannot open journal {}: another server is using it", path.display())
    );
    assert_eq!(snapshot(folder.path()), before, "its owner may be rewriting it");
    fs::remove_file(journal.new_path()).unwrap();

    journal.replace(&written(&[user("lucas")])).unwrap();
    assert!(matches!(Journal::open(&path), Err(JournalError::InUse(_))), "after a rewrite too");
    drop(journal);
    Journal::open(&path).unwrap();
}

/// A copy of the descriptor is what a child process has between its fork and its exec.
#[test]
fn a_closed_journal_is_free_though_a_child_has_a_copy() {
    let (_folder, path) = folder();
    let (journal, _) = Journal::open(&path).unwrap();
    let _copy = journal.file.try_clone().unwrap();
    drop(journal);
    Journal::open(&path).unwrap();
}

#[test]
fn no_second_server_comes_in_while_the_journal_is_rewritten() {
    let (_folder, path) = folder();
    let (mut journal, _) = Journal::open(&path).unwrap();
    let done = atomic::AtomicBool::new(false);
    let attempts = std::thread::scope(|scope| {
        let intruders: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut attempts = 0;
                    while !done.load(atomic::Ordering::Relaxed) {
                        let opened = Journal::open(&path);
                        assert!(matches!(opened, Err(JournalError::InUse(_))), "{opened:?}");
                        attempts += 1;
                    }
                    attempts
                })
            })
            .collect();
        for _ in 0..300 {
            journal.replace(&format!("{HEADER}\n")).unwrap();
        }
        done.store(true, atomic::Ordering::Relaxed);
        intruders.into_iter().map(|intruder| intruder.join().unwrap()).sum::<u32>()
    });
    assert!(attempts > 0);
    journal.append(&user("lucas")).unwrap();
}

#[test]
fn what_a_killed_rewrite_has_left_is_removed_at_the_next_start() {
    let (folder, path) = folder();
    Journal::open(&path).unwrap().0.append(&user("lucas")).unwrap();
    let left = folder.path().join("chatroom.db.new");
    let elsewhere = folder.path().join("elsewhere");
    fs::write(&elsewhere, "precious").unwrap();
    for linked in [false, true] {
        if linked {
            symlink(&elsewhere, &left).unwrap();
        } else {
            fs::write(&left, "chatroom jour").unwrap();
        }
        let (records, warned) = warnings(|| stored(&path));
        assert_eq!(records, shown([&user("lucas")]));
        assert!(warned.is_empty(), "{warned:?}");
        assert!(fs::symlink_metadata(&left).is_err());
    }
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "precious");
}

#[test]
fn a_folder_in_the_way_of_rewriting_is_a_warning() {
    let (folder, path) = folder();
    fs::create_dir(folder.path().join("chatroom.db.new")).unwrap();
    let (opened, warned) = warnings(|| Journal::open(&path));
    opened.unwrap();
    assert_eq!(warned.len(), 1, "{warned:?}");
}

#[test]
fn a_rewrite_follows_no_link_that_was_planted() {
    let (folder, path) = folder();
    let (mut journal, _) = Journal::open(&path).unwrap();
    let elsewhere = folder.path().join("elsewhere");
    fs::write(&elsewhere, "precious").unwrap();
    symlink(&elsewhere, journal.new_path()).unwrap();
    assert!(journal.replace(&written(&[])).is_err());
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "precious");
    drop(journal);
    Journal::open(&path).unwrap();
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "precious");
    assert!(fs::symlink_metadata(&path).unwrap().is_file());
}

#[test]
fn a_journal_that_others_can_read_becomes_private() {
    let (_folder, path) = folder();
    fs::write(&path, written(&history())).unwrap();
    for mode in [0o644, 0o640, 0o602, 0o666] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let (records, warned) = warnings(|| stored(&path));
        assert_eq!(records, standing(&history()));
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(warned.len(), 1, "{warned:?}");
        assert!(warned[0].contains("only its owner"), "{warned:?}");
    }
    assert!(warnings(|| stored(&path)).1.is_empty());
}

#[test]
fn a_missing_folder_is_said_clearly() {
    let (folder, _) = folder();
    let path = folder.path().join("missing/chatroom.db");
    let error = Journal::open(&path).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot open journal {}: its folder does not exist", path.display())
    );
}

#[test]
fn a_bare_file_name_is_in_the_current_folder() {
    let found = fs::metadata(folder_of(Path::new("chatroom.db"))).unwrap();
    assert_eq!(file_id(&found), file_id(&fs::metadata(".").unwrap()));
}

#[test]
fn what_is_not_a_plain_file_is_refused_and_not_touched() {
    let (folder, path) = folder();
    let elsewhere = folder.path().join("elsewhere");
    fs::write(&elsewhere, "").unwrap();
    let refused = |what: &str| {
        let before = snapshot(folder.path());
        let error = Journal::open(&path).unwrap_err();
        assert!(matches!(error, JournalError::NotAFile(_)), "{what}: {error:?}");
        assert_eq!(snapshot(folder.path()), before, "{what}");
    };
    symlink(&elsewhere, &path).unwrap();
    refused("a link to a file");
    fs::remove_file(&path).unwrap();

    symlink(folder.path().join("nowhere"), &path).unwrap();
    refused("a link to nothing");
    assert!(!folder.path().join("nowhere").exists());
    fs::remove_file(&path).unwrap();

    fs::create_dir(&path).unwrap();
    refused("a folder");
    fs::remove_dir(&path).unwrap();

    let socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    refused("a socket");
    drop(socket);
    let device = Journal::open(Path::new("/dev/null"));
    assert!(matches!(device, Err(JournalError::NotAFile(_))), "{device:?}");
}

#[test]
fn a_journal_that_somebody_moved_or_changed_is_not_appended_to() {
    type Touch = (&'static str, fn(&Path));
    let touches: [Touch; 4] = [
        ("removed", |path| fs::remove_file(path).unwrap()),
        ("replaced", |path| {
            let copy = path.with_extension("copy");
            fs::copy(path, &copy).unwrap();
            fs::rename(copy, path).unwrap();
        }),
        ("emptied", |path| fs::write(path, "").unwrap()),
        ("added to", |path| fs::write(path, written(&[user("lucas"), user("mallory")])).unwrap()),
    ];
    for (what, touch) in touches {
        let (_folder, path) = folder();
        let (mut journal, _) = Journal::open(&path).unwrap();
        journal.append(&user("lucas")).unwrap();
        touch(&path);
        let before = fs::read(&path).ok();
        let appended = journal.append(&user("skira"));
        assert!(matches!(appended, Err(JournalError::Touched(_))), "{what}: {appended:?}");
        assert_eq!(fs::read(&path).ok(), before, "{what}");
    }
}

#[test]
fn every_error_says_what_was_being_done() {
    let path = || PathBuf::from("chatroom.db");
    let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
    let cases = [
        (
            JournalError::Open(path(), denied()),
            "cannot open journal chatroom.db: permission denied",
        ),
        (
            JournalError::NotAFile(path()),
            "cannot open journal chatroom.db: it is not a plain file",
        ),
        (
            JournalError::Damaged(path(), 7, Damage::Contradiction),
            "journal chatroom.db is damaged in line 7: it contradicts the lines before it",
        ),
        (
            JournalError::Append(path(), io::ErrorKind::StorageFull.into()),
            "cannot append to journal chatroom.db: disk full",
        ),
        (
            JournalError::Touched(path()),
            "cannot append to journal chatroom.db: somebody has moved or changed it",
        ),
        (
            JournalError::Refusing(path()),
            "cannot append to journal chatroom.db: the disk has failed, nothing is saved until a restart",
        ),
    ];
    for (error, said) in cases {
        assert_eq!(error.to_string(), said);
    }
}
