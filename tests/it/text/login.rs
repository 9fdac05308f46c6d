//! Signing in: everything that can be answered, and the way back.

use crate::support::{PASSWORD, Person, Seat, Server, eventually};

const FIRST_QUESTION: &str = "Please write your new Username:";
const EXISTS: &str = "User already exists... Do you want to go to Login? (Y/n)";
const WRONG: &str = "Wrong Password. Do you Want to Try again? (Y/n)";
const ELSEWHERE: &str = "User Already signed in... Do you want to take over that session? (Y/n)";

#[test]
fn different_passwords_create_no_user() {
    let server = Server::start();
    let mut alice = server.newcomer("alice");
    alice.types("alice");
    alice.is_asked_secretly("Please choose a new Password:");
    alice.types("one");
    alice.is_asked_secretly("Please REPEAT your Password:");
    alice.types("two");
    alice.sees_lines(&["Passwords don't match, the user was not created", FIRST_QUESTION]);
    // So the name is still to be had.
    alice.register("alice", "three");
    alice.log_in("alice", "three");
}

#[test]
fn a_name_that_exists_leads_to_login_or_to_another_name() {
    let server = Server::start();
    let _alice = server.sign_up("alice");
    let mut bob = server.newcomer("bob");
    bob.types("alice");
    bob.sees(EXISTS);
    bob.types("n");
    bob.sees(FIRST_QUESTION);
    bob.types("alice");
    bob.sees(EXISTS);
    bob.types("y");
    bob.sees_lines(&["LOGIN", "Please write your Username:"]);
}

#[test]
fn names_that_differ_in_case_are_one_user_shown_as_first_registered() {
    let server = Server::start();
    let mut first = server.sign_up("Émile");
    first.types("5");
    first.sees("Goodbye :)");
    first.sees_bye();

    let mut again = server.newcomer("Émile");
    again.types("ÉMILE");
    again.sees(EXISTS);
    again.types("");
    again.sees_lines(&["LOGIN", "Please write your Username:"]);
    log_in_when_free(&mut again, "éMILE");
    again.create("lobby");
    again.types("hello");
    again.sees(" Émile: hello");
    assert_eq!(again.lists_users(), ["User: Émile"]);
}

#[test]
fn yes_and_no_are_taken_in_any_case_an_empty_line_is_yes_and_anything_else_asks_again() {
    let server = Server::start();
    let _alice = server.sign_up("alice");
    let mut bob = server.newcomer("bob");
    for no in ["n", "N", "no", "NO", "nO", "  no "] {
        bob.types("alice");
        bob.sees(EXISTS);
        for neither in ["maybe", "yn", "j", "ye", "1", "n o", "$y", "\t"] {
            bob.types(neither);
            bob.sees(EXISTS);
        }
        bob.types(no);
        bob.sees(FIRST_QUESTION);
    }
    for yes in ["y", "Y", "yes", "YES", "yEs", " y", "", "   "] {
        bob.types("alice");
        bob.sees(EXISTS);
        bob.types(yes);
        bob.sees_lines(&["LOGIN", "Please write your Username:"]);
        bob.types("@");
        bob.sees(FIRST_QUESTION);
    }
}

#[test]
fn who_is_second_to_create_a_user_is_told_and_asked_again() {
    let server = Server::start();
    let mut slow = server.newcomer("slow");
    slow.types("alice");
    slow.is_asked_secretly("Please choose a new Password:");
    slow.types("slow");
    slow.is_asked_secretly("Please REPEAT your Password:");

    let mut quick = server.newcomer("quick");
    quick.register("Alice", "quick");

    slow.types("slow");
    slow.sees_lines(&["Somebody created the User before you did...", FIRST_QUESTION]);
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
        bob.sees(WRONG);
        bob.types("y");
        bob.sees_lines(&["LOGIN", "Please write your Username:"]);
    }
}

#[test]
fn after_a_wrong_password_no_leads_to_the_first_question() {
    let server = Server::start();
    let mut bob = at_login(&server, "bob");
    bob.try_login("nobody", "wrong");
    bob.sees(WRONG);
    bob.types("n");
    bob.sees(FIRST_QUESTION);
}

#[test]
fn the_fifth_wrong_password_of_a_connection_closes_it() {
    let server = Server::start();
    let _alice = server.sign_up("alice");
    let mut bob = at_login(&server, "bob");
    for name in ["alice", "nobody", "alice"] {
        bob.try_login(name, "wrong");
        bob.sees(WRONG);
        bob.types("y");
        bob.sees_lines(&["LOGIN", "Please write your Username:"]);
    }
    // Going back to the first question and coming again is no way around it.
    bob.try_login("alice", "wrong");
    bob.sees(WRONG);
    bob.types("n");
    bob.sees(FIRST_QUESTION);
    bob.types("alice");
    bob.sees(EXISTS);
    bob.types("y");
    bob.sees_lines(&["LOGIN", "Please write your Username:"]);
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
        bob.sees(WRONG);
        bob.types("y");
        bob.sees_lines(&["LOGIN", "Please write your Username:"]);
    }
    bob.log_in("bob", PASSWORD);
}

#[test]
fn an_at_sign_goes_back_to_the_first_question_from_every_other() {
    let server = Server::start();
    let _alice = server.sign_up("alice");
    let ways: [(&[&str], &str); 8] = [
        (&[], FIRST_QUESTION),
        (&["bob"], "Please choose a new Password:"),
        (&["bob", "1"], "Please REPEAT your Password:"),
        (&["alice"], EXISTS),
        (&["alice", "y"], "Please write your Username:"),
        (&["alice", "y", "alice"], "Please write your Password:"),
        (&["alice", "y", "alice", "wrong"], WRONG),
        (&["alice", "y", "alice", PASSWORD], ELSEWHERE),
    ];
    let mut bob = server.connects("bob");
    bob.sees_lines(&["$chatroom 1", "Welcome to the ChatRoom App..."]);
    for (answers, question) in ways {
        bob.sees(FIRST_QUESTION);
        answers.iter().for_each(|answer| bob.types(answer));
        if !answers.is_empty() {
            bob.sees_eventually(question);
        }
        bob.types("@");
    }
    // Nothing of all that has created him.
    bob.sees(FIRST_QUESTION);
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
    alice.is_asked_secretly("Please choose a new Password:");
    alice.is_asked_secretly("Please REPEAT your Password:");
    alice.stops_writing();
    // The server may say goodbye or just close, but not that it has created someone.
    while let Some(line) = alice.line_or_end() {
        assert_eq!(line, "$bye");
    }
    let mut again = server.newcomer("alice");
    again.register("alice", PASSWORD);
}

/// Someone who is asked to log in, over the name of a user made for that.
fn at_login(server: &Server, name: &str) -> Person {
    let mut person = server.newcomer(name);
    person.register("doorman", PASSWORD);
    person
}

/// Logs in from `LOGIN`, again and again until the session before it, whose end takes a moment, is over.
fn log_in_when_free(person: &mut Person, name: &str) {
    eventually("the session before is over", || {
        person.try_login(name, PASSWORD);
        let line = person.next_line();
        if line.trim() == ELSEWHERE {
            person.types("n");
            person.sees(FIRST_QUESTION);
            person.types(name);
            person.sees(EXISTS);
            person.types("y");
            person.sees_lines(&["LOGIN", "Please write your Username:"]);
            return None;
        }
        assert_eq!(line, "$clear");
        person.sees_eventually("Write a number from 1 to 5");
        Some(())
    });
}
