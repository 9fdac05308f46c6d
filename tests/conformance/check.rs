//! What a check is, and what it says when it fails.

use crate::client::stand::Stand;
use crate::server::lesson::Lesson;

/// A stage of the course. Each needs the ones above it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Bytes, lines, control lines, the first question.
    Lines,
    /// Users, the menu, open rooms, messages.
    Rooms,
    /// Right and wrong passwords, locked rooms, one session for each user.
    Passwords,
    /// Files, both ways.
    Files,
}

/// Whom a check needs.
#[derive(Clone, Copy)]
pub enum Run {
    /// A server, to which the check plays the clients.
    Server(fn(&Lesson) -> Verdict),
    /// A client, to which the check plays server and keyboard.
    Client(fn(&Stand) -> Verdict),
}

/// One check: a fact about some sentences of the page.
pub struct Check {
    /// The fact.
    pub name: &'static str,
    /// The stage of the course that it belongs to.
    pub stage: Stage,
    /// The marks of the sentences that it covers.
    pub marks: &'static [&'static str],
    /// It takes more than some seconds: run with `--long` only.
    pub long: bool,
    /// It starts a server of its own: not for a server that runs already.
    pub own_server: bool,
    /// How it is found out.
    pub run: Run,
}

impl Check {
    /// The same check, but only run with `--long`.
    pub const fn long(mut self) -> Check {
        self.long = true;
        self
    }

    /// The same check, but it starts a server of its own.
    pub const fn with_own_server(mut self) -> Check {
        self.own_server = true;
        self
    }

    /// `server::NAME` or `client::NAME`.
    pub fn path(&self) -> String {
        let side = if matches!(self.run, Run::Server(_)) { "server" } else { "client" };
        format!("{side}::{}", self.name)
    }
}

/// A check of a server.
pub const fn of_server(
    stage: Stage,
    marks: &'static [&'static str],
    name: &'static str,
    run: fn(&Lesson) -> Verdict,
) -> Check {
    Check { name, stage, marks, long: false, own_server: false, run: Run::Server(run) }
}

/// A check of a client.
pub const fn of_client(
    stage: Stage,
    marks: &'static [&'static str],
    name: &'static str,
    run: fn(&Stand) -> Verdict,
) -> Check {
    Check { name, stage, marks, long: false, own_server: false, run: Run::Client(run) }
}

/// What a check found.
pub type Verdict = Result<(), Failure>;

/// Where a check stopped.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What the page says should come.
    pub expected: String,
    /// What came.
    pub came: String,
    /// The last lines that the program under test wrote meanwhile, if any.
    pub wrote: String,
    /// A connection was at its end: did the program crash?
    pub lost: bool,
    /// It happened before the check's own question, in this step: `amy signs up`.
    pub on_the_way: Option<String>,
}

impl Failure {
    /// Something else came than expected. Lines that nobody would read to their end are cut.
    pub fn new(expected: impl Into<String>, came: impl Into<String>) -> Failure {
        let (expected, came) = (cut(&expected.into()), cut(&came.into()));
        Failure { expected, came, on_the_way: None, wrote: String::new(), lost: false }
    }

    /// The connection had ended.
    pub fn lost(expected: impl Into<String>, came: impl Into<String>) -> Failure {
        Failure { lost: true, ..Failure::new(expected, came) }
    }
}

fn cut(text: &str) -> String {
    const MOST: usize = 400;
    let lines = text.split('\n').map(|line| match line.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}… ({} bytes)", &line[..at], line.len()),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Fails with these words unless it is so.
pub fn expect(so: bool, expected: impl Into<String>, came: impl Into<String>) -> Verdict {
    if so { Ok(()) } else { Err(Failure::new(expected, came)) }
}

/// A line in backquotes. Spaces at its ends are easy to overlook, so they are counted in words.
pub fn quoted(line: &str) -> String {
    let count = |spaces: usize| match spaces {
        1 => "one space".to_owned(),
        more => format!("{more} spaces"),
    };
    let first = line.len() - line.trim_start_matches(' ').len();
    let last = line.trim_start_matches(' ').len() - line.trim_matches(' ').len();
    let mut text = format!("`{line}`");
    if first > 0 {
        text += &format!(", {} first", count(first));
    }
    if last > 0 {
        text += &format!(", {} last", count(last));
    }
    text
}

/// The failure of a line that came in place of another. Says it where only the spaces differ.
pub fn differs(expected: &str, came: &str) -> Failure {
    let same = expected.trim_matches(' ') == came.trim_matches(' ');
    let lost = |at: fn(&str) -> bool| same && at(expected) && !at(came);
    let hint = match () {
        () if lost(|text| text.starts_with(' ')) => ", no space first",
        () if lost(|text| text.ends_with(' ')) => ", no space last",
        () => "",
    };
    Failure::new(quoted(expected), quoted(came) + hint)
}

/// Lines as a reader can tell them apart: each in backquotes, the last six of them.
pub fn listed<S: AsRef<str>>(lines: impl IntoIterator<Item = S>) -> String {
    const MOST: usize = 6;
    let lines: Vec<S> = lines.into_iter().collect();
    let last = lines.iter().skip(lines.len().saturating_sub(MOST));
    let shown: Vec<String> = last.map(|line| format!("`{}`", line.as_ref())).collect();
    match lines.len() {
        0 => "nothing".to_owned(),
        count if count > MOST => format!("{} lines, and then {}", count - MOST, shown.join(", ")),
        _ => shown.join(", "),
    }
}

/// Sentences that no check covers, and why.
pub const UNCHECKED: &[(&str, &str)] = &[
    ("2.10", "needs the hand of the person who runs the server"),
    ("3.9", "a screen is for eyes"),
    ("3.20", "MAY: a client is free not to"),
    ("5.22", "only a client's folder can be seen, and only while it lives: see 5.21"),
    ("7.8", "10 s of pressure look like any slow server from outside"),
    ("7.11", "the kernel's buffers hide how much the server holds"),
    ("7.13", "the kernel's buffers hide when the first second is counted"),
    ("8.12", "which file a late answer means cannot be seen"),
    ("8.15", "needs the hand of the person who runs the server"),
    ("9.1", "takes 10 minutes"),
];
