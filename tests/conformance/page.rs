//! The page `src/protocol.md`, cut into its marked sentences.
//!
//! A mark like `[3.2]` follows the sentence that it names. The text of a mark is what is written
//! between the mark before it, or the start of its paragraph, and itself: so a failure can quote
//! the page and never go stale.

/// A marked sentence of the page.
pub struct Sentence {
    /// Its mark without the brackets: `3.2`.
    pub mark: String,
    /// The sentence, on one line.
    pub text: String,
}

/// A section of the page: `3. Programs and people`.
pub struct Section {
    /// Its number and title.
    pub title: String,
    /// Its sentences, in order.
    pub sentences: Vec<Sentence>,
}

const PAGE: &str = include_str!("../../src/protocol.md");

/// Reads the page. Only numbered sections have marks.
pub fn sections() -> Vec<Section> {
    let mut sections = Vec::new();
    for part in PAGE.split("\n## ").skip(1) {
        let (title, body) = part.split_once('\n').unwrap_or((part, ""));
        let sentences = blocks(body).iter().flat_map(|block| sentences(block)).collect();
        sections.push(Section { title: title.to_owned(), sentences });
    }
    sections
}

/// The sentence of a mark, or nothing if the page has no such mark.
pub fn sentence(mark: &str) -> String {
    let all = sections();
    let mut sentences = all.iter().flat_map(|section| &section.sentences);
    sentences.find(|sentence| sentence.mark == mark).map_or_else(String::new, |it| it.text.clone())
}

/// Paragraphs, list items and table rows, each on one line.
fn blocks(body: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    for line in body.lines() {
        if line.is_empty() || line.starts_with("- ") || line.starts_with('|') {
            blocks.push(String::new());
        }
        let text = line.trim_start_matches("- ").trim_start_matches("| ").trim();
        let block = blocks.last_mut().expect("never empty");
        *block = format!("{block} {text}").trim().to_owned();
    }
    blocks
}

fn sentences(block: &str) -> Vec<Sentence> {
    let mut found = Vec::new();
    let mut text = String::new();
    for piece in block.split_inclusive(']') {
        match piece.rfind('[').map(|at| (&piece[..at], &piece[at + 1..piece.len() - 1])) {
            Some((before, mark)) if is_mark(mark) => {
                text.push_str(before);
                found.push(Sentence { mark: mark.to_owned(), text: text.trim().to_owned() });
                text.clear();
            }
            _ => text.push_str(piece),
        }
    }
    found
}

fn is_mark(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(section, number)| digits(section) && digits(number))
}
