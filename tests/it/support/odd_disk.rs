//! Disks that cannot do what Linux's own can, or that break: a small C library makes the system's
//! calls fail in one program (`odd_disk.c`, by `LD_PRELOAD`).

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use super::faults::skipped;

/// The same program on an odd disk. `odd` is for example `link=18`: see `odd_disk.c`. `None`, and
/// said so: this machine cannot do it.
pub fn on_odd_disk(mut command: Command, odd: &str) -> Option<Command> {
    static LIBRARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    let Some(library) = LIBRARY.get_or_init(compile) else {
        skipped("no C compiler makes a library to preload (it takes Linux and cc)");
        return None;
    };
    command.env("LD_PRELOAD", library).env("ODD_DISK", odd);
    Some(command)
}

/// Compiles the library, once for all tests. It stays where cargo keeps what tests leave.
fn compile() -> Option<PathBuf> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/odd_disk.c");
    let library = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("odd_disk.so");
    // Under another name first: another run of the tests may be using it.
    let new = library.with_extension(format!("{}.so", std::process::id()));
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&new).arg(source).arg("-ldl");
    let made = cc.output().is_ok_and(|output| output.status.success());
    (made && std::fs::rename(&new, &library).is_ok()).then_some(library)
}
