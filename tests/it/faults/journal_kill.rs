//! `kill -9`, three hundred times: what was acknowledged is there after the next start, and
//! nothing is there that nobody asked for. Half of the rounds begin with a server that is killed
//! while it starts, because that is when it rewrites its journal.

use std::collections::HashSet;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use crate::support::faults::note;
use crate::support::{Dice, PASSWORD, Person, Program, Seat, Server, ask};

/// Each has a folder of its own, and all run at the same time. In every second one nobody
/// registers.
const WORLDS: usize = 4;

const ROUNDS_OF_A_WORLD: usize = 75;

/// On a busy machine little is done in a round: then there are more of them, but no more than
/// this.
const MOST_ROUNDS: usize = 4 * ROUNDS_OF_A_WORLD;

#[test]
#[ignore = "takes half a minute: 300 rounds of kill -9"]
fn what_was_acknowledged_survives_kill_minus_9_at_any_moment() {
    let mut dice = Dice::drawn();
    let start = Instant::now();
    let ledgers: Vec<Ledger> = std::thread::scope(|scope| {
        let worlds: Vec<_> = (0..WORLDS)
            .map(|world| (Dice::seeded(dice.roll()), world % 2 == 0))
            .map(|(dice, with_users)| scope.spawn(move || rounds(dice, with_users)))
            .collect();
        worlds.into_iter().map(|world| world.join().unwrap()).collect()
    });
    let sum = |count: fn(&Ledger) -> usize| ledgers.iter().map(count).sum::<usize>();
    note(&format!(
        "{} rounds, {} users and {} rooms acknowledged, {} rooms removed, \
         journal rewritten in {} rounds, {:.0} s",
        sum(|ledger| ledger.rounds),
        sum(|ledger| ledger.users.len()),
        sum(|ledger| ledger.rooms_made),
        sum(|ledger| ledger.removed.len()),
        sum(|ledger| ledger.rewritten),
        start.elapsed().as_secs_f64(),
    ));
    for (world, ledger) in ledgers.iter().enumerate() {
        assert!(ledger.shows_something(world % 2 == 0), "too little was done to show anything");
    }
}

/// What one world's people were told, over all its rounds.
#[derive(Default)]
struct Ledger {
    rounds: usize,
    users: Vec<String>,
    rooms: HashSet<String>,
    removed: HashSet<String>,
    rooms_made: usize,
    /// In how many rounds the start made the journal another file.
    rewritten: usize,
    /// Asked for, and never answered: may be there or not, until the next start has shown it.
    open_users: Vec<String>,
    open_rooms: HashSet<String>,
}

fn rounds(mut dice: Dice, with_users: bool) -> Ledger {
    let mut ledger = Ledger::default();
    let server = Server::start();
    for name in ["maker", "checker"] {
        server.sign_up(name);
    }
    let mut folder = server.dies();
    for round in 0..MOST_ROUNDS {
        if round >= ROUNDS_OF_A_WORLD && ledger.shows_something(with_users) {
            break;
        }
        ledger.rounds += 1;
        let journal = folder.path().join("chatroom.db");
        let inode = || fs::metadata(&journal).unwrap().ino();
        let before = inode();
        if dice.below(2) == 0 {
            // Killed while it reads its journal, or rewrites it, or before that.
            let starting = Program::start(&mut Server::command(folder.path()));
            // The moment of the kill is drawn.
            std::thread::sleep(Duration::from_micros(dice.below(20_000) as u64));
            drop(starting);
        }
        let server = Server::in_folder(folder, &[]);
        ledger.rewritten += usize::from(inode() != before);
        ledger.check(&server, round);
        let moment = Duration::from_micros(5_000 + dice.below(150_000) as u64);
        let (address, number) = (server.address(), dice.roll());
        folder = std::thread::scope(|scope| {
            let users =
                with_users.then(|| scope.spawn(move || register_until_killed(address, number)));
            let rooms = scope.spawn(move || make_and_remove_rooms_until_killed(address, number));
            // The moment of the kill is drawn.
            std::thread::sleep(moment);
            let folder = server.dies();
            users.into_iter().for_each(|users| ledger.note_users(users.join().unwrap()));
            ledger.note_rooms(rooms.join().unwrap());
            folder
        });
    }
    ledger.check(&Server::in_folder(folder, &[]), ledger.rounds);
    ledger
}

/// Users that were asked for; all but the last were acknowledged, and the last too if that is
/// said.
fn register_until_killed(server: SocketAddr, round: u64) -> (Vec<String>, bool) {
    let mut asked = Vec::new();
    let Some(mut peer) = Person::try_connect(server, "registering") else { return (asked, true) };
    loop {
        let name = format!("u{round:x}.{}", asked.len());
        peer.tries_to_send(format!("{name}\n{PASSWORD}\n{PASSWORD}\n@\n").as_bytes());
        asked.push(name);
        if !peer.reads_or_ends("New User Added...Going to Login") {
            return (asked, false);
        }
    }
}

/// What was asked for, in its order, `(name, is it to be removed)`; all but the last were
/// acknowledged.
fn make_and_remove_rooms_until_killed(server: SocketAddr, round: u64) -> Vec<(String, bool)> {
    let mut asked = Vec::new();
    let Some(mut peer) = Person::try_connect(server, "making rooms") else { return asked };
    peer.tries_to_send(format!("maker\ny\nmaker\n{PASSWORD}\n").as_bytes());
    if !peer.reads_or_ends(ask::MENU.text) {
        return asked;
    }
    for number in 0.. {
        let name = format!("room {round:x}.{number}");
        peer.tries_to_send(format!("1\n{name}\nn\n@\n").as_bytes());
        asked.push((name.clone(), false));
        if !peer.reads_or_ends("New Room Added... Entering") {
            break;
        }
        // Most are removed again, so that the next start has something to rewrite.
        if number % 20 != 0 {
            peer.tries_to_send(format!("2\n{name}\n").as_bytes());
            asked.push((name.clone(), true));
            if !peer.reads_or_ends(&format!("Room {name} Removed")) {
                break;
            }
        }
    }
    asked
}

impl Ledger {
    fn shows_something(&self, with_users: bool) -> bool {
        let users = self.users.len() > 50 || !with_users;
        users && self.removed.len() > 25 && self.rewritten > 1
    }

    fn note_users(&mut self, (mut asked, all_acknowledged): (Vec<String>, bool)) {
        self.open_users =
            if all_acknowledged { Vec::new() } else { asked.pop().into_iter().collect() };
        self.users.extend(asked);
    }

    fn note_rooms(&mut self, mut asked: Vec<(String, bool)>) {
        self.open_rooms = asked.pop().into_iter().map(|(name, _)| name).collect();
        for (name, remove) in asked {
            if remove {
                self.rooms.remove(&name);
                self.removed.insert(name);
            } else {
                self.rooms_made += 1;
                self.rooms.insert(name);
            }
        }
    }

    /// Looks at the server that has just started, and settles what was open.
    #[track_caller]
    fn check(&mut self, server: &Server, round: usize) {
        let mut peer = server.newcomer("checking");
        for (name, acknowledged) in self
            .users
            .iter()
            .map(|name| (name, true))
            .chain(self.open_users.iter().map(|name| (name, false)))
        {
            peer.types(name);
            let exists = peer.next_line() != ask::NEW_PASSWORD.control;
            assert!(exists || !acknowledged, "round {round}: {name} was acknowledged and is gone");
            peer.types(if exists { "n" } else { "@" });
            peer.reads_up_to(ask::NEW_USER);
        }
        self.check_rooms(server, round);
        // And with the right password: the last few, the others have been in already.
        for name in self.users.iter().rev().take(3) {
            let mut peer = server.connects_raw(name);
            peer.tries_to_send(format!("{name}\ny\n{name}\n{PASSWORD}\n").as_bytes());
            assert!(
                peer.reads_or_ends("Logged In, You Welcome"),
                "round {round}: {}",
                peer.story()
            );
        }
    }

    #[track_caller]
    fn check_rooms(&mut self, server: &Server, round: usize) {
        let mut peer = server.signs_in("checker");
        peer.types("3");
        let there: HashSet<String> = match peer.next_line().as_str() {
            "Rooms Available:" => {
                let rooms = peer.sees_eventually("Entering Room");
                rooms
                    .iter()
                    .map(|line| line.trim().strip_suffix(" Users: 0").unwrap().to_owned())
                    .collect()
            }
            _ => HashSet::new(),
        };
        for room in self.rooms.difference(&there) {
            assert!(
                self.open_rooms.contains(room),
                "round {round}: {room} was acknowledged and is gone"
            );
        }
        for room in there.difference(&self.rooms) {
            assert!(
                self.open_rooms.contains(room),
                "round {round}: {room} is there again, or was never"
            );
        }
        self.rooms = there;
    }
}
