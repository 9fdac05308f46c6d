//! How many threads this process may have, counted in one place.
//!
//! Every connection is a thread, so a crowd is many threads. Most limits of the system are no
//! danger: if a thread can't be started, that is an error, and the newcomer reads `Server is
//! full`. But std ends the whole process if a *new* thread gets no memory mapping for its signal
//! stack, or if any thread gets no memory. So the threads that [`spawn`] starts are counted, and
//! there are never so many that this could happen.
//!
//! The limits are read once, from `/proc` and `/sys`. If one can't be read, the others count.
//! [`spawn`] may be called by any thread. It takes no lock.

use std::fs;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How many mappings a thread takes: its stack and its signal stack, each with a guard, and two
/// large buffers if its peer does not read. Each large buffer has its own mapping.
const MAPPINGS_PER_THREAD: u64 = 6;

/// Mappings that are not for these threads: the program, its heap and everything else.
const OTHER_MAPPINGS: u64 = 1024;

/// How much address space a thread takes: the stack that is asked for, and what it allocates.
const BYTES_PER_THREAD: u64 = 512 * 1024;

/// The allocator of Linux reserves areas of this size, as threads allocate for the first time: one
/// for each thread, up to this many for each core.
const ALLOCATOR_AREA_BYTES: u64 = 64 * 1024 * 1024;
const ALLOCATOR_AREAS_PER_CORE: u64 = 8;

/// The most threads if no limit can be read.
const UNKNOWN_LIMIT: u64 = 2000;

/// How many threads run that were started here.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// A thread that runs. Dropping it counts down, also if the thread panics.
struct Running;

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Starts a thread that nobody joins.
///
/// # Errors
/// If there are as many as there may be, or the system starts no more.
pub fn spawn(
    name: &str,
    stack_bytes: usize,
    run: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let before = RUNNING.fetch_add(1, Ordering::Relaxed);
    let running = Running;
    let limit = limit();
    #[cfg(test)]
    let limit = limit.min(ALLOWED_HERE.get());
    if before >= limit {
        return Err(io::Error::new(io::ErrorKind::OutOfMemory, "there are too many threads"));
    }
    let thread = thread::Builder::new().name(name.into()).stack_size(stack_bytes);
    thread
        .spawn(move || {
            let _running = running;
            run();
        })
        .map(drop)
}

#[cfg(test)]
thread_local! {
    static ALLOWED_HERE: std::cell::Cell<usize> = const { std::cell::Cell::new(usize::MAX) };
}

/// Lowers the limit for what the calling thread starts. Other tests go on as usual.
#[cfg(test)]
pub fn allow_here(most: usize) {
    ALLOWED_HERE.set(most);
}

/// The most threads that [`spawn`] lets run at a time.
fn limit() -> usize {
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let ulimits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let limits = [
            number_in("/proc/sys/kernel/threads-max"),
            soft_limit(&ulimits, "Max processes"),
            soft_limit(&ulimits, "Max address space").and_then(by_address_space),
            by_mappings(),
            by_cgroup(),
        ];
        let least = limits.into_iter().flatten().min().unwrap_or(UNKNOWN_LIMIT);
        usize::try_from(least).unwrap_or(usize::MAX)
    })
}

fn by_mappings() -> Option<u64> {
    let most = number_in("/proc/sys/vm/max_map_count")?;
    Some(most.saturating_sub(OTHER_MAPPINGS) / MAPPINGS_PER_THREAD)
}

/// How many fit into what is left of `most` bytes.
fn by_address_space(most: u64) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let used = status.lines().find_map(|line| line.strip_prefix("VmSize:"))?;
    let used_kib: u64 = used.trim().trim_end_matches(" kB").parse().ok()?;
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    Some(threads_in(most.saturating_sub(used_kib * 1024), cores))
}

/// How many threads fit into this many bytes, if the allocator reserves all areas that it can.
/// With 100 MiB it can reserve one area of 64 MiB, so 36 MiB are left for threads.
fn threads_in(bytes: u64, cores: u64) -> u64 {
    let areas = (cores * ALLOCATOR_AREAS_PER_CORE).min(bytes / ALLOCATOR_AREA_BYTES);
    (bytes - areas * ALLOCATOR_AREA_BYTES) / BYTES_PER_THREAD
}

/// The limit of a container, in version 2 of cgroups and in version 1.
fn by_cgroup() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let limits = groups.lines().filter_map(|line| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        let mount = match controllers {
            "" => "/sys/fs/cgroup",
            "pids" => "/sys/fs/cgroup/pids",
            _ => return None,
        };
        number_in(&format!("{mount}{path}/pids.max"))
    });
    limits.min()
}

fn number_in(path: &str) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// The soft limit of this name in `/proc/self/limits`. `None`: there is none.
fn soft_limit(limits: &str, name: &str) -> Option<u64> {
    let values = limits.lines().find_map(|line| line.strip_prefix(name))?;
    values.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_read_from_the_kernel_s_table() {
        let table = "Limit                     Soft Limit           Hard Limit           Units     \n\
                     Max processes             96365                96365                processes \n\
                     Max address space         unlimited            unlimited            bytes     \n";
        assert_eq!(soft_limit(table, "Max processes"), Some(96365));
        assert_eq!(soft_limit(table, "Max address space"), None);
        assert_eq!(soft_limit(table, "Max open files"), None);
    }

    #[test]
    fn ten_thousand_fit_into_a_usual_system_and_fewer_into_a_small_one() {
        // What Linux allows unless told otherwise.
        let usual = 65_530;
        assert!((usual - OTHER_MAPPINGS) / MAPPINGS_PER_THREAD > 10_000);
        assert_eq!(threads_in(2 << 30, 2), 2048);
        assert_eq!(threads_in(400 << 20, 2), 32);
        assert_eq!(threads_in(336 << 20, 2), 32, "the allocator has taken one area meanwhile");
    }

    #[test]
    fn a_thread_counts_until_it_ends_also_by_a_panic() {
        // Other tests may start threads here at the same time: only this one's name is looked for.
        for panics in [false, true] {
            let (tell, told) = std::sync::mpsc::channel::<()>();
            spawn("counted", 64 * 1024, move || {
                let _tell = tell;
                assert!(RUNNING.load(Ordering::Relaxed) > 0);
                assert!(!panics, "as the test wants it");
            })
            .unwrap();
            assert!(told.recv().is_err(), "it has ended");
        }
    }
}
