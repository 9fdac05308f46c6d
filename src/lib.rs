//! A chat room with files: a server and a client on `std::net` and `std::thread`. You can run it
//! in class, and you can read it.
//!
//! It is the port of a classroom project in Python. It teaches what that project taught: sockets,
//! threads, and a protocol between them. Text crosses the network unencrypted. The README says
//! what the programs protect, and what they do not.
//!
//! # Where to start
//! If sockets or threads are new to you, take the [`tour`] first. Each of its lectures begins with
//! a mistake. Teachers find a demo and a lab in [`teaching`].
//!
//! Otherwise start at [`server::accept`]: a socket comes in, and a thread starts. Then follow one
//! message from the socket on which it comes in to the sockets on which it leaves:
//!
//! 1. [`server::accept`] takes the connection, and [`server::visit`] runs its life on a thread of
//!    its own.
//! 2. [`server::session`] reads the socket, through [`server::telnet`] for people without our
//!    client. [`line`](mod@line) makes lines of the bytes, and [`protocol`] makes a request of a
//!    line.
//! 3. [`server::chat`] takes the message and cleans it with [`text`].
//! 4. [`server::rooms`] knows who is in the room, and posts the message to the outbox of each.
//! 5. [`outbox`] writes it to the sockets. Here no person may have to wait for another one.
//!
//! A block of a file comes in by the same steps up to [`server::session`], which gives it to
//! [`transfer`]: the receiving role stores it in a [`folder`], and later the sending role reads it
//! again, inside the outbox of each member. [`server::receipt`] tells the sender who has it.
//!
//! A password comes in by [`server::session`] to [`server::sign_in`] or [`server::menu`]. In
//! [`name`] it becomes a type of its own, [`server::password`] hashes it, and [`server::store`]
//! keeps the hash in [`server::journal`].
//!
//! # All files, in the order in which they build on each other
//! In the first table each module uses only modules above it.
//!
//! | module | what it knows |
//! | --- | --- |
//! | [`line`](mod@line) | bytes become lines, which TCP does not have |
//! | [`text`], [`name`] | what others send becomes text and names that can be trusted |
//! | [`protocol`] | the grammar of all lines; its page is the normative one |
//! | [`size`], [`platform`] | sizes as people write them; what differs between systems |
//! | [`threads`] | how many threads there may be |
//! | [`folder`] | files that are never half there |
//! | [`transfer`] | both roles of sending a file, without a socket |
//! | [`outbox`] | the only code that writes to a socket |
//! | [`terminal`] | keys, a line editor, a screen (a networking class may skip it) |
//! | [`options`], [`clock`], [`logfile`] | the command line, local time, the log |
//!
//! In the second table each module uses those below it, and the first table. (The files of
//! [`client`] are declared the other way round: each uses those above it.)
//!
//! | module | what it knows |
//! | --- | --- |
//! | [`server::accept`] | a socket comes in, a thread starts |
//! | [`server::visit`] | one connection's life: which state follows which, and the goodbye |
//! | [`server::sign_in`], [`server::menu`], [`server::chat`] | the states, as sequential code |
//! | [`server::screens`] | the two screens that more than one state shows |
//! | [`server::commands`] | what is typed on the server's own terminal |
//! | [`server::session`], [`server::telnet`] | the connection: next input, deadlines, questions |
//! | [`server::shared`] | what all sessions share: the room map, the user map, the store |
//! | [`server::rooms`], [`server::receipt`] | who reads what is said; who has received a file |
//! | [`server::presence`], [`server::connections`] | who is signed in; how many may connect |
//! | [`server::store`], [`server::journal`], [`server::password`] | what outlives a restart |
//! | [`server::request_log`], [`server::console`] | the log of requests, the terminal's lines |
//! | [`server::addresses`], [`server::config`] | what to dictate to others, the options |
//! | [`client`] | the same from the other end: one thread types, one receives, one sends |
//!
//! # The threads
//! ```text
//!  client                                     server
//!  ┌──────────────────────┐                   ┌──────────────────────────────────────────────┐
//!  │ main: the keyboard   │                   │ accept: starts a session for each connection │
//!  │    │ posts           │                   │                                              │
//!  │    ▼                 │        TCP        │ session, one for each connection:            │
//!  │  outbox ► sending ───┼───────────────────┼─► reads its person's lines, and posts to the │
//!  │    ▲                 │                   │   outboxes of all members                    │
//!  │    │ posts           │                   │      │                                       │
//!  │ receiving ◄──────────┼───────────────────┼─ couriers, one for each core, write the      │
//!  │    │ shows           │                   │   outboxes out; a slow one gets help         │
//!  │    ▼ terminal        │                   │ main: the terminal's commands; console; log  │
//!  └──────────────────────┘                   └──────────────────────────────────────────────┘
//! ```
//!
//! # The locks
//! Every lock is private to one file, and the header of that file says what it guards. On the
//! server nothing blocks while it holds a lock, with one exception: the journal's, which waits for
//! the disk. Where two are held at once, they are taken in this order:
//!
//! 1. the journal's, then that of the store's maps;
//! 2. the room map, then a room, then an outbox.
//!
//! The queue of the couriers, the map of connections, the user map, the tally of a receipt, the
//! folder's count of bytes and the log's lines are each taken alone.

#[doc = include_str!("tour.md")]
pub mod tour {}
#[doc = include_str!("teaching.md")]
pub mod teaching {}
pub mod line;
pub mod text;
pub mod name;
pub mod protocol;
pub mod size;
pub mod platform;
pub mod threads;
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
