//! The client program on a terminal.

mod edges;
mod editing;
mod typing;

mod colours;
mod files;
mod progress;
mod secrets;

mod ends;
mod program;
mod keys_for_the_caller;
mod jobs;
mod starts;
