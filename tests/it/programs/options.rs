//! The two programs as programs: options, exit codes, which files they make, and what stays
//! between two runs.

use std::net::TcpListener;
use std::process::Command;

use crate::support::{
    Client, FakeServer, PASSWORD, Program, Seat, Server, ask, eventually, folder,
};

#[test]
fn help_and_version_are_printed_and_that_is_all() {
    for program in [env!("CARGO_BIN_EXE_server"), env!("CARGO_BIN_EXE_client")] {
        for (option, word) in
            [("-h", "--log"), ("--help", "--log"), ("-V", version()), ("--version", version())]
        {
            let folder = folder();
            let mut command = Command::new(program);
            let run = Program::start(command.current_dir(folder.path()).arg(option));
            let (code, out, err) = run.outcome();
            assert_eq!((code, err.len()), (0, 0), "{option}: {err:?}");
            assert!(out.concat().contains(word), "{option}: {out:?}");
            let made = std::fs::read_dir(folder.path()).unwrap().count();
            assert_eq!(made, 0, "{option} has made files");
        }
    }
}

fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

#[test]
fn the_help_names_every_option() {
    let server = Program::start(Command::new(env!("CARGO_BIN_EXE_server")).arg("--help"));
    let (_, out, _) = server.outcome();
    for option in [
        "--bind",
        "--files",
        "--state",
        "--log",
        "--max-connections",
        "--max-file-size",
        "--password-rounds",
        "-h",
        "--help",
        "-V",
        "--version",
    ] {
        assert!(out.concat().contains(option), "{option} is not in {out:#?}");
    }
    let client = Program::start(Command::new(env!("CARGO_BIN_EXE_client")).arg("--help"));
    let (_, out, _) = client.outcome();
    for option in ["--files", "--log", "-h", "--help", "-V", "--version"] {
        assert!(out.concat().contains(option), "{option} is not in {out:#?}");
    }
}

#[test]
fn a_wrong_option_of_the_server_is_one_line_and_exit_code_2() {
    for arguments in [
        &["--nonsense"][..],
        &["-x"],
        &["somewhere"],
        &["--bind"],
        &["--bind", "nowhere"],
        &["--max-connections", "many"],
        &["--max-connections", "-1"],
        &["--max-file-size", "1X"],
        &["--max-file-size", ""],
        &["--password-rounds", "0x10"],
        &["--log"],
    ] {
        let folder = folder();
        let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
        let server = Program::start(command.current_dir(folder.path()).args(arguments));
        let (code, out, err) = server.outcome();
        assert_eq!((code, err.len(), out.len()), (2, 1, 0), "{arguments:?}: {err:?} {out:?}");
    }
}

#[test]
fn a_wrong_option_of_the_client_is_one_line_and_exit_code_2() {
    for arguments in [
        &["--nonsense"][..],
        &["-x"],
        &["127.0.0.1", "127.0.0.2"],
        &["--files"],
        &["127.0.0.1", "--log"],
    ] {
        let folder = folder();
        let client = Program::start(Client::bare_command(folder.path()).args(arguments));
        let (code, out, err) = client.outcome();
        assert_eq!((code, err.len(), out.len()), (2, 1, 0), "{arguments:?}: {err:?} {out:?}");
    }
}

#[test]
fn a_port_that_is_taken_is_one_line_and_exit_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = folder();
    let server = Program::start(&mut Server::command_for(folder.path(), &address));
    let (code, out, err) = server.outcome();
    assert_eq!((code, err.len(), out.len()), (1, 1, 0), "{err:?} {out:?}");
    assert!(err[0].contains(&address), "which one: {err:?}");
    assert!(err[0].contains("--bind"), "what to do: {err:?}");
}

/// None of these paths can be used: there is a folder in the place of each file, and a file in the
/// place of a folder.
#[test]
fn what_a_server_cannot_use_is_named_with_its_option() {
    for option in ["--files", "--state", "--log"] {
        let folder = folder();
        let path = folder.path().join("in-the-way");
        match option {
            "--files" => std::fs::write(&path, "").unwrap(),
            _ => std::fs::create_dir(&path).unwrap(),
        }
        let mut command = Server::command(folder.path());
        let server = Program::start(command.args([option, "in-the-way"]));
        let (code, out, err) = server.outcome();
        assert_eq!((code, err.len(), out.len()), (1, 1, 0), "{err:?} {out:?}");
        for part in ["in-the-way", option] {
            assert!(err[0].contains(part), "{part} in {err:?}");
        }
        assert!(!err[0].contains("os error"), "{err:?}");
    }
}

#[test]
fn sizes_have_suffixes() {
    for size in ["1", "5K", "5M", "5G"] {
        Server::with(&["--max-file-size", size]).newcomer("alice");
    }
}

#[test]
fn the_second_line_of_a_server_is_what_to_dictate_to_a_class() {
    let folder = folder();
    let mut server = Program::start(&mut Server::command(folder.path()));
    let first = server.out.next().unwrap();
    assert!(first.trim().starts_with("Server running on 127.0.0.1:"), "{first}");
    let second = server.out.next().unwrap();
    let host = second.trim().strip_prefix("Others join with: cargo run --bin client -- ");
    assert!(host.is_some_and(|host| !host.is_empty()), "{second}");
}

#[test]
fn without_options_all_is_in_the_folder_of_the_start() {
    let folder = folder();
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    // A port is the one thing that a test may not leave to the default.
    command.current_dir(folder.path()).env_remove("RUST_LOG").args(["--bind", "127.0.0.1:0"]);
    let server = Server::run(&mut command, folder);
    server.sign_up("alice");
    server.log_with("alice");
    for name in ["ServerFiles", "chatroom.db", "server.log"] {
        assert!(server.folder().join(name).exists(), "{name}");
    }
}

#[test]
fn a_client_logs_to_the_folder_that_it_was_started_in() {
    let server = FakeServer::start();
    let folder = folder();
    let mut command = Client::bare_command(folder.path());
    let _client = Program::start(command.arg(server.address().to_string()));
    server.accept().write(b"$chatroom 2\n$at menu\nhello\n").unwrap();
    eventually("client.log has what came", || {
        let log = std::fs::read_to_string(folder.path().join("client.log")).unwrap_or_default();
        log.contains("hello").then_some(())
    });
}

#[test]
fn a_full_server_turns_people_away_until_somebody_goes() {
    let server = Server::with(&["--max-connections", "2"]);
    let mut alice = server.sign_up("alice");
    let _bob = server.newcomer("bob");
    let mut carol = server.connects("carol");
    carol.sees_lines(&["$chatroom 2", "Server is full"]);
    carol.sees_bye();

    alice.types("5");
    alice.sees("Goodbye :)");
    alice.sees_bye();
    drop(alice);
    let mut carol = eventually("there is room again", || {
        let mut carol = server.connects("carol");
        carol.sees("$chatroom 2");
        (carol.next_line() != "Server is full").then_some(carol)
    });
    carol.sees(ask::NEW_USER.text);
}

#[test]
fn never_more_are_let_in_than_the_option_says() {
    let server = Server::with(&["--max-connections", "5"]);
    for _ in 0..10 {
        let newcomers: Vec<_> =
            (0..20).map(|number| server.connects(&format!("newcomer {number}"))).collect();
        let (mut inside, mut turned_away) = (Vec::new(), 0);
        for mut newcomer in newcomers {
            newcomer.sees("$chatroom 2");
            match newcomer.next_line().as_str() {
                "Server is full" => {
                    newcomer.sees_bye();
                    turned_away += 1;
                }
                _ => inside.push(newcomer),
            }
        }
        assert!(
            inside.len() <= 5 && inside.len() + turned_away == 20,
            "{} are inside",
            inside.len()
        );
        // The next round finds nobody left over from this one.
        for mut person in inside {
            person.stops_writing();
            person.sees(ask::NEW_USER.text);
            person.sees_end();
        }
    }
}

#[test]
fn users_rooms_and_passwords_survive_a_restart() {
    let server = Server::start();
    let mut alice = server.sign_up("Alice");
    alice.create("lobby");
    alice.leave("lobby");
    alice.create_locked("Vault", "1");
    alice.leave("Vault");
    let (_, folder) = server.quits();

    let server = Server::in_folder(folder, &[]);
    let mut alice = server.returning("alice");
    alice.log_in("alice", PASSWORD);
    assert_eq!(alice.lists_rooms(), ["lobby Users: 0", "Vault LOCKED Users: 0"]);
    alice.types("3");
    alice.reads_up_to(ask::ROOM);
    alice.types("vault");
    alice.is_asked(ask::ROOM_PASSWORD);
    alice.types("1");
    alice.sees_room("Entered the Room, Have a nice chat :P", "Vault");
    alice.types("it's me");
    alice.sees(" Alice: it's me");
}

#[test]
fn a_removed_room_stays_removed_after_a_restart() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    alice.leave("lobby");
    alice.types("2");
    alice.reads_up_to(ask::DELETE);
    alice.types("lobby");
    alice.sees_menu(Some("Room lobby Removed"));
    let (_, folder) = server.quits();

    let server = Server::in_folder(folder, &[]);
    let mut alice = server.returning("alice");
    alice.log_in("alice", PASSWORD);
    alice.types("3");
    alice.sees_menu(Some("There are no rooms"));
}

#[test]
fn passwords_are_not_kept_in_clear() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    alice.create_locked("vault", "hunter2");
    let (_, folder) = server.quits();
    let kept = std::fs::read(folder.path().join("chatroom.db")).unwrap();
    let kept = String::from_utf8_lossy(&kept);
    assert!(kept.contains("alice") && kept.contains("vault"), "{kept}");
    assert!(!kept.contains(PASSWORD) && !kept.contains("hunter2"), "{kept}");
}
