//! A small program on a [`Terminal`], which these tests run on a pseudo-terminal: for what the
//! client does not show. It prints what was typed, and obeys a few lines that begin with `/`.
//!
//! The program is this test binary, run once more with one ignored test. What has to happen at one
//! moment is started by a file in its folder.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use chatroom::terminal::{Purpose, ShownLine, Terminal, Tone, Typed};
use portable_pty::CommandBuilder;

use crate::support::folder;
use crate::support::pty::Pty;

/// Tells the test that it is run as a program.
const IS_PROGRAM: &str = "CHATROOM_TEST_PROGRAM";

/// The words that run the program.
pub fn words() -> [String; 4] {
    let binary = std::env::current_exe().unwrap().display().to_string();
    [binary, "--exact".into(), "terminal::program::runs".into(), "--ignored".into()]
}

/// Runs the program on a terminal of 12 rows and 80 columns.
pub fn program() -> Pty {
    run(&words(), &[])
}

/// Runs this command there, with all that the program needs and these variables.
pub fn run(words: &[String], variables: &[(&str, &str)]) -> Pty {
    let folder = folder();
    let mut command = CommandBuilder::new(&words[0]);
    command.args(&words[1..]);
    command.arg("--nocapture");
    command.cwd(folder.path());
    command.env("TERM", "xterm-256color");
    command.env(IS_PROGRAM, "yes");
    command.env("NO_COLOR", "1");
    for (name, value) in variables {
        command.env(name, value);
    }
    Pty::start(command, 12, 80, folder)
}

#[test]
#[ignore = "no test, but a program that other tests run"]
fn runs() {
    if std::env::var_os(IS_PROGRAM).is_none() {
        return;
    }
    let terminal = Arc::new(Terminal::open());
    loop {
        let typed = terminal.read_typed().unwrap();
        if let Typed::Line(line) = &typed
            && let Some(command) = line.strip_prefix('/')
        {
            obey(&terminal, command);
            continue;
        }
        terminal.print(Tone::Text, &format!("{typed:?}")).unwrap();
        match typed {
            Typed::Interrupt { .. } => terminal.hint("once more?"),
            Typed::End => return,
            _ => {}
        }
    }
}

fn obey(terminal: &Arc<Terminal>, command: &str) {
    let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
    match verb {
        "message" => terminal.set_purpose(Purpose::Message),
        "answer" => terminal.set_purpose(Purpose::Answer),
        "status" => terminal.set_status((!rest.is_empty()).then(|| rest.to_string())),
        "hint" => terminal.hint(rest),
        "ring" => terminal.ring(),
        "clear" => terminal.clear(),
        "notice" => terminal.print(Tone::Notice, rest).unwrap(),
        "hides" => {
            let said = format!("hides secrets: {}", terminal.hides_secrets());
            terminal.print(Tone::Text, &said).unwrap();
        }
        "check" => {
            let limit: usize = rest.parse().unwrap();
            let too_long = move |line: &str| {
                let over = line.len().checked_sub(limit).filter(|&over| over > 0);
                over.map(|over| format!("{over} bytes too long"))
            };
            terminal.set_check(Box::new(too_long));
        }
        // Each of these waits for a file in another thread, as an answer comes from a server.
        "print" => when_there("print", terminal, |terminal| {
            let line = ShownLine::new(Tone::Mention, " bob: hi");
            let (time, name) = ("10:31".to_string(), "bob".to_string());
            terminal.print_all([ShownLine { time, name, ..line }]).unwrap();
        }),
        "secret" => {
            terminal.hold(true);
            when_there("go on", terminal, |terminal| {
                terminal.set_purpose(Purpose::Secret);
                terminal.hold(false);
            });
        }
        "again" => {
            terminal.hold(true);
            when_there("go on", terminal, |terminal| {
                let dropped = terminal.drop_typed_ahead();
                terminal.print(Tone::Notice, &format!("dropped: {dropped}")).unwrap();
                terminal.hold(false);
            });
        }
        other => panic!("no such command: {other}"),
    }
}

/// Does something once this file is in the folder.
fn when_there(file: &'static str, terminal: &Arc<Terminal>, act: fn(&Terminal)) {
    let terminal = Arc::clone(terminal);
    thread::spawn(move || {
        // A file cannot be waited for, so it is looked for.
        while !Path::new(file).exists() {
            thread::sleep(Duration::from_millis(5));
        }
        fs::remove_file(file).unwrap();
        act(&terminal);
    });
}
