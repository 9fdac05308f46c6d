use super::*;
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

#[test]
fn a_user_has_letters_and_digits_of_any_script() {
    for good in ["a", "7", "lucas", "Łukasz", "用户", "a_b-c.d", "x...", &"é".repeat(24)] {
        assert!(user(good), "{good:?}");
    }
    for bad in [
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
        &"é".repeat(25),
    ] {
        assert!(!user(bad), "{bad:?}");
    }
}

#[test]
fn a_room_may_have_single_spaces_inside() {
    for good in ["BT 108", "a b c", "LOCKED", "a.LOCKED", "a locked", &"r".repeat(32)] {
        assert!(room(good), "{good:?}");
    }
    for bad in ["", " a", "a ", "a  b", "_a", "a LOCKED", "a\tb", "a:b", &"r".repeat(33)] {
        assert!(!room(bad), "{bad:?}");
    }
}

#[test]
fn names_that_differ_in_case_are_one() {
    assert_eq!(UserName::parse("Ångström"), UserName::parse("ÅNGSTRÖM"));
    assert_eq!(UserName::parse("ΑΣ"), UserName::parse("ασ"));
    assert_eq!(RoomName::parse("BT 108"), RoomName::parse("bt 108"));
    assert_ne!(RoomName::parse("BT 108"), RoomName::parse("BT108"));
    assert_eq!(UserName::parse("Lucas").unwrap().as_str(), "Lucas");
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
fn the_rule_of_a_file_fits_into_a_reason() {
    assert!(BrokenRule::File.to_string().len() <= crate::protocol::MAX_REASON_BYTES);
}

#[test]
fn a_file_has_a_bare_name() {
    for good in [
        "a",
        "TD_work.pdf",
        "a b",
        "$x",
        "..a.txt".trim_start_matches('.'),
        "a.",
        "é",
        &"f".repeat(200),
    ] {
        assert!(file(good), "{good:?}");
    }
    let long = "f".repeat(201);
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
        &long,
    ];
    for bad in bad {
        assert!(!file(bad), "{bad:?}");
    }
}

#[test]
fn a_number_stands_before_the_last_dot() {
    let numbered = |name: &str, n| FileName::parse(name).unwrap().numbered(n).to_string();
    assert_eq!(numbered("a.tar.gz", 1), "a.tar (1).gz");
    assert_eq!(numbered("README", 12), "README (12)");
    assert_eq!(numbered("a.", 1), "a (1).");
    let long = format!("{}.pdf", "é".repeat(98));
    assert_eq!(numbered(&long, 3), format!("{} (3).pdf", "é".repeat(96)));
    let all_extension = format!("a.{}", "x".repeat(198));
    assert_eq!(numbered(&all_extension, 1), format!("a.{} (1)", "x".repeat(194)));
}

proptest! {
    #[test]
    fn a_numbered_name_is_a_name(name in "[^/]{1,120}", number in 1..u64::MAX) {
        if let Ok(name) = FileName::parse(&name) {
            let numbered = name.numbered(number);
            prop_assert!(FileName::parse(numbered.as_str()).is_ok(), "{numbered:?}");
            prop_assert_ne!(numbered, name);
        }
    }

    #[test]
    fn a_good_name_has_nothing_that_a_terminal_obeys(text in ".{0,40}") {
        let shown = [
            UserName::parse(&text).map(|name| name.to_string()),
            RoomName::parse(&text).map(|name| name.to_string()),
            FileName::parse(&text).map(|name| name.to_string()),
        ];
        for name in shown.into_iter().flatten() {
            prop_assert!(!name.contains(|c: char| c.is_control() || is_bidi(c)));
        }
    }
}
