//! Who sits at a [`Pty`]: people at the `client`, in a room of the real server, or of a pretended
//! one.

use std::net::SocketAddr;
use std::path::Path;

use portable_pty::CommandBuilder;
use tempfile::TempDir;

use super::Pty;
use crate::support::{FakeServer, PASSWORD, Person, Seat, Server, ask, folder};

impl Pty {
    /// Starts a client of this server, on a terminal of 24 rows of 80 columns.
    pub fn client(server: SocketAddr) -> Self {
        Self::client_of_size(server, 24, 80)
    }

    /// Starts a client of this server, on a terminal of this size.
    pub fn client_of_size(server: SocketAddr, rows: u16, columns: u16) -> Self {
        let folder = folder();
        Self::start(Self::command(folder.path(), server), rows, columns, folder)
    }

    /// Starts a client of this server with these files in its LocalFiles.
    pub fn client_in(server: SocketAddr, folder: TempDir) -> Self {
        Self::start(Self::command(folder.path(), server), 24, 80, folder)
    }

    /// The command that starts a client, for tests that change it first.
    pub fn command(folder: &Path, server: SocketAddr) -> CommandBuilder {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_client"));
        command.args([&server.to_string(), "--files", "LocalFiles", "--log", "client.log"]);
        command.arg("--no-time");
        command.cwd(folder);
        command.env("TERM", "xterm-256color");
        for variable in ["NO_COLOR", "RUST_LOG"] {
            command.env_remove(variable);
        }
        command
    }

    /// Is asked this, and answers.
    #[track_caller]
    pub fn answers(&mut self, question: &str, answer: &str) {
        self.sees(&[question, ">>"]);
        self.types(&format!("{answer}\r"));
    }

    /// Makes an account, and comes to the menu.
    #[track_caller]
    pub fn signs_up(&mut self, name: &str) {
        self.answers(ask::NEW_USER.text, name);
        self.answers(ask::NEW_PASSWORD.text, PASSWORD);
        self.answers(ask::REPEAT_PASSWORD.text, PASSWORD);
        self.answers(ask::USER.text, name);
        self.answers(ask::PASSWORD.text, PASSWORD);
        self.sees(&[ask::MENU.text, ">>"]);
    }

    /// From the menu: enters an open room in which somebody is who says hello.
    #[track_caller]
    pub fn enters(&mut self, room: &str, name: &str, host: &mut impl Seat) {
        self.types("3\r");
        self.answers(ask::ROOM.text, room);
        self.sees(&[">> Press ! to send Files", ">>"]);
        host.sees(&format!("::: {name} Entered the Room"));
        // The client is in the room a moment after its screen is: but before it shows what is said
        // next.
        host.types("hello");
        self.waits_until("a hello", |pty| pty.row_from_below(1).ends_with(": hello"));
    }
}

/// A client on a terminal of this size, in a room of a pretended server: for what must happen at
/// one moment.
#[track_caller]
pub fn in_pretended_room(rows: u16, columns: u16) -> (Pty, Person) {
    let server = FakeServer::start();
    let pty = Pty::client_of_size(server.address(), rows, columns);
    goes_to_room(pty, &server)
}

/// The same, for a client that was started in its own way.
#[track_caller]
pub fn goes_to_room(mut pty: Pty, server: &FakeServer) -> (Pty, Person) {
    let mut server = server.welcomes();
    server.sends("$at room Room1");
    server.sends("WELCOME TO Room1 ROOM");
    // When it has answered, it has taken in all that came before.
    server.reads_answers();
    pty.sees_only(&["WELCOME TO Room1 ROOM", ">>"]);
    (pty, server)
}

/// Lucas on a terminal, and skira over a bare socket, in a room of a real server.
#[track_caller]
pub fn lucas_and_skira(server: &Server, lucas: Pty) -> (Pty, Person) {
    let mut lucas = lucas;
    let mut skira = server.sign_up("skira");
    skira.create("Room1");
    lucas.signs_up("lucas");
    lucas.enters("Room1", "lucas", &mut skira);
    skira.sees(" skira: hello");
    (lucas, skira)
}
