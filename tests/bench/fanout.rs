//! Fan-out and rooms: how many messages a server takes through, and what a delivery costs it.
//!
//! Each sender keeps 32 messages of 64 bytes in flight: it says the next one when it has seen one
//! of its own come back. (Where a server sends nobody their own messages, the next member's
//! receipt serves.) A delivery is one message that reached one member; every one is checked
//! (`ledger.rs`). A round lasts until the last delivery of all that was said in its time has
//! arrived, so what a server still holds when the senders stop is neither lost from the count nor
//! free of charge.
//!
//! *Generator* says for how much of the time the load generator was on a CPU. Near 100 % it, and
//! not the server, sets the deliveries a second, and the server's CPU time a delivery is the
//! figure to go by.
//!
//! *Fan-out* is one room; *rooms* is 100 rooms of 10 with one sender each, where the messages of
//! one room don't leave in one write with those of another.

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::ledger::MAX_SENDERS;
use crate::options::Plan;
use crate::process::own_cpu_seconds;
use crate::results::{Case, Metric, Results, Summary};
use crate::stage::{Heard, Stage};
use crate::subject::Kind;

/// Messages that a sender has under way at a time.
const IN_FLIGHT: usize = 32;

/// How long a turn may wait with nothing to read. Only then is the clock looked at again.
const TURN: Duration = Duration::from_millis(10);

const METRICS: [Metric; 4] = [
    Metric {
        key: "deliveries_per_s",
        heading: "deliveries/s",
        decimals: 0,
        summary: Summary::Median,
    },
    Metric {
        key: "cpu_s_per_million",
        heading: "CPU s/million",
        decimals: 3,
        summary: Summary::Median,
    },
    Metric { key: "peak_mib", heading: "peak MiB", decimals: 1, summary: Summary::Median },
    Metric {
        key: "generator_percent",
        heading: "generator %",
        decimals: 0,
        summary: Summary::Aside,
    },
];

/// Measures one room of several sizes, with 1 and 4 senders.
pub fn one_room(kinds: &[Kind], plan: &Plan) -> Outcome<Results> {
    let mut cases = Vec::new();
    for members in [10, 100, 1000] {
        let mut stages = full_stages(kinds, 1, members)?;
        for (senders, series) in [(1, "1 sender"), (4, "4 senders")] {
            let round = |stage: &mut Stage| round(stage, senders, plan.flow);
            cases.push(Case::measure(members, series, &mut stages, plan.rounds, round)?);
        }
    }
    // Curves run over the sizes, so cases of one series stand together.
    cases.sort_by_key(|case| case.series);
    let title = "fan-out: one room, 64-byte messages, 32 in flight a sender".into();
    Ok(Results { workload: "fanout", title, size_unit: "members", metrics: &METRICS, cases })
}

/// Measures 100 rooms of 10, one sender each.
pub fn many_rooms(kinds: &[Kind], plan: &Plan) -> Outcome<Results> {
    let mut stages = full_stages(kinds, 100, 10)?;
    let round = |stage: &mut Stage| round(stage, 1, plan.flow);
    let case = Case::measure(100, "of 10", &mut stages, plan.rounds, round)?;
    let title =
        "rooms: 100 rooms of 10, one sender each, 64-byte messages, 32 in flight a sender".into();
    Ok(Results {
        workload: "rooms",
        title,
        size_unit: "rooms",
        metrics: &METRICS,
        cases: vec![case],
    })
}

/// Starts each server and fills its rooms.
pub fn full_stages(kinds: &[Kind], rooms: usize, room_size: usize) -> Outcome<Vec<Stage>> {
    let full = |&kind: &Kind| {
        Stage::full(kind, rooms, room_size)
            .map_err(|error| format!("filling {}: {error}", kind.name()).into())
    };
    kinds.iter().map(full).collect()
}

/// Lets the first `senders_a_room` of each room talk for `time`, and returns the figures of
/// [`METRICS`].
pub fn round(stage: &mut Stage, senders_a_room: usize, time: Duration) -> Outcome<Vec<f64>> {
    assert!(
        senders_a_room <= MAX_SENDERS,
        "the ledger keeps account of {MAX_SENDERS} senders a room"
    );
    let senders = stage.rooms * senders_a_room;
    // One round of messages that doesn't count: buffers have grown and caches are warm before the
    // clock starts.
    for sender in 0..senders {
        stage.say(sender, IN_FLIGHT)?;
    }
    stage.settle()?;

    stage.subject.process.forget_peak()?;
    let deliveries_before = stage.deliveries();
    let cpu_before = stage.subject.process.cpu_seconds()?;
    let own_cpu_before = own_cpu_seconds()?;
    let start = Instant::now();

    let mut allowed = vec![IN_FLIGHT; senders];
    let witnesses: Vec<usize> = (0..senders).map(|sender| stage.witness(sender)).collect();
    while start.elapsed() < time {
        for (sender, allowed) in allowed.iter_mut().enumerate() {
            if *allowed > 0 {
                stage.say(sender, *allowed)?;
                *allowed = 0;
            }
        }
        stage.turn(TURN, &mut |member, heard| {
            if let Heard::Message(message) = heard
                && witnesses[message.sender] == member
            {
                allowed[message.sender] += 1;
            }
            Ok(())
        })?;
    }
    stage.settle()?;

    let seconds = start.elapsed().as_secs_f64();
    let cpu = stage.subject.process.cpu_seconds()? - cpu_before;
    let own_cpu = own_cpu_seconds()? - own_cpu_before;
    let deliveries = (stage.deliveries() - deliveries_before) as f64;
    let peak_mib = stage.subject.process.status()?.peak_kib / 1024.0;
    Ok(vec![deliveries / seconds, cpu * 1e6 / deliveries, peak_mib, own_cpu * 100.0 / seconds])
}
