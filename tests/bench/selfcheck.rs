//! A check of the checks, before each run: does the benchmark notice when a message is lost,
//! repeated or damaged?
//!
//! The floor is told to do each of these once, to one of ten members, in the middle of a flow. A
//! benchmark that lets it pass would print figures that mean nothing, so then it ends.

use std::time::Duration;

use crate::stage::Stage;
use crate::subject::{Kind, Subject};
use crate::{Outcome, fanout};

/// The how-manieth line of the floor's run meets the fault.
pub const FAULTY_LINE: u64 = 1000;

/// Long enough for the line that meets the fault to come by.
const TIME: Duration = Duration::from_millis(200);

/// Checks that a floor without fault passes, and one with each fault fails for that reason.
pub fn run() -> Outcome<()> {
    flow(&[]).map_err(|error| format!("self-check without a fault: {error}"))?;
    for fault in Fault::ALL {
        match flow(&[fault.name()]) {
            Err(error) if error.to_string().contains(fault.complaint()) => {
                println!("self-check: a {} message is noticed: {error}", fault.name());
            }
            Err(error) => return Err(format!("self-check, {}: {error}", fault.name()).into()),
            Ok(_) => {
                return Err(
                    format!("self-check: a {} message went unnoticed", fault.name()).into()
                );
            }
        }
    }
    Ok(())
}

fn flow(arguments: &[&str]) -> Outcome<Vec<f64>> {
    let subject = Subject::start_with(Kind::Floor, arguments)?;
    let mut stage = Stage::new(Kind::Floor, subject, 1, 10)?;
    stage.admit()?;
    fanout::round(&mut stage, 4, TIME)
}

/// What the floor can be told to do wrong, once, to one member of a room.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A line never comes.
    Lost,
    /// A line comes twice.
    Repeated,
    /// A line comes with a byte changed.
    Damaged,
}

impl Fault {
    const ALL: [Fault; 3] = [Fault::Lost, Fault::Repeated, Fault::Damaged];

    /// The fault's name, as the floor's argument too.
    fn name(self) -> &'static str {
        match self {
            Fault::Lost => "lost",
            Fault::Repeated => "repeated",
            Fault::Damaged => "damaged",
        }
    }

    pub fn named(name: &str) -> Option<Fault> {
        Fault::ALL.into_iter().find(|fault| fault.name() == name)
    }

    /// The words by which the benchmark should complain.
    fn complaint(self) -> &'static str {
        match self {
            Fault::Lost | Fault::Repeated => "due was",
            Fault::Damaged => "damaged",
        }
    }

    /// Does its harm to what waits to be written to a member, at the end of which `line` stands.
    pub fn spoil(self, out: &mut Vec<u8>, line: &[u8]) {
        match self {
            Fault::Lost => out.truncate(out.len() - line.len()),
            Fault::Repeated => out.extend_from_slice(line),
            Fault::Damaged => {
                let last_of_text = out.len() - 2;
                out[last_of_text] ^= 1;
            }
        }
    }
}
