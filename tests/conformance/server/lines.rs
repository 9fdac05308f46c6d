//! Sections 1 and 2: bytes, lines, control lines. Most needs nothing but the first question.

use std::io::Write;

use crate::check::Stage::{Files, Lines, Rooms};
use crate::check::{Check, Failure, Verdict, expect, listed, of_server};
use crate::content::digest;
use crate::peer::Peer;
use crate::server::lesson::{Lesson, PASSWORD, QUIET};

pub const CHECKS: &[Check] = &[
    of_server(Lines, &["1.1"], "each_connection_is_a_session_of_its_own", sessions),
    of_server(Lines, &["1.2"], "a_lf_ends_a_line", pieces),
    of_server(Lines, &["1.3"], "a_cr_before_the_lf_is_dropped", carriage_returns),
    of_server(Lines, &["1.4"], "a_line_of_4096_bytes_is_not_too_long", longest_line),
    of_server(Lines, &["1.6"], "a_line_of_4097_bytes_is_answered_and_dropped", too_long),
    of_server(Lines, &["1.6"], "a_megabyte_without_a_lf_is_one_long_line", far_too_long),
    of_server(Lines, &["1.9"], "a_web_browser_is_sent_away", browser),
    of_server(Lines, &["2.3"], "an_unknown_verb_gets_one_line_of_text", unknown_verb),
    of_server(Lines, &["2.4", "8.17"], "an_unknown_verb_is_not_repeated", not_repeated),
    of_server(Lines, &["2.11"], "a_ping_with_an_argument_gets_one_line_of_text", ping_1),
    of_server(Lines, &["8.22"], "a_stray_block_is_answered_and_the_question_asked", stray_block),
    of_server(Lines, &["2.3"], "a_verb_out_of_place_gets_one_line_of_text", out_of_place),
    of_server(Rooms, &["1.5", "1.7"], "bytes_that_are_not_utf_8_become_ufffd", not_utf8),
    of_server(Rooms, &["1.8"], "a_last_line_without_its_lf_is_not_said", half_a_line),
    of_server(Rooms, &["2.1", "2.8"], "a_message_starts_with_a_space_and_a_name", message),
    of_server(Rooms, &["2.9"], "nothing_else_looks_like_a_message", no_message),
    of_server(Rooms, &["2.2"], "one_dollar_of_two_is_taken_off", doubled),
    of_server(Rooms, &["2.3"], "an_unknown_verb_in_a_room_is_not_said", unknown_in_a_room),
    of_server(Files, &["2.6"], "a_number_has_no_sign_and_no_space", numbers),
    of_server(Files, &["2.12"], "a_number_may_begin_with_zeros", zeros),
    of_server(Rooms, &["2.7"], "garbage_ends_nobody_elses_session", garbage),
];

const TOO_LONG: &str = "Line too long (4096 bytes at most), nothing was sent";

fn sessions(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let mut bob = lesson.program("bob")?;
    let name = amy.name.clone();
    amy.answers(&name, "new-password")?;
    bob.sees_nothing()
}

fn pieces(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.connects("amy")?;
    amy.reads("$chatroom 2")?;
    for piece in ["$he", "llo", " 2\n$pi", "ng\n$ping\n"] {
        amy.sends(piece.as_bytes())?;
        lesson.script.note("a pause");
        std::thread::sleep(std::time::Duration::from_millis(20)); // Else TCP may join the pieces.
    }
    amy.asked("new-user")?;
    amy.reads("$pong")?;
    amy.reads("$pong")
}

fn carriage_returns(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.connects("amy")?;
    amy.sees("$chatroom 2")?;
    amy.sends(b"$hello 2\r\n$ping\r\n")?;
    amy.asked("new-user")?;
    amy.reads("$pong")
}

fn longest_line(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let line = "x".repeat(4096);
    for ending in ["\n", "\r\n"] {
        amy.sends(format!("{line}{ending}").as_bytes())?;
        let before = amy.asked("new-user")?;
        let too_long = before.iter().any(|line| line == TOO_LONG);
        expect(!too_long, "an answer about the name: the line is not too long", TOO_LONG)?;
    }
    Ok(())
}

fn too_long(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    for line in ["x".repeat(4097), format!("$$${}", "x".repeat(4094))] {
        amy.says(&line)?;
        amy.reads(TOO_LONG)?;
        amy.asked("new-user")?;
        amy.sees_nothing()?;
    }
    Ok(())
}

fn far_too_long(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    amy.says(&"x".repeat(1 << 20))?;
    amy.sees(TOO_LONG)?;
    amy.asked("new-user")?;
    amy.sees_nothing()
}

fn browser(lesson: &Lesson) -> Verdict {
    let long = format!("GET /{} HTTP/1.1", "x".repeat(5000));
    for request in ["GET / HTTP/1.1", "POST /login HTTP/1.0", &long] {
        let mut web = lesson.connects("web")?;
        web.says(&format!("{request}\r\nHost: localhost\r\n\r"))?;
        web.sees("This is a chat room, not a web server")?;
        web.sees_bye()?;
    }
    Ok(())
}

fn unknown_verb(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    for line in ["$frobnicate", "$", "$ ping", "$PING", "$ask new-user", "$pingg"] {
        amy.says(line)?;
        one_text(&amy.asked("new-user")?)?;
    }
    amy.sees_nothing()
}

fn one_text(lines: &[String]) -> Verdict {
    let one = lines.len() == 1 && !lines[0].is_empty() && !lines[0].starts_with('$');
    expect(one, "one line of text that says what was wrong", listed(lines))
}

fn not_repeated(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    amy.says("$mypassword is-swordfish")?;
    let lines = amy.asked("new-user")?.join(" ");
    let said = lines.contains("mypassword") || lines.contains("swordfish");
    expect(!said, "an answer without `mypassword` and `is-swordfish`", lines)
}

fn out_of_place(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    for line in ["$file 5 hi.txt", "$bye", "$chatroom 2", "$at menu"] {
        amy.says(line)?;
        one_text(&amy.asked("new-user")?)?;
    }
    amy.sees_nothing()
}

fn ping_1(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    amy.says("$ping 1")?;
    one_text(&amy.asked("new-user")?)?;
    amy.sees_nothing()
}

fn stray_block(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    amy.sends(b"$data 3\nabc")?;
    one_text(&amy.asked("new-user")?)?;
    let name = amy.name.clone();
    amy.answers(&name, "new-password").map(drop)
}

fn not_utf8(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    amy.sends(b"caf\xe9!\n")?;
    bob.reads(&format!(" {}: caf\u{fffd}!", amy.name))?;
    amy.sends(&[&[0xff; 4096][..], b"\n"].concat())?;
    bob.reads(&format!(" {}: {}", amy.name, "\u{fffd}".repeat(4096)))
}

fn half_a_line(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    amy.sends(b"whole\nhalf")?;
    amy.stops_sending();
    bob.reads(&format!(" {}: whole", amy.name))?;
    bob.reads(&format!("User {} has left the room", amy.name))
}

fn says_to(amy: &mut Peer, bob: &mut Peer, sent: &str, said: &str) -> Verdict {
    amy.says(sent)?;
    bob.reads(&format!(" {}: {said}", amy.name))
}

fn message(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    says_to(&mut amy, &mut bob, "hey hey", "hey hey")?;
    says_to(&mut amy, &mut bob, "  two before, two after  ", "  two before, two after  ")
}

/// A space and then a letter or a digit: so begin messages only, and here nobody says anything.
fn no_message(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.connects("amy")?;
    let (name, room) = (amy.name.clone(), lesson.name("Room"));
    amy.says("$hello 2")?;
    let mut lines = Vec::new();
    for line in
        [&name, PASSWORD, PASSWORD, &name, PASSWORD, "1", &room, "n", "%", "!", "@", "@", "3"]
    {
        amy.says(line)?;
        lines.extend(amy.pings()?);
    }
    let message = |line: &&String| {
        line.strip_prefix(' ').is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
    };
    let like_one = lines.iter().find(message);
    expect(like_one.is_none(), "no line that begins like a message", listed(like_one))
}

fn doubled(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    says_to(&mut amy, &mut bob, "$$5 a head", "$5 a head")?;
    says_to(&mut amy, &mut bob, "$$$", "$$")?;
    says_to(&mut amy, &mut bob, "$$bye", "$bye")
}

fn unknown_in_a_room(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    amy.says("$5 a head")?;
    one_text(&amy.pings()?)?;
    bob.sees_nothing()
}

fn numbers(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.user("amy")?;
    lesson.creates(&mut amy, &lesson.name("Room"), None)?;
    for offer in ["$file +5 hi.txt", "$file -5 hi.txt", "$file  5 hi.txt", "$file 0x5 hi.txt"] {
        amy.answers("!", "file")?;
        amy.says(offer)?;
        amy.sees_start("$refuse")?;
    }
    Ok(())
}

fn zeros(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    amy.answers("!", "file")?;
    amy.says("$file 005 hi.txt")?;
    amy.sees("$ready")?;
    amy.sends(b"$data 000000000005\nhello")?;
    amy.says(&format!("$endFile {}", digest(b"hello")))?;
    amy.sees(&format!("$ack {}", digest(b"hello"))).map(drop)
}

fn garbage(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    let (mut tom, mut eve) = (lesson.connects("tom")?, lesson.user("eve")?);
    let bytes: Vec<u8> =
        (0..20_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for peer in [&mut tom, &mut eve] {
        lesson.script.note("20,000 bytes of any value are sent");
        let _ = peer.socket().write_all(&bytes);
        peer.until_quiet(QUIET);
    }
    amy.says("still here")?;
    let expected = format!(" {}: still here", amy.name);
    bob.sees(&expected).map(drop).map_err(|_| Failure::new(&expected, "it did not come"))
}
