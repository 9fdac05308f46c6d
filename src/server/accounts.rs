//! Accounts: who has registered, and the hashes of their passwords.
//!
//! Two locks, in this order: the journal's, held while a new user is written to the disk, so that of two who want one name
//! exactly one gets it; and the map's, held only to look or to insert. So those who sign in never wait for the disk.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::journal::{JournalError, Record, SharedJournal, lock_journal};
use super::password::{Hasher, PasswordHash};
use crate::name::{Password, UserName};

/// All accounts.
pub struct Accounts {
    hasher: Arc<Hasher>,
    journal: SharedJournal,
    users: Mutex<HashMap<UserName, Account>>,
}

#[derive(Clone)]
struct Account {
    /// As it was registered.
    name: UserName,
    password: PasswordHash,
}

/// Why a user was not created.
#[derive(Debug)]
pub enum CreateError {
    /// Somebody was faster.
    Exists,
    /// It could not be kept.
    NotSaved(JournalError),
}

impl Accounts {
    /// The accounts that the journal holds.
    pub fn new(
        users: impl IntoIterator<Item = (UserName, PasswordHash)>,
        hasher: Arc<Hasher>,
        journal: SharedJournal,
    ) -> Accounts {
        let users = users
            .into_iter()
            .map(|(name, password)| (name.clone(), Account { name, password }))
            .collect();
        Accounts { hasher, journal, users: Mutex::new(users) }
    }

    /// Whether a user of this name has registered.
    pub fn exists(&self, name: &UserName) -> bool {
        self.lock().contains_key(name)
    }

    /// Creates a user. When this returns, it is on the disk. Blocks for the hash and for the disk.
    ///
    /// # Errors
    /// [`CreateError`]; nothing has changed then.
    pub fn create(&self, name: &UserName, password: &Password) -> Result<(), CreateError> {
        let password = self.hasher.hash(password);
        let mut journal = lock_journal(&self.journal);
        if self.exists(name) {
            return Err(CreateError::Exists);
        }
        let account = Account { name: name.clone(), password: password.clone() };
        journal
            .append(&Record::User { name: name.clone(), password })
            .map_err(CreateError::NotSaved)?;
        self.lock().insert(name.clone(), account);
        Ok(())
    }

    /// Checks a name and a password. Returns the name as it was registered. Blocks for the hash, which an unknown user costs
    /// as well: the time must not tell which names exist. `None` (not a valid name) is treated like an unknown user.
    pub fn check(&self, name: Option<&UserName>, password: &Password) -> Option<UserName> {
        let account = name.and_then(|name| self.lock().get(name).cloned());
        let right =
            self.hasher.verify(account.as_ref().map(|account| &account.password), password);
        account.filter(|_| right).map(|account| account.name)
    }

    /// The map is changed in single steps, so a panic elsewhere leaves it whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<UserName, Account>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
