//! What the reader sees: a line for each check, the failures with their transcripts, and the
//! points.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::Duration;

use crate::check::{Check, Failure, UNCHECKED};
use crate::options::Options;
use crate::page;
use crate::runner::{End, Outcome, all_checks};

/// How many tests ended how.
#[derive(Default)]
pub struct Totals {
    passed: usize,
    failures: Vec<String>,
    ignored: usize,
    /// Not asked for.
    pub filtered: usize,
}

impl Totals {
    /// Notes and shows a test that passed, or the text of its failure.
    pub fn test(&mut self, name: &str, failure: Option<String>) {
        println!("test {name} ... {}", if failure.is_none() { "ok" } else { "FAILED" });
        match failure {
            None => self.passed += 1,
            Some(text) => self.failures.push(format!("---- {name} ----\n{text}\n")),
        }
    }

    /// Notes and shows a test that was not run.
    pub fn ignore(&mut self, name: &str, why: &str) {
        println!("test {name} ... ignored, {why}");
        self.ignored += 1;
    }

    /// Shows all failures, and the line that other programs count.
    pub fn finish(self, took: Duration) -> ExitCode {
        if !self.failures.is_empty() {
            println!("\nfailures:\n\n{}", self.failures.join("\n"));
        }
        let result = if self.failures.is_empty() { "ok" } else { "FAILED" };
        println!(
            "\ntest result: {result}. {} passed; {} failed; {} ignored; 0 measured; \
             {} filtered out; finished in {:.2}s\n",
            self.passed,
            self.failures.len(),
            self.ignored,
            self.filtered,
            took.as_secs_f64()
        );
        if self.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(101) }
    }
}

/// What is known of one side so far: a line for each check as it ends, and the points at the end.
pub struct Side<'a> {
    name: &'static str,
    totals: &'a mut Totals,
    /// The first check that failed in such a way, before its own question.
    seen: BTreeMap<String, String>,
    held: BTreeSet<&'static str>,
    broken: BTreeSet<&'static str>,
}

impl<'a> Side<'a> {
    /// `name` is `server` or `client`.
    pub fn new(name: &'static str, options: &Options, totals: &'a mut Totals) -> Side<'a> {
        let other = |check: &&Check| check.path().starts_with(name) && !options.wants(check);
        totals.filtered += all_checks().filter(other).count();
        let (seen, held, broken) = Default::default();
        Side { name, totals, seen, held, broken }
    }

    /// Notes and shows how a check ended.
    pub fn add(&mut self, Outcome { check, end }: Outcome) {
        let name = check.path();
        match end {
            End::Passed => {
                self.held.extend(check.marks);
                self.totals.test(&name, None);
            }
            End::Ignored(why) => self.totals.ignore(&name, why),
            End::NotAsked => self.totals.filtered += 1,
            End::Failed(failure, columns) => {
                self.broken.extend(check.marks);
                let text = self.explain(check, &failure, &columns);
                self.totals.test(&name, Some(text));
            }
        }
    }

    /// A step that many checks need is explained once.
    fn explain(&mut self, check: &Check, failure: &Failure, columns: &str) -> String {
        let Some(step) = &failure.on_the_way else { return explanation(check, failure, columns) };
        let same = format!("{step}{}{}", failure.expected, failure.came);
        if let Some(first) = self.seen.get(&same) {
            return format!("{}\n  not reached, as in {first}", sentences(check));
        }
        self.seen.insert(same, check.path());
        explanation(check, failure, columns)
    }

    /// Shows the points. A sentence holds if no check of it failed.
    pub fn finish(self) {
        if self.held.is_empty() && self.broken.is_empty() {
            return;
        }
        println!("\n{}: {}", self.name, self.score(""));
        for section in page::sections() {
            let number = section.title.split('.').next().unwrap_or_default();
            let start = format!("{number}.");
            if self.held.union(&self.broken).any(|mark| mark.starts_with(&start)) {
                println!("  {:45} {}", section.title, self.score(&start));
            }
        }
        println!();
    }

    fn score(&self, start: &str) -> String {
        let of_section = |mark: &&&str| mark.starts_with(start);
        let tried = self.held.union(&self.broken).filter(of_section).count();
        let hold = self.held.difference(&self.broken).filter(of_section).count();
        format!("{hold} of {tried} sentences hold")
    }
}

/// The page's words, what was sent, what came, and what was expected.
fn explanation(check: &Check, failure: &Failure, columns: &str) -> String {
    let mut text = format!("{}\n\n{columns}\n", sentences(check));
    if let Some(step) = &failure.on_the_way {
        text += &format!("  it stopped before the check itself, at: {step}\n");
    }
    text += &format!("  expected: {}\n  came:     {}\n", failure.expected, failure.came);
    if !failure.wrote.is_empty() {
        text += &format!("  meanwhile the program wrote, last:{}\n", failure.wrote);
    }
    text
}

fn sentences(check: &Check) -> String {
    let sentences = check.marks.iter().map(|mark| format!("  [{mark}] {}", page::sentence(mark)));
    sentences.collect::<Vec<_>>().join("\n")
}

/// Shows each sentence with its checks.
pub fn list(options: &Options) {
    for section in page::sections() {
        println!("{}", section.title);
        for sentence in section.sentences {
            let marked = |check: &&Check| check.marks.contains(&sentence.mark.as_str());
            let all: Vec<&Check> = all_checks().filter(marked).collect();
            if !all.is_empty() && !all.iter().any(|check| options.wants(check)) {
                continue;
            }
            println!("  [{}] {}", sentence.mark, sentence.text);
            for check in all {
                let long = if check.long { ", --long" } else { "" };
                println!("      {} ({:?}{long})", check.path(), check.stage);
            }
            let why = UNCHECKED.iter().find(|(mark, _)| *mark == sentence.mark);
            why.iter().for_each(|(_, why)| println!("      not checked: {why}"));
        }
    }
}

/// Shows the names of all tests, one in a line, as Rust's own test programs do.
pub fn terse_list(options: &Options) {
    for check in all_checks().filter(|check| options.wants(check) && options.runs(check.long)) {
        println!("{}: test", check.path());
    }
}
