//! Contents of files, their digests, and both ends of a transfer as a check plays them.

use std::thread;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::check::{Failure, Verdict, expect};
use crate::peer::Peer;

/// Most raw bytes of a block.
pub const MAX_BLOCK_BYTES: usize = 65536;

/// Bytes that hold lines, control lines and anything else, the same ones for the same `seed`.
pub fn content(len: usize, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut bytes = format!("\n$bye\n$endFile {seed}\n\u{0}\r\n").into_bytes();
    while bytes.len() < len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        bytes.push((state >> 24) as u8);
    }
    bytes.truncate(len);
    bytes
}

/// SHA-256 as 64 lower-case hex digits.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sends the blocks of a file, each of at most `block` bytes.
pub fn sends_blocks(peer: &mut Peer, bytes: &[u8], block: usize) -> Verdict {
    for block in bytes.chunks(block) {
        peer.says(&format!("$data {}", block.len()))?;
        peer.sends_raw(block)?;
    }
    Ok(())
}

/// Offers a file, sends it when it reads `$ready`, and reads the right `$ack`.
pub fn sends_file(peer: &mut Peer, name: &str, bytes: &[u8]) -> Verdict {
    peer.says(&format!("$file {} {name}", bytes.len()))?;
    peer.sees("$ready")?;
    sends_blocks(peer, bytes, MAX_BLOCK_BYTES)?;
    peer.says(&format!("$endFile {}", digest(bytes)))?;
    peer.sees(&format!("$ack {}", digest(bytes))).map(drop)
}

/// Reads `$data` and `$endFile` until the file ends. Gives its bytes.
pub fn takes_blocks(peer: &mut Peer, len: usize) -> Result<Vec<u8>, Failure> {
    takes_rest(peer, Vec::new(), len).map(|(bytes, _)| bytes)
}

/// The same for a file that began with these bytes. Gives the lines in between, too.
pub fn takes_rest(
    peer: &mut Peer,
    mut bytes: Vec<u8>,
    len: usize,
) -> Result<(Vec<u8>, Vec<String>), Failure> {
    let mut between = Vec::new();
    loop {
        let line = peer.line("`$data N` or `$endFile SHA256`")?;
        if let Some(count) = line.strip_prefix("$data ") {
            let count: usize = count.parse().unwrap_or(0);
            let fine = (1..=MAX_BLOCK_BYTES).contains(&count);
            expect(fine, "`$data N` with N from 1 to 65536", format!("`{line}`"))?;
            bytes.extend(peer.raw(count)?);
        } else if line.starts_with("$endFile") {
            let right = format!("$endFile {}", digest(&bytes));
            expect(bytes.len() == len, format!("{len} bytes"), format!("{}", bytes.len()))?;
            expect(line == right, format!("`{right}`"), format!("`{line}`"))?;
            return Ok((bytes, between));
        } else {
            between.push(line);
        }
    }
}

/// Has refused a large file, and gives its sender time to read that; then reads on until
/// `$cancel`: first the `left` bytes of a block. Meanwhile only what the systems of the two hold
/// can be on its way, some megabytes: whoever sends all, and `$endFile`, did not stop.
pub fn gives_up(peer: &mut Peer, left: usize) -> Verdict {
    peer.pauses(Duration::from_millis(500)); // Nothing tells when the other side has read a line.
    peer.raw(left)?;
    loop {
        let expected = "`$cancel REASON`, and not the whole file";
        let line = peer.line(expected)?;
        match line.strip_prefix("$data ").and_then(|count| count.parse().ok()) {
            Some(count) => drop(peer.raw(count)?),
            None => return expect(line.starts_with("$cancel"), expected, format!("`{line}`")),
        }
        thread::sleep(Duration::from_millis(4)); // 16 MiB a second
    }
}

/// Is offered this file, takes it, and acknowledges it.
pub fn takes_file(peer: &mut Peer, name: &str, bytes: &[u8]) -> Verdict {
    peer.sees(&format!("$file {} {name}", bytes.len()))?;
    peer.says("$ready")?;
    let came = takes_blocks(peer, bytes.len())?;
    expect(came == bytes, "the bytes that were sent", "others")?;
    peer.says(&format!("$ack {}", digest(bytes)))
}
