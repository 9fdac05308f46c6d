//! The pages for readers are true: each file and each test that one of them names exists, and a
//! test is in the file that the page says.

use std::fs;
use std::path::Path;

const PAGES: [&str; 3] = ["README.md", "src/tour.md", "src/teaching.md"];

/// What is between single backticks, outside of blocks of code, each with the text before it.
fn code_spans(page: &str) -> Vec<(&str, &str)> {
    let mut spans = Vec::new();
    for prose in page.split("```").step_by(2) {
        let mut parts = prose.split('`');
        while let (Some(before), Some(span)) = (parts.next(), parts.next()) {
            spans.push((before, span));
        }
    }
    spans
}

fn is_path(span: &str) -> bool {
    let of_a_path = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    span.starts_with("src/") | span.starts_with("tests/") && span.chars().all(of_a_path)
}

/// The README names files of `tests/it` without that folder, and both pages name some files by
/// their last name, after one of the same folder.
fn is_short_path(span: &str) -> bool {
    span.ends_with(".rs") && !is_path(span) && !span.contains([' ', '{', '*'])
}

/// Tests are named by facts, so their names have many words.
fn is_test(span: &str) -> bool {
    let name = span.rsplit("::").next().unwrap_or(span);
    let of_a_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_long = name.matches('_').count() >= 3 || name.starts_with("exercise_");
    is_long && name.chars().all(of_a_name)
}

/// All code of the project, as one text, and the paths of its files.
fn code(folder: &Path, text: &mut String, paths: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            code(&path, text, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
            paths.push(path.to_str().unwrap().to_string());
        }
    }
}

/// Whether this code has the test. An exercise is the beginning of its tests' names.
fn has_test(code: &str, test: &str) -> bool {
    let end = if test.starts_with("exercise_") { "" } else { "(" };
    code.contains(&format!("fn {test}{end}")) || code.contains(&format!("\"{test}\""))
}

#[test]
fn each_file_and_test_that_a_page_names_exists() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut text, mut paths) = (String::new(), Vec::new());
    for folder in ["src", "tests"] {
        code(&project.join(folder), &mut text, &mut paths);
    }
    let mut missing = Vec::new();
    for name in PAGES {
        let page = fs::read_to_string(project.join(name)).unwrap();
        let mut last_test = None;
        for (before, span) in code_spans(&page) {
            let test = span.rsplit("::").next().unwrap_or(span);
            let its_test = last_test.take().filter(|_| before.trim() == "in");
            let is_there = if is_path(span) {
                let file = || fs::read_to_string(project.join(span)).unwrap();
                project.join(span).exists() && its_test.is_none_or(|test| has_test(&file(), test))
            } else if is_test(span) {
                last_test = Some(test);
                has_test(&text, test)
            } else if is_short_path(span) {
                paths.iter().any(|path| path.ends_with(&format!("/{span}")))
            } else {
                true
            };
            if !is_there {
                let test = its_test.map_or_else(String::new, |test| format!("{test} in "));
                missing.push(format!("{name}: {test}{span}"));
            }
        }
    }
    assert!(missing.is_empty(), "these do not exist:\n{}", missing.join("\n"));
}
