//! What people type and read, without files.
//!
//! One file per state of the server (`login`, `menu` with its entries `create`, `enter` and
//! `delete`, then `room`); what is true in every state (`control` with its table `states`,
//! `pieces`, `silence`); what programs and other people see (`hello`, `raw`); and what happens
//! between people at one moment (`order`, `race`).

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
mod hello;
mod pieces;
mod raw;
mod silence;
pub mod states;

mod order;
mod race;
