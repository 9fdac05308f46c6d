//! The store: what outlives a restart. It owns the journal, the accounts and the list of rooms.
//!
//! Names and passwords come in. When a change returns `Ok`, it is on the disk. All of this runs on
//! the threads of the sessions (for typed commands on the main thread) and blocks: a change waits
//! for the disk, and a password waits until it is hashed.
//!
//! There are two locks, both private. The journal's lock is taken first. It is held while a change
//! is checked, written and applied. So if two people want the same name, exactly one gets it. The
//! lock of the maps is held only to look or to insert, so people who sign in never wait for the
//! disk. The caller must hold no lock that a chat needs.
//!
//! A password is kept only from registering to the sign-in that follows ([`JustCreated`]), and
//! then dropped. What stays is its hash.

use std::fmt;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::journal::{Journal, JournalError, Kept, Record};
use super::password::{Hasher, PasswordHash};
use crate::lock::lock;
use crate::name::{Password, RoomName, UserName};

pub use super::journal::KeptRoom;

/// The most rooms that may exist, so that one person cannot fill the list for everybody.
pub const MAX_ROOMS: usize = 1000;

/// What outlives a restart.
#[derive(Debug)]
pub struct Store {
    hasher: Hasher,
    journal: Mutex<Journal>,
    kept: Mutex<Kept>,
}

/// A user that has just been created. The same person signs in next, with the same password. Then
/// the store compares it with this one, and does not hash again.
pub struct JustCreated {
    password: Password,
    /// No other hash is equal to this one, because of its salt.
    hash: PasswordHash,
}

/// A user whose password was right a moment ago.
pub struct Verified {
    /// The name as it was registered.
    pub name: UserName,
    hash: PasswordHash,
}

/// Why a change was not made. Its `Display` is what a person reads who wanted it.
#[derive(Debug)]
pub enum NotKept {
    /// Somebody was faster: the new name is taken, or the old one is gone.
    TooLate,
    /// There are [`MAX_ROOMS`] already.
    TooManyRooms,
    /// Somebody is in the room.
    NotEmpty,
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

    /// The name of a user as it was registered, if there is such a user.
    pub fn user(&self, name: &UserName) -> Option<UserName> {
        lock(&self.kept).users.get_key_value(name).map(|(name, _)| name.clone())
    }

    /// All users.
    pub fn users(&self) -> Vec<UserName> {
        lock(&self.kept).users.keys().cloned().collect()
    }

    /// Creates a user.
    ///
    /// # Errors
    /// [`NotKept`]; nothing has changed then.
    pub fn create_user(
        &self,
        name: &UserName,
        password: Password,
    ) -> Result<JustCreated, NotKept> {
        let hash = self.hasher.hash(&password);
        let record = Record::User(name.clone(), hash.clone());
        self.keep(&mut lock(&self.journal), record)?;
        Ok(JustCreated { password, hash })
    }

    /// Checks a name and a password.
    ///
    /// `None` as a name (not a valid name) is treated like an unknown user. An unknown user costs
    /// a hash too, or the time would tell which names exist.
    pub fn verify(
        &self,
        name: Option<&UserName>,
        password: &Password,
        just_created: Option<&JustCreated>,
    ) -> Option<Verified> {
        let account = name.and_then(|name| {
            let kept = lock(&self.kept);
            let (name, hash) = kept.users.get_key_value(name)?;
            Some(Verified { name: name.clone(), hash: hash.clone() })
        });
        let stored = account.as_ref().map(|account| &account.hash);
        // If the hash is the one that we made, nobody has replaced the user or the password since.
        let right = just_created
            .is_some_and(|created| stored == Some(&created.hash) && *password == created.password)
            || self.hasher.verify(stored, password);
        account.filter(|_| right)
    }

    /// Whether the user still exists, with the same password.
    pub fn is_still_right(&self, verified: &Verified) -> bool {
        lock(&self.kept).users.get(&verified.name) == Some(&verified.hash)
    }

    /// Gives a user a new password.
    ///
    /// # Errors
    /// [`NotKept`]; nothing has changed then.
    pub fn set_password(&self, name: &UserName, password: &Password) -> Result<(), NotKept> {
        let password = self.hasher.hash(password);
        self.keep(&mut lock(&self.journal), Record::Password(name.clone(), password))
    }

    /// Removes a user.
    ///
    /// # Errors
    /// [`NotKept`]; nothing has changed then.
    pub fn forget(&self, name: &UserName) -> Result<(), NotKept> {
        self.keep(&mut lock(&self.journal), Record::Forgotten(name.clone()))
    }

    /// All rooms, in the order in which they were created.
    pub fn rooms(&self) -> Vec<Arc<KeptRoom>> {
        lock(&self.kept).rooms_in_order()
    }

    /// Creates a room, with a password if it is to be locked.
    ///
    /// # Errors
    /// [`NotKept`]; nothing has changed then.
    pub fn create_room(
        &self,
        name: &RoomName,
        password: Option<&Password>,
    ) -> Result<Arc<KeptRoom>, NotKept> {
        let password = password.map(|password| self.hasher.hash(password));
        let mut journal = lock(&self.journal);
        if lock(&self.kept).rooms.len() >= MAX_ROOMS {
            return Err(NotKept::TooManyRooms);
        }
        self.keep(&mut journal, Record::Room(name.clone(), password))?;
        Ok(Arc::clone(&lock(&self.kept).rooms[name]))
    }

    /// Removes a room. The caller makes sure that nobody is in it, and that nobody enters.
    ///
    /// # Errors
    /// [`NotKept`]; nothing has changed then.
    pub fn remove_room(&self, name: &RoomName) -> Result<(), NotKept> {
        self.keep(&mut lock(&self.journal), Record::RoomRemoved(name.clone()))
    }

    /// Whether `password` opens `room`. An open room has no password to check.
    pub fn opens(&self, room: &KeptRoom, password: &Password) -> bool {
        self.hasher.verify(room.password.as_ref(), password)
    }

    /// Makes one change: on the disk first, then in memory.
    fn keep(&self, journal: &mut Journal, record: Record) -> Result<(), NotKept> {
        if !lock(&self.kept).fits(&record) {
            return Err(NotKept::TooLate);
        }
        journal.append(&record).map_err(|error| {
            log::error!("{error}");
            NotKept::NotSaved(error)
        })?;
        lock(&self.kept).apply(record);
        Ok(())
    }
}

impl fmt::Display for NotKept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotKept::TooLate => f.write_str("Somebody was faster"),
            NotKept::TooManyRooms => {
                f.write_str("There are too many rooms, one must be deleted first")
            }
            NotKept::NotEmpty => f.write_str("Room is not empty for deletion"),
            NotKept::NotSaved(_) => f.write_str(
                "This could not be saved on the server, so nothing was changed; \
                 please tell the person who runs the server",
            ),
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
        assert!(store.user(&user("LUCAS")).is_some());
        let verified = store.verify(Some(&user("lucas")), &password("1"), None).unwrap();
        assert_eq!(verified.name.as_str(), "Lucas");
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
    fn a_new_password_counts_at_once_and_after_a_restart() {
        let (folder, store) = store();
        let created = store.create_user(&user("Lucas"), password("1")).unwrap();
        let before = store.verify(Some(&user("lucas")), &password("1"), None).unwrap();
        assert!(store.is_still_right(&before));
        store.set_password(&user("LUCAS"), &password("2")).unwrap();
        assert!(!store.is_still_right(&before));
        let check = |store: &Store| {
            let verify =
                |text| store.verify(Some(&user("lucas")), &password(text), Some(&created));
            assert!(verify("1").is_none());
            assert_eq!(verify("2").unwrap().name.as_str(), "Lucas");
        };
        check(&store);
        check(&reopened(&folder, store));
    }

    #[test]
    fn a_forgotten_user_is_gone_and_the_name_is_free() {
        let (folder, store) = store();
        let created = store.create_user(&user("lucas"), password("1")).unwrap();
        let before = store.verify(Some(&user("lucas")), &password("1"), None).unwrap();
        store.forget(&user("Lucas")).unwrap();
        let verify = |store: &Store| {
            store.verify(Some(&user("lucas")), &password("1"), Some(&created)).is_some()
        };
        assert!(!store.is_still_right(&before) && !verify(&store));
        let store = reopened(&folder, store);
        assert!(store.user(&user("lucas")).is_none());
        store.create_user(&user("lucas"), password("1")).unwrap();
        // It is another user, though it has the same name and password.
        assert!(!store.is_still_right(&before) && verify(&store));
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
            store.set_password(&user("skira"), &password("2")).unwrap_err(),
            store.forget(&user("skira")).unwrap_err(),
        ];
        assert!(refused.iter().all(|why| matches!(why, NotKept::TooLate)));
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
        assert!(store.user(&user("lucas")).is_none());
        assert_eq!(room_names(&store), ["a"]);
    }
}
