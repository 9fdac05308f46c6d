//! Completing a name that was begun: which names it could be, and how far they all agree.
//!
//! What was typed and the names there are go in; no I/O, no state. The terminal asks for it when Tab is pressed.

use crate::protocol::clean;

/// Most names that are listed at once: a screenful.
const MAX_LISTED: usize = 20;

/// A name that can be completed, and what to list beside it (a file's size).
pub type Candidate = (String, String);

/// Keeps, in order, the candidates that begin with `typed`. One whose name holds what can't be shown can't be typed
/// either, so it is left out.
pub fn matching(mut candidates: Vec<Candidate>, typed: &str) -> Vec<Candidate> {
    candidates.retain(|(name, _)| {
        name.starts_with(typed) && !name.contains('\t') && clean(name) == *name
    });
    candidates.sort();
    candidates
}

/// Finds what follows `typed` in all of `matches` alike: all of the rest if there is but one, nothing if there are
/// none.
pub fn continuation<'a>(matches: &'a [Candidate], typed: &str) -> &'a str {
    let Some((first, _)) = matches.first() else {
        return "";
    };
    let agreed = matches.iter().map(|(name, _)| common_len(first, name)).min().unwrap_or(0);
    &first[typed.len()..agreed]
}

/// Lists the candidates for a person, one line each, what stands beside the names in one column.
pub fn listing(matches: &[Candidate]) -> Vec<String> {
    let listed = &matches[..matches.len().min(MAX_LISTED)];
    let widest = listed.iter().map(|(name, _)| super::width::width(name)).max().unwrap_or(0);
    let mut lines: Vec<String> = listed
        .iter()
        .map(|(name, beside)| {
            let gap = widest - super::width::width(name);
            format!("{name}{:gap$}  {beside}", "")
        })
        .collect();
    if matches.len() > listed.len() {
        lines.push(format!("… and {} more", matches.len() - listed.len()));
    }
    lines
}

/// Measures, in bytes, how far two texts agree.
fn common_len(a: &str, b: &str) -> usize {
    let differs = a.char_indices().zip(b.chars()).find(|((_, a), b)| a != b);
    differs.map_or(a.len().min(b.len()), |((at, _), _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(names: &[&str]) -> Vec<Candidate> {
        names.iter().map(|name| (name.to_string(), "5 B".to_string())).collect()
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
    fn a_list_is_in_order_aligned_and_bounded() {
        let matches = matching(candidates(&["漢字.txt", "b", "a.pdf"]), "");
        assert_eq!(listing(&matches), ["a.pdf     5 B", "b         5 B", "漢字.txt  5 B"]);
        let many: Vec<String> = (0..30).map(|number| number.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let lines = listing(&candidates(&many));
        assert_eq!((lines.len(), lines[20].as_str()), (21, "… and 10 more"));
    }
}
