//! Section 5: what the sender of a file reads about those who got it.

use std::time::{Duration, Instant};

use crate::check::Stage::Files;
use crate::check::{Check, Failure, Verdict, expect, of_server};
use crate::content::{content, digest, takes_blocks, takes_file};
use crate::peer::Peer;
use crate::server::files::uploads;
use crate::server::lesson::Lesson;

pub const CHECKS: &[Check] = &[
    of_server(Files, &["5.16"], "the_receipt_counts_and_names", counts),
    of_server(Files, &["5.17", "5.37"], "the_receipt_names_five_at_most", five_names),
    of_server(Files, &["5.18"], "after_5_s_the_sender_reads_who_is_waited_for", waiting),
    of_server(Files, &["5.19"], "raw_members_count_at_once", raw_members),
    of_server(Files, &["5.20"], "alone_in_the_room_nobody_receives", alone),
    of_server(Files, &["5.24"], "a_refused_offer_is_over", refused),
    of_server(Files, &["5.27"], "a_reason_is_cleaned_and_cut", reasons),
    of_server(Files, &["8.13"], "who_goes_is_gone_in_the_receipt", gone),
    of_server(Files, &["9.7"], "at_most_64_files_wait_for_a_member", too_many),
    of_server(Files, &["5.28", "5.29", "9.8"], "an_offer_is_answered_within_60_s", unanswered)
        .long(),
    of_server(Files, &["5.28"], "an_end_is_answered_within_60_s", no_ack).long(),
    of_server(Files, &["7.12"], "a_member_who_pauses_still_gets_the_file", pausing).long(),
];

fn counts(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob, mut eve] = lesson.members(["amy", "bob", "eve"])?;
    uploads(&mut amy, "hi.txt", b"hello")?;
    takes_file(&mut eve, "hi.txt", b"hello")?;
    bob.sees("$file 5 hi.txt")?;
    bob.says("$refuse disk full")?;
    let name = bob.name.clone();
    amy.sees(&format!(" ...File Sent... hi.txt received by 1 of 2 ({name}: disk full)")).map(drop)
}

fn five_names(lesson: &Lesson) -> Verdict {
    let names = ["amy", "b1", "b2", "b3", "b4", "b5", "b6"];
    let [mut amy, others @ ..] = lesson.members(names)?;
    uploads(&mut amy, "hi.txt", b"hello")?;
    for mut member in others {
        member.sees_start("$file")?;
        member.says("$refuse no")?;
        member.pings()?;
    }
    let line = amy.sees_start(" ...File Sent... hi.txt received by 0 of 6 (")?;
    let named = line.matches(": no").count();
    expect(named == 5 && line.contains('…'), "five names, then `…`", format!("`{line}`"))?;
    let between = line.matches(": no, ").count();
    expect(between >= 4, "a comma and a space between two names", format!("`{line}`"))
}

fn waiting(lesson: &Lesson) -> Verdict {
    let [mut amy, bob, mut eve] = lesson.members(["amy", "bob", "eve"])?;
    let start = Instant::now();
    uploads(&mut amy, "hi.txt", b"hello")?;
    takes_file(&mut eve, "hi.txt", b"hello")?;
    amy.patience = Duration::from_secs(15);
    amy.sees(&format!(" ...hi.txt received by 1 of 2, waiting for {}", bob.name))?;
    let took = start.elapsed();
    let about_5 = (Duration::from_secs(5)..Duration::from_secs(12)).contains(&took);
    expect(about_5, "it after 5 s", format!("it after {took:.1?}"))
}

fn raw_members(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    let tom = lesson.raw_member("tom", &mut amy)?;
    uploads(&mut amy, "hi.txt", b"hello")?;
    let (name, start) = (&tom.name, " ...File Sent... hi.txt received by 0 of 1");
    amy.sees(&format!("{start} ({name}: no program for files)")).map(drop)
}

fn alone(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    uploads(&mut amy, "hi.txt", b"hello")?;
    amy.sees(" ...File Sent... hi.txt (nobody else is here)").map(drop)
}

fn refused(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    uploads(&mut amy, "one.txt", b"one")?;
    bob.sees("$file 3 one.txt")?;
    bob.says("$refuse")?;
    amy.sees_start(" ...File Sent... one.txt received by 0 of 1 (")?;
    uploads(&mut amy, "two.txt", b"two")?;
    takes_file(&mut bob, "two.txt", b"two")
}

fn reasons(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    uploads(&mut amy, "hi.txt", b"hello")?;
    bob.sees("$file 5 hi.txt")?;
    bob.says(&format!("$refuse \u{1b}[31m{}", "x".repeat(200)))?;
    let (name, reason) = (&bob.name, format!("[31m{}", "x".repeat(116)));
    amy.sees(&format!(" ...File Sent... hi.txt received by 0 of 1 ({name}: {reason})")).map(drop)
}

fn gone(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    uploads(&mut amy, "hi.txt", b"hello")?;
    bob.sees("$file 5 hi.txt")?;
    let name = bob.name.clone();
    drop(bob);
    amy.sees(&format!(" ...File Sent... hi.txt received by 0 of 1 ({name}: gone)")).map(drop)
}

fn too_many(lesson: &Lesson) -> Verdict {
    let [mut amy, bob] = lesson.members(["amy", "bob"])?;
    for count in 1..=66 {
        uploads(&mut amy, &format!("{count}.txt"), b"hello")?;
    }
    let (name, start) = (&bob.name, " ...File Sent... 66.txt received by 0 of 1");
    amy.sees(&format!("{start} ({name}: too many files wait already)")).map(drop)
}

/// Bob does not answer what he was offered after `start`. Both ping, until amy reads so.
fn does_not_answer(amy: &mut Peer, bob: &mut Peer, start: Instant) -> Verdict {
    let (name, begins) = (&bob.name, " ...File Sent... hi.txt received by 0 of 1");
    let receipt = format!("{begins} ({name}: does not answer)");
    let expected = format!("`{receipt}` after 60 s");
    while start.elapsed() < Duration::from_secs(90) {
        let mut lines = amy.pings()?;
        lines.extend(amy.until_quiet(Duration::from_secs(2)));
        if lines.contains(&receipt) {
            let took = start.elapsed();
            return expect(took.as_secs() >= 60, expected, format!("it after {took:.0?}"));
        }
        bob.pings()?;
    }
    Err(Failure::new(expected, "nothing of the kind for 90 s"))
}

fn unanswered(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    let start = Instant::now();
    uploads(&mut amy, "hi.txt", b"hello")?;
    bob.sees("$file 5 hi.txt")?;
    does_not_answer(&mut amy, &mut bob, start)?;
    uploads(&mut amy, "next.txt", b"next")?;
    let begins = " ...File Sent... next.txt received by 0 of 1";
    amy.sees(&format!("{begins} ({}: does not answer)", bob.name))?;
    bob.says("$ready")?;
    bob.sees("$cancel too late")?;
    uploads(&mut amy, "third.txt", b"third")?;
    takes_file(&mut bob, "third.txt", b"third")
}

fn no_ack(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    let start = Instant::now();
    uploads(&mut amy, "hi.txt", b"hello")?;
    bob.sees("$file 5 hi.txt")?;
    bob.says("$ready")?;
    takes_blocks(&mut bob, 5)?;
    does_not_answer(&mut amy, &mut bob, start)
}

fn pausing(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    let bytes = content(32 << 20, 5);
    uploads(&mut amy, "large.bin", &bytes)?;
    bob.sees_start("$file")?;
    bob.says("$ready")?;
    for _ in 0..3 {
        bob.pauses(Duration::from_secs(10)); // The pause is what is tried.
        amy.pings()?;
        bob.says("$ping")?;
    }
    let came = takes_blocks(&mut bob, bytes.len())?;
    expect(came == bytes, "the bytes that were sent", "others")?;
    bob.says(&format!("$ack {}", digest(&bytes)))?;
    amy.sees(" ...File Sent... large.bin received by 1 of 1").map(drop)
}
