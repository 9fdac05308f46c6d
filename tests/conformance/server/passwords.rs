//! Sections 4 and 9 where passwords matter: wrong ones, locked rooms, one session for each user.

use crate::check::Stage::Passwords;
use crate::check::{Check, Failure, Verdict, expect, listed, of_server};
use crate::peer::Peer;
use crate::server::lesson::{Lesson, PASSWORD};

pub const CHECKS: &[Check] = &[
    of_server(Passwords, &["2.2"], "a_password_has_one_dollar_of_two", doubled),
    of_server(Passwords, &["4.3"], "at_leads_back_from_again_and_take_over", back),
    of_server(Passwords, &["4.6", "4.7"], "at_leads_back_from_a_rooms_password", back_from_room),
    of_server(Passwords, &["4.10"], "a_password_is_taken_exactly_as_sent", exactly),
    of_server(Passwords, &["4.19"], "two_passwords_that_differ_make_no_user", differ),
    of_server(Passwords, &["4.20"], "wrong_passwords_and_unknown_users_look_alike", wrong),
    of_server(Passwords, &["4.21"], "a_session_can_be_taken_over", take_over),
    of_server(Passwords, &["4.22"], "a_locked_room_is_created_with_two_passwords", locking),
    of_server(Passwords, &["4.24"], "a_locked_room_asks_for_its_password", locked),
    of_server(
        Passwords,
        &["4.25", "4.41"],
        "a_rooms_wrong_password_is_asked_again",
        wrong_for_room,
    ),
    of_server(Passwords, &["8.18"], "who_takes_over_second_is_asked_again", two_take_over),
    of_server(Passwords, &["9.2"], "the_fifth_wrong_password_ends_the_connection", five_wrong),
    of_server(Passwords, &["9.3"], "wrong_ones_for_a_room_are_counted_anew", counted_anew),
    of_server(
        Passwords,
        &["8.23", "9.3"],
        "the_fifth_for_a_room_leads_to_the_menu",
        five_for_room,
    ),
];

fn doubled(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let name = amy.name.clone();
    let longest = format!("$${}", "x".repeat(127)); // 128 characters once one is taken off
    lesson.signs_up(&mut amy, &longest)?;
    lesson.signs_in(&mut amy, &name, &longest)
}

fn back(lesson: &Lesson) -> Verdict {
    let amy = lesson.user("amy")?;
    let mut again = lesson.program("bob")?;
    again.answers(&amy.name, "login")?;
    again.answers("y", "user")?;
    again.answers(&amy.name, "password")?;
    again.answers("wrong", "again")?;
    again.answers("@", "new-user")?;
    again.answers(&amy.name, "login")?;
    again.answers("y", "user")?;
    again.answers(&amy.name, "password")?;
    again.answers(PASSWORD, "take-over")?;
    again.answers("@", "new-user").map(drop)
}

/// Amy, at the menu, and a locked room that is empty.
fn locked_room(lesson: &Lesson) -> Result<(Peer, String), Failure> {
    let mut amy = lesson.user("amy")?;
    let room = lesson.name("Room");
    lesson.creates(&mut amy, &room, Some("1234"))?;
    lesson.leaves(&mut amy)?;
    Ok((amy, room))
}

fn back_from_room(lesson: &Lesson) -> Verdict {
    let (mut amy, room) = locked_room(lesson)?;
    for (entry, kind) in [("2", "delete"), ("3", "room")] {
        amy.answers(entry, kind)?;
        amy.answers(&room, "room-password")?;
        amy.answers("@", "menu")?;
        amy.answers(entry, kind)?;
        amy.answers(&room, "room-password")?;
        amy.answers("wrong", "again")?;
        amy.answers("@", "menu")?;
    }
    Ok(())
}

fn exactly(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let name = amy.name.clone();
    lesson.signs_up(&mut amy, "  two words ")?;
    amy.answers(&name, "password")?;
    amy.answers("two words", "again")?;
    amy.answers("y", "user")?;
    lesson.signs_in(&mut amy, &name, "  two words ")
}

fn differ(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let name = amy.name.clone();
    amy.answers(&name, "new-password")?;
    amy.answers("one", "repeat-password")?;
    amy.answers("two", "new-user")?;
    amy.answers(&name, "new-password").map(drop)
}

fn wrong(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let name = amy.name.clone();
    lesson.signs_up(&mut amy, PASSWORD)?;
    amy.answers(&name, "password")?;
    let wrong = amy.answers("wrong", "again")?;
    amy.answers("y", "user")?;
    amy.answers(&lesson.name("nobody"), "password")?;
    let unknown = amy.answers("wrong", "again")?;
    expect(wrong == unknown, format!("{} again", listed(&wrong)), listed(&unknown))?;
    amy.answers("n", "new-user").map(drop)
}

/// Another connection that gave amy's right password.
fn at_take_over(lesson: &Lesson, amy: &str, base: &str) -> Result<Peer, Failure> {
    let mut peer = lesson.program(base)?;
    peer.answers(amy, "login")?;
    peer.answers("y", "user")?;
    peer.answers(amy, "password")?;
    peer.answers(PASSWORD, "take-over")?;
    Ok(peer)
}

fn take_over(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    let mut again = at_take_over(lesson, &amy.name, "again")?;
    again.answers("n", "new-user")?;
    amy.sees_nothing()?;
    let mut again = at_take_over(lesson, &amy.name, "again")?;
    again.answers("y", "menu")?;
    amy.reads("Signed in from another place")?;
    amy.sees_bye()?;
    bob.reads(&format!("User {} has left the room", amy.name))
}

fn locking(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.user("amy")?;
    let room = lesson.name("Room");
    amy.answers("1", "new-room")?;
    amy.answers(&room, "lock")?;
    amy.answers("y", "new-password")?;
    amy.answers("one", "repeat-password")?;
    amy.answers("two", "new-password")?;
    amy.answers("one", "repeat-password")?;
    amy.says("one")?;
    amy.sees(&format!("$at room {room}")).map(drop)
}

fn locked(lesson: &Lesson) -> Verdict {
    let (mut amy, room) = locked_room(lesson)?;
    let lines = amy.answers("3", "room")?;
    let line = format!("{room} LOCKED Users: 0");
    expect(lines.contains(&line), format!("`{line}`"), listed(&lines))?;
    amy.answers(&room, "room-password")?;
    amy.says("1234")?;
    amy.sees(&format!("$at room {room}"))?;
    lesson.leaves(&mut amy)?;
    amy.answers("2", "delete")?;
    amy.answers(&room, "room-password")?;
    amy.answers("1234", "menu")?;
    amy.answers("1", "new-room")?;
    amy.answers(&room, "lock").map(drop)
}

fn wrong_for_room(lesson: &Lesson) -> Verdict {
    let (mut amy, room) = locked_room(lesson)?;
    for (entry, kind) in [("2", "delete"), ("3", "room")] {
        amy.answers(entry, kind)?;
        amy.answers(&room, "room-password")?;
        amy.answers("wrong", "again")?;
        amy.answers("y", "room-password")?;
        amy.answers("wrong", "again")?;
        amy.answers("n", "menu")?;
    }
    Ok(())
}

fn two_take_over(lesson: &Lesson) -> Verdict {
    let amy = lesson.user("amy")?;
    let mut one = at_take_over(lesson, &amy.name, "one")?;
    let mut two = at_take_over(lesson, &amy.name, "two")?;
    one.answers("y", "menu")?;
    two.answers("y", "take-over")?;
    one.sees_nothing()?;
    two.answers("y", "menu")?;
    one.sees("Signed in from another place").map(drop)
}

fn five_wrong(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let name = amy.name.clone();
    lesson.signs_up(&mut amy, PASSWORD)?;
    for name in [&name, &lesson.name("nobody"), &name, &name] {
        amy.answers(name, "password")?;
        amy.answers("wrong", "again")?;
        amy.answers("y", "user")?;
    }
    amy.answers(&name, "password")?;
    amy.says("wrong")?;
    amy.sees("Too many wrong passwords")?;
    amy.sees_bye().map(drop)
}

/// Four wrong ones at each choice of the room, twenty in all, and then the right one.
fn counted_anew(lesson: &Lesson) -> Verdict {
    let (mut amy, room) = locked_room(lesson)?;
    for (entry, kind) in [("3", "room"), ("2", "delete"), ("3", "room"), ("2", "delete")] {
        amy.answers(entry, kind)?;
        amy.answers(&room, "room-password")?;
        for last in [false, false, false, true] {
            amy.answers("wrong", "again")?;
            amy.answers(
                if last { "n" } else { "y" },
                if last { "menu" } else { "room-password" },
            )?;
        }
    }
    amy.answers("3", "room")?;
    amy.answers(&room, "room-password")?;
    amy.says("1234")?;
    amy.sees(&format!("$at room {room}")).map(drop)
}

fn five_for_room(lesson: &Lesson) -> Verdict {
    let (mut amy, room) = locked_room(lesson)?;
    for (entry, kind) in [("2", "delete"), ("3", "room")] {
        amy.answers(entry, kind)?;
        amy.answers(&room, "room-password")?;
        for _ in 0..4 {
            amy.answers("wrong", "again")?;
            amy.answers("y", "room-password")?;
        }
        let lines = amy.answers("wrong", "menu")?;
        let why = lines.iter().any(|line| line == "Too many wrong passwords for this room");
        expect(why, "`Too many wrong passwords for this room`", listed(&lines))?;
    }
    Ok(())
}
