//! The walk through the seed's figures 4 to 19 (but for 16, the file), as two people live it. It
//! is one function over [`Seat`], and so the same evening takes place over bare sockets, byte by
//! byte, and through the `client`.

use crate::support::{Client, Pace, Seat, Server};

#[test]
fn the_walk_through_the_figures_over_sockets() {
    let server = Server::start();
    let mut lucas = server.connects("lucas");
    let mut skira = server.connects("skira");
    walk(&mut lucas, &mut skira);
    lucas.sees_bye();
    skira.sees_bye();
}

#[test]
fn the_walk_goes_the_same_on_raw_connections() {
    let server = Server::start();
    let mut lucas = server.connects_raw("lucas");
    let mut skira = server.connects_raw("skira");
    walk(&mut lucas, &mut skira);
    lucas.sees_bye();
    skira.sees_bye();
}

#[test]
fn the_walk_goes_the_same_byte_by_byte() {
    let server = Server::start();
    let mut lucas = server.connects("lucas").typing(Pace::Bytes);
    let mut skira = server.connects_raw("skira").typing(Pace::Bytes);
    walk(&mut lucas, &mut skira);
    lucas.sees_bye();
    skira.sees_bye();
}

#[test]
fn the_walk_goes_the_same_through_the_client() {
    let server = Server::start();
    let mut lucas = Client::start(server.address());
    let mut skira = Client::start(server.address());
    walk(&mut lucas, &mut skira);
    for client in [lucas, skira] {
        let (code, out, err) = client.program.outcome();
        assert_eq!((code, out.concat().trim(), err.concat().trim()), (0, "", ""));
    }
}

#[test]
fn the_walk_goes_the_same_between_a_client_and_someone_on_nc() {
    let server = Server::start();
    let mut lucas = Client::start(server.address());
    let mut skira = server.connects_raw("skira");
    walk(&mut lucas, &mut skira);
    assert_eq!(lucas.program.exit_code(), 0);
    skira.sees_bye();
}

/// The whole evening.
fn walk(lucas: &mut impl Seat, skira: &mut impl Seat) {
    users_are_created(lucas, skira);
    rooms_are_created(lucas, skira);
    each_talks_in_a_room_of_their_own(lucas, skira);
    skira_enters_both_rooms(lucas, skira);
    they_talk(lucas, skira);
    both_rooms_are_deleted(lucas, skira);
}

/// Figures 4, 5 and 6.
fn users_are_created(lucas: &mut impl Seat, skira: &mut impl Seat) {
    lucas.comes_in();
    lucas.sees_lines(&[
        "$at sign-in",
        "Welcome to the ChatRoom App...",
        "$ask new-user",
        "Please write your new Username:",
    ]);
    lucas.types("lucas");
    lucas.sees_lines(&["$ask new-password", "Please choose a new Password:"]);
    lucas.types("1");
    lucas.sees_lines(&["$ask repeat-password", "Please REPEAT your Password:"]);
    lucas.types("1");
    lucas.sees_lines(&[
        "New User Added...Going to Login",
        "LOGIN",
        "$ask user",
        "Please write your Username:",
    ]);
    lucas.types("lucas");
    lucas.sees_lines(&["$ask password", "Please write your Password:"]);
    lucas.types("1");
    lucas.sees_lines(&["$at menu", "Logged In, You Welcome"]);
    sees_the_menu(lucas);

    skira.is_greeted();
    skira.register("skira", "2");
    skira.try_login("skira", "2");
    skira.sees_lines(&["$at menu", "Logged In, You Welcome"]);
    sees_the_menu(skira);
}

fn sees_the_menu(who: &mut impl Seat) {
    who.sees_lines(&[
        "WELCOME TO CHATROOM APP",
        "MENU",
        "1 : CREATE ROOM",
        "2 : DELETE ROOM",
        "3 : ENTER ROOM",
        "4 : MENU",
        "5 : EXIT :(",
        ">> Press any number you want to enter Menu Options",
        "$ask menu",
        "Write a number from 1 to 5",
    ]);
}

/// Figures 7, 8 and 9: Room1 is lucas's and locked, Room2 is skira's and open, and there first.
fn rooms_are_created(lucas: &mut impl Seat, skira: &mut impl Seat) {
    skira.types("1");
    skira.sees_lines(&["$ask new-room", "Please write the name of the Room:"]);
    skira.types("Room2");
    skira.sees_lines(&["$ask lock", "Do you want a password? (Y/n)"]);
    skira.types("n");
    skira.sees_lines(&["$at room Room2", "New Room Added... Entering"]);
    sees_the_room(skira, "WELCOME TO Room2 ROOM");

    lucas.types("1");
    lucas.sees_lines(&["$ask new-room", "Please write the name of the Room:"]);
    lucas.types("Room1");
    lucas.sees_lines(&["$ask lock", "Do you want a password? (Y/n)"]);
    lucas.types("y");
    lucas.sees_lines(&["$ask new-password", "Please choose a new Password:"]);
    lucas.types("1");
    lucas.sees_lines(&["$ask repeat-password", "Please REPEAT your Password:"]);
    lucas.types("1");
    lucas.sees_lines(&["$at room Room1", "New Room Added... Entering"]);
    sees_the_room(lucas, "WELCOME TO Room1 ROOM");
}

fn sees_the_room(who: &mut impl Seat, welcome: &str) {
    who.sees_lines(&[
        welcome,
        "@ : MENU",
        ">> Press @ to go back to Menu",
        ">> Press % to see Users in this Room",
        ">> Press ! to send Files",
    ]);
}

/// Figure 10.
fn each_talks_in_a_room_of_their_own(lucas: &mut impl Seat, skira: &mut impl Seat) {
    lucas.types("d1aldsdlads");
    lucas.sees(" lucas: d1aldsdlads");
    skira.types("çalalalal");
    skira.sees(" skira: çalalalal");
}

/// Figures 11 to 14: out of Room2, into it again without a password, out, and into Room1 with one.
fn skira_enters_both_rooms(lucas: &mut impl Seat, skira: &mut impl Seat) {
    skira.types("@");
    skira.sees_lines(&["$at menu", "You left the room Room2"]);
    sees_the_menu(skira);

    skira.types("3");
    skira.sees_lines(&[
        "Rooms Available:",
        "Room2 Users: 0",
        "Room1 LOCKED Users: 1",
        "Entering Room",
        "$ask room",
        "Please write the Room name:",
    ]);
    skira.types("Room2");
    skira.sees_lines(&["$at room Room2", "Entered the Room, Have a nice chat :P"]);
    sees_the_room(skira, "WELCOME TO Room2 ROOM");
    skira.leave("Room2");

    skira.types("3");
    skira.sees_eventually("Please write the Room name:");
    skira.types("Room1");
    skira.sees_lines(&["$ask room-password", "Please write the Room Password:"]);
    skira.types("1");
    skira.sees_lines(&["$at room Room1", "Entered the Room, Have a nice chat :P"]);
    sees_the_room(skira, "WELCOME TO Room1 ROOM");
    lucas.sees("::: skira Entered the Room");
}

/// Figure 15.
fn they_talk(lucas: &mut impl Seat, skira: &mut impl Seat) {
    for text in ["lalalala", "lalala"] {
        skira.types(text);
        skira.sees(&format!(" skira: {text}"));
        lucas.sees(&format!(" skira: {text}"));
    }
    lucas.types("hey hey");
    lucas.sees(" lucas: hey hey");
    skira.sees(" lucas: hey hey");
    lucas.types("%");
    lucas.sees_lines(&["LIST OF USERS:", "User: lucas", "User: skira"]);
    skira.types("%");
    skira.sees_lines(&["LIST OF USERS:", "User: lucas", "User: skira"]);
}

/// Figures 17, 18 and 19.
fn both_rooms_are_deleted(lucas: &mut impl Seat, skira: &mut impl Seat) {
    lucas.leave("Room1");
    skira.sees("User lucas has left the room");
    skira.leave("Room1");

    lucas.types("2");
    lucas.sees_lines(&[
        "Rooms Available:",
        "Room2 Users: 0",
        "Room1 LOCKED Users: 0",
        "$ask delete",
        "Which Room do You want to delete?",
    ]);
    lucas.types("Room1");
    lucas.sees_lines(&["$ask room-password", "Write the Room Password:"]);
    lucas.types("1");
    lucas.sees_lines(&["$at menu", "Room Room1 Removed"]);
    sees_the_menu(lucas);

    skira.types("2");
    skira.sees_lines(&[
        "Rooms Available:",
        "Room2 Users: 0",
        "$ask delete",
        "Which Room do You want to delete?",
    ]);
    skira.types("Room2");
    skira.sees_lines(&["$at menu", "Room Room2 Removed"]);
    sees_the_menu(skira);

    for who in [lucas as &mut dyn Seat, skira] {
        who.types("5");
        who.sees("Goodbye :)");
    }
}
