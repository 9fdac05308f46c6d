//! A receiver that pauses while a file comes, by Ctrl-Z or a gap in the Wi-Fi. If it is back
//! within 60 s, it loses nothing (`protocol.md`, sections 5 and 7).

use std::time::{Duration, Instant};

use crate::support::content::{BLOCK, content, sha256};
use crate::support::{Person, Seat, Server};

/// More than the kernel holds for a connection that nobody reads.
const LARGE: usize = 32 << 20;

/// The bug: a receiver that paused for 12 s lost its session.
#[test]
#[ignore = "takes a quarter of a minute: that is the pause"]
fn a_receiver_that_pauses_for_15_s_loses_nothing() {
    pauses_for(Duration::from_secs(15));
}

#[test]
#[ignore = "takes a minute: a pause of almost 60 s"]
fn a_receiver_that_pauses_for_50_s_loses_nothing() {
    pauses_for(Duration::from_secs(50));
}

#[track_caller]
fn pauses_for(pause: Duration) {
    let server = Server::start();
    let [mut lucas, mut skira] = server.room("Room1", ["lucas", "skira"]);
    begins_to_receive(&mut lucas, &mut skira);
    let start = Instant::now();
    let mut said = 0;
    while start.elapsed() < pause {
        // People talk meanwhile, as they do.
        lucas.types("are you still there?");
        lucas.sees_eventually(" lucas: are you still there?");
        said += 1;
        // The pause is what is tested.
        std::thread::sleep(Duration::from_secs(1));
    }
    let received = skira.reads_rest_of_file(&content(LARGE)[..BLOCK]);
    assert_eq!((received.size, &received.digest), (LARGE as u64, &sha256(&content(LARGE))));
    skira.acknowledges(&received.digest);
    let mut heard = received.lines.len();
    while heard < said {
        skira.sees(" lucas: are you still there?");
        heard += 1;
    }
    lucas.reads_receipt(" ...File Sent... large received by 1 of 1");
    skira.hears_nothing_in_the_room();
}

/// Up to its first block, which is all that is read for now.
#[track_caller]
fn begins_to_receive(lucas: &mut Person, skira: &mut Person) {
    lucas.uploads("large", &content(LARGE));
    skira.sees("::: lucas sent large (32.0 MiB)");
    skira.accepts(LARGE, "large");
    skira.sees("$data 65536");
    skira.bytes(BLOCK);
    lucas.has_patience(Duration::from_secs(90));
}
