//! The client at the server's questions: it knows them by `$at` and `$ask`, answers those that
//! the command line answers, and sends what is typed ahead one question at a time.

use crate::support::pty::Pty;
use crate::support::{Client, FakeServer, PASSWORD, Person, Program, Seat, Server, ask, folder};

#[test]
fn what_comes_before_the_first_place_is_not_shown() {
    let server = FakeServer::start();
    let mut client = Client::start(server.address());
    let mut person = Person::from(server.accept());
    person.sends("$chatroom 2\nWelcome\nPlease write your new Username:");
    person.sees("$hello 2");
    person.sends("$at sign-in\nBem-vindo\n$ask new-user\nQuem?");
    client.sees_lines(&["Bem-vindo", "Quem?"]);
}

#[test]
fn whoever_is_turned_away_reads_why_and_ends_with_1() {
    let server = FakeServer::start();
    let client = Client::start(server.address());
    let mut person = Person::from(server.accept());
    person.sends("$chatroom 2\nCheio\n$bye");
    let (code, shown, _) = client.program.outcome();
    assert_eq!((code, shown[0].as_str()), (1, "Cheio"));
}

#[test]
fn what_is_typed_ahead_is_sent_one_question_at_a_time() {
    let (mut pty, mut person) = asked_who();
    pty.types("lucas\rsecret\rsecret\r");
    person.sees("lucas");
    assert_eq!(person.reads_answers(), [""; 0], "nothing else was asked");
    person.sends("$ask new-password\nChoose");
    person.sees("secret");
    assert_eq!(person.reads_answers(), [""; 0], "nothing else was asked");
    person.sends("$ask repeat-password\nRepeat");
    person.sees("secret");
    pty.sees(&["Who?", ">> lucas", "Choose", "Repeat", ">>"]);
    assert!(!pty.written().contains("secret"));
}

#[test]
fn a_refused_name_drops_the_password_that_was_typed_ahead() {
    for (kind, prompt) in [("new-user", "No such name. Who?"), ("login", "Known. Log in?")] {
        let (mut pty, mut person) = asked_who();
        pty.types("lucas\rsecret\rsec");
        person.sees("lucas");
        person.sends(&format!("$ask {kind}\n{prompt}"));
        let told = "- What you typed last was not sent: it could have been for another question";
        pty.sees(&[">> lucas", told, prompt, ">>"]);
        assert_eq!(person.reads_answers(), [""; 0]);
        pty.types("skira\r");
        person.sees("skira");
        assert!(!pty.written().contains("sec"));
    }
}

#[test]
fn a_password_that_an_open_room_did_not_ask_for_is_not_said() {
    let (mut pty, mut person) = asked_who();
    pty.types("x\r");
    person.sees("x");
    person.sends("$at menu\n$ask room\nWhich room?");
    pty.sees(&["Which room?", ">>"]);
    pty.types("R\rsecret\r");
    person.sees("R");
    person.sends("$at room R\nHello");
    pty.sees(&["Hello", ">>"]);
    assert_eq!(person.reads_answers(), [""; 0]);
    assert!(!pty.written().contains("secret"));
}

#[test]
fn user_and_room_are_answered_and_only_the_password_is_asked() {
    let server = Server::start();
    let mut host = Client::start(server.address());
    host.is_greeted();
    host.register("skira", PASSWORD);
    host.log_in("skira", PASSWORD);
    host.create("Room1");
    // A new name is registered; the second time it is known.
    for time in ["first", "second"] {
        let folder = folder();
        let mut command = Pty::command(folder.path(), server.address());
        command.args(["--user", "lucas", "--room", "Room1"]);
        let mut lucas = Pty::start(command, 24, 80, folder);
        if time == "first" {
            lucas.answers(ask::NEW_PASSWORD.text, PASSWORD);
            lucas.answers(ask::REPEAT_PASSWORD.text, PASSWORD);
        } else {
            lucas.answers(ask::PASSWORD.text, PASSWORD);
        }
        lucas.sees(&[">> Press ! to send Files", ">>"]);
        host.sees("::: lucas Entered the Room");
        lucas.types("hi\r");
        host.sees(" lucas: hi");
        assert!(!lucas.written().contains(PASSWORD));
        drop(lucas);
        host.sees("User lucas has left the room");
    }
}

#[test]
fn the_option_user_takes_no_session_over_without_asking() {
    let server = FakeServer::start();
    let folder = folder();
    let mut command = Pty::command(folder.path(), server.address());
    command.args(["--user", "lucas", "--room", "Room1"]);
    let mut pty = Pty::start(command, 24, 80, folder);
    let mut person = server.welcomes();
    person.sends("$at sign-in\n$ask user\nWho?");
    person.sees("lucas");
    person.sends("$ask password\nPassword?");
    pty.answers("Password?", PASSWORD);
    person.sees(PASSWORD);
    person.sends("$ask take-over\nTake it over?");
    pty.answers("Take it over?", "y");
    person.sees("y");
    person.sends("$at menu\n$ask menu\nWhat?");
    person.sees("3");
}

#[test]
fn a_room_that_is_not_there_ends_the_automation_only() {
    let server = Server::start();
    let folder = folder();
    let mut command = Pty::command(folder.path(), server.address());
    command.args(["--user", "lucas", "--room", "nowhere"]);
    let mut lucas = Pty::start(command, 24, 80, folder);
    lucas.answers(ask::NEW_PASSWORD.text, PASSWORD);
    lucas.answers(ask::REPEAT_PASSWORD.text, PASSWORD);
    lucas.sees(&[ask::MENU.text, ">>"]);
    lucas.types("5\r");
    assert_eq!(lucas.exit_code(), 0);
}

#[test]
fn a_host_and_a_port_may_be_two_words() {
    let server = FakeServer::start();
    let folder = folder();
    let address = server.address();
    let (host, port) = (address.ip().to_string(), address.port().to_string());
    let _client = Program::start(Client::bare_command(folder.path()).args([host, port]));
    server.welcomes();
}

/// A client on a terminal that is asked for a name, and its server.
fn asked_who() -> (Pty, Person) {
    let server = FakeServer::start();
    let mut pty = Pty::client(server.address());
    let mut person = server.welcomes();
    person.sends("$at sign-in\n$ask new-user\nWho?");
    pty.sees(&["Who?", ">>"]);
    (pty, person)
}
