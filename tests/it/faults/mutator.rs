//! Sessions that are almost right: where `sessions_fuzz` starts from, and what is done to it.
//!
//! What is drawn at random hardly ever gets past the first question. So each session begins as one
//! that leads into some state and does what people do there, and is then changed in a few places:
//! bytes flipped, pieces left out, doubled, moved from another session, cut off, and lines put in
//! that mean something somewhere.

use crate::support::Dice;
use crate::support::content::{content, framed, sha256};

/// Who the sessions sign in as. Two at a time may, and one takes over the other's session then.
pub const PLAYERS: [&str; 12] =
    ["ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal", "ida", "joe", "kim", "leo"];

/// No session is longer than this: variety finds more than length.
const LONGEST: usize = 200_000;

/// What means something in some state, or nearly so.
const TOKENS: [&[u8]; 50] = [
    b"$data 65536\n",
    b"$data 65537\n",
    b"$data 0\n",
    b"$data 1\n",
    b"$data -1\n",
    b"$data 5\nhello",
    b"$data ",
    b"$file 0 a\n",
    b"$file 5 hi.txt\n",
    b"$file 18446744073709551615 a\n",
    b"$file 5 ../a\n",
    b"$file\n",
    b"$endFile 0\n",
    b"$ready\n",
    b"$ready\n$ready\n",
    b"$ack 0\n",
    b"$refuse\n",
    b"$refuse \x1b[2J\n",
    b"$cancel\n",
    b"$cancel \xff\n",
    b"$ping\n",
    b"$bye\n",
    b"$hello 2\n",
    b"$$\n",
    b"$$$\n",
    b"$\n",
    b"$",
    b"@\n",
    b"%\n",
    b"!\n",
    b"!\n!\n",
    b"1\n",
    b"2\n",
    b"3\n",
    b"4\n",
    b"5\n",
    b"y\n",
    b"n\n",
    b"lobby\n",
    b"vault\n",
    b"a LOCKED\n",
    b"\n",
    b"\r\n",
    b"\r",
    b"\0",
    b"\x1b[31m",
    b"\xe2\x80\xae",
    b"\xc0\xaf",
    b"\xf0\x9f",
    b"\xff\xfe",
];

/// Makes sessions, one after the other.
pub struct Mutator {
    pub dice: Dice,
}

impl Mutator {
    /// The next one: mostly changed, now and then as it should be.
    pub fn next_session(&mut self) -> Vec<u8> {
        let mut session = self.proper_session();
        for _ in 0..self.dice.below(7) {
            self.mutate(&mut session);
        }
        session.truncate(LONGEST);
        session
    }

    /// A session of somebody who makes no mistake.
    fn proper_session(&mut self) -> Vec<u8> {
        let name = *self.dice.one_of(&PLAYERS);
        let hello = if self.dice.below(4) > 0 { "$hello 2\n" } else { "" };
        // Whether the account is used elsewhere is not known ahead: the last `y` takes it over, or
        // means nothing.
        let mut session = format!("{hello}{name}\ny\n{name}\n1\ny\n").into_bytes();
        for _ in 0..=self.dice.below(3) {
            session.extend(self.visit());
        }
        session.extend(b"5\n");
        session
    }

    /// Something that one does from the menu, back to the menu.
    fn visit(&mut self) -> Vec<u8> {
        let number = self.dice.below(30);
        let small = content(number);
        let large = content(66_000 + number);
        match self.dice.below(11) {
            0 => format!("1\nroom {number}\nn\nhello\n@\n2\nroom {number}\n").into_bytes(),
            1 => format!("1\nlocked {number}\ny\n1\n1\n%\n@\n2\nlocked {number}\n2\ny\n1\n")
                .into_bytes(),
            2 => b"3\nvault\nwrong\ny\n1\nhello\n@\n".to_vec(),
            3 => b"3\nlobby\nhello\n$$5 a head\n%\n$ping\nbye\n@\n".to_vec(),
            4 => b"4\n3\nnowhere\n4\n2\nlobby\n".to_vec(),
            // In small blocks mostly, so that what is changed are lines and not only what is
            // between them.
            5 | 6 => in_lobby(&upload(&format!("f{number}"), &small, 1 + number / 4)),
            7 => in_lobby(&upload(&format!("large{number}"), &large, 40_000)),
            8 => in_lobby(
                &[
                    b"!\n$file 99 a\n".to_vec(),
                    framed(&small[..number / 2]),
                    b"$cancel\n".to_vec(),
                ]
                .concat(),
            ),
            9 => in_lobby(&b"$ready\n$ack 0\n$refuse no\n".repeat(number)),
            _ => in_lobby(
                &[
                    b"!\n$file 9 a\n$data 4\n1234hey\n".to_vec(),
                    "x".repeat(4_090 + number).into_bytes(),
                ]
                .concat(),
            ),
        }
    }

    fn token(&mut self) -> &'static [u8] {
        TOKENS[self.dice.below(TOKENS.len())]
    }

    fn mutate(&mut self, session: &mut Vec<u8>) {
        let at = self.dice.below(session.len() + 1);
        // Short pieces more often than long ones.
        let scale = self.dice.below(12);
        let length = self.dice.below(1 << scale).min(session.len() - at);
        match self.dice.below(10) {
            0 => session.truncate(at),
            1 => drop(session.drain(at..at + length)),
            2 => session.extend_from_within(at..at + length),
            3 => insert(session, at, &session[at..at + length].repeat(1 + self.dice.below(20))),
            4 => {
                let other = self.proper_session();
                session.truncate(at);
                session.extend(&other[self.dice.below(other.len())..]);
            }
            5 if at < session.len() => session[at] ^= 1 << self.dice.below(8),
            6 if at < session.len() => session[at] = self.dice.roll() as u8,
            7 => insert(session, at, &[b'x'].repeat(4_096 + self.dice.below(2))),
            // Where a line begins, it means most.
            8 => {
                let line = session[at..]
                    .iter()
                    .position(|&byte| byte == b'\n')
                    .map_or(at, |end| at + end + 1);
                insert(session, line, self.token());
            }
            _ => insert(session, at, self.token()),
        }
    }
}

fn insert(session: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    session.splice(at..at, bytes.iter().copied());
}

fn in_lobby(doing: &[u8]) -> Vec<u8> {
    [b"3\nlobby\n", doing, b"\n@\n"].concat()
}

fn upload(name: &str, content: &[u8], block: usize) -> Vec<u8> {
    let mut upload = format!("!\n$file {} {name}\n", content.len()).into_bytes();
    content.chunks(block).for_each(|block| upload.extend(framed(block)));
    upload.extend(format!("$endFile {}\n", sha256(content)).as_bytes());
    upload
}
