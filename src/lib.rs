//! A chat room with files: a server and a client on `std::net` and `std::thread`, to run in class and to read.
//!
//! The modules are declared in reading order, which is the order in which a line passes through them.

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
