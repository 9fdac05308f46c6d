//! What the servers speak: how a person signs in and enters a room, speaks there, and shows to be alive.
//!
//! Three dialects: the chat room's own protocol; IRC, which the peers speak; and the floor's, the chat room's without
//! signing in. Nothing else in the load generator depends on which server it talks to, but for one difference that
//! can't be hidden: IRC does not send a message back to its author ([`Dialect::echo`]).

/// The languages of the servers under test.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    ChatRoom,
    Floor,
    Irc,
}

/// Whether a server sends a message to its own author too.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    On,
    Off,
}

/// Who a connection is, and where it sits. The names satisfy every server's rules.
pub struct Seat {
    pub name: String,
    pub room: String,
    pub part: Part,
}

/// A room's first member creates it; the others can only come after.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Creator,
    Guest,
}

/// One step of signing in: what to send at once, and by which words in a line its success is known.
pub struct Step {
    pub send: String,
    pub until: &'static str,
}

const PASSWORD: &str = "secret";

impl Dialect {
    pub fn echo(self) -> Echo {
        match self {
            Dialect::ChatRoom | Dialect::Floor => Echo::On,
            Dialect::Irc => Echo::Off,
        }
    }

    /// The way from a new connection into the room.
    pub fn sign_in(self, seat: &Seat) -> Vec<Step> {
        let Seat { name, room, part } = seat;
        match self {
            // A person may type ahead: every answer to the coming questions, in one write. First the new user (name,
            // password, repeated), then the login, then the menu.
            Dialect::ChatRoom => {
                let choice = match part {
                    Part::Creator => format!("1\n{room}\nn\n"),
                    Part::Guest => format!("3\n{room}\n"),
                };
                let send = format!("{name}\n{PASSWORD}\n{PASSWORD}\n{name}\n{PASSWORD}\n{choice}");
                vec![Step { send, until: ">> Press ! to send Files" }]
            }
            Dialect::Floor => vec![Step { send: format!("{room} {name}\n"), until: "welcome" }],
            // InspIRCd completes a registration at the next tick of its clock, and refuses a JOIN before it: so it is
            // a step of its own. The PING is for the door (`admission.rs`): whatever the answer, it shows that we are
            // in.
            Dialect::Irc => vec![
                Step {
                    send: format!("PING door\r\nNICK {name}\r\nUSER {name} 0 * :{name}\r\n"),
                    until: " 001 ",
                },
                Step { send: format!("JOIN #{room}\r\n"), until: " 366 " },
            ],
        }
    }

    /// What stands around a text to say it to a room: before it, and after it.
    pub fn saying(self, room: &str) -> (String, &'static str) {
        match self {
            Dialect::ChatRoom | Dialect::Floor => (String::new(), "\n"),
            Dialect::Irc => (format!("PRIVMSG #{room} :"), "\r\n"),
        }
    }

    /// The answer to `line` if it asks whether this client still lives.
    pub fn pong(self, line: &[u8]) -> Option<Vec<u8>> {
        match self {
            Dialect::ChatRoom | Dialect::Floor => (line == b"$ping").then(|| b"$pong\n".to_vec()),
            Dialect::Irc => {
                line.strip_prefix(b"PING ").map(|token| [b"PONG ", token, b"\r\n"].concat())
            }
        }
    }
}
