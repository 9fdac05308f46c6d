//! The terminal under a shell: Ctrl-Z, `fg`, `bg`, and a start in the background.

use std::fs;

use super::program::{program, run, words};
use crate::support::eventually;
use crate::support::pty::Pty;

/// What the shell asks with.
const PROMPT: &str = "shell";

/// A shell with job control, on a terminal.
fn shell() -> Pty {
    // An interactive shell with a prompt of its own, and nothing from anybody's files.
    let words = ["sh", "-c", "unset ENV; PS1='shell\n' exec sh -i -m"].map(str::to_string);
    let mut pty = run(&words, &[]);
    pty.sees(&[PROMPT]);
    pty
}

/// Writes the program's words as a command.
fn command() -> String {
    format!("{} --nocapture", words().join(" "))
}

#[test]
fn ctrl_z_gives_the_shell_the_terminal_and_fg_takes_it_back() {
    let mut pty = shell();
    let mode = pty.mode();
    pty.types(&format!("{}\r", command()));
    pty.sees(&[">>"]);
    pty.types("one\rdraft\x1b[D");
    pty.sees_cursor(&[r#"Line("one")"#, ">> draft"], 0, 7);
    pty.types("\x1a");
    pty.sees(&[PROMPT]);
    assert_eq!(pty.mode(), mode, "the shell's");
    assert!(pty.written().contains("\x1b[?2004l"));
    // The shell and what it runs change the mode, and write.
    pty.types("stty -echo; echo written by the shell; fg\r");
    pty.sees_cursor(&[r#"Line("one")"#, ">> draft"], 0, 7);
    pty.waits_until("a new screen", |pty| pty.count("written by the shell") == 0);
    pty.types("X\r");
    pty.sees(&[r#"Line("drafXt")"#, ">>"]);
    pty.types("\x04");
    pty.waits_until("its end", |pty| pty.count("End") == 1 && pty.last_rows(1) == [PROMPT]);
}

#[test]
fn in_the_background_it_prints_and_is_not_stopped() {
    let mut pty = shell();
    pty.types(&format!("{}\r", command()));
    pty.sees(&[">>"]);
    pty.types("/print\r");
    pty.sees(&[">> /print", ">>"]);
    pty.types("\x1a");
    pty.sees(&[PROMPT]);
    pty.types("bg\r");
    pty.waits_until("the shell goes on", |pty| pty.last_rows(1) == [PROMPT]);
    fs::write(pty.folder().join("print"), "").unwrap();
    pty.sees(&["10:31 *bob: hi"]);
    pty.types("jobs\r");
    pty.waits_until("it runs", |pty| pty.count("Running") > 0);
    pty.types("echo the shell reads\r");
    pty.sees(&["the shell reads", PROMPT]);
    pty.types("fg\r");
    pty.sees(&["10:31 *bob: hi", ">>"]);
    pty.types("x\r");
    pty.sees(&[r#"Line("x")"#, ">>"]);
}

#[test]
fn started_in_the_background_it_waits_until_fg() {
    let mut pty = shell();
    let mode = pty.mode();
    pty.types(&format!("{} &\r", command()));
    // What libtest prints comes from the program: it runs.
    pty.waits_until("it runs", |pty| pty.count("running 1 test") == 1);
    pty.types("echo the shell reads; jobs\r");
    pty.waits_until("the shell reads", |pty| pty.count("Running") > 0);
    assert_eq!(pty.mode(), mode);
    pty.types("fg\r");
    pty.sees(&[">>"]);
    pty.types("x\r");
    pty.sees(&[">> x", r#"Line("x")"#, ">>"]);
}

#[test]
fn a_mode_that_somebody_changed_is_set_again() {
    let mut pty = program();
    pty.sees(&[">>"]);
    pty.types("draft");
    pty.sees(&[">> draft"]);
    let ours = pty.mode();
    pty.set_mode(&["sane"]);
    assert_ne!(pty.mode(), ours);
    eventually("our mode is back", || (pty.mode() == ours).then_some(()));
    pty.types("!\r");
    pty.sees(&[r#"Line("draft!")"#, ">>"]);
}
