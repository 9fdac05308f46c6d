//! Bytes in, lines out: the framing that TCP does not have.
//!
//! TCP keeps the order of bytes but not the boundaries of what was written: one read may bring half a line, or
//! three and a half. [`LineReader`] holds what has come and is not used yet, and hands it out in the two shapes
//! that the protocol knows: a line, and a run of exactly N raw bytes. Both come out of the *same* buffer, because
//! the read that brought a `$data` line has often brought the first of its bytes too.
//!
//! Whoever owns the reader (a session's thread, the client's receiving thread, the journal at start) decides
//! when to block: [`LineReader::fill`] is the only call that reads, once, and all `take_…` calls look only at what is
//! there. So a read that times out loses nothing: the half line stays in the buffer, and the thread may look at its
//! other deadlines before it reads on.

use std::fmt;
use std::io::{self, Read};

/// Most bytes that one read takes in while lines are awaited; also what a session handles before it looks whether
/// those who get its lines keep up.
pub const READ_BYTES: usize = 16 * 1024;

/// Most bytes that one read takes in inside a run of raw bytes, where one system call per 16 KiB would be felt.
const RUN_READ_BYTES: usize = 64 * 1024;

/// The buffer of a connection on which little comes. Ten thousand silent people should cost little memory.
const SMALL_BUFFER_BYTES: usize = 512;

/// A bounded reader of lines and byte runs.
#[derive(Debug)]
pub struct LineReader<R> {
    source: R,
    /// The longest line that is handed out, in bytes, its ending not counted.
    max_line_bytes: usize,
    /// What has come stands in `buffer[start..end]`; the rest is room for more.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The last read filled it to the brim, so there is more where that came from, and more room would have helped.
    brimful: bool,
    /// How much of what has come is known to hold no line end: looked through once, not once per byte that comes.
    scanned: usize,
    /// Inside a line that is too long: drop everything up to its end.
    skipping: bool,
}

/// A line was longer than the limit. It has been read to its end and dropped, so that the caller may go on.
#[derive(Debug, PartialEq, Eq)]
pub struct TooLong {
    /// The limit, in bytes.
    pub max_line_bytes: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a line is longer than {} bytes", self.max_line_bytes)
    }
}

impl std::error::Error for TooLong {}

impl<R: Read> LineReader<R> {
    /// Reads from `source` lines of at most `max_line_bytes` bytes, their endings not counted.
    pub fn new(source: R, max_line_bytes: usize) -> LineReader<R> {
        LineReader {
            source,
            max_line_bytes,
            buffer: vec![0; SMALL_BUFFER_BYTES],
            start: 0,
            end: 0,
            brimful: false,
            scanned: 0,
            skipping: false,
        }
    }

    /// Reads once, at most [`READ_BYTES`]. Blocks. Returns how many bytes came; 0 is the end of the stream.
    ///
    /// # Errors
    /// What the source says; on a timeout (`WouldBlock`) nothing is lost and the next call goes on.
    pub fn fill(&mut self) -> io::Result<usize> {
        self.fill_at_most(READ_BYTES)
    }

    /// Reads once, more at a time than [`fill`](Self::fill) does: for inside a run of raw bytes.
    ///
    /// # Errors
    /// As [`fill`](Self::fill).
    pub fn fill_run(&mut self) -> io::Result<usize> {
        self.fill_at_most(RUN_READ_BYTES)
    }

    fn fill_at_most(&mut self, most: usize) -> io::Result<usize> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.brimful && self.buffer.len() < self.end + most {
            let larger = (self.buffer.len() * 4).min(self.end + most);
            self.buffer.resize(larger, 0);
        }
        let until = self.buffer.len().min(self.end + most);
        loop {
            match self.source.read(&mut self.buffer[self.end..until]) {
                Ok(count) => {
                    self.end += count;
                    self.brimful = self.end == self.buffer.len();
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Gives memory back that a burst has needed, if nothing is in waiting. For when the line has gone quiet.
    pub fn shrink(&mut self) {
        if self.start == self.end {
            (self.start, self.end, self.scanned, self.brimful) = (0, 0, 0, false);
            self.buffer.truncate(SMALL_BUFFER_BYTES);
            self.buffer.shrink_to_fit();
        }
    }

    /// Takes the next line, without its `\n` or `\r\n`, if a whole one has come. Does not block. Bytes that are not
    /// UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// [`TooLong`] once the end of such a line has come.
    pub fn take_line(&mut self) -> Result<Option<String>, TooLong> {
        let come = &self.buffer[self.start..self.end];
        let line_end = come[self.scanned..].iter().position(|&byte| byte == b'\n');
        let Some(line_end) = line_end.map(|at| self.scanned + at) else {
            self.scanned = come.len();
            // One byte more than a line may have can still be the CR of its ending.
            if self.skipping || come.len() > self.max_line_bytes + 1 {
                self.skipping = true;
                (self.start, self.end, self.scanned) = (0, 0, 0);
            }
            return Ok(None);
        };

        let line = &come[..line_end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let taken = (line.len() <= self.max_line_bytes && !self.skipping).then(|| {
            match str::from_utf8(line) {
                Ok(line) => line.to_string(),
                Err(_) => String::from_utf8_lossy(line).into_owned(),
            }
        });
        self.start += line_end + 1;
        self.scanned = 0;
        self.skipping = false;
        match taken {
            Some(line) => Ok(Some(line)),
            None => Err(TooLong { max_line_bytes: self.max_line_bytes }),
        }
    }

    /// Whether [`take_line`](Self::take_line) has something to give without another read.
    pub fn has_line(&self) -> bool {
        self.buffer[self.start + self.scanned..self.end].contains(&b'\n')
    }

    /// Whether anything has come that was not taken yet: at the end of the stream, a line that was cut off.
    pub fn has_rest(&self) -> bool {
        self.skipping || self.start < self.end
    }

    /// Takes at most `most` raw bytes of what has come. Does not block; empty if nothing is there.
    pub fn take_bytes(&mut self, most: usize) -> &[u8] {
        let count = most.min(self.end - self.start);
        let from = self.start;
        self.start += count;
        self.scanned = 0;
        &self.buffer[from..from + count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Hands out at most `step` bytes a read, as a network may.
    struct Dribble<'a> {
        bytes: &'a [u8],
        step: usize,
    }

    impl Read for Dribble<'_> {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            let step = self.step.min(room.len()).min(self.bytes.len());
            let (now, later) = self.bytes.split_at(step);
            room[..step].copy_from_slice(now);
            self.bytes = later;
            Ok(step)
        }
    }

    /// All that comes out of `bytes`, and whether something was left at the end.
    fn lines(bytes: &[u8], step: usize, limit: usize) -> (Vec<Result<String, TooLong>>, bool) {
        let mut reader = LineReader::new(Dribble { bytes, step }, limit);
        let mut lines = Vec::new();
        loop {
            match reader.take_line() {
                Ok(Some(line)) => lines.push(Ok(line)),
                Err(error) => lines.push(Err(error)),
                Ok(None) => {
                    if reader.fill().unwrap() == 0 {
                        return (lines, reader.has_rest());
                    }
                }
            }
        }
    }

    #[test]
    fn one_read_may_hold_half_a_line_or_three() {
        for step in [1, 2, 3, 100] {
            let (lines, rest) = lines(b"one\ntwo\r\n\nhalf", step, 10);
            assert_eq!(lines, [Ok("one".into()), Ok("two".into()), Ok("".into())]);
            assert!(rest, "the half line is not lost, and not a line");
        }
    }

    #[test]
    fn a_line_may_have_the_limit_but_not_one_more() {
        let too_long = || Err(TooLong { max_line_bytes: 4 });
        for step in [1, 2, 5, 100] {
            let (lines, _) = lines(b"123\n1234\n12345\n1234\r\n12345\r\n12\r4\nok\n", step, 4);
            let ok = |line: &str| Ok(line.to_string());
            let expected =
                [ok("123"), ok("1234"), too_long(), ok("1234"), too_long(), ok("12\r4"), ok("ok")];
            assert_eq!(lines, expected);
        }
    }

    #[test]
    fn an_endless_line_is_dropped_as_it_comes() {
        let mut bytes = vec![b'x'; 1 << 20];
        bytes.extend_from_slice(b"\nnext\n");
        let mut reader = LineReader::new(&bytes[..], 4096);
        assert_eq!(reader.take_line(), Ok(None));
        let mut outcome = Vec::new();
        while outcome.len() < 2 {
            match reader.take_line() {
                Ok(None) => assert!(reader.fill().unwrap() > 0),
                other => outcome.push(other),
            }
            assert!(reader.buffer.len() <= 2 * READ_BYTES + 4096);
        }
        assert_eq!(outcome, [Err(TooLong { max_line_bytes: 4096 }), Ok(Some("next".into()))]);
    }

    #[test]
    fn raw_bytes_and_lines_come_from_one_buffer() {
        for step in [1, 7, 100] {
            let mut reader =
                LineReader::new(Dribble { bytes: b"$data 5\na\nb\ncafter\n", step }, 100);
            let next_line = |reader: &mut LineReader<Dribble>| {
                loop {
                    match reader.take_line().unwrap() {
                        Some(line) => return line,
                        None => assert!(reader.fill().unwrap() > 0),
                    }
                }
            };
            assert_eq!(next_line(&mut reader), "$data 5");
            let mut run = Vec::new();
            while run.len() < 5 {
                let more = reader.take_bytes(5 - run.len()).to_vec();
                if more.is_empty() {
                    assert!(reader.fill_run().unwrap() > 0);
                }
                run.extend(more);
            }
            assert_eq!(run, b"a\nb\nc");
            assert_eq!(next_line(&mut reader), "after");
        }
    }

    #[test]
    fn a_busy_stream_is_read_in_large_pieces() {
        let bytes = b"0123456789abcdef\n".repeat(20_000);
        let mut reader = LineReader::new(&bytes[..], 4096);
        let (mut lines, mut runs) = (0, 0);
        while reader.fill().unwrap() > 0 {
            lines += 1;
            while reader.take_line().unwrap().is_some() {}
        }
        let mut reader = LineReader::new(&bytes[..], 4096);
        while reader.fill_run().unwrap() > 0 {
            runs += 1;
            while !reader.take_bytes(1000).is_empty() {}
        }
        assert!(lines <= bytes.len() / READ_BYTES + 5, "{lines} reads");
        assert!(runs <= bytes.len() / RUN_READ_BYTES + 5, "{runs} reads");
    }

    #[test]
    fn a_buffer_shrinks_only_when_it_is_empty() {
        let bytes = vec![b'x'; 4000];
        let mut reader = LineReader::new(&bytes[..], 4096);
        while reader.fill().unwrap() > 0 {}
        reader.shrink();
        assert_eq!(reader.take_bytes(5000).len(), 4000);
        reader.shrink();
        assert_eq!(reader.buffer.len(), SMALL_BUFFER_BYTES);
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_cut_up_changes_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..300), step in 1usize..50) {
            prop_assert_eq!(lines(&bytes, step, 20), lines(&bytes, 1000, 20));
        }

        #[test]
        fn every_short_line_comes_out_as_it_went_in(texts in proptest::collection::vec("[^\r\n]{0,20}", 0..20), step in 1usize..50) {
            let sent: String = texts.iter().map(|text| format!("{text}\n")).collect();
            let got = lines(sent.as_bytes(), step, 100).0;
            prop_assert_eq!(got, texts.into_iter().map(Ok).collect::<Vec<_>>());
        }
    }
}
