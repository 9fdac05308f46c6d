//! The `client` on a terminal: the keys that edit a line, as in any shell. The line that was sent
//! shows what a key has done. Only the screen shows where the cursor is.

use crate::support::pty::{Pty, in_pretended_room};
use crate::support::{Person, Seat};

#[test]
fn arrows_home_and_end_move() {
    sends_what(&[
        ("abc\x1b[D\x1b[Dx\x1b[C\x1b[Cy\r", "axbcy"),
        ("abc\x1b[Hx\x1b[Fy\r", "xabcy"),
        // The same keys, as other terminals send them.
        ("abc\x1b[1~x\x1b[4~y\x1bOHz\x1bOF!\r", "zxabcy!"),
        ("abc\x1bOD\x1bODx\x1bOC\x1bOCy\r", "axbcy"),
        // At both ends there is nothing further.
        ("ab\x1b[C\x1b[C\x1b[D\x1b[D\x1b[D\x1b[Dx\r", "xab"),
    ]);
}

#[test]
fn ctrl_a_e_b_and_f_move() {
    sends_what(&[("abc\x01x\x05y\x02z\x06!\r", "xabczy!"), ("abc\x02\x02\x06x\r", "abxc")]);
}

#[test]
fn backspace_deletes_before_the_cursor_and_delete_under_it() {
    sends_what(&[
        ("abc\x7f\x08d\r", "ad"),
        ("abc\x1b[D\x7fx\r", "axc"),
        ("abcd\x1b[H\x1b[3~\x04x\r", "xcd"),
        ("ab\x1b[3~\x04\r", "ab"),
        ("\x7f\x08\x1b[3~a\r", "a"),
    ]);
}

#[test]
fn ctrl_u_k_and_w_delete_before_after_and_a_word() {
    sends_what(&[
        ("one two\x1b[D\x15\r", "o"),
        ("one two\x01\x06\x0b\r", "o"),
        ("one two\x17three\r", "one three"),
        ("one two  \x17\x17three\r", "three"),
        ("um café\x17chá\r", "um chá"),
    ]);
}

#[test]
fn up_and_down_and_ctrl_p_and_n_go_through_what_was_said() {
    let (mut pty, mut server) = in_pretended_room(24, 80);
    for line in ["one", "two", "três"] {
        pty.types(&format!("{line}\r"));
        server.sees(line);
    }
    pty.types("draft");
    for (key, shown) in [
        ("\x1b[A", ">> três"),
        ("\x10", ">> two"),
        ("\x1bOA", ">> one"),
        ("\x1b[A", ">> one"),
        ("\x1b[B", ">> two"),
        ("\x0e", ">> três"),
        ("\x1bOB", ">> draft"),
        ("\x0e", ">> draft"),
    ] {
        pty.types(key);
        // The mark is taken off again: without it, a key that does nothing would show what is
        // expected of the last.
        pty.types("!");
        pty.sees(&[&format!("{shown}!")]);
        pty.types("\x7f");
        pty.sees(&[shown]);
    }
    pty.types("\x1b[A\x1b[A\x01not \r");
    server.sees("not two");
}

#[test]
fn words_move_and_go_with_ctrl_and_alt_and_come_back() {
    sends_what(&[
        ("one, two\x1b[1;5Dx\x1b[1;5Cy\r", "one, xtwoy"),
        ("one, two\x1bb\x1bbx\x1bfy\r", "xoney, two"),
        ("one, two\x01\x1bdx\r", "x, two"),
        ("one two\x17\x19 \x19\r", "one two two"),
    ]);
}

#[test]
fn ctrl_r_finds_what_was_said() {
    let (mut pty, mut server) = in_pretended_room(24, 80);
    for line in ["hello bob", "what?"] {
        pty.types(&format!("{line}\r"));
        server.sees(line);
    }
    pty.types("\x12hel");
    pty.sees(&["[search: hel] >> hello bob"]);
    pty.types("\r");
    server.sees("hello bob");
    pty.sees(&[">>"]);
}

#[test]
fn accents_wide_characters_and_emoji_are_one_key_each() {
    sends_what(&[
        ("olá, João — ça va? ñ ß Ω й\r", "olá, João — ça va? ñ ß Ω й"),
        ("漢字x\x7f\x7fか\r", "漢か"),
        // An accent of its own, a family of three, a flag: each is one step for the cursor, and
        // goes as one.
        ("xe\u{301}\x7fy\r", "xy"),
        ("a👩\u{200D}👩\u{200D}👧\x7fb\r", "ab"),
        ("a🇧🇷\x1b[D\x1b[3~b\r", "ab"),
        ("👍🏽!\x1b[D\x1b[Dx\r", "x👍🏽!"),
    ]);
}

#[test]
fn the_cursor_stands_where_the_next_letter_will() {
    let (mut pty, _server) = in_pretended_room(24, 80);
    for (keys, row, column) in [
        ("moved", ">> moved", 8),
        ("\x1b[D\x1b[D", ">> moved", 6),
        ("\x01", ">> moved", 3),
        ("漢", ">> 漢moved", 5),
        ("é", ">> 漢émoved", 6),
        ("\x05", ">> 漢émoved", 11),
        ("\x15👍", ">> 👍", 5),
        ("\x1b[D", ">> 👍", 3),
    ] {
        pty.types(keys);
        pty.sees_cursor(&[row], 0, column);
    }
}

#[test]
fn ctrl_l_clears_the_screen_and_leaves_the_line() {
    let (mut pty, mut server) = in_pretended_room(24, 80);
    server.sends(" bob: hi");
    pty.types("moved\x1b[D\x1b[D");
    pty.sees_cursor(&[" bob: hi", ">> moved"], 0, 6);
    pty.types("\x0c");
    pty.waits_until("it is clear", |pty| pty.rows() == [">> moved"] && pty.cursor() == (0, 6));
}

#[test]
fn ctrl_c_clears_the_line_and_it_is_neither_sent_nor_remembered() {
    let (mut pty, mut server) = in_pretended_room(24, 80);
    pty.types("gone\x03");
    pty.sees_cursor(&["WELCOME TO Room1 ROOM", ">>"], 0, 3);
    pty.types("here\r");
    server.sees("here");
    pty.types("\x1b[A\x1b[A");
    pty.sees(&[">> here"]);
}

#[test]
fn keys_that_mean_nothing_here_do_nothing() {
    // F5, Shift-F1, Alt-X; Ctrl-\, Ctrl-V, Ctrl-O, Ctrl-@, Ctrl-S; Tab, which has nothing to
    // complete.
    sends_what(&[
        ("a\x1b[15~b\x1b[1;2Pc\x1bxd\r", "abcd"),
        ("a\x1cb\x16c\x0fd\x00e\x13f\x11g\r", "abcdefg"),
        ("a\t\tb\r", "ab"),
    ]);
}

/// Each of these keys, pressed one after the other, sends that line.
#[track_caller]
fn sends_what(keys_and_lines: &[(&str, &str)]) {
    let (mut pty, mut server): (Pty, Person) = in_pretended_room(24, 80);
    for (keys, line) in keys_and_lines {
        pty.types(keys);
        assert_eq!(server.next_line(), *line, "for {keys:?}");
    }
    pty.sees(&[">>"]);
}
