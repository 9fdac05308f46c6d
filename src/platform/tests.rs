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
fn the_limit_of_open_files_is_known_here() {
    assert!(max_open_files().is_none_or(|limit| limit >= 64));
}
