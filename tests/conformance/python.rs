//! Proves the checker: the small programs in `python/`, written from the page alone, pass what
//! they claim, and each of the mutants of them below is caught by the check of the right sentence.
//!
//! A mutant is a copy with one change. It is caught if the checks of its sentence pass with the
//! original, and one of them fails with the copy.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;

use tempfile::TempDir;

use crate::check::Run;
use crate::options::Options;
use crate::report::Totals;
use crate::runner::{End, Outcome, all_checks, check_client, check_server};
use crate::subject::Server;

const SERVER: &str = include_str!("python/server.py");
const CLIENT: &str = include_str!("python/client.py");

/// A change of one of the programs, and the sentence that it breaks.
struct Mutant {
    name: &'static str,
    program: &'static str,
    from: &'static str,
    to: &'static str,
    mark: &'static str,
}

const fn of_server(
    mark: &'static str,
    name: &'static str,
    from: &'static str,
    to: &'static str,
) -> Mutant {
    Mutant { name, program: SERVER, from, to, mark }
}

const fn of_client(
    mark: &'static str,
    name: &'static str,
    from: &'static str,
    to: &'static str,
) -> Mutant {
    Mutant { name, program: CLIENT, from, to, mark }
}

const MUTANTS: &[Mutant] = &[
    of_server("1.3", "keeps_the_cr", r#"line.endswith(b"\r") else"#, "False else"),
    of_server("1.4", "takes_4095_bytes", "len(line) > 4096", "len(line) > 4095"),
    of_server("1.8", "acts_on_half_a_line", "        if not more:\n", HALF_A_LINE),
    of_server("2.1", "forgets_the_first_space", r#"f" {self.user}: "#, r#"f"{self.user}: "#),
    of_server("2.2", "keeps_both_dollars", "return text[1:]", "return text"),
    of_server(
        "2.4",
        "repeats_what_it_does_not_know",
        r#""That control line is"#,
        r#"text + " is"#,
    ),
    of_server("3.7", "speaks_any_version", r#"if rest != "2":"#, "if False:"),
    of_server("3.12", "answers_a_raw_ping", r#""$ping" and self.program"#, r#""$ping""#),
    of_server("3.22", "closes_with_input_unread", "while self.sock.recv(65536)", "while False"),
    of_server("4.2", "takes_an_empty_line_for_no", r#"[:1] != "n""#, r#"[:1] == "y""#),
    of_server("4.10", "trims_passwords", r#"if kind.endswith("password") else"#, "if False else"),
    of_server(
        "4.28",
        "keeps_ghosts",
        "        with LOCK:\n            self.leave()\n",
        "        with LOCK:\n",
    ),
    of_server("5.1", "offers_two_at_once", "if len(self.offers) == 1:", "if True:"),
    of_server("5.14", "offers_a_file_to_its_sender", " if member is not self]", "]"),
    of_server("5.17", "names_six", "names[:5]", "names[:6]"),
    of_server("5.21", "believes_any_digest", "or digest != hashlib", "or not hashlib"),
    of_server("5.35", "reads_lines_in_a_block", "    def data(self, count):\n", NO_EXACT_READING),
    of_server(
        "6.10",
        "lowers_words_not_characters",
        "d.lower() for c in name for d in c.upper()",
        "name.lower()",
    ),
    of_server("6.13", "passes_controls_on", r#"CONTROLS.sub("", text)"#, "text"),
    of_server("7.2", "has_no_echo", r#"{clean(text)}")  # [2.1]"#, r#"{clean(text)}", but=self)"#),
    of_server("9.2", "lets_guess_six_times", "self.wrong == 5", "self.wrong == 6"),
    of_client(
        "2.2",
        "sends_one_dollar",
        r#""$" + line if line.startswith("$") else line"#,
        "line",
    ),
    of_client(
        "2.5",
        "answers_with_text",
        "lambda rest: None",
        r#"lambda rest: self.say("what?")"#,
    ),
    of_client(
        "3.6",
        "shows_the_raw_screen",
        "self.greeting, self.bye = []",
        "self.greeting, self.bye = None",
    ),
    of_client("3.21", "connects_again_after_bye", "        code = 0\n", AGAIN),
    of_client("5.5", "sends_a_byte_too_much", "MOST = 65536", "MOST = 65537"),
    of_client("5.21", "acks_any_digest", "or digest != hashlib", "or not hashlib"),
    of_client("5.23", "overwrites", r#"open(path, "xb")"#, r#"open(path, "wb")"#),
    of_client(
        "6.9",
        "trusts_the_servers_names",
        "or wrong_file(name):\n            self.say",
        "or False:\n            self.say",
    ),
    of_client("6.14", "prints_escapes", r#"print(CONTROLS.sub("", text)"#, "print(text"),
    of_client("8.10", "takes_two_at_once", "elif self.incoming:", "elif False:"),
];

const HALF_A_LINE: &str =
    "        if not more and self.buffer:\n            more = b\"\\n\"\n        if not more:\n";
const NO_EXACT_READING: &str =
    "    def data(self, count):\n        if not self.upload:\n            return False\n";
const AGAIN: &str = "        os.execv(sys.executable, [sys.executable] + sys.argv)\n";

/// So many mutants run at the same time: mostly they wait for a line that does not come.
const SIDE_BY_SIDE: usize = 10;

/// Tries the programs as a whole, if long tests are asked for, and the mutants.
pub fn check(options: &Options, totals: &mut Totals) {
    let runs = Command::new("python3").arg("--version").stdout(Stdio::null()).status();
    let python = runs.is_ok_and(|status| status.success());
    for (program, name) in [
        (SERVER, "python::the_server_holds_what_it_claims"),
        (CLIENT, "python::the_client_holds_what_it_claims"),
    ] {
        ask(options, totals, python, name, true, || holds(program));
    }
    let wanted: Vec<&Mutant> = MUTANTS.iter().filter(|it| options.wants_name(&path(it))).collect();
    totals.filtered += MUTANTS.len() - wanted.len();
    for some in wanted.chunks(SIDE_BY_SIDE) {
        let found: Vec<Option<String>> = if python && options.runs(false) {
            thread::scope(|scope| {
                let threads: Vec<_> =
                    some.iter().map(|mutant| scope.spawn(|| survives(mutant))).collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().expect("it does not panic"))
                    .collect()
            })
        } else {
            vec![None; some.len()]
        };
        for (mutant, why) in some.iter().zip(found) {
            ask(options, totals, python, &path(mutant), false, || why);
        }
    }
}

/// Notes a test, or why it was not run. `run` gives the text of its failure.
fn ask(
    options: &Options,
    totals: &mut Totals,
    python: bool,
    name: &str,
    long: bool,
    run: impl FnOnce() -> Option<String>,
) {
    if !options.wants_name(name) || !long && !options.runs(long) {
        totals.filtered += 1;
    } else if !options.runs(long) {
        totals.ignore(name, "takes half a minute: --long");
    } else if !python {
        totals.ignore(name, "there is no python3 here");
    } else {
        totals.test(name, run());
    }
}

fn path(mutant: &Mutant) -> String {
    let side = if is_server(mutant.program) { "server" } else { "client" };
    format!("python::a_{side}_that_{}", mutant.name)
}

fn is_server(program: &str) -> bool {
    program == SERVER
}

/// Which of these checks fail with this program, with what came.
fn failures(program: &str, options: &Options) -> Vec<String> {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("program.py");
    fs::write(&file, program).expect("a file in it");
    let mut failures = Vec::new();
    let tell = |Outcome { check, end }| {
        if let End::Failed(failure, _) = end {
            failures.push(format!("{}: {} came", check.path(), failure.came));
        }
    };
    let python = format!("python3 {}", file.display());
    if program.contains("class Client") {
        check_client(&format!("{python} {{address}}"), options, tell);
    } else {
        check_server(&Server::Command(format!("{python} --port {{port}}")), options, tell);
    }
    failures
}

/// Does it fail in anything that it claims?
fn holds(program: &str) -> Option<String> {
    let line = program.lines().find_map(|line| line.strip_prefix("Not claimed:")).unwrap_or("");
    let not_claimed: Vec<&str> = line.split_whitespace().collect();
    let claims = |check: &crate::check::Check| {
        !check.long
            && is_server(program) == matches!(check.run, Run::Server(_))
            && !check.marks.iter().any(|mark| not_claimed.contains(mark))
    };
    let names = all_checks().filter(|check| claims(check)).map(|check| check.path()).collect();
    let failures = failures(program, &Options::only(names));
    (!failures.is_empty()).then(|| failures.join("\n"))
}

/// Is it not caught?
fn survives(mutant: &Mutant) -> Option<String> {
    let times = mutant.program.matches(mutant.from).count();
    if times != 1 {
        return Some(format!("its text is there {times} times, not once: {}", mutant.from));
    }
    let options = Options::only(vec![mutant.mark.to_owned()]);
    let before = failures(mutant.program, &options);
    if !before.is_empty() {
        return Some(format!("the original fails: {}", before.join("\n")));
    }
    let after = failures(&mutant.program.replace(mutant.from, mutant.to), &options);
    after.is_empty().then(|| format!("no check of [{}] noticed", mutant.mark))
}
