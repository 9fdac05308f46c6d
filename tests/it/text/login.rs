//! Signing in: everything that can be answered, and the way back.

use crate::support::{Ask, PASSWORD, Person, Seat, Server, ask, eventually};

#[test]
fn different_passwords_create_no_user() {
    let server = Server::start();
    let mut alice = server.newcomer("alice");
    alice.types("alice");
    alice.is_asked(ask::NEW_PASSWORD);
    alice.types("one");
    alice.is_asked(ask::REPEAT_PASSWORD);
    alice.types("two");
    alice.sees("Passwords don't match, the user was not created");
    alice.is_asked(ask::NEW_USER);
    // So the name is still free.
    alice.register("alice", "three");
    alice.log_in("alice", "three");
}

#[test]
fn a_name_that_exists_leads_to_login_or_to_another_name() {
    let server = Server::start();
    let _alice = server.sign_up("alice");
    let mut bob = server.newcomer("bob");
    bob.types("alice");
    bob.is_asked(ask::LOGIN);
    bob.types("n");
    bob.is_asked(ask::NEW_USER);
    bob.types("alice");
    bob.is_asked(ask::LOGIN);
    bob.types("y");
    bob.comes_to_login();
}

#[test]
fn names_that_differ_in_case_are_one_user() {
    let server = Server::start();
    let mut first = server.sign_up("Émile");
    first.types("5");
    first.sees("Goodbye :)");
    first.sees_bye();

    let mut again = server.newcomer("Émile");
    again.types("ÉMILE");
    again.is_asked(ask::LOGIN);
    again.types("");
    again.comes_to_login();
    log_in_when_free(&mut again, "éMILE");
    again.create("lobby");
    again.types("hello");
    again.sees(" Émile: hello");
    assert_eq!(again.lists_users(), ["User: Émile"]);
}

#[test]
fn yes_and_no_count_in_any_case_and_nothing_else_does() {
    let server = Server::start();
    let _alice = server.sign_up("alice");
    let mut bob = server.newcomer("bob");
    for no in ["n", "N", "no", "NO", "nO", "  no "] {
        bob.types("alice");
        bob.is_asked(ask::LOGIN);
        for neither in ["maybe", "yn", "j", "ye", "1", "n o", "$y", "\t"] {
            bob.types(neither);
            bob.is_asked(ask::LOGIN);
        }
        bob.types(no);
        bob.is_asked(ask::NEW_USER);
    }
    for yes in ["y", "Y", "yes", "YES", "yEs", " y", "", "   "] {
        bob.types("alice");
        bob.is_asked(ask::LOGIN);
        bob.types(yes);
        bob.comes_to_login();
        bob.types("@");
        bob.is_asked(ask::NEW_USER);
    }
}

#[test]
fn who_is_second_to_create_a_user_is_told_and_asked_again() {
    let server = Server::start();
    let mut slow = server.newcomer("slow");
    slow.types("alice");
    slow.is_asked(ask::NEW_PASSWORD);
    slow.types("slow");
    slow.is_asked(ask::REPEAT_PASSWORD);

    let mut quick = server.newcomer("quick");
    quick.register("Alice", "quick");

    slow.types("slow");
    slow.sees("Somebody created the User before you did...");
    slow.is_asked(ask::NEW_USER);
    // The user has the password of the one who was told that it was created.
    quick.log_in("alice", "quick");
}

#[test]
fn an_unknown_user_and_a_wrong_password_read_the_same() {
    let server = Server::start();
    let _alice = server.sign_up("alice");
    let mut bob = at_login(&server, "bob");
    // One that exists, one that doesn't, one that can't exist, and the empty one.
    for name in ["alice", "nobody", "n o b o d y !", ""] {
        bob.try_login(name, "wrong");
        bob.is_asked(ask::AGAIN);
        bob.types("y");
        bob.comes_to_login();
    }
}

#[test]
fn after_a_wrong_password_no_leads_to_the_first_question() {
    let server = Server::start();
    let mut bob = at_login(&server, "bob");
    bob.try_login("nobody", "wrong");
    bob.is_asked(ask::AGAIN);
    bob.types("n");
    bob.is_asked(ask::NEW_USER);
}

#[test]
fn the_fifth_wrong_password_of_a_connection_closes_it() {
    let server = Server::start();
    let _alice = server.sign_up("alice");
    let mut bob = at_login(&server, "bob");
    for name in ["alice", "nobody", "alice"] {
        bob.try_login(name, "wrong");
        bob.is_asked(ask::AGAIN);
        bob.types("y");
        bob.comes_to_login();
    }
    // Going back to the first question does not begin a new count.
    bob.try_login("alice", "wrong");
    bob.is_asked(ask::AGAIN);
    bob.types("n");
    bob.is_asked(ask::NEW_USER);
    bob.types("alice");
    bob.is_asked(ask::LOGIN);
    bob.types("y");
    bob.comes_to_login();
    bob.try_login("alice", "wrong");
    bob.sees("Too many wrong passwords");
    bob.sees_bye();
}

#[test]
fn four_wrong_passwords_and_then_the_right_one_sign_in() {
    let server = Server::start();
    let mut bob = server.newcomer("bob");
    bob.register("bob", PASSWORD);
    for _ in 0..4 {
        bob.try_login("bob", "wrong");
        bob.is_asked(ask::AGAIN);
        bob.types("y");
        bob.comes_to_login();
    }
    bob.log_in("bob", PASSWORD);
}

#[test]
fn an_at_sign_goes_back_to_the_first_question_from_every_other() {
    let server = Server::start();
    let _alice = server.sign_up("alice");
    let ways: [(&[&str], Ask); 8] = [
        (&[], ask::NEW_USER),
        (&["bob"], ask::NEW_PASSWORD),
        (&["bob", "1"], ask::REPEAT_PASSWORD),
        (&["alice"], ask::LOGIN),
        (&["alice", "y"], ask::USER),
        (&["alice", "y", "alice"], ask::PASSWORD),
        (&["alice", "y", "alice", "wrong"], ask::AGAIN),
        (&["alice", "y", "alice", PASSWORD], ask::TAKE_OVER),
    ];
    let mut bob = server.connects("bob");
    bob.comes_in();
    bob.sees_lines(&["$at sign-in", "Welcome to the ChatRoom App..."]);
    for (answers, question) in ways {
        bob.is_asked(ask::NEW_USER);
        answers.iter().for_each(|answer| bob.types(answer));
        if !answers.is_empty() {
            bob.reads_up_to(question);
        }
        bob.types("@");
    }
    // Nothing of this has created him.
    bob.is_asked(ask::NEW_USER);
    bob.register("bob", PASSWORD);
}

#[test]
fn a_name_is_free_again_once_its_connection_is_lost() {
    let server = Server::start();
    drop(server.sign_up("alice"));
    let mut again = server.returning("alice");
    log_in_when_free(&mut again, "alice");
}

#[test]
fn a_last_line_without_its_end_creates_no_user() {
    let server = Server::start();
    let mut alice = server.newcomer("alice");
    alice.sends_bytes(b"alice\n1\n1");
    alice.is_asked(ask::NEW_PASSWORD);
    alice.is_asked(ask::REPEAT_PASSWORD);
    alice.stops_writing();
    // The server may say goodbye or just close, but not that it has created someone.
    while let Some(line) = alice.line_or_end() {
        assert_eq!(line, "$bye");
    }
    let mut again = server.newcomer("alice");
    again.register("alice", PASSWORD);
}

/// Someone who is asked to log in.
fn at_login(server: &Server, name: &str) -> Person {
    let mut person = server.newcomer(name);
    person.register("doorman", PASSWORD);
    person
}

/// Logs in from `LOGIN`. The session before it may need a moment to end, so this tries again and
/// again.
fn log_in_when_free(person: &mut Person, name: &str) {
    eventually("the session before is over", || {
        person.try_login(name, PASSWORD);
        let line = person.next_line();
        if line == ask::TAKE_OVER.control {
            person.sees(ask::TAKE_OVER.text);
            person.types("n");
            person.is_asked(ask::NEW_USER);
            person.types(name);
            person.is_asked(ask::LOGIN);
            person.types("y");
            person.comes_to_login();
            return None;
        }
        assert_eq!(line, "$at menu");
        person.reads_up_to(ask::MENU);
        Some(())
    });
}
