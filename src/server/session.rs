//! One connection's whole life: sign-in, menu, room, goodbye.
//!
//! The session's thread reads its person's lines and walks the states as plain sequential code: where it stands in [`login`],
//! [`menu`] or [`chat`] *is* the state. This file holds what all states share: the next line that is meant for them, with
//! everything else that may come in any state dealt with on the way ([`Session::take_input`]); the deadlines, all of them by this
//! thread's read timeout; questions and their answers; and the end in good order.
//!
//! What leaves is posted to the outbox, which never blocks. What may fail is the connection ([`Ended`]): that is one session's
//! affair, logged once, when it ends here. Whatever ends it, guards on this thread's stack leave the room and free the name.

use std::fmt::{self, Display};
use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::request_log::{Kind, RequestLog};
use super::{Shared, chat, login, menu};
use crate::line::{LineReader, TooLong};
use crate::name::check_password;
use crate::outbox::{Cut, Outbox, Pressure};
use crate::protocol::{FileLine, MAX_LINE_BYTES, Malformed, Reply, Request};
use crate::transfer::{Answer, Receiving, Refusal, Run, Stored};

/// How long a client may be silent before it is asked whether it is there.
const PING_INTERVAL: Duration = Duration::from_secs(60);
/// How long a client that answers such questions may be silent.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(120);
/// How often deadlines are looked at while much comes in.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// How long signing in may take.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(600);
/// How long a goodbye may take: to write what waits, and to see the other side close.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long an author pauses before it reads on, when somebody in the room is slow to read.
const PAUSE: Duration = Duration::from_millis(20);
/// How often a connection that is being closed is looked at.
const CLOSED_INTERVAL: Duration = Duration::from_millis(10);

/// One connection.
pub struct Session<'a> {
    /// Tells this session from all others.
    pub number: u64,
    /// What all sessions share.
    pub shared: &'a Shared,
    /// Where all that this person gets to read goes.
    pub outbox: &'a Arc<Outbox>,
    /// Where its requests are logged.
    pub log: RequestLog,
    /// After `!`: the next line should be a file's offer.
    pub awaits_file: bool,
    /// How many wrong passwords came over this connection while signing in.
    pub wrong_passwords: u32,
    reader: LineReader<&'a TcpStream>,
    receiving: Receiving,
    /// Raw bytes that are still to come behind the last `$data` line.
    run_left: usize,
    clock: Clock,
}

/// What the deadlines of a connection are counted from.
struct Clock {
    heard: Instant,
    /// When the deadlines were last looked at.
    looked: Instant,
    /// When it was last asked whether it is there.
    pinged: Instant,
    /// It has answered once, so it is expected to.
    answers_pings: bool,
    /// Until somebody has signed in.
    sign_in: Option<Instant>,
}

/// What a state gets to see of what comes in.
#[derive(Debug)]
pub enum Input {
    /// What the person typed.
    Text(String),
    /// A line that can't be used. It has changed nothing, and the person is to be told why.
    Unusable(Unusable),
    /// A file has come whole and is stored.
    Uploaded(Stored),
}

/// Why a line can't be used. Its `Display` is what the person gets to read; it never holds what was typed.
#[derive(Debug)]
pub enum Unusable {
    /// Over the limit.
    TooLong(TooLong),
    /// A control line that is none.
    Unknown,
    /// A control line that nothing had led up to.
    OutOfPlace,
}

impl Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unusable::TooLong(TooLong { max_line_bytes }) => {
                write!(f, "Line too long ({max_line_bytes} bytes at most), nothing was sent")
            }
            Unusable::Unknown => f.write_str(
                "Not a command that is known here, nothing was sent (to begin a text with $, write $$)",
            ),
            Unusable::OutOfPlace => f.write_str(
                "That command is out of place here, nothing was sent (to begin a text with $, write $$)",
            ),
        }
    }
}

/// Why a session has ended.
#[derive(Debug)]
pub enum Ended {
    /// The person left by the menu.
    Goodbye,
    /// The peer closed the connection, or it was lost.
    Lost,
    /// Silent for [`SILENCE_TIMEOUT`], though it used to answer.
    Silent,
    /// Nobody signed in within [`SIGN_IN_TIMEOUT`].
    NotSignedIn,
    /// Five wrong passwords.
    TooManyWrongPasswords,
    /// A `$data` line without a proper count: nobody can tell what follows.
    Uncountable,
    /// The connection can't be used.
    Io(io::Error),
}

impl Ended {
    /// What the person gets to read before `$bye`. `None`: nobody is there to read it.
    fn last_words(&self) -> Option<&'static str> {
        match self {
            Ended::Goodbye => Some("Goodbye :)"),
            Ended::Lost | Ended::Io(_) => None,
            Ended::Silent => Some("Nothing was heard from you for too long"),
            Ended::NotSignedIn => Some("Nobody signed in for too long"),
            Ended::TooManyWrongPasswords => Some("Too many wrong passwords"),
            Ended::Uncountable => {
                Some("A $data line takes a number from 1 to 65536, and what follows can't be told without it")
            }
        }
    }
}

impl Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ended::Goodbye => "goodbye",
            Ended::Lost => "connection lost",
            Ended::Silent => "silent for too long",
            Ended::NotSignedIn => "nobody signed in",
            Ended::TooManyWrongPasswords => "too many wrong passwords",
            Ended::Uncountable => "a $data line without a proper count",
            Ended::Io(error) => return write!(f, "connection lost: {error}"),
        })
    }
}

/// Why a question has no answer.
#[derive(Debug)]
pub enum Stop {
    /// A lone `@`: one step back.
    Back,
    /// There is nobody to answer.
    Ended(Ended),
}

impl From<Ended> for Stop {
    fn from(ended: Ended) -> Stop {
        Stop::Ended(ended)
    }
}

/// Runs a session from its greeting to its end. Blocks for as long as the person stays.
pub fn run(number: u64, client: SocketAddr, outbox: &Arc<Outbox>, shared: &Shared) {
    let now = Instant::now();
    let mut session = Session {
        number,
        shared,
        outbox,
        log: RequestLog::new(client),
        awaits_file: false,
        wrong_passwords: 0,
        reader: LineReader::new(outbox.stream(), MAX_LINE_BYTES),
        receiving: Receiving::default(),
        run_left: 0,
        clock: Clock {
            heard: now,
            looked: now,
            pinged: now,
            answers_pings: false,
            sign_in: Some(now + SIGN_IN_TIMEOUT),
        },
    };
    shared.console.show(format_args!("{client} connected"));
    session.log.request(Kind::Connect, "welcome");

    let ended = session.converse();

    if let Some(words) = ended.last_words() {
        outbox.post_last(format_args!("{words}\n{}", Reply::Bye));
    }
    session.log_end(&ended);
    close(outbox);
}

/// Closes in good order: what waits is written, the writing half shut down, and what still comes in read to its end. Closing
/// with input unread would make the kernel throw away what the other side has not read yet, `$bye` included.
pub fn close(outbox: &Outbox) {
    outbox.close(GOODBYE_TIMEOUT);
    let deadline = Instant::now() + GOODBYE_TIMEOUT;
    let mut stream = outbox.stream();
    let mut dropped = [0; 4096];
    loop {
        let patience = deadline.saturating_duration_since(Instant::now());
        if patience.is_zero() || stream.set_read_timeout(Some(patience)).is_err() {
            break;
        }
        match stream.read(&mut dropped) {
            Ok(1..) => {}
            // Our own reading half may be shut, by whoever ended this session. Only a socket that is closed both ways has no peer.
            Ok(0) if stream.peer_addr().is_ok() => thread::sleep(CLOSED_INTERVAL),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            _ => break,
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}

impl Session<'_> {
    /// The states, one after the other.
    fn converse(&mut self) -> Ended {
        match self.walk() {
            Ok(()) => Ended::Goodbye,
            Err(ended) => ended,
        }
    }

    fn walk(&mut self) -> Result<(), Ended> {
        self.set_read_timeout(PING_INTERVAL)?;
        // The line that says which protocol this is has been posted before anything else could be.
        self.say("Welcome to the ChatRoom App...");
        // Held until the session ends: dropping it frees the name.
        let (user, _signed_in) = login::sign_in(self)?;
        self.clock.sign_in = None;
        self.say(menu::screen("Logged In, You Welcome"));
        while let menu::Choice::Enter(membership) = menu::choose(self, &user)? {
            chat::stay(self, &user, membership)?;
        }
        Ok(())
    }

    fn log_end(&self, ended: &Ended) {
        // What this side found out about the connection says more than that the reading ended.
        match self.outbox.was_cut() {
            Some(why) if why != Cut::Lost => self.log.request(Kind::Disconnect, why),
            _ => self.log.request(Kind::Disconnect, ended),
        }
        self.shared.console.show(format_args!("{} disconnected", self.log.who()));
    }

    /// Pauses if somebody in the room is slow to read, so that a flood is slowed and not cut. Holds no lock.
    pub fn slow_down(&self, pressure: Pressure) {
        if pressure == Pressure::High {
            thread::sleep(PAUSE);
        }
    }

    /// Posts something to the person.
    pub fn say(&self, lines: impl Display) {
        self.outbox.post(lines);
    }

    // -- What comes in.

    /// Gives the next input. Blocks.
    pub fn next_input(&mut self) -> Result<Input, Ended> {
        loop {
            match self.take_input()? {
                Some(input) => return Ok(input),
                None => self.read_more()?,
            }
        }
    }

    /// Gives the next input of what has already come; everything that may come in any state is dealt with on the way. `None`:
    /// [`read_more`](Self::read_more).
    pub fn take_input(&mut self) -> Result<Option<Input>, Ended> {
        // Our own answers must not pile up before a peer that does not read them.
        while !self.outbox.is_past_half() {
            if self.run_left > 0 {
                if !self.take_run() {
                    return Ok(None);
                }
                continue;
            }
            let line = match self.reader.take_line() {
                #[cfg(test)]
                Ok(Some(line)) if line == tests::PANIC => panic!("as the test wants it"),
                Ok(Some(line)) => line,
                Ok(None) => return Ok(None),
                Err(too_long) => return Ok(Some(self.unusable(Unusable::TooLong(too_long)))),
            };
            let input = match Request::parse(&line) {
                Ok(Request::Text(text)) => Some(Input::Text(text)),
                Ok(Request::Pong) => {
                    self.clock.answers_pings = true;
                    None
                }
                Ok(Request::File(line)) => self.take_file_line(line),
                Err(Malformed::Data) => return Err(Ended::Uncountable),
                Err(Malformed::Offer) if self.awaits_file => {
                    self.awaits_file = false;
                    self.refuse("not a proper $file line".to_string());
                    None
                }
                Err(Malformed::Offer | Malformed::Unknown) => Some(self.unusable(Unusable::Unknown)),
            };
            if input.is_some() {
                return Ok(input);
            }
        }
        Ok(None)
    }

    /// Waits for more to come in. Looks at the deadlines meanwhile.
    pub fn read_more(&mut self) -> Result<(), Ended> {
        if self.outbox.is_past_half() {
            self.outbox.wait_for_room();
            return if self.outbox.was_cut().is_some() { Err(Ended::Lost) } else { Ok(()) };
        }
        loop {
            let read = if self.run_left > 0 { self.reader.fill_run() } else { self.reader.fill() };
            let now = Instant::now();
            match read {
                Ok(0) => return Err(Ended::Lost),
                Ok(_) => {
                    self.clock.heard = now;
                    // A byte now and then is no reason to wait longer for what is due.
                    if now - self.clock.looked >= LOOK_INTERVAL {
                        self.look_at_deadlines(now)?;
                    }
                    return Ok(());
                }
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    self.reader.shrink();
                    self.outbox.shrink();
                    self.look_at_deadlines(now)?;
                }
                Err(error) => return Err(Ended::Io(error)),
            }
        }
    }

    /// Does what is due, and sets the read timeout to what is due next. It is never longer than [`PING_INTERVAL`], and nothing is
    /// due sooner than that after it began, so nothing is overlooked while this thread waits.
    fn look_at_deadlines(&mut self, now: Instant) -> Result<(), Ended> {
        self.clock.looked = now;
        let clock = &mut self.clock;
        if clock.answers_pings && now - clock.heard >= SILENCE_TIMEOUT {
            return Err(Ended::Silent);
        }
        if clock.sign_in.is_some_and(|deadline| now >= deadline) {
            return Err(Ended::NotSignedIn);
        }
        let quiet_since = clock.heard.max(clock.pinged);
        let mut next = quiet_since + PING_INTERVAL;
        if now >= next {
            clock.pinged = now;
            next = now + PING_INTERVAL;
            self.outbox.post(Reply::Ping);
        }
        if self.receiving.deadline().is_some_and(|deadline| now >= deadline) {
            self.refuse_upload(Refusal::Stalled);
        }
        let due = [self.outbox.tick(now), self.receiving.deadline(), self.clock.sign_in];
        let next = due.into_iter().flatten().fold(next, Instant::min);
        self.set_read_timeout(next - now)
    }

    fn set_read_timeout(&self, timeout: Duration) -> Result<(), Ended> {
        // Zero would mean to wait for ever.
        let timeout = timeout.max(Duration::from_millis(1));
        self.outbox.stream().set_read_timeout(Some(timeout)).map_err(Ended::Io)
    }

    // -- Files.

    /// Deals with a line about a file.
    fn take_file_line(&mut self, line: FileLine) -> Option<Input> {
        let done = match line {
            FileLine::Offer { size, name } if self.awaits_file => {
                self.awaits_file = false;
                match self.receiving.offer(&self.shared.folder, size, &name, Instant::now()) {
                    Ok(()) => {
                        self.log.request(Kind::File, format_args!("{size} bytes offered, ready"));
                        self.say(FileLine::Ready);
                    }
                    Err(refusal) => self.refuse(refusal.to_string()),
                }
                Ok(())
            }
            FileLine::Offer { .. } => return Some(self.unusable(Unusable::OutOfPlace)),
            FileLine::Ready => self.outbox.answer(Answer::Ready),
            FileLine::Ack(digest) => self.outbox.answer(Answer::Ack(digest)),
            FileLine::Refuse(reason) => self.outbox.answer(Answer::Refuse(reason)),
            FileLine::Data(count) => {
                // The bytes follow, whatever we think of them.
                self.run_left = count;
                self.receiving.data(count).map(|run| {
                    if let Run::Refused(refusal) = run {
                        self.refuse(refusal.to_string());
                    }
                })
            }
            FileLine::End(digest) => match self.receiving.end(&digest) {
                Ok(Ok(None)) => Ok(()),
                Ok(Ok(Some(stored))) => {
                    self.log.request(
                        Kind::File,
                        format_args!("{} stored as {}", stored.offered, stored.kept.name),
                    );
                    self.say(FileLine::Ack(stored.digest.clone()));
                    return Some(Input::Uploaded(stored));
                }
                Ok(Err(refusal)) => {
                    self.refuse(refusal.to_string());
                    Ok(())
                }
                Err(out_of_place) => Err(out_of_place),
            },
            FileLine::Cancel(_) => {
                self.log.request(Kind::File, "cancelled");
                match self.receiving.cancel() {
                    Err(_) if self.awaits_file => {
                        self.awaits_file = false;
                        Ok(())
                    }
                    outcome => outcome,
                }
            }
        };
        done.err().map(|_| self.unusable(Unusable::OutOfPlace))
    }

    fn unusable(&self, why: Unusable) -> Input {
        self.log.request(Kind::Other, "not usable");
        Input::Unusable(why)
    }

    /// Takes what has come of the bytes behind a `$data` line. Returns whether that was all of them.
    fn take_run(&mut self) -> bool {
        let bytes = self.reader.take_bytes(self.run_left);
        self.run_left -= bytes.len();
        if let Err(refusal) = self.receiving.store(bytes, Instant::now()) {
            self.refuse(refusal.to_string());
        }
        self.run_left == 0
    }

    fn refuse(&self, reason: String) {
        self.log.request(Kind::File, format_args!("refused: {reason}"));
        self.say(FileLine::refuse(&reason));
    }

    /// The name of the file that is on its way in, if there is one.
    pub fn upload(&self) -> Option<&crate::name::FileName> {
        self.receiving.name()
    }

    /// Gives up the file that is on its way in, if there is one.
    pub fn refuse_upload(&mut self, refusal: Refusal) {
        if self.receiving.name().is_some() {
            let refusal = self.receiving.refuse(refusal);
            self.refuse(refusal.to_string());
        }
    }

    // -- Questions.

    /// Asks for a name, or for anything else of which spaces at both ends are no part.
    pub fn ask(&mut self, question: impl Display) -> Result<String, Stop> {
        self.say(question);
        loop {
            match self.next_input()? {
                Input::Text(text) => {
                    let answer = text.trim_matches(' ');
                    if answer == "@" {
                        self.log.request(Kind::Menu, "back");
                        return Err(Stop::Back);
                    }
                    return Ok(answer.to_string());
                }
                Input::Unusable(why) => self.say(why),
                Input::Uploaded(_) => {}
            }
        }
    }

    /// Asks for a secret. Taken exactly as sent. A line that can't be the answer is never echoed, and the client is told anew
    /// that what is typed is to be hidden.
    pub fn ask_secret(&mut self, question: &str) -> Result<String, Stop> {
        loop {
            self.say(format_args!("{}\n{question}", Reply::Hide));
            match self.next_input()? {
                Input::Text(text) if text == "@" => {
                    self.log.request(Kind::Menu, "back");
                    return Err(Stop::Back);
                }
                Input::Text(text) => return Ok(text),
                Input::Unusable(why) => self.say(why),
                Input::Uploaded(_) => {}
            }
        }
    }

    /// Asks for a new password, twice. `None`: the two differ.
    pub fn ask_new_password(&mut self) -> Result<Option<String>, Stop> {
        let password = loop {
            let password = self.ask_secret("Please choose a new Password:")?;
            match check_password(&password) {
                Ok(()) => break password,
                Err(rule) => self.say(rule),
            }
        };
        let repeated = self.ask_secret("Please REPEAT your Password:")?;
        Ok(Some(password).filter(|password| *password == repeated))
    }

    /// Asks a question that ends in `(Y/n)`, until the answer is one.
    pub fn ask_yes(&mut self, question: &str) -> Result<bool, Stop> {
        loop {
            match self.ask(question)?.to_lowercase().as_str() {
                "" | "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::Config;
    use crate::server::connections;
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    /// A line that makes a session panic, in this build only: what every defect that we don't know of would do.
    pub const PANIC: &str = "$panic, as if this were a defect";

    struct Person(BufReader<TcpStream>);

    impl Person {
        /// Signs somebody up and goes to the room, with all of it in one write.
        fn in_room(address: SocketAddr, name: &str, room: &str) -> Person {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            write!(stream, "{name}\n1\n1\n{name}\n1\n{room}\n").unwrap();
            let mut person = Person(BufReader::new(stream));
            person.sees(">> Press ! to send Files");
            person
        }

        fn types(&mut self, line: &str) {
            writeln!(self.0.get_mut(), "{line}").unwrap();
        }

        fn sees(&mut self, awaited: &str) {
            let mut line = String::new();
            while line.trim() != awaited {
                line.clear();
                assert!(self.0.read_line(&mut line).unwrap() > 0, "the end came before {awaited:?}");
            }
        }
    }

    #[test]
    fn a_panic_ends_one_session_like_a_lost_connection() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        (config.files, config.state) = (dir.path().join("files"), dir.path().join("state"));
        config.password_rounds = std::num::NonZeroU32::MIN;
        let shared = Arc::new(Shared::open(&config).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let accepting = Arc::clone(&shared);
        thread::spawn(move || connections::accept(&listener, &accepting));

        let mut alice = Person::in_room(address, "alice", "1\nlobby\nn");
        let mut bob = Person::in_room(address, "bob", "3\nlobby");
        bob.types(PANIC);
        alice.sees("User bob has left the room");
        let mut rest = String::new();
        bob.0.read_to_string(&mut rest).unwrap();
        assert!(!rest.contains("$bye"), "the end was announced, as if it were in good order");

        // No lock is poisoned, the name is free, and the room goes on.
        alice.types("hello?");
        alice.sees("alice: hello?");
        let mut again = TcpStream::connect(address).unwrap();
        again.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        again.write_all(b"bob\ny\nbob\n1\n3\nlobby\nback\n").unwrap();
        let mut bob = Person(BufReader::new(again));
        bob.sees("bob: back");
        alice.sees("bob: back");
        assert_eq!(shared.rooms.list()[0].size(), 2);
    }
}
