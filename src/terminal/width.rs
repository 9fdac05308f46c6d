//! How many columns a text takes on a terminal, and where a cursor may be in it.
//!
//! A `char` is not a column, and not what a person calls a character: `漢` takes two columns, a
//! combining accent takes none, and `é` may be two `char`s that a cursor must not separate. So the
//! editor moves and deletes by *cluster*, and the screen counts *columns*. Text comes in, numbers
//! and slices go out. No I/O, no state.
//!
//! Two small tables here, and the marks and invisible characters of `text`, decide both. They are
//! less than Unicode's own rules (UAX #11 and #29). Terminals do not agree about the rest. If we
//! guess differently from a terminal, a row is cut too early or too late. (A program with
//! dependencies would use the crates `unicode-width` and `unicode-segmentation`.)

use crate::text::{is_in, is_invisible, is_mark};

/// Joins the characters before and after it into one picture: 👩, this, and 💻 make 👩‍💻.
const ZERO_WIDTH_JOINER: char = '\u{200D}';

/// Counts the columns of a character. Control characters have none: they are never shown.
pub fn char_width(c: char) -> usize {
    if (' '..='~').contains(&c) {
        1
    } else if c.is_control() || is_combining(c) {
        0
    } else if is_in(WIDE, c) {
        2
    } else {
        1
    }
}

/// Counts the columns of a text: the sum over its characters, which is how most terminals count
/// too.
pub fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// Cuts a text into its clusters, each with its offset in bytes.
pub fn clusters(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from;
        from += cluster_len(&text[start..])?;
        Some((start, &text[start..from]))
    })
}

/// Finds the first boundary between two clusters after `at`; the end of the text if there is none.
pub fn next_boundary(text: &str, at: usize) -> usize {
    clusters(text)
        .map(|(start, cluster)| start + cluster.len())
        .find(|&end| end > at)
        .unwrap_or(text.len())
}

/// Finds the last boundary between two clusters that is before `at`; 0 if there is none.
pub fn previous_boundary(text: &str, at: usize) -> usize {
    clusters(text).map(|(start, _)| start).take_while(|&start| start < at).last().unwrap_or(0)
}

/// Measures the first cluster of a text, in bytes. `None`: the text is empty.
fn cluster_len(text: &str) -> Option<usize> {
    let mut chars = text.chars();
    let mut last = chars.next()?;
    let mut len = last.len_utf8();
    // Two of these letters are a flag; three are a flag and a letter.
    let mut may_be_flag = is_regional_letter(last);
    for c in chars {
        let joins = is_combining(c)
            || is_skin_tone(c)
            || (last == ZERO_WIDTH_JOINER && !c.is_ascii())
            || (may_be_flag && is_regional_letter(c));
        if !joins {
            break;
        }
        may_be_flag = false;
        len += c.len_utf8();
        last = c;
    }
    Some(len)
}

/// Tells whether `c` takes no column and is part of the character before it. Terminals also build
/// Korean syllables of a consonant and such vowels.
fn is_combining(c: char) -> bool {
    let is_korean_vowel = ('\u{1160}'..='\u{11FF}').contains(&c);
    is_korean_vowel || (is_mark(c) || is_invisible(c)) && !is_in(WITH_COLUMNS, c)
}

/// Tells whether `c` is one of the letters that make flags: 🇧🇷 is B and R.
fn is_regional_letter(c: char) -> bool {
    ('\u{1F1E6}'..='\u{1F1FF}').contains(&c)
}

/// Tells whether `c` gives the emoji before it a skin colour.
fn is_skin_tone(c: char) -> bool {
    ('\u{1F3FB}'..='\u{1F3FF}').contains(&c)
}

/// Two columns: East Asian wide and full-width characters, and emoji (Unicode 16,
/// EastAsianWidth.txt). Two ranges with only unassigned characters between them are one range
/// here.
#[rustfmt::skip]
const WIDE: &[(u32, u32)] = &[
    (0x1100, 0x115F), (0x231A, 0x231B), (0x2329, 0x232A), (0x23E9, 0x23EC), (0x23F0, 0x23F0),
    (0x23F3, 0x23F3), (0x25FD, 0x25FE), (0x2614, 0x2615), (0x2630, 0x2637), (0x2648, 0x2653),
    (0x267F, 0x267F), (0x268A, 0x268F), (0x2693, 0x2693), (0x26A1, 0x26A1), (0x26AA, 0x26AB),
    (0x26BD, 0x26BE), (0x26C4, 0x26C5), (0x26CE, 0x26CE), (0x26D4, 0x26D4), (0x26EA, 0x26EA),
    (0x26F2, 0x26F3), (0x26F5, 0x26F5), (0x26FA, 0x26FA), (0x26FD, 0x26FD), (0x2705, 0x2705),
    (0x270A, 0x270B), (0x2728, 0x2728), (0x274C, 0x274C), (0x274E, 0x274E), (0x2753, 0x2755),
    (0x2757, 0x2757), (0x2795, 0x2797), (0x27B0, 0x27B0), (0x27BF, 0x27BF), (0x2B1B, 0x2B1C),
    (0x2B50, 0x2B50), (0x2B55, 0x2B55), (0x2E80, 0x303E), (0x3041, 0x3247), (0x3250, 0xA4C6),
    (0xA960, 0xA97C), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE10, 0xFE19), (0xFE30, 0xFE6B),
    (0xFF01, 0xFF60), (0xFFE0, 0xFFE6), (0x16FE0, 0x18D08), (0x1AFF0, 0x1B2FB), (0x1D300, 0x1D376),
    (0x1F004, 0x1F004), (0x1F0CF, 0x1F0CF), (0x1F18E, 0x1F18E), (0x1F191, 0x1F19A),
    (0x1F200, 0x1F320), (0x1F32D, 0x1F335), (0x1F337, 0x1F37C), (0x1F37E, 0x1F393),
    (0x1F3A0, 0x1F3CA), (0x1F3CF, 0x1F3D3), (0x1F3E0, 0x1F3F0), (0x1F3F4, 0x1F3F4),
    (0x1F3F8, 0x1F43E), (0x1F440, 0x1F440), (0x1F442, 0x1F4FC), (0x1F4FF, 0x1F53D),
    (0x1F54B, 0x1F54E), (0x1F550, 0x1F567), (0x1F57A, 0x1F57A), (0x1F595, 0x1F596),
    (0x1F5A4, 0x1F5A4), (0x1F5FB, 0x1F64F), (0x1F680, 0x1F6C5), (0x1F6CC, 0x1F6CC),
    (0x1F6D0, 0x1F6D2), (0x1F6D5, 0x1F6DF), (0x1F6EB, 0x1F6EC), (0x1F6F4, 0x1F6FC),
    (0x1F7E0, 0x1F7F0), (0x1F90C, 0x1F93A), (0x1F93C, 0x1F945), (0x1F947, 0x1F9FF),
    (0x1FA70, 0x1FAFF), (0x20000, 0x3FFFD),
];

/// Marks and invisible characters that take columns all the same: the vowel signs beside a letter,
/// of the scripts in daily use, and the few that terminals show as a space.
#[rustfmt::skip]
const WITH_COLUMNS: &[(u32, u32)] = &[
    (0x00AD, 0x00AD), (0x0903, 0x0903), (0x093B, 0x093B), (0x093E, 0x0940), (0x0949, 0x094C),
    (0x094E, 0x094F), (0x0982, 0x0983), (0x09BE, 0x09C0), (0x09C7, 0x09C8), (0x09CB, 0x09CC),
    (0x09D7, 0x09D7), (0x0A03, 0x0A03), (0x0A3E, 0x0A40), (0x0A83, 0x0A83), (0x0ABE, 0x0AC0),
    (0x0AC9, 0x0AC9), (0x0ACB, 0x0ACC), (0x0B02, 0x0B03), (0x0B3E, 0x0B3E), (0x0B40, 0x0B40),
    (0x0B47, 0x0B48), (0x0B4B, 0x0B4C), (0x0B57, 0x0B57), (0x0BBE, 0x0BBF), (0x0BC1, 0x0BC2),
    (0x0BC6, 0x0BC8), (0x0BCA, 0x0BCC), (0x0BD7, 0x0BD7), (0x0C01, 0x0C03), (0x0C41, 0x0C44),
    (0x0C82, 0x0C83), (0x0CBE, 0x0CBE), (0x0CC0, 0x0CC4), (0x0CC7, 0x0CC8), (0x0CCA, 0x0CCB),
    (0x0CD5, 0x0CD6), (0x0D02, 0x0D03), (0x0D3E, 0x0D40), (0x0D46, 0x0D48), (0x0D4A, 0x0D4C),
    (0x0D57, 0x0D57), (0x0D82, 0x0D83), (0x0DCF, 0x0DD1), (0x0DD8, 0x0DF3), (0x0F3E, 0x0F3F),
    (0x0F7F, 0x0F7F), (0x102B, 0x102C), (0x1031, 0x1031), (0x1038, 0x1038), (0x103B, 0x103C),
    (0x1056, 0x1057), (0x1062, 0x106D), (0x1083, 0x1084), (0x1087, 0x108C), (0x108F, 0x109C),
    (0x115F, 0x115F), (0x17B6, 0x17B6), (0x17BE, 0x17C5), (0x17C7, 0x17C8), (0x2800, 0x2800),
    (0x302E, 0x302F), (0x3164, 0x3164), (0xFFA0, 0xFFA0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_characters_take_their_columns() {
        let known = [
            (1, "aZ~ é ñ ß Ω Я א ع ก ① → ─ █ … € \u{A0} \u{FFFD} ❤ ☀ ♀"),
            (2, "漢 あ ア 한 ， ！ Ａ 😀 🎉 🚀 👩 🏽 ⌚ ✅ ⭐ 🀄 \u{3000} \u{20000} \u{1FAE0}"),
            (
                0,
                "\u{301} \u{20D7} \u{3099} \u{FE0F} \u{200D} \u{200B} \u{202E} \u{5B4} \
                 \u{64E} \u{93F}\u{94D} \u{E31}",
            ),
        ];
        for (columns, text) in known {
            // U+093F, Devanagari's vowel sign i, takes a column: it is beside its letter, not
            // above.
            for c in text.chars().filter(|&c| c != ' ' && c != '\u{93F}') {
                assert_eq!(char_width(c), columns, "{c:?} U+{:04X}", u32::from(c));
            }
        }
        assert_eq!(width("a漢e\u{301}\u{1b}"), 4);
    }

    #[test]
    fn what_a_person_calls_a_character_is_one_cluster() {
        let wholes = [
            "a",
            "漢",
            "e\u{301}\u{323}",
            "❤\u{FE0F}",
            "👍🏽",
            "👩\u{200D}👩\u{200D}👧",
            "🇧🇷",
            "한",
            "กำ",
        ];
        for whole in &wholes[..8] {
            assert_eq!(clusters(whole).collect::<Vec<_>>(), [(0, *whole)]);
        }
        let pieces: Vec<&str> = clusters("🇧🇷🇵x\u{200D}y").map(|(_, cluster)| cluster).collect();
        assert_eq!(
            pieces,
            ["🇧🇷", "🇵", "x\u{200D}", "y"],
            "a joiner between letters joins nothing"
        );
        assert_eq!(clusters("").count(), 0);
    }

    #[test]
    fn boundaries_are_found_from_anywhere() {
        let text = "ae\u{301}漢";
        let steps = std::iter::successors(Some(0), |&at| Some(next_boundary(text, at)));
        let steps: Vec<usize> = steps.take(5).collect();
        assert_eq!(steps, [0, 1, 4, 7, 7]);
        assert_eq!([7, 4, 1, 0].map(|at| previous_boundary(text, at)), [4, 1, 0, 0]);
        assert_eq!(
            (previous_boundary(text, 2), next_boundary(text, 2)),
            (1, 4),
            "from inside a cluster"
        );
    }

    #[test]
    fn tables_are_in_order() {
        for table in [WIDE, WITH_COLUMNS] {
            assert!(table.iter().all(|&(first, last)| first <= last));
            assert!(table.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
    }
}
