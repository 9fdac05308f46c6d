//! The server as the receiver of a file: what may be said when, from `!` to the acknowledgement
//! (`protocol.md`, section 5). What it refuses once a file is under way is in `refused`.

use crate::support::content::{BLOCK, content, sha256};
use crate::support::tree::names;
use crate::support::{Seat, Server, ask};

const HELLO: &[u8] = b"hello";

#[test]
fn a_wrong_offer_is_refused_and_ends_the_wait() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    for offer in [
        "$file",
        "$file 5",
        "$file hi.txt",
        "$file five hi.txt",
        "$file -5 hi.txt",
        "$file +5 hi.txt",
        "$file 0x5 hi.txt",
        "$file 5.0 hi.txt",
        "$file ٥ hi.txt",
        "$file  5 hi.txt",
        "$file 99999999999999999999 hi.txt",
        "$file 5 ",
        "$file 5  hi.txt",
        "$file 5 ../hi.txt",
        "$file 5 .hidden",
    ] {
        lucas.types("!");
        lucas.is_asked(ask::FILE);
        lucas.sends(offer);
        lucas.is_refused();
        // This is a message again.
        lucas.types(offer.trim_start_matches('$'));
        lucas.sees(&format!(" lucas: {}", offer.trim_start_matches('$')));
        skira.sees(&format!(" lucas: {}", offer.trim_start_matches('$')));
    }
    assert_nothing_stored(&server);
}

#[test]
fn the_sender_may_give_up_at_any_point_of_a_file() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    for (number, sent) in [0, 1, BLOCK, 99_999, 100_000].into_iter().enumerate() {
        lucas.offers(100_000, "big");
        lucas.sees("$ready");
        lucas.sends_data(&content(100_000)[..sent]);
        lucas.sends("$cancel");
        lucas.hears_nothing_in_the_room();
        skira.sees(&format!(" lucas: marker {}", number + 1));
        assert_nothing_stored(&server);
    }
    lucas.uploads("big", &content(100_000));
}

#[test]
fn one_file_at_a_time_up_to_its_acknowledgement_and_no_longer() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    lucas.offers(HELLO.len(), "hi.txt");
    lucas.sees("$ready");
    lucas.types("!");
    lucas.sees("One file at a time: hi.txt is still on its way");
    lucas.sends_data(HELLO);
    lucas.types("!");
    lucas.sees("One file at a time: hi.txt is still on its way");
    lucas.ends_file(HELLO);
    lucas.sees(&format!("$ack {}", sha256(HELLO)));
    // Nobody has it yet, but that is no part of the upload.
    lucas.uploads("next.txt", b"next");
    skira.sees_lines(&[
        "::: lucas sent hi.txt (5 B)",
        "$file 5 hi.txt",
        "::: lucas sent next.txt (4 B)",
    ]);
}

#[test]
fn chat_goes_on_between_two_blocks_both_ways() {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    let content = content(10 * BLOCK);
    lucas.offers(content.len(), "big");
    lucas.sees("$ready");
    for (number, block) in content.chunks(BLOCK).enumerate() {
        lucas.sends_data(block);
        lucas.types(&format!("block {number}"));
        lucas.sees(&format!(" lucas: block {number}"));
        skira.sees(&format!(" lucas: block {number}"));
        skira.types(&format!("so it is {number}"));
        skira.sees(&format!(" skira: so it is {number}"));
        lucas.sees(&format!(" skira: so it is {number}"));
    }
    lucas.ends_file(&content);
    lucas.sees(&format!("$ack {}", sha256(&content)));
    skira.sees("::: lucas sent big (640.0 KiB)");
}

/// The names in ServerFiles, with part files.
pub fn stored(server: &Server) -> Vec<String> {
    names(&server.folder().join("ServerFiles"))
}

#[track_caller]
pub fn assert_nothing_stored(server: &Server) {
    assert_eq!(stored(server), [""; 0]);
}
