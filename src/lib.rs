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
//!    its own.
//! 2. [`server::session`] reads the socket. The bytes come through the person's [`outbox`], which
//!    owns the socket, and through [`server::telnet`], which changes nothing for a program.
//!    [`line`](mod@line) makes lines of the bytes, and [`protocol`] makes a request of a line.
//! 3. [`server::chat`] takes the message and cleans it with [`text`].
//! 4. [`server::rooms`] knows who is in the room, and posts the message to the outbox of each.
//! 5. The [`outbox`] writes it to its socket. No thread waits for a slow reader's socket. At most
//!    the authors pause before their next line.
//!
//! A file comes in by steps 1 and 2. After a lone `!`, [`server::chat`] lets the session ask for
//! it. [`server::session`] gives the offer that answers, and then the blocks, to [`transfer`]. The
//! receiving role checks the [`name`] of what is offered, and writes each block to a part file in
//! a [`folder`]. Now and then, and at the end, the folder syncs that file with [`disk`]. Once
//! the whole file is stored, [`server::chat`] tells the room through [`server::rooms`].
//! [`server::receipt`] offers it to the outbox of each other member who is a program, and collects
//! the result from each, for the sender of the file. A member who wants the file says so to its own
//! session, which passes the answer on to the outbox. From then on a courier of the outbox reads
//! the file block by block, as the sending role in [`transfer`] says, and writes it.
//!
//! A password comes in by steps 1 and 2 as the answer to a question. In [`server::session`] it
//! becomes a type of its own, from [`name`]. It goes to [`server::sign_in`], or to
//! [`server::menu`] and [`server::rooms`]. [`server::store`] has it hashed in
//! [`server::password`], and keeps the hash in [`server::journal`]. The last step to the disk is
//! in [`disk`].
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
//! In the second table each module uses only modules after it, and those of the first table. (The
//! files of [`client`] are declared the other way round: each uses those above it.) A module that
//! is a folder is one thing in several files. (In [`outbox`], too, each file uses only those after
//! it.)
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
//! | [`server::presence`] | who is signed in, and on which connection |
//! | [`server::store`], [`server::journal`], [`server::password`] | what outlives a restart |
//! | [`server::connections`] | all connections, and how many there may be |
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
//!  │ receiving ◄──────────┼───────────────────┼─ couriers write the outboxes out: one for    │
//!  │    │ shows           │                   │   each core for text, four for files         │
//!  │    ▼ terminal        │                   │ main: obeys what is typed on the terminal    │
//!  │ log: writes its file │                   │ console: shows what happens; log: as there   │
//!  └──────────────────────┘                   └──────────────────────────────────────────────┘
//! ```
//! If the couriers for text sleep and a message goes to few idle outboxes, the author's own
//! session writes it to their sockets. It leaves a full socket to the couriers. Some threads do
//! one job and end: one tells a newcomer that there is no place, one syncs a file, one looks up a
//! host and one tries an address while the client connects. An interactive terminal has two, one
//! for its keys and one that looks after its size and its mode.
//!
//! # The locks
//! Every lock is private to one file or folder, and its header says what the lock guards. A session
//! blocks while it holds a lock in one case only: the journal's, while it waits for the disk. On
//! the server, where two are held at once, they are taken in this order:
//!
//! 1. the terminal's, while Tab looks for names, then one of the maps below;
//! 2. the journal's, then that of the store's maps;
//! 3. the room map, then a room, then an outbox;
//! 4. a room, then the queue of the couriers; or a room, then the tally of a receipt;
//! 5. the lines of the log, and the list of what a disk cannot do, are the last: they may be taken
//!    under any other.
//!
//! No other lock is taken under that of the user map, of the time at which a user typed last, of
//! the map of connections, of the count of those who may hash a password, and of the folder's count
//! of bytes. In the client the dialogue's lock comes first, then the terminal's. Those of the
//! outbox, of the couriers and of the queue of uploads come after these, one at a time, and the
//! lines of the log last. The lock around the client's log is taken only at the end.

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
