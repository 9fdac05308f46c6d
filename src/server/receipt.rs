//! The receipt of a file: who in the room has received it and who has not, for its sender.
//!
//! The sender's session offers the file to the outbox of each member here. Each outbox reports how
//! the file ended there, on the thread that found out. (A raw connection cannot take files, which
//! is noted at once.) The last report posts the receipt to the sender. If not all have answered
//! after 5 s, the sender's own session tells it once who is missing.
//!
//! One mutex guards the tally. The lock is released before the receipt is posted to the sender's
//! outbox. While it is held, only the log's lock is taken. The thread that reports may hold a
//! room's lock: it posted a line to the room, a member's outbox was too full and was cut, and that
//! ended the file.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use super::console::Console;
use super::presence::{Person, first_names};
use super::request_log::{Kind, RequestLog};
use crate::lock::lock;
use crate::name::{FileName, UserName};
use crate::outbox::Outbox;
use crate::transfer::{Content, Outcome, Outgoing, Stored};

/// The most names in one line of a receipt.
const MAX_NAMES: usize = 5;

/// After this time the sender is told whose answers are missing.
const WAITING_AFTER: Duration = Duration::from_secs(5);

/// How a file ended at each member.
pub struct Receipt {
    file: FileName,
    /// The sender may be gone before the last member has answered.
    sender: Weak<Outbox>,
    log: RequestLog,
    /// When the sender must be told whose answers are missing.
    pub deadline: Instant,
    tally: Mutex<Tally>,
}

struct Tally {
    /// The other members, in the order of the room, each with its outcome once that is known.
    members: Vec<(UserName, Option<Outcome>)>,
    unanswered: usize,
}

impl Receipt {
    /// Offers a stored file to these members, and returns the receipt for its sender.
    pub fn for_offers(
        stored: &Stored,
        members: Vec<Person>,
        sender: &Arc<Outbox>,
        log: RequestLog,
        console: &Console,
    ) -> Arc<Receipt> {
        let tally = Tally {
            members: members.iter().map(|member| (member.user.clone(), None)).collect(),
            unanswered: members.len(),
        };
        let receipt = Arc::new(Receipt {
            file: stored.offered.clone(),
            sender: Arc::downgrade(sender),
            log,
            deadline: Instant::now() + WAITING_AFTER,
            tally: Mutex::new(tally),
        });
        for (position, Person { user, is_program, outbox, .. }) in members.into_iter().enumerate()
        {
            if !is_program {
                receipt.note(position, Outcome::Failed("no program for files".to_string()));
                continue;
            }
            let (receipt, console) = (Arc::clone(&receipt), console.clone());
            let report = move |outcome: Outcome| {
                console.show(format_args!("File to {user}: {} ({outcome})", receipt.file));
                receipt.note(position, outcome);
            };
            outbox.offer(Outgoing::new(stored.offered.clone(), Content::of(stored), report));
        }
        receipt
    }

    /// Notes the outcome for the member at `position` in the room. The last one posts the receipt.
    fn note(&self, position: usize, outcome: Outcome) {
        let mut tally = lock(&self.tally);
        let (user, noted) = &mut tally.members[position];
        self.log.request(Kind::FILE, format_args!("{} to {user}: {outcome}", self.file));
        *noted = Some(outcome);
        tally.unanswered -= 1;
        if tally.unanswered > 0 {
            return;
        }
        let line = tally.line(&self.file);
        drop(tally);
        self.post(line);
    }

    /// Once its deadline has passed, tells the sender whose answers are missing. Returns whether
    /// to check again later.
    pub fn check_deadline(&self, now: Instant) -> bool {
        let tally = lock(&self.tally);
        if tally.unanswered == 0 {
            return false;
        }
        if now < self.deadline {
            return true;
        }
        let line = tally.waiting_line(&self.file);
        drop(tally);
        self.post(line);
        false
    }

    fn post(&self, line: String) {
        if let Some(sender) = self.sender.upgrade() {
            sender.post(line);
        }
    }
}

impl Tally {
    fn received(&self) -> String {
        let has_it = |(_, outcome): &&(_, _)| *outcome == Some(Outcome::Received);
        let received = self.members.iter().filter(has_it).count();
        format!("received by {received} of {}", self.members.len())
    }

    fn line(&self, file: &FileName) -> String {
        let missing = self.members.iter().filter_map(|(user, outcome)| match outcome {
            None | Some(Outcome::Received) => None,
            Some(why) => Some(format!("{user}: {why}")),
        });
        let missing = first_names(missing, MAX_NAMES);
        let missing = if missing.is_empty() { missing } else { format!(" ({missing})") };
        format!(" ...File Sent... {file} {}{missing}", self.received())
    }

    fn waiting_line(&self, file: &FileName) -> String {
        let waiting = self.members.iter().filter(|(_, outcome)| outcome.is_none());
        let waiting = first_names(waiting.map(|(user, _)| user), MAX_NAMES);
        format!(" ...{file} {}, waiting for {waiting}", self.received())
    }
}
