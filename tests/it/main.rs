//! The chat room from outside: the real programs, over real sockets and pipes, against what `protocol.md` and
//! `walkthrough.md` say. Each test has a server, a port and a folder of its own, so all run in parallel.
//!
//! Read `walk` first: it is the whole evening of two people. Then one file a state of the server (`login`, `menu`
//! with its entries `create`, `enter` and `delete`, then `room`); what is true in every state (`control` with its
//! table `states`, `pieces`, `ping`); what happens between people at one moment (`order`, `race`); the client
//! (`client_pipe`, `client_wire`); and the two programs as programs (`options`, `logs`, `console`).

mod support;

mod walk;

mod create;
mod delete;
mod enter;
mod login;
mod menu;
mod room;

mod lines;
mod names;
mod take_over;

mod control;
mod pieces;
mod ping;
mod states;

mod order;
mod race;

mod client_pipe;
mod client_wire;

mod console;
mod logs;
mod options;
