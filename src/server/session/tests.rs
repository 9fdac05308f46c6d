//! A defect that nobody knows of, forced.

use super::*;
use crate::server::config::Config;
use crate::server::connections;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

/// A line that makes a session panic, in this build only: what every defect that we don't know of would do.
pub const PANIC: &str = "$panic, as if this were a defect";

struct Person(BufReader<TcpStream>);

impl Person {
    /// Signs somebody up and goes to the room, with all of it in one write.
    fn in_room(address: SocketAddr, name: &str, room: &str) -> Person {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        write!(stream, "{name}\n1\n1\n{name}\n1\n{room}\n").unwrap();
        let mut person = Person(BufReader::new(stream));
        person.sees(">> Press ! to send Files");
        person
    }

    fn types(&mut self, line: &str) {
        writeln!(self.0.get_mut(), "{line}").unwrap();
    }

    fn sees(&mut self, awaited: &str) {
        let mut line = String::new();
        while line.trim() != awaited {
            line.clear();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the end came before {awaited:?}");
        }
    }
}

#[test]
fn a_panic_ends_one_session_like_a_lost_connection() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    (config.files, config.state) = (dir.path().join("files"), dir.path().join("state"));
    config.password_rounds = std::num::NonZeroU32::MIN;
    let shared = Arc::new(Shared::open(&config).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let accepting = Arc::clone(&shared);
    thread::spawn(move || connections::accept(&listener, &accepting));

    let mut alice = Person::in_room(address, "alice", "1\nlobby\nn");
    let mut bob = Person::in_room(address, "bob", "3\nlobby");
    bob.types(PANIC);
    alice.sees("User bob has left the room");
    let mut rest = String::new();
    bob.0.read_to_string(&mut rest).unwrap();
    assert!(!rest.contains("$bye"), "the end was announced, as if it were in good order");

    // No lock is poisoned, the name is free, and the room goes on.
    alice.types("hello?");
    alice.sees("alice: hello?");
    let mut again = TcpStream::connect(address).unwrap();
    again.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    again.write_all(b"bob\ny\nbob\n1\n3\nlobby\nback\n").unwrap();
    let mut bob = Person(BufReader::new(again));
    bob.sees("bob: back");
    alice.sees("bob: back");
    assert_eq!(shared.rooms.list()[0].size(), 2);
}
