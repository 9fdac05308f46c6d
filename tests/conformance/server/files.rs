//! Sections 5 and 8: files that come to the server, and those that it hands on.

use std::time::{Duration, Instant};

use crate::check::Stage::Files;
use crate::check::{Check, Failure, Verdict, expect, listed, of_server};
use crate::content::{
    content, digest, gives_up, sends_blocks, sends_file, takes_blocks, takes_file,
};
use crate::peer::Peer;
use crate::server::lesson::Lesson;

pub const CHECKS: &[Check] = &[
    of_server(Files, &["5.3", "5.4", "5.11"], "an_upload_is_offer_ready_data_end_ack", upload),
    of_server(Files, &["4.9", "8.4"], "at_takes_back_the_question_for_a_file", back),
    of_server(Files, &["5.1", "5.2"], "a_second_file_for_a_member_waits_its_turn", one_at_a_time),
    of_server(Files, &["5.5"], "a_block_has_1_to_65536_bytes", largest_block),
    of_server(Files, &["5.6"], "chat_goes_on_between_two_blocks", chat_between),
    of_server(Files, &["3.30"], "a_ping_may_stand_between_two_blocks", ping_between),
    of_server(Files, &["5.7", "5.21"], "a_wrong_digest_is_refused", wrong_digest),
    of_server(Files, &["5.8"], "the_ack_has_the_digest_of_the_content", odd_content),
    of_server(Files, &["5.10", "5.38"], "the_sender_may_cancel_until_the_end", cancel),
    of_server(
        Files,
        &["5.10", "8.4"],
        "cancel_in_place_of_an_offer_ends_the_question",
        cancel_first,
    ),
    of_server(Files, &["5.12", "5.13"], "the_room_reads_of_a_file_when_it_is_whole", announced),
    of_server(Files, &["5.13"], "people_read_the_size_in_its_largest_unit", sizes),
    of_server(Files, &["5.14"], "each_program_is_offered_the_file", offered),
    of_server(Files, &["5.15"], "who_leaves_still_gets_the_file", left),
    of_server(Files, &["5.21"], "a_file_that_is_too_short_is_refused", too_short),
    of_server(Files, &["5.26"], "the_blocks_of_a_refused_file_are_dropped", late_blocks),
    of_server(Files, &["5.9", "5.25"], "a_receiver_may_refuse_while_it_comes", refuse_midway),
    of_server(Files, &["5.23"], "a_file_is_never_overwritten", same_name),
    of_server(Files, &["9.9"], "a_name_is_numbered_99_times", numbered),
    of_server(Files, &["9.10"], "a_file_that_is_far_too_large_is_refused_at_once", far_too_large),
    of_server(Files, &["5.26"], "the_closing_line_of_a_refused_file_is_silent", closing_line),
    of_server(Files, &["5.32"], "leaving_ends_an_upload", leaving),
    of_server(Files, &["5.33"], "leaving_does_not_end_the_handing_on", handing_on),
    of_server(Files, &["5.34"], "a_second_upload_waits_for_the_first", second_upload),
    of_server(Files, &["5.35", "8.11"], "blocks_nobody_offered_are_read_and_dropped", unoffered),
    of_server(Files, &["5.39"], "telnet_commands_do_not_count_in_a_block", raw_block),
    of_server(Files, &["5.36"], "a_block_that_cannot_be_counted_ends_all", uncounted),
    of_server(Files, &["8.1"], "an_offer_without_a_question_is_out_of_place", no_question),
    of_server(Files, &["8.2"], "an_offer_that_makes_no_sense_is_refused", nonsense),
    of_server(Files, &["8.3"], "a_line_in_place_of_a_file_is_not_said", text_instead),
    of_server(Files, &["3.26", "8.22"], "what_is_out_of_place_renews_the_question", stays_open),
    of_server(Files, &["8.5"], "a_percent_sign_leaves_the_question_open", listing),
    of_server(Files, &["8.6"], "an_exclamation_mark_renews_the_question", renewing),
    of_server(Files, &["8.7"], "a_long_line_leaves_the_question_open", long_line),
    of_server(Files, &["8.8"], "a_malformed_digest_is_a_wrong_digest", no_digest),
    of_server(Files, &["8.9"], "an_empty_file_is_a_file", empty),
    of_server(Files, &["8.14"], "an_offer_that_is_too_long_is_refused", long_offer),
    of_server(Files, &["5.30", "5.31"], "a_stalled_upload_is_given_up_after_60_s", stalled).long(),
];

/// Asks for the question `file`, and sends a whole file.
pub fn uploads(peer: &mut Peer, name: &str, bytes: &[u8]) -> Verdict {
    peer.answers("!", "file")?;
    sends_file(peer, name, bytes)
}

/// Begins an upload: up to `$ready`.
fn begins(peer: &mut Peer, name: &str, len: usize) -> Verdict {
    peer.answers("!", "file")?;
    peer.says(&format!("$file {len} {name}"))?;
    peer.sees("$ready").map(drop)
}

fn upload(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    uploads(&mut amy, "hi there.txt", b"hello")
}

fn back(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    amy.answers("!", "file")?;
    amy.says("@")?;
    amy.reads("No file sent")?;
    amy.says("still here")?;
    bob.reads(&format!(" {}: still here", amy.name))
}

fn one_at_a_time(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    uploads(&mut amy, "one.txt", b"one")?;
    uploads(&mut amy, "two.txt", b"two")?;
    amy.pings()?; // By now whatever the server does for a file is done.
    bob.sees("$file 3 one.txt")?;
    let offered = bob.pings()?.iter().any(|line| line.starts_with("$file"));
    expect(!offered, "no second `$file` while the first is under way", "one")?;
    bob.says("$ready")?;
    takes_blocks(&mut bob, 3)?;
    bob.says(&format!("$ack {}", digest(b"one")))?;
    takes_file(&mut bob, "two.txt", b"two")
}

fn largest_block(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    uploads(&mut amy, "large.bin", &content(65536 * 3 + 1, 1))?;
    let bytes = content(300, 2);
    begins(&mut amy, "small.bin", bytes.len())?;
    sends_blocks(&mut amy, &bytes, 1)?;
    amy.says(&format!("$endFile {}", digest(&bytes)))?;
    amy.sees(&format!("$ack {}", digest(&bytes))).map(drop)
}

fn chat_between(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    begins(&mut amy, "hi.txt", 5)?;
    sends_blocks(&mut amy, b"hel", 3)?;
    amy.says("nearly there")?;
    let said = format!(" {}: nearly there", amy.name);
    bob.reads(&said)?;
    amy.reads(&said)?;
    sends_blocks(&mut amy, b"lo", 2)?;
    amy.says(&format!("$endFile {}", digest(b"hello")))?;
    amy.reads(&format!("$ack {}", digest(b"hello")))
}

fn ping_between(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    begins(&mut amy, "hi.txt", 5)?;
    sends_blocks(&mut amy, b"hel", 3)?;
    amy.sees_nothing()?;
    sends_blocks(&mut amy, b"lo", 2)?;
    amy.says(&format!("$endFile {}", digest(b"hello")))?;
    amy.reads(&format!("$ack {}", digest(b"hello")))
}

fn wrong_digest(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    begins(&mut amy, "hi.txt", 5)?;
    sends_blocks(&mut amy, b"hello", 5)?;
    amy.says(&format!("$endFile {}", digest(b"jello")))?;
    refused(&mut amy)?;
    bob.sees_nothing()
}

/// The next line about files is `$refuse`.
fn refused(amy: &mut Peer) -> Verdict {
    let about_files = |line: &str| line.starts_with("$refuse") || line.starts_with("$ack");
    let (_, line) = amy.sees_one("`$refuse REASON`", about_files)?;
    expect(line.starts_with("$refuse"), "`$refuse REASON`", format!("`{line}`"))
}

fn odd_content(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    let bytes = content(200_000, 3);
    uploads(&mut amy, "odd.bin", &bytes)?;
    takes_file(&mut bob, "odd.bin", &bytes)
}

fn cancel(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    begins(&mut amy, "hi.txt", 5)?;
    sends_blocks(&mut amy, b"hel", 3)?;
    amy.says("$cancel changed my mind")?;
    amy.sees_nothing()?;
    uploads(&mut amy, "other.txt", b"other")?;
    takes_file(&mut bob, "other.txt", b"other")
}

fn cancel_first(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    amy.answers("!", "file")?;
    amy.says("$cancel there is no such file")?;
    amy.reads("No file sent")?;
    amy.says("hello")?;
    bob.reads(&format!(" {}: hello", amy.name))
}

fn announced(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    let mut tom = lesson.raw_member("tom", &mut amy)?;
    bob.pings()?;
    begins(&mut amy, "hi.txt", 5)?;
    sends_blocks(&mut amy, b"hello", 5)?;
    amy.pings()?;
    bob.sees_nothing()?;
    amy.says(&format!("$endFile {}", digest(b"hello")))?;
    let notice = format!("::: {} sent hi.txt (5 B)", amy.name);
    bob.reads(&notice)?;
    tom.reads(&notice)?;
    let before = amy.sees(&format!("$ack {}", digest(b"hello")))?;
    let own = before.iter().any(|line| line.starts_with(":::"));
    expect(!own, "`:::` for the others only", listed(&before))
}

fn sizes(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    for (size, text) in [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (176_538, "172.4 KiB"),
        (1_048_576, "1.0 MiB"),
        (3_051_000, "2.9 MiB"),
    ] {
        uploads(&mut amy, "hi.bin", &content(size, 6))?;
        let notice = bob.sees_start(":::")?;
        let expected = format!("::: {} sent hi.bin ({text})", amy.name);
        expect(notice == expected, format!("`{expected}`"), format!("`{notice}`"))?;
    }
    Ok(())
}

fn offered(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob, mut eve] = lesson.members(["amy", "bob", "eve"])?;
    uploads(&mut amy, "hi.txt", b"first")?;
    let own = amy.pings()?.into_iter().find(|line| line.starts_with("$file"));
    expect(own.is_none(), "no offer to who sent it", listed(&own))?;
    uploads(&mut amy, "hi.txt", b"other")?;
    for member in [&mut bob, &mut eve] {
        takes_file(member, "hi.txt", b"first")?;
        takes_file(member, "hi.txt", b"other")?;
    }
    Ok(())
}

fn left(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    uploads(&mut amy, "hi.txt", b"hello")?;
    bob.sees("$file 5 hi.txt")?;
    lesson.leaves(&mut bob)?;
    bob.says("$ready")?;
    let bytes = takes_blocks(&mut bob, 5)?;
    expect(bytes == b"hello", "`hello`", format!("{bytes:?}"))?;
    bob.says(&format!("$ack {}", digest(b"hello")))?;
    amy.sees(" ...File Sent... hi.txt received by 1 of 1").map(drop)
}

fn too_short(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    begins(&mut amy, "hi.txt", 5)?;
    sends_blocks(&mut amy, b"hell", 4)?;
    amy.says(&format!("$endFile {}", digest(b"hell")))?;
    refused(&mut amy)?;
    bob.sees_nothing()
}

fn refuse_midway(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    uploads(&mut amy, "large.bin", &content(32 << 20, 4))?;
    bob.sees_start("$file")?;
    bob.says("$ready")?;
    let block = bob.sees_start("$data ")?;
    let count = block.strip_prefix("$data ").and_then(|count| count.parse::<usize>().ok());
    let count = count.ok_or_else(|| Failure::new("`$data N`", format!("`{block}`")))?;
    bob.raw(1)?;
    bob.says("$refuse disk full")?;
    gives_up(&mut bob, count - 1)?;
    amy.sees_start(" ...File Sent... large.bin received by 0 of 1 (")?;
    uploads(&mut amy, "next.txt", b"next")?;
    takes_file(&mut bob, "next.txt", b"next")
}

fn same_name(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    uploads(&mut amy, "same.txt", b"first")?;
    uploads(&mut amy, "same.txt", b"second")?;
    takes_file(&mut bob, "same.txt", b"first")?;
    takes_file(&mut bob, "same.txt", b"second")
}

/// The name itself, 99 numbers, and then none.
fn numbered(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    let name = format!("{}.txt", lesson.name("many"));
    for count in 0..100 {
        uploads(&mut amy, &name, format!("{count}").as_bytes())?;
    }
    begins(&mut amy, &name, 1)?;
    sends_blocks(&mut amy, b"x", 1)?;
    amy.says(&format!("$endFile {}", digest(b"x")))?;
    amy.sees("$refuse too many files of that name")?;
    uploads(&mut amy, &name, b"7") // It is there already.
}

fn far_too_large(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    amy.answers("!", "file")?;
    amy.says("$file 9000000000000000000 hi.txt")?;
    refused(&mut amy)?;
    uploads(&mut amy, "hi.txt", b"hello")
}

fn closing_line(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    begins(&mut amy, "hi.txt", 5)?;
    sends_blocks(&mut amy, b"hel", 3)?;
    amy.says("@")?;
    amy.sees_start("$refuse")?;
    amy.pings()?;
    amy.says("$cancel refused")?;
    amy.sees_nothing()
}

/// What was on the wire when the server refused is dropped, and nobody reads a word about it.
fn late_blocks(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    for end in [format!("$endFile {}", digest(b"hello")), "$cancel refused".to_owned()] {
        begins(&mut amy, "hi.txt", 5)?;
        sends_blocks(&mut amy, b"hel", 3)?;
        amy.says("@")?;
        amy.sees_start("$refuse")?;
        amy.asked("menu")?;
        sends_blocks(&mut amy, b"lo", 1)?;
        amy.sees_nothing()?;
        amy.says(&end)?;
        amy.sees_nothing()?;
        lesson.enters(&mut amy, &lesson.name("Room"))?;
    }
    Ok(())
}

fn leaving(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    begins(&mut amy, "hi.txt", 5)?;
    amy.says("@")?;
    let before = amy.sees("$refuse you left the room")?;
    let early = before.iter().any(|line| line.starts_with("$at"));
    expect(!early, "`$refuse you left the room` before `$at menu`", listed(&before))?;
    amy.sees("$at menu").map(drop)
}

fn handing_on(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    uploads(&mut amy, "hi.txt", b"hello")?;
    lesson.leaves(&mut amy)?;
    takes_file(&mut bob, "hi.txt", b"hello")?;
    amy.sees(" ...File Sent... hi.txt received by 1 of 1").map(drop)
}

fn second_upload(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    begins(&mut amy, "hi.txt", 5)?;
    amy.says("!")?;
    amy.reads("One file at a time: hi.txt is still on its way")
}

fn unoffered(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    amy.sends(b"$data 12\nhello\n$bye\n@after\n")?;
    let line = amy.line("one line of text")?;
    let text = !line.starts_with('$') && !line.starts_with(' ');
    expect(text, "one line of text that says what was wrong", format!("`{line}`"))?;
    bob.reads(&format!(" {}: after", amy.name))
}

fn raw_block(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    let mut tom = lesson.raw_member("tom", &mut amy)?;
    tom.sends(b"$data 5\nhe\xff\xf1llo\nafter\n")?;
    amy.reads(&format!(" {}: after", tom.name))
}

fn uncounted(lesson: &Lesson) -> Verdict {
    for count in ["0", "65537", "+5", "-1", "x", "", "99999999999999999999"] {
        let mut amy = lesson.program("amy")?;
        amy.says(&format!("$data {count}"))?;
        let before = amy.sees_bye()?;
        expect(!before.is_empty(), "a text that says why, then `$bye`", "no text")?;
    }
    Ok(())
}

fn no_question(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    amy.says("$file 5 hi.txt")?;
    let lines = amy.pings()?;
    let text = lines.len() == 1 && !lines[0].starts_with('$');
    expect(text, "one line of text, no `$refuse`", listed(&lines))
}

fn nonsense(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    for offer in
        ["$file", "$file 5", "$file hi.txt", "$file x hi.txt", "$file 99999999999999999999 a"]
    {
        amy.answers("!", "file")?;
        amy.says(offer)?;
        amy.sees_start("$refuse")?;
        amy.sees_nothing()?;
    }
    Ok(())
}

fn text_instead(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    amy.answers("!", "file")?;
    amy.says("hi.txt")?;
    amy.reads("Not sent: a file's name was awaited")?;
    bob.sees_nothing()?;
    amy.says("hello")?;
    bob.reads(&format!(" {}: hello", amy.name))
}

fn stays_open(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    amy.answers("!", "file")?;
    amy.sees_nothing()?;
    for line in ["$no-such-verb", "$ping 1", "$ready", "$data 3\nab"] {
        let text = amy.answers(line, "file")?;
        expect(text.len() == 1, "one line of text, then `$ask file` again", listed(&text))?;
    }
    sends_file(&mut amy, "hi.txt", b"hello")
}

fn listing(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    amy.answers("!", "file")?;
    amy.says("%")?;
    amy.sees("LIST OF USERS:")?;
    amy.sees(&format!("User: {}", amy.name.clone()))?;
    sends_file(&mut amy, "hi.txt", b"hello")
}

fn renewing(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    amy.answers("!", "file")?;
    amy.answers("!", "file")?;
    sends_file(&mut amy, "hi.txt", b"hello")?;
    amy.pings()?;
    amy.says("$file 5 hi.txt")?;
    let line = amy.line("one line of text")?;
    expect(!line.starts_with('$'), "one question in all", format!("`{line}`"))
}

fn long_line(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    amy.answers("!", "file")?;
    amy.says(&"x".repeat(5000))?;
    amy.sees("Line too long (4096 bytes at most), nothing was sent")?;
    sends_file(&mut amy, "hi.txt", b"hello")
}

fn no_digest(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    let upper = digest(b"hello").to_uppercase();
    for end in ["$endFile", "$endFile ", "$endFile abc", &format!("$endFile {upper}")] {
        begins(&mut amy, "hi.txt", 5)?;
        sends_blocks(&mut amy, b"hello", 5)?;
        amy.says(end)?;
        refused(&mut amy)?;
    }
    Ok(())
}

fn empty(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    uploads(&mut amy, "empty.txt", b"")?;
    takes_file(&mut bob, "empty.txt", b"")
}

fn long_offer(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    amy.answers("!", "file")?;
    amy.says(&format!("$file 5 {}", "x".repeat(5000)))?;
    amy.sees_start("$refuse").map(drop)
}

fn stalled(lesson: &Lesson) -> Verdict {
    let [mut amy] = lesson.members(["amy"])?;
    begins(&mut amy, "hi.txt", 5)?;
    let start = Instant::now();
    sends_blocks(&mut amy, b"hel", 3)?;
    let expected = "`$refuse REASON` after 60 s";
    while start.elapsed() < Duration::from_secs(90) {
        let mut lines = amy.pings()?;
        lines.extend(amy.until_quiet(Duration::from_secs(5)));
        if lines.iter().any(|line| line.starts_with("$refuse")) {
            let took = start.elapsed();
            expect(took.as_secs() >= 60, expected, format!("it after {took:.0?}"))?;
            return amy.pings().map(drop);
        }
    }
    Err(Failure::new(expected, "nothing of the kind for 90 s"))
}
