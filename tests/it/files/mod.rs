//! Files between people, over bare sockets: the exchange of `protocol.md`, section 5.

mod exchange;

mod content;
mod deliver;
pub mod names;
mod question;
mod receipt;
mod refused;
pub mod upload;
