//! What stands after all records so far: who has registered, and which rooms exist.
//!
//! The journal needs it twice: to rewrite itself without what has been removed again, and to notice a record
//! that contradicts those before it, on the way out as on the way in: so nothing is written that would not be read.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::name::{RoomName, UserName};

use super::record::{Chain, Damage, HEADER, Record};

/// The records that still count.
#[derive(Debug)]
pub(super) struct Live {
    /// By when they were made: the key only ever grows.
    records: BTreeMap<u64, Record>,
    users: HashSet<UserName>,
    /// Where each room stands in `records`.
    rooms: HashMap<RoomName, u64>,
    /// The key of the next record.
    next: u64,
    /// How long a journal of these records alone would be.
    bytes: u64,
}

impl Live {
    /// Nothing yet.
    pub(super) fn new() -> Live {
        Live {
            records: BTreeMap::new(),
            users: HashSet::new(),
            rooms: HashMap::new(),
            next: 0,
            bytes: HEADER.len() as u64 + 1,
        }
    }

    /// Whether `record` may follow.
    ///
    /// # Errors
    /// What it contradicts.
    pub(super) fn check(&self, record: &Record) -> Result<(), Damage> {
        match record {
            Record::User { name, .. } if self.users.contains(name) => Err(Damage::UserExists),
            Record::Room { name, .. } if self.rooms.contains_key(name) => Err(Damage::RoomExists),
            Record::RoomRemoved { name } if !self.rooms.contains_key(name) => {
                Err(Damage::NoSuchRoom)
            }
            _ => Ok(()),
        }
    }

    /// Takes in a record that has passed [`check`](Live::check).
    pub(super) fn take(&mut self, record: Record) {
        match &record {
            Record::User { name, .. } => {
                self.users.insert(name.clone());
            }
            Record::Room { name, .. } => {
                self.rooms.insert(name.clone(), self.next);
            }
            Record::RoomRemoved { name } => {
                let room = self.rooms.remove(name).and_then(|key| self.records.remove(&key));
                self.bytes -= room.map_or(0, |room| room.line_bytes());
                return;
            }
        }
        self.bytes += record.line_bytes();
        self.records.insert(self.next, record);
        self.next += 1;
    }

    /// How long [`write`](Live::write) would be, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The records, in the order in which they were made.
    pub(super) fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.values()
    }

    /// A journal of these records alone, and the checksum at its end.
    pub(super) fn write(&self) -> (String, Chain) {
        let (mut text, mut chain) = (format!("{HEADER}\n"), Chain::new());
        self.records().for_each(|record| text.push_str(&chain.write(record)));
        (text, chain)
    }
}
