//! The receipt of a file: how many of the room received it, and who did not, for the one who sent it.
//!
//! Each member's outbox tells in its own time what became of the file there, from whichever thread found out; the last of them
//! posts the receipt. One mutex guards the tally; an outbox is posted to only after it is released.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::request_log::{Kind, RequestLog};
use crate::name::{FileName, UserName};
use crate::outbox::Outbox;
use crate::transfer::Outcome;

/// Most names in a receipt.
const MOST_NAMES: usize = 5;

/// What became of a file, for the one who sent it.
pub struct Receipt {
    file: FileName,
    /// It may be gone by the time that the last member has answered.
    sender: Weak<Outbox>,
    log: RequestLog,
    tally: Mutex<Tally>,
}

struct Tally {
    members: usize,
    received: usize,
    /// Who did not receive it, and why, by their position in the room.
    missing: BTreeMap<usize, (UserName, String)>,
}

impl Receipt {
    /// A receipt for `sender`, of a file that is offered to `members` others.
    pub fn new(file: FileName, sender: &Arc<Outbox>, log: RequestLog, members: usize) -> Receipt {
        let tally = Mutex::new(Tally { members, received: 0, missing: BTreeMap::new() });
        Receipt { file, sender: Arc::downgrade(sender), log, tally }
    }

    /// Notes what became of the file for one of them, who stood at `position` in the room. After the last, the sender is told.
    pub fn note(&self, position: usize, user: &UserName, outcome: &Outcome) {
        self.log.request(Kind::File, format_args!("{} to {user}: {outcome}", self.file));
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        if *outcome == Outcome::Received {
            tally.received += 1;
        } else {
            tally.missing.insert(position, (user.clone(), outcome.to_string()));
        }
        if tally.received + tally.missing.len() < tally.members {
            return;
        }
        let line = tally.line(&self.file);
        drop(tally);
        if let Some(sender) = self.sender.upgrade() {
            sender.post(line);
        }
    }
}

impl Tally {
    fn line(&self, file: &FileName) -> String {
        let mut line =
            format!(" ...File Sent... {file} received by {} of {}", self.received, self.members);
        if !self.missing.is_empty() {
            let named =
                self.missing.values().take(MOST_NAMES).map(|(user, why)| format!("{user}: {why}"));
            let more = if self.missing.len() > MOST_NAMES { ", …" } else { "" };
            line.push_str(&format!(" ({}{more})", named.collect::<Vec<_>>().join(", ")));
        }
        line
    }
}
