//! The client program, its keyboard and its screen on pipes.

mod networks;
mod pipe;
mod wire;

pub mod files;
mod folder;
mod large;
mod upload;

pub mod hostile_server;
mod hostile_server_floods;
