//! The content of a folder, to be compared before and after.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::content::sha256;

/// Everything below a folder by its path, hidden files too: what it is, its size, and its digest
/// or where it leads.
pub fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        let what = if metadata.is_symlink() {
            format!("leads to {}", fs::read_link(&path).unwrap().display())
        } else if metadata.is_dir() {
            walk(root, &path, found);
            "folder".to_owned()
        } else {
            let content = fs::read(&path).unwrap();
            format!("{} bytes, {}", content.len(), sha256(&content))
        };
        found.insert(path.strip_prefix(root).unwrap().to_string_lossy().into_owned(), what);
    }
}

/// The names in a folder, with hidden files, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
