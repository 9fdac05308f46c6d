use super::*;
use crate::name::FileName;
use crate::size::ByteSize;

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

fn put(folder: &Folder, name: &str) {
    fs::write(folder.path().join(name), name).unwrap();
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
fn content_is_compared_to_its_last_byte() {
    let (_dir, folder) = folder(FolderLimits::NONE);
    for size in [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000] {
        let content = vec![7; size];
        let name = format!("{size}");
        assert_eq!(keep(&folder, &name, &content), name);
        assert_eq!(keep(&folder, &name, &content), name);
        let mut number = 0;
        for at in [0, size / 2, size.saturating_sub(65_537), size.saturating_sub(1)] {
            let mut other = content.clone();
            let Some(byte) = other.get_mut(at) else { continue };
            *byte = 100 + number as u8;
            number += 1;
            assert_eq!(keep(&folder, &name, &other), format!("{size} ({number})"), "at {at}");
        }
    }
}

/// Of 99 namesakes that differ at their end, one block each is read and not all of them.
#[test]
#[cfg(target_os = "linux")]
fn what_differs_at_the_end_is_compared_there_first() {
    let read_bytes = || {
        let io = fs::read_to_string("/proc/thread-self/io").unwrap();
        let line = io.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap();
        line.parse::<u64>().unwrap()
    };
    let (_dir, folder) = folder(FolderLimits::NONE);
    let mut content = vec![7; 1 << 20];
    keep(&folder, "a", &content);
    content[(1 << 20) - 1] = 8;
    let before = read_bytes();
    assert_eq!(keep(&folder, "a", &content), "a (1)");
    let read = read_bytes() - before;
    assert!(read < 200_000, "{read} bytes were read");
}

#[test]
fn a_hundredth_namesake_is_refused() {
    let (_dir, folder) = folder(FolderLimits::NONE);
    for number in 0..100u8 {
        keep(&folder, "a", &[number]);
    }
    let mut part = folder.begin(1).unwrap();
    part.write(&[100]).unwrap();
    let refused = part.keep(&FileName::parse("a").unwrap());
    assert!(matches!(refused, Err(FolderError::TooManyNamesakes)), "{refused:?}");
    assert_eq!(names(&folder).len(), 100);
}

#[test]
#[cfg(unix)]
fn a_file_that_is_there_already_leaves_no_second_copy() {
    use std::os::unix::fs::MetadataExt;
    let (_dir, folder) = folder(FolderLimits::NONE);
    keep(&folder, "a", b"one");
    let mut part = folder.begin(3).unwrap();
    part.write(b"one").unwrap();
    let kept = part.keep(&FileName::parse("a").unwrap()).unwrap();
    assert_eq!(kept.file.metadata().unwrap().nlink(), 1, "what is handed on has a name");
}

#[test]
#[cfg(unix)]
fn a_planted_link_is_neither_followed_nor_replaced() {
    use std::os::unix::fs::symlink;
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
    put(&folder, ".part-0123");
    let _part = folder.begin(1).unwrap();
    assert_eq!(names(&folder).len(), 2);
    let _second = Folder::open(folder.path(), FolderLimits::NONE).unwrap();
    assert_eq!(names(&folder).len(), 1);
}

#[test]
fn the_quota_counts_what_is_there_and_what_has_come() {
    let (_dir, folder) = folder(FolderLimits { max_file_bytes: 6, quota_bytes: 10 });
    let is_full = |error| matches!(error, FolderError::Full(ByteSize(10)));
    assert!(matches!(folder.begin(7), Err(FolderError::TooLarge(ByteSize(6)))));
    assert_eq!(keep(&folder, "a", b"1234"), "a");
    let mut coming = folder.begin(6).unwrap();
    let mut late = folder.begin(6).expect("nothing has come yet");
    coming.write(b"12345").unwrap();
    assert!(is_full(folder.begin(2).unwrap_err()));
    late.write(b"1").unwrap();
    assert!(is_full(late.write(b"2").unwrap_err()));
    drop((coming, late));
    assert_eq!(keep(&folder, "a", b"1234"), "a");
    assert_eq!(keep(&folder, "b", b"123456"), "b");
    assert!(is_full(folder.begin(1).unwrap_err()));
}

#[test]
fn a_full_folder_is_counted_again_at_most_once_a_second() {
    let (_dir, folder) = folder(FolderLimits { max_file_bytes: 10, quota_bytes: 10 });
    put(&folder, "0123456789");
    let path = folder.path();
    let limits = FolderLimits { max_file_bytes: 10, quota_bytes: 10 };
    let folder = Arc::new(Folder::open(path, limits).unwrap());
    assert!(folder.begin(1).is_err(), "this one has counted");
    fs::remove_file(path.join("0123456789")).unwrap();
    assert!(folder.begin(1).is_err(), "it is too early to count again");
    folder.forget_the_last_count();
    assert!(folder.begin(10).is_ok());
}

#[test]
fn only_a_regular_file_is_sent() {
    let (_dir, folder) = folder(FolderLimits::NONE);
    keep(&folder, "a", b"1234");
    fs::create_dir(folder.path().join("dir")).unwrap();
    put(&folder, ".hidden");
    assert_eq!(folder.find("a").unwrap().size, 4);
    assert!(matches!(folder.find("b"), Err(FolderError::NotFound)));
    assert!(matches!(folder.find("dir"), Err(FolderError::NotAFile)));
    for typed in ["", ".", "..", ".hidden", "../here/a", "CON"] {
        assert!(matches!(folder.find(typed), Err(FolderError::NotFound)), "{typed:?}");
    }
    let list = folder.list().unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!((list[0].size, list[0].is_renamed), (ByteSize(4), false));
}

#[test]
fn accents_may_be_composed_in_another_way() {
    let (_dir, folder) = folder(FolderLimits::NONE);
    let found = |typed: &str| folder.find(typed).map(|source| source.name.to_string());
    let (composed, apart) =
        ("ma\u{E7}\u{E3} \u{1EC7}.txt", "mac\u{327}a\u{303} \u{EA}\u{323}.txt");
    put(&folder, apart);
    assert_eq!(found(composed).unwrap(), apart);
    assert!(found("maca e.txt").is_err(), "an accent is not left out");
    // If both are there, each is found by its own name.
    put(&folder, composed);
    assert_eq!(found(composed).unwrap(), composed);
    assert_eq!(found(apart).unwrap(), apart);
    assert!(matches!(found("ma\u{E7}a\u{303} \u{1EC7}.txt"), Err(FolderError::Ambiguous)));
    put(&folder, "\u{E9}");
    assert!(found("\u{E8}").is_err(), "another accent is another letter");
    put(&folder, "\u{1112}\u{1161}\u{11AB}");
    assert_eq!(found("\u{D55C}").unwrap(), "\u{1112}\u{1161}\u{11AB}");
}

#[test]
#[cfg(unix)]
fn a_name_that_cannot_be_sent_is_listed_as_it_would_be_sent() {
    let (_dir, folder) = folder(FolderLimits::NONE);
    let long = "漢".repeat(70);
    put(&folder, "Aula 1: TCP?.pdf");
    put(&folder, &long);
    let listed: Vec<_> = folder.list().unwrap().into_iter().collect();
    let names: Vec<_> = listed.iter().map(|file| file.name.to_string()).collect();
    assert_eq!(names, ["Aula 1_ TCP_.pdf", &"漢".repeat(66)]);
    assert!(listed.iter().all(|file| file.is_renamed && file.path.exists()));
    for typed in ["Aula 1: TCP?.pdf", "Aula 1_ TCP_.pdf"] {
        let source = folder.find(typed).unwrap();
        assert_eq!((source.name.as_str(), source.is_renamed), ("Aula 1_ TCP_.pdf", true));
    }
    put(&folder, "Aula 1* TCP?.pdf");
    assert!(matches!(folder.find("Aula 1_ TCP_.pdf"), Err(FolderError::Ambiguous)));
    assert_eq!(folder.find("Aula 1: TCP?.pdf").unwrap().size, 16);
}

#[test]
fn the_owner_reads_where_and_the_other_side_only_why() {
    let (_dir, folder) = folder(FolderLimits::NONE);
    fs::remove_dir(folder.path()).unwrap();
    fs::write(folder.path(), "in the way").unwrap();
    let error = folder.begin(1).unwrap_err();
    let why = error.to_string();
    assert!(!why.is_empty() && !why.contains("here"), "{why}");
    assert_eq!(error.for_owner(), format!("{}: {why}", folder.path().display()));
}
