//! Section 3: programs, people on raw connections, and how a connection ends.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use crate::check::Stage::{Lines, Rooms};
use crate::check::{Check, Failure, Verdict, expect, listed, of_server};
use crate::peer::Came;
use crate::server::lesson::{Lesson, PASSWORD, QUIET};

pub const CHECKS: &[Check] = &[
    of_server(Lines, &["3.1", "3.24"], "the_first_line_is_chatroom_2", greeting),
    of_server(Lines, &["3.4"], "a_second_hello_is_out_of_place", second_hello),
    of_server(Lines, &["3.4"], "a_late_hello_is_out_of_place", late_hello),
    of_server(Lines, &["3.5"], "hello_is_answered_with_the_whole_screen", hello),
    of_server(Lines, &["3.7"], "another_version_is_sent_away", other_version),
    of_server(Rooms, &["3.8"], "every_screen_begins_with_its_place", places),
    of_server(Rooms, &["3.25"], "the_way_back_to_new_user_is_no_new_screen", no_new_screen),
    of_server(Lines, &["3.10"], "a_question_is_named_and_then_asked", question),
    of_server(Lines, &["3.26"], "a_control_line_answers_no_question", no_answer),
    of_server(Lines, &["8.21"], "a_hello_without_a_number_is_out_of_place", no_number),
    of_server(Lines, &["3.11"], "a_ping_is_answered_at_a_question", ping),
    of_server(Rooms, &["3.11"], "a_ping_is_answered_in_every_state", pings),
    of_server(Lines, &["3.12"], "a_ping_from_a_raw_connection_is_out_of_place", raw_ping),
    of_server(Rooms, &["3.13", "4.27"], "five_ends_with_bye_and_the_stream", bye),
    of_server(Rooms, &["3.14", "3.28"], "a_raw_connection_sees_two_control_lines", raw_session),
    of_server(Lines, &["3.15"], "every_prompt_is_a_full_line", full_lines),
    of_server(Rooms, &["3.22"], "bye_arrives_though_input_is_unread", unread_input),
    of_server(Lines, &["3.17", "9.5"], "a_silent_program_is_put_out_after_60_s", silence).long(),
    of_server(Lines, &["3.17"], "a_program_that_pings_is_not_put_out", no_silence).long(),
    of_server(Lines, &["3.19"], "a_raw_connection_may_be_silent", raw_silence).long(),
];

fn greeting(lesson: &Lesson) -> Verdict {
    lesson.connects("amy")?.reads("$chatroom 2")
}

fn second_hello(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    amy.says("$hello 2")?;
    let lines = amy.asked("new-user")?;
    let one = lines.len() == 1 && !lines[0].starts_with('$');
    expect(one, "one line of text, then `$ask new-user` again", listed(&lines))
}

fn late_hello(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.raw("amy")?;
    amy.says("@")?;
    amy.replies(QUIET)?;
    amy.says("$hello 2")?;
    let lines = amy.replies(QUIET)?;
    let text = !lines.is_empty() && lines.iter().all(|line| !line.starts_with('$'));
    expect(text, "text that says what was wrong, and no control line", listed(&lines))
}

fn hello(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.connects("amy")?;
    amy.reads("$chatroom 2")?;
    amy.says("$hello 2")?;
    amy.sees("$at sign-in")?;
    let screen = amy.asked("new-user")?;
    let controls = screen.iter().any(|line| line.starts_with('$'));
    expect(!controls, "`$at sign-in`, text, `$ask new-user`", listed(&screen))
}

fn other_version(lesson: &Lesson) -> Verdict {
    for version in ["1", "3", "20"] {
        let mut amy = lesson.connects("amy")?;
        amy.says(&format!("$hello {version}"))?;
        amy.sees(&format!("This server speaks version 2, your program version {version}"))?;
        amy.sees_bye()?;
    }
    Ok(())
}

fn places(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let (name, room) = (amy.name.clone(), lesson.name("Room"));
    lesson.signs_up(&mut amy, PASSWORD)?;
    amy.answers(&name, "password")?;
    amy.says(PASSWORD)?;
    amy.sees("$at menu")?;
    amy.asked("menu")?;
    amy.answers("1", "new-room")?;
    amy.answers(&room, "lock")?;
    amy.says("n")?;
    amy.sees(&format!("$at room {room}"))?;
    amy.says("@")?;
    amy.sees("$at menu").map(drop)
}

fn question(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let name = amy.name.clone();
    amy.answers(&name, "new-password")?;
    amy.sees_nothing()
}

fn no_new_screen(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let name = amy.name.clone();
    let ways = [
        ("@", "new-user"),
        (&name, "new-password"),
        ("@", "new-user"),
        (&name, "new-password"),
        ("one", "repeat-password"),
        ("two", "new-user"),
        (&name, "new-password"),
        ("one", "repeat-password"),
        ("one", "user"),
        ("@", "new-user"),
        (&name, "login"),
        ("n", "new-user"),
    ];
    for (answer, kind) in ways {
        let lines = amy.answers(answer, kind)?;
        let screen = lines.iter().any(|line| line.starts_with("$at"));
        expect(!screen, format!("`$ask {kind}` without a `$at`"), listed(&lines))?;
    }
    Ok(())
}

fn no_answer(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let name = amy.name.clone();
    amy.answers(&name, "new-password")?;
    amy.sees_nothing()?;
    for line in ["$file 5 hi.txt", "$cancel", "$refuse no"] {
        amy.answers(line, "new-password")?;
    }
    amy.answers(PASSWORD, "repeat-password").map(drop)
}

fn no_number(lesson: &Lesson) -> Verdict {
    for first in ["$hello", "$hello two"] {
        let mut amy = lesson.connects("amy")?;
        amy.says(first)?;
        amy.sees("$chatroom 2")?;
        amy.says("$ping")?;
        let lines = amy.replies(QUIET)?;
        let control = lines.iter().find(|line| line.starts_with('$'));
        expect(control.is_none(), "text only: the connection stays raw", listed(control))?;
    }
    Ok(())
}

fn ping(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    amy.sends(b"$ping\n$ping\n")?;
    amy.reads("$pong")?;
    amy.reads("$pong")?;
    let name = amy.name.clone();
    amy.answers(&name, "new-password").map(drop)
}

fn pings(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let (name, room) = (amy.name.clone(), lesson.name("Room"));
    let ways = [
        (name.as_str(), "new-password"),
        (PASSWORD, "repeat-password"),
        (PASSWORD, "user"),
        (&name, "password"),
        (PASSWORD, "menu"),
        ("1", "new-room"),
        (&room, "lock"),
    ];
    for (answer, kind) in ways {
        amy.answers(answer, kind)?;
        amy.sees_nothing()?;
    }
    amy.says("n")?;
    amy.sees(&format!("$at room {room}"))?;
    amy.pings()?;
    amy.sees_nothing()
}

fn raw_ping(lesson: &Lesson) -> Verdict {
    let mut tom = lesson.raw("tom")?;
    tom.says("$ping")?;
    let lines = tom.replies(QUIET)?;
    let text = !lines.is_empty() && lines.iter().all(|line| !line.starts_with('$'));
    expect(text, "text that says what was wrong, and no `$pong`", listed(&lines))
}

fn bye(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.user("amy")?;
    amy.says("5")?;
    let before = amy.sees_bye()?;
    expect(before.len() == 1, "one text, then `$bye`", listed(&before))
}

fn raw_session(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    let mut tom = lesson.connects("tom")?;
    let (name, room) = (tom.name.clone(), lesson.name("Room"));
    let own = lesson.name("Own");
    for line in [&name, PASSWORD, PASSWORD, &name, PASSWORD, "1", &own, "n", "%", "@", "2", &own] {
        tom.says(line)?;
    }
    for line in ["3", &room, "hello", "!", "@", "3", "@", "5"] {
        tom.says(line)?;
    }
    amy.sees(&format!(" {name}: hello"))?;
    let lines = tom.sees_bye()?;
    let member = format!("User: {name}");
    expect(lines.contains(&member), format!("`{member}` in the room {own}"), listed(&lines))?;
    let controls: Vec<&String> = lines.iter().filter(|line| line.starts_with('$')).collect();
    expect(controls == ["$chatroom 2"], "`$chatroom 2`, text, `$bye`", listed(&controls))
}

fn full_lines(lesson: &Lesson) -> Verdict {
    let mut tom = lesson.raw("tom")?;
    tom.says(&tom.name.clone())?;
    tom.replies(QUIET)?;
    let rest = String::from_utf8_lossy(tom.rest()).into_owned();
    expect(rest.is_empty(), "a LF at the end of the prompt", format!("`{rest}` without one"))
}

/// Much waits to be read on both sides when the server closes. A server that closes with input
/// unread throws away what amy has not read yet.
fn unread_input(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.user("amy")?;
    let mut socket = amy.socket();
    lesson
        .script
        .note("amy sends 3000 times 4, then 5, then a megabyte, and reads nothing for 0.5 s");
    let writer = thread::spawn(move || {
        let mut bytes = b"4\n".repeat(3000);
        bytes.extend(b"5\n");
        bytes.extend(b"what is this?\n".repeat(80_000));
        let _ = socket.write_all(&bytes);
    });
    // The pause is what is tried. It is far below the 2 s that a server waits.
    thread::sleep(Duration::from_millis(500));
    amy.sees("$bye")?;
    amy.ends()?;
    drop(amy);
    writer.join().expect("it does not panic");
    Ok(())
}

fn silence(lesson: &Lesson) -> Verdict {
    let start = Instant::now();
    let mut amy = lesson.program("amy")?;
    amy.patience = Duration::from_secs(90);
    amy.sees("Nothing was heard from you for 60 s")?;
    amy.ends()?;
    let took = start.elapsed().as_secs();
    expect((60..=75).contains(&took), "the end after 60 s", format!("it came after {took} s"))
}

fn no_silence(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    for _ in 0..4 {
        let came = amy.next(Duration::from_secs(18));
        let came = if came == Came::Nothing { String::new() } else { came.to_string() };
        expect(came.is_empty(), "nothing while a program pings each 18 s", came)?;
        amy.sees_nothing()?;
    }
    Ok(())
}

fn raw_silence(lesson: &Lesson) -> Verdict {
    let mut tom = lesson.raw("tom")?;
    match tom.next(Duration::from_secs(75)) {
        Came::Nothing => {}
        came => return Err(Failure::new("nothing for 75 s", came.to_string())),
    }
    tom.says(&tom.name.clone())?;
    tom.line("a prompt for the password").map(drop)
}
