//! The rooms: who is in each, and who reads what is said there.
//!
//! Sessions call this, each on its own thread, and the server's commands on the main thread. A
//! message goes to all members of its room, in one order for all of them. That is what the room's
//! lock is for: it is held while a line is posted to every member. Posting only appends to a
//! buffer, so nobody waits long for the lock, and no socket is written while it is held.
//!
//! There are two kinds of lock, both private to this file and taken in this order. The lock of the
//! room map is held only to find, create, list and delete. Each room has its own lock for its
//! members. A thread posts to outboxes while it holds that lock, and may wake a courier. The store
//! waits for the disk, so it is called without either lock.
//!
//! A person is in a room as long as there is a [`Membership`]. However the session ends, dropping
//! it leaves the room, so a room never lists somebody who is gone.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::sync::{Arc, Mutex};

use super::presence::Person;
use super::store::{KeptRoom, NotKept, Store};
use crate::lock::lock;
use crate::name::{Password, RoomName, UserName};
use crate::outbox::{self, NoSpace, Pressure};

/// The room map.
pub struct Rooms {
    store: Arc<Store>,
    rooms: Mutex<HashMap<RoomName, Arc<Room>>>,
}

/// One room.
pub struct Room {
    /// What the store keeps of it: its name and the hash of its password.
    pub kept: Arc<KeptRoom>,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    members: Vec<Person>,
    /// Deleted, or about to be: nobody can enter any more.
    deleted: bool,
}

/// A person is in a room as long as this exists.
pub struct Membership {
    /// The room.
    pub room: Arc<Room>,
    /// The person.
    pub member: Person,
}

impl Rooms {
    /// Creates the map of the rooms that the store holds, all empty.
    pub fn new(store: Arc<Store>) -> Rooms {
        let rooms = store.rooms().into_iter();
        let rooms = rooms.map(|kept| (kept.name.clone(), Arc::new(Room::new(kept)))).collect();
        Rooms { store, rooms: Mutex::new(rooms) }
    }

    /// Finds a room by its name.
    pub fn find(&self, name: &RoomName) -> Option<Arc<Room>> {
        lock(&self.rooms).get(name).cloned()
    }

    /// All rooms, in the order they were created.
    pub fn list(&self) -> Vec<Arc<Room>> {
        let mut rooms: Vec<_> = lock(&self.rooms).values().cloned().collect();
        // `sort` would take 4 KiB of the stack, which this thread keeps for as long as it lives.
        rooms.sort_unstable_by_key(|room| room.kept.number);
        rooms
    }

    /// Creates a room and puts its creator in it. The creator reads `screen`. Blocks until the
    /// room is on the disk.
    ///
    /// # Errors
    /// [`NotKept`]; nothing has changed then.
    pub fn create(
        &self,
        name: &RoomName,
        password: Option<&Password>,
        creator: Person,
        screen: impl Display,
    ) -> Result<Membership, NotKept> {
        let room = Arc::new(Room::new(self.store.create_room(name, password)?));
        // Others see one step: when they can find the room, its creator is in it.
        let mut rooms = lock(&self.rooms);
        let entered = room
            .enter(creator, screen)
            .expect("nobody knows this room yet, so nobody can have deleted it");
        // A deleted room of the same name may still be in the map for a moment.
        rooms.insert(name.clone(), room);
        Ok(entered.0)
    }

    /// Deletes an empty room. Blocks until that is on the disk.
    ///
    /// # Errors
    /// [`NotKept`]; nothing has changed then.
    pub fn delete(&self, room: &Arc<Room>) -> Result<(), NotKept> {
        {
            // From here on nobody can enter. So the room stays empty while we wait for the disk.
            let mut inside = lock(&room.inside);
            if inside.deleted {
                return Err(NotKept::TooLate);
            }
            if !inside.members.is_empty() {
                return Err(NotKept::NotEmpty);
            }
            inside.deleted = true;
        }
        if let Err(why) = self.store.remove_room(room.name()) {
            lock(&room.inside).deleted = false;
            return Err(why);
        }
        let mut rooms = lock(&self.rooms);
        // The store has freed the name: somebody may have created a new room of that name already.
        if rooms.get(room.name()).is_some_and(|other| Arc::ptr_eq(other, room)) {
            rooms.remove(room.name());
        }
        Ok(())
    }

    /// Posts a line to everyone who is in a room. In each room, all members read it at the same
    /// place among the room's lines. Returns their sessions. A person who moves to another room
    /// meanwhile reads it only once.
    pub fn post_to_all(&self, line: &str) -> HashSet<u64> {
        let mut told = HashSet::new();
        for room in self.list() {
            let inside = lock(&room.inside);
            let others = inside.members.iter().filter(|member| !told.contains(&member.session));
            let _pressure = post_notice(others, line);
            told.extend(inside.members.iter().map(|member| member.session));
        }
        told
    }
}

impl Room {
    fn new(kept: Arc<KeptRoom>) -> Room {
        Room { kept, inside: Mutex::default() }
    }

    /// Its name.
    pub fn name(&self) -> &RoomName {
        &self.kept.name
    }

    /// The users in it, in the order in which they entered, at most `most` of them.
    pub fn users(&self, most: usize) -> Vec<UserName> {
        lock(&self.inside).members.iter().take(most).map(|member| member.user.clone()).collect()
    }

    /// Its line in the list of rooms: `Room1 LOCKED Users: 1`.
    pub fn listing(&self) -> String {
        let locked = if self.kept.password.is_some() { " LOCKED" } else { "" };
        format!("{}{locked} Users: {}", self.name(), self.size())
    }

    /// How many are in it.
    pub fn size(&self) -> usize {
        lock(&self.inside).members.len()
    }

    /// Lets a person enter and read `screen`, and tells the others. Also returns how much to
    /// slow the person down. `None`: the room has been deleted.
    pub fn enter(
        self: &Arc<Self>,
        member: Person,
        screen: impl Display,
    ) -> Option<(Membership, Pressure)> {
        let mut inside = lock(&self.inside);
        if inside.deleted {
            return None;
        }
        let notice = format_args!("::: {} Entered the Room", member.user);
        let pressure = post_notice(inside.members.iter(), notice);
        member.outbox.post(screen);
        inside.members.push(member.clone());
        Some((Membership { room: Arc::clone(self), member }, pressure))
    }
}

impl Membership {
    /// Broadcasts `lines`, each with its line end, to everyone in the room. Returns how many
    /// people got them, and how much to slow the author down.
    ///
    /// # Errors
    /// [`NoSpace`] if too much waits for one of them. Nothing was said then.
    pub fn broadcast(&self, lines: &[u8]) -> Result<(usize, Pressure), NoSpace> {
        let (count, posted) = {
            let inside = lock(&self.room.inside);
            let outboxes = inside.members.iter().map(|member| &member.outbox);
            (inside.members.len(), outbox::post_all_if_space(outboxes, lines)?)
        };
        // Without the room's lock.
        Ok((count, posted.write()))
    }

    /// Posts the list of members to this member. The list is correct for its place among the
    /// room's lines.
    pub fn post_list(&self) {
        let inside = lock(&self.room.inside);
        let mut list = "LIST OF USERS:".to_string();
        for member in &inside.members {
            list.extend(["\nUser: ", member.user.as_str()]);
        }
        self.member.outbox.post(list);
    }

    /// Posts a notice to the others. Returns who they are at that moment, and how much to slow
    /// this member down.
    pub fn post_notice_to_others(&self, notice: impl Display) -> (Vec<Person>, Pressure) {
        let inside = lock(&self.room.inside);
        let others = inside.members.iter().filter(|member| self.is_other(member));
        let pressure = post_notice(others.clone(), notice);
        (others.cloned().collect(), pressure)
    }

    /// Leaves the room. The member reads `screen`, and nothing of the room after it. Returns how
    /// much to slow the member down.
    pub fn leave(self, screen: impl Display) -> Pressure {
        let mut inside = lock(&self.room.inside);
        self.member.outbox.post(screen);
        // `Drop` will find that the member has left already.
        self.remove_from(&mut inside)
    }

    fn is_other(&self, member: &Person) -> bool {
        member.session != self.member.session
    }

    fn remove_from(&self, inside: &mut Inside) -> Pressure {
        let at = inside.members.iter().position(|member| !self.is_other(member));
        let Some(at) = at else { return Pressure::default() };
        inside.members.remove(at);
        let notice = format_args!("User {} has left the room", self.member.user);
        post_notice(inside.members.iter(), notice)
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let _pressure = self.remove_from(&mut lock(&self.room.inside));
    }
}

/// Posts a notice to these members of one room, whose lock is held.
fn post_notice<'a>(members: impl Iterator<Item = &'a Person>, notice: impl Display) -> Pressure {
    let outboxes = members.map(|member| &member.outbox);
    outbox::post_all(outboxes, format!("{notice}\n").as_bytes()).leave_to_couriers()
}
