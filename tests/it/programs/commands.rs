//! What a teacher types on the server's own terminal, and what the people concerned notice.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::support::{Kind, PASSWORD, Person, Seat, Server, ask};

const KICKED: &str = "You were disconnected by whoever runs the server";

#[test]
fn a_wrong_command_says_what_there_is() {
    let mut server = Server::start();
    let _alice = server.sign_up("alice");
    for (typed, words) in [
        ("nonsense", ["Unknown command", "kick"]),
        ("kick", ["kick needs a USER", "session"]),
        ("say", ["say needs a TEXT", "everyone"]),
        ("users now", ["users takes nothing after it", "signed in"]),
        ("kick nobody", ["No user nobody here", "alice"]),
        ("password nobody", ["Nobody has registered as nobody", "alice"]),
        ("forget nobody", ["Nobody has registered as nobody", "alice"]),
        ("forget no name!", ["Nobody has registered as no name!", "alice"]),
    ] {
        server.answers(typed, &words);
    }
}

#[test]
fn say_reaches_everyone_wherever_they_are() {
    let mut server = Server::start();
    let mut newcomer = server.newcomer("dave");
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    let mut carol = server.sign_up("carol");
    server.types("say   it is \x1b[31m five o'clock ");
    server.shows(&["4 told"]);
    for person in [&mut newcomer, &mut alice, &mut bob, &mut carol] {
        person.sees("::: Server: it is [31m five o'clock");
    }
    // It is nobody's message, and the log has no word of it.
    alice.hears_nothing_in_the_room();
    assert!(!server.log_with("say: 4 told").contains("clock"));
}

#[test]
fn what_is_said_to_everyone_is_no_longer_than_a_line_may_be() {
    let mut server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    // A client ends if the server sends it a line of more than 16,384 bytes.
    server.types(&format!("say {}", "x".repeat(20_000)));
    server.shows(&["That is too long to be said (4096 bytes at most)"]);
    server.types(&format!("say {}", "x".repeat(4096)));
    alice.sees(&format!("::: Server: {}", "x".repeat(4096)));
}

#[test]
fn users_are_shown_with_place_time_and_kind_of_connection() {
    let mut server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    let mut bob = server.raw_newcomer("bob");
    bob.register("bob", PASSWORD);
    bob.log_in("bob", PASSWORD);
    let is_time = |since: &str| {
        let time = since.trim_end_matches(" UTC");
        time.len() == 5 && time.as_bytes()[2] == b':'
    };
    for (user, place, end) in
        [("User: alice", "in lobby", "program"), ("User: bob", "at the menu", "raw connection")]
    {
        server.types("users");
        let line = server.shows(&[user, place, end]);
        let since = line.split("since ").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
        assert!(is_time(since), "{line}");
    }
    // Time must pass, or nobody could tell one idleness from another.
    sleep(Duration::from_millis(1100));
    // What a program sends by itself is nothing that was typed.
    alice.sends("$ping");
    alice.sees("$pong");
    assert!(idle_seconds(&mut server, "alice") >= 1);
    let before = Instant::now();
    alice.types("hello");
    alice.sees(" alice: hello");
    assert!(idle_seconds(&mut server, "alice") <= before.elapsed().as_secs());
}

fn idle_seconds(server: &mut Server, user: &str) -> u64 {
    // What it showed before this was typed is passed over.
    server.types("help");
    server.shows(&["quit"]);
    server.types("users");
    let line = server.shows(&["User: ", user]);
    let seconds = line.split("idle ").nth(1).and_then(|rest| rest.split(" s,").next()).unwrap();
    seconds.parse().unwrap()
}

#[test]
fn who_is_kicked_reads_so_and_may_come_back() {
    let mut server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    server.types("kick BOB");
    bob.sees(KICKED);
    bob.sees_bye();
    alice.sees("User bob has left the room");
    server.shows(&["bob disconnected"]);
    server.returning("bob");
    server.log_with("bob disconnect: sent away");
    server.log_with("console - kick: bob");
}

/// Types a new password twice, as the console asks for it.
fn gives_password(server: &mut Server, user: &str, new: [&str; 2]) {
    server.types(&format!("password {user}"));
    server.shows(&["Please type the new password of"]);
    server.types(new[0]);
    server.shows(&["Please REPEAT it:"]);
    server.types(new[1]);
}

fn can_log_in(server: &Server, name: &str, password: &str) -> bool {
    let mut person = Person::connect(server.address(), name, Kind::Raw);
    person.sends_bytes(format!("{name}\ny\n{name}\n{password}\n").as_bytes());
    let right = "Logged In, You Welcome";
    loop {
        let line = person.next_line();
        if line == right || line == ask::AGAIN.text {
            return line == right;
        }
    }
}

#[test]
fn a_new_password_counts_at_once_and_the_session_goes_on() {
    let mut server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    gives_password(&mut server, "Alice", ["second one", "second one"]);
    server.shows(&["alice has a new password"]);
    alice.types("still here");
    bob.sees(" alice: still here");
    alice.sees(" alice: still here");
    alice.leave("lobby");
    drop(alice);
    server.shows(&["alice disconnected"]);
    assert!(!can_log_in(&server, "alice", PASSWORD));
    assert!(can_log_in(&server, "alice", "second one"));
    let (shown, folder) = server.quits();
    let log = std::fs::read_to_string(folder.path().join("server.log")).unwrap();
    assert!(!shown.join("\n").contains("second one") && !log.contains("second one"));
}

#[test]
fn a_password_that_is_none_or_differs_changes_nothing() {
    let mut server = Server::start();
    server.sign_up("alice");
    // While that session is there, who logs in is asked whether to take it over.
    server.shows(&["alice disconnected"]);
    gives_password(&mut server, "alice", ["one", "two"]);
    server.shows(&["differ", "Nothing was changed"]);
    for none in ["", "@", "a\tb", &"p".repeat(129)] {
        server.types("password alice");
        server.types(none);
        server.shows(&["Nothing was changed"]);
    }
    assert!(can_log_in(&server, "alice", PASSWORD));
}

#[test]
fn a_forgotten_user_is_put_out_and_the_name_is_free() {
    let mut server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    server.types("forget bob");
    bob.sees(KICKED);
    bob.sees_bye();
    alice.sees("User bob has left the room");
    server.shows(&["bob forgotten"]);
    // A name that somebody has would be asked about.
    server.sign_up("bob");
    server.log_with("console - forget: bob");
}

#[test]
fn who_waits_to_take_over_a_forgotten_account_is_not_signed_in() {
    let mut server = Server::start();
    for command in ["forget bob", "password bob"] {
        let mut first = server.sign_up("bob");
        let mut second = server.newcomer("second");
        second.types("bob");
        second.is_asked(ask::LOGIN);
        second.types("y");
        second.comes_to_login();
        second.try_login("bob", PASSWORD);
        second.is_asked(ask::TAKE_OVER);
        if command == "forget bob" {
            server.types(command);
            server.shows(&["bob forgotten"]);
            first.sees(KICKED);
            // The name may even belong to somebody else by now.
            first = server.sign_up("bob");
        } else {
            gives_password(&mut server, "bob", ["new", "new"]);
            server.shows(&["bob has a new password"]);
        }
        second.types("y");
        second.is_asked(ask::AGAIN);
        first.hears_nothing_in_the_menu();
        server.types("forget bob");
        server.shows(&["bob forgotten"]);
    }
}

#[test]
fn what_password_and_forget_have_done_survives_kill_minus_9() {
    let mut server = Server::start();
    for name in ["alice", "bob"] {
        server.sign_up(name);
    }
    for round in 0..20 {
        let password = format!("password {round}");
        gives_password(&mut server, "alice", [&password, &password]);
        server.shows(&["alice has a new password"]);
        server = Server::in_folder(server.dies(), &[]);
        assert!(can_log_in(&server, "alice", &password), "round {round}");

        server.types("forget bob");
        server.shows(&["bob forgotten"]);
        server = Server::in_folder(server.dies(), &[]);
        server.sign_up("bob");
    }
}

#[test]
fn the_end_of_its_input_is_said() {
    let mut server = Server::start();
    server.ends_input();
    server.shows(&["No more commands; the server goes on. Ctrl-C ends it."]);
    server.sign_up("alice");
}
