//! Chance that can be had again: the seed is printed, and given back by the environment.

use super::faults::note;

/// Numbers that look drawn. (xorshift64*, as small as one can be: nothing here needs a better
/// one.)
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Seeded by `CHATROOM_SEED` if it is set, by the clock otherwise; which it was is said on the
    /// terminal.
    pub fn drawn() -> Self {
        let given = std::env::var("CHATROOM_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed: u64 = given.unwrap_or_else(|| {
            let since_1970 =
                std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
            since_1970.as_nanos() as u64
        });
        note(&format!("CHATROOM_SEED={seed}"));
        Self::seeded(seed)
    }

    /// The same numbers for the same seed.
    pub fn seeded(seed: u64) -> Self {
        // Neighbouring seeds should not begin alike, and zero would never end.
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// Any number.
    pub fn roll(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number from 0 to below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.roll() >> 16) as usize % limit
    }

    /// One of these.
    pub fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}
