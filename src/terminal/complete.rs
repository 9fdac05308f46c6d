//! Completes a name: which names begin like the typed text, and how far they all agree.
//!
//! The typed text and all the names come in. No I/O, no state. The terminal calls this when Tab is
//! pressed.

use crate::text::clean;

/// At most this many names are listed at once.
const MAX_LISTED: usize = 20;

/// Keeps the candidates that begin with `typed`, in order. A name with characters that cannot be
/// shown cannot be typed either, so it is left out.
pub fn matching(mut candidates: Vec<String>, typed: &str) -> Vec<String> {
    candidates
        .retain(|name| name.starts_with(typed) && !name.contains('\t') && clean(name) == *name);
    candidates.sort();
    candidates
}

/// Finds what follows `typed` in every one of `matches`. One match: its whole rest. None: nothing.
pub fn continuation<'a>(matches: &'a [String], typed: &str) -> &'a str {
    let Some(first) = matches.first() else {
        return "";
    };
    let agreed = matches.iter().map(|name| common_len(first, name)).min().unwrap_or(0);
    &first[typed.len()..agreed]
}

/// Lists the candidates, one line each, but only the first of very many.
pub fn listing(mut matches: Vec<String>) -> Vec<String> {
    if matches.len() > MAX_LISTED {
        let more = format!("… and {} more", matches.len() - MAX_LISTED);
        matches.truncate(MAX_LISTED);
        matches.push(more);
    }
    matches
}

/// Counts the bytes at the start of two texts that are the same.
fn common_len(a: &str, b: &str) -> usize {
    let differs = a.char_indices().zip(b.chars()).find(|((_, a), b)| a != b);
    differs.map_or(a.len().min(b.len()), |((at, _), _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    fn completed(names: &[&str], typed: &str) -> String {
        let matches = matching(candidates(names), typed);
        format!("{typed}{}", continuation(&matches, typed))
    }

    #[test]
    fn a_name_is_completed_as_far_as_all_agree() {
        let names = ["hello.txt", "TD_work.pdf", "TD_words.odt", "tudo ação.txt", "tudo até.txt"];
        assert_eq!(completed(&names, "h"), "hello.txt");
        assert_eq!(completed(&names, "T"), "TD_wor");
        assert_eq!(completed(&names, "TD_work"), "TD_work.pdf");
        assert_eq!(completed(&names, "tu"), "tudo a");
        assert_eq!(completed(&names, ""), "");
        assert_eq!(completed(&names, "x"), "x");
        assert_eq!(completed(&["é", "ê"], ""), "", "never half a character");
        assert_eq!(completed(&["a", "ab"], "a"), "a");
    }

    #[test]
    fn names_that_cannot_be_shown_are_left_out() {
        assert_eq!(completed(&["a\x1b[2J", "a\tb", "a\u{202E}b"], "a"), "a");
    }

    #[test]
    fn a_list_is_in_order_and_bounded() {
        let matches = matching(candidates(&["漢字.txt", "b", "a.pdf"]), "");
        assert_eq!(listing(matches), ["a.pdf", "b", "漢字.txt"]);
        let lines = listing((0..30).map(|number| number.to_string()).collect());
        assert_eq!((lines.len(), lines[20].as_str()), (21, "… and 10 more"));
    }
}
