//! The server on a terminal: the teacher types, and events appear above the line.

use std::net::SocketAddr;
use std::time::Instant;

use portable_pty::CommandBuilder;

use crate::support::faults::{Process, observed};
use crate::support::pty::Pty;
use crate::support::{Kind, PASSWORD, Person, Seat, Server, Terminal, eventually, folder};

const OPTIONS: [&str; 4] = ["--bind", "127.0.0.1:0", "--password-rounds", "1000"];

/// A server on a terminal of its own, and its address.
fn server() -> (Pty, SocketAddr) {
    let folder = folder();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_server"));
    command.args(OPTIONS);
    command.cwd(folder.path());
    command.env("TERM", "xterm-256color");
    let mut pty = Pty::start(command, 24, 80, folder);
    pty.sees(&["Type help for the commands", ">>"]);
    let address = address(&pty);
    (pty, address)
}

fn address(pty: &Pty) -> SocketAddr {
    let written = pty.written();
    let (_, rest) = written.split_once("Server running on ").unwrap();
    let end = rest.find(|c: char| !c.is_ascii_digit() && !".:".contains(c)).unwrap();
    rest[..end].parse().unwrap()
}

fn signs_up(address: SocketAddr, name: &str) -> Person {
    let mut person = Person::connect(address, name, Kind::Program);
    person.is_greeted();
    person.register(name, PASSWORD);
    person.log_in(name, PASSWORD);
    person
}

#[test]
fn people_join_and_the_typed_line_is_whole_at_every_look() {
    let (mut pty, address) = server();
    pty.types("delete ro");
    pty.sees(&[">> delete ro"]);
    let people = std::thread::spawn(move || {
        let names = (0..20).map(|number| format!("user{number}"));
        names.map(|name| signs_up(address, &name)).collect::<Vec<_>>()
    });
    let last = "New User logged in: user19";
    pty.waits_until("the last one", |pty| {
        // A look may come in the middle of a repaint: then the line is not there, but never torn.
        let rows = pty.rows();
        assert!(rows.iter().all(|row| !row.contains("delete") || row == ">> delete ro"));
        pty.count(last) == 1 && pty.last_rows(1) == [">> delete ro"]
    });
    drop(people.join().unwrap());
    pty.types("om\r");
    pty.waits_until("the answer", |pty| pty.count("Room doesn't exist") == 1);
    let rows = pty.all_rows();
    for number in 0..20 {
        let line = format!("New User logged in: user{number}");
        assert_eq!(rows.iter().filter(|row| **row == line).count(), 1, "{rows:#?}");
    }
}

#[test]
fn tab_completes_commands_users_and_rooms() {
    let (mut pty, address) = server();
    let mut lucas = signs_up(address, "lucas");
    lucas.create("The Lab");
    lucas.leave("The Lab");
    pty.waits_until("both are there", |pty| pty.count("lucas left The Lab") == 1);
    for (typed, completed) in
        [("ki\tl\t", "kick lucas"), ("pass\tlu\t", "password lucas"), ("d\tT\t", "delete The Lab")]
    {
        pty.types(typed);
        pty.sees(&[&format!(">> {completed}")]);
        pty.types("\x15");
    }
    pty.types("delete The Lab\r");
    pty.waits_until("done", |pty| pty.count("Room The Lab Removed") == 1);
    pty.types("\x1b[A");
    pty.sees(&[">> delete The Lab"]);
}

#[test]
fn ctrl_c_asks_once_and_then_says_goodbye() {
    let (mut pty, address) = server();
    let mut lucas = signs_up(address, "lucas");
    pty.types("draft\x03");
    pty.waits_until("the draft is gone", |pty| pty.typing() == ">>");
    pty.types("\x03");
    pty.waits_until("the question", |pty| {
        pty.count("1 person is connected. Press Ctrl-C again to stop the server") == 1
    });
    pty.types("x");
    pty.waits_until("any other key is no", |pty| pty.count("Press Ctrl-C again") == 0);
    let mut skira = signs_up(address, "skira");
    pty.types("\x03\x03");
    pty.waits_until("the question again", |pty| {
        pty.count("2 people are connected. Press Ctrl-C again to stop the server") == 1
    });
    pty.types("\x03");
    for person in [&mut lucas, &mut skira] {
        person.sees("Server shutting down...");
        person.sees_bye();
    }
    assert_eq!(pty.exit_code(), 0);
    assert!(pty.left_mode_as_before());
}

#[test]
fn ctrl_d_ends_the_commands_and_ctrl_c_the_server() {
    let (mut pty, address) = server();
    let mut lucas = signs_up(address, "lucas");
    pty.types("\x04");
    pty.waits_until("the notice", |pty| {
        pty.count("No more commands; the server goes on. Ctrl-C ends it.") == 1
    });
    pty.types("quit\r");
    pty.waits_until("it again", |pty| pty.count("No more commands") == 2);
    lucas.types("4");
    lucas.sees_menu(None);
    // A slip of the finger must not end the lesson now either.
    pty.types("\x03");
    pty.waits_until("it asks", |pty| {
        pty.count("1 person is connected. Press Ctrl-C again to stop the server") == 1
    });
    pty.types("\x03");
    lucas.sees("Server shutting down...");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn a_new_password_is_not_seen_and_not_kept() {
    let (mut pty, address) = server();
    signs_up(address, "lucas");
    pty.types("password lucas\r");
    pty.waits_until("the question", |pty| {
        pty.count("Please type the new password of lucas:") == 1
    });
    // Whoever comes and goes meanwhile, the line says what is expected.
    signs_up(address, "skira");
    pty.waits_until("what is asked", |pty| pty.typing() == "[a password] >>");
    pty.types("new secret\r");
    pty.waits_until("the second", |pty| pty.count("Please REPEAT it:") == 1);
    pty.types("new secret\r");
    pty.waits_until("done", |pty| pty.count("lucas has a new password") == 1);
    // Up shows the command, and nothing newer.
    pty.types("\x1b[A");
    pty.sees(&[">> password lucas"]);
    assert!(!pty.written().contains("secret"), "{}", pty.written());
    // Esc or Ctrl-C at the question changes nothing.
    for key in ["\x1b", "\x03"] {
        pty.types("\x15password lucas\r");
        pty.waits_until("asked", |pty| pty.row_from_below(1).ends_with("password of lucas:"));
        pty.types(key);
        pty.waits_until("nothing", |pty| pty.row_from_below(1) == "Nothing was changed");
    }
    pty.types("help\r");
    pty.waits_until("a command again", |pty| pty.count("quit          : ") == 1);
}

/// A shell with job control that runs this, in a folder of its own.
fn shell(script: &str) -> Pty {
    let folder = folder();
    let mut command = CommandBuilder::new("sh");
    command.args(["-m", "-c", script]);
    command.cwd(folder.path());
    command.env("TERM", "xterm-256color");
    Pty::start(command, 24, 80, folder)
}

#[track_caller]
fn does_not_spin(process: &Process) {
    let (before, start) = (process.cpu_time(), Instant::now());
    eventually("a second has passed", || (start.elapsed().as_secs() >= 1).then_some(()));
    let computed = process.cpu_time() - before;
    assert!(computed.as_millis() < 200, "{computed:?} in a second");
}

/// A server that such a shell has started in the background, with its number in `pid`.
fn in_background(before: &str, after: &str) -> (Pty, Ended, SocketAddr) {
    let server = format!("{} {}", env!("CARGO_BIN_EXE_server"), OPTIONS.join(" "));
    let mut pty = shell(&format!("{before} {server} & echo $! > pid; {after}"));
    pty.waits_until("it runs", |pty| pty.count("Type help for the commands") == 1);
    let pid = std::fs::read_to_string(pty.folder().join("pid")).unwrap();
    let address = address(&pty);
    (pty, Ended(pid.trim().to_string()), address)
}

/// A process that nobody else ends.
struct Ended(String);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = std::process::Command::new("kill").args(["-9", &self.0]).status();
    }
}

#[test]
fn in_the_background_the_server_runs_without_a_console() {
    let (mut pty, _ended, address) =
        in_background("", "read line; echo the shell reads $line; jobs; read end");
    let mut lucas = signs_up(address, "lucas");
    pty.waits_until("it prints", |pty| pty.count("New User logged in: lucas") == 1);
    pty.types("this\r");
    pty.waits_until("the shell has the keys", |pty| pty.count("the shell reads this") == 1);
    pty.waits_until("it is not stopped", |pty| pty.count("Running") == 1);
    does_not_spin(&Process::in_folder(pty.folder()));
    lucas.types("4");
    lucas.sees_menu(None);
}

#[test]
fn after_its_terminal_was_closed_the_server_does_not_spin() {
    let (pty, _ended, address) = in_background("trap '' HUP;", "read end");
    let process = Process::in_folder(pty.folder());
    drop(pty);
    let mut lucas = Person::connect(address, "lucas", Kind::Program);
    lucas.is_greeted();
    does_not_spin(&process);
}

#[test]
fn without_an_input_the_server_does_not_spin() {
    let folder = folder();
    let mut command = observed(&Server::command(folder.path()));
    let server = Server::run_on(Terminal::Blocked, &mut command, folder);
    server.sign_up("lucas");
    does_not_spin(&Process::in_folder(server.folder()));
}
