//! The content of files, and how the protocol's lines carry it. Only SHA-256 is shared with the
//! code under test.

use sha2::{Digest, Sha256};

/// The most bytes after one `$data` line.
pub const BLOCK: usize = 65_536;

/// A `$data` line with its bytes.
pub fn framed(block: &[u8]) -> Vec<u8> {
    [format!("$data {}\n", block.len()).as_bytes(), block].concat()
}

/// The digest as a line carries it.
pub fn sha256(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

/// In lower case.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes without a pattern that a mistake about offsets could hide in; the same for the same size.
pub fn content(size: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ size as u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(size).collect()
}
