//! Rooms, who is in them, and what is said there.
//!
//! Three locks, in this order. The journal's is held while a room is created or deleted, which waits for the disk. The map's is
//! held only to find, create, list and delete. Each room has one of its own for its members; whatever its members get to read
//! is posted under it, so that all of them read the same lines in the same order. Posting never blocks and writes nothing, so
//! neither does anybody who holds a room's lock. Of an outbox this file knows only that one can post to it.
//!
//! A [`Membership`] is being in a room. Dropping it leaves, whatever the session ended of: there are no ghosts.

use std::fmt::{self, Display};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::journal::{JournalError, Record, SharedJournal, lock_journal};
use super::password::PasswordHash;
use crate::name::{RoomName, UserName};
use crate::outbox::{self, Outbox, Pressure};

/// Most rooms that there may be: one person can't fill the list for everybody.
pub const MAX_ROOMS: usize = 1000;

/// All rooms, in the order they were created.
pub struct Rooms {
    journal: SharedJournal,
    rooms: Mutex<Vec<Arc<Room>>>,
}

/// One room.
pub struct Room {
    name: RoomName,
    /// Needed to enter and to delete, if there is one.
    password: Option<PasswordHash>,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    members: Vec<Member>,
    /// Deleted, or just about to be: nobody gets in any more.
    deleted: bool,
}

/// Who enters a room, and where what is said there goes.
#[derive(Clone)]
pub struct Member {
    /// The number of the session: a user's next session is another member.
    pub session: u64,
    /// Who it is.
    pub user: UserName,
    /// Where its lines go.
    pub outbox: Arc<Outbox>,
}

/// Being in a room, for as long as this lives.
pub struct Membership {
    room: Arc<Room>,
    member: Member,
}

/// Why a room was not created.
#[derive(Debug)]
pub enum CreateError {
    /// Somebody was faster.
    Exists,
    /// There are [`MAX_ROOMS`] already.
    TooMany,
    /// It could not be kept.
    NotSaved(JournalError),
}

/// Why a room was not deleted.
#[derive(Debug)]
pub enum DeleteError {
    /// Somebody was faster.
    Gone,
    /// Somebody is in it.
    NotEmpty,
    /// It could not be kept that it is gone, so it is not.
    NotSaved(JournalError),
}

impl Display for DeleteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeleteError::Gone => f.write_str("Room doesn't exist"),
            DeleteError::NotEmpty => f.write_str("Room is not empty for deletion"),
            DeleteError::NotSaved(_) => f.write_str(
                "That could not be saved on the server, the room was not deleted; tell who runs it",
            ),
        }
    }
}

impl std::error::Error for DeleteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DeleteError::NotSaved(error) => Some(error),
            _ => None,
        }
    }
}

impl Rooms {
    /// The rooms that the journal holds, all empty.
    pub fn new(
        rooms: impl IntoIterator<Item = (RoomName, Option<PasswordHash>)>,
        journal: SharedJournal,
    ) -> Rooms {
        let rooms = rooms
            .into_iter()
            .map(|(name, password)| Arc::new(Room::new(name, password)))
            .collect();
        Rooms { journal, rooms: Mutex::new(rooms) }
    }

    /// Finds a room by its name.
    pub fn find(&self, name: &RoomName) -> Option<Arc<Room>> {
        self.lock().iter().find(|room| room.name == *name).cloned()
    }

    /// All rooms, in the order they were created.
    pub fn list(&self) -> Vec<Arc<Room>> {
        self.lock().clone()
    }

    /// Creates a room with its creator in it, who gets to read `screen`. When this returns, the room is on the disk. Blocks for
    /// the disk.
    ///
    /// # Errors
    /// [`CreateError`]; nothing has changed then.
    pub fn create(
        &self,
        name: &RoomName,
        password: Option<PasswordHash>,
        creator: Member,
        screen: impl Display,
    ) -> Result<Membership, CreateError> {
        let mut journal = lock_journal(&self.journal);
        if self.find(name).is_some() {
            return Err(CreateError::Exists);
        }
        if self.lock().len() >= MAX_ROOMS {
            return Err(CreateError::TooMany);
        }
        let record = Record::Room { name: name.clone(), password: password.clone() };
        journal.append(&record).map_err(CreateError::NotSaved)?;
        let room = Arc::new(Room::new(name.clone(), password));
        // In one step for everybody else: the room is there once its creator can read so, and then its creator is in it.
        let mut rooms = self.lock();
        let entered = room
            .enter(creator, screen)
            .expect("a room that nobody knows yet can't have been deleted");
        rooms.push(room);
        Ok(entered.0)
    }

    /// Deletes an empty room. When this returns, that is on the disk. Blocks for the disk.
    ///
    /// # Errors
    /// [`DeleteError`]; nothing has changed then.
    pub fn delete(&self, room: &Arc<Room>) -> Result<(), DeleteError> {
        let mut journal = lock_journal(&self.journal);
        {
            // From here on nobody gets in, so that it is still empty when the disk has said yes.
            let mut inside = room.lock();
            if inside.deleted {
                return Err(DeleteError::Gone);
            }
            if !inside.members.is_empty() {
                return Err(DeleteError::NotEmpty);
            }
            inside.deleted = true;
        }
        if let Err(error) = journal.append(&Record::RoomRemoved { name: room.name.clone() }) {
            room.lock().deleted = false;
            return Err(DeleteError::NotSaved(error));
        }
        self.lock().retain(|other| !Arc::ptr_eq(other, room));
        Ok(())
    }

    /// The list is changed in single steps, so a panic elsewhere leaves it whole.
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Room>>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room {
    fn new(name: RoomName, password: Option<PasswordHash>) -> Room {
        Room { name, password, inside: Mutex::default() }
    }

    /// Its name.
    pub fn name(&self) -> &RoomName {
        &self.name
    }

    /// Its password's hash, if it is locked.
    pub fn password(&self) -> Option<&PasswordHash> {
        self.password.as_ref()
    }

    /// Who is in it, in the order they entered, but no more than `most` of them.
    pub fn users(&self, most: usize) -> Vec<UserName> {
        self.lock().members.iter().take(most).map(|member| member.user.clone()).collect()
    }

    /// The room as it stands in the list of rooms: `Room1 LOCKED Users: 1`.
    pub fn listing(&self) -> String {
        let locked = if self.password.is_some() { " LOCKED" } else { "" };
        format!("{}{locked} Users: {}", self.name, self.size())
    }

    /// How many are in it.
    pub fn size(&self) -> usize {
        self.lock().members.len()
    }

    /// Lets somebody in, who gets to read `screen`; the others are told. Returns whether they keep up, too. `None` if the room
    /// has been deleted.
    pub fn enter(
        self: &Arc<Self>,
        member: Member,
        screen: impl Display,
    ) -> Option<(Membership, Pressure)> {
        let mut inside = self.lock();
        if inside.deleted {
            return None;
        }
        let pressure =
            inside.announce(format_args!("::: {} Entered the Room", member.user), |_| true);
        member.outbox.post(screen);
        inside.members.push(member.clone());
        Some((Membership { room: Arc::clone(self), member }, pressure))
    }

    /// Members come and go in single steps, so a panic elsewhere leaves the list whole.
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn announce(&self, line: impl Display, to: impl Fn(&Member) -> bool) -> Pressure {
        let line = format!("{line}\n");
        let outboxes =
            self.members.iter().filter(|member| to(member)).map(|member| &member.outbox);
        outbox::post_all(outboxes, line.as_bytes())
    }
}

impl Membership {
    /// The room.
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// Says `lines`, each with its line end, to everyone in the room. Returns to how many, and whether they keep up.
    pub fn say(&self, lines: &[u8]) -> (usize, Pressure) {
        let inside = self.room.lock();
        let pressure = outbox::post_all(inside.members.iter().map(|member| &member.outbox), lines);
        (inside.members.len(), pressure)
    }

    /// Posts the list of members to this one, where it belongs among the room's lines.
    pub fn post_list(&self) {
        let inside = self.room.lock();
        let mut list = "LIST OF USERS:".to_string();
        for member in &inside.members {
            list.push_str("\nUser: ");
            list.push_str(member.user.as_str());
        }
        self.member.outbox.post(list);
    }

    /// Tells the others something, and returns who they are at that moment, and whether they keep up.
    pub fn announce(&self, line: impl Display) -> (Vec<Member>, Pressure) {
        let inside = self.room.lock();
        let pressure = inside.announce(line, |member| self.is_other(member));
        (inside.members.iter().filter(|member| self.is_other(member)).cloned().collect(), pressure)
    }

    /// Leaves the room. The member gets to read `screen`, and nothing of the room after it. Returns whether the others keep up.
    pub fn leave(self, screen: impl Display) -> Pressure {
        let mut inside = self.room.lock();
        self.member.outbox.post(screen);
        // `Drop` will find that the member is gone already.
        self.remove_from(&mut inside)
    }

    fn is_other(&self, member: &Member) -> bool {
        member.session != self.member.session
    }

    fn remove_from(&self, inside: &mut Inside) -> Pressure {
        let before = inside.members.len();
        inside.members.retain(|member| self.is_other(member));
        if inside.members.len() == before {
            return Pressure::Low;
        }
        inside.announce(format_args!("User {} has left the room", self.member.user), |_| true)
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.remove_from(&mut self.room.lock());
    }
}

impl fmt::Debug for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Membership({} in {})", self.member.user, self.room.name)
    }
}
