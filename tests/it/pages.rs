//! The pages for readers are true: each file and each test that one of them names exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const PAGES: [&str; 3] = ["README.md", "src/tour.md", "src/teaching.md"];

/// What stands between single backticks, outside of blocks of code.
fn code_spans(page: &str) -> BTreeSet<&str> {
    let mut spans = BTreeSet::new();
    for prose in page.split("```").step_by(2) {
        spans.extend(prose.split('`').skip(1).step_by(2));
    }
    spans
}

fn is_path(span: &str) -> bool {
    let of_a_path = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    span.starts_with("src/") | span.starts_with("tests/") && span.chars().all(of_a_path)
}

/// Tests are named by facts, so their names have many words.
fn is_test(span: &str) -> bool {
    let name = span.rsplit("::").next().unwrap_or(span);
    let of_a_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.matches('_').count() >= 3 && name.chars().all(of_a_name)
}

/// All code of the project, as one text.
fn code(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            code(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn each_file_and_test_that_a_page_names_exists() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    for folder in ["src", "tests"] {
        code(&project.join(folder), &mut text);
    }
    let mut missing = Vec::new();
    for name in PAGES {
        let page = fs::read_to_string(project.join(name)).unwrap();
        for span in code_spans(&page) {
            let test = span.rsplit("::").next().unwrap_or(span);
            let is_there = if is_path(span) {
                project.join(span).exists()
            } else if is_test(span) {
                text.contains(&format!("fn {test}(")) || text.contains(&format!("\"{test}\""))
            } else {
                true
            };
            if !is_there {
                missing.push(format!("{name}: {span}"));
            }
        }
    }
    assert!(missing.is_empty(), "these do not exist:\n{}", missing.join("\n"));
}
