//! The client: three threads around one socket.
//!
//! ```text
//!   keyboard ──► main thread ──► outbox ──► sending thread ──► socket
//!                                   ▲ $pong, $ready, $ack, …     │
//!   terminal ◄── receiving thread ──┘◄───────────────────────────┘
//! ```
//! No thread waits for another one. Posting to the outbox never blocks, so what comes in is
//! always read, and a person can type while a file is sent.
//!
//! Read the files in this order; each one only uses those above it:
//!
//! 1. `config` and `connect`: from the command line to a connection with a chat room.
//! 2. `dialogue`: what the client knows about where it is.
//! 3. `tone`: what kind of line the server sent.
//! 4. `shared`: what the threads share, and how the program ends.
//! 5. `progress`: how far a file is, in words.
//! 6. `upload`: from a typed name to a file in the outbox.
//! 7. `keyboard` and `receive`: the two threads with work of their own.
//! 8. `run`: starts them all.

pub mod config;
pub mod connect;
pub mod dialogue;
pub mod tone;
pub mod shared;
pub mod progress;
pub mod upload;
pub mod keyboard;
pub mod receive;
pub mod run;

pub use run::run;
