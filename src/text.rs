//! What a character can do to somebody else's screen.
//!
//! Names and messages are shown on other people's screens. Some characters do more than show a
//! letter: they move the cursor, change the direction of the text, cover the lines above, or are
//! invisible. This file knows them. `name` refuses them, and [`clean`] removes from messages those
//! that do harm. Text goes in and text comes out: no I/O, no lock, and any thread may call it.
//!
//! std knows letters and digits, but neither combining marks nor invisible characters. So the two
//! tables at the end of this file list those, from Unicode 16.

use std::borrow::Cow;

/// The most combining marks that may follow one another. Written languages need three at most.
pub const MAX_MARKS: usize = 4;

/// Removes what a terminal would obey instead of showing it: control characters (but TAB) and the
/// characters that turn the direction of text. Keeps [`MAX_MARKS`] combining marks in a row and
/// removes the others, which would cover the lines above. The server calls it for messages and for
/// reasons, and the client for all that it prints.
pub fn clean(text: &str) -> Cow<'_, str> {
    // Nearly all text is plain ASCII, and this check is fast.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let mut marks = 0;
    let keep = |c: &char| {
        if (c.is_control() && *c != '\t') || is_bidi(*c) {
            return false;
        }
        if is_mark(*c) {
            marks += 1;
            return marks <= MAX_MARKS;
        }
        // An invisible character between two marks does not reset the count.
        if !is_invisible(*c) {
            marks = 0;
        }
        true
    };
    let cleaned: String = text.chars().filter(keep).collect();
    if cleaned.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(cleaned) }
}

/// Tells whether `text` has more than [`MAX_MARKS`] combining marks in a row.
pub fn has_too_many_marks(text: &str) -> bool {
    text.split(|c| !is_mark(c)).any(|marks| marks.chars().count() > MAX_MARKS)
}

/// Tells whether `c` is a combining mark: an accent or a vowel sign that belongs to the letter
/// before it. (Unicode: General_Category M.)
pub fn is_mark(c: char) -> bool {
    c >= '\u{300}' && is_in(MARKS, c)
}

/// Tells whether `c` shows nothing at all. (Unicode: Default_Ignorable_Code_Point, and the Braille
/// pattern without a dot.)
pub fn is_invisible(c: char) -> bool {
    c >= '\u{AD}' && (is_in(IGNORABLE, c) || c == '\u{2800}')
}

/// Tells whether `c` changes the direction of the text around it. With it one name could look
/// like another.
pub fn is_bidi(c: char) -> bool {
    matches!(c,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}')
}

/// Finds `c` in a table of ranges, which are in order. Both ends of a range belong to it.
pub fn is_in(table: &[(u32, u32)], c: char) -> bool {
    let c = u32::from(c);
    // How many ranges begin at or before `c`: only the last of them can have it.
    let begun = table.partition_point(|&(first, _)| first <= c);
    begun > 0 && c <= table[begun - 1].1
}

/// General_Category M. Two ranges with only unassigned characters between them are one here.
#[rustfmt::skip]
const MARKS: &[(u32, u32)] = &[
    (0x300, 0x36F), (0x483, 0x489), (0x591, 0x5BD), (0x5BF, 0x5BF), (0x5C1, 0x5C2), (0x5C4, 0x5C5),
    (0x5C7, 0x5C7), (0x610, 0x61A), (0x64B, 0x65F), (0x670, 0x670), (0x6D6, 0x6DC), (0x6DF, 0x6E4),
    (0x6E7, 0x6E8), (0x6EA, 0x6ED), (0x711, 0x711), (0x730, 0x74A), (0x7A6, 0x7B0), (0x7EB, 0x7F3),
    (0x7FD, 0x7FD), (0x816, 0x819), (0x81B, 0x823), (0x825, 0x827), (0x829, 0x82D), (0x859, 0x85B),
    (0x897, 0x89F), (0x8CA, 0x8E1), (0x8E3, 0x903), (0x93A, 0x93C), (0x93E, 0x94F), (0x951, 0x957),
    (0x962, 0x963), (0x981, 0x983), (0x9BC, 0x9BC), (0x9BE, 0x9CD), (0x9D7, 0x9D7), (0x9E2, 0x9E3),
    (0x9FE, 0xA03), (0xA3C, 0xA51), (0xA70, 0xA71), (0xA75, 0xA75), (0xA81, 0xA83), (0xABC, 0xABC),
    (0xABE, 0xACD), (0xAE2, 0xAE3), (0xAFA, 0xB03), (0xB3C, 0xB3C), (0xB3E, 0xB57), (0xB62, 0xB63),
    (0xB82, 0xB82), (0xBBE, 0xBCD), (0xBD7, 0xBD7), (0xC00, 0xC04), (0xC3C, 0xC3C), (0xC3E, 0xC56),
    (0xC62, 0xC63), (0xC81, 0xC83), (0xCBC, 0xCBC), (0xCBE, 0xCD6), (0xCE2, 0xCE3), (0xCF3, 0xD03),
    (0xD3B, 0xD3C), (0xD3E, 0xD4D), (0xD57, 0xD57), (0xD62, 0xD63), (0xD81, 0xD83), (0xDCA, 0xDDF),
    (0xDF2, 0xDF3), (0xE31, 0xE31), (0xE34, 0xE3A), (0xE47, 0xE4E), (0xEB1, 0xEB1), (0xEB4, 0xEBC),
    (0xEC8, 0xECE), (0xF18, 0xF19), (0xF35, 0xF35), (0xF37, 0xF37), (0xF39, 0xF39), (0xF3E, 0xF3F),
    (0xF71, 0xF84), (0xF86, 0xF87), (0xF8D, 0xFBC), (0xFC6, 0xFC6), (0x102B, 0x103E),
    (0x1056, 0x1059), (0x105E, 0x1060), (0x1062, 0x1064), (0x1067, 0x106D), (0x1071, 0x1074),
    (0x1082, 0x108D), (0x108F, 0x108F), (0x109A, 0x109D), (0x135D, 0x135F), (0x1712, 0x1715),
    (0x1732, 0x1734), (0x1752, 0x1753), (0x1772, 0x1773), (0x17B4, 0x17D3), (0x17DD, 0x17DD),
    (0x180B, 0x180D), (0x180F, 0x180F), (0x1885, 0x1886), (0x18A9, 0x18A9), (0x1920, 0x193B),
    (0x1A17, 0x1A1B), (0x1A55, 0x1A7F), (0x1AB0, 0x1B04), (0x1B34, 0x1B44), (0x1B6B, 0x1B73),
    (0x1B80, 0x1B82), (0x1BA1, 0x1BAD), (0x1BE6, 0x1BF3), (0x1C24, 0x1C37), (0x1CD0, 0x1CD2),
    (0x1CD4, 0x1CE8), (0x1CED, 0x1CED), (0x1CF4, 0x1CF4), (0x1CF7, 0x1CF9), (0x1DC0, 0x1DFF),
    (0x20D0, 0x20F0), (0x2CEF, 0x2CF1), (0x2D7F, 0x2D7F), (0x2DE0, 0x2DFF), (0x302A, 0x302F),
    (0x3099, 0x309A), (0xA66F, 0xA672), (0xA674, 0xA67D), (0xA69E, 0xA69F), (0xA6F0, 0xA6F1),
    (0xA802, 0xA802), (0xA806, 0xA806), (0xA80B, 0xA80B), (0xA823, 0xA827), (0xA82C, 0xA82C),
    (0xA880, 0xA881), (0xA8B4, 0xA8C5), (0xA8E0, 0xA8F1), (0xA8FF, 0xA8FF), (0xA926, 0xA92D),
    (0xA947, 0xA953), (0xA980, 0xA983), (0xA9B3, 0xA9C0), (0xA9E5, 0xA9E5), (0xAA29, 0xAA36),
    (0xAA43, 0xAA43), (0xAA4C, 0xAA4D), (0xAA7B, 0xAA7D), (0xAAB0, 0xAAB0), (0xAAB2, 0xAAB4),
    (0xAAB7, 0xAAB8), (0xAABE, 0xAABF), (0xAAC1, 0xAAC1), (0xAAEB, 0xAAEF), (0xAAF5, 0xAAF6),
    (0xABE3, 0xABEA), (0xABEC, 0xABED), (0xFB1E, 0xFB1E), (0xFE00, 0xFE0F), (0xFE20, 0xFE2F),
    (0x101FD, 0x101FD), (0x102E0, 0x102E0), (0x10376, 0x1037A), (0x10A01, 0x10A0F),
    (0x10A38, 0x10A3F), (0x10AE5, 0x10AE6), (0x10D24, 0x10D27), (0x10D69, 0x10D6D),
    (0x10EAB, 0x10EAC), (0x10EFC, 0x10EFF), (0x10F46, 0x10F50), (0x10F82, 0x10F85),
    (0x11000, 0x11002), (0x11038, 0x11046), (0x11070, 0x11070), (0x11073, 0x11074),
    (0x1107F, 0x11082), (0x110B0, 0x110BA), (0x110C2, 0x110C2), (0x11100, 0x11102),
    (0x11127, 0x11134), (0x11145, 0x11146), (0x11173, 0x11173), (0x11180, 0x11182),
    (0x111B3, 0x111C0), (0x111C9, 0x111CC), (0x111CE, 0x111CF), (0x1122C, 0x11237),
    (0x1123E, 0x1123E), (0x11241, 0x11241), (0x112DF, 0x112EA), (0x11300, 0x11303),
    (0x1133B, 0x1133C), (0x1133E, 0x1134D), (0x11357, 0x11357), (0x11362, 0x11374),
    (0x113B8, 0x113D0), (0x113D2, 0x113D2), (0x113E1, 0x113E2), (0x11435, 0x11446),
    (0x1145E, 0x1145E), (0x114B0, 0x114C3), (0x115AF, 0x115C0), (0x115DC, 0x115DD),
    (0x11630, 0x11640), (0x116AB, 0x116B7), (0x1171D, 0x1172B), (0x1182C, 0x1183A),
    (0x11930, 0x1193E), (0x11940, 0x11940), (0x11942, 0x11943), (0x119D1, 0x119E0),
    (0x119E4, 0x119E4), (0x11A01, 0x11A0A), (0x11A33, 0x11A39), (0x11A3B, 0x11A3E),
    (0x11A47, 0x11A47), (0x11A51, 0x11A5B), (0x11A8A, 0x11A99), (0x11C2F, 0x11C3F),
    (0x11C92, 0x11CB6), (0x11D31, 0x11D45), (0x11D47, 0x11D47), (0x11D8A, 0x11D97),
    (0x11EF3, 0x11EF6), (0x11F00, 0x11F01), (0x11F03, 0x11F03), (0x11F34, 0x11F42),
    (0x11F5A, 0x11F5A), (0x13440, 0x13440), (0x13447, 0x13455), (0x1611E, 0x1612F),
    (0x16AF0, 0x16AF4), (0x16B30, 0x16B36), (0x16F4F, 0x16F4F), (0x16F51, 0x16F92),
    (0x16FE4, 0x16FF1), (0x1BC9D, 0x1BC9E), (0x1CF00, 0x1CF46), (0x1D165, 0x1D169),
    (0x1D16D, 0x1D172), (0x1D17B, 0x1D182), (0x1D185, 0x1D18B), (0x1D1AA, 0x1D1AD),
    (0x1D242, 0x1D244), (0x1DA00, 0x1DA36), (0x1DA3B, 0x1DA6C), (0x1DA75, 0x1DA75),
    (0x1DA84, 0x1DA84), (0x1DA9B, 0x1DAAF), (0x1E000, 0x1E02A), (0x1E08F, 0x1E08F),
    (0x1E130, 0x1E136), (0x1E2AE, 0x1E2AE), (0x1E2EC, 0x1E2EF), (0x1E4EC, 0x1E4EF),
    (0x1E5EE, 0x1E5EF), (0x1E8D0, 0x1E8D6), (0x1E944, 0x1E94A), (0xE0100, 0xE01EF),
];

/// Default_Ignorable_Code_Point, from DerivedCoreProperties.txt.
#[rustfmt::skip]
const IGNORABLE: &[(u32, u32)] = &[
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_keeps_tabs_and_removes_what_a_terminal_obeys() {
        assert_eq!(clean("a\tb é 漢"), "a\tb é 漢");
        assert_eq!(clean("\x1b[31mred\x07\u{9b}2J\x7f\r\u{2066}x\u{061C}"), "[31mred2Jx");
        assert_eq!(clean("a\u{200E}b\u{200F}c\u{202E}d"), "abcd");
    }

    #[test]
    fn of_many_marks_in_a_row_four_stay() {
        let four = "e\u{301}\u{302}\u{303}\u{304}";
        assert_eq!(clean(four), four);
        assert_eq!(clean(&format!("{four}\u{305}\u{306}x\u{307}")), format!("{four}x\u{307}"));
        let hidden = format!("{four}\u{202E}\u{305}");
        assert_eq!(clean(&hidden), four, "what was between them is removed first");
        let parted = format!("{four}\u{200B}\u{305}\u{200D}\u{306}");
        assert_eq!(
            clean(&parted),
            format!("{four}\u{200B}\u{200D}"),
            "nobody sees what parts them"
        );
        assert!(!has_too_many_marks(four));
        assert!(has_too_many_marks(&format!("{four}\u{305}")));
        assert!(!has_too_many_marks(&format!("{four}{four}")));
    }

    #[test]
    fn the_tables_are_in_order() {
        for table in [MARKS, IGNORABLE] {
            assert!(table.iter().all(|&(first, last)| first <= last));
            assert!(table.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
    }

    #[test]
    fn known_characters_are_in_their_tables() {
        // Latin, Hebrew, Arabic, Devanagari, Thai, Khmer, kana, a circle, an emoji's style.
        for mark in
            "\u{300}\u{36F}\u{5B4}\u{64E}\u{93F}\u{94D}\u{E31}\u{17D2}\u{3099}\u{20DD}\u{FE0F}"
                .chars()
        {
            assert!(is_mark(mark), "{mark:?}");
        }
        let invisible = "\u{AD}\u{34F}\u{61C}\u{115F}\u{1160}\u{17B4}\u{180E}\u{200B}\
                         \u{200D}\u{2060}\u{2800}\u{3164}\u{FE0F}\u{FEFF}\u{FFA0}\u{1D173}\
                         \u{E0001}\u{E0FFF}";
        for c in invisible.chars() {
            assert!(is_invisible(c), "{c:?}");
        }
        for c in "aZ09 é漢한あय⠁😀\u{FFFD}\u{2FF}\u{370}\u{AC}\u{AE}\u{2FFF}\u{E1000}".chars()
        {
            assert!(!is_mark(c) && !is_invisible(c), "{c:?}");
        }
    }

    /// std has a table of what extends a character (Grapheme_Extend: most of the marks), which it
    /// shows only by what `escape_debug` escapes.
    #[test]
    fn what_std_sees_as_part_of_a_character_is_in_a_table() {
        let letters = ('\u{300}'..=char::MAX).filter(|c| c.is_alphabetic());
        let extending: Vec<char> = letters.filter(|c| c.escape_debug().len() > 1).collect();
        assert!(extending.len() > 700, "{}", extending.len());
        let missing = extending.iter().filter(|&&c| !is_mark(c) && !is_invisible(c)).count();
        // The few that a later Unicode than the table's has added.
        assert!(missing < 40, "{missing}");
    }
}
