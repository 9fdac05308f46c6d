//! `cargo bench`: what a delivery, a connection and a file cost the server, beside a floor and its
//! peers.
//!
//! Black box: the real `server` program as a child process, spoken to over loopback by one load
//! generator, which is this process. Nothing of the library is used. Read in this order:
//!
//! - `options`: the command line; how often and how long things are measured.
//! - `subject`, `process`, `peers`: the servers under test, started, watched and ended.
//! - `framing`, `load`: from bytes to lines, and the event loop that holds 10,000 connections in
//!   one thread.
//! - `dialect`, `ledger`, `stage`, `admission`: people: their language, what they must receive,
//!   how they get in.
//! - `fanout`, `latency`, `idle`, `file` (with `content` and `transfer`), `signin`, `crowd`,
//!   `pace`: the workloads.
//! - `results`, `report`: medians, ratios, tables, JSON.
//! - `floor`, `floor_file`: the least that any server can do; `selfcheck`: the floor, doing it
//!   wrong on purpose.
//!
//! The generator shares the machine with the server, so deliveries per second depend on both, and
//! on the neighbours. CPU time per delivery is the steadiest figure. How to take the figures, and
//! the last ones, are in `README.md` beside this file.

mod admission;
mod content;
mod crowd;
mod dialect;
mod fanout;
mod file;
mod floor;
mod floor_file;
mod framing;
mod idle;
mod latency;
mod ledger;
mod load;
mod options;
mod pace;
mod peers;
mod process;
mod report;
mod results;
mod selfcheck;
mod signin;
mod stage;
mod subject;
mod transfer;

use std::error::Error;
use std::fs;
use std::process::ExitCode;
use std::time::Instant;

use options::{Options, Plan, USAGE};
use results::Results;
use subject::Kind;

/// A benchmark has one way to deal with an error: to say it and to fail.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

type Workload = fn(&[Kind], &Plan) -> Outcome<Results>;

const WORKLOADS: [(&str, Workload); 8] = [
    ("fanout", fanout::one_room),
    ("rooms", fanout::many_rooms),
    ("latency", latency::measure),
    ("idle", idle::measure),
    ("file", file::measure),
    ("signin", signin::measure),
    ("crowd", crowd::measure),
    ("pace", pace::measure),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((first, rest)) if first == floor::ARGUMENT => floor::run(rest),
        _ => bench(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench(arguments: &[String]) -> Outcome<()> {
    let Some(options) = Options::parse(arguments)? else {
        println!("nothing measured; run it with\n{USAGE}");
        return Ok(());
    };
    let start = Instant::now();
    let plan = if options.quick { Plan::QUICK } else { Plan::FULL };
    println!(
        "{}; medians of {} rounds; (×) is the server's figure over this one",
        machine(),
        plan.rounds
    );
    let kinds = contestants(&options);
    selfcheck::run()?;
    let mut all = Vec::new();
    for (name, measure) in WORKLOADS {
        if options.only.is_empty() || options.only.iter().any(|only| only == name) {
            let results = measure(&kinds, &plan).map_err(|error| format!("{name}: {error}"))?;
            report::print_table(&results);
            report::print_json(&results);
            all.push(results);
        }
    }
    report::print_growth(&all);
    println!("\nall of it took {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// The servers to measure, in the order of their turns. A peer that isn't installed is named, and
/// left out.
fn contestants(options: &Options) -> Vec<Kind> {
    let mut kinds = vec![Kind::Server, Kind::Floor];
    kinds.retain(|&kind| !(options.no_server && kind == Kind::Server));
    if options.peers {
        for kind in [Kind::Inspircd, Kind::Ngircd, Kind::Nats, Kind::Redis] {
            match peers::program(kind) {
                Some(_) => kinds.push(kind),
                None => println!("{0} is missing: try apt-get install {0}", kind.name()),
            }
        }
    }
    kinds
}

/// What the figures were taken on.
fn machine() -> String {
    let cpu_info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpu_info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown CPU");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{}, {cores} cores, Linux {}",
        model.trim_start_matches([' ', '\t', ':']),
        kernel.trim()
    )
}
