//! The server, so far: what it keeps between two runs.

pub mod password;
pub mod journal;
