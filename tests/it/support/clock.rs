//! A clock that can be put forward, for what takes ten minutes.
//!
//! Programs ask the C library what time it is, and `LD_PRELOAD` puts a function of ours in its
//! place: it adds ten minutes once the folder of the process has a file named `later`, half a
//! minute if it is named `soon`, or ten minutes to the time of day alone if it is named `slept`:
//! the other clock stops while a laptop sleeps. How long a read waits is decided by the kernel and
//! does not change.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::faults::{has_tool, run_tool, skipped};

const CLOCK: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int outcome = real(clock, now);
    if (clock == CLOCK_MONOTONIC && access("later", F_OK) == 0) now->tv_sec += 600;
    if (clock == CLOCK_MONOTONIC && access("soon", F_OK) == 0) now->tv_sec += 30;
    if (clock == CLOCK_REALTIME && access("slept", F_OK) == 0) now->tv_sec += 600;
    return outcome;
}
"#;

/// Gives a command that runs in this folder such a clock. Whether there is one to be had: it takes
/// a C compiler, which is what links Rust programs too.
pub fn with_clock(command: &mut Command, folder: &Path) -> bool {
    if !has_tool("cc") {
        skipped("there is no C compiler");
        return false;
    }
    let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
    fs::write(&source, CLOCK).unwrap();
    run_tool(
        "cc",
        &[
            "-shared",
            "-fPIC",
            "-O1",
            "-o",
            library.to_str().unwrap(),
            source.to_str().unwrap(),
            "-ldl",
        ],
    );
    command.env("LD_PRELOAD", library);
    true
}

/// Puts the clocks forward of what runs in this folder.
pub fn ten_minutes_pass(folder: &Path) {
    fs::write(folder.join("later"), "").unwrap();
}

/// Puts them forward by less than what ends a connection.
pub fn half_a_minute_passes(folder: &Path) {
    fs::write(folder.join("soon"), "").unwrap();
}

/// Puts their time of day forward, as if the machine had slept.
pub fn ten_minutes_are_slept(folder: &Path) {
    fs::write(folder.join("slept"), "").unwrap();
}
