//! Section 4 as far as it needs no wrong password: users, the menu, open rooms, what a room reads.

use crate::check::Stage::Rooms;
use crate::check::{Check, Verdict, expect, listed, of_server};
use crate::server::lesson::{Lesson, PASSWORD};

pub const CHECKS: &[Check] = &[
    of_server(Rooms, &["4.1", "4.3"], "at_leads_back_to_new_user", back_to_new_user),
    of_server(Rooms, &["4.2"], "yes_and_no_count_in_any_case", yes_and_no),
    of_server(Rooms, &["4.4"], "the_menu_asks_until_it_reads_1_to_5", menu),
    of_server(Rooms, &["4.1", "4.5"], "at_leads_back_from_creating", back_from_creating),
    of_server(Rooms, &["4.6", "4.7"], "at_leads_back_from_deleting_and_entering", back_to_menu),
    of_server(Rooms, &["4.8"], "at_leaves_the_room", leaving),
    of_server(Rooms, &["4.11"], "what_cannot_be_an_answer_leaves_the_question", no_answer),
    of_server(Rooms, &["4.12"], "only_a_lone_command_is_a_command", no_commands),
    of_server(Rooms, &["4.13"], "an_empty_line_is_not_said", nothing_said),
    of_server(Rooms, &["4.31"], "spaces_alone_are_a_message", spaces_said),
    of_server(Rooms, &["4.15"], "a_raw_connection_cannot_send_files", raw_file),
    of_server(Rooms, &["4.16"], "spaces_around_an_answer_are_taken_off", spaces),
    of_server(Rooms, &["4.16"], "other_white_space_around_an_answer_stays", no_spaces),
    of_server(Rooms, &["4.17"], "a_new_user_signs_up_and_then_signs_in", signing_up),
    of_server(Rooms, &["4.18"], "a_known_name_is_asked_to_login", known_name),
    of_server(Rooms, &["4.22"], "who_creates_a_room_is_in_it", creating),
    of_server(Rooms, &["4.23"], "a_room_that_exists_can_be_entered_instead", enter_instead),
    of_server(Rooms, &["4.24"], "rooms_are_listed_in_the_order_of_their_creation", listing),
    of_server(Rooms, &["4.26"], "a_room_with_somebody_in_it_is_not_deleted", deleting),
    of_server(Rooms, &["4.27"], "four_shows_the_menu_again", menu_again),
    of_server(Rooms, &["4.28"], "the_others_read_who_comes_and_goes", coming_and_going),
    of_server(Rooms, &["4.28"], "a_member_whose_connection_is_reset_has_left", reset),
    of_server(Rooms, &["4.29"], "a_percent_sign_lists_the_members", members),
    of_server(Rooms, &["4.35"], "answers_come_in_the_order_of_the_lines", in_order),
    of_server(Rooms, &["4.36"], "a_room_is_named_as_its_creator_wrote_it", creators_name),
    of_server(Rooms, &["4.37"], "a_room_that_was_created_meanwhile_leads_to_menu", meanwhile),
    of_server(Rooms, &["4.38"], "a_deleted_room_is_in_no_list", deleted),
    of_server(Rooms, &["4.40"], "a_name_that_was_taken_meanwhile_is_asked_again", taken),
    of_server(Rooms, &["4.30"], "the_outcome_comes_after_the_place", outcome),
];

fn back_to_new_user(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let name = amy.name.clone();
    amy.answers("@", "new-user")?;
    amy.answers(&name, "new-password")?;
    amy.answers("@", "new-user")?;
    amy.answers(&name, "new-password")?;
    amy.answers(PASSWORD, "repeat-password")?;
    amy.answers("@", "new-user")?;
    lesson.signs_up(&mut amy, PASSWORD)?;
    amy.answers("@", "new-user")?;
    amy.answers(&name, "login")?;
    amy.answers("@", "new-user")?;
    amy.answers(&name, "login")?;
    amy.answers("y", "user")?;
    amy.answers(&name, "password")?;
    amy.answers("@", "new-user").map(drop)
}

fn yes_and_no(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let name = amy.name.clone();
    lesson.signs_up(&mut amy, PASSWORD)?;
    amy.answers("@", "new-user")?;
    for (answer, kind) in [
        ("n", "new-user"),
        ("NO", "new-user"),
        ("maybe", "login"),
        ("y", "user"),
        ("Yes", "user"),
        ("yES", "user"),
        ("", "user"),
    ] {
        amy.answers(&name, "login")?;
        amy.answers(answer, kind)?;
        if kind != "new-user" {
            amy.answers("@", "new-user")?;
        }
    }
    Ok(())
}

fn menu(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.user("amy")?;
    for answer in ["@", "0", "6", "one", "", "11"] {
        amy.answers(answer, "menu")?;
    }
    amy.answers("1", "new-room").map(drop)
}

fn back_from_creating(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.user("amy")?;
    let room = lesson.name("Room");
    let answers =
        [("1", "new-room"), (&room, "lock"), ("y", "new-password"), ("pw", "repeat-password")];
    for steps in 1..=answers.len() {
        for (answer, kind) in &answers[..steps] {
            amy.answers(answer, kind)?;
        }
        amy.says("@")?;
        amy.sees("$at menu")?;
        amy.asked("menu")?;
    }
    Ok(())
}

fn back_to_menu(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.user("amy")?;
    lesson.creates(&mut amy, &lesson.name("Room"), None)?;
    lesson.leaves(&mut amy)?;
    for (entry, kind) in [("2", "delete"), ("3", "room")] {
        amy.answers(entry, kind)?;
        amy.says("@")?;
        amy.sees("$at menu")?;
        amy.asked("menu")?;
    }
    Ok(())
}

fn leaving(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    lesson.leaves(&mut amy)?;
    bob.reads(&format!("User {} has left the room", amy.name))?;
    bob.says("where is she?")?;
    bob.pings()?;
    amy.sees_nothing()
}

fn no_answer(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let name = amy.name.clone();
    amy.answers(&name, "new-password")?;
    amy.answers("$frobnicate", "new-password")?;
    amy.answers(PASSWORD, "repeat-password")?;
    amy.answers("$hello 2", "repeat-password")?;
    amy.answers(&"x".repeat(5000), "repeat-password")?;
    amy.answers(PASSWORD, "user").map(drop)
}

fn no_commands(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    for line in ["@all", "%5", "!!", " @", "@ "] {
        amy.says(line)?;
        bob.reads(&format!(" {}: {line}", amy.name))?;
    }
    Ok(())
}

fn nothing_said(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    amy.sends(b"\n\x1b\n\x07\x07\n")?;
    amy.says("something")?;
    bob.reads(&format!(" {}: something", amy.name))
}

fn spaces_said(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    for spaces in [" ", "   "] {
        amy.says(spaces)?;
        bob.reads(&format!(" {}: {spaces}", amy.name))?;
    }
    Ok(())
}

fn raw_file(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    let mut tom = lesson.raw_member("tom", &mut amy)?;
    tom.sends(b"!\nstill here\n")?;
    tom.reads("Files need the client program: cargo run --bin client")?;
    tom.reads(&format!(" {}: still here", tom.name))
}

fn spaces(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let (name, room) = (amy.name.clone(), lesson.name("Room"));
    amy.answers(&format!("  {name} "), "new-password")?;
    amy.answers(PASSWORD, "repeat-password")?;
    amy.answers(PASSWORD, "user")?;
    lesson.signs_in(&mut amy, &name, PASSWORD)?;
    amy.answers(" 1 ", "new-room")?;
    amy.answers(&format!(" {room} "), "lock")?;
    amy.says(" n ")?;
    amy.sees(&format!("$at room {room}")).map(drop)
}

/// A TAB and a no-break space are no spaces: they make an answer another one, or a bad name.
fn no_spaces(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let name = amy.name.clone();
    for bad in [format!("\t{name}"), format!("{name}\t"), format!("{name}\u{a0}")] {
        amy.answers(&bad, "new-user")?;
    }
    lesson.signs_up(&mut amy, PASSWORD)?;
    lesson.signs_in(&mut amy, &name, PASSWORD)?;
    for bad in ["\t1", "1\t", "1\u{3000}"] {
        amy.answers(bad, "menu")?;
    }
    amy.answers("1", "new-room")?;
    amy.answers(&lesson.name("Room"), "lock")?;
    amy.answers("n\t", "lock").map(drop)
}

fn signing_up(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let name = amy.name.clone();
    lesson.signs_up(&mut amy, PASSWORD)?;
    amy.answers(&name, "password")?;
    amy.says(PASSWORD)?;
    amy.sees("$at menu")?;
    amy.asked("menu").map(drop)
}

fn known_name(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.user("amy")?;
    let name = amy.name.clone();
    amy.says("5")?;
    amy.sees_bye()?;
    let mut again = lesson.program("amy")?;
    again.answers(&name, "login")?;
    again.answers("n", "new-user")?;
    again.answers(&name, "login")?;
    again.answers("y", "user")?;
    lesson.signs_in(&mut again, &name, PASSWORD)
}

fn creating(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.user("amy")?;
    let room = lesson.name("Room");
    lesson.creates(&mut amy, &room, None)?;
    amy.says("hello?")?;
    amy.reads(&format!(" {}: hello?", amy.name))
}

fn enter_instead(lesson: &Lesson) -> Verdict {
    let [amy] = lesson.members(["amy"])?;
    let mut bob = lesson.user("bob")?;
    let room = lesson.name("Room");
    bob.answers("1", "new-room")?;
    bob.answers(&room, "enter-instead")?;
    bob.answers("n", "new-room")?;
    bob.answers(&room, "enter-instead")?;
    bob.says("y")?;
    bob.sees(&format!("$at room {room}"))?;
    bob.pings()?;
    drop(amy);
    Ok(())
}

fn listing(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.user("amy")?;
    let (second, first) = (lesson.name("A second"), lesson.name("B first"));
    lesson.creates(&mut amy, &first, None)?;
    lesson.leaves(&mut amy)?;
    lesson.creates(&mut amy, &second, None)?;
    let mut bob = lesson.user("bob")?;
    for (entry, kind) in [("2", "delete"), ("3", "room")] {
        let lines = bob.answers(entry, kind)?;
        let ours: Vec<String> =
            lines.into_iter().filter(|line| line.contains(&lesson.tag)).collect();
        let expected = [format!("{first} Users: 0"), format!("{second} Users: 1")];
        expect(ours == expected, listed(&expected), listed(&ours))?;
        bob.answers("@", "menu")?;
    }
    Ok(())
}

fn deleting(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    let room = lesson.name("Room");
    let mut bob = lesson.user("bob")?;
    bob.answers("2", "delete")?;
    bob.answers(&room, "menu")?;
    let lines = bob.answers("3", "room")?;
    let line = format!("{room} Users: 1");
    expect(lines.contains(&line), format!("`{line}` in the list"), listed(&lines))?;
    bob.says(&room)?;
    bob.sees(&format!("$at room {room}"))?;
    bob.pings()?;
    amy.says("still here")?;
    bob.reads(&format!(" {}: still here", amy.name))?;
    lesson.leaves(&mut bob)?;
    lesson.leaves(&mut amy)?;
    bob.answers("2", "delete")?;
    bob.answers(&room, "menu")?;
    bob.answers("1", "new-room")?;
    bob.answers(&room, "lock").map(drop)
}

fn menu_again(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.user("amy")?;
    amy.says("4")?;
    amy.sees("$at menu")?;
    amy.asked("menu").map(drop)
}

fn coming_and_going(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    let name = bob.name.clone();
    lesson.leaves(&mut bob)?;
    amy.reads(&format!("User {name} has left the room"))?;
    lesson.enters(&mut bob, &lesson.name("Room"))?;
    amy.reads(&format!("::: {name} Entered the Room"))?;
    drop(bob);
    amy.reads(&format!("User {name} has left the room"))
}

fn reset(lesson: &Lesson) -> Verdict {
    let [mut amy, bob] = lesson.members(["amy", "bob"])?;
    let name = bob.name.clone();
    amy.says("bob does not read this")?;
    bob.resets()?;
    amy.sees(&format!("User {name} has left the room"))?;
    amy.says("%")?;
    let lines = amy.pings()?;
    let ghost = lines.contains(&format!("User: {name}"));
    expect(!ghost, format!("a list without {name}"), listed(&lines))
}

fn members(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    amy.says("%")?;
    let mut lines = amy.pings()?;
    lines[1..].sort();
    let expected =
        ["LIST OF USERS:".into(), format!("User: {}", amy.name), format!("User: {}", bob.name)];
    expect(lines == expected, listed(&expected), listed(&lines))?;
    bob.sees_nothing()
}

fn in_order(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    let member = format!("User: {}", amy.name);
    amy.sends(b"%\n$ping\n%\n$ping\n$no-such-verb\n$ping\n")?;
    for expected in ["LIST OF USERS:", &member, "$pong", "LIST OF USERS:", &member, "$pong"] {
        amy.reads(expected)?;
    }
    let lines = amy.sees("$pong")?;
    expect(lines.len() == 1, "one line of text, then `$pong`", listed(&lines))
}

fn creators_name(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.user("amy")?;
    let room = lesson.name("The Room");
    lesson.creates(&mut amy, &room, None)?;
    lesson.leaves(&mut amy)?;
    amy.answers("3", "room")?;
    amy.says(&room.to_uppercase())?;
    amy.reads(&format!("$at room {room}"))
}

fn meanwhile(lesson: &Lesson) -> Verdict {
    let (mut amy, mut bob) = (lesson.user("amy")?, lesson.user("bob")?);
    let room = lesson.name("Room");
    amy.answers("1", "new-room")?;
    amy.answers(&room, "lock")?;
    lesson.creates(&mut bob, &room, None)?;
    amy.says("n")?;
    amy.reads("$at menu")?;
    amy.asked("menu")?;
    bob.sees_nothing()
}

fn deleted(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    let (kept, room) = (lesson.name("Room"), lesson.name("Gone"));
    lesson.leaves(&mut amy)?;
    lesson.creates(&mut amy, &room, None)?;
    lesson.leaves(&mut amy)?;
    amy.answers("2", "delete")?;
    amy.answers(&room, "menu")?;
    for (entry, kind) in [("2", "delete"), ("3", "room")] {
        let lines = amy.answers(entry, kind)?;
        let right = lines.contains(&format!("{kept} Users: 0"))
            && !lines.iter().any(|line| line.starts_with(&room));
        expect(right, format!("a list with `{kept}` and without `{room}`"), listed(&lines))?;
        amy.answers("@", "menu")?;
    }
    Ok(())
}

fn taken(lesson: &Lesson) -> Verdict {
    let (mut amy, mut late) = (lesson.program("amy")?, lesson.program("late")?);
    let name = amy.name.clone();
    late.answers(&name, "new-password")?;
    late.answers("hers", "repeat-password")?;
    lesson.signs_up(&mut amy, PASSWORD)?;
    late.answers("hers", "new-user")?;
    lesson.signs_in(&mut amy, &name, PASSWORD)
}

fn outcome(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.user("amy")?;
    lesson.creates(&mut amy, &lesson.name("Room"), None)?;
    lesson.leaves(&mut amy)?;
    amy.answers("3", "room")?;
    amy.says(&lesson.name("Nowhere"))?;
    let before = amy.sees("$at menu")?;
    expect(before.is_empty(), "`$at menu` first", listed(&before))?;
    amy.reads("Room doesn't exist")?;
    amy.asked("menu").map(drop)
}
