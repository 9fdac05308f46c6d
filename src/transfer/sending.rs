//! The sending role: files wait their turn, one at a time is under way. Its states are listed in [`transfer`](super).
//!
//! It lives inside an outbox, under that one's lock, so nothing is read here while a state changes: whoever writes takes the
//! [`Content`] out, reads a block, and puts it back. What has ended is kept until the lock is released, and reported then.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::mem;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::Instant;

use sha2::{Digest as _, Sha256};

use super::{ANSWER_TIMEOUT, OutOfPlace, Progress, Stored, hex};
use crate::folder::io_reason;
use crate::name::FileName;
use crate::protocol::{MAX_DATA_BYTES, ReceiverLine, SenderLine};

/// Most files that wait for one receiver: each is an open file.
const MAX_WAITING_FILES: usize = 64;

/// How the sending of one file to one receiver ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Stored and verified over there.
    Received,
    /// The receiver won't have it, and why.
    Refused(String),
    /// No answer within [`ANSWER_TIMEOUT`].
    Unanswered,
    /// This side gave up, and why.
    Failed(String),
    /// The connection ended.
    Gone,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Received => f.write_str("received"),
            Outcome::Refused(reason) if reason.is_empty() => f.write_str("refused"),
            Outcome::Refused(reason) | Outcome::Failed(reason) => f.write_str(reason),
            Outcome::Unanswered => f.write_str("does not answer"),
            Outcome::Gone => f.write_str("gone"),
        }
    }
}

type Report = Box<dyn FnOnce(Outcome) + Send>;

/// A file to be sent to one receiver. Whatever becomes of it is reported, also if it is dropped.
pub struct Outgoing {
    name: FileName,
    size: u64,
    sent: u64,
    /// Absent while whoever writes the outbox out reads a block from it.
    content: Option<Content>,
    report: Option<Report>,
}

impl Outgoing {
    /// A file to be sent; `report` is told once how that ended, by whichever thread found out, outside the outbox's lock.
    pub fn new(
        name: FileName,
        content: Content,
        report: impl FnOnce(Outcome) + Send + 'static,
    ) -> Outgoing {
        Outgoing {
            name,
            size: content.size,
            sent: 0,
            content: Some(content),
            report: Some(Box::new(report)),
        }
    }

    /// Says how it ended.
    pub fn end(mut self, outcome: Outcome) {
        if let Some(report) = self.report.take() {
            report(outcome);
        }
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        if let Some(report) = self.report.take() {
            report(Outcome::Gone);
        }
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outgoing({}, {} bytes)", self.name, self.size)
    }
}

/// The bytes of a file on their way out. One open file serves all receivers: each reads at an offset of its own.
#[derive(Debug)]
pub struct Content {
    file: Arc<File>,
    size: u64,
    sent: u64,
    digest: Digest,
}

/// The SHA-256 of a file that is sent.
#[derive(Debug)]
enum Digest {
    /// The server has hashed the file when it came, once for all receivers.
    Known(String),
    /// The client hashes what it sends, as it sends it.
    Counting(Sha256),
}

impl Content {
    /// Content whose digest is counted while it is sent.
    pub fn new(file: File, size: u64) -> Content {
        Content { file: Arc::new(file), size, sent: 0, digest: Digest::Counting(Sha256::new()) }
    }

    /// Content of a file that was received, so that its digest is known.
    pub fn of(stored: &Stored) -> Content {
        let digest = Digest::Known(stored.digest.clone());
        Content { file: Arc::clone(&stored.kept.file), size: stored.size, sent: 0, digest }
    }

    /// Puts the next `$data` line with its bytes into `frame`, and behind the last of them the `$endFile` line. The block
    /// is read whole before its line stands there: a read that fails must not leave a `$data` without its bytes.
    /// Returns whether that was the last.
    ///
    /// # Errors
    /// If the file can't be read, or has become shorter than was offered.
    pub fn next_frame(&mut self, frame: &mut Vec<u8>) -> io::Result<bool> {
        frame.clear();
        let count = (self.size - self.sent).min(MAX_DATA_BYTES as u64) as usize;
        if count > 0 {
            let _ = writeln!(frame, "{}", SenderLine::Data(count));
            let header = frame.len();
            frame.resize(header + count, 0);
            self.file.read_exact_at(&mut frame[header..], self.sent)?;
            if let Digest::Counting(hasher) = &mut self.digest {
                hasher.update(&frame[header..]);
            }
            self.sent += count as u64;
        }
        let last = self.sent == self.size;
        if last {
            let digest = match &self.digest {
                Digest::Known(digest) => digest.clone(),
                Digest::Counting(hasher) => hex(&hasher.clone().finalize()),
            };
            let _ = writeln!(frame, "{}", SenderLine::End(digest.clone()));
            self.digest = Digest::Known(digest);
        }
        Ok(last)
    }
}

/// The sending role on one connection: files wait their turn, one at a time is under way.
#[derive(Debug, Default)]
pub struct Sending {
    waiting: VecDeque<Outgoing>,
    stage: SendStage,
    /// What has ended, to be reported once the lock around this is released: a report may post to another outbox.
    ended: Vec<(Outgoing, Outcome)>,
}

#[derive(Debug, Default)]
enum SendStage {
    #[default]
    Idle,
    Offered(Outgoing, Instant),
    /// The instant is that of the last byte that moved.
    Flowing(Outgoing, Instant),
    Ended(Outgoing, String, Instant),
    Unanswered,
}

impl Sending {
    /// Queues a file. It is offered at once if no other is under way.
    pub fn offer(&mut self, file: Outgoing, now: Instant, out: &mut Vec<u8>) {
        if matches!(self.stage, SendStage::Unanswered) {
            self.ended.push((file, Outcome::Unanswered));
        } else if self.waiting.len() >= MAX_WAITING_FILES {
            self.ended.push((file, Outcome::Failed("too many files wait already".to_string())));
        } else {
            self.waiting.push_back(file);
            self.offer_next(now, out);
        }
    }

    fn offer_next(&mut self, now: Instant, out: &mut Vec<u8>) {
        if matches!(self.stage, SendStage::Idle)
            && let Some(file) = self.waiting.pop_front()
        {
            write_line(out, SenderLine::Offer { size: file.size, name: file.name.to_string() });
            self.stage = SendStage::Offered(file, now);
        }
    }

    /// Takes the other side's answer.
    ///
    /// # Errors
    /// [`OutOfPlace`] if nothing was asked. Nothing has changed then.
    pub fn answer(
        &mut self,
        answer: ReceiverLine,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Result<(), OutOfPlace> {
        match (mem::take(&mut self.stage), answer) {
            (SendStage::Offered(file, _), ReceiverLine::Ready) => {
                self.stage = SendStage::Flowing(file, now)
            }
            (SendStage::Offered(file, _), ReceiverLine::Refuse(reason)) => {
                self.ended.push((file, Outcome::Refused(reason)));
            }
            (SendStage::Flowing(file, _), ReceiverLine::Refuse(reason)) => {
                write_line(out, SenderLine::Cancel(String::new()));
                self.ended.push((file, Outcome::Refused(reason)));
            }
            (SendStage::Ended(file, digest, _), ReceiverLine::Ack(theirs)) => {
                let right = digest == theirs;
                let wrong = || Outcome::Failed("acknowledged with a wrong digest".to_string());
                self.ended.push((file, if right { Outcome::Received } else { wrong() }));
            }
            (SendStage::Ended(file, ..), ReceiverLine::Refuse(reason)) => {
                self.ended.push((file, Outcome::Refused(reason)));
            }
            (SendStage::Unanswered, ReceiverLine::Ready) => {
                write_line(out, SenderLine::Cancel("too late".to_string()));
            }
            (SendStage::Unanswered, _) => {}
            (stage, _) => {
                self.stage = stage;
                return Err(OutOfPlace);
            }
        }
        self.offer_next(now, out);
        Ok(())
    }

    /// Gives up the file under way, or the one that was offered, if there is one; says whether there was.
    pub fn cancel(&mut self, reason: &str, now: Instant, out: &mut Vec<u8>) -> bool {
        match mem::take(&mut self.stage) {
            SendStage::Offered(file, _) | SendStage::Flowing(file, _) => {
                write_line(out, SenderLine::Cancel(reason.to_string()));
                self.ended.push((file, Outcome::Failed(reason.to_string())));
                self.offer_next(now, out);
                true
            }
            stage => {
                self.stage = stage;
                false
            }
        }
    }

    /// Looks at the time. Returns when it is to be looked at again.
    pub fn tick(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Instant> {
        let since = match &self.stage {
            SendStage::Idle | SendStage::Unanswered => return None,
            SendStage::Offered(_, since)
            | SendStage::Flowing(_, since)
            | SendStage::Ended(_, _, since) => *since,
        };
        let deadline = since + ANSWER_TIMEOUT;
        if now < deadline {
            return Some(deadline);
        }
        match mem::take(&mut self.stage) {
            SendStage::Offered(file, _) | SendStage::Ended(file, ..) => {
                self.stage = SendStage::Unanswered;
                self.ended.push((file, Outcome::Unanswered));
                self.ended.extend(self.waiting.drain(..).map(|file| (file, Outcome::Unanswered)));
                None
            }
            stage => {
                self.stage = stage;
                self.cancel("nothing moved for 60 s", now, out);
                Some(now + ANSWER_TIMEOUT)
            }
        }
    }

    /// Whether blocks are waiting to be written.
    pub fn is_flowing(&self) -> bool {
        matches!(&self.stage, SendStage::Flowing(file, _) if file.content.is_some())
    }

    /// How far the file under way is.
    pub fn progress(&self) -> Option<Progress> {
        let (file, moved) = match &self.stage {
            SendStage::Flowing(file, _) | SendStage::Ended(file, ..) => (file, file.sent),
            _ => return None,
        };
        Some(Progress { name: file.name.clone(), moved, size: file.size })
    }

    /// Takes out what the next block is read from, so that the disk is read outside the lock.
    pub fn take_content(&mut self) -> Option<Content> {
        match &mut self.stage {
            SendStage::Flowing(file, _) => file.content.take(),
            _ => None,
        }
    }

    /// Puts it back, with the outcome of [`Content::next_frame`]. Returns whether the frame is to be written: not if the
    /// file was refused meanwhile, or could not be read.
    pub fn put_back(
        &mut self,
        content: Content,
        read: io::Result<bool>,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> bool {
        match (mem::take(&mut self.stage), read) {
            (SendStage::Flowing(mut file, _), Ok(false)) if file.content.is_none() => {
                file.sent = content.sent;
                file.content = Some(content);
                self.stage = SendStage::Flowing(file, now);
                true
            }
            (SendStage::Flowing(mut file, _), Ok(true)) if file.content.is_none() => {
                file.sent = content.sent;
                let Digest::Known(digest) = content.digest else {
                    unreachable!("the last frame has the digest")
                };
                self.stage = SendStage::Ended(file, digest, now);
                true
            }
            (SendStage::Flowing(file, since), Err(error)) if file.content.is_none() => {
                self.stage = SendStage::Flowing(file, since);
                let reason = match error.kind() {
                    io::ErrorKind::UnexpectedEof => "the file has become shorter".to_string(),
                    _ => format!("cannot read the file: {}", io_reason(&error)),
                };
                self.cancel(&reason, now, out);
                false
            }
            // The file that it belongs to has ended; if another flows, that one has its own content.
            (stage, _) => {
                self.stage = stage;
                false
            }
        }
    }

    /// Notes that bytes of the file under way have left.
    pub fn moved(&mut self, now: Instant) {
        if let SendStage::Flowing(_, since) | SendStage::Ended(_, _, since) = &mut self.stage {
            *since = now;
        }
    }

    /// Takes what has ended, to be reported outside the lock.
    pub fn take_ended(&mut self) -> Vec<(Outgoing, Outcome)> {
        mem::take(&mut self.ended)
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
        now: Instant,
        reports: Arc<Mutex<Vec<(String, Outcome)>>>,
    }

    impl Bench {
        fn new() -> Bench {
            Bench {
                sending: Sending::default(),
                out: Vec::new(),
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
            self.sending.offer(Outgoing::new(name, content, report), self.now, &mut self.out);
            self.report();
        }

        fn answer(&mut self, answer: ReceiverLine) -> Result<(), OutOfPlace> {
            let outcome = self.sending.answer(answer, self.now, &mut self.out);
            self.report();
            outcome
        }

        fn report(&mut self) {
            for (file, outcome) in self.sending.take_ended() {
                file.end(outcome);
            }
        }

        /// Writes blocks until none flows.
        fn flow(&mut self) {
            while let Some(mut content) = self.sending.take_content() {
                let mut frame = Vec::new();
                let read = content.next_frame(&mut frame);
                if self.sending.put_back(content, read, self.now, &mut self.out) {
                    self.out.extend_from_slice(&frame);
                }
                self.report();
            }
        }

        fn pass(&mut self, seconds: u64) {
            self.now += std::time::Duration::from_secs(seconds);
            self.sending.tick(self.now, &mut self.out);
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
        let content = bench.sending.take_content().unwrap();
        bench.answer(refuse("")).unwrap();
        bench.answer(ReceiverLine::Ready).unwrap();
        assert!(!bench.sending.put_back(content, Ok(false), bench.now, &mut bench.out));
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
        let unanswered = |name: &str| (name.to_string(), Outcome::Unanswered);
        assert_eq!(bench.reports(), [unanswered("a"), unanswered("b"), unanswered("c")]);
        bench.sent();
        bench.answer(ReceiverLine::Ready).unwrap();
        bench.offer("d", b"hello");
        assert_eq!(bench.sent(), "$cancel too late\n$file 5 d\n");
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
        assert_eq!(bench.reports(), [("b".to_string(), Outcome::Unanswered)]);
        assert_eq!(bench.answer(ReceiverLine::Ack(HELLO.into())), Ok(()), "late, but expected");
        assert_eq!(bench.answer(ReceiverLine::Ack(HELLO.into())), Err(OutOfPlace));
    }

    #[test]
    fn a_file_that_has_become_shorter_is_cancelled_without_half_a_block() {
        let mut bench = Bench::new();
        let file = tempfile::tempfile().unwrap();
        let outgoing = Outgoing::new(FileName::parse("a").unwrap(), Content::new(file, 5), |_| {});
        bench.sending.offer(outgoing, bench.now, &mut bench.out);
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
        let mut bench = Bench::new();
        bench.offer("a", b"hello");
        bench.offer("b", b"hello");
        drop(mem::take(&mut bench.sending));
        let reports = bench.reports();
        assert!(
            reports.len() == 2 && reports.iter().all(|(_, outcome)| *outcome == Outcome::Gone)
        );
    }
}
