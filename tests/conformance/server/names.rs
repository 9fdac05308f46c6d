//! Section 6: names, and what is cleaned out of messages.

use crate::check::Stage::{Files, Lines, Passwords, Rooms};
use crate::check::{Check, Verdict, expect, listed, of_server};
use crate::peer::Peer;
use crate::server::lesson::{Lesson, PASSWORD};

pub const CHECKS: &[Check] = &[
    of_server(Lines, &["6.1"], "names_of_users_in_any_script", users),
    of_server(Lines, &["6.1"], "bad_names_of_users_are_refused", no_users),
    of_server(Lines, &["6.2"], "no_user_is_called_server", server),
    of_server(Rooms, &["6.3"], "a_name_is_shown_as_it_was_registered", shown),
    of_server(Rooms, &["6.4"], "names_of_rooms", rooms),
    of_server(Rooms, &["6.5"], "no_room_is_called_locked", locked),
    of_server(Passwords, &["4.39", "6.6"], "passwords_of_any_characters_but_controls", passwords),
    of_server(Passwords, &["6.7"], "a_lone_at_is_no_password", lone_at),
    of_server(Files, &["6.8", "6.9"], "bad_names_of_files_are_refused", files),
    of_server(Files, &["6.8", "6.9"], "the_names_of_devices_are_refused", devices),
    of_server(Files, &["6.8"], "a_files_name_may_have_200_bytes", good_files),
    of_server(Rooms, &["6.10"], "names_are_compared_without_case", same),
    of_server(Rooms, &["6.2"], "a_room_may_be_called_server", server_room),
    of_server(Lines, &["6.11", "6.20"], "no_name_has_an_invisible_character", invisible),
    of_server(Rooms, &["6.12"], "a_message_keeps_four_combining_marks", marks),
    of_server(Rooms, &["6.21"], "an_invisible_character_does_not_part_marks", hidden_marks),
    of_server(Lines, &["6.12"], "no_name_has_five_combining_marks", marks_in_names),
    of_server(Rooms, &["6.13"], "controls_are_taken_out_of_messages", cleaning),
    of_server(Lines, &["6.15"], "a_refused_name_is_explained_and_asked_again", refused),
    of_server(Passwords, &["6.16"], "at_login_a_bad_name_is_an_unknown_user", bad_login),
    of_server(Rooms, &["6.17"], "no_such_room_for_a_name_that_none_may_have", bad_room),
    of_server(Rooms, &["6.18"], "telnet_commands_are_dropped", telnet),
    of_server(Rooms, &["6.19"], "a_nul_after_a_cr_and_a_bom_are_dropped", nul_and_bom),
    of_server(Lines, &["8.16"], "no_name_begins_with_a_combining_mark", leading_mark),
];

/// Each is a user's name, which is not taken yet.
fn are_names(amy: &mut Peer, names: &[&str]) -> Verdict {
    for name in names {
        amy.answers(name, "new-password")?;
        amy.answers("@", "new-user")?;
    }
    Ok(())
}

/// A name that no other check has, made this long.
fn filled(tag: &str, with: &str, characters: usize) -> String {
    format!("{tag}{}", with.repeat(characters - tag.len()))
}

/// Each breaks a rule for the names of users.
fn are_no_names(amy: &mut Peer, names: &[&str]) -> Verdict {
    for name in names {
        amy.answers(name, "new-user")?;
    }
    Ok(())
}

fn users(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let tag = &lesson.tag;
    let names =
        ["é", "ЖЖ", "नमस्ते", "สวัสดี", "e\u{301}", "7", "名"].map(|name| format!("{name}{tag}"));
    are_names(&mut amy, &names.each_ref().map(String::as_str))?;
    // Code points count: not bytes, and not the units of UTF-16, of which 𠀀 has two.
    are_names(
        &mut amy,
        &["x", "é", "𠀀"].map(|c| filled(tag, c, 24)).each_ref().map(String::as_str),
    )
}

fn no_users(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    are_no_names(&mut amy, &["", "_a", "-a", ".a", "a b", "a/b", "a:b", "$$a", "a\u{1b}b"])?;
    are_no_names(&mut amy, &["x", "é", "𠀀"].map(|c| c.repeat(25)).each_ref().map(String::as_str))
}

fn server(lesson: &Lesson) -> Verdict {
    are_no_names(&mut lesson.program("amy")?, &["server", "Server", "SERVER"])
}

fn server_room(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.user("amy")?;
    amy.answers("1", "new-room")?;
    // It may be there already, if the server ran before.
    amy.says("Server")?;
    let good = |line: &str| line == "$ask lock" || line == "$ask enter-instead";
    let (_, line) = amy.sees_one("`$ask lock`", |line| line.starts_with("$ask"))?;
    expect(good(&line), "`$ask lock`", format!("`{line}`"))
}

fn shown(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("Amy")?;
    let name = amy.name.clone();
    lesson.signs_up(&mut amy, PASSWORD)?;
    lesson.signs_in(&mut amy, &name.to_uppercase(), PASSWORD)?;
    lesson.creates(&mut amy, &lesson.name("Room"), None)?;
    amy.says("hello")?;
    amy.reads(&format!(" {name}: hello"))
}

fn rooms(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.user("amy")?;
    let tag = &lesson.tag;
    let long = ["x", "𠀀"].map(|with| filled(tag, with, 33));
    amy.answers("1", "new-room")?;
    for name in ["", "_a", "a/b", "a  b", &long[0], &long[1], "a\u{200b}"] {
        amy.answers(name, "new-room")?;
    }
    let longest = ["x", "𠀀"].map(|with| filled(tag, with, 32));
    for name in [&format!("BT 108 {tag}"), &format!("Sala É {tag}"), &longest[0], &longest[1]] {
        amy.answers(name, "lock")?;
        amy.answers("@", "menu")?;
        amy.answers("1", "new-room")?;
    }
    Ok(())
}

fn locked(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.user("amy")?;
    amy.answers("1", "new-room")?;
    for name in ["Room LOCKED", "Room Locked", "Room locked"] {
        amy.answers(name, "new-room")?;
    }
    amy.answers(&format!("LOCKED {}", lesson.tag), "lock").map(drop)
}

fn passwords(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let name = amy.name.clone();
    let long = "é".repeat(129);
    for password in ["", &long, "tab\there", "esc\u{1b}", "\u{fffd}"] {
        amy.answers(&name, "new-password")?;
        let _ = amy.answers(password, "new-password")?;
        amy.answers("@", "new-user")?;
    }
    let longest = ["é", "😀"].map(|c| c.repeat(128));
    for password in [" ", "  x  ", "\u{200b}x", &longest[0], &longest[1]] {
        amy.answers(&name, "new-password")?;
        amy.answers(password, "repeat-password")?;
        amy.answers("@", "new-user")?;
    }
    amy.answers(&name, "new-password")?;
    amy.sends(b"\xff\xfe\n")?;
    amy.asked("new-password").map(drop)
}

fn lone_at(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let name = amy.name.clone();
    amy.answers(&name, "new-password")?;
    amy.answers("@", "new-user")?;
    amy.answers(&name, "new-password")?;
    amy.answers("@@", "repeat-password").map(drop)
}

fn files(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    let long = ["x".repeat(201), "é".repeat(101)]; // bytes count, not characters
    for name in [
        ".",
        "..",
        ".hidden",
        " hi.txt",
        "hi.txt ",
        "a/b",
        "a\\b",
        "a:b",
        "a*b",
        "a?b",
        "a\"b",
        "a<b",
        "a>b",
        "a|b",
        "a\u{1b}b",
        "a\u{202e}b",
        "a\u{200b}b",
        "a\u{fffd}b",
        &long[0],
        &long[1],
        "",
    ] {
        is_no_file(&mut amy, name)?;
    }
    Ok(())
}

/// Windows opens a device by these names, whatever their case and ending: an upload to `com1.txt`
/// would go to a port.
fn devices(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    for name in ["CON", "nul", "Prn.txt", "aux.tar.gz", "CONIN$", "conout$.x", "clock$"] {
        is_no_file(&mut amy, name)?;
    }
    for name in ["COM1", "com9.txt", "LPT1.txt", "lpt9", "COM¹", "lpt³.txt", "a.", "a.txt."] {
        is_no_file(&mut amy, name)?;
    }
    Ok(())
}

/// Offered, refused.
fn is_no_file(amy: &mut Peer, name: &str) -> Verdict {
    amy.answers("!", "file")?;
    amy.says(&format!("$file 5 {name}"))?;
    let (_, line) = amy.sees_one(&format!("`$refuse REASON` for `{name}`"), |line| {
        line.starts_with("$refuse") || line == "$ready"
    })?;
    expect(line != "$ready", format!("`$refuse REASON` for `{name}`"), format!("`{line}`"))
}

fn good_files(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    let long = ["x".repeat(200), "é".repeat(100)];
    for name in
        ["a b.txt", "console.txt", "COM10", "com0.txt", "xcon", "a.con", &long[0], &long[1]]
    {
        amy.answers("!", "file")?;
        amy.says(&format!("$file 5 {name}"))?;
        amy.sees("$ready")?;
        amy.says("$cancel only tried")?;
    }
    Ok(())
}

fn same(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    let tag = &lesson.tag;
    amy.name = format!("ΝΙΚΟΣ{tag}");
    lesson.signs_up(&mut amy, PASSWORD)?;
    amy.answers("@", "new-user")?;
    for name in ["νικος", "νικοσ", "Νικος"] {
        amy.answers(&format!("{name}{}", tag.to_uppercase()), "login")?;
        amy.answers("n", "new-user")?;
    }
    Ok(())
}

fn invisible(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    // Both ends of each range of the page.
    let hidden = "\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180b}\u{180f}\u{200b}\
        \u{200f}\u{202a}\u{202e}\u{2060}\u{206f}\u{2800}\u{3164}\u{fe00}\u{fe0f}\u{feff}\
        \u{ffa0}\u{fff0}\u{fff8}\u{1bca0}\u{1bca3}\u{1d173}\u{1d17a}\u{e0000}\u{e0061}\u{e0fff}";
    for hidden in hidden.chars() {
        are_no_names(&mut amy, &[&format!("amy{hidden}"), &hidden.to_string()])?;
    }
    Ok(())
}

fn marks(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    amy.says(&format!("a{}b", "\u{301}".repeat(9)))?;
    bob.reads(&format!(" {}: a{}b", amy.name, "\u{301}".repeat(4)))
}

fn hidden_marks(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    let three = "\u{301}".repeat(3);
    amy.says(&format!("a{three}\u{200b}{three}b{three}"))?;
    bob.reads(&format!(" {}: a{three}\u{200b}\u{301}b{three}", amy.name))
}

fn marks_in_names(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    are_names(&mut amy, &[&format!("a{}{}", "\u{301}".repeat(4), lesson.tag)])?;
    are_no_names(&mut amy, &[&format!("a{}{}", "\u{301}".repeat(5), lesson.tag)])
}

fn cleaning(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    amy.says("a\u{1b}[31mb\tc\u{7f}d\u{85}e\u{202e}f\u{2066}g\u{200e}h\u{61c}i\u{0}j")?;
    bob.reads(&format!(" {}: a[31mb\tcdefghij", amy.name))
}

fn refused(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    for name in ["a/b", ""] {
        let lines = amy.answers(name, "new-user")?;
        let why = lines.iter().any(|line| !line.is_empty() && !line.starts_with('$'));
        expect(why, "a text that says which rule is broken", listed(&lines))?;
    }
    let lines = amy.answers("a/b", "new-user")?;
    expect(lines.join(" ").contains('/'), "a text that names the character `/`", listed(&lines))
}

fn bad_login(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.program("amy")?;
    lesson.signs_up(&mut amy, PASSWORD)?;
    let unknown = {
        amy.answers(&lesson.name("nobody"), "password")?;
        amy.answers(PASSWORD, "again")?
    };
    amy.answers("y", "user")?;
    amy.answers("a/b", "password")?;
    let bad = amy.answers(PASSWORD, "again")?;
    expect(bad == unknown, format!("{}, as for an unknown user", listed(&unknown)), listed(&bad))
}

fn bad_room(lesson: &Lesson) -> Verdict {
    let mut amy = lesson.user("amy")?;
    lesson.creates(&mut amy, &lesson.name("Room"), None)?;
    lesson.leaves(&mut amy)?;
    for (entry, kind) in [("2", "delete"), ("3", "room")] {
        amy.answers(entry, kind)?;
        let lines = amy.answers("a/b", "menu")?;
        let said = lines.iter().any(|line| line == "Room doesn't exist");
        expect(said, "`Room doesn't exist`", listed(&lines))?;
    }
    Ok(())
}

fn telnet(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    let mut tom = lesson.raw_member("tom", &mut amy)?;
    tom.sends(b"\xff\xfb\x01one \xff\xfa\x18\x00xterm\xff\xf0two\xff\xf1 \xff\xfe\x22\n")?;
    amy.reads(&format!(" {}: one two ", tom.name))?;
    tom.sends(b"a\xff\xffb\n")?;
    amy.reads(&format!(" {}: a\u{fffd}b", tom.name))
}

fn nul_and_bom(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    let mut tom = lesson.connects("tom")?;
    tom.sees("$chatroom 2")?;
    let name = tom.name.clone();
    tom.sends("\u{feff}".as_bytes())?;
    for line in [&name, PASSWORD, PASSWORD, &name, PASSWORD, "3", &lesson.name("Room"), "hello"] {
        tom.sends(format!("{line}\r\0\n").as_bytes())?;
    }
    amy.sees(&format!(" {name}: hello")).map(drop)
}

fn leading_mark(lesson: &Lesson) -> Verdict {
    are_no_names(&mut lesson.program("amy")?, &["\u{301}a", "\u{903}a", "\u{e47}"])
}
