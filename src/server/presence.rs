//! The user map: who is signed in, and on which session. A user has at most one session.
//!
//! A visit holds a [`SignedIn`]. However the session ends, dropping it frees the name. It knows
//! the number of its session, so it never frees a name that another session has taken over.
//!
//! One mutex guards the map. Each person has one more, for the time at which they typed last. No
//! other lock is taken under them, and nothing blocks under them: a take-over waits for the other
//! session with a condition variable, which releases the lock.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime};

use crate::lock::{ignore_poison, lock};
use crate::name::UserName;
use crate::outbox::Outbox;
use crate::protocol::Reply;

/// How long to wait until a session that was ended has left.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(10);

/// A user who is signed in, on one connection. All clones are this one person.
#[derive(Clone)]
pub struct Person {
    /// The number of the session. The next session of the same user has another one.
    pub session: u64,
    /// Who it is.
    pub user: UserName,
    /// Whether a program is at the other end, or a person on a raw connection.
    pub is_program: bool,
    /// Where everything goes that this person reads.
    pub outbox: Arc<Outbox>,
    /// When they signed in.
    pub since: SystemTime,
    last_typed: Arc<Mutex<Instant>>,
}

impl Person {
    /// A user who signs in now.
    pub fn new(session: u64, user: UserName, is_program: bool, outbox: &Arc<Outbox>) -> Person {
        let last_typed = Arc::new(Mutex::new(Instant::now()));
        let outbox = Arc::clone(outbox);
        Person { session, user, is_program, outbox, since: SystemTime::now(), last_typed }
    }

    /// Notes that they typed something at this time.
    pub fn note_typed(&self, at: Instant) {
        *lock(&self.last_typed) = at;
    }

    /// How long ago they typed something.
    pub fn idle(&self) -> Duration {
        lock(&self.last_typed).elapsed()
    }

    /// Whether this session has the name, and not a later one.
    fn is_in(&self, people: &HashMap<UserName, Person>) -> bool {
        people.get(&self.user).is_some_and(|other| other.session == self.session)
    }
}

/// The first `most` of these names, with an ellipsis if there are more.
pub fn first_names(names: impl IntoIterator<Item = impl Display>, most: usize) -> String {
    let mut names: Vec<_> =
        names.into_iter().take(most + 1).map(|name| name.to_string()).collect();
    if names.len() > most {
        names[most] = "…".to_string();
    }
    names.join(", ")
}

/// The user map.
#[derive(Default)]
pub struct Presence {
    people: Mutex<HashMap<UserName, Person>>,
    freed: Condvar,
}

/// A person is signed in as long as this exists.
pub struct SignedIn {
    presence: Arc<Presence>,
    /// Who it is.
    pub person: Person,
}

impl Presence {
    /// Signs a person in.
    ///
    /// # Errors
    /// If the user is signed in already: on this other connection.
    pub fn sign_in(self: &Arc<Self>, person: Person) -> Result<SignedIn, Person> {
        let mut people = lock(&self.people);
        if let Some(elsewhere) = people.get(&person.user) {
            return Err(elsewhere.clone());
        }
        people.insert(person.user.clone(), person.clone());
        Ok(SignedIn { presence: Arc::clone(self), person })
    }

    /// Finds a user who is signed in.
    pub fn find(&self, user: &UserName) -> Option<Person> {
        lock(&self.people).get(user).cloned()
    }

    /// Ends the session of a person, who reads `last_words`. Waits until that session has left its
    /// room and freed the name. Blocks, at most 10 s. `false`: it says nothing more, but its
    /// thread still waits for a hash or for the disk, and leaves after that.
    pub fn expel(&self, person: &Person, last_words: &str) -> bool {
        self.expel_within(LEAVE_TIMEOUT, person, last_words)
    }

    fn expel_within(&self, patience: Duration, person: &Person, last_words: &str) -> bool {
        person.outbox.expel(format_args!("{last_words}\n{}", Reply::Bye));
        let is_there = |people: &mut HashMap<UserName, Person>| person.is_in(people);
        let waited = self.freed.wait_timeout_while(lock(&self.people), patience, is_there);
        !ignore_poison(waited).1.timed_out()
    }

    /// All who are signed in, sorted by name.
    pub fn list(&self) -> Vec<Person> {
        let mut list: Vec<_> = lock(&self.people).values().cloned().collect();
        list.sort_by(|a, b| a.user.as_str().cmp(b.user.as_str()));
        list
    }
}

impl Drop for SignedIn {
    fn drop(&mut self) {
        let mut people = lock(&self.presence.people);
        if self.person.is_in(&people) {
            people.remove(&self.person.user);
        }
        self.presence.freed.notify_all();
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
        let signed_in = presence.sign_in(Person::new(1, user, true, &outbox)).ok().unwrap();
        let person = signed_in.person.clone();
        assert!(!presence.expel_within(Duration::ZERO, &person, "goodbye"));
        thread::scope(|scope| {
            let expelling = scope.spawn(|| presence.expel(&person, "goodbye"));
            drop(signed_in);
            assert!(expelling.join().unwrap());
        });
        assert!(presence.find(&person.user).is_none());
    }
}
