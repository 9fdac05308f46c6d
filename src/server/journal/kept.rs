//! What all records of a journal add up to: the users and the rooms that exist.
//!
//! The journal fills a [`Kept`] at the start, and the store goes on with it. Both change it with
//! [`Kept::apply`] only, so a restart finds exactly what was there before.

use std::collections::HashMap;
use std::sync::Arc;

use super::record::Record;
use crate::name::{RoomName, UserName};
use crate::server::password::PasswordHash;

/// The users and rooms that exist.
#[derive(Debug, Default)]
pub struct Kept {
    /// Each user's password. The key is the name as it was first registered.
    pub users: HashMap<UserName, PasswordHash>,
    /// The rooms.
    pub rooms: HashMap<RoomName, Arc<KeptRoom>>,
    rooms_made: u64,
}

/// A room, without the people in it.
#[derive(Debug)]
pub struct KeptRoom {
    /// The name as its creator wrote it.
    pub name: RoomName,
    /// Needed to enter and to delete, if there is one.
    pub password: Option<PasswordHash>,
    /// A room that was created later has a larger number.
    pub number: u64,
}

impl Kept {
    /// Whether `record` may follow. It may not create what exists, or change what does not exist.
    pub fn fits(&self, record: &Record) -> bool {
        match record {
            Record::User(name, _) => !self.users.contains_key(name),
            Record::Password(name, _) | Record::Forgotten(name) => self.users.contains_key(name),
            Record::Room(name, _) => !self.rooms.contains_key(name),
            Record::RoomRemoved(name) => self.rooms.contains_key(name),
        }
    }

    /// Makes the change of a record that [`fits`](Kept::fits).
    pub fn apply(&mut self, record: Record) {
        match record {
            // If the user exists, the key stays as it is: the name as first registered.
            Record::User(name, password) | Record::Password(name, password) => {
                self.users.insert(name, password);
            }
            Record::Forgotten(name) => {
                self.users.remove(&name);
            }
            Record::Room(name, password) => {
                self.rooms_made += 1;
                let room = KeptRoom { name: name.clone(), password, number: self.rooms_made };
                self.rooms.insert(name, Arc::new(room));
            }
            Record::RoomRemoved(name) => {
                self.rooms.remove(&name);
            }
        }
    }

    /// The rooms, in the order in which they were created.
    pub fn rooms_in_order(&self) -> Vec<Arc<KeptRoom>> {
        let mut rooms: Vec<_> = self.rooms.values().cloned().collect();
        rooms.sort_by_key(|room| room.number);
        rooms
    }

    /// The fewest records that give the same users and rooms: users by name, rooms in their order.
    pub(super) fn records(&self) -> Vec<Record> {
        let mut users: Vec<_> = self.users.iter().collect();
        users.sort_by_key(|(name, _)| name.as_str());
        let users = users.into_iter().map(|(name, hash)| Record::User(name.clone(), hash.clone()));
        let rooms = self.rooms_in_order().into_iter();
        let rooms = rooms.map(|room| Record::Room(room.name.clone(), room.password.clone()));
        users.chain(rooms).collect()
    }
}
