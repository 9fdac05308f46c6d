//! What other programs than ours send to a raw connection (`protocol.md`, sections 1 and 6):
//! browsers, curl, telnet, PuTTY, PowerShell.

use crate::support::{PASSWORD, Pace, Person, Seat, Server, ask};

const NOT_A_WEB_SERVER: &str = "This is a chat room, not a web server";

#[test]
fn a_browser_is_told_that_this_is_no_web_server() {
    let server = Server::start();
    let long = format!("GET /{} HTTP/1.1", "x".repeat(8_000));
    let cookies = format!("GET /{} HTTP/1.1", "x".repeat(4_080));
    for request in [
        "GET / HTTP/1.1",
        "GET / HTTP/1.0",
        "POST /index.html HTTP/1.1",
        "PUT /a?b=c HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "PRI * HTTP/2.0",
        &long,
        &cookies,
    ] {
        let mut browser = server.raw_newcomer("browser");
        let rest = "Host: localhost:10000\r\nUser-Agent: none\r\n\r\n";
        browser.sends_bytes(format!("{request}\r\n{rest}").as_bytes());
        browser.sees(NOT_A_WEB_SERVER);
        browser.sees_bye();
    }
}

/// As `curl --http0.9 --data-binary $'evil\npw\npw\n…'` does, and any web page through the browser
/// of who looks at it.
#[test]
fn a_web_page_can_not_sign_up_through_a_browser() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    let body = "evil\npw\npw\nevil\npw\n3\nlobby\nI am in\n";
    for piece in [usize::MAX, 1] {
        let mut browser = server.raw_newcomer("browser");
        let request = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        for bytes in request.as_bytes().chunks(piece) {
            browser.sends_bytes(bytes);
        }
        browser.sees(NOT_A_WEB_SERVER);
        browser.sees_bye();
    }
    alice.hears_nothing_in_the_room();
    let mut newcomer = server.newcomer("newcomer");
    newcomer.types("evil");
    newcomer.is_asked(ask::NEW_PASSWORD);
}

#[test]
fn only_a_first_line_is_a_request_of_a_browser() {
    let server = Server::start();
    let mut get = server.raw_newcomer("GET");
    get.types("GET");
    get.is_asked(ask::NEW_PASSWORD);
    get.types("@");
    get.is_asked(ask::NEW_USER);
    get.types("GET / HTTP/1.1");
    get.is_told_off();
    get.is_asked(ask::NEW_USER);
    let [mut alice] = server.room("lobby", ["alice"]);
    alice.types("GET / HTTP/1.1");
    alice.sees(" alice: GET / HTTP/1.1");
}

#[test]
fn a_first_line_that_is_too_long_and_no_request_is_only_too_long() {
    let server = Server::start();
    let mut person = server.raw_newcomer("lucas");
    person.types(&"x".repeat(8_000));
    person.sees("Line too long (4096 bytes at most), nothing was sent");
    person.is_asked(ask::NEW_USER);
}

/// What telnet sends when it connects to a server on a port of its own, and what PuTTY does:
/// offers, requests, a terminal type, and single commands.
const NEGOTIATION: &[u8] =
    b"\xff\xfd\x03\xff\xfb\x18\xff\xfb\x1f\xff\xfb\x20\xff\xfa\x18\x00xterm\
    \xff\xff\n\xff\xf0\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0\xff\xf1\xff\xf9\xff\xfe\x01\
    \xff\xfc\x27";

#[test]
fn telnet_may_negotiate_at_any_place() {
    for pace in [Pace::Lines, Pace::Bytes] {
        let server = Server::start();
        let [mut alice] = server.room("lobby", ["alice"]);
        let mut bob = server.connects_raw("bob").typing(pace);
        bob.is_greeted();
        negotiates(&mut bob, b"bo", b"b\r\n");
        bob.is_asked(ask::NEW_PASSWORD);
        negotiates(&mut bob, b"pass", b"word\r\0\n");
        bob.is_asked(ask::REPEAT_PASSWORD);
        bob.types("password");
        bob.sees("New User Added...Going to Login");
        bob.comes_to_login();
        bob.log_in("bob", "password");
        bob.enter("lobby");
        alice.sees("::: bob Entered the Room");
        negotiates(&mut bob, b"", b"hello\r\n");
        alice.sees(" bob: hello");
        negotiates(&mut bob, b"hello", b"\r\0\n");
        alice.sees(" bob: hello");
    }
}

fn negotiates(person: &mut Person, before: &[u8], after: &[u8]) {
    person.sends_bytes(&[before, NEGOTIATION, after].concat());
}

#[test]
fn a_doubled_iac_is_one_byte_of_text() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    let mut bob = in_lobby(&server, &mut alice);
    // 0xFF is no UTF-8. One that is followed by no command is text too.
    for (sent, said) in [
        (&b"a\xff\xffb\n"[..], "a\u{fffd}b"),
        (b"a\xff\xff\xff\xffb\n", "a\u{fffd}\u{fffd}b"),
        (b"a\xffb\n", "a\u{fffd}b"),
        (b"a\xff\n", "a\u{fffd}"),
    ] {
        bob.sends_bytes(sent);
        alice.sees(&format!(" bob: {said}"));
    }
}

#[test]
fn a_program_s_bytes_are_not_taken_for_telnet() {
    let server = Server::start();
    let [mut alice, mut bob] = server.room("lobby", ["alice", "bob"]);
    bob.sends_bytes(b"a\xff\xfd\x41b\n");
    alice.sees(" bob: a\u{fffd}\u{fffd}Ab");
    bob.sends_bytes(b"a\xff\xffb\n");
    alice.sees(" bob: a\u{fffd}\u{fffd}b");
}

#[test]
fn a_byte_order_mark_at_the_start_is_dropped() {
    let server = Server::start();
    let mut person = server.connects_raw("lucas").typing(Pace::Bytes);
    person.is_greeted();
    person.types("\u{feff}lucas");
    person.is_asked(ask::NEW_PASSWORD);
    person.types(PASSWORD);
    person.is_asked(ask::REPEAT_PASSWORD);
    person.types(PASSWORD);
    person.sees("New User Added...Going to Login");
    person.comes_to_login();
    person.log_in("lucas", PASSWORD);
}

#[test]
fn a_byte_order_mark_does_not_hide_a_browser() {
    let server = Server::start();
    let mut browser = server.raw_newcomer("browser");
    browser.sends_bytes(b"\xef\xbb\xbf\xff\xfb\x18GET / HTTP/1.1\r\n\r\n");
    browser.sees(NOT_A_WEB_SERVER);
    browser.sees_bye();
}

#[test]
fn files_need_the_client_program() {
    let server = Server::start();
    let [mut alice] = server.room("lobby", ["alice"]);
    let mut bob = in_lobby(&server, &mut alice);
    bob.types("!");
    bob.sees("Files need the client program: cargo run --bin client");
    // Nothing was asked: this is a message.
    bob.types("hi.txt");
    bob.sees(" bob: hi.txt");
    alice.sees(" bob: hi.txt");
}

#[test]
fn a_person_on_nc_does_all_but_files() {
    let server = Server::start();
    let mut bob = server.sign_up_raw("bob");
    bob.create_locked("vault", "1");
    bob.types("hello");
    bob.sees(" bob: hello");
    assert_eq!(bob.lists_users(), ["User: bob"]);
    bob.leave("vault");
    assert_eq!(bob.lists_rooms(), ["vault LOCKED Users: 0"]);
    bob.types("3");
    bob.reads_up_to(ask::ROOM);
    bob.types("vault");
    bob.is_asked(ask::ROOM_PASSWORD);
    bob.types("1");
    bob.sees_room("Entered the Room, Have a nice chat :P", "vault");
    bob.leave("vault");
    bob.types("2");
    bob.reads_up_to(ask::DELETE);
    bob.types("vault");
    bob.is_asked(ask::PASSWORD_TO_DELETE);
    bob.types("1");
    bob.sees_menu(Some("Room vault Removed"));
    bob.types("5");
    bob.sees("Goodbye :)");
    bob.sees_bye();
}

/// Bob on a raw connection, in the lobby with alice.
fn in_lobby(server: &Server, alice: &mut Person) -> Person {
    let mut bob = server.sign_up_raw("bob");
    bob.enter("lobby");
    alice.sees("::: bob Entered the Room");
    bob
}
