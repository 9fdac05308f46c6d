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
//! message from the socket on which it comes in to the sockets on which it leaves. The list
//! follows the bytes. The calls of steps 2 and 3 go the other way round: [`server::chat`] asks
//! [`server::session`] for the next input, which asks [`line`](mod@line), and so on down to the
//! socket.
//!
//! 1. [`server::accept`] takes the connection, and [`server::visit`] runs its life on a thread of
//!    its own. A visit goes through the states: signing in, the menu, a room. We follow a message,
//!    so we go to the room.
//! 2. [`server::session`] reads the socket. The bytes come through the person's [`outbox`], which
//!    owns the socket, and through [`server::telnet`], which changes nothing for a program.
//!    [`line`](mod@line) makes lines of the bytes, and [`protocol`] makes a request of a line.
//! 3. [`server::chat`] takes the message and cleans it with [`text`].
//! 4. [`server::rooms`] knows who is in the room, and posts the message to the outbox of each. A
//!    member is a `Person`, from [`server::presence`]: a user with the outbox of a connection.
//! 5. The [`outbox`] writes it to its socket. No thread waits for a slow reader's socket for more
//!    than some milliseconds. But the author of much text waits: before the text is posted, if an
//!    outbox is full, and after it, if one is filling up.
//!
//! A file comes in by steps 1 and 2. After a lone `!`, [`server::chat`] lets the session ask for
//! it. [`server::session`] gives the offer that answers, and then the blocks, to [`transfer`]. The
//! receiving role checks the [`name`] of what is offered, and writes each block to a part file in
//! a [`folder`]. Now and then, and at the end, the folder syncs that file with [`disk`]. Once the
//! whole file is stored, [`server::chat`] tells the room through [`server::rooms`].
//! [`server::receipt`] offers it to the outbox of each other member who is a program, and collects
//! the result from each, for the sender of the file. A member who wants the file says so to its
//! own session, which passes the answer on to the outbox. From then on a courier of the outbox
//! writes the file block by block: it takes the next block from the sending role in [`transfer`],
//! and reads it from the disk with [`platform`]. (The thread that syncs a file is one of
//! [`threads`].)
//!
//! A password comes in by steps 1 and 2 as the answer to a question. In [`server::session`] it
//! becomes a type of its own, from [`name`]. It goes to [`server::sign_in`], or to
//! [`server::menu`] and [`server::rooms`]. [`server::store`] has it hashed in
//! [`server::password`], and keeps the hash in [`server::journal`]. The last step to the disk is
//! in [`disk`]. A password that is only compared, at a login or at the door of a locked room, ends
//! in [`server::password`].
//!
//! # The modules
//! In the first table each module uses only modules above it.
//!
//! | module | what it knows |
//! | --- | --- |
//! | [`line`](mod@line) | bytes become lines, which TCP does not have |
//! | [`text`], [`name`] | what others send becomes text and names that can be trusted |
//! | [`protocol`] | the grammar of all lines; its page is the normative one |
//! | [`lock`](mod@lock) | how a mutex is locked after a panic |
//! | [`size`] | sizes as people write them |
//! | [`platform`], [`disk`] | what differs between systems, and between disks |
//! | [`threads`] | how many threads there may be |
//! | [`folder`] | files that are never half there |
//! | [`transfer`] | both roles of sending a file, without a socket |
//! | [`outbox`] | the only code that writes to a socket |
//! | [`terminal`] | keys, a line editor, a screen (a networking class may skip it) |
//! | [`options`], [`clock`], [`logfile`] | the command line, local time, the log |
//!
//! In the second table each module uses only modules below it, and those of the first table. The
//! server's own start, `server::run`, is in `src/server/mod.rs`. The server is built on Unix only.
//!
//! | module | what it knows |
//! | --- | --- |
//! | [`server::accept`] | a socket comes in, a thread starts |
//! | [`server::visit`] | one connection's life: which state follows which, and the goodbye |
//! | [`server::sign_in`], [`server::menu`], [`server::chat`] | the states, as sequential code |
//! | [`server::screens`] | two screens: the menu's and a room's |
//! | [`server::commands`] | what is typed on the server's own terminal |
//! | [`server::session`], [`server::telnet`] | the connection: next input, deadlines, questions |
//! | [`server::shared`] | what all sessions share: the room map, the user map, the store |
//! | [`server::rooms`], [`server::receipt`] | who reads what is said; who has received a file |
//! | [`server::presence`] | who is signed in, and on which connection: a `Person` |
//! | [`server::store`], [`server::journal`], [`server::password`] | what outlives a restart |
//! | [`server::connections`] | all connections, and how many there may be |
//! | [`server::request_log`], [`server::console`] | the log of requests, the terminal's lines |
//! | [`server::addresses`], [`server::config`] | what to dictate to others, the options |
//! | [`client`] | the same from the other end: one thread types, one receives, one sends |
//!
//! A module that is a folder is one thing in several files. In [`outbox`], [`folder`],
//! [`server::session`] and [`server::journal`] each file uses only files declared below it. In
//! [`client`], [`terminal`] and [`transfer`] each uses only files declared above it. The first
//! file of a folder shares its types with the others.
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
//!  │ receiving ◄──────────┼───────────────────┼─ couriers write the outboxes out: one for    │
//!  │    │ shows           │                   │   each core for text, four for files         │
//!  │    ▼ terminal        │                   │ main: obeys what is typed on the terminal    │
//!  │ log: writes its file │                   │ console: shows what happens; log: as there   │
//!  └──────────────────────┘                   └──────────────────────────────────────────────┘
//! ```
//! If the couriers for text sleep and a message goes to few idle outboxes, the author's own
//! session writes it to their sockets. It leaves a full socket to the couriers. Some threads do
//! one job and end: one closes the connection of a newcomer for whom there is no place, one syncs
//! a file. While the client connects, one looks up the host and reads the greeting, and one for
//! each address tries it. An interactive terminal has two, one for its keys and one that looks
//! after its size and its mode.
//!
//! # The locks
//! Every lock is private to one file or folder, and the head of that file says what it guards. A
//! session blocks while it holds a lock in one case only: the journal's, while it waits for the
//! disk. On the server, where two are held at once, they are taken in this order:
//!
//! 1. the terminal's, while Tab looks for names, then the user map or one of the maps below;
//! 2. the journal's, then that of the store's maps;
//! 3. the room map, then a room, then an outbox;
//! 4. a room, then the queue of the couriers; or a room, then the tally of a receipt;
//! 5. the lines of the log, and the list of what a disk cannot do, are the last: they may be taken
//!    under any other.
//!
//! Under each of these, no other lock is taken: the user map, the time at which a user typed last,
//! the map of connections, the count of those who may hash a password, the folder's count of
//! bytes.
//!
//! In the client the dialogue's lock comes first, then the terminal's. Those of the outbox, of the
//! couriers and of the queue of uploads come after these, one at a time, and the lines of the log
//! last. The lock around the client's log is taken only at the end. On Windows one more guards the
//! position in a file while a block is read. It is always the last.

#[doc = include_str!("tour.md")]
pub mod tour {}
#[doc = include_str!("teaching.md")]
pub mod teaching {}
pub mod line;
pub mod text;
pub mod name;
pub mod protocol;
pub mod lock;
pub mod size;
pub mod platform;
pub mod disk;
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
