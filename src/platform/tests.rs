use super::*;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

#[test]
fn one_open_file_is_read_from_many_places() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"0123456789").unwrap();
    let mut bytes = [0; 3];
    for (offset, expected) in [(5, b"567"), (0, b"012"), (7, b"789")] {
        read_exact_at(&file, &mut bytes, offset).unwrap();
        assert_eq!(&bytes, expected);
    }
    let kind = read_exact_at(&file, &mut bytes, 8).unwrap_err().kind();
    assert_eq!(kind, io::ErrorKind::UnexpectedEof);
}

#[test]
fn a_read_whose_time_is_up_takes_no_bytes() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut peer, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let mut bytes = [0; 8];
    let mut reader = TimedReader(stream.try_clone().unwrap());
    let error = reader.read(&mut bytes).unwrap_err();
    assert!(is_timeout(&error), "{error:?}");
    peer.write_all(b"hello").unwrap();
    let mut got = Vec::new();
    while got.len() < 5 {
        match reader.read(&mut bytes) {
            Ok(count) => got.extend_from_slice(&bytes[..count]),
            Err(error) => assert!(is_timeout(&error), "{error:?}"),
        }
    }
    assert_eq!(got, b"hello");
    drop(peer);
    stream.set_read_timeout(None).unwrap();
    assert_eq!(reader.read(&mut bytes).unwrap(), 0);
}

#[test]
fn a_second_lock_on_a_file_is_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let (one, other) = (File::create(&path).unwrap(), File::open(&path).unwrap());
    assert_eq!(try_lock(&one).unwrap(), Lock::Ours);
    assert_eq!(try_lock(&other).unwrap(), Lock::Theirs);
    drop(one);
    assert_eq!(try_lock(&other).unwrap(), Lock::Ours);
}

#[test]
#[cfg(target_os = "linux")]
fn what_a_disk_cannot_do_is_no_failure_and_a_failure_stays_one() {
    let of = io::Error::from_raw_os_error;
    // EINVAL, ENOSYS, EOPNOTSUPP; then EPERM, EXDEV, EMLINK.
    for number in [22, 38, 95] {
        assert!(cannot(&of(number)) && has_no_links(&of(number)), "{number}");
        assert!(go_on_without(Err(of(number)), Path::new("a"), "it cannot").is_ok());
    }
    for number in [1, 18, 31] {
        assert!(has_no_links(&of(number)) && !cannot(&of(number)), "{number}");
    }
    // EIO, ENOSPC, EROFS, EDQUOT, EEXIST, ENOENT.
    for number in [5, 28, 30, 122, 17, 2] {
        assert!(!has_no_links(&of(number)) && !cannot(&of(number)), "{number}");
        assert!(go_on_without(Err(of(number)), Path::new("a"), "it cannot").is_err());
    }
}

#[test]
fn the_limit_of_open_files_is_known_here() {
    assert!(max_open_files().is_none_or(|limit| limit >= 64));
}
