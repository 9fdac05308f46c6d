//! The terminal, as its callers see it: keys that are for the caller, pastes, what is typed ahead,
//! and lines above and below what is typed.

use std::fs;

use super::program::{program, run, words};
use crate::support::pty::Pty;

fn puts(pty: &Pty, file: &str) {
    fs::write(pty.folder().join(file), "").unwrap();
}

#[test]
fn escape_and_f1_are_for_the_caller_and_leave_the_line() {
    let mut pty = program();
    pty.sees(&[">>"]);
    pty.types("half");
    pty.sees(&[">> half"]);
    pty.types("\x1b");
    pty.sees(&["Escape", ">> half"]);
    pty.types("\x1bOP");
    pty.sees(&["Escape", "Help", ">> half"]);
    pty.types("\x1b[D!");
    pty.sees(&[">> hal!f"]);
}

#[test]
fn a_second_ctrl_c_is_told_from_the_first() {
    let mut pty = program();
    pty.sees(&[">>"]);
    pty.types("x\x03");
    pty.sees(&[">>"]);
    pty.types("\x03");
    pty.sees(&["Interrupt { again: false }", "once more?", ">>"]);
    pty.types("\x03");
    pty.sees(&["Interrupt { again: true }", "once more?", ">>"]);
}

#[test]
fn a_pasted_text_stays_text_until_enter() {
    let mut pty = program();
    pty.sees(&[">>"]);
    pty.types("/message\r");
    pty.types("\x1b[200~one\ttwo\rthree\r\x1b[201~");
    pty.sees(&[">> one    two", "three"]);
    pty.types("\r");
    pty.sees(&[r#"Line("one\ttwo")"#, r#"Line("three")"#, ">>"]);
}

#[test]
fn a_paste_of_many_lines_is_asked_about() {
    let mut pty = program();
    pty.sees(&[">>"]);
    pty.types("/message\r");
    let lines: Vec<String> = (1..=30).map(|number| format!("line {number}")).collect();
    let paste = format!("\x1b[200~{}\x1b[201~", lines.join("\r"));
    let question = "Send 30 lines? (Enter: yes, Esc: no)";
    pty.types(&paste);
    pty.waits_until("the question", |pty| pty.count(question) == 1);
    pty.sees(&["line 29", "line 30"]);
    pty.types("\x1b");
    pty.sees(&[">>"]);
    assert_eq!((pty.count("Line("), pty.count(question)), (0, 0));
    pty.types(&paste);
    pty.waits_until("the question again", |pty| pty.count(question) == 1);
    pty.types("\r");
    pty.sees(&[r#"Line("line 29")"#, r#"Line("line 30")"#, ">>"]);
    assert_eq!(pty.written().matches("Line(").count(), 30);
}

#[test]
fn what_is_typed_ahead_of_a_secret_is_never_shown() {
    let mut pty = program();
    pty.sees(&[">>"]);
    pty.types("/secret\rhunter2\rmore");
    pty.sees(&[">> /secret", ">>"]);
    puts(&pty, "go on");
    pty.sees(&[r#"Secret("hunter2")"#, ">> more"]);
    assert_eq!(pty.written().matches("hunter2").count(), 1, "only what the program printed");
}

#[test]
fn what_is_typed_ahead_can_be_dropped() {
    let mut pty = program();
    pty.sees(&[">>"]);
    pty.types("/again\rhunter2\r\x1b[200~the rest of");
    pty.sees(&[">> /again", ">>"]);
    puts(&pty, "go on");
    pty.sees(&["- dropped: true", ">>"]);
    pty.types(" a paste\r\x1b[201~new\r");
    pty.sees(&["- dropped: true", ">> new", r#"Line("new")"#, ">>"]);
    assert!(!pty.written().contains("hunter2"));
}

#[test]
fn ctrl_c_comes_through_while_keys_are_held() {
    let mut pty = program();
    pty.sees(&[">>"]);
    pty.types("/secret\rhunter2\r");
    pty.types("\x03");
    pty.sees(&["Interrupt { again: false }", ">>"]);
    puts(&pty, "go on");
    pty.types("x\r");
    pty.sees(&[r#"Secret("x")"#, ">>"]);
    assert!(!pty.written().contains("hunter2"));
}

#[test]
fn a_status_is_above_the_line_and_a_hint_goes_with_the_next_key() {
    let mut pty = program();
    pty.sees(&[">>"]);
    pty.types("/message\r/status waiting for bob\r");
    pty.sees(&["waiting for bob", ">>"]);
    pty.types("/print\r/hint Press Ctrl-C again to leave\r");
    pty.sees(&["Press Ctrl-C again to leave", ">>"]);
    puts(&pty, "print");
    pty.sees(&["10:31 *bob: hi", "Press Ctrl-C again to leave", ">>"]);
    pty.types("x");
    pty.sees(&["10:31 *bob: hi", "waiting for bob", ">> x"]);
    pty.types("\x15/status\r");
    pty.sees(&["10:31 *bob: hi", ">>"]);
}

#[test]
fn an_old_hint_gives_its_row_back_to_the_status() {
    let mut pty = program();
    pty.sees(&[">>"]);
    pty.types("/message\r/status waiting for bob\r/hint Press Ctrl-C again to leave\r");
    pty.sees(&["Press Ctrl-C again to leave", ">>"]);
    pty.sees(&["waiting for bob", ">>"]);
}

#[test]
fn a_line_that_is_too_long_stays_and_says_by_how_much() {
    let mut pty = program();
    pty.sees(&[">>"]);
    pty.types("/check 10\r");
    pty.sees(&[">> /check 10", ">>"]);
    pty.types("0123456789ab\r");
    pty.sees(&["2 bytes too long", ">> 0123456789ab"]);
    pty.types("\x7f\x7f\r");
    pty.sees(&[r#"Line("0123456789")"#, ">>"]);
}

#[test]
fn the_bell_rings_once() {
    let mut pty = program();
    pty.sees(&[">>"]);
    pty.types("/ring\rx\r");
    pty.sees(&[r#"Line("x")"#, ">>"]);
    assert_eq!(pty.written().matches('\x07').count(), 1);
}

#[test]
fn a_new_screen_erases_nothing() {
    let mut pty = program();
    pty.sees(&[">>"]);
    pty.types("/message\r");
    for number in 0..20 {
        pty.types(&format!("{number}\r"));
    }
    pty.sees(&[r#"Line("19")"#, ">>"]);
    pty.types("/notice seen\r/clear\r");
    pty.sees_only(&[">>"]);
    let lines: Vec<String> =
        (0..20).map(|number| format!("Line({:?})", number.to_string())).collect();
    let rows = pty.all_rows();
    let first = rows.iter().position(|row| *row == lines[0]).unwrap();
    assert_eq!(rows[first..first + 20], lines);
    assert_eq!(rows[first + 20..], ["- seen", ">>"]);
}

#[test]
fn a_terminal_without_stty_says_that_it_shows_secrets() {
    for (path, hides) in [("/nothing/is/here", "false"), ("/usr/bin:/bin", "true")] {
        let variables = [("PATH", path), ("TERM", "dumb")];
        let mut pty = run(&words(), &variables);
        pty.waits_until("it runs", |pty| pty.count("running 1 test") == 1);
        pty.types("/hides\n");
        pty.sees(&[&format!("hides secrets: {hides}")]);
    }
}
