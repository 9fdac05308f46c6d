//! The `client` as the sender of a file, against a pretended server: so that what the file, the
//! server or the person does while it is on its way can be done at just that moment.

use std::fs;
use std::time::Duration;

use crate::client::files::{local, with_files};
use crate::support::content::{BLOCK, content, sha256};
use crate::support::{Client, FakeServer, Person, Seat, ask};

/// More than the kernel takes for a server that does not read, so that the client is still
/// sending.
const LARGE: usize = 16 << 20;

#[test]
fn talk_goes_on_while_a_file_is_sent() {
    let (mut client, mut server) = sending("large", LARGE);
    client.types("is it there yet?");
    server.sends(" skira: not yet");
    client.sees(" skira: not yet");
    let received = server.reads_rest_of_file(&content(LARGE)[..BLOCK]);
    assert_eq!(received.lines, ["is it there yet?"]);
    assert_eq!(received.digest, sha256(&content(LARGE)));
}

#[test]
fn a_file_that_becomes_shorter_while_it_is_sent_is_given_up() {
    let (mut client, mut server) = sending("large", LARGE);
    truncate(&client, LARGE / 2);
    let (_, closing) = server.reads_up_to_cancel();
    assert!(closing.contains("shorter"), "{closing:?}");
    let shown = client.next_line();
    assert!(shown.contains("large"), "{shown}");
    // The session goes on, and the next file too.
    client.asks_to_send(&mut server);
    client.types("large");
    server.sees(&format!("$file {} large", LARGE / 2));
    server.sends("$ready");
    assert_eq!(server.reads_file().digest, sha256(&content(LARGE)[..LARGE / 2]));
}

#[test]
fn a_file_that_grows_is_sent_as_long_as_it_was_offered() {
    let (client, mut server) = sending("large", LARGE);
    let path = local(&client, "large");
    let mut longer = fs::OpenOptions::new().append(true).open(path).unwrap();
    std::io::Write::write_all(&mut longer, b"and more").unwrap();
    let received = server.reads_rest_of_file(&content(LARGE)[..BLOCK]);
    assert_eq!((received.size, received.digest), (LARGE as u64, sha256(&content(LARGE))));
}

#[test]
fn a_file_that_changes_has_the_digest_of_what_was_sent() {
    let (client, mut server) = sending("large", LARGE);
    let changed: Vec<u8> = content(LARGE).iter().map(|byte| !byte).collect();
    // Written over, not anew: for a moment it would be empty, which is another fault.
    let mut file = fs::OpenOptions::new().write(true).open(local(&client, "large")).unwrap();
    std::io::Write::write_all(&mut file, &changed).unwrap();
    // That it says the digest of what came is looked at while it is read.
    let received = server.reads_rest_of_file(&content(LARGE)[..BLOCK]);
    assert_ne!(
        received.digest,
        sha256(&content(LARGE)),
        "it has not changed in time, so this has shown nothing"
    );
}

#[test]
fn a_file_that_is_removed_while_it_is_sent_arrives_whole() {
    let (client, mut server) = sending("large", LARGE);
    fs::remove_file(local(&client, "large")).unwrap();
    let received = server.reads_rest_of_file(&content(LARGE)[..BLOCK]);
    assert_eq!(received.digest, sha256(&content(LARGE)));
}

#[test]
fn refused_under_way_the_client_cancels_and_says_why() {
    let (mut client, mut server) = sending("large", LARGE);
    server.sends("$refuse disk \u{1b}[2Jfull");
    server.reads_up_to_cancel();
    let shown = client.next_line();
    assert!(shown.contains("large") && shown.contains("disk [2Jfull"), "{shown:?}");
    client.types("what now?");
    server.sees("what now?");
}

#[test]
fn an_acknowledgement_of_another_content_is_no_success() {
    let (mut client, mut server) = sending("large", 2 * BLOCK);
    server.reads_rest_of_file(&content(2 * BLOCK)[..BLOCK]);
    server.acknowledges(&sha256(b"something else"));
    let shown = client.next_line();
    assert!(shown.contains("large") && shown.contains("not"), "{shown:?}");
}

#[test]
#[ignore = "takes a minute: an offer is awaited for 60 s"]
fn a_server_that_answers_no_offer_for_60_s_is_said_so() {
    let (mut client, mut server) = offering("large", LARGE);
    std::thread::sleep(Duration::from_secs(58));
    server.sends("it will be a minute in two seconds");
    client.sees("it will be a minute in two seconds");
    let shown = client.next_line();
    assert!(shown.contains("large") && shown.contains("does not answer"), "{shown}");
    server.sends("$ready");
    server.sees("$cancel too late");
    client.types("what now?");
    server.sees("what now?");
}

/// A client that has offered a file of this size, and its server.
#[track_caller]
fn offering(name: &str, size: usize) -> (Client, Person) {
    let folder = with_files(&[(name, &content(size))]);
    let server = FakeServer::start();
    let mut command = Client::command(folder.path(), &server.address().to_string());
    let mut client = Client::run(command.args(["--log", "client.log"]), folder);
    let mut server = server.welcomes();
    server.sends("$at room Room1");
    client.asks_to_send(&mut server);
    client.types(name);
    server.sees(&format!("$file {size} {name}"));
    (client, server)
}

/// The same, and the file is under way: the first block of it was read, and the rest waits to be.
#[track_caller]
fn sending(name: &str, size: usize) -> (Client, Person) {
    let (client, mut server) = offering(name, size);
    server.sends("$ready");
    server.sees("$data 65536");
    server.bytes(BLOCK);
    (client, server)
}

fn truncate(client: &Client, size: usize) {
    let file = fs::OpenOptions::new().write(true).open(local(client, "large")).unwrap();
    file.set_len(size as u64).unwrap();
}

impl Client {
    #[track_caller]
    fn asks_to_send(&mut self, server: &mut Person) {
        self.types("!");
        server.sees("!");
        server.sends("$ask file");
        server.sends(ask::FILE.text);
        self.is_asked(ask::FILE);
    }
}
