//! How people get in: connecting, signing in, entering their rooms, all of it as fast as the
//! server lets them.
//!
//! The rooms' creators go first, for nobody can enter a room that isn't there. Two limits keep the
//! door from being what is measured: few connections wait to be accepted at a time, and not all
//! people sign in at once.

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::dialect::{Part, Seat, Step};
use crate::framing::Frame;
use crate::stage::Stage;

/// Connections that the server has not answered yet, at most. A listener's backlog is short
/// (ngIRCd's has 10 places), and who finds it full is told nothing: its kernel tries again after a
/// second.
const AT_THE_DOOR: usize = 8;

/// People between connecting and their room, at most. Many, because InspIRCd completes
/// registrations once a second.
const SIGNING_IN: usize = 2500;

/// How long nobody may make a step before this is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long the line must be still before everything that entering brought about counts as over.
const QUIET: Duration = Duration::from_millis(100);

/// How far a person has come.
struct Entrant {
    steps: std::vec::IntoIter<Step>,
    /// What the server says when the current step is done; `None` once in the room.
    until: Option<&'static str>,
    door: Door,
}

#[derive(PartialEq)]
enum Door {
    /// The server has not sent anything yet.
    Outside,
    Inside,
}

impl Stage {
    /// Brings everybody into their rooms, and returns how long that took.
    pub fn admit(&mut self) -> Outcome<Duration> {
        let start = Instant::now();
        let mut entrants = Vec::with_capacity(self.people);
        self.admit_up_to(self.rooms, &mut entrants)?;
        self.admit_up_to(self.people, &mut entrants)?;
        let took = start.elapsed();
        self.wait_for_quiet()?;
        Ok(took)
    }

    /// Brings further people in until `people` are in their rooms.
    fn admit_up_to(&mut self, people: usize, entrants: &mut Vec<Entrant>) -> Outcome<()> {
        let mut outside = 0;
        let mut under_way = 0;
        let mut last_step = Instant::now();
        loop {
            while entrants.len() < people && outside < AT_THE_DOOR && under_way < SIGNING_IN {
                let person = self.load.connect(self.subject.address)?;
                let mut steps = self.dialect.sign_in(&self.seat(person)).into_iter();
                let first = steps.next().ok_or("signing in takes at least one step")?;
                self.load.send(person, first.send.as_bytes())?;
                entrants.push(Entrant { steps, until: Some(first.until), door: Door::Outside });
                outside += 1;
                under_way += 1;
            }
            if under_way == 0 {
                return Ok(());
            }
            self.show_life()?;
            let mut next_steps = Vec::new();
            let mut last_line = None;
            self.load.turn(PATIENCE, &mut |person, frame| {
                let entrant: &mut Entrant = &mut entrants[person];
                if entrant.door == Door::Outside {
                    entrant.door = Door::Inside;
                    outside -= 1;
                }
                let (Some(until), Frame::Line(line)) = (entrant.until, frame) else {
                    return Ok(());
                };
                if !contains(line, until) {
                    last_line = Some(String::from_utf8_lossy(line).into_owned());
                    return Ok(());
                }
                last_step = Instant::now();
                let step = entrant.steps.next();
                entrant.until = step.as_ref().map(|step| step.until);
                match step {
                    Some(step) => next_steps.push((person, step.send)),
                    None => under_way -= 1,
                }
                Ok(())
            })?;
            for (person, bytes) in next_steps {
                self.load.send(person, bytes.as_bytes())?;
            }
            if last_step.elapsed() > PATIENCE {
                let seen = last_line.unwrap_or_default();
                return Err(format!(
                    "{under_way} people don't get in; one of them last read: {seen}"
                )
                .into());
            }
        }
    }

    fn seat(&self, person: usize) -> Seat {
        let part = if person < self.rooms { Part::Creator } else { Part::Guest };
        Seat { name: format!("u{person:05}"), room: Stage::room_name(person % self.rooms), part }
    }

    /// Reads what others' entering still brings, until nothing has come for a moment.
    fn wait_for_quiet(&mut self) -> Outcome<()> {
        let deadline = Instant::now() + PATIENCE;
        let mut last_frame = Instant::now();
        while last_frame.elapsed() < QUIET {
            self.show_life()?;
            self.load.turn(QUIET, &mut |_, _| {
                last_frame = Instant::now();
                Ok(())
            })?;
            if Instant::now() > deadline {
                return Err("everyone is in, but lines keep coming".into());
            }
        }
        Ok(())
    }
}

fn contains(line: &[u8], words: &str) -> bool {
    line.windows(words.len()).any(|window| window == words.as_bytes())
}
