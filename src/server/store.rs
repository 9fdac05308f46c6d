//! The store: what outlives a restart. It owns the journal, the accounts and the list of rooms.
//!
//! Names and passwords come in. When a change returns `Ok`, it is on the disk. All of this runs on
//! the threads of the sessions (and on that of the console) and blocks: a change waits for the
//! disk, and whatever needs a password waits for its hash.
//!
//! Two locks, both private. The journal's lock is taken first. It is held while a change is checked,
//! written and applied, so of two people who want one name exactly one gets it. The lock of the
//! maps is held only to look or to insert, so people who sign in never wait for the disk. A caller
//! may hold no lock that a chat needs.
//!
//! Each password hash exists once in memory. Passwords themselves are not kept.

use std::fmt;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::journal::{Conflict, Journal, JournalError, Kept, Record};
use super::password::{Hasher, PasswordHash};
use crate::name::{Password, RoomName, UserName};

pub use super::journal::KeptRoom;

/// Most rooms that may exist, so that one person cannot fill the list for everybody.
pub const MAX_ROOMS: usize = 1000;

/// What outlives a restart.
#[derive(Debug)]
pub struct Store {
    hasher: Hasher,
    journal: Mutex<Journal>,
    kept: Mutex<Kept>,
}

/// A user that has just been created. Whoever did it signs in next, with the same password: then
/// the store compares with this one, and need not hash again.
pub struct JustCreated {
    password: Password,
    /// Other than every other hash, because of its salt.
    hash: PasswordHash,
}

/// Why a change was not made.
#[derive(Debug)]
pub enum NotKept {
    /// The name is taken: somebody was faster.
    Exists,
    /// Nothing has that name any more.
    Missing,
    /// There are [`MAX_ROOMS`] already.
    TooManyRooms,
    /// It could not be written. The error has been logged.
    NotSaved(JournalError),
}

impl Store {
    /// Opens the journal at `path`. New passwords are hashed `rounds` times.
    ///
    /// # Errors
    /// If the journal cannot be used.
    pub fn open(path: &Path, rounds: NonZeroU32) -> Result<Store, JournalError> {
        let (journal, kept) = Journal::open(path)?;
        let hasher = Hasher::new(rounds);
        Ok(Store { hasher, journal: Mutex::new(journal), kept: Mutex::new(kept) })
    }

    /// Whether this user has registered.
    pub fn has_user(&self, name: &UserName) -> bool {
        self.kept().users.contains_key(name)
    }

    /// Creates a user.
    ///
    /// # Errors
    /// [`NotKept::Exists`] or [`NotKept::NotSaved`]; nothing has changed then.
    pub fn create_user(
        &self,
        name: &UserName,
        password: Password,
    ) -> Result<JustCreated, NotKept> {
        let hash = self.hasher.hash(&password);
        let record = Record::User { name: name.clone(), password: hash.clone() };
        self.keep(&mut self.journal(), record)?;
        Ok(JustCreated { password, hash })
    }

    /// Checks a name and a password. Returns the name as it was registered.
    ///
    /// `None` as a name (not a valid name) is treated like an unknown user. An unknown user costs a
    /// hash too, or the time would tell which names exist.
    pub fn verify(
        &self,
        name: Option<&UserName>,
        password: &Password,
        just_created: Option<&JustCreated>,
    ) -> Option<UserName> {
        let account = name.and_then(|name| {
            let kept = self.kept();
            kept.users.get_key_value(name).map(|(name, hash)| (name.clone(), hash.clone()))
        });
        let stored = account.as_ref().map(|(_, hash)| hash);
        // The hash says that it is the same user, and that the password was not changed since.
        let right = just_created
            .is_some_and(|created| stored == Some(&created.hash) && *password == created.password)
            || self.hasher.verify(stored, password);
        account.filter(|_| right).map(|(name, _)| name)
    }

    /// All rooms, in the order in which they were created.
    pub fn rooms(&self) -> Vec<Arc<KeptRoom>> {
        self.kept().rooms_in_order()
    }

    /// Creates a room, with a password if it is to be locked.
    ///
    /// # Errors
    /// Any but [`NotKept::Missing`]; nothing has changed then.
    pub fn create_room(
        &self,
        name: &RoomName,
        password: Option<&Password>,
    ) -> Result<Arc<KeptRoom>, NotKept> {
        let password = password.map(|password| self.hasher.hash(password));
        let mut journal = self.journal();
        if self.kept().rooms.len() >= MAX_ROOMS {
            return Err(NotKept::TooManyRooms);
        }
        self.keep(&mut journal, Record::Room { name: name.clone(), password })?;
        Ok(Arc::clone(&self.kept().rooms[name]))
    }

    /// Removes a room. The caller makes sure that nobody is in it, and that nobody enters.
    ///
    /// # Errors
    /// [`NotKept::Missing`] or [`NotKept::NotSaved`]; nothing has changed then.
    pub fn remove_room(&self, name: &RoomName) -> Result<(), NotKept> {
        self.keep(&mut self.journal(), Record::RoomRemoved { name: name.clone() })
    }

    /// Whether `password` opens `room`. An open room has no password to check.
    pub fn opens(&self, room: &KeptRoom, password: &Password) -> bool {
        self.hasher.verify(room.password.as_ref(), password)
    }

    /// Makes one change: on the disk first, then in memory.
    fn keep(&self, journal: &mut Journal, record: Record) -> Result<(), NotKept> {
        self.kept().check(&record)?;
        journal.append(&record).inspect_err(|error| log::error!("{error}"))?;
        self.kept().apply(record);
        Ok(())
    }

    /// If a panic interrupts an append, the file no longer has the length that the journal
    /// expects. Then it refuses by itself.
    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The maps change in single steps, so they are whole after a panic too.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<Conflict> for NotKept {
    fn from(conflict: Conflict) -> NotKept {
        match conflict {
            Conflict::Exists => NotKept::Exists,
            Conflict::Missing => NotKept::Missing,
        }
    }
}

impl From<JournalError> for NotKept {
    fn from(error: JournalError) -> NotKept {
        NotKept::NotSaved(error)
    }
}

impl fmt::Display for NotKept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotKept::Exists => Conflict::Exists.fmt(f),
            NotKept::Missing => Conflict::Missing.fmt(f),
            NotKept::TooManyRooms => write!(f, "there are {MAX_ROOMS} rooms already"),
            NotKept::NotSaved(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NotKept {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            NotKept::NotSaved(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::thread;
    use std::time::Instant;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("chatroom.db"), NonZeroU32::MIN).unwrap();
        (folder, store)
    }

    fn reopened(folder: &tempfile::TempDir, store: Store) -> Store {
        drop(store);
        Store::open(&folder.path().join("chatroom.db"), NonZeroU32::MIN).unwrap()
    }

    fn user(name: &str) -> UserName {
        UserName::parse(name).unwrap()
    }

    fn room(name: &str) -> RoomName {
        RoomName::parse(name).unwrap()
    }

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    fn room_names(store: &Store) -> Vec<String> {
        store.rooms().iter().map(|room| room.name.to_string()).collect()
    }

    #[test]
    fn a_user_is_known_in_any_case_and_after_a_restart() {
        let (folder, store) = store();
        store.create_user(&user("Lucas"), password("1")).unwrap();
        let store = reopened(&folder, store);
        assert!(store.has_user(&user("LUCAS")));
        let verified = store.verify(Some(&user("lucas")), &password("1"), None).unwrap();
        assert_eq!(verified.as_str(), "Lucas");
        assert!(store.verify(Some(&user("lucas")), &password("2"), None).is_none());
        assert!(store.verify(Some(&user("skira")), &password("1"), None).is_none());
        assert!(store.verify(None, &password("1"), None).is_none());
    }

    #[test]
    fn to_sign_in_after_registering_costs_no_second_hash() {
        let folder = tempfile::tempdir().unwrap();
        let rounds = NonZeroU32::new(50_000).unwrap();
        let store = Store::open(&folder.path().join("chatroom.db"), rounds).unwrap();
        let start = Instant::now();
        let created = store.create_user(&user("lucas"), password("1")).unwrap();
        store.create_user(&user("skira"), password("1")).unwrap();
        let two_hashes = start.elapsed();

        let verify = |name, text| store.verify(Some(&user(name)), &password(text), Some(&created));
        let start = Instant::now();
        for _ in 0..100 {
            assert!(verify("Lucas", "1").is_some());
        }
        assert!(start.elapsed() < 10 * two_hashes, "{:?}", start.elapsed());
        // It opens nothing else.
        assert!(verify("lucas", "2").is_none());
        assert!(verify("skira", "2").is_none());
        assert!(verify("nobody", "1").is_none());
    }

    #[test]
    fn rooms_keep_their_order_and_their_passwords() {
        let (folder, store) = store();
        let locked = store.create_room(&room("z"), Some(&password("1"))).unwrap();
        store.create_room(&room("b"), None).unwrap();
        store.create_room(&room("a"), None).unwrap();
        store.remove_room(&room("B")).unwrap();
        store.create_room(&room("b"), None).unwrap();
        assert!(store.opens(&locked, &password("1")) && !store.opens(&locked, &password("2")));
        assert_eq!(room_names(&store), ["z", "a", "b"]);
        let store = reopened(&folder, store);
        assert_eq!(room_names(&store), ["z", "a", "b"]);
        let rooms = store.rooms();
        assert!(store.opens(&rooms[0], &password("1")) && rooms[1].password.is_none());
        assert!(rooms.is_sorted_by_key(|room| room.number));
    }

    #[test]
    fn what_contradicts_is_not_written() {
        let (folder, store) = store();
        store.create_user(&user("lucas"), password("1")).unwrap();
        store.create_room(&room("a"), None).unwrap();
        let journal = || fs::read(folder.path().join("chatroom.db")).unwrap();
        let before = journal();
        let refused = [
            store.create_user(&user("LUCAS"), password("2")).err().unwrap(),
            store.create_room(&room("A"), Some(&password("2"))).unwrap_err(),
            store.remove_room(&room("b")).unwrap_err(),
        ];
        assert!(matches!(refused, [NotKept::Exists, NotKept::Exists, NotKept::Missing]));
        assert_eq!(journal(), before);
        assert!(store.verify(Some(&user("lucas")), &password("1"), None).is_some());
    }

    #[test]
    fn of_those_who_want_one_name_exactly_one_gets_it() {
        let (_folder, store) = store();
        let store = &store;
        let winners = thread::scope(|scope| {
            let create = |number: u32| {
                store.create_user(&user("lucas"), password(&number.to_string())).is_ok()
            };
            let all: Vec<_> = (0..8).map(|number| scope.spawn(move || create(number))).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(winners.iter().filter(|won| **won).count(), 1);
        let winner = winners.iter().position(|won| *won).unwrap().to_string();
        assert!(store.verify(Some(&user("lucas")), &password(&winner), None).is_some());
    }

    #[test]
    fn a_change_that_is_not_saved_is_not_made() {
        let (folder, store) = store();
        store.create_room(&room("a"), None).unwrap();
        fs::remove_file(folder.path().join("chatroom.db")).unwrap();
        let created = store.create_user(&user("lucas"), password("1"));
        assert!(matches!(created, Err(NotKept::NotSaved(_))));
        assert!(matches!(store.remove_room(&room("a")), Err(NotKept::NotSaved(_))));
        assert!(!store.has_user(&user("lucas")));
        assert_eq!(room_names(&store), ["a"]);
    }
}
