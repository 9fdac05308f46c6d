//! What the command line asks for, and what a run is then made of.

use std::time::Duration;

use crate::{Outcome, WORKLOADS};

pub const USAGE: &str = "\
cargo bench --bench chat [-- OPTIONS]
    --peers          also measure InspIRCd, ngIRCd, nats-server and redis-server, as far as they are
                     installed (Debian has packages of these names)
    --only WORKLOAD  one of fanout, rooms, latency, idle, file, signin, crowd, pace; may be repeated
    --quick          one short round of each: to try things out, its figures are no good
    --no-server      only the floor, and the peers if asked for";

/// The command line's options.
#[derive(Default)]
pub struct Options {
    pub peers: bool,
    pub quick: bool,
    pub no_server: bool,
    /// Empty means all.
    pub only: Vec<String>,
}

impl Options {
    /// Reads the arguments. `Ok(None)`: this is not `cargo bench`, which says `--bench`.
    pub fn parse(arguments: &[String]) -> Outcome<Option<Options>> {
        if !arguments.iter().any(|argument| argument == "--bench") {
            return Ok(None);
        }
        let mut options = Options::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--bench" => (),
                "--peers" => options.peers = true,
                "--quick" => options.quick = true,
                "--no-server" => options.no_server = true,
                "--only" => {
                    options.only.push(arguments.next().ok_or("--only needs a workload")?.clone())
                }
                other => return Err(format!("unknown option {other}\n{USAGE}").into()),
            }
        }
        let is_known = |name: &String| WORKLOADS.iter().any(|(known, _)| known == name);
        match options.only.iter().find(|name| !is_known(name)) {
            Some(name) => Err(format!("unknown workload {name}\n{USAGE}").into()),
            None => Ok(Some(options)),
        }
    }
}

/// How often and how long things are measured.
pub struct Plan {
    pub rounds: usize,
    /// Time that the senders send in a round of fan-out and rooms.
    pub flow: Duration,
    /// Time that the sender sends in a round of latency.
    pub latency: Duration,
    pub file_bytes: u64,
    pub idle_sizes: &'static [usize],
    pub sign_in_sizes: &'static [usize],
    /// People in the crowd.
    pub crowd: usize,
    /// Time that some paste.
    pub pace: Duration,
}

impl Plan {
    /// Chosen for a run of less than eight minutes, peers included, on two cores that do nothing
    /// else.
    pub const FULL: Plan = Plan {
        rounds: 3,
        flow: Duration::from_millis(1000),
        latency: Duration::from_millis(1500),
        file_bytes: 1 << 30,
        idle_sizes: &[1000, 5000, 10_000],
        sign_in_sizes: &[40, 400],
        crowd: 9_900,
        pace: Duration::from_secs(75),
    };

    pub const QUICK: Plan = Plan {
        rounds: 1,
        flow: Duration::from_millis(200),
        latency: Duration::from_millis(500),
        file_bytes: 64 << 20,
        idle_sizes: &[100, 500, 1000],
        sign_in_sizes: &[10],
        crowd: 1000,
        pace: Duration::from_secs(15),
    };
}
