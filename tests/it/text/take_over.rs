//! Signing in while the same user is signed in already. (Two who take over at once: `race`.)

use crate::support::{PASSWORD, Seat, Server, ask};

#[test]
fn a_session_is_taken_over_and_its_room_sees_it_leave() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    let mut again = server.returning("alice");
    again.try_login("alice", PASSWORD);
    again.is_asked(ask::TAKE_OVER);
    again.types("y");
    again.sees_menu(Some("Logged In, You Welcome"));

    alice.sees("Signed in from another place");
    alice.sees_bye();
    bob.sees("User alice has left the room");
    assert_eq!(bob.lists_users(), ["User: bob"]);

    // The new session works: the end of the old one has removed nothing of it.
    again.enter("lobby");
    bob.sees("::: alice Entered the Room");
    again.types("it's me");
    bob.sees(" alice: it's me");
    again.sees(" alice: it's me");
}

#[test]
fn a_session_is_left_alone_when_the_take_over_is_declined() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    let mut again = server.returning("alice");
    again.try_login("alice", PASSWORD);
    again.is_asked(ask::TAKE_OVER);
    again.types("n");
    again.is_asked(ask::NEW_USER);
    alice.hears_nothing_in_the_menu();
}

#[test]
fn only_the_right_password_tells_that_a_user_is_signed_in() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    let mut bob = server.returning("alice");
    bob.try_login("alice", "wrong");
    bob.is_asked(ask::AGAIN);
    alice.hears_nothing_in_the_menu();
}

/// The second answer is to a question about a session that is gone.
#[test]
fn who_answers_after_another_has_taken_over_is_asked_again() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    let mut one = server.returning("alice");
    let mut two = server.returning("alice");
    for person in [&mut one, &mut two] {
        person.try_login("alice", PASSWORD);
        person.is_asked(ask::TAKE_OVER);
    }
    one.types("y");
    one.sees_menu(Some("Logged In, You Welcome"));
    alice.sees("Signed in from another place");
    alice.sees_bye();
    two.types("y");
    two.is_asked(ask::TAKE_OVER);
    one.hears_nothing_in_the_menu();
    two.types("y");
    two.sees_menu(Some("Logged In, You Welcome"));
    one.sees("Signed in from another place");
    one.sees_bye();
}
