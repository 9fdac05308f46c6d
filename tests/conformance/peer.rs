//! One connection, played by a check: it sends lines, and says what came and what should have
//! come.

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use crate::check::{Failure, Verdict, differs, expect, listed, quoted};
use crate::script::Script;

/// How long the other side may take nothing of what is sent to it.
const WRITE_PATIENCE: Duration = Duration::from_secs(60);
const STUCK: &str = "it took nothing for 60 s";

/// Longest line of a server, in bytes.
const MAX_LINE_BYTES: usize = 16384;

/// What came next on a connection.
#[derive(Debug, PartialEq)]
pub enum Came {
    /// A line, without its LF.
    Line(String),
    /// The other side closed in good order.
    End,
    /// The other side closed with a reset.
    Reset,
    /// Nothing, for as long as we waited.
    Nothing,
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Came::Line(line) => f.write_str(&quoted(line)),
            Came::End => f.write_str("the end of the stream"),
            Came::Reset => f.write_str("a reset"),
            Came::Nothing => f.write_str("nothing"),
        }
    }
}

/// One connection and what is known of it.
pub struct Peer {
    /// The name of its user, or of the program at its other end.
    pub name: String,
    label: String,
    stream: TcpStream,
    inbox: Vec<u8>,
    script: Rc<Script>,
    /// We play the server: a `$ping` is answered, and no event.
    plays_server: bool,
    /// How long a line that must come is waited for.
    pub patience: Duration,
}

impl Peer {
    /// Speaks over this connection. `label` is the name in the transcript.
    pub fn new(
        stream: TcpStream,
        name: &str,
        label: &str,
        script: &Rc<Script>,
        patience: Duration,
    ) -> Peer {
        stream.set_nodelay(true).expect("a new socket");
        // A server may let us wait (7.8), but not for ever.
        stream.set_write_timeout(Some(WRITE_PATIENCE)).expect("not zero");
        Peer {
            name: name.to_owned(),
            label: label.to_owned(),
            stream,
            inbox: Vec::new(),
            script: Rc::clone(script),
            plays_server: false,
            patience,
        }
    }

    /// Answers every `$ping` from now on.
    pub fn playing_the_server(mut self) -> Peer {
        self.plays_server = true;
        self
    }

    /// Sends a line.
    pub fn says(&mut self, line: &str) -> Verdict {
        self.sends(format!("{line}\n").as_bytes())
    }

    /// Sends bytes as they are, in one write.
    pub fn sends(&mut self, bytes: &[u8]) -> Verdict {
        self.script.sent(&self.label, bytes);
        self.writes(bytes)
    }

    /// Sends the raw bytes of a block.
    pub fn sends_raw(&mut self, bytes: &[u8]) -> Verdict {
        self.script.sent(&self.label, format!("<{} bytes>", bytes.len()).as_bytes());
        self.writes(bytes)
    }

    fn writes(&mut self, bytes: &[u8]) -> Verdict {
        self.stream.write_all(bytes).map_err(|error| {
            let expected = format!("a connection that takes what {} sends", self.label);
            let stuck = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
            let came = if stuck { STUCK.to_owned() } else { error.to_string() };
            Failure::lost(expected, came)
        })
    }

    /// Ends what we send.
    pub fn stops_sending(&mut self) {
        self.script.note(format!("{} sends no more", self.label));
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Ends the connection with a reset, as a program that is killed may do: the system sends one
    /// when a socket is closed with something unread in it. So something unread must be on its
    /// way.
    pub fn resets(self) -> Verdict {
        let unread = self
            .stream
            .set_read_timeout(Some(self.patience))
            .and_then(|()| self.stream.peek(&mut [0]))
            .unwrap_or(0);
        expect(unread == 1 && self.inbox.is_empty(), "something that is left unread", "nothing")?;
        self.script.note(format!("{}'s connection ends with a reset", self.label));
        Ok(())
    }

    /// Reads nothing for so long.
    pub fn pauses(&self, pause: Duration) {
        self.script.note(format!("{} reads nothing for {pause:.1?}", self.label));
        thread::sleep(pause);
    }

    /// Another handle of the socket, for a thread of its own.
    pub fn socket(&self) -> TcpStream {
        self.stream.try_clone().expect("a descriptor")
    }

    /// What comes next, within `patience`.
    pub fn next(&mut self, patience: Duration) -> Came {
        let deadline = Instant::now() + patience;
        loop {
            let came = match self.inbox.iter().position(|&byte| byte == b'\n') {
                Some(at) => {
                    let line: Vec<u8> = self.inbox.drain(..=at).collect();
                    let line = String::from_utf8_lossy(&line[..at]);
                    Came::Line(line.strip_suffix('\r').unwrap_or(&line).to_owned())
                }
                None => match self.fill(deadline) {
                    Ok(0) => Came::End,
                    Ok(_) => continue,
                    Err(ErrorKind::WouldBlock | ErrorKind::TimedOut) => return Came::Nothing,
                    Err(_) => Came::Reset,
                },
            };
            if self.plays_server && came == Came::Line("$ping".into()) {
                let _ = self.stream.write_all(b"$pong\n");
                continue;
            }
            match &came {
                Came::Line(line) => self.script.came(&self.label, line),
                Came::End => self.script.note(format!("{}: end of the stream", self.label)),
                _ => self.script.note(format!("{}: connection reset", self.label)),
            }
            return came;
        }
    }

    fn fill(&mut self, deadline: Instant) -> Result<usize, ErrorKind> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut);
        }
        let mut bytes = [0; 65536];
        let read =
            self.stream.set_read_timeout(Some(left)).and_then(|()| self.stream.read(&mut bytes));
        let len = read.map_err(|error| error.kind())?;
        self.inbox.extend_from_slice(&bytes[..len]);
        Ok(len)
    }

    /// The next line. `expected` says in words what it should be.
    pub fn line(&mut self, expected: &str) -> Result<String, Failure> {
        match self.next(self.patience) {
            Came::Line(line) if line.len() > MAX_LINE_BYTES => Err(Failure::new(
                "lines of at most 16,384 bytes",
                format!("one of {}", line.len()),
            )),
            Came::Line(line) => Ok(line),
            Came::Nothing => {
                let (label, patience) = (&self.label, self.patience.as_secs());
                let came = format!("nothing more on {label}'s connection for {patience} s");
                Err(Failure::new(expected, came))
            }
            came => Err(Failure::lost(expected, format!("{came} on {}'s connection", self.label))),
        }
    }

    /// The next line is exactly this one.
    pub fn reads(&mut self, expected: &str) -> Verdict {
        let line = self.line(&quoted(expected))?;
        if line == expected { Ok(()) } else { Err(differs(expected, &line)) }
    }

    /// This line comes. Gives those before it.
    pub fn sees(&mut self, expected: &str) -> Result<Vec<String>, Failure> {
        let mut before: Vec<String> = Vec::new();
        loop {
            let line = self.line(&quoted(expected)).map_err(|mut failure| {
                let alike = |line: &&String| line.trim_matches(' ') == expected.trim_matches(' ');
                if let Some(alike) = before.iter().find(alike) {
                    let came = differs(expected, alike).came;
                    failure.came = format!("{came}, and then {}", failure.came);
                }
                failure
            })?;
            if line == expected {
                return Ok(before);
            }
            before.push(line);
        }
    }

    /// A line that begins so comes. Gives it.
    pub fn sees_start(&mut self, start: &str) -> Result<String, Failure> {
        let expected = format!("a line that begins with `{start}`");
        self.sees_one(&expected, |line| line.starts_with(start)).map(|(_, line)| line)
    }

    /// A line for which this is so comes. Gives those before it, and it.
    pub fn sees_one(
        &mut self,
        expected: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<(Vec<String>, String), Failure> {
        let mut before = Vec::new();
        loop {
            let line = self.line(expected)?;
            if wanted(&line) {
                return Ok((before, line));
            }
            before.push(line);
        }
    }

    /// The next question is of this kind, with a prompt after it. Gives the lines before it.
    pub fn asked(&mut self, kind: &str) -> Result<Vec<String>, Failure> {
        let expected = format!("`$ask {kind}` and its prompt");
        let (before, line) = self.sees_one(&expected, |line| line.starts_with("$ask "))?;
        expect(line == format!("$ask {kind}"), &expected, format!("`{line}`"))?;
        let prompt = self.line(&expected)?;
        let text = !prompt.is_empty() && !prompt.starts_with('$');
        expect(text, format!("a line of text after `{line}`"), format!("`{prompt}`"))?;
        Ok(before)
    }

    /// Sends an answer, and is asked this next.
    pub fn answers(&mut self, line: &str, kind: &str) -> Result<Vec<String>, Failure> {
        self.says(line)?;
        self.asked(kind)
    }

    /// Asks `$ping`. Gives the lines that come before the `$pong`: all that was sent so far.
    pub fn pings(&mut self) -> Result<Vec<String>, Failure> {
        self.says("$ping")?;
        self.sees("$pong")
    }

    /// Nothing was sent to us since what we saw last.
    pub fn sees_nothing(&mut self) -> Verdict {
        let lines = self.pings()?;
        expect(lines.is_empty(), "no other line before `$pong`", listed(&lines))
    }

    /// What comes until it is quiet for so long: for raw connections, which have no `$ping`.
    pub fn until_quiet(&mut self, silence: Duration) -> Vec<String> {
        let mut lines = Vec::new();
        while let Came::Line(line) = self.next(silence) {
            lines.push(line);
        }
        lines
    }

    /// What a raw connection reads as an answer: the first line may take its time, the others come
    /// with it.
    pub fn replies(&mut self, silence: Duration) -> Result<Vec<String>, Failure> {
        let mut lines = vec![self.line("a text")?];
        lines.extend(self.until_quiet(silence));
        Ok(lines)
    }

    /// Bytes that came, and are no line yet.
    pub fn rest(&self) -> &[u8] {
        &self.inbox
    }

    /// The stream ends now, in good order.
    pub fn ends(&mut self) -> Verdict {
        match self.next(self.patience) {
            Came::End => Ok(()),
            came => {
                let expected = format!("the end of the stream on {}'s connection", self.label);
                Err(Failure::new(expected, came.to_string()))
            }
        }
    }

    /// `$bye` comes, and the stream ends. Gives the lines before it.
    pub fn sees_bye(&mut self) -> Result<Vec<String>, Failure> {
        let before = self.sees("$bye")?;
        self.ends()?;
        Ok(before)
    }

    /// Exactly so many raw bytes.
    pub fn raw(&mut self, len: usize) -> Result<Vec<u8>, Failure> {
        let deadline = Instant::now() + self.patience;
        while self.inbox.len() < len {
            match self.fill(deadline) {
                Ok(1..) => {}
                _ => {
                    let came = format!("{} and no more", self.inbox.len());
                    return Err(Failure::new(format!("{len} raw bytes"), came));
                }
            }
        }
        self.script.came(&self.label, &format!("<{len} bytes>"));
        Ok(self.inbox.drain(..len).collect())
    }
}
