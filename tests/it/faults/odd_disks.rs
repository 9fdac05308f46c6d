//! Disks that cannot lock, link or sync a folder (network shares, USB sticks): the chat room goes
//! on without, and says once what is missing. A disk that fails stays a failure, and then no file
//! is there that nobody has.

use std::fs;
use std::time::{Duration, Instant};

use crate::client::files::{enters, local, script_client};
use crate::support::content::content;
use crate::support::odd_disk::on_odd_disk;
use crate::support::tree::names;
use crate::support::{Client, Program, Seat, Server, folder};

const EIO: &str = "5";
const EINVAL: &str = "22";
const ENOTSUP: &str = "95";
const NO_FOLDER_SYNC: &str =
    "this disk cannot sync folders: after a power cut the newest file may be missing";

/// A server on such a disk. `None`, and said so: this machine cannot do it.
fn server_on(odd: &str) -> Option<Server> {
    let folder = folder();
    let mut command = on_odd_disk(Server::command(folder.path()), odd)?;
    Some(Server::run(&mut command, folder))
}

/// A client on such a disk, in `Room1`.
fn client_on(server: &Server, name: &str, odd: &str) -> Option<Client> {
    let folder = folder();
    let mut command = on_odd_disk(script_client(server, folder.path(), name), odd)?;
    Some(enters(Client::run(&mut command, folder), name))
}

/// Two in a room pass a file, another of that name, and the first once more. Returns the log.
fn pass_files(server: Server) -> String {
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    for content in ["one", "two", "one"] {
        lucas.uploads("a.txt", content.as_bytes());
        skira.sees("::: lucas sent a.txt (3 B)");
        skira.receives("a.txt", content.as_bytes());
        lucas.sees(" ...File Sent... a.txt received by 1 of 1");
    }
    assert_eq!(names(&server.folder().join("ServerFiles")), ["a (1).txt", "a.txt"]);
    assert_eq!(fs::read(server.stored("a.txt")).unwrap(), b"one");
    assert_eq!(fs::read(server.stored("a (1).txt")).unwrap(), b"two");
    let (_, folder) = server.quits();
    fs::read_to_string(folder.path().join("server.log")).unwrap()
}

/// The bug: the file was there, and its sender read that it was not taken.
#[test]
fn a_disk_that_cannot_sync_folders_takes_files() {
    for error in [EINVAL, ENOTSUP] {
        let Some(server) = server_on(&format!("sync-folder={error}")) else { return };
        let log = pass_files(server);
        let files = format!("ServerFiles: {NO_FOLDER_SYNC}");
        assert_eq!(log.matches(&files).count(), 1, "{log}");
        assert_eq!(log.matches(NO_FOLDER_SYNC).count(), 2, "once for the journal's folder");
    }
}

#[test]
fn a_disk_that_cannot_sync_files_takes_files() {
    let Some(server) = server_on(&format!("sync-file={ENOTSUP}")) else { return };
    let log = pass_files(server);
    assert_eq!(log.matches("ServerFiles: this disk cannot sync files").count(), 1);
}

/// The bug: the server did not start, and nothing could be received.
#[test]
fn a_disk_without_locks_takes_files() {
    // ENOLCK, EOPNOTSUPP.
    for error in ["37", "95"] {
        let Some(server) = server_on(&format!("lock={error}")) else { return };
        let log = pass_files(server);
        assert_eq!(log.matches("ServerFiles: this disk has no locks").count(), 1);
        assert_eq!(log.matches("chatroom.db: this disk has no locks").count(), 1);
    }
}

/// The bug: files were refused.
#[test]
fn a_disk_without_hard_links_takes_files() {
    // EPERM, EXDEV, EMLINK, EOPNOTSUPP.
    for error in ["1", "18", "31", "95"] {
        let Some(server) = server_on(&format!("link={error}")) else { return };
        let log = pass_files(server);
        assert_eq!(log.matches("ServerFiles: this disk has no hard links").count(), 1);
    }
}

#[test]
fn a_client_on_a_disk_that_can_nothing_receives_files() {
    let server = Server::start();
    let odd = format!("sync-folder={EINVAL} sync-file={ENOTSUP} lock=37 link=1");
    let Some(skira) = client_on(&server, "skira", &odd) else { return };
    let mut lucas = server.sign_up("lucas");
    lucas.enter("Room1");
    lucas.uploads("hi.txt", b"hello");
    lucas.sees(" ...File Sent... hi.txt received by 1 of 1");
    assert_eq!(fs::read(local(&skira, "hi.txt")).unwrap(), b"hello");
}

/// A failure after the file got its name: it must not stay there if its sender reads that it is
/// not.
#[test]
fn a_folder_that_fails_to_sync_refuses_the_file_and_has_none() {
    let server = Server::start();
    let Some(mut skira) = client_on(&server, "skira", &format!("sync-folder={EIO}")) else {
        return;
    };
    let mut lucas = server.sign_up("lucas");
    lucas.enter("Room1");
    skira.sees("::: lucas Entered the Room");
    lucas.uploads("hi.txt", b"hello");
    lucas.sees(" ...File Sent... hi.txt received by 0 of 1 (skira: input/output error)");
    skira.sees("::: lucas sent hi.txt (5 B)");
    let told = skira.next_line();
    assert!(told.contains("LocalFiles") && told.contains("input/output error"), "{told}");
    assert_eq!(names(&local(&skira, "")), [""; 0]);
}

#[test]
fn a_server_whose_folder_fails_to_sync_does_not_start() {
    let folder = folder();
    let command = Server::command(folder.path());
    let Some(mut command) = on_odd_disk(command, &format!("sync-folder={EIO}")) else { return };
    let (code, shown, err) = Program::start(&mut command).outcome();
    assert_eq!((code, shown.len(), err.len()), (1, 0, 1), "{shown:?} {err:?}");
    assert!(err[0].contains("chatroom.db"), "{err:?}");
}

#[test]
fn a_file_whose_sync_fails_is_refused_and_not_there() {
    let server = Server::start();
    let mut lucas = server.sign_up("lucas");
    lucas.create("Room1");
    for (error, reason) in [(EIO, "input/output error"), ("28", "disk full"), ("122", "quota")] {
        let name = format!("skira{error}");
        let odd = format!("sync-file={error}");
        let Some(skira) = client_on(&server, &name, &odd) else { return };
        lucas.sees(&format!("::: {name} Entered the Room"));
        lucas.uploads("hi.txt", b"hello");
        let receipt = lucas.next_line();
        assert!(receipt.contains("received by 0 of 1") && receipt.contains(reason), "{receipt}");
        assert_eq!(names(&local(&skira, "")), [""; 0]);
        drop(skira);
        lucas.sees(&format!("User {name} has left the room"));
    }
}

/// The first sync, of 32 MiB, fails while the file still comes, and no later one tells of it.
#[test]
fn an_error_while_a_file_comes_is_not_lost() {
    let server = Server::start();
    let mut lucas = server.sign_up("lucas");
    lucas.create("Room1");
    // It is looked at before the next sync, or else at the end.
    for mib in [40, 100] {
        let name = format!("skira{mib}");
        let odd = format!("first-file={EIO}");
        let Some(skira) = client_on(&server, &name, &odd) else { return };
        lucas.sees(&format!("::: {name} Entered the Room"));
        lucas.uploads("large", &content(mib << 20));
        let receipt = lucas.next_line();
        assert!(receipt.ends_with(&format!("0 of 1 ({name}: input/output error)")), "{receipt}");
        assert_eq!(names(&local(&skira, "")), [""; 0]);
        drop(skira);
        lucas.sees(&format!("User {name} has left the room"));
    }
}

/// Each sync takes 45 s, and the sender waits 60 s for the answer.
#[test]
#[ignore = "takes 45 s"]
fn a_disk_that_takes_45_s_for_a_sync_does_not_lose_the_sender() {
    let server = Server::start();
    let Some(skira) = client_on(&server, "skira", "slow-file=45") else { return };
    let mut lucas = server.sign_up("lucas");
    lucas.enter("Room1");
    let begun = Instant::now();
    lucas.uploads("large", &content(40 << 20));
    lucas.has_patience(Duration::from_secs(60));
    lucas.sees(" ...large received by 0 of 1, waiting for skira");
    lucas.sees(" ...File Sent... large received by 1 of 1");
    assert!(begun.elapsed().as_secs() >= 35, "the disk was slow");
    assert_eq!(fs::read(local(&skira, "large")).unwrap().len(), 40 << 20);
}
