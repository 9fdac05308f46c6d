//! Latency: how long a message takes from being sent to each receiver, in a room where one speaks
//! each 5 ms.
//!
//! The sender and all receivers are in this one process, so both times come from one clock, and
//! what is measured is the whole way: write, server, read, and the waking of both processes.
//! Nothing else goes on meanwhile.

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::fanout::full_stages;
use crate::ledger::Message;
use crate::options::Plan;
use crate::results::{Case, Metric, Results, Summary};
use crate::stage::{Heard, Stage};
use crate::subject::Kind;

/// Time between two messages.
const PERIOD: Duration = Duration::from_millis(5);

const METRICS: [Metric; 3] = [
    Metric { key: "p50_ms", heading: "p50 ms", decimals: 3, summary: Summary::Median },
    Metric { key: "p99_ms", heading: "p99 ms", decimals: 3, summary: Summary::Median },
    Metric { key: "max_ms", heading: "max ms", decimals: 3, summary: Summary::Largest },
];

/// Measures rooms of 10 and 100.
pub fn measure(kinds: &[Kind], plan: &Plan) -> Outcome<Results> {
    let mut cases = Vec::new();
    for members in [10, 100] {
        let mut stages = full_stages(kinds, 1, members)?;
        let round = |stage: &mut Stage| round(stage, plan.latency);
        cases.push(Case::measure(members, "", &mut stages, plan.rounds, round)?);
    }
    let title = "latency: one room, one message each 5 ms, from send to each receiver".into();
    Ok(Results { workload: "latency", title, size_unit: "members", metrics: &METRICS, cases })
}

fn round(stage: &mut Stage, time: Duration) -> Outcome<Vec<f64>> {
    let end = Instant::now() + time;
    let mut pace = Pace::new(0);
    let mut latencies = Latencies::default();
    while Instant::now() < end || !stage.is_settled() {
        if Instant::now() < end {
            pace.say_if_due(stage)?;
        }
        stage.turn(pace.until_due(), &mut |_, heard| {
            if let Heard::Message(message) = heard {
                latencies.add(pace.age(message));
            }
            Ok(())
        })?;
    }
    stage.settle()?;
    Ok(vec![
        latencies.percentile_ms(50.0),
        latencies.percentile_ms(99.0),
        latencies.percentile_ms(100.0),
    ])
}

/// Someone who says something each 5 ms, and remembers when.
pub struct Pace {
    sender: usize,
    first_sequence: u32,
    said: Vec<Instant>,
    due: Instant,
}

impl Pace {
    pub fn new(sender: usize) -> Pace {
        Pace { sender, first_sequence: 0, said: Vec::new(), due: Instant::now() }
    }

    /// Says something if it is time to.
    pub fn say_if_due(&mut self, stage: &mut Stage) -> Outcome<()> {
        let now = Instant::now();
        if now < self.due {
            return Ok(());
        }
        // Reckoned from the last due time, so that waking late now and then doesn't slow the pace.
        self.due += PERIOD;
        let message = stage.say(self.sender, 1)?;
        if self.said.is_empty() {
            self.first_sequence = message.sequence;
        }
        self.said.push(now);
        Ok(())
    }

    /// How long to wait for the next message's time.
    pub fn until_due(&self) -> Duration {
        let left = self.due.saturating_duration_since(Instant::now());
        // When nothing more is to be said, what is due lies in the past; a wait of nothing would
        // spin.
        if left.is_zero() { PERIOD } else { left }
    }

    /// How long ago a message was said.
    pub fn age(&self, message: Message) -> Duration {
        self.said[(message.sequence - self.first_sequence) as usize].elapsed()
    }
}

/// Latencies of many deliveries.
#[derive(Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    pub fn add(&mut self, latency: Duration) {
        self.0.push(latency);
    }

    /// The latency that `percent` of the deliveries did not exceed, in milliseconds.
    pub fn percentile_ms(&mut self, percent: f64) -> f64 {
        self.0.sort_unstable();
        let rank = (self.0.len() as f64 * percent / 100.0).ceil() as usize;
        self.0.get(rank.saturating_sub(1)).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
    }
}
