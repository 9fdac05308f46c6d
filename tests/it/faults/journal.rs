//! What must outlive the server, while the disk or a person does it harm: a full disk, a failing
//! one, a damaged journal, two servers on one. (What the journal makes of each single fault is
//! tested beside it, in `src/server/journal`; here the real server has the fault, and people read
//! what it says.)

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::faults::{
    Process, SmallDisk, failing, has_tool, observed, skipped, trace_of, traced,
};
use crate::support::tree::tree;
use crate::support::{Bystanders, PASSWORD, Person, Program, Seat, Server, ask, folder};

#[test]
fn a_record_is_synced_to_the_disk_before_it_is_acknowledged() {
    if !has_tool("strace") {
        return skipped("there is no strace");
    }
    let folder = folder();
    let mut command = traced("trace=pwrite64,fdatasync,sendto", &Server::command(folder.path()));
    let server = Server::run(&mut command, folder);
    let mut lucas = server.sign_up("lucas");
    lucas.create("Room1");
    lucas.leave("Room1");
    lucas.removes("Room1");
    let (_, folder) = server.quits();

    let calls = trace_of(folder.path(), "Room Room1 Removed");
    for (record, acknowledgement) in [
        ("user pbkdf2", "New User Added"),
        ("room open Room1", "New Room Added"),
        ("removed Room1", "Room Room1 Removed"),
    ] {
        let at = |what: &str, after: usize| {
            let found = calls[after..].iter().position(|call| call.contains(what));
            after + found.unwrap_or_else(|| panic!("no {what} in {calls:#?}"))
        };
        let written = at(record, 0);
        assert!(calls[written].contains("pwrite64"), "{}", calls[written]);
        let synced = calls[written..]
            .iter()
            .position(|call| call.contains("fdatasync") && call.ends_with("= 0"));
        let synced =
            written + synced.unwrap_or_else(|| panic!("{record} is not synced: {calls:#?}"));
        let told = at(acknowledgement, written);
        assert!(synced < told, "told before it was synced: {:#?}", &calls[written..=told]);
    }
}

#[test]
fn after_a_failed_sync_changes_are_refused_until_a_restart() {
    let folder = folder();
    let server = Server::run(&mut observed(&Server::command(folder.path())), folder);
    let mut others = Bystanders::alone(&server);
    let process = Process::in_folder(server.folder());
    let Some(failing_disk) = failing("fdatasync", "EIO", &process) else { return };
    let nobody = |name: &str| {
        let mut peer = server.newcomer(name);
        peer.tries_to_register(name);
        let told = peer.next_line();
        assert!(told.contains("could not be saved"), "{told}");
        peer.is_asked(ask::NEW_USER);
    };
    nobody("lucas");
    drop(failing_disk);
    nobody("lucas");
    nobody("skira");
    others.talk();

    let server = Server::in_folder(server.dies(), &[]);
    server.returning("carol");
    // Nothing of those two is there.
    for name in ["lucas", "skira"] {
        server.sign_up(name);
    }
}

#[test]
fn on_a_full_disk_nothing_is_half_created_or_half_removed() {
    let Some(disk) = SmallDisk::mount(64) else { return };
    let journal = disk.path().join("chatroom.db");
    let options = ["--state", journal.to_str().unwrap()];
    let server = Server::with(&options);
    let mut others = Bystanders::alone(&server);
    let mut lucas = server.sign_up("lucas");
    lucas.create("Room1");
    lucas.leave("Room1");
    let ballast = disk.fill();

    // What is left of the journal's last page takes a few.
    let mut registered = Vec::new();
    let refused = loop {
        let name = format!("user{}", registered.len());
        let mut peer = server.newcomer(&name);
        peer.tries_to_register(&name);
        match peer.next_line().as_str() {
            "New User Added...Going to Login" => registered.push(name),
            line => break (name, line.to_owned()),
        }
    };
    let (nobody, told) = refused;
    assert!(told.contains("could not be saved"), "{told}");
    let mut rooms = vec!["quiet".to_owned()];
    loop {
        let name = format!("{} {}", "x".repeat(29), rooms.len());
        lucas.types("1");
        lucas.reads_up_to(ask::NEW_ROOM);
        lucas.types(&name);
        lucas.is_asked(ask::LOCK);
        lucas.types("n");
        assert!(lucas.next_line().starts_with("$at "));
        let told = lucas.next_line();
        if told != "New Room Added... Entering" {
            assert!(told.contains("could not be saved"), "{told}");
            break;
        }
        lucas.types("@");
        lucas.sees_eventually(&format!("You left the room {name}"));
        rooms.push(name);
    }
    lucas.reads_up_to(ask::MENU);
    // A shorter record may still fit; as often as not this one does, and then it is gone.
    lucas.types("2");
    lucas.reads_up_to(ask::DELETE);
    lucas.types("Room1");
    lucas.sees("$at menu");
    let told = lucas.next_line();
    if told != "Room Room1 Removed" {
        assert!(told.contains("could not be saved"), "{told}");
        rooms.insert(1, "Room1".to_owned());
    }
    lucas.reads_up_to(ask::MENU);
    others.talk();

    fs::remove_file(ballast).unwrap();
    server.sign_up(&nobody);
    let folder = server.dies();
    let server = Server::in_folder(folder, &options);
    for name in registered.iter().chain([&nobody]) {
        server.returning(name);
    }
    rooms.iter_mut().for_each(|room| room.push_str(" Users: 0"));
    assert_eq!(server.sign_up("checker").lists_rooms(), rooms);
}

#[test]
fn a_damaged_journal_is_named_with_its_line_and_not_touched() {
    let server = Server::start();
    server.sign_up("lucas").create("Room1");
    let (_, folder) = server.quits();
    let path = folder.path().join("chatroom.db");
    let sound = fs::read_to_string(&path).unwrap();
    fs::write(&path, sound.replacen("lucas", "lucaz", 1)).unwrap();
    let before = tree(folder.path());

    let (code, shown, err) = Program::start(&mut Server::command(folder.path())).outcome();
    assert_eq!((code, shown.len(), err.len()), (1, 0, 1), "{shown:?} {err:?}");
    for word in ["chatroom.db", "line 2"] {
        assert!(err[0].contains(word), "{word}: {err:?}");
    }
    assert_eq!(tree(folder.path()), before);
    fs::write(&path, sound).unwrap();
    Server::in_folder(folder, &[]).returning("lucas");
}

#[test]
fn a_last_record_that_was_torn_is_dropped_with_a_warning() {
    let server = Server::start();
    server.sign_up("lucas");
    server.sign_up("skira");
    let (_, folder) = server.quits();
    let path = folder.path().join("chatroom.db");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let server = Server::in_folder(folder, &[]);
    server.returning("lucas");
    server.log_with("WARN");
    // Nobody was told of it, so the name is free.
    server.sign_up("skira");
}

#[test]
fn the_journal_can_be_read_by_its_owner_alone() {
    let server = Server::start();
    server.sign_up("lucas");
    let mode =
        || fs::metadata(server.folder().join("chatroom.db")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
}

#[test]
fn a_second_server_on_one_journal_ends() {
    let server = Server::start();
    let mut lucas = server.sign_up("lucas");
    let mut second = Server::command(server.folder());
    let (code, shown, err) = Program::start(second.args(["--log", "second.log"])).outcome();
    assert_eq!((code, shown.len(), err.len()), (1, 0, 1), "{shown:?} {err:?}");
    assert!(err[0].contains("chatroom.db"), "{err:?}");
    lucas.create("Room1");
}

impl Person {
    #[track_caller]
    fn tries_to_register(&mut self, name: &str) {
        self.types(name);
        self.is_asked(ask::NEW_PASSWORD);
        self.types(PASSWORD);
        self.is_asked(ask::REPEAT_PASSWORD);
        self.types(PASSWORD);
    }

    #[track_caller]
    fn removes(&mut self, room: &str) {
        self.types("2");
        self.reads_up_to(ask::DELETE);
        self.types(room);
        self.sees_menu(Some(&format!("Room {room} Removed")));
    }
}
