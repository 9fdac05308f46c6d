//! The chat room from outside: the real programs, over real sockets and pipes, against what `protocol.md`, the
//! assignment and its walkthrough say. Each test has a server, a port and a folder of its own, so all run in parallel.
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

mod transfer;
mod transfer_upload;
mod transfer_refused;
mod transfer_deliver;
mod transfer_content;
mod transfer_names;

mod client_pipe;
mod client_wire;
mod client_files;
mod client_folder;
mod client_upload;
mod client_large;
mod hostile_server;
mod hostile_server_floods;

mod terminal_typing;
mod terminal_editing;
mod terminal_edges;
mod terminal_secrets;
mod terminal_files;
mod terminal_progress;
mod terminal_colours;
mod terminal_ends;
mod terminal_starts;

mod silent_room;
mod slow_reader;
mod hostile_client;

mod faults_journal;
mod faults_journal_kill;
mod faults_files_disk;
mod faults_files_kill;
mod faults_limits;
mod faults_logs;

mod mutator;
mod sessions_fuzz;

mod console;
mod logs;
mod options;
