//! Checks a server, or a client, for `src/protocol.md`, sentence by sentence, over real sockets.
//!
//! ```text
//! cargo test --test conformance                      ours, both
//! cargo test --test conformance -- lines rooms       only these stages of the course
//! cargo test --test conformance -- 3.11 6            only this sentence, and this section
//! cargo test --test conformance -- --long            also what takes a minute or more
//! cargo test --test conformance -- --list            which check covers which sentence
//!
//! CHATROOM_SERVER='python3 server.py --port {port}'  this server in place of ours
//! CHATROOM_ADDRESS=HOST:PORT                         this server, which runs already
//! CHATROOM_CLIENT='python3 client.py {address}'      this client in place of ours
//! ```
//!
//! A run takes some 20 s for a right server; of a wrong one each check that fails waits 6 s, so a
//! first attempt at `lines` takes a minute. `--long` adds two to three minutes. How many sentences
//! are counted depends on what was asked for: the stages, `--long`, and whether the server's
//! command has `{max}`. Compare totals of the same command only.
//!
//! With one of the three variables only that side is checked. A server that can be told how many
//! connections it may take is given `{max}` in its command, too. Programs run in a folder of their
//! own; a client is given files in that folder and in `LocalFiles` below it.
//!
//! Reading order: `page` (the marks), `check`, `script` (the transcript), `peer` (one connection),
//! `subject` (the program under test), `server/lesson` and `client/stand` (what a check works
//! with), the checks, `runner`, `report`. All of it runs on one thread, but for checks that take
//! long: those run side by side.

mod page;
mod check;
mod script;
mod peer;
mod content;
mod subject;
mod server;
mod client;
mod options;
mod runner;
mod report;
mod itself;
mod python;

use std::process::ExitCode;
use std::time::Instant;

use options::{Asked, Options};
use report::{Side, Totals};

fn main() -> ExitCode {
    let start = Instant::now();
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("conformance: {why}");
            return ExitCode::from(2);
        }
    };
    match options.asked {
        Asked::List => report::list(&options),
        Asked::TerseList => report::terse_list(&options),
        Asked::Run => return run(&options, start),
    }
    ExitCode::SUCCESS
}

fn run(options: &Options, start: Instant) -> ExitCode {
    let mut totals = Totals::default();
    runner::check_the_page(options, &mut totals);
    if let Some(server) = &options.server {
        let mut side = Side::new("server", options, &mut totals);
        runner::check_server(server, options, |outcome| side.add(outcome));
        side.finish();
    }
    if let Some(client) = &options.client {
        let mut side = Side::new("client", options, &mut totals);
        runner::check_client(client, options, |outcome| side.add(outcome));
        side.finish();
    }
    if options.ours {
        itself::check(options, &mut totals);
        python::check(options, &mut totals);
    }
    totals.finish(start.elapsed())
}
