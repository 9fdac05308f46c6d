//! A chat room with files: a server and a client on `std::net` and `std::thread`, to run in class and to read.
//!
//! It is the port of a classroom project in Python, and about what that one taught: sockets, threads, and a protocol between
//! them. Text goes in the clear and the scheme for passwords is a classroom's; what it protects and what not is in the README.
//!
//! # Reading order is data order
//! What somebody says comes in as bytes, and leaves as bytes to everybody. Read the modules in the order in which it passes
//! through them:
//!
//! 1. [`line`](mod@line): bytes become lines, which TCP does not have.
//! 2. [`name`] and [`protocol`]: lines become requests and replies, and names that can be trusted.
//! 3. [`server::accept`] and [`server::visit`]: a connection comes in and walks its states,
//!    [`server::sign_in`], [`server::menu`] and [`server::chat`]; [`server::session`] reads for
//!    all of them.
//! 4. [`server::rooms`]: who gets to read it.
//! 5. [`outbox`]: it waits there, and is written to the sockets.
//! 6. [`transfer`] and [`folder`]: files, for both sides.
//! 7. [`client`]: the same, from the other end, with a [terminal] in front.
//! 8. Beside that way: [`server::store`], [`server::presence`], [`server::password`] and [`server::journal`] (who may come in,
//!    and what outlives a restart), [`server::connections`] (the door), [`options`], [`logfile`] and
//!    [`clock`].
//!
//! # The threads
//! ```text
//!  client                                      server
//!  ┌──────────────────────┐                    ┌───────────────────────────────────────────────┐
//!  │ main: keyboard       │                    │ accept ── starts a session for each connection │
//!  │    │ posts           │                    │                                               │
//!  │    ▼                 │       TCP          │ session (one a connection)                    │
//!  │  outbox ► sending ───┼────────────────────┼─► reads its person's lines, posts to          │
//!  │    ▲                 │                    │   the outboxes of all members                 │
//!  │    │ posts           │                    │      │                                        │
//!  │ receiving ◄──────────┼────────────────────┼─ couriers (one a core) write outboxes out;    │
//!  │    │ prints          │                    │   one that is slow, or gets a file, has a     │
//!  │    ▼ terminal        │                    │   thread of its own for a while               │
//!  └──────────────────────┘                    │ main: the server's terminal; console; log     │
//!                                              └───────────────────────────────────────────────┘
//! ```
//! Every lock is private to one file, whose header says what it guards. On the server nothing blocks under a lock but under the
//! journal's, which waits for the disk. They are taken in this order: journal, room map, room, then an outbox or the couriers'
//! queue, never both. On the client only the terminal's are held while the screen or the keyboard is waited for.

pub mod line;
pub mod text;
pub mod name;
pub mod protocol;
pub mod size;
pub mod platform;
pub mod folder;
pub mod transfer;
pub mod outbox;
pub mod terminal;
pub mod options;
pub mod clock;
pub mod logfile;
#[cfg(unix)]
pub mod server;
pub mod client;
