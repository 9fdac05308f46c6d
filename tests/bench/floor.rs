//! The floor: the least that any server can do for the same workloads, to see how far from it the
//! project's server is.
//!
//! A broadcaster in one thread on an event loop: it reads all ready sockets, appends each line to
//! the buffer of every member of the room, and then writes each buffer once. There are no
//! passwords, no log, no bounds, no goodbyes: a member that has gone stays in the list. Beside
//! that it copies files (`floor_file.rs`).
//!
//! The benchmark starts itself once more, with [`ARGUMENT`], to be this: a process of its own,
//! whose CPU time and memory are read like any other server's. With a [`Fault`] it misbehaves on
//! purpose, so that the benchmark can prove at each run that it notices (`selfcheck.rs`).

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

use crate::Outcome;
use crate::floor_file::FileTraffic;
use crate::framing::{Frame, Framer};
use crate::selfcheck::{FAULTY_LINE, Fault};

/// The hidden argument that makes the benchmark the floor; the folder for its files follows, then
/// perhaps a fault.
pub const ARGUMENT: &str = "--floor";
/// What it prints before its address.
pub const ANNOUNCEMENT: &str = "Floor running on ";

const LISTENER: Token = Token(usize::MAX);
const READ_BYTES: usize = 64 * 1024;
const EVENTS_A_ROUND: usize = 1024;

/// A connection; a member of a room once its first line, `ROOM NAME`, has come.
pub struct Member {
    stream: TcpStream,
    framer: Framer,
    pub room: Option<usize>,
    /// ` NAME: `, which comes before each of its messages.
    prefix: Vec<u8>,
    /// Waiting to be written.
    pub out: Vec<u8>,
    pub file: FileTraffic,
}

/// Everything that a round works on but the sockets' events.
pub struct Floor {
    pub members: Vec<Member>,
    pub rooms: Vec<Vec<usize>>,
    room_numbers: HashMap<String, usize>,
    /// Members with something to write in this round.
    pub dirty: Vec<usize>,
    pub folder: PathBuf,
    fault: Option<Fault>,
    lines: u64,
}

/// Serves until it is killed.
pub fn run(arguments: &[String]) -> Outcome<()> {
    let (folder, fault) = arguments.split_first().ok_or("--floor needs a folder")?;
    let mut floor = Floor {
        members: Vec::new(),
        rooms: Vec::new(),
        room_numbers: HashMap::new(),
        dirty: Vec::new(),
        folder: folder.into(),
        fault: fault.first().and_then(|name| Fault::named(name)),
        lines: 0,
    };
    let mut poll = Poll::new()?;
    let mut listener = TcpListener::bind("127.0.0.1:0".parse()?)?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    println!("{ANNOUNCEMENT}{}", listener.local_addr()?);
    let mut events = Events::with_capacity(EVENTS_A_ROUND);
    let mut buffer = vec![0; READ_BYTES];
    // Members that may have more to read although no further event will tell so.
    let mut unfinished: Vec<usize> = Vec::new();
    loop {
        let is_work_left = !unfinished.is_empty() || !floor.dirty.is_empty();
        poll.poll(&mut events, is_work_left.then_some(Duration::ZERO))?;
        let mut readable = std::mem::take(&mut unfinished);
        for event in &events {
            let Token(number) = event.token();
            if event.token() == LISTENER {
                floor.accept(&listener, &poll)?;
                continue;
            }
            if event.is_writable() {
                floor.dirty.push(number);
            }
            if event.is_readable() {
                readable.push(number);
            }
        }
        for number in readable {
            if floor.read(number, &mut buffer)? == READ_BYTES {
                unfinished.push(number);
            }
        }
        for number in std::mem::take(&mut floor.dirty) {
            floor.write(number);
        }
    }
}

impl Floor {
    fn accept(&mut self, listener: &TcpListener, poll: &Poll) -> Outcome<()> {
        loop {
            let (mut stream, _) = match listener.accept() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                accepted => accepted?,
            };
            stream.set_nodelay(true)?;
            let token = Token(self.members.len());
            poll.registry().register(
                &mut stream,
                token,
                Interest::READABLE | Interest::WRITABLE,
            )?;
            self.members.push(Member {
                stream,
                framer: Framer::default(),
                room: None,
                prefix: Vec::new(),
                out: Vec::new(),
                file: FileTraffic::default(),
            });
        }
    }

    /// Reads once, and returns how much came.
    fn read(&mut self, number: usize, buffer: &mut [u8]) -> Outcome<usize> {
        let member = &mut self.members[number];
        let Ok(count) = member.stream.read(buffer) else { return Ok(0) };
        let mut framer = std::mem::take(&mut member.framer);
        framer.feed(&buffer[..count], &mut |frame| match frame {
            Frame::Data(bytes) => self.take_data(number, bytes),
            Frame::Line(line) if self.members[number].room.is_none() => self.enter(number, line),
            Frame::Line(line) if line.starts_with(b"$") || line == b"!" => {
                self.take_control(number, line)
            }
            Frame::Line(line) => {
                self.broadcast(number, line);
                Ok(())
            }
        })?;
        self.members[number].framer = framer;
        Ok(count)
    }

    fn enter(&mut self, number: usize, line: &[u8]) -> Outcome<()> {
        let (room, name) =
            str::from_utf8(line)?.split_once(' ').ok_or("the first line is ROOM NAME")?;
        let room = *self.room_numbers.entry(room.to_owned()).or_insert_with(|| {
            self.rooms.push(Vec::new());
            self.rooms.len() - 1
        });
        self.rooms[room].push(number);
        let member = &mut self.members[number];
        member.room = Some(room);
        member.prefix = format!(" {name}: ").into_bytes();
        self.post(number, b"welcome\n");
        Ok(())
    }

    fn broadcast(&mut self, author: usize, text: &[u8]) {
        let Some(room) = self.members[author].room else { return };
        let line = [&self.members[author].prefix, text, b"\n"].concat();
        let receivers = std::mem::take(&mut self.rooms[room]);
        for &number in &receivers {
            self.post(number, &line);
        }
        self.lines += 1;
        if let (FAULTY_LINE, Some(fault), Some(&victim)) =
            (self.lines, self.fault, receivers.last())
        {
            fault.spoil(&mut self.members[victim].out, &line);
        }
        self.rooms[room] = receivers;
    }

    /// Appends to what a member is to get in this round's write.
    pub fn post(&mut self, number: usize, bytes: &[u8]) {
        let out = &mut self.members[number].out;
        // With something waiting already, it is in the list, or its socket is full and will say
        // when it is not.
        if out.is_empty() {
            self.dirty.push(number);
        }
        out.extend_from_slice(bytes);
    }

    fn write(&mut self, number: usize) {
        self.fill_with_file(number);
        let member = &mut self.members[number];
        if member.out.is_empty() {
            return;
        }
        // An error is a member that has gone, or a full socket, which tells when it has room:
        // nothing to do for either.
        let written = member.stream.write(&member.out).unwrap_or(0);
        let is_all_written = written == member.out.len();
        member.out.drain(..written);
        if is_all_written && member.file.is_sending() {
            self.dirty.push(number);
        }
    }
}
