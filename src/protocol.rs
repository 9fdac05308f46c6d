#![doc = include_str!("protocol.md")]
//!
//! # In this module
//! The grammar and nothing else. A line comes in and a value goes out, or the other way round:
//! there is no I/O and no lock here. [`Request`] is a line from a client and [`Reply`] a line from
//! the server. [`SenderLine`] and [`ReceiverLine`] are the lines that both send about files, by
//! role. [`Place`] and [`Question`] are the arguments of `$at` and `$ask`. The states on the
//! server and `transfer` decide which line is welcome when.

use std::fmt;
use std::str::FromStr;

use crate::text::clean;

/// The version of the protocol. The first line of every connection says it.
pub const VERSION: u32 = 2;

/// The port that a server listens on if no other was given.
pub const DEFAULT_PORT: u16 = 10000;

/// The longest line of a client, in bytes, without its ending. IRC allows 512 with it (RFC 2812
/// section 2.3). The Python original read 4096 bytes at a time, so this is 4096.
pub const MAX_LINE_BYTES: usize = 4096;

/// The longest line of the server, in bytes: a name, and a client's line of 4096 bytes, each of
/// which may have become U+FFFD (three bytes).
pub const MAX_REPLY_BYTES: usize = 16384;

/// The most raw bytes that follow one `$data` line.
pub const MAX_DATA_BYTES: usize = 65536;

/// The longest reason of a `$refuse` or `$cancel`, in bytes.
pub const MAX_REASON_BYTES: usize = 120;

/// A line from a client to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// What a person typed, as typed.
    Text(String),
    /// This client is a program that speaks this version of the protocol.
    Hello(u32),
    /// "Are you there?" The server answers [`Reply::Pong`].
    Ping,
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
    /// The first line of a connection: a chat room, and its version as it came.
    ChatRoom(String),
    /// A new screen follows.
    At(Place),
    /// The text after this line is the prompt of a question.
    Ask(Question),
    /// The answer to [`Request::Ping`].
    Pong,
    /// The server closes this connection in good order; nothing follows.
    Bye,
    /// From the sender of a file.
    Sender(SenderLine),
    /// From the receiver of a file.
    Receiver(ReceiverLine),
}

/// Where a session is, as `$at` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nobody has signed in yet.
    SignIn,
    /// The menu, outside of all rooms.
    Menu,
    /// The room of this name. The name is not checked.
    Room(String),
}

/// A kind of question, as `$ask` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// The name of a new user.
    NewUser,
    /// A password to choose.
    NewPassword,
    /// The same password again.
    RepeatPassword,
    /// The user exists. Sign in? (Y/n)
    Login,
    /// The name of a user who exists.
    User,
    /// That user's password.
    Password,
    /// The password was wrong. Try again? (Y/n)
    Again,
    /// The user is signed in elsewhere. Take that session over? (Y/n)
    TakeOver,
    /// A number of the menu.
    Menu,
    /// The name of a new room.
    NewRoom,
    /// The room exists. Enter it instead? (Y/n)
    EnterInstead,
    /// Lock the new room with a password? (Y/n)
    Lock,
    /// The name of a room to delete.
    Delete,
    /// The password of a room.
    RoomPassword,
    /// The name of a room to enter.
    Room,
    /// A file, in a room after `!`.
    File,
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
    /// All bytes were sent. Holds the SHA-256 as it came. It is only compared, so a malformed one
    /// counts as wrong.
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

/// A control line that cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// An unknown verb, or arguments that it does not take.
    Unknown,
    /// A `$file` without a proper size or name.
    Offer,
    /// A `$data` without a number from 1 to [`MAX_DATA_BYTES`]: where the next line begins is
    /// unknown then.
    Data,
}

impl Question {
    /// All questions with their kinds, in the order of section 4 of the page.
    pub const ALL: [(Question, &str); 16] = [
        (Question::NewUser, "new-user"),
        (Question::NewPassword, "new-password"),
        (Question::RepeatPassword, "repeat-password"),
        (Question::Login, "login"),
        (Question::User, "user"),
        (Question::Password, "password"),
        (Question::Again, "again"),
        (Question::TakeOver, "take-over"),
        (Question::Menu, "menu"),
        (Question::NewRoom, "new-room"),
        (Question::EnterInstead, "enter-instead"),
        (Question::Lock, "lock"),
        (Question::Delete, "delete"),
        (Question::RoomPassword, "room-password"),
        (Question::Room, "room"),
        (Question::File, "file"),
    ];

    /// Whether the answer is a secret: not shown, not logged, and taken exactly as sent. Its kind
    /// says so.
    pub fn is_secret(self) -> bool {
        self.kind().ends_with("password")
    }

    fn kind(self) -> &'static str {
        let row = Question::ALL.iter().find(|(question, _)| *question == self);
        row.expect("the table has every question").1
    }

    /// Parses a kind. `None`: this version has no such question.
    pub fn parse(kind: &str) -> Option<Question> {
        Question::ALL.iter().find(|(_, word)| *word == kind).map(|(question, _)| *question)
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

impl Place {
    /// Parses a place. `None`: this version has no such place.
    pub fn parse(place: &str) -> Option<Place> {
        match place {
            "sign-in" => Some(Place::SignIn),
            "menu" => Some(Place::Menu),
            _ => place.strip_prefix("room ").map(|name| Place::Room(name.to_string())),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::SignIn => f.write_str("sign-in"),
            Place::Menu => f.write_str("menu"),
            Place::Room(name) => write!(f, "room {name}"),
        }
    }
}

impl Request {
    /// Parses a line from a client.
    ///
    /// # Errors
    /// [`Malformed`] if it begins with `$` and is not a control line of this version.
    pub fn parse(line: &str) -> Result<Request, Malformed> {
        let control = match line.strip_prefix('$') {
            None => return Ok(Request::Text(line.to_string())),
            Some(text) if text.starts_with('$') => return Ok(Request::Text(text.to_string())),
            Some(control) => control,
        };
        let (verb, arguments) = split_verb(control);
        if let Some(line) = SenderLine::parse(verb, arguments) {
            return line.map(Request::Sender);
        }
        let request = match (verb, arguments) {
            ("hello", Some(version)) => plain_number(version).map(Request::Hello),
            ("ping", None) => Some(Request::Ping),
            _ => ReceiverLine::parse(verb, arguments).map(Request::Receiver),
        };
        request.ok_or(Malformed::Unknown)
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Request::Text(text) if text.starts_with('$') => write!(f, "${text}"),
            Request::Text(text) => f.write_str(text),
            Request::Hello(version) => write!(f, "$hello {version}"),
            Request::Ping => f.write_str("$ping"),
            Request::Sender(line) => line.fmt(f),
            Request::Receiver(line) => line.fmt(f),
        }
    }
}

impl Reply {
    /// Parses a line from the server.
    ///
    /// # Errors
    /// [`Malformed`] if it begins with `$` and is not a control line of this version.
    pub fn parse(line: &str) -> Result<Reply, Malformed> {
        let Some(control) = line.strip_prefix('$') else {
            return Ok(Reply::Text(line.to_string()));
        };
        let (verb, arguments) = split_verb(control);
        if let Some(line) = SenderLine::parse(verb, arguments) {
            return line.map(Reply::Sender);
        }
        let reply = match (verb, arguments) {
            ("chatroom", Some(version)) => Some(Reply::ChatRoom(version.to_string())),
            ("at", Some(place)) => Place::parse(place).map(Reply::At),
            ("ask", Some(kind)) => Question::parse(kind).map(Reply::Ask),
            ("pong", None) => Some(Reply::Pong),
            ("bye", None) => Some(Reply::Bye),
            _ => ReceiverLine::parse(verb, arguments).map(Reply::Receiver),
        };
        reply.ok_or(Malformed::Unknown)
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Text(text) => f.write_str(text),
            Reply::ChatRoom(version) => write!(f, "$chatroom {version}"),
            Reply::At(place) => write!(f, "$at {place}"),
            Reply::Ask(question) => write!(f, "$ask {question}"),
            Reply::Pong => f.write_str("$pong"),
            Reply::Bye => f.write_str("$bye"),
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
            ("data", arguments) => match arguments.and_then(plain_number) {
                Some(count @ 1..=MAX_DATA_BYTES) => Ok(SenderLine::Data(count)),
                _ => Err(Malformed::Data),
            },
            // Without a digest it has a wrong one.
            ("endFile", digest) => Ok(SenderLine::End(digest.unwrap_or_default().to_string())),
            ("cancel", reason) => Ok(SenderLine::Cancel(clean_reason(reason))),
            _ => return None,
        })
    }
}

fn parse_offer(arguments: Option<&str>) -> Option<SenderLine> {
    let (size, name) = arguments?.split_once(' ')?;
    Some(SenderLine::Offer { size: plain_number(size)?, name: name.to_string() })
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
            // Without a digest it has a wrong one.
            ("ack", digest) => Some(ReceiverLine::Ack(digest.unwrap_or_default().to_string())),
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

/// Parses a plain decimal number: digits only. (`str::parse` alone takes `+5` too.)
pub fn plain_number<T: FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Cleans a reason, because others read it, and cuts it between two characters.
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
    fn a_file_name_is_all_after_the_second_space() {
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
    fn a_verb_takes_its_arguments_and_no_more() {
        for bad in [
            "$ping ",
            "$ping 1",
            "$ready now",
            "$PING",
            "$ ping",
            "$hello",
            "$hello x",
            "$hello 2 ",
            "$hello +2",
            "$hello 2 2",
            "$pong",
            "$at menu",
        ] {
            assert_eq!(Request::parse(bad), Err(Malformed::Unknown), "{bad}");
        }
        for bad in ["$chatroom", "$at", "$at kitchen", "$at room", "$ask", "$ask food", "$ping"] {
            assert_eq!(Reply::parse(bad), Err(Malformed::Unknown), "{bad}");
        }
        let room = Reply::At(Place::Room("BT 108".into()));
        assert_eq!(Reply::parse("$at room BT 108"), Ok(room));
    }

    #[test]
    fn a_missing_digest_is_a_wrong_one() {
        let end = Request::Sender(SenderLine::End(String::new()));
        assert_eq!(Request::parse("$endFile"), Ok(end));
        let ack = Request::Receiver(ReceiverLine::Ack(String::new()));
        assert_eq!(Request::parse("$ack"), Ok(ack));
    }

    /// The rows of the first table in section 4 of the page: each cell of a row.
    fn rows_of_section_4() -> impl Iterator<Item = Vec<&'static str>> {
        let page = include_str!("protocol.md");
        let (_, section) = page.split_once("\n## 4.").unwrap();
        let (section, _) = section.split_once("\n## 5.").unwrap();
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        rows.map(|row| row.split(" | ").collect())
    }

    /// The words of a cell that stand between backquotes.
    fn quoted(cell: &str) -> impl Iterator<Item = &str> {
        cell.split('`').skip(1).step_by(2)
    }

    #[test]
    fn the_page_lists_the_questions_and_places_that_are_here() {
        let mut kinds: Vec<&str> = Vec::new();
        for row in rows_of_section_4() {
            let place = quoted(row[0]).next().unwrap();
            assert!(Place::parse(place).is_some(), "{place}");
            let is_question = !row[1].starts_with("none");
            kinds.extend(quoted(row[1]).filter(|_| is_question));
        }
        let here: Vec<&str> = Question::ALL.iter().map(|(_, kind)| *kind).collect();
        kinds.sort();
        kinds.dedup();
        let mut sorted = here.clone();
        sorted.sort();
        assert_eq!(kinds, sorted);
        let secrets = ["new-password", "repeat-password", "password", "room-password"];
        for (question, kind) in Question::ALL {
            assert_eq!(question.is_secret(), secrets.contains(&kind), "{kind}");
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

    /// Lines of the protocol and mutations of them, which random text would hardly ever be.
    fn line_like() -> impl Strategy<Value = String> {
        let verb = prop::sample::select(vec![
            "file", "ready", "data", "endFile", "ack", "refuse", "cancel", "ping", "pong",
            "hello", "at", "ask", "at room", "ask file", "chatroom", "$", "",
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
            let sent = Request::Text(text.clone()).to_string();
            prop_assert_eq!(Request::parse(&sent), Ok(Request::Text(text)));
        }

        #[test]
        fn no_bytes_panic_the_grammar(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let line = String::from_utf8_lossy(&bytes);
            let _ = (Request::parse(&line), Reply::parse(&line), clean(&line));
        }
    }
}
