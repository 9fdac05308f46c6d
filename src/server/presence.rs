//! The user map: who is signed in, and on which session. A user has at most one session.
//!
//! A session holds a [`SignedIn`]. However the session ends, dropping it frees the name. It carries
//! the session's number, so it frees only what is its own.
//!
//! One mutex guards the map. No other lock is taken under it. Nothing blocks under it: a take-over
//! waits for the other session with a condition variable, which lets go of the lock.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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
}

/// That a user is signed in on a session, for as long as this lives.
pub struct SignedIn {
    presence: Arc<Presence>,
    user: UserName,
    session: u64,
}

/// The user is signed in on another session.
#[derive(Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The number of that session.
    pub session: u64,
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
    ) -> Result<SignedIn, Elsewhere> {
        let mut sessions = self.lock();
        if let Some(entry) = sessions.get(user) {
            return Err(Elsewhere { session: entry.session });
        }
        sessions.insert(user.clone(), Entry { session, outbox: Arc::clone(outbox) });
        Ok(SignedIn { presence: Arc::clone(self), user: user.clone(), session })
    }

    /// Ends the session of a user, who reads `last_words`. Waits until that session has left its
    /// room and freed the name. Blocks, at most 10 s. Returns whether there was such a session.
    pub fn expel(&self, user: &UserName, last_words: &str) -> bool {
        let session = self.lock().get(user).map(|entry| entry.session);
        session.is_some_and(|session| self.expel_session(user, session, last_words))
    }

    /// The same, but only if the user is still signed in on this session.
    pub fn expel_session(&self, user: &UserName, session: u64, last_words: &str) -> bool {
        let sessions = self.lock();
        let entry = sessions.get(user).filter(|entry| entry.session == session);
        let Some(outbox) = entry.map(|entry| Arc::clone(&entry.outbox)) else {
            return false;
        };
        drop(sessions);
        outbox.expel(format_args!("{last_words}\n{}", Reply::Bye));

        let is_there = |sessions: &mut HashMap<UserName, Entry>| {
            sessions.get(user).is_some_and(|entry| entry.session == session)
        };
        drop(self.freed.wait_timeout_while(self.lock(), LEAVE_TIMEOUT, is_there));
        true
    }

    /// The users that are signed in, sorted by name.
    pub fn users(&self) -> Vec<UserName> {
        let mut users: Vec<_> = self.lock().keys().cloned().collect();
        users.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        users
    }

    /// Each change of the map is one step, so a panic elsewhere leaves it whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<UserName, Entry>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SignedIn {
    fn drop(&mut self) {
        let mut sessions = self.presence.lock();
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
