//! What a check of a client works with: a server that it plays, and the client's keyboard and
//! screen.

use std::cell::RefCell;
use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use crate::check::{Failure, Verdict, expect};
use crate::peer::Peer;
use crate::script::Script;
use crate::subject::{Program, last_lines};

/// What every client does first.
pub const CONNECTS: &str = "a client that connects";

/// One check and its client.
pub struct Stand {
    listener: TcpListener,
    client: RefCell<Program>,
    /// How long something that must happen is waited for.
    patience: Duration,
    /// All that was sent and came.
    pub script: Rc<Script>,
}

impl Stand {
    /// Starts the client, told where we listen.
    pub fn start(command: &str, script: Rc<Script>, patience: Duration) -> Result<Stand, String> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        listener.set_nonblocking(true).map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let client = Program::start(&command.replace("{address}", &address.to_string()))?;
        fs::create_dir_all(client.folder.path().join("LocalFiles"))
            .map_err(|error| error.to_string())?;
        Ok(Stand { listener, client: RefCell::new(client), script, patience })
    }

    /// The client's next connection, if it makes one in time.
    pub fn accepted(&self, patience: Duration) -> Option<Peer> {
        let deadline = Instant::now() + patience;
        loop {
            if let Ok((stream, _)) = self.listener.accept() {
                stream.set_nonblocking(false).expect("a new socket");
                self.script.note("the client connects");
                return Some(self.peer(stream).playing_the_server());
            }
            if Instant::now() > deadline {
                return None;
            }
            // `accept` has no deadline of its own: look again soon.
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn peer(&self, stream: TcpStream) -> Peer {
        Peer::new(stream, "client", "client", &self.script, self.patience)
    }

    /// The same connection, played by a server that does not answer `$ping`.
    pub fn silent(&self, server: &Peer) -> Peer {
        self.peer(server.socket())
    }

    /// The client's connection, of which nothing was read, and to which nothing was sent.
    pub fn connected(&self) -> Result<Peer, Failure> {
        let connected = self.accepted(self.patience);
        connected.ok_or_else(|| Failure::new(CONNECTS, self.screen()))
    }

    /// A client that has said `$hello 2`, and is asked `new-user`.
    pub fn greeted(&self) -> Result<Peer, Failure> {
        self.step("the client connects, says $hello 2, is asked new-user", || {
            let mut server = self.connected()?;
            server.says("$chatroom 2\nBem-vindo\nComo te chamas?")?;
            server.reads("$hello 2")?;
            server.says("$at sign-in\nBem-vindo\n$ask new-user\nComo te chamas?")?;
            Ok(server)
        })
    }

    /// A client that is in the room `Sala`.
    pub fn in_a_room(&self) -> Result<Peer, Failure> {
        let mut server = self.greeted()?;
        self.step("the client signs in, and is in the room Sala", || {
            self.types("amy")?;
            server.reads("amy")?;
            server.says("$at room Sala\nBem-vinda, amy")?;
            self.shows("Bem-vinda, amy")?;
            Ok(server)
        })
    }

    fn step<T>(&self, what: &str, run: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        let from = self.script.len();
        let done = run().map_err(|mut failure| {
            failure.on_the_way.get_or_insert_with(|| what.to_owned());
            failure
        })?;
        self.script.fold(from, what.to_owned());
        Ok(done)
    }

    /// Types a line.
    pub fn types(&self, line: &str) -> Verdict {
        self.script.note(format!("typed: {line}"));
        let mut client = self.client.borrow_mut();
        writeln!(client.keyboard(), "{line}")
            .and_then(|()| client.keyboard().flush())
            .map_err(|error| Failure::new("a client that reads its keyboard", error.to_string()))
    }

    /// What the client has shown so far.
    pub fn screen(&self) -> String {
        self.client.borrow().output()
    }

    /// The client shows this.
    pub fn shows(&self, text: &str) -> Verdict {
        let shown = self.waits(self.patience, || self.screen().contains(text));
        expect(shown, format!("`{text}` on the client's screen"), self.last_lines())
    }

    /// The last lines that the client wrote, if it has ended.
    pub fn wrote_at_its_end(&self) -> String {
        let mut client = self.client.borrow_mut();
        if client.exit_code().is_some() { last_lines(&client.output()) } else { String::new() }
    }

    fn last_lines(&self) -> String {
        let screen = self.screen();
        let lines: Vec<&str> = screen.lines().rev().take(4).collect();
        format!("its last lines: {}", lines.into_iter().rev().collect::<Vec<_>>().join(" / "))
    }

    /// The client does not show this. Ask only after something later was seen.
    pub fn does_not_show(&self, text: &str) -> Verdict {
        let shown = self.screen().contains(text);
        expect(!shown, format!("no `{text}` on the client's screen"), self.last_lines())
    }

    /// The client ends. Gives its exit code.
    pub fn ends(&self) -> Result<i32, Failure> {
        self.ends_within(self.patience)
    }

    /// The client ends in this time. Gives its exit code.
    pub fn ends_within(&self, patience: Duration) -> Result<i32, Failure> {
        let mut code = None;
        self.waits(patience, || {
            code = self.client.borrow_mut().exit_code();
            code.is_some()
        });
        code.ok_or_else(|| Failure::new("a client that ends", "it still runs"))
    }

    fn waits(&self, patience: Duration, mut so: impl FnMut() -> bool) -> bool {
        let deadline = Instant::now() + patience;
        while !so() {
            if Instant::now() > deadline {
                return false;
            }
            // Another process gives no signal: look again soon.
            thread::sleep(Duration::from_millis(10));
        }
        true
    }

    /// Puts a file where the client finds it.
    pub fn has_file(&self, name: &str, bytes: &[u8]) -> Verdict {
        let client = self.client.borrow();
        for folder in [client.folder.path().to_owned(), client.folder.path().join("LocalFiles")] {
            fs::write(folder.join(name), bytes)
                .map_err(|error| Failure::new("a folder for files", error.to_string()))?;
        }
        Ok(())
    }

    /// The names of the files with this content, anywhere below the client's folder.
    pub fn files_with(&self, bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        look(self.client.borrow().folder.path(), bytes, &mut found);
        found.sort();
        found
    }
}

fn look(folder: &Path, bytes: &[u8], found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            look(&path, bytes, found);
        } else if fs::read(&path).is_ok_and(|content| content == bytes) {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
}
