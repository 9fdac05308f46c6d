//! The server's log: one line per request, without secrets and without what people say
//! (requirement 10).

use std::net::SocketAddr;

use crate::support::{PASSWORD, Person, Seat, Server, ask, folder};

#[test]
fn every_request_leaves_a_line_with_time_address_and_user() {
    let server = Server::start();
    let mut alice = server.newcomer("alice");
    let address = alice.address();
    let mut lines = 0;
    // Registration and login.
    alice.register("alice", PASSWORD);
    lines = more_lines(&server, address, lines, "registration");
    alice.log_in("alice", PASSWORD);
    let signed_in = more_lines(&server, address, lines, "login");
    lines = signed_in;
    alice.create("lobby");
    lines = more_lines(&server, address, lines, "create");
    alice.types("hello");
    alice.sees(" alice: hello");
    lines = more_lines(&server, address, lines, "message");
    alice.types("%");
    alice.sees_lines(&["LIST OF USERS:", "User: alice"]);
    lines = more_lines(&server, address, lines, "members");
    alice.leave("lobby");
    lines = more_lines(&server, address, lines, "leave");
    alice.lists_rooms();
    lines = more_lines(&server, address, lines, "list");
    alice.enter("lobby");
    lines = more_lines(&server, address, lines, "enter");
    alice.leave("lobby");
    lines = more_lines(&server, address, lines, "leave");
    deletes(&mut alice, "lobby");
    lines = more_lines(&server, address, lines, "delete");
    alice.types("5");
    alice.sees("Goodbye :)");
    more_lines(&server, address, lines, "exit");

    for line in lines_of(&server.log(), address).skip(signed_in) {
        assert!(line.contains("alice"), "whose? {line}");
    }
}

#[test]
fn the_log_has_local_time_or_utc() {
    for (zone, option, ending) in [
        ("XYZ-5:45", "local", "+05:45"),
        ("XYZ+3:30", "local", "-03:30"),
        ("XYZ-5:45", "utc", "Z"),
    ] {
        let folder = folder();
        let mut command = Server::command(folder.path());
        let server = Server::run(command.args(["--log-time", option]).env("TZ", zone), folder);
        server.sign_up("alice");
        let (_, folder) = server.quits();
        let log = std::fs::read_to_string(folder.path().join("server.log")).unwrap();
        let stamp = log.split(' ').next().unwrap();
        assert!(stamp.ends_with(ending) && stamp.len() == 23 + ending.len(), "{log}");
    }
}

/// Many lines that one read brings are handled together, but each is a request.
#[test]
fn many_messages_in_one_write_leave_a_line_each() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    alice.sends_bytes(b"one\ntwo\nthree\n%\nfour\n");
    alice.sees_eventually(" alice: four");
    let (_, folder) = server.quits();
    let log = std::fs::read_to_string(folder.path().join("server.log")).unwrap();
    assert_eq!(log.lines().filter(|line| line.contains(" alice message: ")).count(), 4, "{log}");
}

#[test]
fn the_kinds_of_requests_and_the_answers_can_be_told_apart() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    alice.types("hello");
    alice.sees(" alice: hello");
    alice.lists_users();
    alice.leave("lobby");
    alice.enter("lobby");
    alice.leave("lobby");
    deletes(&mut alice, "lobby");
    alice.types("3");
    alice.sees_menu(Some("There are no rooms"));
    let (_, folder) = server.quits();
    let log = std::fs::read_to_string(folder.path().join("server.log")).unwrap();
    let log = log.to_lowercase();
    for kind in ["regist", "login", "create", "enter", "leave", "delete", "message", "list"] {
        assert!(log.contains(kind), "no {kind} in\n{log}");
    }
}

#[test]
fn every_line_has_date_and_time_and_level() {
    let server = Server::start();
    let [mut alice, _bob] = server.room("lobby", ["alice", "bob"]);
    alice.types("hello");
    alice.sees(" alice: hello");
    let (_, folder) = server.quits();
    assert_well_formed(&std::fs::read_to_string(folder.path().join("server.log")).unwrap());
}

#[test]
fn a_refusal_is_logged_as_one() {
    let server = Server::start();
    let mut alice = server.newcomer("alice");
    let address = alice.address();
    alice.register("alice", PASSWORD);
    alice.try_login("alice", "wrong");
    alice.is_asked(ask::AGAIN);
    let lines = more_lines(&server, address, 1, "the wrong login");
    alice.types("y");
    alice.comes_to_login();
    alice.log_in("alice", PASSWORD);
    more_lines(&server, address, lines, "the right login");
    let log = server.log();
    let logins = lines_of(&log, address).filter(|line| line.to_lowercase().contains("login"));
    let answers: Vec<&str> =
        logins.map(|line| line.split_once(&address.to_string()).unwrap().1).collect();
    assert!(answers.len() >= 2 && answers[0] != answers[1], "{answers:#?}");
}

#[test]
fn no_level_logs_talk_passwords_or_lists_of_rooms() {
    let folder = folder();
    let server = Server::run(Server::command(folder.path()).env("RUST_LOG", "trace"), folder);
    let mut alice = server.newcomer("alice");
    // Passwords: right ones, wrong ones, repeated differently, with their dollar sign forgotten,
    // or far too long.
    alice.types("alice");
    alice.is_asked(ask::NEW_PASSWORD);
    alice.sends("$sesame0");
    alice.is_told_off();
    alice.is_asked(ask::NEW_PASSWORD);
    alice.types(&"sesame1".repeat(1000));
    alice.reads_up_to(ask::NEW_PASSWORD);
    alice.types(&"sesame2".repeat(20));
    alice.reads_up_to(ask::NEW_PASSWORD);
    alice.types("sesame3");
    alice.is_asked(ask::REPEAT_PASSWORD);
    alice.types("sesame4");
    alice.reads_up_to(ask::NEW_USER);
    alice.register("alice", "sesame5");
    alice.try_login("alice", "sesame6");
    alice.reads_up_to(ask::AGAIN);
    alice.types("y");
    alice.reads_up_to(ask::USER);
    alice.log_in("alice", "sesame5");
    // A room, talk in it, also such as is no message, and the list.
    alice.create_locked("vault", "sesame7");
    alice.types("the treasure is under the oak");
    alice.sees(" alice: the treasure is under the oak");
    alice.sends("$treasure");
    alice.is_told_off();
    alice.sends_bytes(b"$data 9\ntreasure\n");
    alice.types(&"treasure".repeat(1000));
    alice.sees_eventually("Line too long (4096 bytes at most), nothing was sent");
    alice.leave("vault");
    alice.types("treasure, in the menu by mistake");
    alice.is_asked(ask::MENU);
    alice.lists_rooms();
    let (shown, folder) = server.quits();

    let log = std::fs::read_to_string(folder.path().join("server.log")).unwrap();
    assert!(log.contains("alice") && log.contains("vault"), "{log}");
    for (place, text) in [("log", log), ("terminal", shown.join("\n"))] {
        for secret in ["sesame", "treasure", "LOCKED", "Users: "] {
            assert!(!text.contains(secret), "{secret} is in the {place}:\n{text}");
        }
    }
}

#[test]
fn no_one_forges_a_line_by_what_they_type() {
    let server = Server::start();
    let mut mallory = server.newcomer("mallory");
    let forged = "2026-01-01T00:00:00Z INFO 127.0.0.1:1 alice login ok";
    for separator in
        ["\r", "\u{85}", "\u{2028}", "\u{2029}", "\u{b}", "\u{c}", "\u{1b}[2K\r", "\0", "\u{202e}"]
    {
        mallory.types(&format!("x{separator}{forged}"));
        mallory.reads_up_to(ask::NEW_USER);
        mallory.sends(&format!("$nonsense{separator}{forged}"));
        mallory.is_told_off();
        mallory.is_asked(ask::NEW_USER);
    }
    mallory.register("mallory", PASSWORD);
    mallory.log_in("mallory", PASSWORD);
    mallory.create("lobby");
    mallory.leave("lobby");
    for entry in ["2", "3"] {
        mallory.types(entry);
        mallory.sees_eventually(if entry == "2" { ask::DELETE.text } else { ask::ROOM.text });
        mallory.types(&format!("lobby\r{forged}"));
        mallory.sees_menu(Some("Room doesn't exist"));
    }
    let (_, folder) = server.quits();
    let log = std::fs::read_to_string(folder.path().join("server.log")).unwrap();
    assert_well_formed(&log);
    assert!(
        !log.lines().any(|line| line.trim_start_matches('[').starts_with("2026-01-01T00:00:00Z"))
    );
}

#[test]
fn the_next_run_appends() {
    let server = Server::start();
    server.sign_up("alice");
    let (_, folder) = server.quits();
    let before = std::fs::read_to_string(folder.path().join("server.log")).unwrap();
    let server = Server::in_folder(folder, &[]);
    server.sign_up("bob");
    assert!(server.log_with("bob").starts_with(&before));
}

fn deletes(person: &mut Person, room: &str) {
    person.types("2");
    person.reads_up_to(ask::DELETE);
    person.types(room);
    person.sees_menu(Some(&format!("Room {room} Removed")));
}

fn lines_of(log: &str, address: SocketAddr) -> impl Iterator<Item = &str> {
    let address = address.to_string();
    log.lines().filter(move |line| line.contains(&address))
}

/// Waits until the log has more lines of this client than before, and says how many.
#[track_caller]
fn more_lines(server: &Server, address: SocketAddr, before: usize, request: &str) -> usize {
    crate::support::eventually(&format!("{request} is in the log"), || {
        let now = lines_of(&server.log(), address).count();
        (now > before).then_some(now)
    })
}

/// Each line: a time in UTC as RFC 3339 has it, a level, and no control character.
#[track_caller]
fn assert_well_formed(log: &str) {
    for line in log.split_terminator('\n') {
        let mut words = line.split([' ', '[', ']']).filter(|word| !word.is_empty());
        let time = words.next().unwrap_or_default();
        assert!(is_utc_time(time), "no time: {line:?}");
        let level = words.next().unwrap_or_default();
        assert!(
            ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"].contains(&level),
            "no level: {line:?}"
        );
        assert!(
            !line.contains(|c: char| c.is_control() || "\u{2028}\u{2029}\u{202e}".contains(c)),
            "{line:?}"
        );
    }
}

/// `2026-11-24T05:35:00Z`, with or without a fraction of the second.
fn is_utc_time(word: &str) -> bool {
    let Some((seconds, fraction)) =
        word.strip_suffix('Z').and_then(|word| word.split_at_checked(19))
    else {
        return false;
    };
    let shape: String =
        seconds.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let is_fraction =
        |text: &str| text.starts_with('.') && text[1..].bytes().all(|byte| byte.is_ascii_digit());
    shape == "0000-00-00T00:00:00" && (fraction.is_empty() || is_fraction(fraction))
}
