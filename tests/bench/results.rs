//! What a workload brings: figures by case, server and round, and what is made of them.
//!
//! The servers take turns, round by round, so that whatever else the machine does meanwhile falls
//! on all of them. A figure is the median of its rounds. A ratio is the median of the rounds' own
//! ratios, for both sides of a round had the machine in the same mood.

use crate::Outcome;
use crate::stage::Stage;
use crate::subject::Kind;

/// A figure that a workload measures.
pub struct Metric {
    /// Its key in the JSON line.
    pub key: &'static str,
    /// Its column's heading, with the unit.
    pub heading: &'static str,
    pub decimals: usize,
    pub summary: Summary,
}

/// What becomes of a figure's rounds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Summary {
    Median,
    /// For what is itself a maximum.
    Largest,
    /// The median of what only helps to judge the other figures: no ratio and no growth is made of
    /// it.
    Aside,
}

/// All figures of one workload.
pub struct Results {
    /// Its key in the JSON line, and its name after `--only`.
    pub workload: &'static str,
    /// A heading that says what was done.
    pub title: String,
    /// What a case's size counts.
    pub size_unit: &'static str,
    pub metrics: &'static [Metric],
    pub cases: Vec<Case>,
}

/// One size of a workload, and the figures of each server under it.
pub struct Case {
    pub size: usize,
    /// What else distinguishes the case, such as `4 senders`; cases of one series make a curve
    /// over the sizes.
    pub series: &'static str,
    pub entries: Vec<Entry>,
}

/// One server's figures in one case.
pub struct Entry {
    pub kind: Kind,
    /// For each round, the figures in the order of the metrics.
    pub rounds: Vec<Vec<f64>>,
}

impl Case {
    /// Measures each stage in turn, `rounds` times over.
    pub fn measure(
        size: usize,
        series: &'static str,
        stages: &mut [Stage],
        rounds: usize,
        mut round: impl FnMut(&mut Stage) -> Outcome<Vec<f64>>,
    ) -> Outcome<Case> {
        let mut case = Case::new(size, series);
        for _ in 0..rounds {
            for stage in &mut *stages {
                let kind = stage.kind;
                let figures = round(stage)
                    .map_err(|error| format!("{}, {size} {series}: {error}", kind.name()))?;
                case.add(kind, figures);
            }
        }
        Ok(case)
    }

    pub fn new(size: usize, series: &'static str) -> Case {
        Case { size, series, entries: Vec::new() }
    }

    /// Adds one round's figures of a server.
    pub fn add(&mut self, kind: Kind, figures: Vec<f64>) {
        match self.entries.iter_mut().find(|entry| entry.kind == kind) {
            Some(entry) => entry.rounds.push(figures),
            None => self.entries.push(Entry { kind, rounds: vec![figures] }),
        }
    }

    pub fn entry(&self, kind: Kind) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.kind == kind)
    }
}

impl Entry {
    /// One figure for all rounds.
    pub fn figure(&self, metric: usize, summary: Summary) -> f64 {
        let values: Vec<f64> = self.rounds.iter().map(|figures| figures[metric]).collect();
        match summary {
            Summary::Median | Summary::Aside => median(values),
            Summary::Largest => values.into_iter().fold(f64::MIN, f64::max),
        }
    }

    /// How many times `other`'s figure this one's is.
    pub fn ratio(&self, other: &Entry, metric: usize) -> f64 {
        let pairs = self.rounds.iter().zip(&other.rounds);
        median(pairs.map(|(own, others)| own[metric] / others[metric]).collect())
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        (values[middle - 1] + values[middle]) / 2.0
    }
}
