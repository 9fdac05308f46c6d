//! Crowd: thousands in one room get a file of 1 KB at once, half of them read nothing any more,
//! and one talks meanwhile.
//!
//! *All* is how long it took until everybody who reads had the file, from its first `!` on.
//! *Threads* is the most that the server had. *p99* is from the talker to those who read. Only the
//! project's server takes part.

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::Outcome;
use crate::content::hex;
use crate::dialect::Dialect;
use crate::latency::Latencies;
use crate::options::Plan;
use crate::results::{Case, Metric, Results, Summary};
use crate::stage::{Heard, Stage};
use crate::subject::{Kind, Subject};

/// How long it may take.
const DEADLINE: Duration = Duration::from_secs(120);

/// Time between two messages of the talker. Each is a write to everybody, so it must not be said
/// often, or nothing else would be measured.
const PERIOD: Duration = Duration::from_millis(500);

const SENDER: usize = 0;
const TALKER: usize = 1;

const METRICS: [Metric; 5] = [
    Metric { key: "enter_s", heading: "all entered s", decimals: 1, summary: Summary::Median },
    Metric { key: "all_s", heading: "all have it s", decimals: 2, summary: Summary::Median },
    Metric { key: "threads", heading: "threads", decimals: 0, summary: Summary::Largest },
    Metric { key: "peak_mib", heading: "peak MiB", decimals: 0, summary: Summary::Largest },
    Metric { key: "p99_ms", heading: "p99 ms", decimals: 1, summary: Summary::Median },
];

pub fn measure(kinds: &[Kind], plan: &Plan) -> Outcome<Results> {
    let mut case = Case::new(plan.crowd, "");
    if kinds.contains(&Kind::Server) {
        case.add(Kind::Server, round(plan.crowd)?);
    }
    let title = "crowd: one room, 1 KB of file to all, half of them do not read".into();
    Ok(Results {
        workload: "crowd",
        title,
        size_unit: "people",
        metrics: &METRICS,
        cases: vec![case],
    })
}

fn round(people: usize) -> Outcome<Vec<f64>> {
    let subject = Subject::start(Kind::Server)?;
    let mut stage = Stage::speaking(Dialect::ChatProgram, Kind::Server, subject, 1, people)?;
    let entered = stage.admit()?.as_secs_f64();
    stage.subject.process.forget_peak()?;
    let deaf = people / 2..people;
    deaf.clone().for_each(|person| stage.load.stop_reading(person));
    let content = [b'x'; 1024];
    let digest = hex(&Sha256::digest(content));

    let start = Instant::now();
    let mut due = start;
    let mut said = Vec::new();
    let mut latencies = Latencies::default();
    let (mut done, mut threads) = (0, 0.0_f64);
    let readers = deaf.start - 1;
    stage.send(SENDER, b"!\n")?;
    while done < readers {
        if Instant::now() >= due {
            due += PERIOD;
            stage.say(TALKER, 1)?;
            said.push(Instant::now());
            threads = threads.max(stage.subject.process.status()?.threads);
        }
        let mut answers = Vec::new();
        let before = done;
        stage.turn(PERIOD, &mut |person, heard| {
            match heard {
                Heard::Message(message) => {
                    latencies.add(said[message.sequence as usize].elapsed());
                }
                Heard::Line(line) => {
                    answers.extend(answer(person, line, &content, &digest)?);
                    done += usize::from(person != SENDER && line.starts_with(b"$endFile "));
                }
                Heard::Data(_) => {}
            }
            Ok(())
        })?;
        for (person, answer) in answers {
            stage.send(person, &answer)?;
        }
        if before == 0 && done > 0 {
            // The others answer too, and read nothing of what then comes.
            for person in deaf.clone() {
                stage.send(person, b"$ready\n")?;
            }
        }
        if start.elapsed() > DEADLINE {
            return Err(format!("only {done} of {readers} have the file").into());
        }
    }
    let took = start.elapsed().as_secs_f64();
    let peak = stage.subject.process.status()?.peak_kib / 1024.0;
    Ok(vec![entered, took, threads, peak, latencies.percentile_ms(99.0)])
}

/// What a program answers to a control line.
fn answer(
    person: usize,
    line: &[u8],
    content: &[u8],
    digest: &str,
) -> Outcome<Option<(usize, Vec<u8>)>> {
    let line = str::from_utf8(line)?;
    let (verb, _) = line.split_once(' ').unwrap_or((line, ""));
    let answer = match (person, verb) {
        (SENDER, "$ask") => format!("$file {} crowd.bin\n", content.len()).into_bytes(),
        (SENDER, "$ready") => {
            let start = format!("$data {}\n", content.len());
            let end = format!("$endFile {digest}\n");
            [start.as_bytes(), content, end.as_bytes()].concat()
        }
        (SENDER, "$refuse") => return Err(format!("the upload was refused: {line}").into()),
        (_, "$file") => b"$ready\n".to_vec(),
        (_, "$endFile") => format!("$ack {digest}\n").into_bytes(),
        _ => return Ok(None),
    };
    Ok(Some((person, answer)))
}
