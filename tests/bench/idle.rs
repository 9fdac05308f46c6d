//! Idle: what people cost who are signed in and say nothing: memory, threads, and the time to let
//! them in.
//!
//! All sit in rooms of 10. Each size has a server of its own, so that the memory is that of this
//! many people and not what was left by others before. Memory a connection is the growth of what
//! is resident (`VmRSS`) since the server started, over the people; the kernel's own memory for a
//! socket is not in it, nor the one for a thread.

use crate::Outcome;
use crate::options::Plan;
use crate::results::{Case, Metric, Results, Summary};
use crate::stage::Stage;
use crate::subject::{Kind, Subject};

const ROOM_SIZE: usize = 10;

const METRICS: [Metric; 4] = [
    Metric {
        key: "kib_per_connection",
        heading: "KiB/connection",
        decimals: 2,
        summary: Summary::Median,
    },
    Metric { key: "threads", heading: "threads", decimals: 0, summary: Summary::Median },
    Metric { key: "sign_in_s", heading: "sign-in s", decimals: 2, summary: Summary::Median },
    Metric {
        key: "sign_in_cpu_s",
        heading: "sign-in CPU s",
        decimals: 2,
        summary: Summary::Median,
    },
];

pub fn measure(kinds: &[Kind], plan: &Plan) -> Outcome<Results> {
    let mut cases = Vec::new();
    for &people in plan.idle_sizes {
        let mut case = Case::new(people, "");
        for _ in 0..plan.rounds {
            for &kind in kinds {
                let figures = round(kind, people)
                    .map_err(|error| format!("{}, {people} people: {error}", kind.name()))?;
                case.add(kind, figures);
            }
        }
        cases.push(case);
    }
    let title = "idle: signed-in people in rooms of 10 who say nothing".into();
    Ok(Results { workload: "idle", title, size_unit: "people", metrics: &METRICS, cases })
}

fn round(kind: Kind, people: usize) -> Outcome<Vec<f64>> {
    let mut stage = Stage::new(kind, Subject::start(kind)?, people / ROOM_SIZE, ROOM_SIZE)?;
    let empty = stage.subject.process.status()?;
    let sign_in = stage.admit()?;
    let full = stage.subject.process.status()?;
    let kib_a_connection = (full.resident_kib - empty.resident_kib) / people as f64;
    let cpu = stage.subject.process.cpu_seconds()?;
    Ok(vec![kib_a_connection, full.threads, sign_in.as_secs_f64(), cpu])
}
