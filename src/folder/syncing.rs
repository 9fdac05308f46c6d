//! Brings a file to the disk while it still comes. So at its end only the rest must be synced.
//!
//! After every 32 MiB a helper thread syncs the file. The receiving thread does not wait for it:
//! it only looks whether the last sync has ended, and then starts the next one. (If no thread can
//! be started, it syncs by itself.) At the end it waits until the rest is synced, at most 40 s. It
//! looks at the result of every sync, because Linux tells an error only once. There is no lock in
//! this file.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use crate::disk::{sync_file, warn_once};
use crate::threads;

/// This much is written before the next sync.
const SYNC_EVERY_BYTES: u64 = 32 << 20;

/// How long the end of a file waits for the disk. Its sender gives up after 60 s.
const MAX_SYNC_WAIT: Duration = Duration::from_secs(40);

const SLOW_DISK: &str = "this disk takes more than 40 s for a file: after a power cut the newest \
                         files may be damaged";

const STACK_BYTES: usize = 64 * 1024;

/// A file that is written and synced.
#[derive(Debug)]
pub struct SyncedFile {
    file: Arc<File>,
    folder: PathBuf,
    /// Bytes that were written after the last sync began.
    unsynced: u64,
    /// Gets the result of the sync that is running.
    running: Option<Receiver<io::Result<()>>>,
}

impl SyncedFile {
    /// Begins with a file that is still empty, in this folder.
    pub fn new(file: File, folder: PathBuf) -> SyncedFile {
        SyncedFile { file: Arc::new(file), folder, unsynced: 0, running: None }
    }

    /// Appends to the file. Waits for a sync only if no thread can be started for it.
    ///
    /// # Errors
    /// If the disk fails, or an earlier sync has failed.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        (&*self.file).write_all(bytes)?;
        self.note_written(bytes.len())
    }

    fn note_written(&mut self, bytes: usize) -> io::Result<()> {
        self.unsynced += bytes as u64;
        if self.unsynced >= SYNC_EVERY_BYTES && self.wait(Duration::ZERO)? {
            self.start()?;
        }
        Ok(())
    }

    /// Brings all to the disk, and returns the file. Blocks, but not for longer than the sender
    /// waits. If the disk takes longer, the log says so, and the sync goes on by itself.
    ///
    /// # Errors
    /// If this sync or an earlier one has failed.
    pub fn finish(&mut self) -> io::Result<Arc<File>> {
        let deadline = Instant::now() + MAX_SYNC_WAIT;
        let mut is_synced = self.wait(MAX_SYNC_WAIT)?;
        if is_synced {
            self.start()?;
            is_synced = self.wait(deadline.saturating_duration_since(Instant::now()))?;
        }
        if !is_synced {
            warn_once(&self.folder, SLOW_DISK);
        }
        Ok(Arc::clone(&self.file))
    }

    /// Waits for the sync that is running, if there is one. `false`: it takes longer than this.
    fn wait(&mut self, patience: Duration) -> io::Result<bool> {
        let Some(running) = &self.running else { return Ok(true) };
        let result = match running.recv_timeout(patience) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => return Ok(false),
            // Nothing is known then about what the disk holds.
            Err(lost) => Err(io::Error::other(format!("a sync ended without a result: {lost}"))),
        };
        self.running = None;
        result.map(|()| true)
    }

    fn start(&mut self) -> io::Result<()> {
        self.unsynced = 0;
        let (file, folder) = (Arc::clone(&self.file), self.folder.clone());
        let (result, running) = sync_channel(1);
        // Nobody takes the result if the file was given up meanwhile, or took too long.
        let sync = move || drop(result.send(sync_file(&file, &folder)));
        match threads::spawn("sync", STACK_BYTES, sync) {
            Ok(()) => self.running = Some(running),
            // There are too many threads, so this thread syncs by itself.
            Err(_) => sync_file(&self.file, &self.folder)?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_synced_to_its_end_when_threads_run_out_midway() {
        let much = SYNC_EVERY_BYTES as usize;
        let mut file = SyncedFile::new(tempfile::tempfile().unwrap(), std::env::temp_dir());
        file.note_written(much).unwrap();
        assert!(file.running.is_some(), "a thread syncs");
        threads::allow_here(0);
        // Goes on writing until the result of that sync was taken, and the next was begun.
        loop {
            file.note_written(much).unwrap();
            if file.unsynced == 0 {
                break;
            }
            std::thread::yield_now();
        }
        // A bug asked here for the first result again. There was none, so the file was refused.
        file.note_written(much).unwrap();
        file.finish().unwrap();
        threads::allow_here(usize::MAX);
    }
}
