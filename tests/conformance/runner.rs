//! Runs the checks that are asked for.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::check::{Check, Failure, Run, UNCHECKED};
use crate::client::{self, stand::Stand};
use crate::options::Options;
use crate::page;
use crate::report::Totals;
use crate::script::Script;
use crate::server::{
    self,
    lesson::{Lesson, Steps},
};
use crate::subject::{Running, Server};

/// So many checks of a client run at the same time: each has its own client.
const CLIENTS_SIDE_BY_SIDE: usize = 6;

/// What became of a check.
pub struct Outcome {
    /// Which.
    pub check: &'static Check,
    /// What it found.
    pub end: End,
}

/// How a check ended.
pub enum End {
    /// The sentences hold.
    Passed,
    /// They do not: where it stopped, and the transcript.
    Failed(Failure, String),
    /// It was not run, for this reason.
    Ignored(&'static str),
    /// It is a short one, and only the long ones were asked for.
    NotAsked,
}

/// Every mark has a check or a reason why not, and no check has a mark that the page has not.
pub fn check_the_page(options: &Options, totals: &mut Totals) {
    let on_page: BTreeSet<String> = page::sections()
        .into_iter()
        .flat_map(|section| section.sentences)
        .map(|sentence| sentence.mark)
        .collect();
    let of_checks = all_checks().flat_map(|check| check.marks).map(|mark| (*mark).to_owned());
    let unchecked = UNCHECKED.iter().map(|(mark, _)| (*mark).to_owned());
    let covered: BTreeSet<String> = of_checks.chain(unchecked).collect();
    let facts = [
        ("page::every_mark_has_a_check", on_page.difference(&covered)),
        ("page::every_check_has_a_mark_of_the_page", covered.difference(&on_page)),
    ];
    for (name, odd) in facts {
        if options.runs(false) && options.wants_name(name) {
            let odd: Vec<&String> = odd.collect();
            let wrong = (!odd.is_empty()).then(|| format!("{name}: {odd:?}"));
            totals.test(name, wrong);
        } else {
            totals.filtered += 1;
        }
    }
}

/// All checks of both sides.
pub fn all_checks() -> impl Iterator<Item = &'static Check> {
    server::CHECKS.iter().chain(&client::CHECKS).flat_map(|checks| checks.iter())
}

/// Runs all checks of a server that are asked for: the long ones at the end, side by side.
pub fn check_server(server: &Server, options: &Options, mut tell: impl FnMut(Outcome)) {
    let checks: Vec<&'static Check> = wanted(&server::CHECKS, options);
    if !checks.iter().any(|check| options.runs(check.long)) {
        return checks.iter().for_each(|check| tell(ignored(check)));
    }
    let mut site = match Site::open(server, options.patience) {
        Ok(site) => site,
        Err(why) => {
            let end = Failure::new("a server that starts", why);
            return checks.iter().for_each(|check| tell(failed(check, end.clone())));
        }
    };
    for check in checks.iter().filter(|check| !check.long) {
        tell(if options.runs(false) { site.run(check) } else { ignored(check) });
    }
    let long: Vec<&Check> = checks.into_iter().filter(|check| check.long).collect();
    side_by_side(&long, options, |check| site.try_out(check), tell);
}

/// Runs all checks of a client that are asked for.
pub fn check_client(command: &str, options: &Options, mut tell: impl FnMut(Outcome)) {
    let checks: Vec<&'static Check> = wanted(&client::CHECKS, options);
    let (long, short): (Vec<&Check>, Vec<&Check>) = checks.iter().partition(|check| check.long);
    for some in short.chunks(CLIENTS_SIDE_BY_SIDE).chain([&long[..]]) {
        side_by_side(
            some,
            options,
            |check| run_client(check, command, options.patience),
            &mut tell,
        );
    }
}

fn wanted(all: &[&'static [Check]], options: &Options) -> Vec<&'static Check> {
    all.iter().flat_map(|checks| checks.iter()).filter(|check| options.wants(check)).collect()
}

fn side_by_side(
    checks: &[&'static Check],
    options: &Options,
    run: impl Fn(&'static Check) -> Outcome + Sync,
    mut tell: impl FnMut(Outcome),
) {
    if checks.iter().any(|check| !options.runs(check.long)) {
        return checks.iter().for_each(|check| tell(ignored(check)));
    }
    thread::scope(|scope| {
        let threads: Vec<_> = checks.iter().map(|check| scope.spawn(|| run(check))).collect();
        threads
            .into_iter()
            .for_each(|thread| tell(thread.join().expect("it returns its failure")));
    });
}

fn ignored(check: &'static Check) -> Outcome {
    let end = if check.long { End::Ignored("takes a minute: --long") } else { End::NotAsked };
    Outcome { check, end }
}

fn failed(check: &'static Check, failure: Failure) -> Outcome {
    Outcome { check, end: End::Failed(failure, String::new()) }
}

fn run_client(check: &'static Check, command: &str, patience: Duration) -> Outcome {
    let Run::Client(run) = check.run else { unreachable!("only checks of clients come here") };
    let script = Rc::new(Script::default());
    let end = match Stand::start(command, Rc::clone(&script), patience) {
        Err(why) => End::Failed(Failure::new("a client that starts", why), String::new()),
        Ok(stand) => match run(&stand) {
            Ok(()) => End::Passed,
            Err(mut failure) => {
                failure.wrote = stand.wrote_at_its_end();
                End::Failed(failure, script.columns("client"))
            }
        },
    };
    Outcome { check, end }
}

/// A server, and what makes the names of each check unlike all others.
struct Site {
    server: Server,
    running: Running,
    run: u64,
    patience: Duration,
    steps: Arc<Steps>,
}

impl Site {
    fn open(server: &Server, patience: Duration) -> Result<Site, String> {
        let running = server.start(10_000)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Site {
            server: server.clone(),
            running,
            run: now.as_millis() as u64 / 100 % 36_u64.pow(6),
            patience,
            steps: Arc::default(),
        })
    }

    /// Runs a check. A server that ended has failed it, and is started again.
    fn run(&mut self, check: &'static Check) -> Outcome {
        let written = self.running.written();
        let Outcome { check, mut end } = self.try_out(check);
        // A program that crashes ends its connections a moment before itself.
        let lost = matches!(&end, End::Failed(failure, _) if failure.lost);
        let patience = Duration::from_millis(if lost { 500 } else { 0 });
        if let Some(why) = self.running.ended_within(patience) {
            if let Ok(running) = self.server.start(10_000) {
                self.running = running;
            }
            let failure = Failure::new("a server that goes on, whatever comes [2.7]", why);
            let columns = if let End::Failed(_, columns) = end { columns } else { String::new() };
            end = End::Failed(failure, columns);
        } else if let (End::Failed(failure, _), Server::Command(_)) = (&mut end, &self.server) {
            failure.wrote = self.running.last_lines(written);
        }
        Outcome { check, end }
    }

    fn try_out(&self, check: &'static Check) -> Outcome {
        let Run::Server(run) = check.run else { unreachable!("only checks of servers come here") };
        if check.marks.contains(&"9.4") && !self.server.takes_max() {
            return Outcome { check, end: End::Ignored("the server's command has no {max}") };
        }
        if check.own_server && matches!(self.server, Server::At(_)) {
            return Outcome {
                check,
                end: End::Ignored("needs an empty server: give its command"),
            };
        }
        let script = Rc::new(Script::default());
        let number =
            all_checks().position(|other| other.path() == check.path()).unwrap_or_default();
        let lesson = Lesson {
            address: self.running.address.clone(),
            server: self.server.clone(),
            script: Rc::clone(&script),
            tag: base_36(self.run * 1296 + number as u64),
            patience: self.patience,
            steps: Arc::clone(&self.steps),
        };
        let end = match run(&lesson) {
            Ok(()) => End::Passed,
            Err(failure) => End::Failed(failure, script.columns("server")),
        };
        Outcome { check, end }
    }
}

/// A number as few letters and digits.
fn base_36(mut number: u64) -> String {
    let mut text = Vec::new();
    while number > 0 || text.is_empty() {
        text.push(char::from_digit((number % 36) as u32, 36).expect("below 36"));
        number /= 36;
    }
    text.iter().rev().collect()
}
