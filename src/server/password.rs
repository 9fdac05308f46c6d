//! Passwords: what is kept of one, and how one is checked.
//!
//! A [`Password`] comes in. Out comes a [`PasswordHash`], one word that the journal can hold, or a
//! yes or no. The password itself is not kept. The hash is PBKDF2 (RFC 8018) over
//! HMAC-SHA256 (RFC 2104). It is slow on purpose: a thief of the journal can try only a few
//! passwords each second. It is salted: two people with the same password get different hashes,
//! and no table that was computed earlier helps.
//!
//! [`Hasher`] runs on the thread of a session and keeps it busy for some 0.07 s. It guards a count
//! of how many more threads may hash: at most one per core does, and the others wait for their
//! turn. Its lock is held only to count, never while hashing. The caller should hold no lock.
//!
//! Hashing must not slow the chat down. So a thread that hashes lets other threads run from time
//! to time. This costs nothing when no other thread is ready.
//!
//! This is a scheme for a classroom. Real systems use Argon2, which also costs memory, and wipe
//! passwords from their own memory after use.

use std::fmt;
use std::hint::black_box;
use std::num::NonZeroU32;
use std::sync::{Condvar, Mutex};
use std::thread;

use rand::TryRng;
use rand::rngs::SysRng;
use sha2::block_api::compress256;
use sha2::{Digest, Sha256};

use crate::lock::{ignore_poison, lock};
use crate::name::Password;

/// How many rounds are hashed before other threads get the core: some 0.2 ms.
const ROUNDS_BETWEEN_YIELDS: u32 = 2_000;

/// SHA-256 takes in blocks of this size.
const BLOCK_BYTES: usize = 64;

/// The state that SHA-256 starts with (FIPS 180-4 §5.3.3).
const SHA256_START: [u32; 8] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/// The first part of a written hash. There may be a second scheme one day.
const SCHEME: &str = "pbkdf2-sha256";

/// What is kept of a password. It is written as one word, `pbkdf2-sha256:ROUNDS:SALT:HASH`, the
/// last two in lower-case hex.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    /// How often it was hashed. The option of the server may change between two runs.
    rounds: NonZeroU32,
    /// Random, not secret.
    salt: [u8; 16],
    /// The result.
    hash: [u8; 32],
}

/// Hashes and verifies passwords, not too many at the same time.
#[derive(Debug)]
pub struct Hasher {
    /// Used for every new hash, and for users that do not exist.
    rounds: NonZeroU32,
    /// How many more threads may hash now.
    free: Mutex<usize>,
    /// Wakes a thread that waits for its turn.
    freed: Condvar,
}

impl Hasher {
    /// Hashes each password `rounds` times, and one password per core at the same time.
    pub fn new(rounds: NonZeroU32) -> Hasher {
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
        Hasher { rounds, free: Mutex::new(cores), freed: Condvar::new() }
    }

    /// Hashes a new password, with a new salt. Blocks.
    pub fn hash(&self, password: &Password) -> PasswordHash {
        let mut salt = [0; 16];
        // A generator per thread would cost each of ten thousand sessions some memory, for the
        // few bytes of one salt.
        SysRng.try_fill_bytes(&mut salt).expect("the system has random bytes");
        let _permit = self.permit();
        PasswordHash {
            rounds: self.rounds,
            salt,
            hash: pbkdf2(password.as_bytes(), &salt, self.rounds, 1),
        }
    }

    /// Whether `stored` was made of `password`. Blocks. `None` (the user does not exist) is false
    /// after the same time, so the delay of an answer does not tell which names exist.
    pub fn verify(&self, stored: Option<&PasswordHash>, password: &Password) -> bool {
        let (rounds, salt) =
            stored.map_or((self.rounds, [0; 16]), |stored| (stored.rounds, stored.salt));
        let _permit = self.permit();
        // The black box keeps the compiler from skipping work whose result is not used.
        let hash = black_box(pbkdf2(password.as_bytes(), &salt, rounds, 1));
        stored.is_some_and(|stored| equal(&stored.hash, &hash))
    }

    /// Waits until this thread may hash.
    fn permit(&self) -> Permit<'_> {
        let free = self.freed.wait_while(lock(&self.free), |free| *free == 0);
        *ignore_poison(free) -= 1;
        Permit(self)
    }
}

/// The permission to hash. Dropping it gives it back, however the hashing ended.
struct Permit<'a>(&'a Hasher);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *lock(&self.0.free) += 1;
        self.0.freed.notify_one();
    }
}

/// Compares in a time that does not depend on where the first difference is. Others could measure
/// that time.
fn equal(one: &[u8; 32], other: &[u8; 32]) -> bool {
    let difference = one.iter().zip(other).fold(0, |difference, (a, b)| difference | (a ^ b));
    black_box(difference) == 0
}

/// One block of PBKDF2 (RFC 8018 §5.2). A hash of 32 bytes needs only the first. A salt has at
/// most 51 bytes.
fn pbkdf2(password: &[u8], salt: &[u8], rounds: NonZeroU32, block: u32) -> [u8; 32] {
    let keyed = Hmac::new(password);
    let mut link = keyed.sign(&[salt, &block.to_be_bytes()].concat());
    let mut hash = link;
    for round in 1..rounds.get() {
        if round % ROUNDS_BETWEEN_YIELDS == 0 {
            thread::yield_now();
        }
        link = keyed.sign(&link);
        for (sum, byte) in hash.iter_mut().zip(&link) {
            *sum ^= byte;
        }
    }
    hash
}

/// HMAC-SHA256 of short messages: `H(key ^ 5c… ‖ H(key ^ 36… ‖ message))`.
///
/// The padded key fills exactly one block of SHA-256, the same for every message. So we compress
/// it once, and each message continues from these two states: two compressions instead of four.
/// The general `Digest` of `sha2` buffers and counts, and took twice the time.
struct Hmac {
    /// SHA-256 after the key with `36…`.
    inner: [u32; 8],
    /// SHA-256 after the key with `5c…`.
    outer: [u32; 8],
}

impl Hmac {
    fn new(key: &[u8]) -> Hmac {
        let mut block = [0; BLOCK_BYTES];
        if key.len() <= BLOCK_BYTES {
            block[..key.len()].copy_from_slice(key);
        } else {
            block[..32].copy_from_slice(&Sha256::digest(key));
        }
        let (mut inner, mut outer) = (SHA256_START, SHA256_START);
        compress256(&mut inner, &[block.map(|byte| byte ^ 0x36)]);
        compress256(&mut outer, &[block.map(|byte| byte ^ 0x5c)]);
        Hmac { inner, outer }
    }

    fn sign(&self, message: &[u8]) -> [u8; 32] {
        finish(self.outer, &finish(self.inner, message))
    }
}

/// Ends a SHA-256 that has one block already, with a `message` of at most 55 bytes. The last
/// block is the message, a one bit, zeros, and the number of all bits (FIPS 180-4 §5.1.1).
fn finish(mut state: [u32; 8], message: &[u8]) -> [u8; 32] {
    let mut block = [0; BLOCK_BYTES];
    block[..message.len()].copy_from_slice(message);
    block[message.len()] = 0x80;
    let bits = 8 * (BLOCK_BYTES + message.len()) as u64;
    block[BLOCK_BYTES - 8..].copy_from_slice(&bits.to_be_bytes());
    compress256(&mut state, &[block]);

    let mut digest = [0; 32];
    digest.copy_from_slice(state.map(u32::to_be_bytes).as_flattened());
    digest
}

impl fmt::Display for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}:{}:", self.rounds)?;
        self.salt.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(":")?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Hides salt and hash. Others may read a log that this is printed to.
impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordHash").field("rounds", &self.rounds).finish_non_exhaustive()
    }
}

impl PasswordHash {
    /// Reads a word that `Display` has written. `None`: it is no such word.
    pub fn parse(word: &str) -> Option<PasswordHash> {
        let mut parts = word.strip_prefix(SCHEME)?.strip_prefix(':')?.split(':');
        let rounds = parts.next()?.parse().ok()?;
        let (salt, hash) = (from_hex(parts.next()?)?, from_hex(parts.next()?)?);
        let hash = PasswordHash { rounds, salt, hash };
        // A hash is written in one way only: without `+5`, `05`, capitals or a fifth part.
        (hash.to_string() == word).then_some(hash)
    }
}

fn from_hex<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    fn rounds(number: u32) -> NonZeroU32 {
        NonZeroU32::new(number).unwrap()
    }

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    fn bytes(hex: &str) -> [u8; 32] {
        from_hex(hex).unwrap()
    }

    #[test]
    fn pbkdf2_gives_the_vectors_of_rfc_7914_section_11() {
        let one_round = |block| pbkdf2(b"passwd", b"salt", rounds(1), block);
        assert_eq!(
            one_round(1),
            bytes("55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc")
        );
        assert_eq!(
            one_round(2),
            bytes("49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783")
        );
        let many_rounds = |block| pbkdf2(b"Password", b"NaCl", rounds(80_000), block);
        assert_eq!(
            many_rounds(1),
            bytes("4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56")
        );
        assert_eq!(
            many_rounds(2),
            bytes("a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d")
        );
    }

    /// The RFC has short passwords only. These two are from Python's hashlib.
    #[test]
    fn a_password_longer_than_a_block_is_hashed_first() {
        let two_rounds = |length| pbkdf2("p".repeat(length).as_bytes(), b"salt", rounds(2), 1);
        assert_eq!(
            two_rounds(64),
            bytes("da45f9b3e39e006a52e97a707dfbc480b65073637b7289176bf8f8f00628b83c")
        );
        assert_eq!(
            two_rounds(65),
            bytes("6f3553a14dcf0e73271c6e26ca06693c24a7d8c0092da9dd4252f8013d559608")
        );
    }

    #[test]
    fn only_the_password_itself_verifies() {
        let hasher = Hasher::new(rounds(2));
        let stored = hasher.hash(&password("pass é"));
        assert!(hasher.verify(Some(&stored), &password("pass é")));
        for wrong in ["pass e", "Pass é", "pass é ", " pass é"] {
            assert!(!hasher.verify(Some(&stored), &password(wrong)), "{wrong:?}");
        }
        assert!(!hasher.verify(None, &password("pass é")));
        let (mut first, mut last) = (stored.clone(), stored);
        first.hash[0] ^= 1;
        last.hash[31] ^= 1;
        assert!(
            !hasher.verify(Some(&first), &password("pass é"))
                && !hasher.verify(Some(&last), &password("pass é"))
        );
    }

    #[test]
    fn a_difference_anywhere_is_seen() {
        let one = [0x5a; 32];
        assert!(equal(&one, &one));
        for at in 0..32 {
            let mut other = one;
            other[at] ^= 0x10;
            assert!(!equal(&one, &other), "byte {at}");
            // Two differences don't cancel each other out.
            other[(at + 7) % 32] ^= 0x10;
            assert!(!equal(&one, &other), "byte {at} and another");
        }
    }

    #[test]
    fn one_password_twice_has_two_salts_and_two_hashes() {
        let hasher = Hasher::new(rounds(1));
        let (one, other) = (hasher.hash(&password("1")), hasher.hash(&password("1")));
        assert_ne!(one.salt, other.salt);
        assert_ne!(one.hash, other.hash);
    }

    #[test]
    fn a_hash_outlives_a_change_of_the_rounds() {
        let stored = Hasher::new(rounds(3)).hash(&password("1"));
        assert!(Hasher::new(rounds(7)).verify(Some(&stored), &password("1")));
    }

    /// The shortest of many times is what the work costs; the longer ones are what else the
    /// machine did.
    #[test]
    fn an_unknown_user_costs_the_same_hash_as_a_known_one() {
        let hasher = Hasher::new(rounds(5_000));
        let stored = hasher.hash(&password("1"));
        let time = |stored| {
            let start = Instant::now();
            assert!(!hasher.verify(stored, &password("2")));
            start.elapsed().as_secs_f64()
        };
        let (mut known, mut unknown) = (f64::MAX, f64::MAX);
        for _ in 0..50 {
            known = known.min(time(Some(&stored)));
            unknown = unknown.min(time(None));
        }
        assert!((0.5..2.0).contains(&(unknown / known)), "known {known} s, unknown {unknown} s");
    }

    /// Threads that hash through `hasher`, each in its own way, and tell when they are through.
    fn two_that_hash(hasher: &'static Hasher) -> mpsc::Receiver<()> {
        let (done, through) = mpsc::channel();
        let also_done = done.clone();
        thread::spawn(move || {
            hasher.hash(&password("1"));
            done.send(())
        });
        thread::spawn(move || {
            hasher.verify(None, &password("1"));
            also_done.send(())
        });
        through
    }

    #[test]
    fn no_more_passwords_are_hashed_at_once_than_there_are_permits() {
        let hasher: &Hasher =
            Box::leak(Box::new(Hasher { free: Mutex::new(2), ..Hasher::new(rounds(1)) }));
        let (one, other) = (hasher.permit(), hasher.permit());
        let through = two_that_hash(hasher);
        assert!(through.recv_timeout(Duration::from_millis(100)).is_err(), "both permits are out");
        drop(one);
        for _ in 0..2 {
            through
                .recv_timeout(Duration::from_secs(10))
                .expect("one after the other they get the free one");
        }
        drop(other);
        assert_eq!(*lock(&hasher.free), 2);
    }

    #[test]
    fn one_password_per_core_is_hashed_at_the_same_time() {
        let cores = thread::available_parallelism().unwrap().get();
        assert_eq!(*lock(&Hasher::new(rounds(1)).free), cores);
    }

    #[test]
    fn a_panic_gives_its_permit_back_and_stops_nobody() {
        let hasher: &Hasher =
            Box::leak(Box::new(Hasher { free: Mutex::new(1), ..Hasher::new(rounds(1)) }));
        let with_permit = thread::spawn(|| {
            let _permit = hasher.permit();
            panic!("while hashing, on purpose");
        });
        let with_lock = thread::spawn(|| {
            let _free = hasher.free.lock();
            panic!("while counting, on purpose");
        });
        assert!(with_permit.join().is_err() && with_lock.join().is_err());
        assert!(hasher.free.is_poisoned());
        let through = two_that_hash(hasher);
        for _ in 0..2 {
            through.recv_timeout(Duration::from_secs(10)).unwrap();
        }
    }

    #[test]
    fn a_hash_is_one_word_and_debug_does_not_show_it() {
        let stored = Hasher::new(rounds(5)).hash(&password("1"));
        let word = stored.to_string();
        assert!(
            word.starts_with("pbkdf2-sha256:5:") && !word.contains(char::is_whitespace),
            "{word}"
        );
        assert_eq!(format!("{stored:?}"), "PasswordHash { rounds: 5, .. }");
    }

    #[test]
    fn a_word_is_a_hash_only_as_it_is_written() {
        let good = format!("pbkdf2-sha256:5:{}:{}", "0a".repeat(16), "1b".repeat(32));
        assert_eq!(PasswordHash::parse(&good).unwrap().to_string(), good);
        let bad = [
            "".to_string(),
            good.replace("sha256", "sha1"),
            good.replace(":5:", ":0:"),
            good.replace(":5:", ":05:"),
            good.replace(":5:", ":+5:"),
            good.replace(":5:", ":4294967296:"),
            good.replace("0a", "0A"),
            good.replacen("0a", "+a", 1),
            good.replacen("0a", "é", 1),
            good.replacen("0a", "", 1),
            good.replacen("0a", "0a0a", 1),
            format!("{good}1b"),
            format!("{good}:"),
            format!("{good} "),
            good[..good.len() - 1].to_string(),
        ];
        for bad in bad {
            assert!(PasswordHash::parse(&bad).is_none(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_hash_that_is_written_parses_back(
            number in 1..=u32::MAX,
            salt: [u8; 16],
            hash: [u8; 32],
        ) {
            let stored = PasswordHash { rounds: rounds(number), salt, hash };
            let back = PasswordHash::parse(&stored.to_string()).unwrap();
            prop_assert_eq!((back.rounds, back.salt, back.hash), (stored.rounds, salt, hash));
        }
    }
}
