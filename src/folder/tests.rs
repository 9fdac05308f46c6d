use super::*;
use std::os::unix::fs::symlink;

fn folder(limits: FolderLimits) -> (tempfile::TempDir, Arc<Folder>) {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(&dir.path().join("in/here"), limits).unwrap();
    (dir, Arc::new(folder))
}

fn keep(folder: &Arc<Folder>, name: &str, content: &[u8]) -> String {
    let mut part = folder.begin(content.len() as u64).unwrap();
    part.write(content).unwrap();
    part.keep(&FileName::parse(name).unwrap()).unwrap().name.to_string()
}

fn names(folder: &Folder) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_same_content_is_kept_once_and_other_content_gets_a_number() {
    let (_dir, folder) = folder(FolderLimits::NONE);
    assert_eq!(keep(&folder, "a.txt", b"one"), "a.txt");
    assert_eq!(keep(&folder, "a.txt", b"one"), "a.txt");
    assert_eq!(keep(&folder, "a.txt", b"two"), "a (1).txt");
    assert_eq!(keep(&folder, "a.txt", b"2"), "a (2).txt");
    assert_eq!(keep(&folder, "a.txt", b"two"), "a (1).txt");
    assert_eq!(names(&folder), ["a (1).txt", "a (2).txt", "a.txt"]);
    assert_eq!(fs::read(folder.path().join("a.txt")).unwrap(), b"one");
}

#[test]
fn a_file_that_is_there_already_leaves_no_second_copy_behind() {
    let (_dir, folder) = folder(FolderLimits::NONE);
    keep(&folder, "a", b"one");
    let mut part = folder.begin(3).unwrap();
    part.write(b"one").unwrap();
    let kept = part.keep(&FileName::parse("a").unwrap()).unwrap();
    assert_eq!(kept.file.metadata().unwrap().nlink(), 1, "what is handed on has a name");
}

#[test]
fn a_planted_link_is_neither_followed_nor_replaced() {
    let (dir, folder) = folder(FolderLimits::NONE);
    let outside = dir.path().join("outside");
    symlink(&outside, folder.path().join("a")).unwrap();
    fs::create_dir(folder.path().join("a (1)")).unwrap();
    assert_eq!(keep(&folder, "a", b"x"), "a (2)");
    assert!(!outside.exists());
    fs::write(&outside, b"x").unwrap();
    assert_eq!(keep(&folder, "a", b"x"), "a (2)");
    assert!(fs::symlink_metadata(folder.path().join("a")).unwrap().is_symlink());
}

#[test]
fn what_is_not_kept_is_gone() {
    let (_dir, folder) = folder(FolderLimits::NONE);
    let mut part = folder.begin(3).unwrap();
    part.write(b"x").unwrap();
    assert_eq!(names(&folder).len(), 1);
    drop(part);
    assert_eq!(names(&folder), [""; 0]);
}

#[test]
fn a_stale_part_is_removed_at_the_start_but_not_one_that_is_written() {
    let (_dir, folder) = folder(FolderLimits::NONE);
    fs::write(folder.path().join(".part-0123"), b"left behind").unwrap();
    let _part = folder.begin(1).unwrap();
    assert_eq!(names(&folder).len(), 2);
    let _second = Folder::open(folder.path(), FolderLimits::NONE).unwrap();
    assert_eq!(names(&folder).len(), 1);
}

#[test]
fn the_quota_counts_what_is_there_and_what_is_coming() {
    let (_dir, folder) = folder(FolderLimits { max_file_bytes: 6, quota_bytes: 10 });
    assert!(matches!(folder.begin(7), Err(FolderError::TooLarge(ByteSize(6)))));
    assert_eq!(keep(&folder, "a", b"1234"), "a");
    let coming = folder.begin(6).unwrap();
    assert!(matches!(folder.begin(1), Err(FolderError::Full(ByteSize(10)))));
    drop(coming);
    assert_eq!(keep(&folder, "a", b"1234"), "a");
    assert_eq!(keep(&folder, "b", b"123456"), "b");
    assert!(folder.begin(1).is_err());
    fs::remove_file(folder.path().join("b")).unwrap();
    assert!(folder.begin(6).is_ok());
}

#[test]
fn only_a_regular_file_is_sent() {
    let (_dir, folder) = folder(FolderLimits::NONE);
    keep(&folder, "a", b"1234");
    fs::create_dir(folder.path().join("dir")).unwrap();
    let open = |name: &str| folder.open_file(&FileName::parse(name).unwrap());
    assert_eq!(open("a").unwrap().1, 4);
    assert!(matches!(open("b"), Err(FolderError::NotFound)));
    assert!(matches!(open("dir"), Err(FolderError::NotAFile)));
    let list = folder.list().unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!(list[0].1, ByteSize(4));
}
