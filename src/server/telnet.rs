//! A filter for what `telnet`, PuTTY and PowerShell send between the lines of a person.
//!
//! The bytes of a connection come in, the bytes of its lines go out. The filter drops telnet
//! commands (IAC and what belongs to it, RFC 854), a NUL after a CR (telnet's way to send a CR
//! alone), and a byte-order mark at the start. `IAC IAC` means one byte 0xFF. Programs send none
//! of this, and raw bytes of files must not be changed. So nothing is dropped from a connection
//! that begins with `$hello `.
//!
//! The session's thread reads through it. A command may come in two reads, so the filter keeps
//! what has begun until the next one.

use std::io::{self, Read};

/// "Interpret as command": begins every telnet command.
const IAC: u8 = 0xFF;
/// The first of the bytes that are commands after an IAC.
const FIRST_COMMAND: u8 = 0xEC;
/// Begins the parameters of an option.
const PARAMETERS: u8 = 0xFA;
/// Ends the parameters of an option, after an IAC.
const PARAMETERS_END: u8 = 0xF0;
/// WILL, WON'T, DO, DON'T: the number of an option follows.
const FIRST_OPTION: u8 = 0xFB;
const LAST_OPTION: u8 = 0xFE;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// How a program begins its connection.
const HELLO: &[u8] = b"$hello ";

/// Reads a connection without what telnet adds.
#[derive(Debug)]
pub struct TelnetReader<R> {
    source: R,
    state: State,
    /// The beginning of something that has not come completely: a few bytes.
    begun: Vec<u8>,
    /// Bytes that are filtered and not read yet.
    filtered: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The connection begins.
    Start,
    /// The connection is a program's: everything passes.
    Program,
    Text,
    /// Between [`PARAMETERS`] and [`PARAMETERS_END`].
    Parameters,
}

impl<R: Read> TelnetReader<R> {
    /// Reads from a connection that begins.
    pub fn new(source: R) -> TelnetReader<R> {
        TelnetReader { source, state: State::Start, begun: Vec::new(), filtered: Vec::new() }
    }

    /// Filters what has come, up to something that has not come completely.
    fn filter(&mut self, bytes: &[u8]) {
        use State::{Parameters, Program, Start, Text};
        let all = [&self.begun, bytes].concat();
        let mut rest = &all[..];
        while !rest.is_empty() {
            // How many bytes these are, what stays of them, and what may follow.
            let (count, kept, next): (usize, &[u8], State) = match (self.state, rest) {
                (Start, _) if rest.starts_with(HELLO) => (0, &[], Program),
                (Start, _) if rest.starts_with(BYTE_ORDER_MARK) => (3, &[], Text),
                (Start, _) if HELLO.starts_with(rest) || BYTE_ORDER_MARK.starts_with(rest) => {
                    break;
                }
                (Start, _) => (0, &[], Text),
                (Program, _) => (rest.len(), rest, Program),
                (Text, [IAC] | [IAC, FIRST_OPTION..=LAST_OPTION] | [b'\r']) => break,
                (Text, [IAC, IAC, ..]) => (2, &[IAC], Text),
                (Text, [IAC, FIRST_OPTION..=LAST_OPTION, ..]) => (3, &[], Text),
                (Text, [IAC, PARAMETERS, ..]) => (2, &[], Parameters),
                (Text, [IAC, FIRST_COMMAND..=PARAMETERS, ..]) => (2, &[], Text),
                (Text, [b'\r', 0, ..]) => (2, b"\r", Text),
                (Text, _) => (1, &rest[..1], Text),
                (Parameters, [IAC]) => break,
                (Parameters, [IAC, PARAMETERS_END, ..]) => (2, &[], Text),
                (Parameters, [IAC, _, ..]) => (2, &[], Parameters),
                (Parameters, _) => (1, &[], Parameters),
            };
            self.filtered.extend_from_slice(kept);
            self.state = next;
            rest = &rest[count..];
        }
        self.begun = rest.to_vec();
    }
}

impl<R: Read> Read for TelnetReader<R> {
    /// Reads once. If nothing is left of the bytes that came, returns `WouldBlock`: this is not
    /// the end of the stream, and the caller can look at its deadlines.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.filtered.is_empty() {
            let count = self.source.read(buffer)?;
            // Nearly all text has nothing to drop, and this check is fast.
            let is_plain = || !buffer[..count].iter().any(|byte| matches!(*byte, IAC | b'\r'));
            let passes = match self.state {
                State::Program => true,
                State::Text => self.begun.is_empty() && is_plain(),
                State::Start | State::Parameters => false,
            };
            if passes || count == 0 {
                return Ok(count);
            }
            self.filter(&buffer[..count]);
            if self.filtered.is_empty() {
                return Err(io::ErrorKind::WouldBlock.into());
            }
        }
        let count = buffer.len().min(self.filtered.len());
        buffer[..count].copy_from_slice(&self.filtered[..count]);
        self.filtered.drain(..count);
        if self.filtered.is_empty() {
            // A silent connection keeps no buffer.
            self.filtered = Vec::new();
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of `bytes`, which must be the same however they are cut into reads.
    fn read(bytes: &[u8]) -> Vec<u8> {
        let read_in = |step: usize| {
            let mut reads = bytes.chunks(step);
            let mut reader = TelnetReader::new(std::iter::from_fn(|| reads.next()).pieces());
            let (mut all, mut buffer) = (Vec::new(), [0; 3]);
            loop {
                match reader.read(&mut buffer) {
                    Ok(0) => return all,
                    Ok(count) => all.extend_from_slice(&buffer[..count]),
                    Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
                }
            }
        };
        let whole = read_in(3);
        assert_eq!(read_in(1), whole);
        assert_eq!(read_in(2), whole);
        whole
    }

    /// A stream that gives one piece for each read.
    struct Pieces<I>(I);

    impl<'a, I: Iterator<Item = &'a [u8]>> Read for Pieces<I> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let piece = self.0.next().unwrap_or_default();
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    trait IntoPieces: Sized {
        fn pieces(self) -> Pieces<Self> {
            Pieces(self)
        }
    }

    impl<'a, I: Iterator<Item = &'a [u8]>> IntoPieces for I {}

    #[test]
    fn telnet_commands_are_dropped() {
        assert_eq!(read(b"\xFF\xFD\x03\xFF\xFB\x18lu\xFF\xF1cas\r\0\r\n"), b"lucas\r\r\n");
        assert_eq!(read(b"a\xFF\xFA\x18\0xterm\xFF\xFF\n\xFF\xF0b"), b"ab");
        let doubled = b"a\xFF\xFA\x18\xFF\xFF\xF0x\xFF\xF0b";
        assert_eq!(read(doubled), b"ab", "a doubled IAC ends no parameters");
        assert_eq!(read(b"a\xFF\xFD\nb"), b"ab", "an option's number is not a line end");
        assert_eq!(read(b"a\0b"), b"a\0b");
    }

    #[test]
    fn a_byte_that_is_no_command_stays() {
        assert_eq!(read(b"a\xFF\xFFb"), b"a\xFFb");
        assert_eq!(read(b"a\xFF\xEBb"), b"a\xFF\xEBb");
    }

    #[test]
    fn a_byte_order_mark_is_dropped_at_the_start_only() {
        assert_eq!(read(b"\xEF\xBB\xBFlucas\n\xEF\xBB\xBF"), b"lucas\n\xEF\xBB\xBF");
        assert_eq!(read(b"\xEF\xBBlucas"), b"\xEF\xBBlucas");
    }

    #[test]
    fn the_bytes_of_a_program_pass_untouched() {
        let program = b"$hello 2\n$data 4\n\xFF\xFD\r\0";
        assert_eq!(read(program), program);
        assert_eq!(read(b"$hell\xFF\xFD\x03o"), b"$hello");
    }
}
