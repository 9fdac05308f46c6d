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
mod callers;
mod jobs;
mod starts;
