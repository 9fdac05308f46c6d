//! Sign-in: many people register and sign in in the same moment, as a class does, at the full cost
//! of a password, while two who are in a room already talk.
//!
//! *First* is when the first of them read that they are logged in, *all* when the last did. *p99*
//! is that of the two who talk meanwhile. Only the project's server has passwords that cost
//! anything.

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::latency::{Latencies, Pace};
use crate::options::Plan;
use crate::results::{Case, Metric, Results, Summary};
use crate::stage::{Heard, Stage};
use crate::subject::{Kind, Subject};

/// How long all of them may take.
const DEADLINE: Duration = Duration::from_secs(120);

/// What the server runs with unless told otherwise.
const ROUNDS: &str = "600000";

const METRICS: [Metric; 3] = [
    Metric { key: "first_s", heading: "first s", decimals: 2, summary: Summary::Median },
    Metric { key: "all_s", heading: "all s", decimals: 2, summary: Summary::Median },
    Metric { key: "p99_ms", heading: "p99 ms", decimals: 2, summary: Summary::Median },
];

/// Measures 40 and 400 people.
pub fn measure(kinds: &[Kind], plan: &Plan) -> Outcome<Results> {
    let mut cases = Vec::new();
    for &people in plan.sign_in_sizes {
        let mut case = Case::new(people, "");
        for _ in 0..plan.rounds.min(2) {
            if kinds.contains(&Kind::Server) {
                case.add(Kind::Server, round(people)?);
            }
        }
        cases.push(case);
    }
    let title = "signin: people who register and sign in at once, while two talk".into();
    Ok(Results { workload: "signin", title, size_unit: "people", metrics: &METRICS, cases })
}

fn round(people: usize) -> Outcome<Vec<f64>> {
    let subject = Subject::start_with(Kind::Server, &["--password-rounds", ROUNDS])?;
    let mut stage = Stage::new(Kind::Server, subject, 1, 2)?;
    stage.admit()?;
    let start = Instant::now();
    for number in 0..people {
        let person = stage.load.connect(stage.subject.address)?;
        stage
            .send(person, format!("n{number}\nsecret\nsecret\nn{number}\nsecret\n").as_bytes())?;
    }
    let mut pace = Pace::new(0);
    let mut latencies = Latencies::default();
    let (mut first, mut logged_in) = (None, 0);
    while logged_in < people || !stage.is_settled() {
        if logged_in < people {
            pace.say_if_due(&mut stage)?;
        }
        stage.turn(pace.until_due(), &mut |_, heard| {
            match heard {
                Heard::Message(message) => latencies.add(pace.age(message)),
                Heard::Line(b"Logged In, You Welcome") => {
                    first.get_or_insert_with(|| start.elapsed());
                    logged_in += 1;
                }
                _ => {}
            }
            Ok(())
        })?;
        if start.elapsed() > DEADLINE {
            return Err(format!("only {logged_in} of {people} are in").into());
        }
    }
    let first = first.unwrap_or_default().as_secs_f64();
    Ok(vec![first, start.elapsed().as_secs_f64(), latencies.percentile_ms(99.0)])
}
