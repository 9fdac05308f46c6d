//! Logs, of the server and of the client, when they have grown or can't be written: the chat never
//! waits for them.

use std::fs;
use std::time::Duration;

use crate::client::files::enters;
use crate::support::{Bystanders, Client, Seat, Server, folder};

/// A log of this size is moved aside.
const LARGEST: u64 = 64 << 20;

#[test]
fn a_log_that_can_not_be_written_never_stops_the_chat() {
    let server = Server::with(&["--log", "/dev/full"]);
    let mut others = Bystanders::alone(&server);
    // This takes much longer than lines wait before they are written.
    for _ in 0..100 {
        others.talk();
        // So that this takes longer than a line may wait for the log.
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_log_of_64_mib_is_moved_aside() {
    let folder = folder();
    let large = fs::File::create(folder.path().join("server.log")).unwrap();
    large.set_len(LARGEST).unwrap();
    let server = Server::in_folder(folder, &[]);
    server.sign_up("lucas");
    server.log_with("lucas");
    assert!(server.log().len() < 10_000);
    assert_eq!(fs::metadata(server.folder().join("server.log.1")).unwrap().len(), LARGEST);
}

#[test]
fn a_client_log_that_can_not_be_written_stops_no_chat() {
    let server = Server::start();
    let folder = folder();
    let mut command = Client::command(folder.path(), &server.address().to_string());
    let mut lucas = enters(Client::run(command.args(["--log", "/dev/full"]), folder), "lucas");
    for number in 0..100 {
        lucas.types(&format!("word {number}"));
        lucas.sees(&format!(" lucas: word {number}"));
        // So that this takes longer than a line may wait for the log.
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_log_of_the_client_of_64_mib_is_moved_aside() {
    let server = Server::start();
    let folder = folder();
    fs::File::create(folder.path().join("client.log")).unwrap().set_len(LARGEST).unwrap();
    let mut command = Client::command(folder.path(), &server.address().to_string());
    let mut lucas = enters(Client::run(command.args(["--log", "client.log"]), folder), "lucas");
    lucas.types("@");
    lucas.sees_menu(Some("You left the room Room1"));
    lucas.types("5");
    assert_eq!(lucas.program.exit_code(), 0);
    assert!(lucas.log().contains("Goodbye") && lucas.log().len() < 20_000);
    assert_eq!(fs::metadata(lucas.folder().join("client.log.1")).unwrap().len(), LARGEST);
}
