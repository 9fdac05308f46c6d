//! Removes what a half-received file leaves behind when the client is ended by force.
//!
//! A file that is being received is a hidden part file. However the client ends, that must go:
//! but a signal ends a program at once, and taking signals needs `unsafe`. So with the first file
//! that comes, a second process of this program starts, which only waits for the end of its
//! standard input. The system closes that when the client is gone, for whatever reason. Then the
//! second process opens the folder for files, which removes the parts that nobody holds, and
//! ends. If it can't be started, the next start of a client removes them.

use std::env;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use log::warn;

use crate::folder::{Folder, FolderLimits};
use crate::platform::own_group;

/// The argument that starts the second process, with the folder after it.
const ARGUMENT: &str = "--tidy-up-after-client";

/// The system closes our files one by one, perhaps a part file after the pipe. So we try several
/// times.
const ATTEMPTS: u32 = 5;
const ATTEMPT_INTERVAL: Duration = Duration::from_millis(100);

/// Starts the second process. It ends after this one.
pub fn start(folder: &Path) -> Option<Child> {
    let started = env::current_exe().and_then(|program| {
        let mut command = Command::new(program);
        command.arg(ARGUMENT).arg(folder).stdin(Stdio::piped());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        // What ends our whole job, like the end of its terminal, must not end this.
        own_group(&mut command).spawn()
    });
    started.inspect_err(|error| warn!("nobody will tidy up: {error}")).ok()
}

/// The folder, if this process is the second one.
pub fn asked() -> Option<PathBuf> {
    let mut arguments = env::args_os().skip(1);
    (arguments.next()? == ARGUMENT).then(|| arguments.next().map(PathBuf::from))?
}

/// Waits for the end of the client, and removes its parts.
pub fn run(folder: &Path) {
    let mut nothing = Vec::new();
    let _ = io::stdin().read_to_end(&mut nothing);
    for _ in 0..ATTEMPTS {
        // Opening the folder removes its parts, but would also make a missing folder again. If
        // this fails, the next client removes the parts.
        if folder.is_dir() {
            let _ = Folder::open(folder, FolderLimits::NONE);
        }
        thread::sleep(ATTEMPT_INTERVAL);
    }
}
