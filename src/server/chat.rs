//! The third state: in a room, until the person leaves it.
//!
//! Lines are taken for as long as some are there, and what they say is broadcast in one go before the next read: a read
//! often brings many lines, and one write to each member carries them all. So order is kept, and one busy author costs
//! the members little.

use std::sync::Arc;

use super::receipt::Receipt;
use super::request_log::Kind;
use super::rooms::{Member, Membership};
use super::screens;
use super::session::{Ended, Input, Session};
use crate::name::UserName;
use crate::protocol::{Reply, clean};
use crate::size::ByteSize;
use crate::transfer::{Content, Outcome, Outgoing, Refusal, Stored};

/// Most bytes that are broadcast in one go: a short line grows by its author's name.
const BATCH_BYTES: usize = 32 * 1024;

/// Most names in a line on the server's terminal.
const MOST_NAMES_SHOWN: usize = 20;

/// What a line in a room can be. Taken exactly as sent: `@all` and `!!` are messages.
enum Line<'a> {
    Leave,
    ListMembers,
    SendFile,
    Message(&'a str),
}

impl Line<'_> {
    fn parse(line: &str) -> Line<'_> {
        match line {
            "@" => Line::Leave,
            "%" => Line::ListMembers,
            "!" => Line::SendFile,
            message => Line::Message(message),
        }
    }
}

/// Stays in a room until the person leaves it, and shows the menu then.
pub fn stay(session: &mut Session, user: &UserName, membership: Membership) -> Result<(), Ended> {
    show_entered(session, user, &membership);
    let outcome = converse(session, user, &membership);
    let room = membership.room().name().clone();
    session.stop_awaiting_file();
    session.refuse_upload(Refusal::LeftRoom);
    // If the session has ended, nobody reads the menu: dropping `membership` leaves the room.
    let outcome = outcome.and_then(|()| {
        let screen = screens::menu(format_args!("You left the room {room}"));
        session.slow_down(membership.leave(screen))
    });
    session.log.request(Kind::Leave, format_args!("out of {room}"));
    session.shared.console.show(format_args!("{user} left {room}"));
    outcome
}

fn show_entered(session: &Session, user: &UserName, membership: &Membership) {
    let room = membership.room();
    let users = room.users(MOST_NAMES_SHOWN);
    let names: Vec<_> = users.iter().map(UserName::as_str).collect();
    let more = if room.size() > MOST_NAMES_SHOWN { ", …" } else { "" };
    session.shared.console.show(format_args!(
        "{user} entered {} ({}{more})",
        room.name(),
        names.join(", ")
    ));
}

fn converse(session: &mut Session, user: &UserName, membership: &Membership) -> Result<(), Ended> {
    let mut said = Said::default();
    loop {
        let input = session.take_input();
        let is_message = matches!(&input, Ok(Some(Input::Text(text))) if matches!(Line::parse(text), Line::Message(_)));
        // Whatever else happens, what was said before it is read before it.
        if !is_message || said.lines.len() >= BATCH_BYTES {
            said.broadcast(session, membership)?;
        }
        match input? {
            None => session.read_more()?,
            Some(Input::Unusable(why)) => session.tell(why),
            Some(Input::Uploaded(stored)) => hand_on(session, user, membership, &stored)?,
            Some(Input::Text(text)) => match Line::parse(&text) {
                Line::Leave => return Ok(()),
                Line::ListMembers => {
                    session.stop_awaiting_file();
                    membership.post_list();
                    session.log.request(Kind::List, "members listed");
                }
                Line::SendFile => await_file(session),
                Line::Message(_) if session.stop_awaiting_file() => {
                    session.log.request(Kind::File, "a file's name was awaited");
                    session.tell("Not sent: a file's name was awaited");
                }
                Line::Message(message) => said.add(user, message),
            },
        }
    }
}

/// What was said and not broadcast yet.
#[derive(Default)]
struct Said {
    lines: Vec<u8>,
    count: usize,
}

impl Said {
    fn add(&mut self, user: &UserName, message: &str) {
        let message = clean(message);
        if !message.is_empty() {
            // The space in front is what keeps a person's words apart from ours.
            for part in [" ", user.as_str(), ": ", &message, "\n"] {
                self.lines.extend_from_slice(part.as_bytes());
            }
            self.count += 1;
        }
    }

    /// Lets everybody have it, as soon as there is room for it. Pauses if somebody reads slowly.
    fn broadcast(&mut self, session: &mut Session, membership: &Membership) -> Result<(), Ended> {
        if self.count == 0 {
            return Ok(());
        }
        let (members, pressure) = loop {
            match membership.broadcast(&self.lines) {
                Ok(said) => break said,
                Err(no_room) => no_room.wait(),
            }
            session.go_on_waiting()?;
        };
        session.log.requests(self.count, Kind::Message, format_args!("delivered to {members}"));
        self.lines.clear();
        self.lines.shrink_to(BATCH_BYTES / 16);
        self.count = 0;
        session.slow_down(pressure)
    }
}

fn await_file(session: &mut Session) {
    if let Some(name) = session.upload() {
        session.tell(format_args!("One file at a time: {name} is still on its way"));
        session.log.request(Kind::File, "one file at a time");
    } else {
        session.await_file();
        session.tell(format_args!("{}\nWrite FileName.extension:", Reply::Send));
        session.log.request(Kind::File, "ready for a file's name");
    }
}

/// Offers a file that has come to everyone else in the room.
fn hand_on(
    session: &mut Session,
    user: &UserName,
    membership: &Membership,
    stored: &Stored,
) -> Result<(), Ended> {
    let name = &stored.offered;
    let size = ByteSize(stored.size);
    session.shared.console.show(format_args!("File from {user}: {name} ({size})"));
    let (others, pressure) = membership.announce(format_args!("::: {user} sent {name} ({size})"));
    if others.is_empty() {
        session.tell(format_args!(" ...File Sent... {name} (nobody else is here)"));
        return Ok(());
    }
    let receipt =
        Arc::new(Receipt::new(name.clone(), session.outbox, session.log.clone(), others.len()));
    let console = session.shared.console.clone();
    for (position, Member { user, outbox, .. }) in others.into_iter().enumerate() {
        let (receipt, console, file) = (Arc::clone(&receipt), console.clone(), name.clone());
        let report = move |outcome: Outcome| {
            console.show(format_args!("File to {user}: {file} ({outcome})"));
            receipt.note(position, &user, &outcome);
        };
        outbox.offer(Outgoing::new(name.clone(), Content::of(stored), report));
    }
    session.slow_down(pressure)
}
