//! The receiving role: one file at a time is taken in. Its states are listed in [`transfer`](super).
//!
//! It belongs to the thread that reads the socket, which tells it the sender's lines and bytes and sends what it answers. That
//! thread waits for the disk here, and nobody else does.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::Instant;

use sha2::{Digest as _, Sha256};

use super::{ANSWER_TIMEOUT, OutOfPlace, Progress, hex};
use crate::folder::{Folder, FolderError, Kept, PartFile};
use crate::name::{BrokenRule, FileName};

/// The receiving role on one connection.
#[derive(Debug, Default)]
pub struct Receiving {
    storing: Option<Incoming>,
    /// A file was refused while it was under way: its sender's closing line is still to come.
    refused: bool,
}

#[derive(Debug)]
struct Incoming {
    name: FileName,
    size: u64,
    part: PartFile,
    come: u64,
    hasher: Sha256,
    /// When the last byte came.
    moved: Instant,
}

/// A file that has come whole, is verified, and stands under its final name.
#[derive(Debug)]
pub struct Stored {
    /// The name that the sender gave.
    pub offered: FileName,
    /// What it stands under, and its content.
    pub kept: Kept,
    /// In bytes.
    pub size: u64,
    /// SHA-256, 64 lower-case hex digits.
    pub digest: String,
}

/// Why an offer, or a file under way, is refused. Its `Display` is the reason that the sender gets.
#[derive(Debug)]
pub enum Refusal {
    /// No file name.
    Name(BrokenRule),
    /// One file at a time.
    Busy,
    /// The folder won't have it.
    Folder(FolderError),
    /// More bytes than offered, or fewer.
    WrongSize,
    /// The bytes are not those that were sent.
    WrongDigest,
    /// Nothing came for [`ANSWER_TIMEOUT`].
    Stalled,
    /// The person has left the room.
    LeftRoom,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Name(rule) => rule.fmt(f),
            Refusal::Busy => f.write_str("one file at a time"),
            Refusal::Folder(error) => error.fmt(f),
            Refusal::WrongSize => f.write_str("the size is not what was offered"),
            Refusal::WrongDigest => f.write_str("the digest is wrong"),
            Refusal::Stalled => f.write_str("nothing came for 60 s"),
            Refusal::LeftRoom => f.write_str("you left the room"),
        }
    }
}

/// Why a sender's line is not followed.
#[derive(Debug)]
pub enum Fault {
    /// Nothing had led up to it.
    OutOfPlace,
    /// The sender is to be told why.
    Refused(Refusal),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        Fault::Refused(refusal)
    }
}

impl From<OutOfPlace> for Fault {
    fn from(_: OutOfPlace) -> Fault {
        Fault::OutOfPlace
    }
}

impl Receiving {
    /// Takes an offer. After `Ok` the answer is `$ready`.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn offer(
        &mut self,
        folder: &Arc<Folder>,
        size: u64,
        name: &str,
        now: Instant,
    ) -> Result<(), Refusal> {
        if self.storing.is_some() {
            return Err(Refusal::Busy);
        }
        let name = FileName::parse(name).map_err(Refusal::Name)?;
        let part = folder.begin(size).map_err(Refusal::Folder)?;
        self.storing =
            Some(Incoming { name, size, part, come: 0, hasher: Sha256::new(), moved: now });
        Ok(())
    }

    /// Takes a `$data` line: `count` raw bytes follow, and are to be given to [`store`](Self::store), whatever this returns.
    ///
    /// # Errors
    /// [`Fault::Refused`] if that is more than was offered; [`Fault::OutOfPlace`] if there is no such file, nor was one refused.
    pub fn data(&mut self, count: usize) -> Result<(), Fault> {
        match &self.storing {
            Some(file) if count as u64 > file.size - file.come => {
                Err(self.refuse(Refusal::WrongSize).into())
            }
            None if !self.refused => Err(Fault::OutOfPlace),
            _ => Ok(()),
        }
    }

    /// Takes some of the bytes behind a `$data` line; drops them if the file was refused.
    ///
    /// # Errors
    /// Why the file is refused from here on.
    pub fn store(&mut self, bytes: &[u8], now: Instant) -> Result<(), Refusal> {
        let Some(file) = &mut self.storing else {
            return Ok(());
        };
        file.hasher.update(bytes);
        file.come += bytes.len() as u64;
        file.moved = now;
        match file.part.write(bytes) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.refuse(Refusal::Folder(error.into()))),
        }
    }

    /// Takes an `$endFile` line. Returns the file, stored and verified, so that the answer is `$ack`; `None` if that was the closing
    /// line of a refused file.
    ///
    /// # Errors
    /// [`Fault::Refused`] if size or digest are wrong, or it can't be kept; [`Fault::OutOfPlace`] if there is no file to end.
    pub fn end(&mut self, digest: &str) -> Result<Option<Stored>, Fault> {
        if mem::take(&mut self.refused) {
            return Ok(None);
        }
        let file = self.storing.take().ok_or(Fault::OutOfPlace)?;
        if file.come != file.size {
            return Err(Refusal::WrongSize.into());
        }
        if hex(&file.hasher.finalize()) != digest {
            return Err(Refusal::WrongDigest.into());
        }
        let kept = file.part.keep(&file.name).map_err(Refusal::Folder)?;
        Ok(Some(Stored { offered: file.name, kept, size: file.size, digest: digest.to_string() }))
    }

    /// Takes a `$cancel` line.
    ///
    /// # Errors
    /// [`OutOfPlace`] if there is no file that could be given up.
    pub fn cancel(&mut self) -> Result<(), OutOfPlace> {
        if mem::take(&mut self.refused) || self.storing.take().is_some() {
            Ok(())
        } else {
            Err(OutOfPlace)
        }
    }

    /// Gives up the file under way. Returns the reason, for the sender.
    pub fn refuse(&mut self, refusal: Refusal) -> Refusal {
        // What has come of it is removed here, by dropping the part file.
        self.refused |= self.storing.take().is_some();
        refusal
    }

    /// The name of the file under way.
    pub fn name(&self) -> Option<&FileName> {
        self.storing.as_ref().map(|file| &file.name)
    }

    /// How far the file under way is.
    pub fn progress(&self) -> Option<Progress> {
        let file = self.storing.as_ref()?;
        Some(Progress { name: file.name.clone(), moved: file.come, size: file.size })
    }

    /// When the file under way is to be given up if nothing comes.
    pub fn deadline(&self) -> Option<Instant> {
        self.storing.as_ref().map(|file| file.moved + ANSWER_TIMEOUT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::FolderLimits;

    const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    fn folder() -> (tempfile::TempDir, Arc<Folder>) {
        let dir = tempfile::tempdir().unwrap();
        let folder = Arc::new(Folder::open(dir.path(), FolderLimits::NONE).unwrap());
        (dir, folder)
    }

    fn begun(folder: &Arc<Folder>, size: u64) -> Receiving {
        let mut receiving = Receiving::default();
        receiving.offer(folder, size, "hi.txt", Instant::now()).unwrap();
        receiving
    }

    fn store(receiving: &mut Receiving, bytes: &[u8]) {
        receiving.data(bytes.len()).unwrap();
        receiving.store(bytes, Instant::now()).unwrap();
    }

    fn entries(dir: &tempfile::TempDir) -> usize {
        std::fs::read_dir(dir.path()).unwrap().count()
    }

    #[test]
    fn a_file_stands_under_its_name_once_its_size_and_digest_are_right() {
        let (dir, folder) = folder();
        let mut receiving = begun(&folder, 5);
        store(&mut receiving, b"hel");
        store(&mut receiving, b"lo");
        assert!(!dir.path().join("hi.txt").exists());
        let stored = receiving.end(HELLO).unwrap().unwrap();
        assert_eq!(stored.digest, HELLO);
        assert_eq!(std::fs::read(dir.path().join("hi.txt")).unwrap(), b"hello");
        assert_eq!(entries(&dir), 1);
    }

    #[test]
    fn a_wrong_size_or_digest_leaves_nothing_behind() {
        let (dir, folder) = folder();
        let mut receiving = begun(&folder, 6);
        store(&mut receiving, b"hello");
        assert!(matches!(receiving.end(HELLO), Err(Fault::Refused(Refusal::WrongSize))));
        let mut receiving = begun(&folder, 5);
        store(&mut receiving, b"hellO");
        assert!(matches!(receiving.end(HELLO), Err(Fault::Refused(Refusal::WrongDigest))));
        let mut receiving = begun(&folder, 5);
        store(&mut receiving, b"hello");
        assert!(matches!(
            receiving.end(&HELLO.to_uppercase()),
            Err(Fault::Refused(Refusal::WrongDigest))
        ));
        assert_eq!(entries(&dir), 0);
    }

    #[test]
    fn too_much_is_refused_before_it_is_stored_and_dropped_up_to_the_closing_line() {
        for closing in ["$cancel", "$endFile"] {
            let (dir, folder) = folder();
            let mut receiving = begun(&folder, 5);
            store(&mut receiving, b"hel");
            assert!(matches!(receiving.data(3), Err(Fault::Refused(Refusal::WrongSize))));
            receiving.store(b"lol", Instant::now()).unwrap();
            assert!(matches!(receiving.data(9), Ok(())));
            receiving.store(b"more of it", Instant::now()).unwrap();
            assert_eq!(entries(&dir), 0);
            match closing {
                "$cancel" => assert_eq!(receiving.cancel(), Ok(())),
                _ => assert!(matches!(receiving.end(HELLO), Ok(None))),
            }
            assert_eq!(receiving.cancel(), Err(OutOfPlace));
            assert!(matches!(receiving.data(1), Err(Fault::OutOfPlace)));
        }
    }

    #[test]
    fn a_new_file_may_be_named_before_the_refused_one_is_closed() {
        let (_dir, folder) = folder();
        let mut receiving = begun(&folder, 5);
        receiving.refuse(Refusal::LeftRoom);
        assert_eq!(receiving.cancel(), Ok(()));
        receiving.offer(&folder, 5, "hi.txt", Instant::now()).unwrap();
        store(&mut receiving, b"hello");
        assert!(matches!(receiving.end(HELLO), Ok(Some(_))));
    }

    #[test]
    fn what_nothing_had_led_up_to_is_out_of_place() {
        let mut receiving = Receiving::default();
        assert!(matches!(receiving.data(1), Err(Fault::OutOfPlace)));
        assert!(matches!(receiving.end(HELLO), Err(Fault::OutOfPlace)));
        assert_eq!(receiving.cancel(), Err(OutOfPlace));
    }

    #[test]
    fn an_offer_with_a_bad_name_or_while_another_is_under_way_is_refused() {
        let (_dir, folder) = folder();
        let mut receiving = Receiving::default();
        for bad in ["../up", "", ".part-1", "a/b"] {
            let outcome = receiving.offer(&folder, 1, bad, Instant::now());
            assert!(matches!(outcome, Err(Refusal::Name(_))), "{bad}");
        }
        receiving.offer(&folder, 1, "a", Instant::now()).unwrap();
        assert!(matches!(receiving.offer(&folder, 1, "b", Instant::now()), Err(Refusal::Busy)));
    }
}
