//! File: one person sends a gigabyte, the server stores it and sends it on to 1, 4 and 16 members
//! of the room.
//!
//! Meanwhile another member, the *talker*, says something each 5 ms; it refuses the file, so what
//! it hears is not queued behind blocks. Two p99 figures come of it: of those without a file
//! coming in (the talker, and the file's sender), and of the receivers, whose lines share the
//! stream, and so the socket's buffers, with the file.
//!
//! Every receiver compares every byte with what was sent, and the announced digest with the
//! file's; that is a stricter check than hashing, and a cheaper one. One of them hashes as well,
//! as any real client does: so *through*, from one client to another, holds SHA-256 at the server
//! and at a receiver. The sender's digest is reckoned beforehand. (TMPDIR says on which disk the
//! server's folder is.) The floor does the same work (`floor_file.rs`); IRC servers know no files.

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::content::Content;
use crate::dialect::Dialect;
use crate::latency::{Latencies, Pace};
use crate::options::Plan;
use crate::results::{Case, Metric, Results, Summary};
use crate::stage::{Heard, Stage};
use crate::subject::{Kind, Subject};
use crate::transfer::{SENDER, TALKER, Transfer};

/// How long a transfer may take.
const DEADLINE: Duration = Duration::from_secs(120);

const METRICS: [Metric; 7] = [
    Metric { key: "up_mib_per_s", heading: "up MiB/s", decimals: 0, summary: Summary::Median },
    Metric {
        key: "through_mib_per_s",
        heading: "through MiB/s",
        decimals: 0,
        summary: Summary::Median,
    },
    Metric {
        key: "all_mib_per_s",
        heading: "in all MiB/s",
        decimals: 0,
        summary: Summary::Median,
    },
    Metric { key: "cpu_s", heading: "CPU s", decimals: 2, summary: Summary::Median },
    Metric { key: "peak_mib", heading: "peak MiB", decimals: 1, summary: Summary::Median },
    Metric { key: "p99_ms", heading: "p99 ms", decimals: 2, summary: Summary::Median },
    Metric {
        key: "p99_receivers_ms",
        heading: "p99 ms, receivers",
        decimals: 2,
        summary: Summary::Median,
    },
];

pub fn measure(kinds: &[Kind], plan: &Plan) -> Outcome<Results> {
    let kinds: Vec<Kind> =
        kinds.iter().copied().filter(|kind| matches!(kind, Kind::Server | Kind::Floor)).collect();
    let content = Content::new(plan.file_bytes);
    let mut cases = Vec::new();
    for receivers in [1, 4, 16] {
        let full = |&kind: &Kind| {
            let dialect = match kind.dialect() {
                Dialect::ChatRoom => Dialect::ChatProgram,
                other => other,
            };
            let subject = Subject::start(kind)?;
            let mut stage = Stage::speaking(dialect, kind, subject, 1, 2 + receivers)?;
            stage.admit().map(|_| stage)
        };
        let mut stages = kinds.iter().map(full).collect::<Outcome<Vec<_>>>()?;
        let round = |stage: &mut Stage| round(stage, &content, receivers);
        cases.push(Case::measure(receivers, "", &mut stages, plan.rounds, round)?);
    }
    let title = format!(
        "file: {} MiB up, and on to the receivers, a message each 5 ms meanwhile",
        plan.file_bytes >> 20
    );
    Ok(Results { workload: "file", title, size_unit: "receivers", metrics: &METRICS, cases })
}

/// Sends the file once, and returns the figures of [`METRICS`].
fn round(stage: &mut Stage, content: &Content, receivers: usize) -> Outcome<Vec<f64>> {
    stage.subject.process.forget_peak()?;
    let cpu_before = stage.subject.process.cpu_seconds()?;
    let start = Instant::now();

    let mut transfer = Transfer::new(content, receivers);
    let mut pace = Pace::new(TALKER);
    let mut aside = Latencies::default();
    let mut at_receivers = Latencies::default();
    transfer.start(stage)?;
    while !transfer.is_over() || !stage.is_settled() {
        if !transfer.is_over() {
            pace.say_if_due(stage)?;
        }
        transfer.send_blocks(stage)?;
        let wait =
            if transfer.has_more_to_send(stage) { Duration::ZERO } else { pace.until_due() };
        stage.turn(wait, &mut |member, heard| match heard {
            Heard::Message(message) => {
                let latencies = if member == SENDER || member == TALKER {
                    &mut aside
                } else {
                    &mut at_receivers
                };
                latencies.add(pace.age(message));
                Ok(())
            }
            Heard::Line(line) => transfer.hear_line(member, line),
            Heard::Data(bytes) => transfer.hear_data(member, bytes),
        })?;
        transfer.send_answers(stage)?;
        if start.elapsed() > DEADLINE {
            return Err(format!(
                "the file is not through after {DEADLINE:?}: {}",
                transfer.describe()
            )
            .into());
        }
    }
    stage.settle()?;

    let (up, all) = transfer.times(start)?;
    let cpu = stage.subject.process.cpu_seconds()? - cpu_before;
    let peak_mib = stage.subject.process.status()?.peak_kib / 1024.0;
    stage.subject.remove_files()?;
    let mib = content.size() as f64 / (1 << 20) as f64;
    Ok(vec![
        mib / up,
        mib / all,
        mib * (1 + receivers) as f64 / all,
        cpu,
        peak_mib,
        aside.percentile_ms(99.0),
        at_receivers.percentile_ms(99.0),
    ])
}
