//! From bytes to frames: lines, and the raw bytes that follow a `$data N` line.
//!
//! TCP keeps order but not boundaries: one read may hold half a line, or three hundred. A
//! [`Framer`] belongs to one connection and keeps what is unfinished between two reads. Both the
//! load generator and the floor read through it.
//!
//! `$data N` is the one place where the protocol leaves lines (its section 4). IRC never sends
//! such a line, so the same framer serves the peers.

use std::io::BufRead;

use crate::Outcome;

/// The prefix of the line that announces raw bytes.
pub const DATA_PREFIX: &[u8] = b"$data ";

/// One piece of a stream, as its reader needs to see it.
pub enum Frame<'a> {
    /// A line without its `\n` or `\r\n`.
    Line(&'a [u8]),
    /// Some of the bytes that a `$data` line announced: all of them, or a part, as the reads
    /// brought them.
    Data(&'a [u8]),
}

/// Cuts the byte stream of one connection into frames.
#[derive(Default)]
pub struct Framer {
    /// The beginning of a line whose end has not come yet.
    partial: Vec<u8>,
    /// How many raw bytes are still to come before the next line.
    data_left: usize,
}

impl Framer {
    /// Hands each frame that `bytes` completes to `on_frame`, in order.
    ///
    /// # Errors
    /// The first error of `on_frame`; the framer is of no use after it.
    pub fn feed(
        &mut self,
        mut bytes: &[u8],
        on_frame: &mut impl FnMut(Frame<'_>) -> Outcome<()>,
    ) -> Outcome<()> {
        while !bytes.is_empty() {
            if self.data_left > 0 {
                let (data, rest) = bytes.split_at(self.data_left.min(bytes.len()));
                self.data_left -= data.len();
                bytes = rest;
                on_frame(Frame::Data(data))?;
                continue;
            }
            let (line, rest) = split_after_newline(bytes);
            bytes = rest;
            if !line.ends_with(b"\n") {
                self.partial.extend_from_slice(line);
            } else if self.partial.is_empty() {
                self.finish_line(line, on_frame)?;
            } else {
                let mut whole = std::mem::take(&mut self.partial);
                whole.extend_from_slice(line);
                self.finish_line(&whole, on_frame)?;
                whole.clear();
                self.partial = whole;
            }
        }
        Ok(())
    }

    fn finish_line(
        &mut self,
        line: &[u8],
        on_frame: &mut impl FnMut(Frame<'_>) -> Outcome<()>,
    ) -> Outcome<()> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(count) = line.strip_prefix(DATA_PREFIX) {
            self.data_left = str::from_utf8(count)?.parse()?;
        }
        on_frame(Frame::Line(line))
    }
}

/// Splits after the first `\n`, or at the end if there is none.
fn split_after_newline(bytes: &[u8]) -> (&[u8], &[u8]) {
    // `skip_until` searches with the C library's memchr, faster than a loop over the bytes; the
    // generator looks at millions of lines a second, and must not be what is measured.
    let length =
        (&mut &*bytes).skip_until(b'\n').expect("a slice in memory can't fail to be read");
    bytes.split_at(length)
}
