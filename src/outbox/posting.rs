//! Posting: appends lines to outboxes, for one person or for a whole room. Never blocks.
//!
//! If nobody has the outbox, the thread that posts gets it, and gives it to the couriers. But if
//! the whole crew for text sleeps, the author of a message writes it to up to 32 outboxes
//! itself: to wake a courier would take longer.

use std::fmt::Display;
use std::io::Write;
use std::net::Shutdown;
use std::sync::Arc;

use super::pacing::{self, NoSpace, Pressure};
use super::queue::Load;
use super::socket::Wait;
use super::writing::More;
use super::{Outbox, Phase};
use crate::lock::lock;

/// The most outboxes that the author of a line writes out itself.
const MOST_WRITTEN_BY_AUTHOR: usize = 32;

/// Bytes that the first line in an empty outbox reserves: enough for a screen.
const FIRST_BYTES: usize = 512;

impl Outbox {
    /// Posts one line, or several with line ends between them. Does nothing once the outbox is
    /// closing.
    pub fn post(self: &Arc<Self>, lines: impl Display) {
        self.post_then(Phase::Open, lines);
    }

    /// Posts the last lines. Nothing that is posted later is taken.
    pub fn post_last(self: &Arc<Self>, lines: impl Display) {
        self.post_then(Phase::Closing, lines);
        self.stop_posting();
    }

    /// Posts the last lines from outside the session. The session ends then: it reads the end of
    /// its stream, or sees that the outbox [is closing](Self::is_closing).
    pub fn expel(self: &Arc<Self>, last_words: impl Display) {
        self.post_last(last_words);
        let _ = self.stream().shutdown(Shutdown::Read);
    }

    fn post_then(self: &Arc<Self>, phase_after: Phase, lines: impl Display) {
        let load = self.append(phase_after, |waiting| {
            // Writing to a `Vec` can't fail.
            let _ = writeln!(waiting, "{lines}");
        });
        self.enqueue(load);
    }

    /// Appends lines. Returns which couriers must get the outbox, if any. The caller gives it to
    /// them, because it may have many to give at once.
    fn append(&self, phase_after: Phase, write: impl FnOnce(&mut Vec<u8>)) -> Option<Load> {
        let (_, load) = self.add(|inner| {
            if inner.waiting.capacity() == 0 {
                // All at once: growing step by step would leave small free pieces in the
                // allocator.
                inner.waiting.reserve(FIRST_BYTES);
            }
            write(&mut inner.waiting);
            inner.phase = phase_after;
        });
        load
    }

    /// Frees memory that a burst has needed. For a connection that has become quiet.
    pub fn shrink(&self) {
        let mut inner = lock(&self.inner);
        if inner.waiting.is_empty() {
            inner.waiting = Vec::new();
        }
    }
}

/// Posts the same bytes to many outboxes, without blocking.
pub fn post_all<'a>(outboxes: impl Iterator<Item = &'a Arc<Outbox>>, lines: &[u8]) -> Posted {
    let mut idle = Vec::new();
    let mut pressure = Pressure::new(lines.len());
    for outbox in outboxes {
        if outbox.append(Phase::Open, |waiting| waiting.extend_from_slice(lines)).is_some() {
            idle.push(Arc::clone(outbox));
        }
        pressure.look_at(outbox);
    }
    Posted { idle, pressure }
}

/// Posts the same bytes to many outboxes if all of them have space, without blocking.
///
/// # Errors
/// If one of them has no space. Nothing was posted then, and the lines must wait.
pub fn post_all_if_space<'a>(
    outboxes: impl Iterator<Item = &'a Arc<Outbox>> + Clone,
    lines: &[u8],
) -> Result<Posted, NoSpace> {
    match outboxes.clone().find(|outbox| !pacing::has_space(outbox.level(), lines.len())) {
        Some(full) => Err(NoSpace { full: Arc::clone(full), bytes: lines.len() }),
        None => Ok(post_all(outboxes, lines)),
    }
}

/// Lines that were posted to many outboxes and are not written yet.
#[must_use = "the lines wait until this says who writes them"]
pub struct Posted {
    /// Those that nobody had.
    idle: Vec<Arc<Outbox>>,
    pressure: Pressure,
}

impl Posted {
    /// Leaves the writing to the couriers. Returns how much to slow the author down.
    pub fn leave_to_couriers(self) -> Pressure {
        if let Some(first) = self.idle.first() {
            let couriers = Arc::clone(&first.couriers);
            couriers.of(Load::Text).put(self.idle.into_iter().map(|outbox| (outbox, None)));
        }
        self.pressure
    }

    /// Writes the lines, if that is quick: few outboxes, and all couriers asleep. Then it would
    /// take longer to wake a courier than to write. Waits some milliseconds for one full socket at
    /// most, and for each socket only once in its life. Called without any lock. Returns how much
    /// to slow the author down.
    pub fn write(self) -> Pressure {
        let is_quick = |first: &Arc<Outbox>| first.couriers.of(Load::Text).is_asleep();
        let is_few = self.idle.len() <= MOST_WRITTEN_BY_AUTHOR;
        if !is_few || !self.idle.first().is_some_and(is_quick) {
            return self.leave_to_couriers();
        }
        let mut frame = Vec::new();
        let mut wait = Wait::Once;
        for outbox in self.idle {
            if let Some(More { load, retry_at }) = outbox.deliver(&mut frame, Load::Text, wait) {
                if retry_at.is_some() {
                    wait = Wait::Never;
                }
                outbox.couriers.of(load).put([(Arc::clone(&outbox), retry_at)]);
            }
        }
        self.pressure
    }
}
