//! Files between people, over bare sockets: the exchange of `protocol.md`, section 5.

mod exchange;

mod content;
mod deliver;
pub mod names;
mod refused;
pub mod upload;
