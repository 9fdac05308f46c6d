//! Sections 5, 6 and 8 for a client: it sends files, and takes them.

use crate::check::Stage::Files;
use crate::check::{Check, Verdict, expect, listed, of_client};
use crate::client::stand::Stand;
use crate::content::{content, digest, gives_up, sends_blocks, takes_blocks, takes_rest};
use crate::peer::Peer;

pub const CHECKS: &[Check] = &[
    of_client(Files, &["5.3", "5.4", "5.7"], "it_offers_and_sends_a_file", sends),
    of_client(Files, &["5.5", "5.6"], "it_sends_blocks_and_lines_in_between", blocks),
    of_client(Files, &["5.24"], "a_refused_offer_is_over", refused),
    of_client(Files, &["5.25"], "a_file_refused_midway_is_cancelled", refused_midway),
    of_client(Files, &["5.8"], "a_file_that_it_acks_is_there_whole", takes),
    of_client(Files, &["5.6"], "it_shows_chat_between_two_blocks", chat_between),
    of_client(Files, &["5.10"], "a_cancelled_file_is_not_kept", cancelled),
    of_client(Files, &["5.21"], "a_wrong_digest_is_refused_and_not_kept", wrong_digest),
    of_client(Files, &["5.21"], "a_file_that_is_too_short_is_refused", too_short),
    of_client(Files, &["5.23"], "a_file_is_never_overwritten", same_name),
    of_client(Files, &["5.35"], "the_bytes_of_a_block_are_no_lines", exact_reading),
    of_client(Files, &["6.8", "6.9"], "a_dangerous_name_is_refused", bad_names),
    of_client(Files, &["8.8"], "a_malformed_digest_is_refused", no_digest),
    of_client(Files, &["8.9"], "an_empty_file_is_taken", empty),
    of_client(Files, &["8.10"], "a_second_offer_is_refused", second_offer),
    of_client(Files, &["8.19"], "a_name_without_a_stem_is_numbered_at_its_end", no_stem),
    of_client(Files, &["8.20"], "a_block_that_cannot_be_counted_ends_it", uncounted),
];

/// The client offers this file, after `!` and its name were typed.
fn offers(stand: &Stand, server: &mut Peer, name: &str, bytes: &[u8]) -> Verdict {
    stand.has_file(name, bytes)?;
    stand.types("!")?;
    server.reads("!")?;
    server.says("$ask file\nQue ficheiro?")?;
    stand.types(name)?;
    server.reads(&format!("$file {} {name}", bytes.len()))
}

fn sends(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    for bytes in [b"hello".to_vec(), Vec::new(), content(200_000, 1)] {
        offers(stand, &mut server, "hi.txt", &bytes)?;
        server.says("$ready")?;
        let came = takes_blocks(&mut server, bytes.len())?;
        expect(came == bytes, "the bytes of the file", "others")?;
        server.says(&format!("$ack {}", digest(&bytes)))?;
    }
    Ok(())
}

fn blocks(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    let bytes = content(16 << 20, 2);
    offers(stand, &mut server, "large.bin", &bytes)?;
    server.says("$ready")?;
    server.sees_start("$data 65536")?;
    let start = server.raw(65536)?;
    stand.types("still talking")?;
    let (came, between) = takes_rest(&mut server, start, bytes.len())?;
    expect(came == bytes, "the bytes of the file", "others")?;
    server.says(&format!("$ack {}", digest(&bytes)))?;
    expect(
        between == ["still talking"],
        "the line that was typed, between two blocks",
        listed(&between),
    )
}

fn refused(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    offers(stand, &mut server, "hi.txt", b"hello")?;
    server.says("$refuse no room for it")?;
    stand.types("a line")?;
    server.reads("a line")?;
    offers(stand, &mut server, "hi.txt", b"hello")
}

fn refused_midway(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    offers(stand, &mut server, "large.bin", &content(32 << 20, 3))?;
    server.says("$ready")?;
    server.sees_start("$data 65536")?;
    server.raw(1)?;
    server.says("$refuse disk full")?;
    gives_up(&mut server, 65535)
}

/// Offers a file to the client, and sends it up to its end, which is `end`.
fn gives(server: &mut Peer, name: &str, bytes: &[u8], end: &str) -> Verdict {
    server.says(&format!("$file {} {name}", bytes.len()))?;
    server.reads("$ready")?;
    sends_blocks(server, bytes, 65536)?;
    server.says(&format!("$endFile {end}"))
}

/// Gives a whole file, and reads its `$ack`.
fn gives_whole(server: &mut Peer, name: &str, bytes: &[u8]) -> Verdict {
    gives(server, name, bytes, &digest(bytes))?;
    server.reads(&format!("$ack {}", digest(bytes)))
}

fn takes(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    let bytes = content(300_000, 4);
    gives_whole(&mut server, "hi.bin", &bytes)?;
    let names = stand.files_with(&bytes);
    expect(names == ["hi.bin"], "hi.bin with that content", listed(&names))
}

fn chat_between(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    server.says("$file 5 hi.txt")?;
    server.reads("$ready")?;
    sends_blocks(&mut server, b"hel", 3)?;
    server.says(" bob: nearly there")?;
    stand.shows("bob: nearly there")?;
    sends_blocks(&mut server, b"lo", 2)?;
    server.says(&format!("$endFile {}", digest(b"hello")))?;
    server.reads(&format!("$ack {}", digest(b"hello")))
}

fn cancelled(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    server.says("$file 5 hi.txt")?;
    server.reads("$ready")?;
    sends_blocks(&mut server, b"hel", 3)?;
    server.says("$cancel the disk is gone")?;
    gives_whole(&mut server, "hi.txt", b"whole")?;
    let names = stand.files_with(b"whole");
    expect(names == ["hi.txt"], "hi.txt, and no half of the first", listed(&names))
}

fn wrong_digest(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    gives(&mut server, "hi.txt", b"hello", &digest(b"jello"))?;
    server.sees_start("$refuse")?;
    gives_whole(&mut server, "hi.txt", b"whole")?;
    let names = stand.files_with(b"whole");
    expect(names == ["hi.txt"], "hi.txt, and nothing of the first", listed(&names))
}

fn too_short(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    server.says("$file 5 hi.txt")?;
    server.reads("$ready")?;
    sends_blocks(&mut server, b"hell", 4)?;
    server.says(&format!("$endFile {}", digest(b"hell")))?;
    server.sees_start("$refuse").map(drop)
}

fn same_name(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    for bytes in [b"one".as_slice(), b"two", b"three", b"two", b"one"] {
        gives_whole(&mut server, "same.name.txt", bytes)?;
    }
    for (bytes, name) in [
        (b"one".as_slice(), "same.name.txt"),
        (b"two", "same.name (1).txt"),
        (b"three", "same.name (2).txt"),
    ] {
        let names = stand.files_with(bytes);
        expect(names == [name], format!("one file, {name}"), listed(&names))?;
    }
    Ok(())
}

fn exact_reading(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    let bytes = b"\n$bye\n$file 3 x\n\n\r\n$endFile\n";
    server.says(&format!("$data {}", bytes.len()))?;
    server.sends(bytes)?;
    gives_whole(&mut server, "lines.txt", bytes)?;
    let names = stand.files_with(bytes);
    expect(names == ["lines.txt"], "lines.txt with that content", listed(&names))
}

fn bad_names(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    let long = ["x".repeat(201), "é".repeat(101)];
    for name in [
        &long[0],
        &long[1],
        "nul",
        "Com1.txt",
        "lpt³",
        "CONIN$.x",
        "a.",
        "../evil",
        "/tmp/evil",
        "a/b",
        "a\\b",
        ".hidden",
        "..",
        "a\u{1b}b",
        "a\u{202e}b",
        " a",
        "c:a",
    ] {
        server.says(&format!("$file 5 {name}"))?;
        let line = server.line("`$refuse REASON`")?;
        expect(
            line.starts_with("$refuse"),
            format!("`$refuse REASON` for {name:?}"),
            format!("`{line}`"),
        )?;
    }
    Ok(())
}

fn no_digest(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    for end in ["", "abc", &digest(b"hello").to_uppercase()] {
        gives(&mut server, "hi.txt", b"hello", end)?;
        let line = server.line("`$refuse REASON`")?;
        expect(line.starts_with("$refuse"), "`$refuse REASON`", format!("`{line}`"))?;
    }
    Ok(())
}

fn empty(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    gives_whole(&mut server, "empty.txt", b"")
}

fn second_offer(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    server.says("$file 5 one.txt")?;
    server.reads("$ready")?;
    server.says("$file 5 two.txt")?;
    server.reads("$refuse one file at a time")?;
    sends_blocks(&mut server, b"hello", 5)?;
    server.says(&format!("$endFile {}", digest(b"hello")))?;
    server.reads(&format!("$ack {}", digest(b"hello")))
}

fn no_stem(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    let name = format!("x.{}", "e".repeat(198));
    for bytes in [b"one", b"two"] {
        gives_whole(&mut server, &name, bytes)?;
    }
    let names = stand.files_with(b"two");
    let numbered = names.len() == 1 && names[0].len() <= 200 && names[0].ends_with(" (1)");
    expect(numbered, "a name that ends in ` (1)`", listed(&names))
}

fn uncounted(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    server.says("$data 65537")?;
    let code = stand.ends()?;
    expect(code != 0, "a failure as exit code", "0")
}
