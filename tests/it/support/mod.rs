//! What the tests have in common: the real programs, started in a folder of their own and ended
//! when they are dropped, and the people who talk to them.
//!
//! - [`Program`]: any child process, its output read by threads.
//! - [`Server`]: the `server` binary, on a port of its own, with its terminal and its log.
//! - [`Seat`]: where a person sits, and what a person does there: types, sees, enters a room,
//!   leaves it. Two kinds: [`Person`] over a bare socket, [`Client`] through the `client` binary.
//! - [`ask`]: every question of the server.
//! - [`Wire`]: lines and bytes over a socket. `files`: what a `Person` does with files.
//! - [`Bystanders`]: two who talk while others do harm, and must not notice.
//! - `faults` and `tree`: full disks, limits, signals, and what is in a folder afterwards.
//!
//! Nothing here depends on luck. Reading waits until the line is there or [`DEADLINE`] has passed.
//! To prove that nothing came, a test causes one more line: that must be the next one.

pub mod ask;
mod bystanders;
mod client;
pub mod clock;
pub mod content;
mod dice;
mod fake_server;
pub mod faults;
pub mod network;
mod files;
mod person;

mod program;
pub mod odd_disk;
mod proxy;
pub mod pty;
mod seat;
mod server;
pub mod tree;
mod wire;

use std::time::{Duration, Instant};

pub use ask::Ask;
pub use bystanders::Bystanders;
pub use client::Client;
pub use dice::Dice;
pub use fake_server::FakeServer;
pub use person::{Kind, Pace, Person, TO_PEOPLE, TO_PROGRAMS, is_unclean};
pub use program::Program;
pub use proxy::Proxy;
pub use seat::{Seat, WELCOME};
pub use server::{Server, Terminal, folder};
pub use wire::Wire;

/// How long anything may take before a test gives up. Far more than it takes: machines that run
/// tests are slow at times, and a test that passes never waits for it.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// The password of everyone whose password does not matter.
pub const PASSWORD: &str = "open sesame";

/// Asks until there is an answer, for what can't be waited for by reading: a file's content, a
/// process's end.
#[track_caller]
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < DEADLINE, "still not so: {what}");
        // Between two looks: what is waited for has no event of its own.
        std::thread::sleep(Duration::from_millis(5));
    }
}
