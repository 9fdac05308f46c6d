//! What breaks: full disks, limits, kill -9, and people who are hostile or do not read.

mod files_disk;
mod files_kill;
mod journal;
mod journal_kill;
mod limits;
mod logs;
mod odd_disks;
mod pauses;

mod hostile_client;
mod silent_room;
mod slow_reader;

mod mutator;
mod sessions_fuzz;
