//! Bytes in, lines out: the framing that TCP does not have.
//!
//! TCP keeps the order of bytes, but not the boundaries of what was written: one read may bring
//! half a line, or three and a half. [`LineReader`] keeps the bytes that have come and hands them
//! out in the two shapes that the protocol knows: a line, or a *run* of exactly N raw bytes. Both
//! come out of the same buffer, because the read that brought a `$data` line often brought the
//! first bytes of its run too.
//!
//! [`LineReader::fill`] is the only call that reads, and it reads once. All other calls only look
//! at what has come. So the thread that owns the reader decides when to block (a session's thread,
//! the client's receiving thread, or a program that reads its standard input). A read that times
//! out loses nothing: half a line stays in the buffer, and the thread can look at its other
//! deadlines before it reads on.
//!
//! A line that is too long makes the buffer no larger than other lines do: it is dropped while it
//! comes.

use std::io::{self, Read};

/// The most bytes that one read takes while lines are expected. A session handles this much
/// before it checks whether the people who get its lines keep up.
pub const READ_BYTES: usize = 16 * 1024;

/// The most bytes that one read takes inside a run. To read each 16 KiB by itself would be slow.
const RUN_READ_BYTES: usize = 64 * 1024;

/// The size of the buffer while little comes. Ten thousand silent people must cost little memory.
const SMALL_BUFFER_BYTES: usize = 512;

/// How much is kept of a line that is too long: enough to see its verb.
const BEGINNING_BYTES: usize = 16;

/// A bounded reader of lines and runs.
#[derive(Debug)]
pub struct LineReader<R> {
    source: R,
    /// The longest line that is handed out, in bytes, without its ending.
    max_line_bytes: usize,
    /// The unused bytes are `buffer[start..end]`; after `end` there is space for more.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The last read filled the buffer: grow it before the next.
    was_full: bool,
    /// How many of the unused bytes are known to hold no line end. So each byte is searched once.
    scanned: usize,
    /// Inside a line that is too long: drop everything up to its end.
    skipping: Option<TooLong>,
    /// How many bytes of the current run are still to be handed out.
    run_left: usize,
}

/// What comes next out of the stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Chunk<'a> {
    /// A line, without its `\n` or `\r\n`. Bytes that are not UTF-8 have become U+FFFD.
    Line(String),
    /// The next bytes of the run that [`LineReader::expect_run`] announced; never empty.
    Bytes(&'a [u8]),
}

/// A line was longer than the limit. It was read to its end and dropped, so the caller may go on.
#[derive(Debug, PartialEq, Eq)]
pub struct TooLong {
    /// How it began: at most 16 bytes, to tell what kind of line it was.
    pub beginning: Box<str>,
}

impl<R: Read> LineReader<R> {
    /// Creates a reader of `source` for lines of at most `max_line_bytes` bytes, without endings.
    pub fn new(source: R, max_line_bytes: usize) -> LineReader<R> {
        LineReader {
            source,
            max_line_bytes,
            buffer: vec![0; SMALL_BUFFER_BYTES],
            start: 0,
            end: 0,
            was_full: false,
            scanned: 0,
            skipping: None,
            run_left: 0,
        }
    }

    /// Reads once. Blocks. Returns how many bytes came; 0 is the end of the stream.
    ///
    /// # Errors
    /// The source's error. After a timeout (`WouldBlock`) nothing is lost: call again.
    pub fn fill(&mut self) -> io::Result<usize> {
        let most = if self.run_left > 0 { RUN_READ_BYTES } else { READ_BYTES };
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.was_full && self.buffer.len() < self.end + most {
            let larger = (self.buffer.len() * 4).min(self.end + most);
            self.buffer.resize(larger, 0);
        }
        let until = self.buffer.len().min(self.end + most);
        loop {
            match self.source.read(&mut self.buffer[self.end..until]) {
                Ok(count) => {
                    self.end += count;
                    self.was_full = self.end == self.buffer.len();
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Shrinks the buffer again if it is empty. For a connection that has become silent.
    pub fn shrink(&mut self) {
        if self.start == self.end {
            (self.start, self.end, self.scanned, self.was_full) = (0, 0, 0, false);
            self.buffer.truncate(SMALL_BUFFER_BYTES);
            self.buffer.shrink_to_fit();
        }
    }

    /// Announces that the next `count` bytes are raw. [`next_chunk`](Self::next_chunk) returns
    /// them as [`Chunk::Bytes`] before it returns another line.
    pub fn expect_run(&mut self, count: usize) {
        self.run_left = count;
    }

    /// Returns the next chunk of what has come. Does not block. `None`: call [`fill`](Self::fill)
    /// first.
    ///
    /// # Errors
    /// [`TooLong`], once the end of that line has come.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk<'_>>, TooLong> {
        if self.run_left == 0 {
            return self.next_line().map(|line| line.map(Chunk::Line));
        }
        let count = self.run_left.min(self.end - self.start);
        let from = self.start;
        self.start += count;
        self.run_left -= count;
        self.scanned = 0;
        Ok((count > 0).then(|| Chunk::Bytes(&self.buffer[from..from + count])))
    }

    /// Returns the next line of what has come, for streams that have no runs. Does not block.
    ///
    /// # Errors
    /// As [`next_chunk`](Self::next_chunk).
    pub fn next_line(&mut self) -> Result<Option<String>, TooLong> {
        let unused = &self.buffer[self.start..self.end];
        let line_end = unused[self.scanned..].iter().position(|&byte| byte == b'\n');
        let Some(line_end) = line_end.map(|at| self.scanned + at) else {
            self.scanned = unused.len();
            // The longest line may have the CR of its ending behind it, so one byte more may come.
            if self.skipping.is_some() || unused.len() > self.max_line_bytes + 1 {
                self.skipping.get_or_insert_with(|| TooLong::of(unused));
                (self.start, self.end, self.scanned) = (0, 0, 0);
            }
            return Ok(None);
        };

        let line = &unused[..line_end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = match self.skipping.take() {
            Some(too_long) => Err(too_long),
            None if line.len() > self.max_line_bytes => Err(TooLong::of(line)),
            None => Ok(match str::from_utf8(line) {
                Ok(line) => line.to_string(),
                Err(_) => String::from_utf8_lossy(line).into_owned(),
            }),
        };
        self.start += line_end + 1;
        self.scanned = 0;
        line.map(Some)
    }
}

impl TooLong {
    fn of(line: &[u8]) -> TooLong {
        let beginning = &line[..line.len().min(BEGINNING_BYTES)];
        let beginning = beginning.strip_suffix(b"\r").unwrap_or(beginning);
        TooLong { beginning: String::from_utf8_lossy(beginning).into() }
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

    /// Reads all of `bytes`. Returns the lines, and how many bytes were left at the end.
    fn lines(bytes: &[u8], step: usize, limit: usize) -> (Vec<Result<String, TooLong>>, usize) {
        let mut reader = LineReader::new(Dribble { bytes, step }, limit);
        let mut lines = Vec::new();
        loop {
            match reader.next_line() {
                Ok(Some(line)) => lines.push(Ok(line)),
                Err(error) => lines.push(Err(error)),
                Ok(None) => {
                    if reader.fill().unwrap() == 0 {
                        // How much is left of a line that is too long depends on the reads.
                        let rest = (reader.end - reader.start).min(limit + 1);
                        return (lines, if reader.skipping.is_some() { limit + 1 } else { rest });
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
            assert_eq!(rest, 4, "the half line is neither lost nor a line");
        }
    }

    #[test]
    fn a_line_may_have_the_limit_but_not_one_more() {
        let too_long = |beginning: &str| Err(TooLong { beginning: beginning.into() });
        for step in [1, 2, 5, 100] {
            let (lines, _) = lines(b"123\n1234\n12345\n1234\r\n12345\r\n12\r4\nok\n", step, 4);
            let ok = |line: &str| Ok(line.to_string());
            let expected = [
                ok("123"),
                ok("1234"),
                too_long("12345"),
                ok("1234"),
                too_long("12345"),
                ok("12\r4"),
                ok("ok"),
            ];
            assert_eq!(lines, expected);
        }
    }

    #[test]
    fn an_endless_line_is_dropped_as_it_comes() {
        let mut bytes = vec![b'x'; 1 << 20];
        bytes.extend_from_slice(b"\nnext\n");
        let mut reader = LineReader::new(&bytes[..], 4096);
        assert_eq!(reader.next_line(), Ok(None));
        let mut outcome = Vec::new();
        while outcome.len() < 2 {
            match reader.next_line() {
                Ok(None) => assert!(reader.fill().unwrap() > 0),
                other => outcome.push(other),
            }
            assert!(reader.buffer.len() <= 2 * READ_BYTES + 4096);
        }
        let too_long = TooLong { beginning: "x".repeat(16).into() };
        assert_eq!(outcome, [Err(too_long), Ok(Some("next".into()))]);
    }

    #[test]
    fn raw_bytes_and_lines_come_from_one_buffer() {
        for step in [1, 7, 100] {
            let mut reader =
                LineReader::new(Dribble { bytes: b"$data 5\na\nb\ncafter\n", step }, 100);
            let mut run = Vec::new();
            let mut lines = Vec::new();
            loop {
                match reader.next_chunk().unwrap() {
                    Some(Chunk::Line(line)) if line == "$data 5" => reader.expect_run(5),
                    Some(Chunk::Line(line)) => lines.push(line),
                    Some(Chunk::Bytes(bytes)) => run.extend_from_slice(bytes),
                    None => {
                        if reader.fill().unwrap() == 0 {
                            break;
                        }
                    }
                }
            }
            assert_eq!(run, b"a\nb\nc");
            assert_eq!(lines, ["after"]);
        }
    }

    #[test]
    fn a_busy_stream_is_read_in_large_pieces() {
        let bytes = b"0123456789abcdef\n".repeat(20_000);
        let mut reader = LineReader::new(&bytes[..], 4096);
        let (mut lines, mut runs) = (0, 0);
        while reader.fill().unwrap() > 0 {
            lines += 1;
            while reader.next_line().unwrap().is_some() {}
        }
        let mut reader = LineReader::new(&bytes[..], 4096);
        reader.expect_run(bytes.len());
        while reader.fill().unwrap() > 0 {
            runs += 1;
            while reader.next_chunk().unwrap().is_some() {}
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
        assert_eq!(reader.end - reader.start, bytes.len());
        reader.expect_run(4000);
        assert_eq!(reader.next_chunk(), Ok(Some(Chunk::Bytes(&bytes[..]))));
        reader.shrink();
        assert_eq!(reader.buffer.len(), SMALL_BUFFER_BYTES);
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_cut_up_changes_nothing(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            step in 1usize..50,
        ) {
            prop_assert_eq!(lines(&bytes, step, 20), lines(&bytes, 1000, 20));
        }

        #[test]
        fn every_short_line_comes_out_as_it_went_in(
            texts in proptest::collection::vec("[^\r\n]{0,20}", 0..20),
            step in 1usize..50,
        ) {
            let sent: String = texts.iter().map(|text| format!("{text}\n")).collect();
            let got = lines(sent.as_bytes(), step, 100).0;
            prop_assert_eq!(got, texts.into_iter().map(Ok).collect::<Vec<_>>());
        }
    }
}
