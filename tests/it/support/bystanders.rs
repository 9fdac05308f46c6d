//! Two people who talk while others do harm, to show that they do not notice it.

use std::time::{Duration, Instant};

use super::{Person, Seat, Server};

/// Longer than anything takes on a machine that is busy with other tests, and shorter than any
/// wait for somebody who does not read.
const NOTICEABLE: Duration = Duration::from_secs(2);

/// Two people in one room, who read all that comes there.
pub struct Bystanders {
    pub carol: Person,
    pub dave: Person,
    said: u32,
    longest: Duration,
}

impl Bystanders {
    /// Signs them up, and has them enter a room that is there.
    #[track_caller]
    pub fn enter(server: &Server, room: &str) -> Self {
        Self::meet(server.sign_up("carol"), server.sign_up("dave"), room)
    }

    /// Signs them up, in a new room.
    #[track_caller]
    pub fn alone(server: &Server) -> Self {
        server.sign_up("founder").create("quiet");
        Self::enter(server, "quiet")
    }

    /// Those two again, in the same room, after a restart.
    #[track_caller]
    pub fn come_back(server: &Server) -> Self {
        Self::meet(server.signs_in("carol"), server.signs_in("dave"), "quiet")
    }

    #[track_caller]
    fn meet(mut carol: Person, mut dave: Person, room: &str) -> Self {
        carol.enter(room);
        dave.enter(room);
        carol.sees("::: dave Entered the Room");
        Self { carol, dave, said: 0, longest: Duration::ZERO }
    }

    /// One says something and the other reads it. Returns what else both have read since.
    #[track_caller]
    pub fn talk(&mut self) -> (Vec<String>, Vec<String>) {
        self.said += 1;
        let said = format!(" dave: word {}", self.said);
        let start = Instant::now();
        self.dave.types(&said[7..]);
        let by_carol = self.carol.sees_eventually(&said);
        self.longest = self.longest.max(start.elapsed());
        (by_carol, self.dave.sees_eventually(&said))
    }

    /// How long the slowest of these words has taken. Fails if anybody would have noticed.
    #[track_caller]
    pub fn longest_delay(&self) -> Duration {
        assert!(self.longest < NOTICEABLE, "{:?} for a word", self.longest);
        self.longest
    }
}
