//! The client: three threads around one socket.
//!
//! ```text
//!   keyboard ──► main thread ──► outbox ──► sending thread ──► socket
//!                                   ▲ $ping, $ready, $ack, …     │
//!   terminal ◄── receiving thread ──┘◄───────────────────────────┘
//! ```
//! Posting to the outbox never blocks, so what comes in is always read, and a person can type
//! while a file is sent. When the connection is lost, the receiving thread opens another one, with
//! an outbox of its own. The sending thread stays the same.
//!
//! Read the files in this order; each one only uses those above it:
//!
//! 1. `config` and `connect`: from the command line to a connection with a chat room.
//! 2. `ending`, `sent`, `identity`, `talk`, `autopilot`: how a connection ends, what has no answer
//!    yet, who the person is, what the client knows about its session, and who answers.
//! 3. `paths` and `completion`: files and people that can be named.
//! 4. `desk`, `uploads` and `dialogue`: what a typed line is for, which files are to be sent or
//!    have no last receipt, and what is sent when.
//! 5. `tidy`: nothing half received stays.
//! 6. `tone`, `announced` and `progress`: how a line is shown, which files have not begun to come,
//!    and how far one is.
//! 7. `shared`: what the threads share, and how the program ends.
//! 8. `upload` and `intake`: files on their way out and in.
//! 9. `keyboard`, `view`, `receive` and `connection`: the threads, and what the person sees.
//! 10. `run`: starts them all.

pub mod config;
pub mod connect;
pub mod ending;
pub mod sent;
pub mod identity;
pub mod talk;
pub mod autopilot;
pub mod paths;
pub mod completion;
pub mod desk;
pub mod uploads;
pub mod dialogue;
pub mod tidy;
pub mod tone;
pub mod announced;
pub mod progress;
pub mod shared;
pub mod upload;
pub mod intake;
pub mod keyboard;
pub mod view;
pub mod receive;
pub mod connection;
pub mod run;

pub use run::run;
