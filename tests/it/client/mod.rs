//! The client program, its keyboard and its screen on pipes.

mod connection;
mod networks;
mod pipe;
mod questions;
mod room;
mod wire;

pub mod files;
mod files_lost;
mod folder;
mod large;
mod upload;

pub mod hostile_server;
mod hostile_server_floods;
