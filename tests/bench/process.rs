//! A server under test as a child process: starting it, what it costs, and ending it.
//!
//! CPU time and memory are the kernel's own account, read from `/proc/PID/stat` and
//! `/proc/PID/status`; nothing runs inside the server for it. They are the same for every server
//! here, the floor included, since each is a process of its own. What a socket's buffers take in
//! the kernel is on nobody's account, and so in no figure.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;

/// The unit of the times in `/proc/PID/stat`: a second has 100 of them on every Linux (`USER_HZ`).
const TICKS_A_SECOND: f64 = 100.0;

/// How long a server may take to say that it is ready.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// Pause between two looks at something that is awaited.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// A child process, killed when this is dropped, so that a benchmark that fails leaves no server
/// behind. (One that is itself killed does.)
pub struct Process {
    child: Child,
    /// Where its standard output and standard error go.
    output: PathBuf,
}

/// What `/proc/PID/status` says of a process at one moment.
pub struct Status {
    /// Memory in RAM now (`VmRSS`), in KiB.
    pub resident_kib: f64,
    /// The most it was (`VmHWM`) since the start or the last [`Process::forget_peak`], in KiB.
    pub peak_kib: f64,
    pub threads: f64,
}

impl Process {
    /// Starts `command` without input, its output going to the file `output`. A file, because a
    /// pipe that nobody empties would sooner or later hold the server up.
    pub fn start(mut command: Command, output: &Path) -> Outcome<Process> {
        let file = File::create(output)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let child =
            command.spawn().map_err(|error| format!("cannot start {command:?}: {error}"))?;
        Ok(Process { child, output: output.to_path_buf() })
    }

    /// Waits until `is_ready` has an answer, and returns it.
    ///
    /// # Errors
    /// The child ended, or took too long; what it had printed is in the error.
    pub fn wait_until<T>(&mut self, mut is_ready: impl FnMut() -> Option<T>) -> Outcome<T> {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            if let Some(answer) = is_ready() {
                return Ok(answer);
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("it ended at once ({status}): {}", self.printed()).into());
            }
            if Instant::now() > deadline {
                return Err(
                    format!("not ready within {START_TIMEOUT:?}: {}", self.printed()).into()
                );
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits for a whole line that begins with `start` on the child's output, and returns what
    /// follows on it.
    pub fn wait_for_line(&mut self, start: &str) -> Outcome<String> {
        let output = self.output.clone();
        self.wait_until(|| {
            let printed = fs::read_to_string(&output).ok()?;
            let whole_lines = &printed[..=printed.rfind('\n')?];
            whole_lines.lines().find_map(|line| line.strip_prefix(start)).map(str::to_owned)
        })
    }

    fn printed(&self) -> String {
        fs::read_to_string(&self.output).unwrap_or_default()
    }

    /// CPU time used so far by all of the process's threads, living or ended, in seconds.
    pub fn cpu_seconds(&self) -> Outcome<f64> {
        cpu_seconds(&self.child.id().to_string())
    }

    pub fn status(&self) -> Outcome<Status> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let field = |name: &str| -> Outcome<f64> {
            let value = status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .ok_or(format!("{name} is missing"))?;
            Ok(value.trim().trim_end_matches(" kB").parse()?)
        };
        Ok(Status {
            resident_kib: field("VmRSS:")?,
            peak_kib: field("VmHWM:")?,
            threads: field("Threads:")?,
        })
    }

    /// Makes the peak memory start anew from what is resident now (`proc(5)`, `clear_refs`), so
    /// that it is the peak of one measurement and not of whatever came before.
    pub fn forget_peak(&self) -> Outcome<()> {
        Ok(fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5")?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only if the child is gone already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time used so far by this process, the load generator.
pub fn own_cpu_seconds() -> Outcome<f64> {
    cpu_seconds("self")
}

fn cpu_seconds(process: &str) -> Outcome<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field is the program's name in parentheses and may hold spaces: count the fields
    // after it.
    let (_, fields) = stat.rsplit_once(')').ok_or("no program name in /proc/PID/stat")?;
    let mut times = fields.split_ascii_whitespace().skip(11).map(str::parse::<f64>);
    match (times.next(), times.next()) {
        (Some(Ok(user)), Some(Ok(system))) => Ok((user + system) / TICKS_A_SECOND),
        _ => Err("no times in /proc/PID/stat".into()),
    }
}
