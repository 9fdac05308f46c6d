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
//! 3. [`server::session`], then its states [`server::login`], [`server::menu`], [`server::chat`]: what a request does.
//! 4. [`server::rooms`]: who gets to read it.
//! 5. [`outbox`] and [`couriers`]: it waits there, and is written to the sockets.
//! 6. [`transfer`] and [`folder`]: files, for both sides.
//! 7. [`client`]: the same, from the other end, with a [terminal](client::terminal) in front.
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
//! Every lock is private to one file, whose header says what it guards. Nothing blocks under one but the journal's, which is
//! for that. The order in which they are taken: journal, room map, room, outbox.

pub mod line;
pub mod name;
pub mod protocol;
pub mod size;
pub mod folder;
pub mod transfer;
pub mod outbox;
pub mod couriers;
pub mod options;
pub mod logfile;
pub mod server;
pub mod client;
