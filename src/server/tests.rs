//! What concerns more than one file of the server: a panic in a session, as an unknown defect
//! would cause it, and the limits that the page of the protocol lists.

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::config::Config;
use super::console::Console;
use super::presence::Person;
use super::shared::Shared;
use super::{connections, session, store};
use crate::folder::MAX_NAMESAKES;
use crate::name::{RoomName, UserName};
use crate::options::Given;
use crate::outbox::Outbox;
use crate::transfer::{self, ANSWER_TIMEOUT};

/// Opens what sessions share, in a folder that goes with the test.
pub(super) fn shared(folder: &tempfile::TempDir) -> Shared {
    let mut config = Config::from_given(&Given::default()).unwrap();
    (config.files, config.state) = (folder.path().join("files"), folder.path().join("state"));
    config.password_rounds = NonZeroU32::MIN;
    Shared::open(&config, Console::start(|_| {}).unwrap(), 1024).unwrap()
}

/// A connection: its outbox on the server, and what its person reads.
pub(super) fn connection(shared: &Shared) -> (Arc<Outbox>, BufReader<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let (stream, _) = listener.accept().unwrap();
    let outbox = Outbox::new(stream, Arc::clone(&shared.couriers)).unwrap();
    (outbox, BufReader::new(client))
}

#[test]
fn a_panic_ends_one_session_like_a_lost_connection() {
    let folder = tempfile::tempdir().unwrap();
    let shared = &shared(&folder);
    let room = RoomName::parse("lobby").unwrap();
    let member = |name: &str, session, outbox: &Arc<Outbox>| {
        let user = UserName::parse(name).unwrap();
        Person::new(session, user, true, outbox)
    };
    let (outbox, mut alice) = connection(shared);
    let in_room = shared.rooms.create(&room, None, member("alice", 1, &outbox), "").unwrap();

    let (outbox, mut bob) = connection(shared);
    let panicked = thread::scope(|scope| {
        // All that a session holds is on its thread's stack.
        let session = scope.spawn(|| {
            let outbox = outbox;
            let _admission = shared.connections.admit(&outbox).unwrap();
            let bob = member("bob", 2, &outbox);
            let _signed_in = shared.presence.sign_in(bob.clone()).ok().unwrap();
            let room = shared.rooms.find(&room).unwrap();
            let _in_room = room.enter(bob, "").unwrap();
            panic!("on purpose");
        });
        session.join().is_err()
    });
    assert!(panicked);

    let mut line = String::new();
    while line != "User bob has left the room\n" {
        line.clear();
        assert!(alice.read_line(&mut line).unwrap() > 0, "alice was not told");
    }
    let mut rest = String::new();
    bob.read_to_string(&mut rest).unwrap();
    assert!(!rest.contains("$bye"), "the end was announced, as if it were in good order");
    // No lock is poisoned, the name and the place are free, and the room goes on.
    assert!(shared.presence.list().is_empty());
    assert_eq!(in_room.room.size(), 1);
    shared.connections.close_all();
    assert!(in_room.broadcast(b" alice: hello?\n").is_ok());
    alice.read_line(&mut line).unwrap();
    assert!(line.ends_with(" alice: hello?\n"), "{line}");
}

/// The second cell of the row of section 9 of the protocol's page that begins like this.
fn limit(row: &str) -> &'static str {
    let page = include_str!("../protocol.md");
    let (_, section) = page.split_once("\n## 9.").unwrap();
    let found = section.lines().find(|line| line.starts_with(&format!("| {row}")));
    found.unwrap_or_else(|| panic!("no row {row}")).split(" | ").nth(1).unwrap()
}

#[test]
fn the_page_has_the_limits_that_are_here() {
    let minutes = session::SIGN_IN_TIMEOUT.as_secs() / 60;
    assert_eq!(limit("signing in"), format!("{minutes} minutes"));
    assert_eq!(limit("wrong passwords of"), session::MAX_WRONG_PASSWORDS.to_string());
    assert_eq!(limit("wrong passwords for a room"), session::MAX_WRONG_PASSWORDS.to_string());
    assert_eq!(connections::NEWCOMERS_SHARE, 4, "a quarter");
    let least = format!("at least {}", connections::MIN_NEWCOMERS);
    assert!(limit("connections not signed in").ends_with(&least));
    let silence = session::SILENCE_TIMEOUT.as_secs();
    assert_eq!(limit("a program's silence"), format!("{silence} s"));
    assert_eq!(limit("rooms"), store::MAX_ROOMS.to_string());
    assert_eq!(limit("files that wait"), transfer::MAX_WAITING_FILES.to_string());
    assert_eq!(limit("numbered names"), MAX_NAMESAKES.to_string());
    assert_eq!(limit("an unanswered offer"), format!("{} s", ANSWER_TIMEOUT.as_secs()));
}
