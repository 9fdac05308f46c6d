//! The two programs as programs: their options, their logs, and the server's console.

mod commands;
mod console;
mod logs;
mod options;
mod teacher;
