//! The log file of each program. The macros of the `log` crate write to it.
//!
//! `env_logger` filters and formats the lines (info and above, unless `RUST_LOG` says otherwise).
//! They gather in memory. One thread appends them to the file a few times each second, so no
//! session waits for the disk. If the file cannot be written, lines are lost, and the chat goes
//! on. A file of 64 MiB is renamed to `.1`, and a new one begins.
//!
//! One lock guards the lines that wait. Nothing is written to the disk under it.

use std::cell::RefCell;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use log::Record;
use log::kv::Key;

use crate::clock::WallClock;
use crate::lock::{ignore_poison, lock};
use crate::platform::private;

/// The key of a record that is written more than once: `info!(times = 3; …)`.
const TIMES: &str = "times";

/// A log file of this size is renamed.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// The most bytes of lines that wait. More lines are dropped, and their number is logged.
const MAX_WAITING_BYTES: usize = 8 * 1024 * 1024;

/// If this much waits, the thread writes at once.
const WRITE_AT_BYTES: usize = MAX_WAITING_BYTES / 8;

/// How long a line may wait.
const WRITE_INTERVAL: Duration = Duration::from_millis(200);

thread_local! {
    /// The last time stamp of this thread, and its time in milliseconds. A busy room logs many
    /// lines in one millisecond, and to format the date is the slowest part of a line.
    static LAST_TIME: RefCell<(u128, String)> = const { RefCell::new((0, String::new())) };
}

/// The lines that wait, shared by those who log and the thread that writes.
#[derive(Default)]
struct Lines {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    dropped: usize,
    /// Write at once: much waits.
    hurry: bool,
    /// Write at once, and then end: the program ends.
    ending: bool,
    /// The thread has ended.
    all_written: bool,
}

/// The log. Dropping it writes what waits.
pub struct Log {
    lines: Arc<Lines>,
}

impl Log {
    /// Starts to log to `path`, with the time of `clock`.
    ///
    /// # Errors
    /// If the file cannot be opened, or no thread can be started.
    pub fn start(path: &Path, clock: WallClock) -> io::Result<Log> {
        let file = open(path)?;
        let lines = Arc::new(Lines::default());
        let mut writer = Writer { path: path.to_path_buf(), size: file.metadata()?.len(), file };
        let shared = Arc::clone(&lines);
        thread::Builder::new().name("log".into()).spawn(move || writer.run(&shared))?;

        let filter = std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_string());
        env_logger::Builder::new()
            .parse_filters(&filter)
            .target(env_logger::Target::Pipe(Box::new(Sink(Arc::clone(&lines)))))
            .format(move |lines, record| {
                LAST_TIME.with_borrow_mut(|(millis, time)| {
                    let now = SystemTime::now();
                    let now_millis =
                        now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
                    if now_millis != *millis {
                        *millis = now_millis;
                        *time = clock.stamp(now);
                    }
                    let text = format!("{time} {} {}\n", record.level(), record.args());
                    (0..times(record)).try_for_each(|_| lines.write_all(text.as_bytes()))
                })
            })
            .try_init()
            .map_err(io::Error::other)?;
        Ok(Log { lines })
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let mut waiting = lock(&self.lines.waiting);
        waiting.ending = true;
        self.lines.changed.notify_all();
        // The program must end even if the disk hangs.
        let patience = Duration::from_secs(1);
        let unwritten = |waiting: &mut Waiting| !waiting.all_written;
        drop(self.lines.changed.wait_timeout_while(waiting, patience, unwritten));
    }
}

/// How often a record is written. Many equal requests are one record.
fn times(record: &Record) -> u64 {
    let times = record.key_values().get(Key::from(TIMES)).and_then(|times| times.to_u64());
    times.unwrap_or(1)
}

/// What `env_logger` writes to.
struct Sink(Arc<Lines>);

impl Write for Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = lock(&self.0.waiting);
        if waiting.bytes.len() + line.len() > MAX_WAITING_BYTES {
            waiting.dropped += 1;
        } else {
            waiting.bytes.extend_from_slice(line);
        }
        if waiting.bytes.len() > WRITE_AT_BYTES && !waiting.hurry {
            waiting.hurry = true;
            self.0.changed.notify_all();
        }
        Ok(line.len())
    }

    /// Called after each line. The thread writes when it is time.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Writer {
    path: PathBuf,
    file: File,
    size: u64,
}

impl Writer {
    /// Writes what waits, again and again until the program ends.
    fn run(&mut self, lines: &Lines) {
        let mut in_hand = Vec::new();
        loop {
            let may_wait = |waiting: &mut Waiting| !waiting.ending && !waiting.hurry;
            let waited =
                lines.changed.wait_timeout_while(lock(&lines.waiting), WRITE_INTERVAL, may_wait);
            let mut waiting = ignore_poison(waited).0;
            mem::swap(&mut in_hand, &mut waiting.bytes);
            let dropped = mem::take(&mut waiting.dropped);
            waiting.hurry = false;
            if waiting.ending && in_hand.is_empty() {
                waiting.all_written = true;
                lines.changed.notify_all();
                return;
            }
            drop(waiting);

            if dropped > 0 {
                let _ = writeln!(in_hand, "({dropped} lines could not be kept)");
            }
            self.write(&in_hand);
            in_hand.clear();
            in_hand.shrink_to(64 * 1024);
        }
    }

    /// If the lines cannot be written, they are lost.
    fn write(&mut self, lines: &[u8]) {
        if !lines.is_empty() && self.size > 0 && self.size + lines.len() as u64 > MAX_FILE_BYTES {
            self.rotate();
        }
        if self.file.write_all(lines).is_ok() {
            self.size += lines.len() as u64;
        }
    }

    fn rotate(&mut self) {
        let mut aside = self.path.clone().into_os_string();
        aside.push(".1");
        if fs::rename(&self.path, aside).is_ok()
            && let Ok(file) = open(&self.path)
        {
            self.file = file;
            self.size = 0;
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    // The log says who was here, and when, so only its owner may read it.
    private(OpenOptions::new().create(true).append(true)).open(path)
}
