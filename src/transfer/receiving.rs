//! The receiving role: takes in one file at a time. Its states are listed in [`transfer`](super).
//!
//! It belongs to the thread that reads the socket. That thread gives every line and every byte of
//! the sender to it, and posts what it answers. The thread may have to wait for the disk here, and
//! nobody else waits with it. Nothing is shared but the folder, which has its own lock.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::Instant;

use sha2::{Digest as _, Sha256};

use super::{ANSWER_TIMEOUT, Progress, hex};
use crate::folder::{Folder, FolderError, KeptFile, PartFile};
use crate::name::{BrokenRule, FileName};
use crate::protocol::SenderLine;

/// The receiving role on one connection.
#[derive(Debug)]
pub struct Receiving {
    folder: Arc<Folder>,
    /// The question for a file is open: an offer is welcome.
    is_asked: bool,
    storing: Option<Incoming>,
    /// A file was refused while it came: the closing line of its sender is still to come.
    refused: bool,
}

#[derive(Debug)]
struct Incoming {
    name: FileName,
    size: u64,
    part: PartFile,
    received: u64,
    hasher: Sha256,
    last_byte_at: Instant,
}

/// A file that has come completely, is verified, and has its final name.
#[derive(Debug)]
pub struct Stored {
    /// The name that the sender gave.
    pub offered: FileName,
    /// The name that it was stored under, and its content.
    pub kept: KeptFile,
    /// In bytes.
    pub size: u64,
    /// SHA-256, 64 lower-case hex digits.
    pub digest: String,
}

/// What a line of the sender led to.
#[derive(Debug)]
pub enum Event {
    /// The file may come: answer `$ready`.
    Ready,
    /// The file is stored: answer with its digest in an `$ack`.
    Stored(Stored),
    /// The sender gave up the file of this name, or did not send one.
    Cancelled(Option<FileName>),
    /// Nothing to answer.
    Nothing,
    /// The line does not fit what came before it. Nothing has changed.
    OutOfPlace,
}

/// Why a file is refused. Its `Display` is the reason that the sender gets.
#[derive(Debug)]
pub enum Refusal {
    /// The offer cannot be understood.
    Malformed,
    /// The name is not allowed.
    Name(BrokenRule),
    /// One file at a time.
    Busy,
    /// The folder cannot take it.
    Folder(FolderError),
    /// More bytes than offered, or fewer.
    WrongSize,
    /// The bytes are not the ones that were sent.
    WrongDigest,
    /// Nothing came for [`ANSWER_TIMEOUT`].
    Stalled,
    /// The person has left the room.
    LeftRoom,
}

impl Refusal {
    /// Says it to the person on this side, with the file or folder.
    pub fn for_owner(&self) -> String {
        match self {
            Refusal::Folder(error) => error.for_owner(),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Malformed => f.write_str("not a proper $file line"),
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

impl Receiving {
    /// Creates the role for files that go into `folder`.
    pub fn new(folder: Arc<Folder>) -> Receiving {
        Receiving { folder, is_asked: false, storing: None, refused: false }
    }

    /// Opens the question for a file: the next offer is welcome.
    pub fn open_question(&mut self) {
        self.is_asked = true;
    }

    /// Closes the question for a file. Returns whether it was open.
    pub fn close_question(&mut self) -> bool {
        mem::take(&mut self.is_asked)
    }

    /// Whether an offer is welcome now.
    pub fn is_question_open(&self) -> bool {
        self.is_asked
    }

    /// Handles a line of the sender. After `$data` the raw bytes must be given to
    /// [`store`](Self::store), even if this returns an error.
    ///
    /// # Errors
    /// Why the file is refused.
    pub fn follow(&mut self, line: SenderLine, now: Instant) -> Result<Event, Refusal> {
        match line {
            SenderLine::Offer { size, name } => self.offer(size, &name, now),
            SenderLine::Data(count) => self.data(count),
            SenderLine::End(digest) => self.end(&digest),
            SenderLine::Cancel(_) => Ok(self.cancel()),
        }
    }

    fn offer(&mut self, size: u64, name: &str, now: Instant) -> Result<Event, Refusal> {
        if !self.close_question() {
            return Ok(Event::OutOfPlace);
        }
        if self.storing.is_some() {
            return Err(Refusal::Busy);
        }
        let name = FileName::parse(name).map_err(Refusal::Name)?;
        let part = self.folder.begin(size).map_err(Refusal::Folder)?;
        let hasher = Sha256::new();
        self.storing = Some(Incoming { name, size, part, received: 0, hasher, last_byte_at: now });
        Ok(Event::Ready)
    }

    fn data(&mut self, count: usize) -> Result<Event, Refusal> {
        match &self.storing {
            Some(file) if count as u64 > file.size - file.received => {
                self.give_up();
                Err(Refusal::WrongSize)
            }
            None if !self.refused => Ok(Event::OutOfPlace),
            _ => Ok(Event::Nothing),
        }
    }

    fn end(&mut self, digest: &str) -> Result<Event, Refusal> {
        if mem::take(&mut self.refused) {
            return Ok(Event::Nothing);
        }
        let Some(file) = self.storing.take() else { return Ok(Event::OutOfPlace) };
        if file.received != file.size {
            return Err(Refusal::WrongSize);
        }
        if hex(&file.hasher.finalize()) != digest {
            return Err(Refusal::WrongDigest);
        }
        let kept = file.part.keep(&file.name).map_err(Refusal::Folder)?;
        let digest = digest.to_string();
        Ok(Event::Stored(Stored { offered: file.name, kept, size: file.size, digest }))
    }

    fn cancel(&mut self) -> Event {
        if mem::take(&mut self.refused) {
            return Event::Nothing;
        }
        match self.storing.take() {
            Some(file) => Event::Cancelled(Some(file.name)),
            // Instead of an offer it says that no file will come.
            None if self.close_question() => Event::Cancelled(None),
            None => Event::OutOfPlace,
        }
    }

    /// Stores some of the bytes after a `$data` line. Drops them if the file was refused.
    ///
    /// # Errors
    /// Why the file is refused from here on.
    pub fn store(&mut self, bytes: &[u8], now: Instant) -> Result<(), Refusal> {
        let Some(file) = &mut self.storing else {
            return Ok(());
        };
        file.hasher.update(bytes);
        file.received += bytes.len() as u64;
        file.last_byte_at = now;
        file.part.write(bytes).map_err(|error| {
            self.give_up();
            Refusal::Folder(error)
        })
    }

    /// Gives up the file under way, if there is one, and returns its name. Its sender must be told
    /// why.
    pub fn give_up(&mut self) -> Option<FileName> {
        // Dropping the part file removes it.
        let file = self.storing.take()?;
        self.refused = true;
        Some(file.name)
    }

    /// The name of the file under way.
    pub fn name(&self) -> Option<&FileName> {
        self.storing.as_ref().map(|file| &file.name)
    }

    /// How far the file under way is.
    pub fn progress(&self) -> Option<Progress> {
        let file = self.storing.as_ref()?;
        Some(Progress { name: file.name.clone(), moved: file.received, size: file.size })
    }

    /// When the file under way must be given up if nothing more comes.
    pub fn deadline(&self) -> Option<Instant> {
        self.storing.as_ref().map(|file| file.last_byte_at + ANSWER_TIMEOUT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::FolderLimits;

    const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    fn receiving() -> (tempfile::TempDir, Receiving) {
        let dir = tempfile::tempdir().unwrap();
        let folder = Arc::new(Folder::open(dir.path(), FolderLimits::NONE).unwrap());
        (dir, Receiving::new(folder))
    }

    impl Receiving {
        fn is_offered(&mut self, size: u64, name: &str) -> Result<Event, Refusal> {
            self.open_question();
            self.follow(SenderLine::Offer { size, name: name.into() }, Instant::now())
        }

        fn ends(&mut self, digest: &str) -> Result<Event, Refusal> {
            self.follow(SenderLine::End(digest.into()), Instant::now())
        }

        fn is_cancelled(&mut self) -> Result<Event, Refusal> {
            self.follow(SenderLine::Cancel(String::new()), Instant::now())
        }

        fn gets(&mut self, bytes: &[u8]) {
            let followed = self.follow(SenderLine::Data(bytes.len()), Instant::now());
            assert!(matches!(followed, Ok(Event::Nothing)));
            self.store(bytes, Instant::now()).unwrap();
        }
    }

    fn begun(size: u64) -> (tempfile::TempDir, Receiving) {
        let (dir, mut receiving) = receiving();
        assert!(matches!(receiving.is_offered(size, "hi.txt"), Ok(Event::Ready)));
        (dir, receiving)
    }

    fn entries(dir: &tempfile::TempDir) -> usize {
        std::fs::read_dir(dir.path()).unwrap().count()
    }

    #[test]
    fn a_file_gets_its_name_once_size_and_digest_are_right() {
        let (dir, mut receiving) = begun(5);
        receiving.gets(b"hel");
        receiving.gets(b"lo");
        assert!(!dir.path().join("hi.txt").exists());
        let Ok(Event::Stored(stored)) = receiving.ends(HELLO) else { panic!("not stored") };
        assert_eq!(stored.digest, HELLO);
        assert_eq!(std::fs::read(dir.path().join("hi.txt")).unwrap(), b"hello");
        assert_eq!(entries(&dir), 1);
    }

    #[test]
    fn a_wrong_size_or_digest_leaves_nothing_behind() {
        let (dir, mut receiving) = begun(6);
        receiving.gets(b"hello");
        assert!(matches!(receiving.ends(HELLO), Err(Refusal::WrongSize)));
        assert_eq!(entries(&dir), 0);
        for (bytes, digest) in [(b"hellO", HELLO), (b"hello", &HELLO.to_uppercase())] {
            let (dir, mut receiving) = begun(5);
            receiving.gets(bytes);
            assert!(matches!(receiving.ends(digest), Err(Refusal::WrongDigest)));
            assert_eq!(entries(&dir), 0);
        }
    }

    #[test]
    fn too_many_bytes_are_refused_and_dropped_up_to_the_closing_line() {
        for closing in ["$cancel", "$endFile"] {
            let (dir, mut receiving) = begun(5);
            receiving.gets(b"hel");
            let data = receiving.follow(SenderLine::Data(3), Instant::now());
            assert!(matches!(data, Err(Refusal::WrongSize)));
            receiving.store(b"lol", Instant::now()).unwrap();
            receiving.gets(b"more of it");
            assert_eq!(entries(&dir), 0);
            let closed = match closing {
                "$cancel" => receiving.is_cancelled(),
                _ => receiving.ends(HELLO),
            };
            assert!(matches!(closed, Ok(Event::Nothing)));
            assert!(matches!(receiving.is_cancelled(), Ok(Event::OutOfPlace)));
            let data = receiving.follow(SenderLine::Data(1), Instant::now());
            assert!(matches!(data, Ok(Event::OutOfPlace)));
        }
    }

    #[test]
    fn a_new_file_may_be_offered_before_the_refused_one_is_closed() {
        let (_dir, mut receiving) = begun(5);
        receiving.give_up();
        assert!(matches!(receiving.is_cancelled(), Ok(Event::Nothing)));
        assert!(matches!(receiving.is_offered(5, "hi.txt"), Ok(Event::Ready)));
        receiving.gets(b"hello");
        assert!(matches!(receiving.ends(HELLO), Ok(Event::Stored(_))));
    }

    #[test]
    fn a_line_that_nothing_led_up_to_is_out_of_place() {
        let (_dir, mut receiving) = receiving();
        let data = receiving.follow(SenderLine::Data(1), Instant::now());
        assert!(matches!(data, Ok(Event::OutOfPlace)));
        assert!(matches!(receiving.ends(HELLO), Ok(Event::OutOfPlace)));
        assert!(matches!(receiving.is_cancelled(), Ok(Event::OutOfPlace)));
    }

    #[test]
    fn one_offer_is_taken_for_each_question() {
        let (_dir, mut receiving) = receiving();
        let offered = |receiving: &mut Receiving| {
            receiving.follow(SenderLine::Offer { size: 1, name: "a".into() }, Instant::now())
        };
        assert!(matches!(offered(&mut receiving), Ok(Event::OutOfPlace)));
        receiving.open_question();
        assert!(matches!(receiving.is_cancelled(), Ok(Event::Cancelled(None))));
        assert!(matches!(offered(&mut receiving), Ok(Event::OutOfPlace)));
        receiving.open_question();
        assert!(matches!(offered(&mut receiving), Ok(Event::Ready)));
        assert!(!receiving.is_question_open());
    }

    #[test]
    fn a_bad_name_or_a_second_file_is_refused() {
        let (_dir, mut receiving) = receiving();
        for bad in ["../up", "", ".part-1", "a/b"] {
            let offered = receiving.is_offered(1, bad);
            assert!(matches!(offered, Err(Refusal::Name(_))), "{bad}");
        }
        assert!(matches!(receiving.is_offered(1, "a"), Ok(Event::Ready)));
        let second = receiving.is_offered(1, "b");
        assert!(matches!(second, Err(Refusal::Busy)));
    }
}
