//! How many columns a text takes on a terminal, and where a cursor may be in it.
//!
//! A `char` is not a column, and not what a person calls a character: `漢` takes two columns, a
//! combining accent takes none, and `é` may be two `char`s that a cursor must not separate. So the
//! editor moves and deletes by *cluster*, and the screen counts *columns*. Text comes in, numbers
//! and slices go out. No I/O, no state.
//!
//! Two small tables decide both. They are less than Unicode's own rules (UAX #11 and #29): all
//! wide characters are there, and the combining characters of scripts in daily use. Terminals do
//! not agree about the rest. If we guess differently from a terminal, a row is cut too early or
//! too late. (A program with dependencies would use the crates `unicode-width` and
//! `unicode-segmentation`.)

/// Joins the characters before and after it into one picture: 👩, this, and 💻 make 👩‍💻.
const ZERO_WIDTH_JOINER: char = '\u{200D}';

/// Counts the columns of a character. Control characters have none: they are never shown.
pub fn char_width(c: char) -> usize {
    if (' '..='~').contains(&c) {
        1
    } else if c.is_control() || is_in(COMBINING, c) {
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
        let joins = is_in(COMBINING, c)
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

/// Tells whether `c` is one of the letters that make flags: 🇧🇷 is B and R.
fn is_regional_letter(c: char) -> bool {
    ('\u{1F1E6}'..='\u{1F1FF}').contains(&c)
}

/// Tells whether `c` gives the emoji before it a skin colour.
fn is_skin_tone(c: char) -> bool {
    ('\u{1F3FB}'..='\u{1F3FF}').contains(&c)
}

/// Looks `c` up in a table of ranges. The ranges are in order; both ends belong to a range.
fn is_in(table: &[(u32, u32)], c: char) -> bool {
    let c = u32::from(c);
    // Of the ranges that begin at or before `c`, only the last one can hold it.
    let begun = table.partition_point(|&(first, _)| first <= c);
    begun > 0 && c <= table[begun - 1].1
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

/// No column, part of the character before: combining marks of Latin, Greek, Cyrillic, Hebrew,
/// Arabic, the Indic scripts, Thai, Lao, Tibetan, Burmese, Khmer and Korean; variation selectors;
/// invisible formatting characters.
#[rustfmt::skip]
const COMBINING: &[(u32, u32)] = &[
    (0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05BD), (0x05BF, 0x05BF), (0x05C1, 0x05C2),
    (0x05C4, 0x05C5), (0x05C7, 0x05C7), (0x0610, 0x061A), (0x061C, 0x061C), (0x064B, 0x065F),
    (0x0670, 0x0670), (0x06D6, 0x06DC), (0x06DF, 0x06E4), (0x06E7, 0x06E8), (0x06EA, 0x06ED),
    (0x093A, 0x093A), (0x093C, 0x093C), (0x0941, 0x0948), (0x094D, 0x094D), (0x0951, 0x0957),
    (0x0962, 0x0963), (0x0981, 0x0981), (0x09BC, 0x09BC), (0x09C1, 0x09C4), (0x09CD, 0x09CD),
    (0x09E2, 0x09E3), (0x09FE, 0x0A02), (0x0A3C, 0x0A3C), (0x0A41, 0x0A51), (0x0A70, 0x0A71),
    (0x0A75, 0x0A75), (0x0A81, 0x0A82), (0x0ABC, 0x0ABC), (0x0AC1, 0x0AC8), (0x0ACD, 0x0ACD),
    (0x0AE2, 0x0AE3), (0x0AFA, 0x0B01), (0x0B3C, 0x0B3C), (0x0B3F, 0x0B3F), (0x0B41, 0x0B44),
    (0x0B4D, 0x0B56), (0x0B62, 0x0B63), (0x0B82, 0x0B82), (0x0BC0, 0x0BC0), (0x0BCD, 0x0BCD),
    (0x0C00, 0x0C00), (0x0C04, 0x0C04), (0x0C3C, 0x0C3C), (0x0C3E, 0x0C40), (0x0C46, 0x0C56),
    (0x0C62, 0x0C63), (0x0C81, 0x0C81), (0x0CBC, 0x0CBC), (0x0CBF, 0x0CBF), (0x0CC6, 0x0CC6),
    (0x0CCC, 0x0CCD), (0x0CE2, 0x0CE3), (0x0D00, 0x0D01), (0x0D3B, 0x0D3C), (0x0D41, 0x0D44),
    (0x0D4D, 0x0D4D), (0x0D62, 0x0D63), (0x0D81, 0x0D81), (0x0DCA, 0x0DCA), (0x0DD2, 0x0DD6),
    (0x0E31, 0x0E31), (0x0E34, 0x0E3A), (0x0E47, 0x0E4E), (0x0EB1, 0x0EB1), (0x0EB4, 0x0EBC),
    (0x0EC8, 0x0ECE), (0x0F18, 0x0F19), (0x0F35, 0x0F35), (0x0F37, 0x0F37), (0x0F39, 0x0F39),
    (0x0F71, 0x0F7E), (0x0F80, 0x0F84), (0x0F86, 0x0F87), (0x0F8D, 0x0FBC), (0x0FC6, 0x0FC6),
    (0x102D, 0x1030), (0x1032, 0x1037), (0x1039, 0x103A), (0x103D, 0x103E), (0x1058, 0x1059),
    (0x105E, 0x1060), (0x1071, 0x1074), (0x1082, 0x1082), (0x1085, 0x1086), (0x108D, 0x108D),
    (0x109D, 0x109D), (0x1160, 0x11FF), (0x17B4, 0x17B5), (0x17B7, 0x17BD), (0x17C6, 0x17C6),
    (0x17C9, 0x17D3), (0x17DD, 0x17DD), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x200B, 0x200F),
    (0x202A, 0x202E), (0x2060, 0x206F), (0x20D0, 0x20F0), (0x302A, 0x302D), (0x3099, 0x309A),
    (0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0xFEFF, 0xFEFF), (0xE0001, 0xE007F), (0xE0100, 0xE01EF),
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
        for table in [WIDE, COMBINING] {
            assert!(table.iter().all(|&(first, last)| first <= last));
            assert!(table.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
    }
}
