#![doc = include_str!("protocol.md")]
//!
//! # In this module
//! The grammar and nothing else: [`Request`] is a line from a client, [`Reply`] a line from the server, [`FileLine`] one
//! of the lines that both send about files. Each is parsed from a line and displays as one; there is no I/O and no
//! lock here. Which line is welcome when is for the states to say (`server::session`, `transfer`).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::name::is_bidi;

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
    /// About a file.
    File(FileLine),
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
    /// About a file.
    File(FileLine),
}

/// A line about a file: three of the sender's verbs, two of the receiver's, and how either gives up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileLine {
    /// Sender: offers a file of `size` bytes. The name is not checked yet.
    Offer {
        /// In bytes.
        size: u64,
        /// As it came.
        name: String,
    },
    /// Receiver: start.
    Ready,
    /// Sender: this many raw bytes follow, 1 to [`MAX_DATA_BYTES`].
    Data(usize),
    /// Sender: that was all. The digest as it came: it is only ever compared, so a malformed one is a wrong one.
    End(String),
    /// Receiver: all is stored, and this is its digest.
    Ack(String),
    /// Receiver: won't have it, and why.
    Refuse(String),
    /// Sender: gives up, and why.
    Cancel(String),
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
            Some(control) => FileLine::parse(control).map(Request::File),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Request::Text(text) if text.starts_with('$') => write!(f, "${text}"),
            Request::Text(text) => f.write_str(text),
            Request::Pong => f.write_str("$pong"),
            Request::File(line) => line.fmt(f),
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
        match control {
            "hide" => Ok(Reply::Hide),
            "clear" => Ok(Reply::Clear),
            "ping" => Ok(Reply::Ping),
            "bye" => Ok(Reply::Bye),
            "send" => Ok(Reply::Send),
            _ => match control.strip_prefix("chatroom ") {
                Some(version) => Ok(Reply::ChatRoom(version.to_string())),
                None => FileLine::parse(control).map(Reply::File),
            },
        }
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
            Reply::File(line) => line.fmt(f),
        }
    }
}

impl FileLine {
    /// A refusal; the reason is cut to what may be sent.
    pub fn refuse(reason: &str) -> FileLine {
        FileLine::Refuse(clean_reason(Some(reason)))
    }

    /// Understands a control line, its `$` taken off.
    fn parse(control: &str) -> Result<FileLine, Malformed> {
        let (verb, arguments) = match control.split_once(' ') {
            Some((verb, arguments)) => (verb, Some(arguments)),
            None => (control, None),
        };
        match (verb, arguments) {
            ("file", arguments) => {
                let (size, name) =
                    arguments.and_then(|rest| rest.split_once(' ')).ok_or(Malformed::Offer)?;
                let size = number(size).ok_or(Malformed::Offer)?;
                Ok(FileLine::Offer { size, name: name.to_string() })
            }
            ("ready", None) => Ok(FileLine::Ready),
            ("data", arguments) => match arguments.and_then(number::<usize>) {
                Some(count @ 1..=MAX_DATA_BYTES) => Ok(FileLine::Data(count)),
                _ => Err(Malformed::Data),
            },
            ("endFile", Some(digest)) => Ok(FileLine::End(digest.to_string())),
            ("ack", Some(digest)) => Ok(FileLine::Ack(digest.to_string())),
            ("refuse", reason) => Ok(FileLine::Refuse(clean_reason(reason))),
            ("cancel", reason) => Ok(FileLine::Cancel(clean_reason(reason))),
            _ => Err(Malformed::Unknown),
        }
    }
}

impl fmt::Display for FileLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileLine::Offer { size, name } => write!(f, "$file {size} {name}"),
            FileLine::Ready => f.write_str("$ready"),
            FileLine::Data(count) => write!(f, "$data {count}"),
            FileLine::End(digest) => write!(f, "$endFile {digest}"),
            FileLine::Ack(digest) => write!(f, "$ack {digest}"),
            FileLine::Refuse(reason) if reason.is_empty() => f.write_str("$refuse"),
            FileLine::Refuse(reason) => write!(f, "$refuse {reason}"),
            FileLine::Cancel(reason) if reason.is_empty() => f.write_str("$cancel"),
            FileLine::Cancel(reason) => write!(f, "$cancel {reason}"),
        }
    }
}

/// A plain decimal number: digits only, which `str::parse` alone does not ask for (`+5`).
fn number<T: FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Removes what a terminal would obey instead of showing it: control characters but for TAB, and the characters that
/// change the direction of text. Done by the server on the way in and by the client before it prints.
pub fn clean(text: &str) -> Cow<'_, str> {
    let unwanted = |c: char| (c.is_control() && c != '\t') || is_bidi(c);
    // Nearly all text is plain, and bytes are looked through many at a time.
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if !is_plain && text.contains(unwanted) {
        Cow::Owned(text.chars().filter(|&c| !unwanted(c)).collect())
    } else {
        Cow::Borrowed(text)
    }
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
            |size, name: &str| Ok(Request::File(FileLine::Offer { size, name: name.into() }));
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
        assert_eq!(Request::parse("$data 1"), Ok(Request::File(FileLine::Data(1))));
        assert_eq!(Request::parse("$data 65536"), Ok(Request::File(FileLine::Data(65536))));
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
        let refuse = |reason: &str| Ok(Request::File(FileLine::Refuse(reason.into())));
        assert_eq!(Request::parse("$refuse"), refuse(""));
        assert_eq!(Request::parse("$refuse disk\x1b[2J full\u{202E}"), refuse("disk[2J full"));
        let long = format!("$refuse a{}", "é".repeat(100));
        assert_eq!(Request::parse(&long), refuse(&format!("a{}", "é".repeat(59))));
    }

    #[test]
    fn cleaning_leaves_tabs_and_takes_what_a_terminal_obeys() {
        assert_eq!(clean("a\tb é 漢"), "a\tb é 漢");
        assert_eq!(clean("\x1b[31mred\x07\u{9b}2J\x7f\r\u{2066}x\u{061C}"), "[31mred2Jx");
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
