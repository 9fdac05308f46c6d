#![doc = include_str!("protocol.md")]
//!
//! # In this module
//! The grammar and nothing else: [`Request`] is a line from a client, [`Reply`] a line from the server, [`SenderLine`] and
//! [`ReceiverLine`] the lines that both send about files, by role. Each is parsed from a line and displays as one; there is no I/O and no
//! lock here. Which line is welcome when is for the states to say (`server::session`, `transfer`).

use std::fmt;
use std::str::FromStr;

pub use crate::text::clean;

/// The version of the protocol, said in the first line of every connection.
pub const VERSION: &str = "1";

/// The port that a server listens on unless told otherwise.
pub const DEFAULT_PORT: u16 = 10000;

/// Longest line of a client, in bytes, its ending not counted. IRC allows 512 with it (RFC 2812 §2.3); the Python
/// original read 4096 at a time, so ours is that.
pub const MAX_LINE_BYTES: usize = 4096;

/// Longest line of the server, in bytes: a client's line, in which each byte may have become U+FFFD (three bytes),
/// with a name in front.
pub const MAX_REPLY_BYTES: usize = 16384;

/// Most raw bytes behind one `$data` line.
pub const MAX_DATA_BYTES: usize = 65536;

/// Longest reason of a `$refuse` or `$cancel`, in bytes.
pub const MAX_REASON_BYTES: usize = 120;

/// A line from a client to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// What a person typed, as typed.
    Text(String),
    /// The answer to [`Reply::Ping`].
    Pong,
    /// From the sender of a file.
    Sender(SenderLine),
    /// From the receiver of a file.
    Receiver(ReceiverLine),
}

/// A line from the server to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// For the person to read.
    Text(String),
    /// The first line of a connection: which version of the protocol is spoken here.
    ChatRoom(String),
    /// The next line that the person types is a secret.
    Hide,
    /// A new screen follows.
    Clear,
    /// Nothing was heard from this client for a while; it should say [`Request::Pong`].
    Ping,
    /// The server closes this connection in good order; nothing follows.
    Bye,
    /// The server awaits the name of a file.
    Send,
    /// From the sender of a file.
    Sender(SenderLine),
    /// From the receiver of a file.
    Receiver(ReceiverLine),
}

/// A line from the side that sends a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SenderLine {
    /// Offers a file. The name is not checked yet.
    Offer {
        /// In bytes.
        size: u64,
        /// As it came.
        name: String,
    },
    /// This many raw bytes follow, 1 to [`MAX_DATA_BYTES`].
    Data(usize),
    /// That was all, with the SHA-256 as it came. It is only compared, so a malformed one is wrong.
    End(String),
    /// Gives up, with the reason.
    Cancel(String),
}

/// A line from the side that receives a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiverLine {
    /// Start.
    Ready,
    /// All bytes are stored, and this is their SHA-256.
    Ack(String),
    /// Does not want the file, with the reason.
    Refuse(String),
}

/// A control line that can't be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// No such verb, or arguments where none belong.
    Unknown,
    /// A `$file` without a proper size or name.
    Offer,
    /// A `$data` whose count is no number from 1 to [`MAX_DATA_BYTES`]: what follows can't be told from lines.
    Data,
}

impl Request {
    /// Understands a line from a client.
    ///
    /// # Errors
    /// [`Malformed`] if it begins with `$` and is none of the control lines.
    pub fn parse(line: &str) -> Result<Request, Malformed> {
        match line.strip_prefix('$') {
            None => Ok(Request::Text(line.to_string())),
            Some(doubled) if doubled.starts_with('$') => Ok(Request::Text(doubled.to_string())),
            Some("pong") => Ok(Request::Pong),
            Some(control) => {
                let (verb, arguments) = split_verb(control);
                if let Some(line) = SenderLine::parse(verb, arguments) {
                    return line.map(Request::Sender);
                }
                ReceiverLine::parse(verb, arguments)
                    .map(Request::Receiver)
                    .ok_or(Malformed::Unknown)
            }
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Request::Text(text) if text.starts_with('$') => write!(f, "${text}"),
            Request::Text(text) => f.write_str(text),
            Request::Pong => f.write_str("$pong"),
            Request::Sender(line) => line.fmt(f),
            Request::Receiver(line) => line.fmt(f),
        }
    }
}

impl Reply {
    /// Understands a line from the server.
    ///
    /// # Errors
    /// [`Malformed`] if it begins with `$` and is none of the control lines.
    pub fn parse(line: &str) -> Result<Reply, Malformed> {
        let Some(control) = line.strip_prefix('$') else {
            return Ok(Reply::Text(line.to_string()));
        };
        let (verb, arguments) = split_verb(control);
        if let Some(line) = SenderLine::parse(verb, arguments) {
            return line.map(Reply::Sender);
        }
        let reply = match (verb, arguments) {
            ("chatroom", Some(version)) => Reply::ChatRoom(version.to_string()),
            ("hide", None) => Reply::Hide,
            ("clear", None) => Reply::Clear,
            ("ping", None) => Reply::Ping,
            ("bye", None) => Reply::Bye,
            ("send", None) => Reply::Send,
            _ => match ReceiverLine::parse(verb, arguments) {
                Some(line) => Reply::Receiver(line),
                None => return Err(Malformed::Unknown),
            },
        };
        Ok(reply)
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Text(text) => f.write_str(text),
            Reply::ChatRoom(version) => write!(f, "$chatroom {version}"),
            Reply::Hide => f.write_str("$hide"),
            Reply::Clear => f.write_str("$clear"),
            Reply::Ping => f.write_str("$ping"),
            Reply::Bye => f.write_str("$bye"),
            Reply::Send => f.write_str("$send"),
            Reply::Sender(line) => line.fmt(f),
            Reply::Receiver(line) => line.fmt(f),
        }
    }
}

impl SenderLine {
    /// Parses a control line without its `$`. `None`: it has none of the sender's verbs.
    fn parse(verb: &str, arguments: Option<&str>) -> Option<Result<SenderLine, Malformed>> {
        Some(match (verb, arguments) {
            ("file", arguments) => parse_offer(arguments).ok_or(Malformed::Offer),
            ("data", arguments) => match arguments.and_then(number) {
                Some(count @ 1..=MAX_DATA_BYTES) => Ok(SenderLine::Data(count)),
                _ => Err(Malformed::Data),
            },
            ("endFile", Some(digest)) => Ok(SenderLine::End(digest.to_string())),
            ("cancel", reason) => Ok(SenderLine::Cancel(clean_reason(reason))),
            _ => return None,
        })
    }
}

fn parse_offer(arguments: Option<&str>) -> Option<SenderLine> {
    let (size, name) = arguments?.split_once(' ')?;
    Some(SenderLine::Offer { size: number(size)?, name: name.to_string() })
}

impl fmt::Display for SenderLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SenderLine::Offer { size, name } => write!(f, "$file {size} {name}"),
            SenderLine::Data(count) => write!(f, "$data {count}"),
            SenderLine::End(digest) => write!(f, "$endFile {digest}"),
            SenderLine::Cancel(reason) => write_with_reason(f, "$cancel", reason),
        }
    }
}

impl ReceiverLine {
    /// Builds a refusal; the reason is cut to [`MAX_REASON_BYTES`].
    pub fn refuse(reason: &str) -> ReceiverLine {
        ReceiverLine::Refuse(clean_reason(Some(reason)))
    }

    /// Parses a control line without its `$`. `None`: it has none of the receiver's verbs.
    fn parse(verb: &str, arguments: Option<&str>) -> Option<ReceiverLine> {
        match (verb, arguments) {
            ("ready", None) => Some(ReceiverLine::Ready),
            ("ack", Some(digest)) => Some(ReceiverLine::Ack(digest.to_string())),
            ("refuse", reason) => Some(ReceiverLine::Refuse(clean_reason(reason))),
            _ => None,
        }
    }
}

impl fmt::Display for ReceiverLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReceiverLine::Ready => f.write_str("$ready"),
            ReceiverLine::Ack(digest) => write!(f, "$ack {digest}"),
            ReceiverLine::Refuse(reason) => write_with_reason(f, "$refuse", reason),
        }
    }
}

fn write_with_reason(f: &mut fmt::Formatter<'_>, verb: &str, reason: &str) -> fmt::Result {
    if reason.is_empty() { f.write_str(verb) } else { write!(f, "{verb} {reason}") }
}

/// Splits a control line, without its `$`, into its verb and its arguments.
fn split_verb(control: &str) -> (&str, Option<&str>) {
    match control.split_once(' ') {
        Some((verb, arguments)) => (verb, Some(arguments)),
        None => (control, None),
    }
}

/// A plain decimal number: digits only, which `str::parse` alone does not ask for (`+5`).
fn number<T: FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Makes a reason fit to be shown to others: cleaned, and cut between two characters.
fn clean_reason(reason: Option<&str>) -> String {
    let mut reason = clean(reason.unwrap_or_default()).trim().to_string();
    reason.truncate(reason.floor_char_boundary(MAX_REASON_BYTES));
    reason
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_typed_dollar_is_doubled_on_the_wire() {
        assert_eq!(Request::Text("$5 a head".into()).to_string(), "$$5 a head");
        assert_eq!(Request::parse("$$5 a head"), Ok(Request::Text("$5 a head".into())));
        assert_eq!(Request::parse("5$ a head"), Ok(Request::Text("5$ a head".into())));
        assert_eq!(Request::parse("$$"), Ok(Request::Text("$".into())));
        assert_eq!(Request::parse("$5 a head"), Err(Malformed::Unknown));
        assert_eq!(Request::parse("$"), Err(Malformed::Unknown));
    }

    #[test]
    fn a_file_name_is_all_behind_the_second_space() {
        let offer =
            |size, name: &str| Ok(Request::Sender(SenderLine::Offer { size, name: name.into() }));
        assert_eq!(Request::parse("$file 5 hi.txt"), offer(5, "hi.txt"));
        assert_eq!(Request::parse("$file 5  a b "), offer(5, " a b "));
        assert_eq!(Request::parse("$file 0 "), offer(0, ""));
        for bad in [
            "$file",
            "$file 5",
            "$file x y",
            "$file +5 y",
            "$file -5 y",
            "$file 5\ty",
            "$file  5 y",
        ] {
            assert_eq!(Request::parse(bad), Err(Malformed::Offer), "{bad}");
        }
        assert_eq!(Request::parse("$file 99999999999999999999 y"), Err(Malformed::Offer));
    }

    #[test]
    fn a_count_is_digits_from_1_to_the_limit() {
        assert_eq!(Request::parse("$data 1"), Ok(Request::Sender(SenderLine::Data(1))));
        assert_eq!(Request::parse("$data 65536"), Ok(Request::Sender(SenderLine::Data(65536))));
        for bad in [
            "$data",
            "$data ",
            "$data 0",
            "$data 65537",
            "$data +1",
            "$data 1 ",
            "$data 1 2",
            "$data 0x5",
            "$data ٣",
        ] {
            assert_eq!(Request::parse(bad), Err(Malformed::Data), "{bad}");
        }
        assert_eq!(Request::parse("$database 5"), Err(Malformed::Unknown));
    }

    #[test]
    fn a_verb_takes_no_more_than_its_arguments() {
        for bad in
            ["$pong ", "$pong 1", "$ready now", "$endFile", "$ack", "$hide", "$PONG", "$ pong"]
        {
            assert_eq!(Request::parse(bad), Err(Malformed::Unknown), "{bad}");
        }
        for bad in ["$chatroom", "$clear 1", "$sendx", "$pong"] {
            assert_eq!(Reply::parse(bad), Err(Malformed::Unknown), "{bad}");
        }
    }

    #[test]
    fn a_reason_may_be_missing_and_is_cleaned_and_cut() {
        let refuse = |reason: &str| Ok(Request::Receiver(ReceiverLine::Refuse(reason.into())));
        assert_eq!(Request::parse("$refuse"), refuse(""));
        assert_eq!(Request::parse("$refuse disk\x1b[2J full\u{202E}"), refuse("disk[2J full"));
        let long = format!("$refuse a{}", "é".repeat(100));
        assert_eq!(Request::parse(&long), refuse(&format!("a{}", "é".repeat(59))));
    }

    /// Lines of the protocol and mutations of them, which random text would hardly ever hit.
    fn line_like() -> impl Strategy<Value = String> {
        let verb = prop::sample::select(vec![
            "file", "ready", "data", "endFile", "ack", "refuse", "cancel", "pong", "hide", "send",
            "chatroom", "$", "",
        ]);
        prop_oneof![
            any::<String>(),
            (verb, "[ 0-9a-f+-]{0,12}", ".{0,8}")
                .prop_map(|(verb, space, rest)| format!("${verb}{space}{rest}")),
        ]
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_back(line in line_like()) {
            if let Ok(request) = Request::parse(&line) {
                prop_assert_eq!(Request::parse(&request.to_string()), Ok(request));
            }
            if let Ok(reply) = Reply::parse(&line) {
                prop_assert_eq!(Reply::parse(&reply.to_string()), Ok(reply));
            }
        }

        #[test]
        fn what_a_person_types_arrives_as_typed(text in any::<String>()) {
            prop_assert_eq!(Request::parse(&Request::Text(text.clone()).to_string()), Ok(Request::Text(text)));
        }

        #[test]
        fn no_bytes_panic_the_grammar(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let line = String::from_utf8_lossy(&bytes);
            let _ = (Request::parse(&line), Reply::parse(&line), clean(&line));
        }
    }
}
