//! What it takes to make real faults, and to look at a process while it has them: without
//! `unsafe`, so by the tools that every system has (`sh`, `mount`, `kill`), and by `/proc`.
//!
//! A machine that lacks a tool or the right to use it can't show what a test is about. Such a test
//! says so with [`skipped`], on the terminal also when it passes.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::{Program, eventually, folder};

/// Says on the terminal what a test found out, or which numbers it drew. (`println!` is shown only
/// when it fails.)
pub fn note(text: &str) {
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let _ = writeln!(std::io::stderr(), "{test}: {text}");
}

/// Says why a test can't show anything here.
pub fn skipped(why: &str) {
    note(&format!("SKIPPED, {why}"));
}

/// Whether this program can be run.
pub fn has_tool(name: &str) -> bool {
    let mut command = Command::new("sh");
    let found = command.args(["-c", &format!("command -v {name}")]).stdout(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

/// Runs a tool that has to succeed.
#[track_caller]
pub fn run_tool(name: &str, arguments: &[&str]) {
    let output = Command::new(name).args(arguments).output().unwrap();
    assert!(output.status.success(), "{name} {arguments:?}: {output:?}");
}

/// The same command, begun by `sh` after a script (limits, traps), in the same process. Its number
/// is left in the file `pid` of its folder, and what it writes to its standard error in `stderr`.
pub fn after_script(script: &str, command: &Command) -> Command {
    let mut wrapped = Command::new("sh");
    wrapped.arg("-c").arg(format!("echo $$ > pid; {script}\nexec \"$0\" \"$@\" 2>> stderr"));
    wrapped.arg(command.get_program()).args(command.get_args());
    wrapped.current_dir(command.get_current_dir().expect("each test has a folder of its own"));
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(name, value),
            None => wrapped.env_remove(name),
        };
    }
    wrapped
}

/// The same command, so that it can be [looked at](Process).
pub fn observed(command: &Command) -> Command {
    after_script("", command)
}

/// The same command under `strace`, which leaves it its place as the child of this process (`-D`),
/// so that it ends with it. For what is traced, see `strace -e`.
pub fn traced(what: &str, command: &Command) -> Command {
    let mut strace = Command::new("strace");
    strace.args(["-D", "-f", "-q", "-s", "300", "-o", "trace", "-e", what]);
    strace.arg(command.get_program()).args(command.get_args());
    strace.current_dir(command.get_current_dir().expect("each test has a folder of its own"));
    observed(&strace)
}

/// The system calls that were traced in this folder, one a line, once this is among them: the
/// tracer may end after its server.
#[track_caller]
pub fn trace_of(folder: &Path, last: &str) -> Vec<String> {
    eventually(&format!("{last:?} was traced"), || {
        let trace = fs::read_to_string(folder.join("trace")).unwrap_or_default();
        trace.contains(last).then(|| trace.lines().map(str::to_owned).collect())
    })
}

/// From here on these system calls of a process fail, until what is returned is dropped. `None`,
/// and said so: that can't be had here.
pub fn failing(calls: &str, error: &str, process: &Process) -> Option<Program> {
    if !has_tool("strace") {
        skipped("there is no strace");
        return None;
    }
    let mut attach = Command::new("strace");
    attach.args(["-f", "-o", "/dev/null", "-e", &format!("trace={calls}")]);
    attach.args(["-e", &format!("inject={calls}:error={error}"), "-p", &process.pid.to_string()]);
    let mut strace = Program::start(&mut attach);
    match strace.err.next() {
        Some(line) if line.contains("attached") => Some(strace),
        told => {
            skipped(&format!("strace may not attach to another process: {told:?}"));
            None
        }
    }
}

/// A process that was started by [`after_script`] and runs.
pub struct Process {
    pid: u32,
}

impl Process {
    /// The one that was started last in this folder.
    #[track_caller]
    pub fn in_folder(folder: &Path) -> Self {
        let pid = eventually("its number is there", || {
            fs::read_to_string(folder.join("pid")).ok()?.trim().parse().ok()
        });
        Self { pid }
    }

    /// The most memory that it has had since it started.
    pub fn peak_memory_kib(&self) -> u64 {
        self.status("VmHWM:")
    }

    /// How many threads it has.
    pub fn threads(&self) -> u64 {
        self.status("Threads:")
    }

    #[track_caller]
    fn status(&self, field: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// How many of its threads compute at this moment, or would if they had a core.
    pub fn threads_at_work(&self) -> usize {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.pid)).unwrap();
        let stats =
            tasks.filter_map(|task| fs::read_to_string(task.unwrap().path().join("stat")).ok());
        stats
            .filter(|stat| stat.rsplit(") ").next().is_some_and(|fields| fields.starts_with('R')))
            .count()
    }

    /// How many files and sockets it has open.
    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.pid)).unwrap().count()
    }

    /// How long it has computed.
    pub fn cpu_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap();
        // After the name, which may hold anything: the fields from the third on, in ticks of 10
        // ms.
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        let ticks: u64 = fields[11..=12].iter().map(|field| field.parse::<u64>().unwrap()).sum();
        Duration::from_millis(10 * ticks)
    }
}

/// What a process that was started by [`after_script`] has written to its standard error.
pub fn stderr_of(folder: &Path) -> String {
    fs::read_to_string(folder.join("stderr")).unwrap_or_default()
}

/// A small disk with a folder of its own, which is taken away when it is dropped.
pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts one of this size. `None`, and said so: that is not allowed here.
    pub fn mount(kib: u32) -> Option<Self> {
        let folder = folder();
        let options = format!("size={kib}k");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder.path());
        if mount.output().is_ok_and(|output| output.status.success()) {
            return Some(Self { folder });
        }
        skipped("nothing may be mounted here");
        None
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Fills it to the last byte. Removing the file that is returned makes room again.
    pub fn fill(&self) -> PathBuf {
        let path = self.path().join("ballast");
        let mut file = fs::OpenOptions::new().create(true).append(true).open(&path).unwrap();
        while file.write_all(&[0; 512]).is_ok() {}
        path
    }

    /// From here on it can be read only, or be written again.
    pub fn set_writable(&self, writable: bool) {
        let mode = if writable { "remount,rw" } else { "remount,ro" };
        run_tool("mount", &["-o", mode, self.path().to_str().unwrap()]);
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a process of a test that failed may still have a file open there.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}
