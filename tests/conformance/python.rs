//! Proves the checker: the small programs in `python/`, written from the page alone, pass what
//! they claim, and each of the mutants of them below is caught by the check of the right sentence.
//!
//! A mutant is a copy with one change. It is caught if the checks of its sentence pass with the
//! original, and one of them fails with the copy.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::check::{Check, Run};
use crate::client::stand::CONNECTS;
use crate::options::Options;
use crate::report::Totals;
use crate::runner::{End, Outcome, all_checks, check_client, check_server};
use crate::subject::Server;

const SERVER: &str = include_str!("python/server.py");
const CLIENT: &str = include_str!("python/client.py");
const PROGRAMS: [&str; 2] = [SERVER, CLIENT];

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

/// Some faults are races: beside a busy machine a wrong program may win one. Then it is tried
/// again.
const ATTEMPTS: usize = 5;

const MUTANTS: &[Mutant] = &[
    of_server("1.3", "keeps_the_cr", r#"line.endswith(b"\r") else"#, "False else"),
    of_server("1.4", "takes_4095_bytes", "len(line) > 4096", "len(line) > 4095"),
    of_server("1.8", "acts_on_half_a_line", "        if not more:\n", HALF_A_LINE),
    of_server("2.1", "forgets_the_first_space", r#"f" {self.user}: "#, r#"f"{self.user}: "#),
    of_server(
        "2.8",
        "puts_a_space_before_the_colon",
        r#"f" {self.user}: "#,
        r#"f" {self.user} : "#,
    ),
    of_server("2.9", "lists_members_like_messages", r#"f"User: {member"#, r#"f" {member"#),
    of_server("2.11", "answers_any_ping", r#"text == "$ping""#, r#"verb == "$ping""#),
    of_server("2.12", "takes_no_leading_zero", r#""0*[0-9]{1,9}""#, r#""[1-9][0-9]{0,8}|0""#),
    of_server("2.2", "keeps_both_dollars", "return text[1:]", "return text"),
    of_server(
        "2.4",
        "repeats_what_it_does_not_know",
        r#""That control line is"#,
        r#"text + " is"#,
    ),
    of_server("3.7", "speaks_any_version", r#"if rest != "2":"#, "if False:"),
    of_server("3.12", "answers_a_raw_ping", r#""$ping" and self.program"#, r#""$ping""#),
    of_server("3.25", "starts_a_screen_on_the_way_back", BACK_AT, BACK),
    of_server("3.26", "takes_any_line_for_an_answer", CONTROL_AT, CONTROL),
    of_server("3.27", "lets_lines_in_before_the_prompt", QUESTION_AT, QUESTION),
    of_server(
        "3.30",
        "has_no_pong_in_an_upload",
        r#""$ping" and "#,
        r#""$ping" and not self.upload and "#,
    ),
    of_server("3.22", "closes_with_input_unread", "while self.sock.recv(65536)", "while False"),
    of_server("4.2", "takes_an_empty_line_for_no", r#"[:1] != "n""#, r#"[:1] == "y""#),
    of_server("4.10", "trims_passwords", r#"if kind.endswith("password") else"#, "if False else"),
    of_server("4.16", "trims_any_white_space", r#"text.strip(" ")  # [4.10]"#, "text.strip()  #"),
    of_server(
        "4.26",
        "deletes_a_room_with_people_in_it",
        "if not why_not and room.members:",
        "if False:",
    ),
    of_server("4.28", "keeps_who_was_reset", RESET_AT, RESET),
    of_server(
        "4.28",
        "keeps_ghosts",
        "        with LOCK:\n            self.leave()\n",
        "        with LOCK:\n",
    ),
    of_server("4.31", "says_no_spaces", "elif clean(text):", "elif clean(text).strip():"),
    of_server("4.32", "says_lines_when_it_can", SAYS_AT, SAYS),
    of_server("4.34", "lets_lines_into_the_list", LIST_AT, LIST),
    of_server("4.35", "answers_a_ping_later", r#"self.post("$pong")"#, LATER),
    of_server("4.36", "shows_a_rooms_name_folded", "room {room.name}\", [outcome", FOLDED),
    of_server("4.37", "creates_a_room_twice", CREATE_AT, "            if False:\n"),
    of_server("4.38", "only_says_that_a_room_is_deleted", "ROOMS.pop(", "ROOMS.get("),
    of_server("4.40", "goes_on_with_a_taken_name", "if not created:", "if False:"),
    of_server("5.1", "offers_two_at_once", "if len(self.offers) == 1:", "if True:"),
    of_server("5.13", "counts_thousands", "if size < 1024", "if size < 1000"),
    of_server("5.14", "offers_a_file_to_its_sender", " if member is not self]", "]"),
    of_server("5.17", "names_six", "names[:5]", "names[:6]"),
    of_server("5.37", "puts_semicolons", r#"", ".join(names[:5])"#, r#""; ".join(names[:5])"#),
    of_server("5.38", "answers_a_cancel", r#"or verb == "$cancel":"#, CANCEL),
    of_server("5.21", "believes_any_digest", "or digest != hashlib", "or not hashlib"),
    of_server(
        "5.25",
        "cancels_nothing",
        r#"                        self.post("$cancel refused")"#,
        "#",
    ),
    of_server(
        "5.25",
        "sends_on_after_a_refusal",
        "                    if self.blocks:\n",
        "                    if False:\n",
    ),
    of_server("5.26", "answers_blocks_of_a_refused_file", "elif not self.dropping:", "else:"),
    of_server("5.35", "reads_lines_in_a_block", "    def data(self, count):\n", NO_EXACT_READING),
    of_server("6.21", "parts_marks", "run if INVISIBLE.match(c) else 0", "0"),
    of_server("6.2", "has_no_room_called_server", r#"if "  " in name or"#, NO_SERVER),
    of_server("6.20", "forgets_variation_selectors", r"\ufe00-\ufe0f", ""),
    of_server("6.1", "counts_utf_16", r#"<= len(name) <= longest"#, UTF_16),
    of_server(
        "6.4",
        "counts_bytes",
        r#"<= len(name) <= longest"#,
        "<= len(name.encode()) <= longest",
    ),
    of_server("6.8", "knows_no_devices", " or DEVICE.fullmatch(name)", ""),
    of_server("6.8", "knows_devices_in_upper_case", ", re.I)", ")"),
    of_server(
        "6.8",
        "counts_characters_of_files",
        "<= len(name.encode()) <= 200",
        "<= len(name) <= 200",
    ),
    of_server("6.8", "takes_any_con_for_a_device", "DEVICE.fullmatch", "DEVICE.match"),
    of_server(
        "6.10",
        "lowers_words_not_characters",
        "d.lower() for c in name for d in c.upper()",
        "name.lower()",
    ),
    of_server("6.13", "passes_controls_on", r#"CONTROLS.sub("", text)"#, "text"),
    of_server("7.2", "has_no_echo", r#"{clean(text)}")  # [2.1]"#, r#"{clean(text)}", but=self)"#),
    of_server("8.21", "takes_any_hello", r#" and re.fullmatch("[0-9]+", rest)"#, ""),
    of_server("8.22", "forgets_the_question_for_a_file", "                if asked:\n", NOT_AGAIN),
    of_server("9.2", "lets_guess_six_times", "self.wrong == 5", "self.wrong == 6"),
    of_server("9.3", "counts_for_ever", "wrong in range(5):", FOR_EVER),
    of_server("9.9", "numbers_for_ever", "> 100:", "> 101:"),
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
    of_client("4.33", "says_a_files_name", "if awaited:", "if False:"),
    of_client("5.5", "sends_a_byte_too_much", "MOST = 65536", "MOST = 65537"),
    of_client("5.21", "acks_any_digest", "or digest != hashlib", "or not hashlib"),
    of_client("5.23", "overwrites", r#"open(path, "xb")"#, r#"open(path, "wb")"#),
    of_client(
        "6.9",
        "trusts_the_servers_names",
        "or wrong_file(name):\n            self.say",
        "or False:\n            self.say",
    ),
    of_client("6.8", "knows_no_devices", " or DEVICE.fullmatch(name)", ""),
    of_client("6.14", "prints_escapes", r#"print(CONTROLS.sub("", text)"#, "print(text"),
    of_client("8.10", "takes_two_at_once", "elif self.incoming:", "elif False:"),
];

const RESET_AT: &str = "        except OSError:\n            raise Gone\n";
const RESET: &str = "        except OSError:\n            raise SystemExit\n";
const UTF_16: &str = r#"<= len(name.encode("utf-16-le")) // 2 <= longest"#;
const FOR_EVER: &str = r#"wrong in self.__dict__.setdefault("tries", iter([0, 1, 2, 3, 4] * 9)):"#;
const BACK_AT: &str = "                pass  # to new-user";
const BACK: &str = r#"                self.show("sign-in", [])  #"#;
const CONTROL_AT: &str = "first):\n                return None";
const CONTROL: &str = "first):\n                return text";
const QUESTION_AT: &str =
    r#"        self.post(f"$ask {kind}\n{prompt}" if self.program else prompt)"#;
const QUESTION: &str = r#"        if self.program:
            self.post(f"$ask {kind}")
            threading.Event().wait(0.01)
        self.post(prompt)"#;
const SAYS_AT: &str = r#"room.tell(f" {self.user}: {clean(text)}")"#;
const SAYS: &str =
    r#"threading.Timer(hash(text) % 9 / 1000, room.tell, [f" {self.user}: {text}"]).start()"#;
const LIST_AT: &str = r#"self.post("LIST OF USERS:")"#;
const LIST: &str = r#"self.post("LIST OF USERS:")
            LOCK.release()
            threading.Event().wait(0.01)
            LOCK.acquire()"#;
const LATER: &str = r#"threading.Timer(0.05, self.post, ["$pong"]).start()"#;
const FOLDED: &str = "room {fold(room.name)}\", [outcome";
const CREATE_AT: &str = "            if fold(name) in ROOMS:\n";
const CANCEL: &str = r#"or verb == "$cancel" and not self.post("Cancelled"):"#;
const NO_SERVER: &str = r#"if fold(name) == "server" or "  " in name or"#;
const NOT_AGAIN: &str = "                if False:\n";
const HALF_A_LINE: &str =
    "        if not more and self.buffer:\n            more = b\"\\n\"\n        if not more:\n";
const NO_EXACT_READING: &str =
    "    def data(self, count):\n        if not self.upload:\n            return False\n";
const AGAIN: &str = "        os.execv(sys.executable, [sys.executable] + sys.argv)\n";

/// So many programs run at the same time: mostly they wait for a line that does not come.
const SIDE_BY_SIDE: usize = 16;

/// How long a line of an original is waited for: it comes, if not at once on a busy machine.
const FOR_ORIGINALS: Duration = Duration::from_secs(30);
/// How long a line of a mutant is waited for: most often none comes.
const FOR_MUTANTS: Duration = Duration::from_secs(4);

/// A check that failed with a program.
struct Caught {
    check: &'static Check,
    /// Its name, and what came.
    text: String,
    /// The program ran at all.
    starts: bool,
}

/// What is run: an original, or a mutant of it.
enum Job {
    Original(&'static str),
    Mutant(&'static Mutant),
}

/// Tries the programs as a whole, and the mutants.
pub fn check(options: &Options, totals: &mut Totals) {
    let runs = Command::new("python3").arg("--version").stdout(Stdio::null()).status();
    let python = runs.is_ok_and(|status| status.success());
    let wanted = |name: &str| options.wants_name(name) && options.runs(false);
    let mutants: Vec<&Mutant> = MUTANTS.iter().filter(|it| wanted(&path(it))).collect();
    let whole: Vec<&str> = PROGRAMS.into_iter().filter(|it| wanted(claim(it))).collect();
    totals.filtered += MUTANTS.len() - mutants.len() + PROGRAMS.len() - whole.len();
    if !python {
        let names = whole.iter().map(|it| claim(it).to_owned());
        let names = names.chain(mutants.iter().map(|it| path(it)));
        return names.for_each(|name| totals.ignore(&name, "there is no python3 here"));
    }
    // The originals take longest, so they start first.
    let jobs: Vec<Job> = PROGRAMS
        .into_iter()
        .map(Job::Original)
        .chain(mutants.iter().map(|mutant| Job::Mutant(mutant)))
        .collect();
    let mut found = run_all(&jobs, |job| match job {
        Job::Original(program) => {
            let checks = if whole.contains(program) { claimed(program) } else { Vec::new() };
            let of_mutants = mutants.iter().filter(|mutant| mutant.program == *program);
            let marks = of_mutants.map(|mutant| mutant.mark.to_owned());
            failures(program, checks.into_iter().chain(marks).collect(), FOR_ORIGINALS)
        }
        Job::Mutant(mutant) => {
            let program = mutant.program.replace(mutant.from, mutant.to);
            let look = |_| failures(&program, vec![mutant.mark.to_owned()], FOR_MUTANTS);
            (0..ATTEMPTS).map(look).find(|found| !found.is_empty()).unwrap_or_default()
        }
    });
    let of_mutants = found.split_off(PROGRAMS.len());
    let failed =
        |program| &found[PROGRAMS.iter().position(|it| *it == program).expect("a program")];
    for program in whole {
        let texts: Vec<String> =
            failed(program).iter().map(|caught| caught.text.clone()).collect();
        totals.test(claim(program), (!texts.is_empty()).then(|| texts.join("\n")));
    }
    let name = "python::a_crash_is_told_with_the_last_lines";
    if wanted(name) {
        totals.test(name, crash());
    } else {
        totals.filtered += 1;
    }
    for (mutant, after) in mutants.into_iter().zip(of_mutants) {
        totals.test(&path(mutant), survives(mutant, failed(mutant.program), &after));
    }
}

/// Runs jobs, some at the same time. Gives what each found, in the order of the jobs.
fn run_all<T: Send>(jobs: &[Job], run: impl Fn(&Job) -> T + Sync) -> Vec<T> {
    let (next, (tell, told)) = (AtomicUsize::new(0), mpsc::channel());
    thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            let tell = tell.clone();
            let (next, run) = (&next, &run);
            scope.spawn(move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(at) else { break };
                    tell.send((at, run(job))).expect("it is read below");
                }
            });
        }
    });
    drop(tell);
    let mut found: Vec<(usize, T)> = told.into_iter().collect();
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, found)| found).collect()
}

fn claim(program: &str) -> &'static str {
    if is_server(program) {
        "python::the_server_holds_what_it_claims"
    } else {
        "python::the_client_holds_what_it_claims"
    }
}

fn path(mutant: &Mutant) -> String {
    let side = if is_server(mutant.program) { "server" } else { "client" };
    format!("python::a_{side}_that_{}", mutant.name)
}

fn is_server(program: &str) -> bool {
    program == SERVER
}

/// Which of these checks fail with this program, with what came. Checks are asked for by name or
/// mark.
fn failures(program: &str, checks: Vec<String>, patience: Duration) -> Vec<Caught> {
    let mut failures = Vec::new();
    if checks.is_empty() {
        return failures;
    }
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("program.py");
    fs::write(&file, program).expect("a file in it");
    let tell = |Outcome { check, end }| {
        if let End::Failed(failure, _) = end {
            let no_program = ["a server that starts", "a client that starts", CONNECTS];
            let starts = !no_program.contains(&failure.expected.as_str());
            let text = format!("{}: {} came", check.path(), failure.came);
            failures.push(Caught { check, text, starts });
        }
    };
    let options = Options::only(checks, patience);
    let python = format!("python3 {}", file.display());
    if program.contains("class Client") {
        check_client(&format!("{python} {{address}}"), &options, tell);
    } else {
        check_server(&Server::Command(format!("{python} --port {{port}}")), &options, tell);
    }
    failures
}

/// The names of all short checks that it claims to pass.
fn claimed(program: &str) -> Vec<String> {
    let line = program.lines().find_map(|line| line.strip_prefix("Not claimed:")).unwrap_or("");
    let not_claimed: Vec<&str> = line.split_whitespace().collect();
    let claims = |check: &&Check| {
        !check.long
            && is_server(program) == matches!(check.run, Run::Server(_))
            && !check.marks.iter().any(|mark| not_claimed.contains(mark))
    };
    all_checks().filter(claims).map(Check::path).collect()
}

/// A server that crashes: does its failure show what it wrote last?
fn crash() -> Option<String> {
    let from = r#"self.post("LIST OF USERS:")"#;
    let to = r#"print("\n".join(f"line {n}" for n in range(30))); __import__("os")._exit(3)"#;
    let found = failures(&SERVER.replace(from, to), vec!["4.29".to_owned()], FOR_MUTANTS);
    let text = found.first().map(|caught| caught.text.as_str()).unwrap_or_default();
    let right = text.contains("exit code 3, and wrote last:\n    | line 10\n")
        && text.contains("\n    | line 29");
    (!right).then(|| format!("the last 20 lines of the server are not there: {text}"))
}

/// Is it not caught? `before` failed with the original, `after` with the mutant.
fn survives(mutant: &Mutant, before: &[Caught], after: &[Caught]) -> Option<String> {
    let times = mutant.program.matches(mutant.from).count();
    if times != 1 {
        return Some(format!("its text is there {times} times, not once: {}", mutant.from));
    }
    let same = before.iter().find(|caught| caught.check.marks.contains(&mutant.mark));
    if let Some(caught) = same {
        return Some(format!("the original fails: {}", caught.text));
    }
    if let Some(caught) = after.iter().find(|caught| !caught.starts) {
        return Some(format!("the mutant is no program: {}", caught.text));
    }
    after.is_empty().then(|| format!("no check of [{}] noticed", mutant.mark))
}
