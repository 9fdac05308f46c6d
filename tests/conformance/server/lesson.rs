//! What a check of a server works with: people who connect, sign up, and meet in a room.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::check::{Failure, Verdict};
use crate::peer::Peer;
use crate::script::Script;
use crate::subject::Server;

/// The password of everybody and everything.
pub const PASSWORD: &str = "open sesame";

/// So long must it be quiet before we say that nothing more comes, where nothing can be asked.
pub const QUIET: Duration = Duration::from_millis(400);

/// One check and its server.
pub struct Lesson {
    /// Where the server listens.
    pub address: String,
    /// The server, for those checks that start one of their own.
    pub server: Server,
    /// All that was sent and came.
    pub script: Rc<Script>,
    /// Makes the names of this check unlike those of all others, also on a server that ran before.
    pub tag: String,
    /// How long a line that must come is waited for.
    pub patience: Duration,
    /// What went wrong on the way in checks before this one.
    pub steps: Arc<Steps>,
}

/// Steps that failed, and how. One that failed twice is not tried again: so a server that can do
/// only the first step is judged in seconds.
#[derive(Default)]
pub struct Steps(Mutex<BTreeMap<&'static str, (u32, Failure)>>);

impl Lesson {
    /// A user's or a room's name for this check only.
    pub fn name(&self, base: &str) -> String {
        format!("{base}-{}", self.tag)
    }

    /// A new connection, of which nothing was read yet.
    pub fn connects(&self, base: &str) -> Result<Peer, Failure> {
        let stream = TcpStream::connect(&self.address)
            .map_err(|error| Failure::new("a server that accepts", error.to_string()))?;
        self.script.note(format!("{base} connects"));
        Ok(Peer::new(stream, &self.name(base), base, &self.script, self.patience))
    }

    /// A person on a raw connection, who has read the greeting and the first prompt.
    pub fn raw(&self, base: &str) -> Result<Peer, Failure> {
        self.step(base, "connects, reads a greeting and a prompt", || {
            let mut peer = self.connects(base)?;
            peer.sees("$chatroom 2")?;
            peer.replies(QUIET)?;
            Ok(peer)
        })
    }

    /// A program that has said so, and is asked `new-user`.
    pub fn program(&self, base: &str) -> Result<Peer, Failure> {
        self.step(base, "connects, says $hello 2, is asked new-user", || {
            let mut peer = self.connects(base)?;
            peer.sees("$chatroom 2")?;
            peer.says("$hello 2")?;
            peer.sees("$at sign-in")?;
            peer.asked("new-user")?;
            Ok(peer)
        })
    }

    /// A program whose user has signed up and signed in, and is asked `menu`.
    pub fn user(&self, base: &str) -> Result<Peer, Failure> {
        let mut peer = self.program(base)?;
        self.step(base, "signs up and signs in, is asked menu", || {
            self.signs_up(&mut peer, PASSWORD)?;
            let name = peer.name.clone();
            self.signs_in(&mut peer, &name, PASSWORD)?;
            Ok(peer)
        })
    }

    /// From `new-user` to `user`.
    pub fn signs_up(&self, peer: &mut Peer, password: &str) -> Verdict {
        let name = peer.name.clone();
        peer.answers(&name, "new-password")?;
        peer.answers(password, "repeat-password")?;
        peer.answers(password, "user").map(drop)
    }

    /// From `user` to `menu`.
    pub fn signs_in(&self, peer: &mut Peer, name: &str, password: &str) -> Verdict {
        peer.answers(name, "password")?;
        peer.answers(password, "menu").map(drop)
    }

    /// Creates this room, from the menu: `password` locks it.
    pub fn creates(&self, peer: &mut Peer, room: &str, password: Option<&str>) -> Verdict {
        let name = peer.name.clone();
        self.step(&name, "creates a room", || {
            peer.answers("1", "new-room")?;
            peer.answers(room, "lock")?;
            match password {
                None => peer.says("n")?,
                Some(password) => {
                    peer.answers("y", "new-password")?;
                    peer.answers(password, "repeat-password")?;
                    peer.says(password)?;
                }
            }
            peer.sees(&format!("$at room {room}"))?;
            peer.pings().map(drop)
        })
    }

    /// Enters this open room, from the menu.
    pub fn enters(&self, peer: &mut Peer, room: &str) -> Verdict {
        let name = peer.name.clone();
        self.step(&name, "enters the room", || {
            peer.answers("3", "room")?;
            peer.says(room)?;
            peer.sees(&format!("$at room {room}"))?;
            peer.pings().map(drop)
        })
    }

    /// Leaves the room it is in.
    pub fn leaves(&self, peer: &mut Peer) -> Verdict {
        peer.says("@")?;
        peer.sees("$at menu")?;
        peer.asked("menu").map(drop)
    }

    /// Programs of signed-in users, all in the room `Room`.
    pub fn members<const N: usize>(&self, bases: [&str; N]) -> Result<[Peer; N], Failure> {
        let room = self.name("Room");
        let from = self.script.len();
        let mut members: Vec<Peer> = Vec::new();
        for base in bases {
            let mut peer = self.user(base)?;
            if members.is_empty() {
                self.creates(&mut peer, &room, None)?;
            } else {
                self.enters(&mut peer, &room)?;
            }
            members.push(peer);
        }
        for member in &mut members {
            member.pings()?;
        }
        self.script.fold(from, format!("in the room {room}: {}", bases.join(", ")));
        Ok(members.try_into().unwrap_or_else(|_| unreachable!("one for each name")))
    }

    /// A person on a raw connection who signs up and enters the room of `member`.
    pub fn raw_member(&self, base: &str, member: &mut Peer) -> Result<Peer, Failure> {
        let mut peer = self.raw(base)?;
        let name = peer.name.clone();
        self.step(base, "signs up on a raw connection and enters the room", || {
            for line in [&name, PASSWORD, PASSWORD, &name, PASSWORD, "3", &self.name("Room")] {
                peer.says(line)?;
            }
            member.sees(&format!("::: {name} Entered the Room"))?;
            peer.until_quiet(QUIET);
            Ok(peer)
        })
    }

    /// Does something on the way to the question: one line in the transcript, if it succeeds.
    fn step<T>(
        &self,
        who: &str,
        what: &'static str,
        run: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let from = self.script.len();
        if let Some((2.., failure)) = self.steps.0.lock().expect("no check panics").get(what) {
            return Err(failure.clone());
        }
        let done = run().map_err(|mut failure| {
            failure.on_the_way.get_or_insert_with(|| what.to_owned());
            let mut steps = self.steps.0.lock().expect("no check panics");
            steps.entry(what).or_insert_with(|| (0, failure.clone())).0 += 1;
            failure
        })?;
        self.script.fold(from, format!("{who} {what}"));
        Ok(done)
    }
}
