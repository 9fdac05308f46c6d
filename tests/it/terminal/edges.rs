//! The `client` on a terminal: where a line meets the edge of the screen, and what comes in large
//! pieces.

use crate::support::Seat;
use crate::support::pty::in_pretended_room;

#[test]
fn wide_characters_stay_whole_at_the_right_edge() {
    let (mut pty, mut server) = in_pretended_room(10, 40);
    let line = format!("a{}", "漢".repeat(40));
    pty.types(&line);
    // A column is free at the end of the first row: half a character does not go there.
    let first = format!(">> a{}", "漢".repeat(18));
    let (second, third) = ("漢".repeat(20), "漢漢");
    pty.sees_cursor(&[&first, &second, third], 0, 4);
    server.sends(&format!(" bob: x{}", "字".repeat(17)));
    pty.sees_cursor(&[&format!(" bob: x{}", "字".repeat(16)), "字", &first, &second, third], 0, 4);

    // With the cursor over the edges and back.
    pty.types("\x1b[D\x1b[D");
    pty.sees_cursor(&[&first, &second, third], 0, 0);
    pty.types("\x1b[D");
    pty.sees_cursor(&[&first, &second, third], 1, 38);
    pty.types("\x01");
    pty.sees_cursor(&[&first, &second, third], 2, 3);
    pty.types("\x1b[3~");
    pty.sees_cursor(&[&format!(">> {}", "漢".repeat(18)), &second, third], 2, 3);
    pty.types("\r");
    server.sees(&line[1..]);
}

#[test]
fn a_line_that_just_fills_a_row_has_its_cursor_in_the_next() {
    for columns in [80, 40] {
        let (mut pty, mut server) = in_pretended_room(10, columns);
        let line = "x".repeat(usize::from(columns) - 4);
        pty.types(&line);
        pty.sees_cursor(&[&format!(">> {line}")], 0, columns - 1);
        pty.types("y");
        pty.waits_until("a row of its own", |pty| {
            pty.cursor() == (2, 0) && pty.typing() == format!(">> {line}y")
        });
        server.sends(" bob: hi");
        pty.waits_until("the same, lower", |pty| {
            pty.cursor() == (3, 0) && pty.count(" bob: hi") == 1
        });
        pty.types("\x7f");
        pty.sees_cursor(&[" bob: hi", &format!(">> {line}")], 0, columns - 1);
    }
}

#[test]
fn a_line_longer_than_a_row_can_be_edited_in_all_of_them() {
    for columns in [80, 40] {
        let (mut pty, mut server) = in_pretended_room(24, columns);
        let line: String = (0..60).map(|number| format!("{number:02}-word ")).collect();
        pty.types(line.trim_end());
        let shown = |line: &str| {
            let text = format!(">> {}", line.trim_end());
            let rows = text.as_bytes().chunks(usize::from(columns));
            rows.map(|row| String::from_utf8_lossy(row).trim_end().to_owned()).collect::<Vec<_>>()
        };
        let ends = |rows: Vec<String>, end: Vec<String>| rows.ends_with(&end);
        pty.waits_until("all of it", |pty| ends(pty.rows(), shown(&line)));
        server.sends(" bob: hi");
        let with_message = |line: &str| [vec![" bob: hi".to_owned()], shown(line)].concat();
        pty.waits_until("a message above it", |pty| ends(pty.rows(), with_message(&line)));
        pty.types("\x01x\x05y");
        pty.waits_until("both ends", |pty| {
            ends(pty.rows(), with_message(&format!("x{}y", line.trim_end())))
        });
        pty.types("\x7f\x01\x04\r");
        server.sees(line.trim_end());
        pty.sees(&[" bob: hi", ">>"]);
    }
}

#[test]
fn a_line_longer_than_the_screen_shows_the_part_with_the_cursor() {
    for columns in [80, 40] {
        let (mut pty, mut server) = in_pretended_room(5, columns);
        let line: String = (0..120).map(|number| format!("{number:03} word")).collect();
        pty.types(&line);
        pty.waits_until("its end", |pty| pty.rows().concat().ends_with("119 word"));
        server.sends(" bob: hi");
        pty.waits_until("a message above", |pty| {
            pty.rows().first().is_some_and(|row| row == " bob: hi")
                && pty.rows().concat().ends_with("119 word")
        });
        pty.types("\x01x");
        pty.waits_until("its beginning", |pty| {
            pty.typing().starts_with(">> x000 word001 word") && pty.cursor() == (1, 4)
        });
        pty.types("\r");
        server.sees(&format!("x{line}"));
        pty.sees_only(&[" bob: hi", ">>"]);
    }
}

#[test]
fn many_lines_typed_at_once_arrive_whole_and_in_order() {
    let (mut pty, mut server) = in_pretended_room(24, 80);
    let lines: Vec<String> =
        (0..500).map(|number| format!("linha número {number} — 漢字 👍")).collect();
    pty.types(&format!("{}\rlast", lines.join("\r")));
    for line in &lines {
        assert_eq!(server.next_line(), *line);
    }
    // A line end is needed to send one: the last waits.
    pty.sees_only(&["WELCOME TO Room1 ROOM", ">> last"]);
    server.sends(" bob: that was a lot");
    pty.types("!\r");
    server.sees("last!");
}

#[test]
fn a_terminal_that_is_resized_shows_all_again() {
    let (mut pty, mut server) = in_pretended_room(24, 80);
    let line = "this line is longer than forty columns, and shorter than eighty";
    for number in 0..30 {
        server.sends(&format!(" bob: message {number}"));
    }
    pty.types(line);
    pty.sees(&[" bob: message 29", &format!(">> {line}")]);
    pty.resize(24, 40);
    let (first, second) = (format!(">> {}", &line[..37]), &line[37..]);
    pty.waits_until("what fits", |pty| {
        let rows = pty.rows();
        rows.len() == 24
            && rows[0] == " bob: message 8"
            && rows[21..] == [" bob: message 29", &first, second]
    });
    server.sends(" bob: more");
    pty.sees_cursor(&[" bob: message 29", " bob: more", &first, second], 0, second.len() as u16);
    pty.resize(12, 100);
    pty.waits_until("what fits", |pty| {
        let rows = pty.rows();
        rows.len() == 12
            && rows[0] == " bob: message 20"
            && rows[10..] == [" bob: more", &format!(">> {line}")]
    });
    pty.types("!\r");
    server.sees(&format!("{line}!"));
}
