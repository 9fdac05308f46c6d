//! The sending role: one file at a time goes to the receiver, the others wait their turn.
//! [`transfer`](super) lists its states.
//!
//! In: files to send, the receiver's answers, and the time. Out: blocks of the file; and lines,
//! which gather until the outbox asks for them with [`Sending::flush`].
//!
//! A [`Sending`] is part of an outbox and that outbox's lock guards it, so it never touches a
//! disk. The thread that writes the outbox reads the disk: it asks for the next block with
//! [`Sending::next_block`], reads it without the lock with [`Block::read`], and hands it over with
//! [`Sending::block_read`]. In between the receiver may refuse the file; then the block is not
//! sent. Files that have ended are handed over with the lines. They are reported when the lock is
//! released, because a report may post to another outbox.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::mem;
use std::sync::Arc;
use std::time::Instant;

use sha2::{Digest as _, Sha256};

use super::{ANSWER_TIMEOUT, OutOfPlace, Progress, Stored, hex};
use crate::folder::io_reason;
use crate::name::FileName;
use crate::platform::read_exact_at;
use crate::protocol::{MAX_DATA_BYTES, ReceiverLine, SenderLine};

/// The most files that wait for one receiver. Each is an open file.
pub const MAX_WAITING_FILES: usize = 64;

/// How the sending of one file to one receiver ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has stored and verified it.
    Received,
    /// The receiver refused it, for this reason.
    Refused(String),
    /// The receiver did not answer within [`ANSWER_TIMEOUT`].
    Unanswered {
        /// It has been offered and sent to its end: perhaps the receiver has it.
        has_left: bool,
    },
    /// This side gave up, for this reason.
    Failed(String),
    /// The connection ended.
    Gone {
        /// As in [`Unanswered`](Self::Unanswered).
        has_left: bool,
    },
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Received => f.write_str("received"),
            Outcome::Refused(reason) if reason.is_empty() => f.write_str("refused"),
            Outcome::Refused(reason) | Outcome::Failed(reason) => f.write_str(reason),
            Outcome::Unanswered { .. } => f.write_str("does not answer"),
            Outcome::Gone { .. } => f.write_str("gone"),
        }
    }
}

type Report = Box<dyn FnOnce(Outcome) + Send>;

/// A file to send to one receiver. Its end is always reported: dropping it reports
/// [`Outcome::Gone`].
pub struct Outgoing {
    name: FileName,
    content: Content,
    /// Its `$endFile` is in the block that was handed over to be written. An empty file has one
    /// too.
    has_left: bool,
    report: Option<Report>,
}

impl Outgoing {
    /// A file to send. `report` is called once, with the outcome, by the thread that found it out.
    /// That thread holds no outbox's lock then, but it may hold a room's.
    pub fn new(
        name: FileName,
        content: Content,
        report: impl FnOnce(Outcome) + Send + 'static,
    ) -> Outgoing {
        Outgoing { name, content, has_left: false, report: Some(Box::new(report)) }
    }

    /// Reports how it ended.
    pub fn end(mut self, outcome: Outcome) {
        self.report(outcome);
    }

    fn report(&mut self, outcome: Outcome) {
        if let Some(report) = self.report.take() {
            report(outcome);
        }
    }

    fn unanswered(self) -> (Outgoing, Outcome) {
        let outcome = Outcome::Unanswered { has_left: self.has_left };
        (self, outcome)
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.report(Outcome::Gone { has_left: self.has_left });
    }
}

/// The bytes of a file, and how many of them were sent to one receiver. One open file serves all
/// receivers, because a read for one of them begins at that receiver's own offset.
pub struct Content {
    file: Arc<File>,
    size: u64,
    sent: u64,
    digest: Digest,
}

/// The SHA-256 of a file that is sent.
enum Digest {
    /// The server hashed the file when it came in, once for all receivers.
    Known(String),
    /// The client hashes the file while it sends it.
    Counting(Sha256),
}

impl Content {
    /// Content whose digest is computed while it is sent.
    pub fn new(file: File, size: u64) -> Content {
        Content { file: Arc::new(file), size, sent: 0, digest: Digest::Counting(Sha256::new()) }
    }

    /// Content of a file that was received, so its digest is known.
    pub fn of(stored: &Stored) -> Content {
        let digest = Digest::Known(stored.digest.clone());
        Content { file: Arc::clone(&stored.kept.file), size: stored.size, sent: 0, digest }
    }

    /// The digest of the bytes that were sent, as 64 hex digits.
    fn digest(&self) -> String {
        match &self.digest {
            Digest::Known(digest) => digest.clone(),
            Digest::Counting(hasher) => hex(&hasher.clone().finalize()),
        }
    }
}

/// The next bytes of the file that is under way: where to read them.
pub struct Block {
    file: Arc<File>,
    offset: u64,
    count: usize,
    /// Which file of this receiver. When the block has been read, another one may be under way.
    file_number: u64,
}

impl Block {
    /// Reads the block into `frame`: its `$data` line, then its bytes. Blocks on the disk. All
    /// bytes are read before anything is sent: a `$data` line without its bytes would make the
    /// rest of the connection unreadable.
    ///
    /// # Errors
    /// If the file can't be read, or has become shorter than was offered.
    pub fn read(&self, frame: &mut Vec<u8>) -> io::Result<()> {
        frame.clear();
        if self.count > 0 {
            write_line(frame, SenderLine::Data(self.count));
            let header = frame.len();
            frame.resize(header + self.count, 0);
            read_exact_at(&self.file, &mut frame[header..], self.offset)?;
        }
        Ok(())
    }
}

/// The sending role on one connection.
#[derive(Default)]
pub struct Sending {
    waiting: VecDeque<Outgoing>,
    under_way: Option<UnderWay>,
    /// An answer did not come in time, so nothing is offered until it comes.
    is_unanswered: bool,
    /// Lines for the receiver that are not in the outbox yet.
    lines: Vec<u8>,
    /// The last of these lines is an offer.
    has_new_offer: bool,
    /// So many bytes must still leave the outbox until the line of the last offer has left it.
    before_offer_left: usize,
    /// How many files have got as far as `$ready`.
    file_number: u64,
    /// Files that have ended and are to be reported.
    ended: Vec<(Outgoing, Outcome)>,
}

struct UnderWay {
    file: Outgoing,
    stage: Stage,
    /// The latest of these: the stage began, its line left the outbox, a byte of the file did.
    since: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Offered,
    Flowing,
    Ended,
}

impl Sending {
    /// Queues a file. It is offered at once if no other is under way.
    pub fn offer(&mut self, file: Outgoing, now: Instant) {
        if self.is_unanswered {
            self.ended.push(file.unanswered());
        } else if self.waiting.len() >= MAX_WAITING_FILES {
            self.ended.push((file, Outcome::Failed("too many files wait already".to_string())));
        } else {
            self.waiting.push_back(file);
            self.offer_next(now);
        }
    }

    fn offer_next(&mut self, now: Instant) {
        if self.under_way.is_none()
            && let Some(file) = self.waiting.pop_front()
        {
            let (size, name) = (file.content.size, file.name.to_string());
            write_line(&mut self.lines, SenderLine::Offer { size, name });
            self.under_way = Some(UnderWay { file, stage: Stage::Offered, since: now });
            self.has_new_offer = true;
        }
    }

    /// Takes the receiver's answer.
    ///
    /// # Errors
    /// [`OutOfPlace`] if nothing was asked. Then nothing has changed.
    pub fn answer(&mut self, answer: ReceiverLine, now: Instant) -> Result<(), OutOfPlace> {
        if mem::take(&mut self.is_unanswered) {
            if answer == ReceiverLine::Ready {
                write_line(&mut self.lines, SenderLine::Cancel("too late".to_string()));
            }
            return Ok(());
        }
        let UnderWay { file, stage, since } = self.under_way.as_mut().ok_or(OutOfPlace)?;
        let outcome = match (*stage, answer) {
            (Stage::Offered, ReceiverLine::Ready) => {
                self.file_number += 1;
                (*stage, *since) = (Stage::Flowing, now);
                return Ok(());
            }
            (stage, ReceiverLine::Refuse(reason)) => {
                if stage == Stage::Flowing {
                    write_line(&mut self.lines, SenderLine::Cancel(String::new()));
                }
                Outcome::Refused(reason)
            }
            (Stage::Ended, ReceiverLine::Ack(theirs)) if file.content.digest() == theirs => {
                Outcome::Received
            }
            (Stage::Ended, ReceiverLine::Ack(_)) => {
                Outcome::Failed("acknowledged with a wrong digest".to_string())
            }
            _ => return Err(OutOfPlace),
        };
        self.end(outcome, now);
        Ok(())
    }

    fn end(&mut self, outcome: Outcome, now: Instant) {
        self.ended.extend(self.under_way.take().map(|UnderWay { file, .. }| (file, outcome)));
        self.offer_next(now);
    }

    /// Gives up the file that is offered or flows. Returns whether there was one.
    pub fn cancel(&mut self, reason: &str, now: Instant) -> bool {
        if !self.under_way.as_ref().is_some_and(|file| file.stage != Stage::Ended) {
            return false;
        }
        write_line(&mut self.lines, SenderLine::Cancel(reason.to_string()));
        self.end(Outcome::Failed(reason.to_string()), now);
        true
    }

    /// Gives up what has waited too long. Returns when to call this again.
    pub fn tick(&mut self, now: Instant) -> Option<Instant> {
        let UnderWay { stage, since, .. } = self.under_way.as_ref()?;
        if *stage == Stage::Offered && !self.has_offer_left() {
            // The receiver cannot know of it yet. If it does not read, `patience` cuts it off.
            return Some(now + ANSWER_TIMEOUT);
        }
        let deadline = *since + ANSWER_TIMEOUT;
        if now < deadline {
            return Some(deadline);
        }
        if self.is_flowing() {
            self.cancel("nothing moved for 60 s", now);
            return Some(now + ANSWER_TIMEOUT);
        }
        self.is_unanswered = true;
        let unanswered = self.under_way.take().map(|UnderWay { file, .. }| file);
        let all = unanswered.into_iter().chain(self.waiting.drain(..));
        self.ended.extend(all.map(Outgoing::unanswered));
        None
    }

    /// The file whose blocks are written.
    fn flowing(&mut self) -> Option<&mut UnderWay> {
        self.under_way.as_mut().filter(|file| file.stage == Stage::Flowing)
    }

    /// Whether a file is offered, flows, or waits for its `$ack`.
    pub fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Whether the last offer has left the outbox.
    pub fn has_offer_left(&self) -> bool {
        self.before_offer_left == 0
    }

    /// Whether there are blocks to write.
    pub fn is_flowing(&self) -> bool {
        self.under_way.as_ref().is_some_and(|file| file.stage == Stage::Flowing)
    }

    /// How far the file under way is.
    pub fn progress(&self) -> Option<Progress> {
        let Outgoing { name, content, .. } = &self.under_way.as_ref()?.file;
        Some(Progress { name: name.clone(), moved: content.sent, size: content.size })
    }

    /// The next block to read, if a file flows.
    pub fn next_block(&mut self) -> Option<Block> {
        let file_number = self.file_number;
        let Content { file, size, sent, .. } = &self.flowing()?.file.content;
        let count = (size - sent).min(MAX_DATA_BYTES as u64) as usize;
        Some(Block { file: Arc::clone(file), offset: *sent, count, file_number })
    }

    /// Takes the outcome of [`Block::read`], with the `frame` that it filled. After the last block
    /// it appends `$endFile` to the frame. Returns whether the frame must be written: not if the
    /// receiver refused the file meanwhile, or if it could not be read.
    pub fn block_read(
        &mut self,
        block: &Block,
        read: io::Result<()>,
        frame: &mut Vec<u8>,
        now: Instant,
    ) -> bool {
        if block.file_number != self.file_number {
            return false;
        }
        let Some(UnderWay { file, stage, since }) = self.flowing() else { return false };
        if let Err(error) = read {
            self.cancel(&cannot_read(&error), now);
            return false;
        }
        let content = &mut file.content;
        if let Digest::Counting(hasher) = &mut content.digest {
            // This is under the lock, but only on the client, where it delays nobody.
            hasher.update(&frame[frame.len() - block.count..]);
        }
        content.sent += block.count as u64;
        *since = now;
        if content.sent == content.size {
            write_line(frame, SenderLine::End(content.digest()));
            file.has_left = true;
            *stage = Stage::Ended;
        }
        true
    }

    /// Appends the lines for the receiver to `out`. Before `out`, `in_hand` bytes must leave the
    /// outbox. Returns the files that have ended, to be reported outside the lock. Call this after
    /// everything that may change something.
    pub fn flush(&mut self, out: &mut Vec<u8>, in_hand: usize) -> Vec<(Outgoing, Outcome)> {
        out.append(&mut self.lines);
        if mem::take(&mut self.has_new_offer) {
            self.before_offer_left = in_hand + out.len();
        }
        mem::take(&mut self.ended)
    }

    /// Notes that `bytes` bytes have left the outbox just now: of the file under way, or of text.
    pub fn bytes_written(&mut self, bytes: usize, of_file: bool, now: Instant) {
        let is_offer = self.before_offer_left > 0 && bytes >= self.before_offer_left;
        self.before_offer_left = self.before_offer_left.saturating_sub(bytes);
        if (of_file || is_offer)
            && let Some(file) = &mut self.under_way
        {
            file.since = now;
        }
    }
}

fn cannot_read(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the file has become shorter".to_string(),
        _ => format!("cannot read the file: {}", io_reason(error)),
    }
}

fn write_line(out: &mut Vec<u8>, line: SenderLine) {
    // Writing to a `Vec` can't fail.
    let _ = writeln!(out, "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    /// The role, what it has sent, and what it has reported.
    struct Bench {
        sending: Sending,
        out: Vec<u8>,
        /// So many bytes leave before the lines. If there are none, the lines leave at once.
        in_hand: usize,
        now: Instant,
        reports: Arc<Mutex<Vec<(String, Outcome)>>>,
    }

    impl Bench {
        fn new() -> Bench {
            Bench {
                sending: Sending::default(),
                out: Vec::new(),
                in_hand: 0,
                now: Instant::now(),
                reports: Arc::default(),
            }
        }

        fn offer(&mut self, name: &str, content: &[u8]) {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(content).unwrap();
            let content = Content::new(file, content.len() as u64);
            let (reports, file) = (Arc::clone(&self.reports), name.to_string());
            let report = move |outcome| reports.lock().unwrap().push((file, outcome));
            let name = FileName::parse(name).unwrap();
            self.sending.offer(Outgoing::new(name, content, report), self.now);
            self.report();
        }

        fn answer(&mut self, answer: ReceiverLine) -> Result<(), OutOfPlace> {
            let outcome = self.sending.answer(answer, self.now);
            self.report();
            outcome
        }

        fn report(&mut self) {
            for (file, outcome) in self.sending.flush(&mut self.out, self.in_hand) {
                file.end(outcome);
            }
            if self.in_hand == 0 {
                self.sending.bytes_written(self.out.len(), false, self.now);
            }
        }

        /// Reads a block, and writes it if it is to be written.
        fn block_read(&mut self, block: &Block) -> bool {
            let mut frame = Vec::new();
            let read = block.read(&mut frame);
            let wanted = self.sending.block_read(block, read, &mut frame, self.now);
            if wanted {
                self.out.extend_from_slice(&frame);
            }
            wanted
        }

        /// Writes blocks until none flows.
        fn flow(&mut self) {
            while let Some(block) = self.sending.next_block() {
                self.block_read(&block);
                self.report();
            }
        }

        fn pass(&mut self, seconds: u64) {
            self.now += std::time::Duration::from_secs(seconds);
            self.sending.tick(self.now);
            self.report();
        }

        fn sent(&mut self) -> String {
            String::from_utf8_lossy(&mem::take(&mut self.out)).into_owned()
        }

        fn reports(&self) -> Vec<(String, Outcome)> {
            mem::take(&mut *self.reports.lock().unwrap())
        }
    }

    fn refuse(reason: &str) -> ReceiverLine {
        ReceiverLine::Refuse(reason.to_string())
    }

    #[test]
    fn a_file_goes_from_its_offer_to_its_ack_and_the_next_follows() {
        let mut bench = Bench::new();
        bench.offer("a", b"hello");
        bench.offer("b", b"");
        assert_eq!(bench.sent(), "$file 5 a\n");
        assert_eq!(bench.answer(ReceiverLine::Ready), Ok(()));
        bench.flow();
        assert_eq!(bench.sent(), format!("$data 5\nhello$endFile {HELLO}\n"));
        assert_eq!(bench.answer(ReceiverLine::Ack(HELLO.into())), Ok(()));
        assert_eq!(bench.reports(), [("a".to_string(), Outcome::Received)]);
        assert_eq!(bench.sent(), "$file 0 b\n");
        bench.answer(ReceiverLine::Ready).unwrap();
        bench.flow();
        assert!(bench.sent().starts_with("$endFile e3b0c442"));
    }

    #[test]
    fn blocks_are_cut_at_their_limit() {
        for (size, blocks) in [(65_535, 1), (65_536, 1), (65_537, 2), (200_000, 4)] {
            let mut bench = Bench::new();
            bench.offer("a", &vec![b'x'; size]);
            bench.answer(ReceiverLine::Ready).unwrap();
            bench.flow();
            assert_eq!(bench.sent().matches("$data ").count(), blocks, "{size}");
        }
    }

    #[test]
    fn a_refusal_ends_the_exchange_from_every_state() {
        let mut bench = Bench::new();
        for name in ["a", "b", "c"] {
            bench.offer(name, b"hello");
        }
        bench.answer(refuse("full")).unwrap();
        assert_eq!(
            bench.sent(),
            "$file 5 a\n$file 5 b\n",
            "an offer that is refused needs no closing line"
        );
        bench.answer(ReceiverLine::Ready).unwrap();
        bench.answer(refuse("full")).unwrap();
        assert_eq!(bench.sent(), "$cancel\n$file 5 c\n", "a file under way does");
        bench.answer(ReceiverLine::Ready).unwrap();
        bench.flow();
        bench.sent();
        bench.answer(refuse("full")).unwrap();
        assert_eq!(bench.sent(), "", "after $endFile nothing more is sent");
        assert_eq!(bench.reports().len(), 3);
    }

    #[test]
    fn a_block_that_is_being_read_when_its_file_is_refused_is_not_sent() {
        let mut bench = Bench::new();
        bench.offer("a", b"hello");
        bench.offer("b", b"other");
        bench.answer(ReceiverLine::Ready).unwrap();
        let block = bench.sending.next_block().unwrap();
        bench.answer(refuse("")).unwrap();
        assert!(!bench.block_read(&block), "nothing flows");
        bench.answer(ReceiverLine::Ready).unwrap();
        assert!(!bench.block_read(&block), "another file flows");
        bench.sent();
        bench.flow();
        assert!(bench.sent().starts_with("$data 5\nother$endFile "));
    }

    #[test]
    fn who_does_not_answer_gets_no_more_offers_until_it_does() {
        let mut bench = Bench::new();
        bench.offer("a", b"hello");
        bench.offer("b", b"hello");
        bench.pass(59);
        assert_eq!(bench.reports(), []);
        bench.pass(1);
        bench.offer("c", b"hello");
        let unanswered = |name: &str| (name.to_string(), Outcome::Unanswered { has_left: false });
        assert_eq!(bench.reports(), [unanswered("a"), unanswered("b"), unanswered("c")]);
        bench.sent();
        bench.answer(ReceiverLine::Ready).unwrap();
        bench.offer("d", b"hello");
        assert_eq!(bench.sent(), "$cancel too late\n$file 5 d\n");
    }

    #[test]
    fn the_time_for_an_answer_begins_when_the_question_has_left() {
        let mut bench = Bench::new();
        bench.in_hand = 990;
        bench.offer("a", b"hello");
        bench.pass(64);
        bench.sending.bytes_written(990, false, bench.now);
        bench.pass(60);
        bench.sending.bytes_written(10, false, bench.now);
        bench.pass(59);
        assert_eq!(bench.reports(), []);
        bench.answer(ReceiverLine::Ready).unwrap();
        bench.flow();
        bench.pass(59);
        bench.sending.bytes_written(60, true, bench.now);
        bench.pass(59);
        assert_eq!(bench.reports(), []);
        bench.sending.bytes_written(1000, false, bench.now);
        bench.pass(1);
        let unanswered = ("a".to_string(), Outcome::Unanswered { has_left: true });
        assert_eq!(bench.reports(), [unanswered], "text is no file");
    }

    #[test]
    fn text_that_moves_does_not_keep_a_file_that_does_not() {
        let mut bench = Bench::new();
        bench.offer("a", b"hello");
        bench.answer(ReceiverLine::Ready).unwrap();
        bench.pass(59);
        bench.sending.bytes_written(1000, false, bench.now);
        bench.pass(1);
        assert_eq!(bench.sent(), "$file 5 a\n$cancel nothing moved for 60 s\n");
        assert!(matches!(bench.reports()[..], [(_, Outcome::Failed(_))]));
    }

    #[test]
    fn an_ack_that_does_not_come_or_is_wrong_is_no_ack() {
        let mut bench = Bench::new();
        bench.offer("a", b"hello");
        bench.answer(ReceiverLine::Ready).unwrap();
        bench.flow();
        bench.answer(ReceiverLine::Ack("2cf2".into())).unwrap();
        assert!(matches!(bench.reports()[..], [(_, Outcome::Failed(_))]));
        bench.offer("b", b"hello");
        bench.answer(ReceiverLine::Ready).unwrap();
        bench.flow();
        bench.pass(60);
        let unanswered = ("b".to_string(), Outcome::Unanswered { has_left: true });
        assert_eq!(bench.reports(), [unanswered]);
        assert_eq!(bench.answer(ReceiverLine::Ack(HELLO.into())), Ok(()), "late, but expected");
        assert_eq!(bench.answer(ReceiverLine::Ack(HELLO.into())), Err(OutOfPlace));
    }

    #[test]
    fn a_file_that_has_become_shorter_is_cancelled_without_half_a_block() {
        let mut bench = Bench::new();
        let file = tempfile::tempfile().unwrap();
        let outgoing = Outgoing::new(FileName::parse("a").unwrap(), Content::new(file, 5), |_| {});
        bench.sending.offer(outgoing, bench.now);
        bench.answer(ReceiverLine::Ready).unwrap();
        bench.flow();
        assert_eq!(bench.sent(), "$file 5 a\n$cancel the file has become shorter\n");
    }

    #[test]
    fn what_nothing_had_led_up_to_is_out_of_place_and_changes_nothing() {
        let mut bench = Bench::new();
        for answer in [ReceiverLine::Ready, ReceiverLine::Ack(HELLO.into()), refuse("")] {
            assert_eq!(bench.answer(answer), Err(OutOfPlace));
        }
        bench.offer("a", b"hello");
        assert_eq!(bench.answer(ReceiverLine::Ack(HELLO.into())), Err(OutOfPlace));
        bench.answer(ReceiverLine::Ready).unwrap();
        assert_eq!(bench.answer(ReceiverLine::Ready), Err(OutOfPlace));
        bench.flow();
        bench.answer(ReceiverLine::Ack(HELLO.into())).unwrap();
        assert_eq!(bench.reports(), [("a".to_string(), Outcome::Received)]);
    }

    #[test]
    fn only_so_many_files_wait() {
        let mut bench = Bench::new();
        for _ in 0..MAX_WAITING_FILES + 2 {
            bench.offer("a", b"hello");
        }
        assert!(matches!(bench.reports()[..], [(_, Outcome::Failed(_))]));
    }

    #[test]
    fn a_file_that_is_dropped_is_reported_as_gone() {
        let gone = |name: &str, has_left| (name.to_string(), Outcome::Gone { has_left });
        for content in [&b""[..], b"hello"] {
            let mut bench = Bench::new();
            bench.offer("a", content);
            bench.offer("b", content);
            bench.answer(ReceiverLine::Ready).unwrap();
            bench.flow();
            drop(mem::take(&mut bench.sending));
            assert_eq!(bench.reports(), [gone("b", false), gone("a", true)]);
        }
    }
}
