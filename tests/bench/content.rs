//! The file that is sent: as large as wanted, without taking up memory, and each byte of it known
//! to the receivers.
//!
//! It is one random piece, repeated. The piece's length is a prime, so no block of a file lies in
//! it as another one does nearby: a block that is missing, doubled, or in the wrong place does not
//! look like the right one.

use rand::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// The most bytes that follow one `$data` line.
pub const BLOCK_BYTES: usize = 65_536;

/// Length of the piece: the largest prime below a block's length.
const PERIOD: usize = 65_521;

pub struct Content {
    size: u64,
    /// The piece, and enough of its repetition that a block from any place in it is one slice.
    bytes: Vec<u8>,
    digest: String,
}

impl Content {
    pub fn new(size: u64) -> Content {
        let mut piece = vec![0; PERIOD];
        rand::rngs::SmallRng::seed_from_u64(1).fill_bytes(&mut piece);
        let bytes = piece.iter().copied().cycle().take(PERIOD + BLOCK_BYTES).collect();
        let mut content = Content { size, bytes, digest: String::new() };
        let mut hasher = Sha256::new();
        let mut offset = 0;
        while offset < size {
            let block = content.block(offset);
            hasher.update(block);
            offset += block.len() as u64;
        }
        content.digest = hex(&hasher.finalize());
        content
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// SHA-256 of the whole, in lower-case hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The block at `offset`: as long as one may be, or what is left; at the end nothing.
    pub fn block(&self, offset: u64) -> &[u8] {
        let start = (offset % PERIOD as u64) as usize;
        let length = (self.size - offset).min(BLOCK_BYTES as u64) as usize;
        &self.bytes[start..start + length]
    }

    /// Whether `bytes` are those that stand at `offset`.
    pub fn matches(&self, offset: u64, bytes: &[u8]) -> bool {
        offset <= self.size && self.block(offset).get(..bytes.len()) == Some(bytes)
    }
}

pub fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
