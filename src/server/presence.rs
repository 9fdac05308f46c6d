//! The user map: who is signed in, and on which session. A user has at most one session.
//!
//! A session holds a [`SignedIn`]. However the session ends, dropping it frees the name. It knows
//! the number of its session, so it never frees a name that another session has taken over.
//!
//! One mutex guards the map. Under it only one other lock is taken: the one that guards when a
//! user typed last. Nothing blocks under it: a take-over waits for the other session with a
//! condition variable, which releases the lock.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime};

use crate::lock::{ignore_poison, lock};
use crate::name::UserName;
use crate::outbox::Outbox;
use crate::protocol::Reply;

/// How long to wait until a session that was ended has left.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(10);

/// The user map.
#[derive(Default)]
pub struct Presence {
    sessions: Mutex<HashMap<UserName, Entry>>,
    freed: Condvar,
}

struct Entry {
    session: u64,
    outbox: Arc<Outbox>,
    is_program: bool,
    since: SystemTime,
    last_typed: Arc<Mutex<Instant>>,
}

/// A user who is signed in, as the server's own terminal shows it.
pub struct Present {
    /// Who it is.
    pub user: UserName,
    /// Whether a program is at the other end, or a person on a raw connection.
    pub is_program: bool,
    /// When they signed in.
    pub since: SystemTime,
    /// How long ago they typed something.
    pub idle: Duration,
}

/// A user is signed in on a session as long as this exists.
pub struct SignedIn {
    presence: Arc<Presence>,
    user: UserName,
    session: u64,
    /// When the user typed something last. The session keeps this up to date.
    pub last_typed: Arc<Mutex<Instant>>,
}

/// The user is signed in on another session.
#[derive(Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The number of that session.
    pub session: u64,
}

/// What has become of a session that should end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expelled {
    /// There is no such session.
    Nobody,
    /// It has left its room and freed the name.
    Left,
    /// It says nothing more, but its thread still waits for a hash or for the disk. It leaves
    /// after that.
    NotYet,
}

impl Presence {
    /// Signs a user in on a session.
    ///
    /// # Errors
    /// [`Elsewhere`].
    pub fn sign_in(
        self: &Arc<Self>,
        user: &UserName,
        session: u64,
        outbox: &Arc<Outbox>,
        is_program: bool,
    ) -> Result<SignedIn, Elsewhere> {
        let mut sessions = lock(&self.sessions);
        if let Some(entry) = sessions.get(user) {
            return Err(Elsewhere { session: entry.session });
        }
        let last_typed = Arc::new(Mutex::new(Instant::now()));
        let entry = Entry {
            session,
            outbox: Arc::clone(outbox),
            is_program,
            since: SystemTime::now(),
            last_typed: Arc::clone(&last_typed),
        };
        sessions.insert(user.clone(), entry);
        Ok(SignedIn { presence: Arc::clone(self), user: user.clone(), session, last_typed })
    }

    /// Ends the session of a user. The user reads `last_words`. Waits until that session has left
    /// its room and freed the name. Blocks, at most 10 s.
    pub fn expel(&self, user: &UserName, last_words: &str) -> Expelled {
        let session = lock(&self.sessions).get(user).map(|entry| entry.session);
        let expel = |session| self.expel_session(user, session, last_words);
        session.map_or(Expelled::Nobody, expel)
    }

    /// The same, but only if the user is still signed in on this session.
    pub fn expel_session(&self, user: &UserName, session: u64, last_words: &str) -> Expelled {
        self.expel_within(LEAVE_TIMEOUT, user, session, last_words)
    }

    fn expel_within(
        &self,
        patience: Duration,
        user: &UserName,
        session: u64,
        last_words: &str,
    ) -> Expelled {
        let sessions = lock(&self.sessions);
        let entry = sessions.get(user).filter(|entry| entry.session == session);
        let Some(outbox) = entry.map(|entry| Arc::clone(&entry.outbox)) else {
            return Expelled::Nobody;
        };
        drop(sessions);
        outbox.expel(format_args!("{last_words}\n{}", Reply::Bye));

        let is_there = |sessions: &mut HashMap<UserName, Entry>| {
            sessions.get(user).is_some_and(|entry| entry.session == session)
        };
        let waited = self.freed.wait_timeout_while(lock(&self.sessions), patience, is_there);
        let waited = ignore_poison(waited).1;
        if waited.timed_out() { Expelled::NotYet } else { Expelled::Left }
    }

    /// The users that are signed in, sorted by name.
    pub fn users(&self) -> Vec<UserName> {
        let mut users: Vec<_> = lock(&self.sessions).keys().cloned().collect();
        users.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        users
    }

    /// The users that are signed in, with what is known of their sessions, sorted by name.
    pub fn list(&self) -> Vec<Present> {
        let present = |(user, entry): (&UserName, &Entry)| Present {
            user: user.clone(),
            is_program: entry.is_program,
            since: entry.since,
            idle: lock(&entry.last_typed).elapsed(),
        };
        let mut list: Vec<_> = lock(&self.sessions).iter().map(present).collect();
        list.sort_by(|a, b| a.user.as_str().cmp(b.user.as_str()));
        list
    }
}

impl Drop for SignedIn {
    fn drop(&mut self) {
        let mut sessions = lock(&self.presence.sessions);
        if sessions.get(&self.user).is_some_and(|entry| entry.session == self.session) {
            sessions.remove(&self.user);
        }
        self.presence.freed.notify_all();
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedIn({})", self.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::tests::{connection, shared};
    use std::thread;

    #[test]
    fn a_session_has_left_only_when_its_thread_has_freed_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let shared = &shared(&folder);
        let (outbox, _person) = connection(shared);
        let (presence, user) = (&shared.presence, UserName::parse("alice").unwrap());
        let signed_in = presence.sign_in(&user, 1, &outbox, true).unwrap();
        let at_once = presence.expel_within(Duration::ZERO, &user, 1, "goodbye");
        assert_eq!(at_once, Expelled::NotYet);
        let leaving = thread::scope(|scope| {
            let expelling = scope.spawn(|| presence.expel(&user, "goodbye"));
            drop(signed_in);
            expelling.join().unwrap()
        });
        // The name may have been free before it was looked up.
        assert_ne!(leaving, Expelled::NotYet);
        assert_eq!(presence.expel(&user, "goodbye"), Expelled::Nobody);
    }
}
