//! The room of `slow_reader`: one talks without end, some do not read, and two do.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use crate::support::faults::observed;
use crate::support::{Bystanders, Person, Seat, Server, folder};

/// A line with which four make a read of the server's full.
pub const LINE: usize = 4_000;

/// What a step takes at least while its author is slowed.
pub const SLOWED: Duration = Duration::from_millis(20);

/// People in a room with some bobs, who have entered it and read no more.
pub struct Room {
    pub alice: Person,
    pub silent: Vec<Person>,
    how_many_silent: usize,
    pub others: Bystanders,
    /// How many lines alice has said, each with its number at its start.
    pub lines: usize,
    /// How long each of her steps took.
    pub steps: Vec<Duration>,
    last_step: Instant,
    /// What the others have seen besides her lines.
    seen: Vec<String>,
}

impl Room {
    /// With this many of them.
    pub fn with_silent(count: usize) -> (Server, Self) {
        let folder = folder();
        let server = Server::run(&mut observed(&Server::command(folder.path())), folder);
        let [mut alice] = server.room("lobby", ["alice"]);
        let mut silent: Vec<Person> =
            (0..count).map(|number| server.sign_up_raw(&format!("bob{number}"))).collect();
        silent.iter_mut().for_each(|bob| bob.enter("lobby"));
        let others = Bystanders::enter(&server, "lobby");
        alice.sees_eventually("::: dave Entered the Room");
        let room = Self {
            alice,
            silent,
            how_many_silent: count,
            others,
            lines: 0,
            steps: Vec::new(),
            last_step: Instant::now(),
            seen: Vec::new(),
        };
        (server, room)
    }

    /// Alice says some 16,000 bytes, and everyone reads them, but for the bobs. Returns how long
    /// after her last step she has read them herself.
    #[track_caller]
    pub fn step(&mut self) -> Duration {
        let numbers = self.lines..self.lines + 4;
        let said: Vec<String> =
            numbers.map(|number| format!("{number} {}", "x".repeat(LINE))).collect();
        self.lines += 4;
        self.alice.sends_bytes(format!("{}\n", said.join("\n")).as_bytes());
        self.alice.sees_eventually(&format!(" alice: {}", said[3]));
        let took = std::mem::replace(&mut self.last_step, Instant::now()).elapsed();
        let (seen, _) = self.others.talk();
        let (told, else_seen): (Vec<_>, Vec<_>) =
            seen.into_iter().partition(|line| line.starts_with(" alice: "));
        self.seen.extend(else_seen);
        let expected: Vec<_> = said.iter().map(|line| format!(" alice: {line}")).collect();
        assert_eq!(told, expected, "a line is missing");
        took
    }

    /// Whether the others have read that.
    pub fn the_silent_have_left(&self) -> bool {
        let left =
            |line: &&String| line.starts_with("User bob") && line.ends_with(" has left the room");
        self.seen.iter().filter(left).count() == self.how_many_silent
    }

    /// Alice says more and more, until none of them is there.
    #[track_caller]
    pub fn floods_until_the_silent_have_left(&mut self) {
        while !self.the_silent_have_left() {
            let took = self.step();
            self.steps.push(took);
            assert!(self.steps.len() < 5_000, "80 MB said, and nothing happened");
        }
    }

    /// Up to the point where the outbox of the first bob is well past half: since the kernel has
    /// taken the last of what is for him, alice has said 640,000 bytes more.
    #[track_caller]
    pub fn floods_until_past_half(&mut self, server: &Server) {
        let bob = self.silent[0].stream().local_addr().unwrap();
        let (mut most_held, mut steps_since) = (0, 0);
        while steps_since < 40 {
            self.step();
            let held = held_by_kernel(server.address(), bob);
            steps_since = if held > most_held { 0 } else { steps_since + 1 };
            most_held = most_held.max(held);
            assert!(self.lines < 20_000, "80 MB said, and the kernel takes them all");
        }
    }

    /// How much alice has said.
    pub fn megabytes(&self) -> f64 {
        (self.lines * LINE) as f64 / 1e6
    }
}

/// How many bytes the kernel holds on the way from one end of a connection to the other, at the
/// first one's side.
fn held_by_kernel(from: SocketAddr, to: SocketAddr) -> u64 {
    let ends = format!("{} {}", in_proc(from), in_proc(to));
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let line = table.lines().find(|line| line.contains(&ends)).expect("the connection is there");
    // After the two ends: the state, and then `tx_queue:rx_queue`.
    let queues = line.split_whitespace().nth(4).unwrap();
    u64::from_str_radix(queues.split(':').next().unwrap(), 16).unwrap()
}

/// An address as `/proc/net/tcp` writes it: `0100007F:1F90` is 127.0.0.1:8080.
fn in_proc(address: SocketAddr) -> String {
    let IpAddr::V4(ip) = address.ip() else { panic!("the tests speak IPv4") };
    format!("{:08X}:{:04X}", u32::from_le_bytes(ip.octets()), address.port())
}
