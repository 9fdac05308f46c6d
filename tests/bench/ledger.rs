//! The messages, and the proof that each arrived: what was sent, and what each member got.
//!
//! A message is 64 bytes: `bench SENDER SEQUENCE` and a filler, SENDER being the number of a
//! connection in six digits, SEQUENCE a count in eight. Every receiver checks every message: that
//! its bytes are right, that its sender sits in the receiver's room, and that it is the next one
//! of that sender. A lost, repeated or reordered message can't go by. Where authors get their own
//! messages back, all members of a room must also have seen the messages of all its senders in one
//! and the same order: each member keeps a running hash of what it saw, and the hashes are
//! compared when all has arrived.

use std::io::Write;

use crate::Outcome;
use crate::dialect::Echo;

/// Length of a message's text.
pub const MESSAGE_BYTES: usize = 64;

/// The most senders that a room can have: its first members.
pub const MAX_SENDERS: usize = 4;

const MARK: &[u8] = b"bench ";
const FILLER: &[u8] = b" the quick brown fox jumps over the lazy do";
const _: () = assert!(MARK.len() + "SENDER SEQUENCE".len() + FILLER.len() == MESSAGE_BYTES);

/// One message: who said it, and the how-manieth of that sender it is.
#[derive(Clone, Copy)]
pub struct Message {
    pub sender: usize,
    pub sequence: u32,
}

impl Message {
    /// Appends the message's text.
    pub fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(MARK);
        write!(out, "{:06} {:08}", self.sender, self.sequence).expect("a Vec takes every write");
        out.extend_from_slice(FILLER);
    }

    /// Finds a message at the end of a line, whatever the server has put before it.
    ///
    /// # Errors
    /// It is one, but not as it was sent.
    pub fn find(line: &[u8]) -> Outcome<Option<Message>> {
        let Some(start) = line.len().checked_sub(MESSAGE_BYTES) else { return Ok(None) };
        let Some(text) = line[start..].strip_prefix(MARK) else { return Ok(None) };
        match (number(&text[..6]), text[6], number(&text[7..15]), &text[15..] == FILLER) {
            (Some(sender), b' ', Some(sequence), true) => {
                Ok(Some(Message { sender: sender as usize, sequence }))
            }
            _ => Err(format!("a damaged message: {}", String::from_utf8_lossy(line)).into()),
        }
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| {
        digit.is_ascii_digit().then(|| value * 10 + u32::from(digit - b'0'))
    })
}

/// What one member has got so far.
#[derive(Clone, Default)]
struct Receipts {
    /// The next sequence number due from each of the room's senders.
    next: [u32; MAX_SENDERS],
    /// A hash over all messages, of whichever sender, in the order they came.
    order: u64,
}

/// The account of all messages between one server and its people. They are dealt out to the rooms
/// like cards: with 100 rooms, connections 0 to 99 have the first place in rooms 0 to 99,
/// connections 100 to 199 the second, and so on.
pub struct Ledger {
    rooms: usize,
    echo: Echo,
    /// How many messages each connection has sent.
    sent: Vec<u32>,
    received: Vec<Receipts>,
    deliveries_due: u64,
    deliveries: u64,
}

impl Ledger {
    pub fn new(rooms: usize, room_size: usize, echo: Echo) -> Ledger {
        let people = rooms * room_size;
        let received = vec![Receipts::default(); people];
        Ledger { rooms, echo, sent: vec![0; people], received, deliveries_due: 0, deliveries: 0 }
    }

    /// Notes down that `sender` is about to say something: one delivery to each member is due from
    /// now on.
    pub fn send(&mut self, sender: usize) -> Message {
        let message = Message { sender, sequence: self.sent[sender] };
        self.sent[sender] += 1;
        self.deliveries_due += self.receivers_a_message();
        message
    }

    /// Checks a message that `member` got.
    ///
    /// # Errors
    /// It is not the one that was due.
    pub fn receive(&mut self, member: usize, message: Message) -> Outcome<()> {
        let Message { sender, sequence } = message;
        let place = sender / self.rooms;
        if sender % self.rooms != member % self.rooms || place >= MAX_SENDERS {
            return Err(format!(
                "connection {member} got a message of {sender}, who is not a sender of its room"
            )
            .into());
        }
        let receipts = &mut self.received[member];
        let due = receipts.next[place];
        if sequence != due {
            return Err(format!(
                "connection {member} got message {sequence} of {sender}, due was {due}"
            )
            .into());
        }
        receipts.next[place] += 1;
        receipts.order = receipts
            .order
            .rotate_left(5)
            .wrapping_add(1 + place as u64)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.deliveries += 1;
        Ok(())
    }

    /// Deliveries so far.
    pub fn deliveries(&self) -> u64 {
        self.deliveries
    }

    /// Deliveries still due. As each one is checked to be the next of its sender, 0 says that
    /// everyone has everything.
    pub fn outstanding(&self) -> u64 {
        self.deliveries_due - self.deliveries
    }

    /// Checks, when nothing is outstanding, that all members of each room saw the same order.
    pub fn check_order(&self) -> Outcome<()> {
        if self.echo == Echo::Off {
            return Ok(()); // Each sender lacks its own messages, so no two of them can compare.
        }
        for (member, receipts) in self.received.iter().enumerate() {
            let first = member % self.rooms;
            if receipts.order != self.received[first].order {
                return Err(format!(
                    "connections {first} and {member} of a room did not see the same order"
                )
                .into());
            }
        }
        Ok(())
    }

    /// Who waits for what: for the error when deliveries fail to come.
    pub fn describe_missing(&self) -> String {
        let missing = self.received.iter().enumerate().find_map(|(member, receipts)| {
            let senders =
                (member % self.rooms..self.sent.len()).step_by(self.rooms).take(MAX_SENDERS);
            senders.zip(receipts.next).find_map(|(sender, got)| {
                let sent = self.sent[sender];
                let is_due = self.echo == Echo::On || sender != member;
                (is_due && got < sent).then(|| {
                    format!("connection {member} has {got} of {sent} messages of {sender}")
                })
            })
        });
        format!("{} deliveries are missing: {}", self.outstanding(), missing.unwrap_or_default())
    }

    /// How many members get each message.
    fn receivers_a_message(&self) -> u64 {
        let room_size = (self.received.len() / self.rooms) as u64;
        match self.echo {
            Echo::On => room_size,
            Echo::Off => room_size - 1,
        }
    }
}
