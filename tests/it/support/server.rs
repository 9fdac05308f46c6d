//! The `server` binary: started on a free port in a folder of its own, ended when dropped.

use std::io::{PipeReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::{Kind, PASSWORD, Person, Program, Seat, ask, eventually};

/// A new folder, which is removed when it is dropped.
pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A running server.
pub struct Server {
    program: Program,
    address: SocketAddr,
    folder: TempDir,
    /// Keeps a terminal open that nobody reads.
    _unread: Option<PipeReader>,
}

/// What happens to a server's terminal after its first line.
pub enum Terminal {
    /// Somebody pressed Ctrl-S: what is written to it is taken until a pipe is full, and no
    /// further.
    Blocked,
    /// It was closed: writing to it fails.
    Gone,
}

impl Server {
    /// Starts one in a new folder.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// Starts one in a new folder, with these options more.
    pub fn with(options: &[&str]) -> Self {
        Self::in_folder(folder(), options)
    }

    /// Starts one in this folder: after [`Server::quits`], it knows what that one knew.
    pub fn in_folder(folder: TempDir, options: &[&str]) -> Self {
        Self::run(Self::command(folder.path()).args(options), folder)
    }

    /// The command that starts one, for tests that change it first.
    pub fn command(folder: &Path) -> Command {
        Self::command_for(folder, "127.0.0.1:0")
    }

    /// The same, to listen elsewhere.
    pub fn command_for(folder: &Path, address: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
        command.current_dir(folder).env_remove("RUST_LOG").args([
            "--bind",
            address,
            "--files",
            "ServerFiles",
            "--state",
            "chatroom.db",
            "--log",
            "server.log",
            "--password-rounds",
            "1000",
        ]);
        command
    }

    /// Starts that command, and waits until the server says where it listens.
    #[track_caller]
    pub fn run(command: &mut Command, folder: TempDir) -> Self {
        let mut program = Program::start(command);
        let Some(line) = program.out.next() else {
            panic!("the server ended: {:?}", program.err.rest());
        };
        let address = listening_address(&line);
        Self { program, address, folder, _unread: None }
    }

    /// Starts that command on a terminal like this, and with its input at its end, as a daemon has
    /// it.
    #[track_caller]
    pub fn run_on(terminal: Terminal, command: &mut Command, folder: TempDir) -> Self {
        let (mut output, end) = std::io::pipe().unwrap();
        let program = Program::start_as_is(command.stdin(Stdio::null()).stdout(end));
        // Byte by byte: a reader with a buffer would take more than the line.
        let mut first_line = Vec::new();
        let mut byte = [0];
        while output.read(&mut byte).unwrap() == 1 && byte != *b"\n" {
            first_line.extend(byte);
        }
        Self {
            program,
            address: listening_address(&String::from_utf8_lossy(&first_line)),
            folder,
            _unread: match terminal {
                Terminal::Blocked => Some(output),
                Terminal::Gone => None,
            },
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The folder that it runs in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What its log file holds at this moment.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder().join("server.log")).unwrap_or_default()
    }

    /// What its log file holds once it has this: the log may lag.
    #[track_caller]
    pub fn log_with(&self, text: &str) -> String {
        eventually(&format!("{text:?} is in the log"), || {
            Some(self.log()).filter(|log| log.contains(text))
        })
    }

    /// Types a line on its terminal.
    pub fn types(&mut self, line: &str) {
        self.program.writes(format!("{line}\n").as_bytes());
    }

    /// Shows, on its terminal, a line with all of these in it, now or soon.
    #[track_caller]
    pub fn shows(&mut self, words: &[&str]) -> String {
        self.program.out.find(words)
    }

    /// Types a command on its terminal, and reads on until each of these words was in a line after
    /// it.
    #[track_caller]
    pub fn answers(&mut self, command: &str, words: &[&str]) {
        // Skip what it showed before: that might have the words in it.
        self.types("help");
        self.shows(&["quit"]);
        self.types(command);
        let mut missing = words.to_vec();
        while let [first, ..] = missing[..] {
            let line = self.shows(&[first]);
            missing.retain(|word| !line.contains(word));
        }
    }

    /// Ends its standard input.
    pub fn ends_input(&mut self) {
        self.program.ends_input();
    }

    /// Its exit code, once it has ended by itself.
    #[track_caller]
    pub fn exit_code(&mut self) -> i32 {
        self.program.exit_code()
    }

    /// Ends it by `quit`. What its terminal showed since it was last looked at, and its folder,
    /// for the next one.
    #[track_caller]
    pub fn quits(mut self) -> (Vec<String>, TempDir) {
        self.types("quit");
        let code = self.program.exit_code();
        assert_eq!(code, 0, "{:?}", self.program.err.rest());
        (self.program.out.rest(), self.folder)
    }

    /// Ends it like a power cut. Returns its folder, for the next one.
    pub fn dies(self) -> TempDir {
        drop(self.program);
        self.folder
    }

    /// A program that has just connected: it has read nothing yet, and said nothing.
    pub fn connects(&self, name: &str) -> Person {
        Person::connect(self.address, name, Kind::Program)
    }

    /// Someone on a raw connection, who has read nothing yet.
    pub fn connects_raw(&self, name: &str) -> Person {
        Person::connect(self.address, name, Kind::Raw)
    }

    /// Someone who has connected, and reads the first question.
    #[track_caller]
    pub fn newcomer(&self, name: &str) -> Person {
        greeted(self.connects(name))
    }

    /// The same, on a raw connection.
    #[track_caller]
    pub fn raw_newcomer(&self, name: &str) -> Person {
        greeted(self.connects_raw(name))
    }

    /// Someone with a new account, in the menu.
    #[track_caller]
    pub fn sign_up(&self, name: &str) -> Person {
        signed_up(self.newcomer(name), name)
    }

    /// The same, on a raw connection.
    #[track_caller]
    pub fn sign_up_raw(&self, name: &str) -> Person {
        signed_up(self.raw_newcomer(name), name)
    }

    /// Someone with an account already, who has connected again, at the first question after
    /// `LOGIN`.
    #[track_caller]
    pub fn returning(&self, name: &str) -> Person {
        let mut person = self.newcomer(name);
        person.types(name);
        person.is_asked(ask::LOGIN);
        person.types("y");
        person.comes_to_login();
        person
    }

    /// Someone with an account already, who has signed in again.
    #[track_caller]
    pub fn signs_in(&self, name: &str) -> Person {
        let mut person = self.returning(name);
        person.log_in(name, PASSWORD);
        person
    }

    /// People with new accounts, all in a new room, who have seen each other enter.
    #[track_caller]
    pub fn room<const N: usize>(&self, room: &str, names: [&str; N]) -> [Person; N] {
        let mut people: Vec<Person> = Vec::new();
        for name in names {
            let mut person = self.sign_up(name);
            match people.is_empty() {
                true => person.create(room),
                false => person.enter(room),
            }
            for member in &mut people {
                member.sees(&format!("::: {name} Entered the Room"));
            }
            people.push(person);
        }
        people.try_into().ok().expect("as many people as names")
    }
}

#[track_caller]
fn greeted(mut person: Person) -> Person {
    person.is_greeted();
    person
}

#[track_caller]
fn signed_up(mut person: Person, name: &str) -> Person {
    person.register(name, PASSWORD);
    person.log_in(name, PASSWORD);
    person
}

#[track_caller]
fn listening_address(line: &str) -> SocketAddr {
    let address = line.trim().strip_prefix("Server running on ");
    let address = address.unwrap_or_else(|| panic!("no address in {line:?}"));
    address.parse().unwrap()
}
