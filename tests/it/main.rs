//! The chat room from outside: the real programs, over real sockets and pipes, against what
//! `protocol.md`, the assignment and its walkthrough say. Each test has a server, a port and a
//! folder of its own, so all of them run in parallel.
//!
//! Read [`text::walk`] first: it is the whole evening of two people. Each folder is one subject:
//!
//! - [`text`]: what people type and read, without files.
//! - [`files`]: files between people, over bare sockets.
//! - [`client`]: the client program, on pipes.
//! - [`terminal`]: the client program, on a terminal.
//! - [`faults`]: what breaks: disks, limits, kill -9, hostile and slow people.
//! - [`programs`]: the two programs as programs: options, logs, the server's console.
//! - [`exercises`]: what the chat room cannot do yet, for those who want to do it.
//! - [`pages`]: what the pages for readers name exists.
//! - [`support`]: what all of them need.

mod support;

mod client;
mod exercises;
mod house;
mod faults;
mod files;
mod pages;
mod programs;
mod terminal;
mod text;
