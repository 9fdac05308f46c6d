//! The truth about the connection: what is not delivered is said, and a lost connection comes
//! back, with the room and the half-typed line. The network between is a [`Proxy`].

use std::path::Path;
use std::time::Duration;

use portable_pty::CommandBuilder;

use crate::support::clock::{
    half_a_minute_passes, ten_minutes_are_slept, ten_minutes_pass, with_clock,
};
use crate::support::pty::{Pty, goes_to_room};
use crate::support::{
    Client, Dice, FakeServer, PASSWORD, Person, Program, Proxy, Seat, Server, ask, folder,
};

const BACK: &str = "- Connected again";

/// How a message of this client is shown to its author.
fn own(text: &str) -> String {
    format!(">lucas: {text}")
}

#[test]
fn a_lost_connection_comes_back_with_room_and_draft() {
    let (_server, proxy, mut lucas, mut skira) = two_people();
    lucas.types("a half-typed li");
    lucas.sees(&[">> a half-typed li"]);
    proxy.cuts();
    lucas.waits_until("back", |pty| pty.count(BACK) == 1);
    lucas.sees(&[">> Press ! to send Files", ">> a half-typed li"]);
    assert_eq!(lucas.count("- What was said or sent meanwhile did not come here"), 1);
    assert_eq!(lucas.count("The question above"), 0, "none was open");
    lucas.types("ne\r");
    skira.sees_eventually(" lucas: a half-typed line");
    lucas.sees(&[&own("a half-typed line"), ">>"]);
    assert!(!lucas.written().contains(PASSWORD));
}

/// A bug brought the person back into the room.
#[test]
fn who_was_about_to_leave_comes_back_at_the_menu() {
    let (_server, proxy, mut lucas, _skira) = two_people();
    proxy.freezes();
    lucas.types("@\r");
    lucas.sees(&["Not answered yet: @", ">>"]);
    proxy.cuts();
    lucas.waits_until("named", |pty| pty.count("! Not answered: @") == 1);
    proxy.heals();
    lucas.waits_until("back", |pty| pty.count(BACK) == 1);
    lucas.sees(&[ask::MENU.text, ">>"]);
}

#[test]
fn a_question_that_is_lost_is_said_to_be_gone() {
    let (_server, proxy, mut lucas) = at_menu();
    let gone = "! The question above was not answered and is gone, please begin again";
    proxy.cuts();
    lucas.waits_until("back", |pty| pty.count(BACK) == 1);
    assert_eq!(lucas.count(gone), 0, "the menu comes again");
    lucas.types("1\r");
    lucas.answers(ask::NEW_ROOM.text, "safe");
    lucas.sees(&[ask::LOCK.text, ">>"]);
    lucas.types("y");
    lucas.sees(&[ask::LOCK.text, ">> y"]);
    proxy.cuts();
    lucas.waits_until("gone", |pty| pty.count(gone) == 1);
    assert_eq!(lucas.count("! What you typed was not sent: the connection is lost"), 1);
    lucas.sees(&[ask::MENU.text, ">>"]);
}

/// A bug said that something was not sent that was not typed.
#[test]
fn keys_without_a_text_are_dropped_without_a_word() {
    let (_server, proxy, mut lucas) = at_menu();
    proxy.closes();
    lucas.waits_until("it counts", |pty| pty.count("Connection lost, next attempt in") == 1);
    lucas.types("\x1b[A\r\x1b[D");
    proxy.heals();
    lucas.waits_until("back", |pty| pty.count(BACK) == 1);
    lucas.sees(&[ask::MENU.text, ">>"]);
    assert_eq!(lucas.count("was not sent"), 0);
}

/// A bug ended the program without a word.
#[test]
fn who_leaves_reads_what_was_perhaps_not_delivered() {
    let (_server, proxy, mut lucas, mut skira) = two_people();
    skira.sees(" skira: hello");
    let mut bob = Pty::client(proxy.address());
    bob.signs_up("bob");
    bob.enters("Room1", "bob", &mut skira);
    lucas.types("see you\r\x04");
    assert_eq!(lucas.exit_code(), 0);
    skira.sees_eventually(" lucas: see you");
    assert_eq!(lucas.count("Perhaps not delivered"), 0, "{}", lucas.rows().join("\n"));
    proxy.freezes();
    bob.types("into the void\r\x04");
    assert_eq!(bob.exit_code(), 0);
    assert_eq!(bob.count("! Perhaps not delivered: into the void"), 1);
}

/// A goodbye is the answer to it.
#[test]
fn who_leaves_by_the_menu_and_by_a_key_reads_only_goodbye() {
    let server = Server::start();
    let mut lucas = Pty::client(server.address());
    lucas.signs_up("lucas");
    lucas.types("5\r\x04");
    assert_eq!(lucas.exit_code(), 0);
    lucas.sees(&[">> 5", "Goodbye :)"]);
}

/// A bug kept the Ctrl-D until the connection was back.
#[test]
fn ctrl_d_leaves_while_the_connection_is_lost() {
    let (_server, proxy, mut lucas) = at_menu();
    proxy.closes();
    lucas.waits_until("it counts", |pty| pty.count("Connection lost, next attempt in") == 1);
    lucas.types("\x04");
    assert_eq!(lucas.exit_code(), 0);
}

#[test]
fn a_locked_room_is_entered_again() {
    let (_server, proxy, mut lucas) = at_menu();
    lucas.types("1\r");
    lucas.answers(ask::NEW_ROOM.text, "safe");
    lucas.answers(ask::LOCK.text, "y");
    lucas.answers(ask::NEW_PASSWORD.text, "of the room");
    lucas.answers(ask::REPEAT_PASSWORD.text, "of the room");
    lucas.sees(&[">> Press ! to send Files", ">>"]);
    proxy.cuts();
    lucas.waits_until("back", |pty| pty.count(BACK) == 1);
    lucas.sees(&[">> Press ! to send Files", ">>"]);
    lucas.types("here I am\r");
    lucas.sees(&[&own("here I am"), ">>"]);
    assert!(!lucas.written().contains("of the room"));
}

#[test]
fn a_room_that_has_lost_its_password_may_be_another_one() {
    let server = FakeServer::start();
    let mut pty = Pty::client(server.address());
    let mut person = server.welcomes();
    signs_in(&mut pty, &mut person);
    for (kind, answer) in [("menu", "3"), ("room", "Room1"), ("room-password", "geheim")] {
        person.sends(&format!("$ask {kind}\nAnd {kind}?"));
        pty.answers(&format!("And {kind}?"), answer);
        person.sees(answer);
    }
    let other = "! This room has no password now: it may be another room of that name";
    for asks in [true, false] {
        person.sends("$at room Room1\nHello");
        pty.sees(&["Hello", ">>"]);
        assert_eq!(pty.count(other), 0);
        drop(person);
        person = is_led_back(&server);
        person.sends("$ask room\nWhich?");
        person.sees("Room1");
        if asks {
            person.sends("$ask room-password\nAnd its password?");
            person.sees("geheim");
        }
    }
    person.sends("$at room Room1\nHello");
    pty.waits_until("it is said", |pty| pty.count(other) == 1);
}

#[test]
fn a_terminal_that_cannot_be_painted_comes_back_too() {
    let server = Server::start();
    let proxy = Proxy::start(server.address());
    let [mut skira] = server.room("Room1", ["skira"]);
    let folder = folder();
    let mut command = Pty::command(folder.path(), proxy.address());
    command.env("TERM", "dumb");
    let mut lucas = Pty::start(command, 24, 80, folder);
    let typed = ["lucas", PASSWORD, PASSWORD, "lucas", PASSWORD, "3", "Room1"];
    let prompts = [
        ask::NEW_USER,
        ask::NEW_PASSWORD,
        ask::REPEAT_PASSWORD,
        ask::USER,
        ask::PASSWORD,
        ask::MENU,
        ask::ROOM,
    ];
    for (prompt, answer) in prompts.iter().zip(typed) {
        lucas.waits_until(prompt.text, |pty| pty.written().contains(prompt.text));
        lucas.types(&format!("{answer}\n"));
    }
    skira.sees_eventually("::: lucas Entered the Room");
    lucas.waits_until("in", |pty| pty.written().contains("Press ! to send Files"));
    proxy.closes();
    lucas.waits_until("lost", |pty| pty.written().contains("The connection is lost"));
    lucas.types("nobody reads this\n");
    proxy.heals();
    lucas.waits_until("back", |pty| pty.written().contains("Connected again"));
    lucas.types("here I am\n");
    let before = skira.sees_eventually(" lucas: here I am");
    // Whether the client reads this line while it is away depends on what it did at that moment.
    let was_said = before.iter().any(|line| line == " lucas: nobody reads this");
    let is_named = lucas.written().contains("Not connected, not sent: nobody reads this");
    assert!(was_said != is_named, "said: {was_said}, named: {is_named}");
    assert!(!lucas.written().contains(PASSWORD));
}

#[test]
fn a_password_that_cannot_be_sent_is_not_shown_on_a_plain_terminal() {
    let server = Server::start();
    let proxy = Proxy::start(server.address());
    let folder = folder();
    let mut command = Pty::command(folder.path(), proxy.address());
    command.env("TERM", "dumb");
    let mut lucas = Pty::start(command, 24, 80, folder);
    for (prompt, answer) in [(ask::NEW_USER, Some("lucas")), (ask::NEW_PASSWORD, None)] {
        lucas.waits_until(prompt.text, |pty| pty.written().contains(prompt.text));
        answer.into_iter().for_each(|answer| lucas.types(&format!("{answer}\n")));
    }
    proxy.closes();
    lucas.waits_until("lost", |pty| pty.written().contains("The connection is lost"));
    lucas.types(&format!("{PASSWORD}\n"));
    proxy.heals();
    lucas.waits_until("not sent", |pty| pty.written().contains("The password was not sent"));
    assert!(!lucas.written().contains(PASSWORD));
}

#[test]
fn while_nobody_answers_one_line_counts_and_nothing_is_sent() {
    let (_server, proxy, mut lucas, mut skira) = two_people();
    proxy.closes();
    lucas.waits_until("it counts", |pty| pty.count("Connection lost, next attempt in 2 s") == 1);
    lucas.types("\r");
    lucas.sees(&["Not connected", ">>"]);
    lucas.types("wait for me\r");
    let hint = "Not connected, not sent: this line is kept until you are back";
    lucas.sees(&[hint, ">> wait for me"]);
    proxy.heals();
    lucas.waits_until("back", |pty| pty.count(BACK) == 1);
    lucas.sees(&[">> Press ! to send Files", ">> wait for me"]);
    lucas.types("\r");
    skira.sees_eventually(" lucas: wait for me");
}

/// A bug dropped it when the connection was back.
#[test]
fn after_a_command_without_an_answer_what_is_typed_while_away_is_kept_too() {
    for command in ["!", "%"] {
        let (_server, proxy, mut lucas, mut skira) = two_people();
        proxy.freezes();
        lucas.types(&format!("{command}\r"));
        lucas.sees(&[&format!("Not answered yet: {command}"), ">>"]);
        proxy.closes();
        lucas.waits_until("lost", |pty| pty.count("Connection lost, next attempt in 2 s") == 1);
        lucas.types("wait for me\r");
        let hint = "Not connected, not sent: this line is kept until you are back";
        lucas.sees(&[hint, ">> wait for me"]);
        proxy.heals();
        lucas.waits_until("back", |pty| pty.count(BACK) == 1);
        lucas.sees(&[">> Press ! to send Files", ">> wait for me"]);
        lucas.types("\r");
        skira.sees_eventually(" lucas: wait for me");
    }
}

#[test]
fn what_is_typed_while_nobody_answers_stays_line_by_line() {
    let (_server, proxy, mut lucas, mut skira) = two_people();
    proxy.closes();
    lucas.waits_until("lost", |pty| pty.count("Connection lost") == 1);
    for line in ["first", "second"] {
        lucas.types(line);
        lucas.waits_until("typed", |pty| pty.typing().ends_with(line));
        lucas.types("\r");
    }
    lucas.waits_until("two lines", |pty| {
        pty.rows().ends_with(&[">> first".to_string(), "second".to_string()])
    });
    proxy.heals();
    lucas.waits_until("back", |pty| pty.count(BACK) == 1);
    lucas.types("\r");
    skira.sees_eventually(" lucas: first");
    skira.sees(" lucas: second");
}

#[test]
fn a_message_that_does_not_come_back_is_said_to_be_late_and_lost() {
    let (_server, proxy, mut lucas, mut skira) = two_people();
    proxy.freezes();
    lucas.types("into the void\r");
    lucas.sees(&["- Perhaps not delivered yet: into the void", ">>"]);
    proxy.cuts();
    lucas.waits_until("named", |pty| pty.count("! Perhaps not delivered: into the void") == 1);
    let rows = lucas.rows();
    let row = |said: &str| rows.iter().position(|row| row.contains(said)).unwrap();
    assert!(
        row("The connection is lost") < row("! Perhaps not delivered:"),
        "first what happened"
    );
    proxy.heals();
    lucas.waits_until("back", |pty| pty.count(BACK) == 1);
    lucas.sees(&[">> Press ! to send Files", ">>"]);
    lucas.types("\x1b[A");
    lucas.sees(&[">> into the void"]);
    lucas.types("\r");
    skira.sees_eventually(" lucas: into the void");
    lucas.sees(&[&own("into the void"), ">>"]);
}

#[test]
fn a_message_that_is_only_late_is_shown_when_it_was_said() {
    let (_server, proxy, mut lucas, mut skira) = two_people();
    proxy.freezes();
    lucas.types("slow\r");
    lucas.sees(&["- Perhaps not delivered yet: slow", ">>"]);
    proxy.heals();
    lucas.sees(&["- Perhaps not delivered yet: slow", &own("slow"), ">>"]);
    skira.sees_eventually(" lucas: slow");
}

#[test]
fn an_answer_without_a_reaction_is_late_and_then_named() {
    let (_server, proxy, mut lucas) = at_menu();
    proxy.freezes();
    lucas.types("4\r");
    lucas.sees(&["Not answered yet: 4", ">>"]);
    proxy.heals();
    lucas.sees(&[ask::MENU.text, ">>"]);
    assert_eq!(lucas.count("Not answered"), 0, "{}", lucas.rows().join("\n"));
    proxy.freezes();
    lucas.types("1\r");
    lucas.sees(&["Not answered yet: 1", ">>"]);
    proxy.cuts();
    lucas.waits_until("named", |pty| pty.count("! Not answered: 1") == 1);
}

#[test]
fn a_password_without_a_reaction_is_named_and_not_shown() {
    let server = FakeServer::start();
    let mut pty = Pty::client(server.address());
    let mut person = server.welcomes();
    person.sends("$at sign-in\n$ask user\nWho?");
    pty.answers("Who?", "lucas");
    person.sees("lucas");
    person.sends("$ask password\nPassword?");
    pty.answers("Password?", PASSWORD);
    person.sees(PASSWORD);
    pty.sees(&["Not answered yet: the password", ">>"]);
    drop(person);
    pty.waits_until("named", |pty| pty.count("! Not answered: the password") == 1);
    assert!(!pty.written().contains(PASSWORD));
}

#[test]
fn a_command_of_the_room_without_an_answer_is_late_too() {
    let (_server, proxy, mut lucas, _skira) = two_people();
    proxy.freezes();
    lucas.types("%\r");
    lucas.sees(&["Not answered yet: %", ">>"]);
    proxy.heals();
    lucas.waits_until("answered", |pty| pty.count("User: skira") == 1);
    lucas.waits_until("not late", |pty| pty.count("Not answered yet") == 0);
}

#[test]
fn a_long_silence_is_said_and_what_comes_after_it_may_be_old() {
    let server = FakeServer::start();
    let folder = folder();
    let mut command = Pty::command(folder.path(), server.address());
    if !has_clock(&mut command, folder.path()) {
        return;
    }
    let path = folder.path().to_owned();
    let pty = Pty::start(command, 24, 80, folder);
    let (mut pty, mut person) = goes_to_room(pty, &server);
    half_a_minute_passes(&path);
    pty.waits_until("it is said", |pty| {
        pty.row_from_below(1).starts_with("Nothing has come from the server for 3")
    });
    person.sends(" bob: hello");
    pty.waits_until("over", |pty| pty.row_from_below(1) == " bob: hello");
    let written = pty.written();
    let (_, after) = written.split_once(": hello").unwrap();
    assert!(!after.contains("Nothing has come"), "{after}");
    let told = pty.row_from_below(2);
    assert!(told.starts_with("- Nothing was heard for 3"), "{told}");
    assert!(told.ends_with(" s: what comes now may have been said earlier"), "{told}");
    person.sends(" bob: still here");
    pty.waits_until("once", |pty| pty.row_from_below(1) == " bob: still here");
    assert_eq!(pty.row_from_below(2), " bob: hello");
}

#[test]
fn a_server_that_is_silent_for_a_minute_is_lost() {
    let server = FakeServer::start();
    let folder = folder();
    let mut command = Pty::command(folder.path(), server.address());
    if !has_clock(&mut command, folder.path()) {
        return;
    }
    command.arg("--no-reconnect");
    let path = folder.path().to_owned();
    let mut pty = Pty::start(command, 24, 80, folder);
    let mut person = server.welcomes();
    person.sends("$at room Room1");
    person.reads_answers();
    ten_minutes_pass(&path);
    assert_eq!(pty.exit_code(), 1);
    pty.sees(&["! Connection to server closed."]);
}

#[test]
fn a_server_that_takes_its_time_is_named_after_half_a_second() {
    let server = FakeServer::start();
    let folder = folder();
    let address = server.address().to_string();
    let mut client = Program::start(&mut Client::command(folder.path(), &address));
    let _wire = server.accept();
    assert_eq!(client.err.next(), Some(format!("Connecting to {address}…")));
}

#[test]
fn a_silent_client_says_ping_within_20_s() {
    let server = FakeServer::start();
    let _client = Client::start(server.address());
    let mut person = server.welcomes();
    let line = person.line_or_end_within(Duration::from_secs(20));
    assert_eq!(line.as_deref(), Some("$ping"));
}

#[test]
fn what_is_typed_for_a_question_that_is_lost_is_not_sent_to_the_next_one() {
    let (_server, proxy, mut lucas) = at_menu();
    lucas.types("1\r");
    lucas.answers(ask::NEW_ROOM.text, "safe");
    lucas.answers(ask::LOCK.text, "y");
    lucas.sees(&[ask::NEW_PASSWORD.text, ">>"]);
    proxy.closes();
    lucas.waits_until("lost", |pty| pty.count("Connection lost, next attempt in 2 s") == 1);
    lucas.types("geheim\r");
    proxy.heals();
    lucas.waits_until("back", |pty| pty.count(BACK) == 1);
    let told = "- What you typed last was not sent: it could have been for another question";
    lucas.waits_until("told", |pty| pty.count(told) == 1);
    lucas.types("1\r");
    lucas.answers(ask::NEW_ROOM.text, "safe");
    assert!(!lucas.written().contains("geheim"));
}

#[test]
fn an_answer_that_is_not_expected_hands_over_to_the_person() {
    let server = FakeServer::start();
    let mut pty = Pty::client(server.address());
    let mut person = server.welcomes();
    signs_in(&mut pty, &mut person);
    person.sends("$at room Room1");
    person.sends("WELCOME TO Room1 ROOM");
    pty.sees(&["WELCOME TO Room1 ROOM", ">>"]);
    pty.types("half a li");
    pty.sees(&[">> half a li"]);
    drop(person);
    // The account was forgotten meanwhile: the name is new.
    let mut person = server.welcomes();
    person.sends("$at sign-in\n$ask new-user\nWho?");
    person.sees("lucas");
    person.sends("$ask new-password\nChoose one");
    pty.sees(&["Choose one", ">>"]);
    let unknown = "- Connected again, but nobody has your name here any more.";
    assert_eq!(pty.count(unknown), 1, "{}", pty.rows().join("\n"));
    pty.types("geheim\r");
    person.sees("geheim");
    assert!(!pty.written().contains("geheim") && !pty.written().contains(PASSWORD));
    person.sends("$at room Room1");
    person.reads_answers();
    pty.types("\x1b[A");
    pty.sees(&[">> half a li"]);
}

/// How a connection is lost.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Loss {
    Silence,
    Sleep,
    Close,
}

/// A bug threw the person out who had taken the session over at another place.
#[test]
fn only_a_session_that_can_be_our_own_is_taken_over_without_a_question() {
    for loss in [Loss::Close, Loss::Silence, Loss::Sleep] {
        let server = FakeServer::start();
        let folder = folder();
        let mut command = Pty::command(folder.path(), server.address());
        if loss != Loss::Close && !has_clock(&mut command, folder.path()) {
            return;
        }
        let path = folder.path().to_owned();
        let mut pty = Pty::start(command, 24, 80, folder);
        let mut person = server.welcomes();
        signs_in(&mut pty, &mut person);
        person.sends("$at room Room1\nHello");
        pty.sees(&["Hello", ">>"]);
        match loss {
            Loss::Silence => ten_minutes_pass(&path),
            Loss::Sleep => {
                ten_minutes_are_slept(&path);
                ten_minutes_pass(&path);
            }
            Loss::Close => person.stops_writing(),
        }
        let by_hand = "- Connected again, but your name is in use here. Please go on by hand:";
        let mut again = asks_to_take_over(&server);
        // For some seconds it tries again: the server may end our own session in a moment.
        while loss != Loss::Silence
            && !pty.looks_for(Duration::from_millis(500), |pty| pty.count(by_hand) == 1)
        {
            again = asks_to_take_over(&server);
        }
        if loss != Loss::Silence {
            pty.sees(&[by_hand, "Who?", ">> lucas", "Password?", "Take it over?", ">>"]);
            pty.types("y\r");
        }
        again.sees("y");
    }
}

/// Plays a server that lets lucas sign in, and finds a session of his.
fn asks_to_take_over(server: &FakeServer) -> Person {
    let mut person = server.welcomes();
    person.sends("$at sign-in\n$ask user\nWho?");
    person.sees("lucas");
    person.sends("$ask password\nPassword?");
    person.sees(PASSWORD);
    person.sends("$ask take-over\nTake it over?");
    person
}

#[test]
fn a_connection_lost_on_the_way_back_comes_back_too() {
    let server = FakeServer::start();
    let (mut pty, person) = is_in_room(&server);
    pty.types("half a li");
    pty.sees(&[">> half a li"]);
    drop(person);
    drop(is_led_back(&server));
    let mut person = is_led_back(&server);
    person.sends("$ask room\nWhich?");
    person.sees("Room1");
    person.sends("$at room Room1\nHello again");
    pty.sees(&["Hello again", ">> half a li"]);
    let rows = pty.all_rows().concat();
    assert_eq!(rows.matches("Who?").count(), 1, "only the first time");
    assert_eq!(rows.matches("What?").count(), 0, "{rows}");
}

/// A bug named it only if there was no goodbye.
#[test]
fn a_message_that_the_server_s_goodbye_cuts_short_is_named() {
    let server = FakeServer::start();
    let (mut pty, mut person) = is_in_room(&server);
    pty.types("one\rtwo\r");
    person.sees("one");
    person.sees("two");
    person.sends(" lucas: one\nServer shutting down...\n$bye");
    assert_eq!(pty.exit_code(), 0);
    pty.sees(&["Server shutting down...", "! Perhaps not delivered: two"]);
}

#[test]
fn after_bye_it_does_not_connect_again() {
    let server = FakeServer::start();
    let mut pty = Pty::client(server.address());
    let mut person = server.welcomes();
    person.sends("$at menu\nYou were disconnected\n$bye");
    drop(person);
    assert_eq!(pty.exit_code(), 0);
    pty.sees_only(&["You were disconnected"]);
}

#[test]
fn random_faults_lose_no_line_without_a_word_ten_times() {
    random_faults(10);
}

#[test]
#[ignore = "takes some 18 minutes"]
fn random_faults_lose_no_line_without_a_word_200_times() {
    random_faults(200);
}

/// Two people talk while the network between them has faults. Every line that one of them typed
/// is read once by the other, or its author is told. None is read twice. The draft survives.
fn random_faults(schedules: usize) {
    let mut dice = Dice::drawn();
    let server = Server::start();
    for schedule in 0..schedules {
        let room = format!("Room{schedule}");
        let names = [format!("lucas{schedule}"), format!("skira{schedule}")];
        let proxies = [(); 2].map(|()| Proxy::start(server.address()));
        let mut people = [0, 1].map(|i| Pty::client_of_size(proxies[i].address(), 50, 100));
        for (person, name) in people.iter_mut().zip(&names) {
            person.signs_up(name);
        }
        people[0].types(&format!("1\r{room}\rn\r"));
        people[0].sees(&[">> Press ! to send Files", ">>"]);
        people[1].types(&format!("3\r{room}\r"));
        people[1].sees(&[">> Press ! to send Files", ">>"]);
        let mut said = [Vec::new(), Vec::new()];
        for turn in 0..12 {
            let (who, victim) = (dice.below(2), dice.below(2));
            match dice.below(8) {
                0 => proxies[victim].cuts(),
                1 => proxies[victim].freezes(),
                2 => proxies[victim].is_late_by(Duration::from_millis(dice.below(300) as u64)),
                3 => proxies[victim].closes(),
                4 => {
                    proxies[victim].freezes();
                    proxies[victim].cuts();
                }
                _ => proxies[victim].heals(),
            }
            let line = format!("{} says {turn}.", names[who]);
            says(&mut people[who], &proxies[who], &line);
            said[who].push(line);
        }
        proxies.iter().for_each(Proxy::heals);
        for who in [0, 1] {
            // When the last line has come back, all before it is decided.
            people[who].types("goodbye d");
            people[who].sees(&[">> goodbye d"]);
            proxies[who].cuts();
            people[who].waits_until("back", |pty| draft(pty) == "goodbye d");
            says(&mut people[who], &proxies[who], "raft");
            people[who].waits_until("the draft was said", |pty| {
                pty.rows().iter().any(|row| row.ends_with(": goodbye draft"))
            });
        }
        for (who, other) in [(0, 1), (1, 0)] {
            let heard = people[other].all_rows();
            let told = people[who].all_rows();
            for line in &said[who] {
                let times = heard.iter().filter(|row| row.ends_with(&format!(": {line}"))).count();
                let lost =
                    told.iter().any(|row| row.contains(&format!("Perhaps not delivered: {line}")));
                assert!(times <= 1, "{line} was said {times} times");
                // Who was away when it was said does not hear it, but its author saw it come back.
                let came_back = told.iter().any(|row| row.ends_with(&format!(": {line}")));
                assert!(
                    times == 1 || lost || came_back,
                    "schedule {schedule}: {line} vanished\n{}",
                    told.join("\n")
                );
            }
        }
    }
}

/// Types a line and presses Enter until it is taken: while the connection is lost, it stays in
/// the editor.
fn says(person: &mut Pty, proxy: &Proxy, line: &str) {
    person.types(line);
    person.waits_until("typed", |pty| draft(pty).ends_with(line));
    let mut tries = 0;
    while !draft(person).is_empty() {
        person.types("\r");
        person.looks_for(Duration::from_millis(200), |pty| draft(pty).is_empty());
        tries += 1;
        if tries == 5 {
            // It can't come back by itself from a port that is closed.
            proxy.heals();
        }
    }
}

/// The line being typed, without the prompt.
fn draft(pty: &Pty) -> String {
    pty.typing().trim_start_matches(">>").trim().to_string()
}

/// Lucas on a terminal behind a proxy, at the menu.
fn at_menu() -> (Server, Proxy, Pty) {
    let server = Server::start();
    let proxy = Proxy::start(server.address());
    let mut lucas = Pty::client(proxy.address());
    lucas.signs_up("lucas");
    (server, proxy, lucas)
}

/// Lucas on a terminal behind a proxy, and skira on a pipe, in one room.
fn two_people() -> (Server, Proxy, Pty, Client) {
    let server = Server::start();
    let proxy = Proxy::start(server.address());
    let mut skira = Client::start(server.address());
    skira.is_greeted();
    skira.register("skira", PASSWORD);
    skira.log_in("skira", PASSWORD);
    skira.create("Room1");
    let mut lucas = Pty::client(proxy.address());
    lucas.signs_up("lucas");
    lucas.enters("Room1", "lucas", &mut skira);
    (server, proxy, lucas, skira)
}

/// Plays the server: lets lucas sign in, and brings him into a room.
fn is_in_room(server: &FakeServer) -> (Pty, Person) {
    let mut pty = Pty::client(server.address());
    let mut person = server.welcomes();
    signs_in(&mut pty, &mut person);
    person.sends("$at room Room1\nHello");
    pty.sees(&["Hello", ">>"]);
    (pty, person)
}

/// Plays the server: lets the client sign in by itself, up to the menu, from where it wants to go
/// into its room.
fn is_led_back(server: &FakeServer) -> Person {
    let mut person = server.welcomes();
    person.sends("$at sign-in\n$ask user\nWho?");
    person.sees("lucas");
    person.sends("$at menu\n$ask menu\nWhat?");
    person.sees("3");
    person
}

/// Plays the server: signs lucas in.
fn signs_in(pty: &mut Pty, person: &mut Person) {
    person.sends("$at sign-in\n$ask user\nWho?");
    pty.sees(&["Who?", ">>"]);
    pty.types("lucas\r");
    person.sees("lucas");
    person.sends("$ask password\nPassword?");
    pty.sees(&["Password?", ">>"]);
    pty.types(&format!("{PASSWORD}\r"));
    person.sees(PASSWORD);
    person.sends("$at menu");
}

/// Gives a command for a terminal a clock that can be put forward, if there is one to be had.
fn has_clock(command: &mut CommandBuilder, folder: &Path) -> bool {
    let mut clock = std::process::Command::new("true");
    let is_had = with_clock(&mut clock, folder);
    for (name, value) in clock.get_envs() {
        command.env(name, value.unwrap());
    }
    is_had
}
