//! The third state: in a room, until the person leaves it.
//!
//! One read often brings many lines. The messages among them are collected and broadcast together
//! before the next read, so that one write to each member carries them all. This keeps their
//! order, and one busy author costs the members little.
//!
//! The visit's thread runs this. It holds no lock; the room's lock is private to `rooms`.

use super::console::MAX_NAMES;
use super::presence::first_names;
use super::receipt::Receipt;
use super::request_log::Kind;
use super::rooms::Membership;
use super::screens;
use super::session::{Ended, Input, Session};
use crate::protocol::Reply;
use crate::size::ByteSize;
use crate::text::clean;
use crate::transfer::{Refusal, Stored};

/// The most bytes that are broadcast together.
const BATCH_BYTES: usize = 32 * 1024;

/// Stays in a room until the person leaves it, and shows the menu then.
///
/// # Errors
/// [`Ended`], if the session is over.
pub fn stay(session: &mut Session, membership: Membership) -> Result<(), Ended> {
    show_entered(session, &membership);
    let ended = converse(session, &membership);
    let (user, room) = (membership.member.user.clone(), membership.room.name().clone());
    // If the session has ended, nobody reads the menu: dropping `membership` leaves the room.
    let ended = ended.and_then(|()| {
        session.receiving.close_question();
        session.refuse_upload(Refusal::LeftRoom);
        let screen = screens::menu(session, &format!("You left the room {room}"));
        session.slow_down(membership.leave(screen))
    });
    session.log.request(Kind::LEAVE, format_args!("out of {room}"));
    session.shared.console.show(format_args!("{user} left {room}"));
    ended
}

fn show_entered(session: &Session, membership: &Membership) {
    let (user, room) = (&membership.member.user, &membership.room);
    let names = first_names(room.users(MAX_NAMES + 1), MAX_NAMES);
    session.shared.console.show(format_args!("{user} entered {} ({names})", room.name()));
}

fn converse(session: &mut Session, membership: &Membership) -> Result<(), Ended> {
    let mut said = Said::default();
    loop {
        let input = session.buffered_input();
        if let Ok(Some(Input::Text(line))) = &input
            && is_message(session, line)
        {
            said.add(membership, line);
            if said.lines.len() < BATCH_BYTES {
                continue;
            }
        }
        // Flush earlier messages first, to keep the order.
        said.broadcast(session, membership)?;
        match input? {
            None => session.read_more()?,
            Some(Input::Text(line)) => match line.as_str() {
                "@" if session.receiving.close_question() => session.tell("No file sent"),
                "@" => return Ok(()),
                "%" => list_members(session, membership),
                "!" => ask_for_file(session),
                _ if session.receiving.close_question() => refuse_message(session),
                // A message, which was broadcast right now.
                _ => {}
            },
            Some(Input::Uploaded(stored)) => hand_on(session, membership, &stored)?,
            Some(Input::Ping) => session.tell(Reply::Pong),
            Some(Input::Unusable(why)) => {
                session.tell(why);
                if session.receiving.is_question_open() {
                    session.ask_for_file();
                }
            }
        }
    }
}

/// Whether a line is said to the room. It is taken exactly as sent: `@all` and `!!` are messages.
/// While a file's name is awaited, nothing is said.
fn is_message(session: &Session, line: &str) -> bool {
    !matches!(line, "@" | "%" | "!") && !session.receiving.is_question_open()
}

/// Messages that are not broadcast yet.
#[derive(Default)]
struct Said {
    lines: Vec<u8>,
    count: usize,
}

impl Said {
    fn add(&mut self, membership: &Membership, message: &str) {
        let message = clean(message);
        if !message.is_empty() {
            // With the space in front, a message never looks like a notice or a control line.
            let author = membership.member.user.as_str();
            for part in [" ", author, ": ", &message, "\n"] {
                self.lines.extend_from_slice(part.as_bytes());
            }
            self.count += 1;
        }
    }

    /// Broadcasts the messages as soon as there is space for them, and pauses if somebody reads
    /// slowly. So a flood of lines becomes slower, and nobody is disconnected.
    fn broadcast(&mut self, session: &mut Session, membership: &Membership) -> Result<(), Ended> {
        session.check_sent_away()?;
        if self.count == 0 {
            return Ok(());
        }
        let (members, pressure) = loop {
            match membership.broadcast(&self.lines) {
                Ok(said) => break said,
                Err(no_space) => no_space.wait(session.outbox),
            }
            session.after_a_wait()?;
        };
        session.log.requests(self.count, Kind::MESSAGE, format_args!("delivered to {members}"));
        self.lines.clear();
        self.lines.shrink_to(BATCH_BYTES / 16);
        self.count = 0;
        session.slow_down(pressure)
    }
}

fn list_members(session: &Session, membership: &Membership) {
    membership.post_list();
    session.log.request(Kind::LIST, "members listed");
}

fn refuse_message(session: &Session) {
    session.log.request(Kind::FILE, "a file's name was awaited");
    session.tell("Not sent: a file's name was awaited");
}

fn ask_for_file(session: &mut Session) {
    if !session.is_program {
        session.log.request(Kind::FILE, "no program for files");
        session.tell("Files need the client program: cargo run --bin client");
    } else if let Some(name) = session.receiving.name() {
        session.log.request(Kind::FILE, "one file at a time");
        session.tell(format_args!("One file at a time: {name} is still on its way"));
    } else {
        session.log.request(Kind::FILE, "ready for a file's name");
        session.ask_for_file();
    }
}

/// Tells the room of a stored file, and has it offered to everyone else there.
fn hand_on(session: &mut Session, membership: &Membership, stored: &Stored) -> Result<(), Ended> {
    let (user, name, size) = (&membership.member.user, &stored.offered, ByteSize(stored.size));
    let console = &session.shared.console;
    console.show(format_args!("File from {user}: {name} ({size})"));
    let notice = format_args!("::: {user} sent {name} ({size})");
    let (others, pressure) = membership.post_notice_to_others(notice);
    if others.is_empty() {
        session.tell(format_args!(" ...File Sent... {name} (nobody else is here)"));
        return Ok(());
    }
    let log = session.log.clone();
    session.watch_receipt(Receipt::for_offers(stored, others, session.outbox, log, console));
    session.slow_down(pressure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{RoomName, UserName};
    use crate::server::presence::Person;
    use crate::server::tests::{connection, shared};

    /// While a file of the same read was stored, for example.
    #[test]
    fn lines_that_wait_are_not_said_after_their_author_was_sent_away() {
        let folder = tempfile::tempdir().unwrap();
        let shared = &shared(&folder);
        let (outbox, _person) = connection(shared);
        let member = Person::new(1, UserName::parse("alice").unwrap(), true, &outbox);
        let room = RoomName::parse("lobby").unwrap();
        let membership = shared.rooms.create(&room, None, member, "").unwrap();
        let mut session = Session::new(1, ([127, 0, 0, 1], 1).into(), &outbox, shared);
        let mut said = Said::default();
        said.add(&membership, "one");
        assert!(said.broadcast(&mut session, &membership).is_ok());
        said.add(&membership, "two");
        outbox.expel("goodbye");
        assert!(matches!(said.broadcast(&mut session, &membership), Err(Ended::SentAway)));
        assert_eq!(said.count, 1);
    }
}
