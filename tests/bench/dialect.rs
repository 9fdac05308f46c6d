//! What the servers speak: how a person signs in and enters a room, speaks there, and shows to be
//! alive.
//!
//! The dialects: the chat room's own protocol, as a program speaks it and as a person on a raw
//! connection does; the floor's, the chat room's without signing in; IRC, NATS and Redis, which
//! the peers speak. Nothing else in the load generator depends on which server it talks to, but
//! for two differences that can't be hidden: IRC does not send a message back to its author
//! ([`Dialect::echo`]), and NATS keeps no order across authors ([`Dialect::keeps_order`]).

use std::time::Duration;

use crate::ledger::MESSAGE_BYTES;

/// The languages of the servers under test.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// A person on a raw connection: all there is but files.
    ChatRoom,
    /// A program: `$hello`, files, and a `$ping` now and then.
    ChatProgram,
    Floor,
    Irc,
    Nats,
    Redis,
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

/// One step of signing in: what to send at once, and by which words in a line its success is
/// known.
pub struct Step {
    pub send: String,
    pub until: &'static str,
}

const PASSWORD: &str = "secret";

impl Dialect {
    pub fn echo(self) -> Echo {
        match self {
            Dialect::Irc => Echo::Off,
            _ => Echo::On,
        }
    }

    /// Whether all members see the messages of all authors in the same order.
    pub fn keeps_order(self) -> bool {
        self != Dialect::Nats
    }

    /// What a client that says nothing must send now and then, and how often at least.
    pub fn sign_of_life(self) -> Option<(&'static [u8], Duration)> {
        (self == Dialect::ChatProgram).then_some((b"$ping\n", Duration::from_secs(15)))
    }

    /// The way from a new connection into the room.
    pub fn sign_in(self, seat: &Seat) -> Vec<Step> {
        let Seat { name, room, part } = seat;
        match self {
            // A person may type ahead: every answer to the coming questions, in one write. First
            // the new user (name, password, repeated), then the login, then the menu.
            Dialect::ChatRoom | Dialect::ChatProgram => {
                let hello = if self == Dialect::ChatProgram { "$hello 2\n" } else { "" };
                let choice = match part {
                    Part::Creator => format!("1\n{room}\nn\n"),
                    Part::Guest => format!("3\n{room}\n"),
                };
                let send =
                    format!("{hello}{name}\n{PASSWORD}\n{PASSWORD}\n{name}\n{PASSWORD}\n{choice}");
                vec![Step { send, until: ">> Press ! to send Files" }]
            }
            Dialect::Floor => vec![Step { send: format!("{room} {name}\n"), until: "welcome" }],
            // InspIRCd completes a registration at the next tick of its clock, and refuses a JOIN
            // before it: so it is a step of its own. The PING is for the door (`admission.rs`):
            // whatever the answer, it shows that we are in.
            Dialect::Irc => vec![
                Step {
                    send: format!("PING door\r\nNICK {name}\r\nUSER {name} 0 * :{name}\r\n"),
                    until: " 001 ",
                },
                Step { send: format!("JOIN #{room}\r\n"), until: " 366 " },
            ],
            // The answer to the PING comes after the subscription.
            Dialect::Nats => vec![Step {
                send: format!("CONNECT {{\"verbose\":false}}\r\nSUB {room} 1\r\nPING\r\n"),
                until: "PONG",
            }],
            // In version 3 of its protocol a connection that subscribes may publish too.
            Dialect::Redis => {
                vec![Step { send: format!("HELLO 3\r\nSUBSCRIBE {room}\r\n"), until: "subscribe" }]
            }
        }
    }

    /// What to send before and after a text, to say it to a room.
    pub fn saying(self, room: &str) -> (String, &'static str) {
        match self {
            Dialect::ChatRoom | Dialect::ChatProgram | Dialect::Floor => (String::new(), "\n"),
            Dialect::Irc => (format!("PRIVMSG #{room} :"), "\r\n"),
            Dialect::Nats => (format!("PUB {room} {MESSAGE_BYTES}\r\n"), "\r\n"),
            Dialect::Redis => {
                let words = format!("*3\r\n$7\r\nPUBLISH\r\n${}\r\n{room}\r\n", room.len());
                (format!("{words}${MESSAGE_BYTES}\r\n"), "\r\n")
            }
        }
    }

    /// The answer to `line` if it asks whether this client still lives.
    pub fn pong(self, line: &[u8]) -> Option<Vec<u8>> {
        match self {
            Dialect::ChatRoom | Dialect::ChatProgram | Dialect::Floor | Dialect::Redis => None,
            Dialect::Nats => (line == b"PING").then(|| b"PONG\r\n".to_vec()),
            Dialect::Irc => {
                line.strip_prefix(b"PING ").map(|token| [b"PONG ", token, b"\r\n"].concat())
            }
        }
    }
}
