//! The house itself: what `src/lib.rs` says of the files is true. A file uses only files on one
//! side of it in the order in which they are declared, so no two files use each other.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules that a file declares, in its order.
fn declared(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let names = text.lines().filter_map(|line| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';').map(str::to_owned)
    });
    names.filter(|name| name != "tests").collect()
}

/// All files of a module, without those that only test it.
fn files(folder: &Path, module: &str) -> Vec<PathBuf> {
    let mut found = vec![folder.join(format!("{module}.rs"))];
    let mut folders = vec![folder.join(module)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true if path.ends_with("tests") => {}
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    found.retain(|path| path.exists() && !path.ends_with("tests.rs"));
    found
}

/// The code of a file, without its tests.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Which of these modules the files of `module` use, by one of these ways to name them.
fn used(folder: &Path, module: &str, among: &[String], ways: &[&str]) -> Vec<String> {
    let code: String = files(folder, module).iter().map(|file| code(file) + "\n").collect();
    let is_used = |other: &&String| {
        ways.iter().any(|way| {
            let name = format!("{way}{other}");
            code.match_indices(&name).any(|(at, _)| {
                let next = code[at + name.len()..].chars().next();
                !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
            })
        })
    };
    among.iter().filter(|other| *other != module).filter(is_used).cloned().collect()
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

#[test]
fn what_both_sides_share_uses_only_modules_above() {
    let modules = declared(&src().join("lib.rs"));
    for (at, module) in modules.iter().enumerate() {
        for other in used(&src(), module, &modules, &["crate::"]) {
            assert!(modules[..at].contains(&other), "{module} uses {other}, which is below it");
        }
    }
}

#[test]
fn no_two_files_of_server_client_or_outbox_use_each_other() {
    for side in ["server", "client", "outbox"] {
        let folder = src().join(side);
        let modules = declared(&folder.join("mod.rs"));
        let at: BTreeMap<_, _> =
            modules.iter().enumerate().map(|(at, name)| (name.clone(), at)).collect();
        let ways = ["super::", &format!("crate::{side}::")];
        for module in &modules {
            for other in used(&folder, module, &modules, &ways) {
                let is_below = at[&other] > at[module];
                // Only the client is read from its floor upwards.
                assert_eq!(is_below, side != "client", "{side}: {module} uses {other}");
            }
        }
    }
}

#[test]
fn lib_names_every_module_in_its_tables() {
    let lib = fs::read_to_string(src().join("lib.rs")).unwrap();
    let shared = declared(&src().join("lib.rs"));
    let server = declared(&src().join("server/mod.rs"));
    let server = server.iter().map(|name| format!("server::{name}"));
    for module in shared.iter().filter(|name| *name != "server").cloned().chain(server) {
        assert!(lib.contains(&format!("[`{module}`]")), "src/lib.rs does not name {module}");
    }
}
