//! The menu itself; its entries are in `create`, `enter` and `delete`.

use crate::support::{Ask, Seat, Server, ask};

#[test]
fn four_shows_the_menu_again() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    alice.types("4");
    alice.sees("$at menu");
    alice.sees_rest_of_menu();
}

#[test]
fn five_says_goodbye_and_closes() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    alice.types("5");
    alice.sees("Goodbye :)");
    alice.sees_bye();
}

#[test]
fn goodbye_reaches_who_has_typed_ahead_and_who_types_on() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    // Closing with input unread would make the kernel throw away what the other side has not read
    // yet.
    let ahead = "5\n".to_owned() + &"is anybody there?\n".repeat(2_000);
    alice.sends_bytes(ahead.as_bytes());
    alice.sees("Goodbye :)");
    alice.sees_bye();
    // Nobody answers any more, but the server still reads for a moment: no write fails.
    for _ in 0..10 {
        alice.types("hello?");
    }
}

#[test]
fn anything_but_one_to_five_is_asked_again() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    for line in ["", "0", "6", "12", "1 2", "-1", "+1", "１", "hello", "@", "%", "!", "$5", "\t4"]
    {
        alice.types(line);
        alice.is_asked(ask::MENU);
    }
}

#[test]
fn spaces_around_the_number_are_taken_off() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    alice.types("  4 ");
    alice.sees_menu(None);
}

#[test]
fn without_rooms_there_is_none_to_enter_or_delete() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    for entry in ["2", "3"] {
        alice.types(entry);
        alice.sees_menu(Some("There are no rooms"));
    }
}

#[test]
fn an_at_sign_leads_from_every_entry_back_to_the_menu() {
    let server = Server::start();
    let mut owner = server.sign_up("owner");
    owner.create("lobby");
    owner.leave("lobby");
    owner.create_locked("vault", "1");
    owner.leave("vault");

    let ways: [(&[&str], Ask); 13] = [
        (&["1"], ask::NEW_ROOM),
        (&["1", "new"], ask::LOCK),
        (&["1", "new", "y"], ask::NEW_PASSWORD),
        (&["1", "new", "y", "1"], ask::REPEAT_PASSWORD),
        (&["1", "lobby"], ask::ENTER_INSTEAD),
        (&["1", "vault", "y"], ask::ROOM_PASSWORD),
        (&["1", "vault", "y", "2"], ask::AGAIN),
        (&["3"], ask::ROOM),
        (&["3", "vault"], ask::ROOM_PASSWORD),
        (&["3", "vault", "2"], ask::AGAIN),
        (&["2"], ask::DELETE),
        (&["2", "vault"], ask::PASSWORD_TO_DELETE),
        (&["2", "vault", "2"], ask::AGAIN_TO_DELETE),
    ];
    let mut alice = server.sign_up("alice");
    for (answers, question) in ways {
        answers.iter().for_each(|answer| alice.types(answer));
        alice.reads_up_to(question);
        alice.types("@");
        alice.sees_menu(None);
    }
    // Nothing of this has created a room, or deleted one.
    assert_eq!(alice.lists_rooms(), ["lobby Users: 0", "vault LOCKED Users: 0"]);
}

#[test]
fn rooms_are_listed_in_the_order_they_were_created() {
    let server = Server::start();
    let mut alice = server.sign_up("alice");
    let mut bob = server.sign_up("bob");
    let mut carol = server.sign_up("carol");
    alice.create("zoo");
    bob.create_locked("attic", "1");
    assert_eq!(carol.lists_rooms(), ["zoo Users: 1", "attic LOCKED Users: 1"]);

    bob.leave("attic");
    bob.enter("zoo");
    alice.sees("::: bob Entered the Room");
    assert_eq!(carol.lists_rooms(), ["zoo Users: 2", "attic LOCKED Users: 0"]);

    carol.create("middle");
    carol.leave("middle");
    assert_eq!(carol.lists_rooms(), ["zoo Users: 2", "attic LOCKED Users: 0", "middle Users: 0"]);
}

#[test]
fn nobody_in_the_menu_hears_a_room() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    let mut carol = server.sign_up("carol");
    alice.types("hello");
    bob.sees(" alice: hello");
    bob.leave("lobby");
    carol.hears_nothing_in_the_menu();
}
