use super::*;
use crate::protocol::MAX_REASON_BYTES;
use crate::text::is_bidi;
use proptest::prelude::*;

fn user(text: &str) -> bool {
    UserName::parse(text).is_ok()
}

fn room(text: &str) -> bool {
    RoomName::parse(text).is_ok()
}

fn file(text: &str) -> bool {
    FileName::parse(text).is_ok()
}

fn same_user(one: &str, other: &str) -> bool {
    UserName::parse(one).unwrap() == UserName::parse(other).unwrap()
}

const FOUR_MARKS: &str = "e\u{301}\u{302}\u{303}\u{304}";

#[test]
fn a_user_has_letters_and_digits_of_any_script() {
    let good = [
        "a",
        "7",
        "lucas",
        "Łukasz",
        "用户",
        "a_b-c.d",
        "x...",
        "नमस्ते",
        "สวัสดี",
        "e\u{301}a",
        "٣",
        "½",
        "Ⅷ",
        "servers",
        FOUR_MARKS,
        &"é".repeat(24),
    ];
    for good in good {
        assert!(user(good), "{good:?}");
    }
    let bad = [
        "",
        "_a",
        "-a",
        ".a",
        "a b",
        "a/b",
        "a\u{202E}b",
        "a\u{FFFD}",
        "a\x1b",
        "$a",
        "a:",
        "a\u{A0}",
        "a😀",
        &"é".repeat(25),
    ];
    for bad in bad {
        assert!(!user(bad), "{bad:?}");
    }
}

#[test]
fn no_name_hides_in_another_or_is_blank() {
    // Hangul fillers, a soft hyphen, joiners, a variation selector, Braille's blank.
    for c in
        "\u{3164}\u{115F}\u{1160}\u{FFA0}\u{AD}\u{34F}\u{200B}\u{200D}\u{FE0F}\u{2800}".chars()
    {
        for name in [format!("{c}"), format!("lucas{c}"), format!("lu{c}cas")] {
            assert!(!user(&name) && !room(&name) && !file(&name), "{name:?}");
        }
    }
}

#[test]
fn no_name_begins_with_a_combining_mark() {
    // The second is a vowel sign, which Unicode calls alphabetic.
    for mark in ["\u{301}", "\u{93E}", "\u{E31}"] {
        let name = format!("{mark}a");
        assert!(!user(&name) && !room(&name) && !file(&name), "{name:?}");
        let fault = Fault::Begins(mark.chars().next().unwrap());
        assert_eq!(UserName::parse(&name), Err(BrokenRule::User(fault)));
    }
}

#[test]
fn at_most_four_combining_marks_are_in_a_row() {
    let five = format!("{FOUR_MARKS}\u{305}");
    for (name, good) in [(FOUR_MARKS, true), (&five, false)] {
        assert!(user(name) == good && room(name) == good && file(name) == good, "{name:?}");
    }
    assert_eq!(RoomName::parse(&five), Err(BrokenRule::Room(Fault::Marks)));
}

#[test]
fn nobody_is_called_server_in_any_case() {
    for name in ["server", "Server", "SERVER", "ſerver"] {
        assert_eq!(UserName::parse(name), Err(BrokenRule::User(Fault::Is("server"))));
        assert!(room(name), "a room may be called so");
    }
}

#[test]
fn a_room_may_have_single_spaces_inside() {
    for good in ["BT 108", "a b c", "LOCKED", "a.LOCKED", "a locked b", "नम ते", &"r".repeat(32)]
    {
        assert!(room(good), "{good:?}");
    }
    let bad = [
        "",
        " a",
        "a ",
        "a  b",
        "_a",
        "a LOCKED",
        "a locked",
        "a LockeD",
        "a\tb",
        "a:b",
        &"r".repeat(33),
    ];
    for bad in bad {
        assert!(!room(bad), "{bad:?}");
    }
}

#[test]
fn names_that_differ_in_case_are_one() {
    assert!(same_user("Ångström", "ÅNGSTRÖM"));
    for name in ["νικος", "νικοσ", "Νικος"] {
        assert!(same_user("ΝΙΚΟΣ", name), "{name}");
    }
    assert!(same_user("straße", "STRASSE"));
    assert!(!same_user("é", "e\u{301}"), "nothing is normalised");
    assert_eq!(RoomName::parse("BT 108"), RoomName::parse("bt 108"));
    assert_ne!(RoomName::parse("BT 108"), RoomName::parse("BT108"));
    assert_eq!(UserName::parse("Lucas").unwrap().as_str(), "Lucas");
}

#[test]
fn the_answer_says_which_rule_and_by_which_character() {
    let user = |text: &str| UserName::parse(text).unwrap_err().to_string();
    let rule = "it has 1 to 24 letters and digits, and after the first also _ - .";
    assert_eq!(user("al ice"), format!("A user's name must not contain space; {rule}"));
    assert_eq!(user("al/ice"), format!("A user's name must not contain /; {rule}"));
    assert_eq!(user("al\tice"), format!("A user's name must not contain TAB; {rule}"));
    assert_eq!(user("al\u{202E}ice"), format!("A user's name must not contain U+202E; {rule}"));
    assert_eq!(
        user("a\u{FFFD}"),
        format!("A user's name must not contain bytes that are not UTF-8; {rule}")
    );
    assert_eq!(user("_a"), format!("A user's name must not begin with _; {rule}"));
    assert_eq!(user("\u{301}"), format!("A user's name must not begin with U+0301; {rule}"));
    assert_eq!(user(""), format!("A user's name must not be empty; {rule}"));
    assert_eq!(user("SERVER"), format!("A user's name must not be server; {rule}"));
    assert_eq!(user(&"x".repeat(25)), format!("A user's name is too long; {rule}"));
    let room = |text: &str| RoomName::parse(text).unwrap_err().to_string();
    assert!(room("a  b").starts_with("A room's name must not have two spaces in a row; "));
    assert!(room("a locked").starts_with("A room's name must not end with LOCKED; "));
    let file = |text: &str| FileName::parse(text).unwrap_err().to_string();
    assert!(file("a?").starts_with("a file's name must not contain ?; "));
    assert!(
        file("nul.txt").starts_with("a file's name must not be the name of a device on Windows; ")
    );
}

#[test]
fn a_password_is_anything_without_control_characters() {
    for good in [" ", "1", "$5 é", &"p".repeat(128)] {
        assert!(Password::parse(good).is_ok(), "{good:?}");
    }
    for bad in ["", "a\tb", "a\x7f", "a\u{85}", "a\u{FFFD}", &"p".repeat(129)] {
        assert!(Password::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_file_has_a_bare_name() {
    let good = [
        "a",
        "TD_work.pdf",
        "a b",
        "$x",
        "é",
        "e\u{301}",
        "漢字",
        "😀.png",
        "a..b",
        "server",
        &"f".repeat(200),
    ];
    for good in good {
        assert!(file(good), "{good:?}");
    }
    let bad = [
        "",
        ".",
        "..",
        ".hidden",
        " a",
        "a ",
        "a/b",
        "../a",
        "/etc/passwd",
        "a\\b",
        "c:a",
        "a*",
        "a?",
        "a\"b",
        "a<b",
        "a>b",
        "a|b",
        "a\nb",
        "a\0",
        "a\x7f",
        "a\u{9b}",
        "a\u{202E}fdp.exe",
        "a\u{200F}",
        "a\u{FFFD}",
        "a\u{200B}",
        &"f".repeat(201),
    ];
    for bad in bad {
        assert!(!file(bad), "{bad:?}");
    }
}

#[test]
fn what_windows_cannot_hold_is_no_file_name() {
    let bad = [
        "a.",
        "a. .",
        "CON",
        "con",
        "Con.txt",
        "nul",
        "NUL.tar.gz",
        "nul .txt",
        "PRN",
        "AUX.c",
        "COM1",
        "com9.log",
        "LPT1",
        "lpt5.x",
        "COM²",
        "CONIN$",
        "conout$",
    ];
    for bad in bad {
        assert!(!file(bad), "{bad:?}");
    }
    for good in ["console", "a.con", "com", "com10", "COM0x", "nul1", "lpt", "auxiliary.txt"] {
        assert!(file(good), "{good:?}");
    }
}

#[test]
fn a_number_is_put_before_the_last_dot() {
    let numbered = |name: &str, n| FileName::parse(name).unwrap().numbered(n).to_string();
    assert_eq!(numbered("a.tar.gz", 1), "a.tar (1).gz");
    assert_eq!(numbered("README", 12), "README (12)");
    let long = format!("{}.pdf", "é".repeat(98));
    assert_eq!(numbered(&long, 3), format!("{} (3).pdf", "é".repeat(96)));
    let all_extension = format!("a.{}", "x".repeat(198));
    assert_eq!(numbered(&all_extension, 1), format!("a.{} (1)", "x".repeat(194)));
    // Two bytes would be left, in which no character of the stem has space.
    let wide = format!("漢.{}", "x".repeat(193));
    assert_eq!(numbered(&wide, 1), format!("漢.{} (1)", "x".repeat(192)));
}

#[test]
fn any_file_on_disk_has_a_name_to_send_it_under() {
    let from_any = |name: &str| FileName::from_any(name.as_ref()).to_string();
    for (name, expected) in [
        ("hi.txt", "hi.txt"),
        ("Aula 1: TCP?.pdf", "Aula 1_ TCP_.pdf"),
        (".hidden", "_hidden"),
        ("..", "_"),
        ("", "_"),
        (" a ", "_a_"),
        ("a.", "a_"),
        ("a...", "a_"),
        ("a\u{202E}fdp.exe", "a_fdp.exe"),
        ("a\nb\u{200B}", "a_b_"),
        ("\u{301}a", "_a"),
        ("nul.txt", "_ul.txt"),
    ] {
        assert_eq!(from_any(name), expected, "{name:?}");
    }
    let stem = "漢".repeat(70);
    assert_eq!(from_any(&format!("{stem}.pdf")), format!("{}.pdf", "漢".repeat(65)));
    assert_eq!(from_any(&format!("a.{}", "x".repeat(300))), format!("a.{}", "x".repeat(198)));
    let marks = format!("{FOUR_MARKS}\u{305}\u{306}x");
    assert_eq!(from_any(&marks), format!("{FOUR_MARKS}__x"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_name_on_disk_that_is_not_utf8_can_be_sent() {
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
    assert_eq!(FileName::from_any(name).as_str(), "caf_.txt");
}

/// Text that is made of what the rules are about, which random text would hardly ever hit.
fn tricky() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        ".",
        " ",
        "con",
        "COM1",
        "nul",
        "é",
        "e",
        "漢",
        "\u{301}",
        "\u{93E}",
        "\u{202E}",
        "\u{200B}",
        "\u{3164}",
        "/",
        ":",
        "\n",
        "\u{FFFD}",
        "xxxxxxxxxxxxxxxxxxxx",
        "😀",
        "server",
        " LOCKED",
    ]);
    prop_oneof![any::<String>(), prop::collection::vec(pieces, 0..30).prop_map(|all| all.concat())]
}

proptest! {
    #[test]
    fn a_numbered_name_is_a_name(name in tricky(), number in 1..u64::MAX) {
        if let Ok(name) = FileName::parse(&name) {
            let numbered = name.numbered(number);
            prop_assert!(FileName::parse(numbered.as_str()).is_ok(), "{numbered:?}");
            prop_assert_ne!(numbered, name);
        }
    }

    #[test]
    fn a_made_name_is_a_name_and_a_good_one_stays(name in tricky()) {
        let made = FileName::from_any(name.as_ref());
        prop_assert!(FileName::parse(made.as_str()).is_ok(), "{name:?}: {made:?}");
        if let Ok(good) = FileName::parse(&name) {
            prop_assert_eq!(made, good);
        }
    }

    #[test]
    fn a_good_name_has_nothing_that_a_terminal_obeys(text in tricky()) {
        let shown = [
            UserName::parse(&text).map(|name| name.to_string()),
            RoomName::parse(&text).map(|name| name.to_string()),
            FileName::parse(&text).map(|name| name.to_string()),
        ];
        for answer in shown {
            // Nor has the answer to a bad one, and as a reason it is short enough.
            let answer = answer.unwrap_or_else(|rule| {
                let rule = rule.to_string();
                assert!(!rule.starts_with('a') || rule.len() <= MAX_REASON_BYTES, "{rule}");
                rule
            });
            prop_assert!(!answer.contains(|c: char| c.is_control() || is_bidi(c)), "{answer:?}");
        }
    }
}
