//! Section 7: the order of what is said, who reads it, and those who read slowly or not at all.

use std::io::{ErrorKind, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use crate::check::Stage::{Files, Rooms};
use crate::check::{Check, Failure, Verdict, expect, listed, of_server};
use crate::peer::{Came, Peer};
use crate::server::lesson::Lesson;

pub const CHECKS: &[Check] = &[
    of_server(
        Rooms,
        &["4.32", "7.1", "7.2"],
        "everybody_reads_the_same_lines_in_one_order",
        same_order,
    ),
    of_server(Files, &["3.27"], "no_line_comes_between_a_question_and_its_prompt", question),
    of_server(Rooms, &["4.34"], "no_line_comes_into_the_list_of_members", list),
    of_server(Rooms, &["7.3"], "no_line_of_the_room_comes_into_its_screen", entering),
    of_server(Rooms, &["7.4"], "no_line_of_the_room_comes_after_leaving", leaving),
    of_server(Rooms, &["7.5"], "nobody_outside_a_room_reads_its_lines", outside),
    of_server(Rooms, &["7.6"], "ten_thousand_lines_all_arrive", all_arrive),
    of_server(Rooms, &["7.7"], "a_reader_of_16_kib_a_second_is_waited_for", slow_reader).long(),
    of_server(Rooms, &["7.9", "7.10"], "who_does_not_read_is_put_out", no_reader).long(),
];

const MESSAGES: usize = 200;

fn same_order(lesson: &Lesson) -> Verdict {
    let mut members = lesson.members(["amy", "bob", "eve"])?;
    let speakers: Vec<_> = members
        .iter()
        .map(|member| {
            let (mut socket, name) = (member.socket(), member.name.clone());
            thread::spawn(move || {
                for count in 0..MESSAGES {
                    let _ = socket.write_all(format!("{name} {count}\n").as_bytes());
                }
            })
        })
        .collect();
    lesson.script.note(format!("amy, bob and eve say {MESSAGES} lines each, all at once"));
    let mut read = Vec::new();
    for member in &mut members {
        let lines: Result<Vec<String>, Failure> =
            (0..3 * MESSAGES).map(|_| member.line("600 messages")).collect();
        read.push(lines?);
    }
    speakers.into_iter().for_each(|speaker| speaker.join().expect("it does not panic"));
    let same = read[0] == read[1] && read[1] == read[2];
    expect(same, "the same lines in the same order for all three", "different ones")?;
    for member in &members {
        let own = read[0].iter().filter(|line| line.starts_with(&format!(" {}: ", member.name)));
        let counts: Vec<String> =
            own.map(|line| line.rsplit(' ').next().expect("one").into()).collect();
        let in_order = counts == (0..MESSAGES).map(|count| count.to_string()).collect::<Vec<_>>();
        expect(in_order, "what one says in the order in which it was said", "another order")?;
    }
    Ok(())
}

/// Lets `peer` say `1`, `2`, `3`… while something else happens.
fn while_talking<T>(peer: &Peer, run: impl FnOnce() -> T) -> T {
    let mut socket = peer.socket();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let talk = thread::spawn(move || {
        for count in 1.. {
            let _ = socket.write_all(format!("{count}\n").as_bytes());
            if stopped.recv_timeout(Duration::from_micros(300)).is_ok() {
                break;
            }
        }
    });
    let done = run();
    let _ = stop.send(());
    talk.join().expect("it does not panic");
    done
}

fn entering(lesson: &Lesson) -> Verdict {
    let [amy] = lesson.members(["amy"])?;
    let mut bob = lesson.user("bob")?;
    let room = lesson.name("Room");
    let start = format!(" {}: ", amy.name);
    while_talking(&amy, || {
        for _ in 0..5 {
            bob.answers("3", "room")?;
            bob.says(&room)?;
            let before = bob.sees(&format!("$at room {room}"))?;
            let early = before.iter().any(|line| line.starts_with(&start));
            expect(!early, format!("no message before `$at room {room}`"), listed(&before))?;
            let (screen, first) = bob.sees_one("a message", |line| line.starts_with(&start))?;
            expect(!screen.is_empty(), "the room's screen first", "a message")?;
            let mut count: u32 = first[start.len()..].parse().unwrap_or(0);
            for _ in 0..20 {
                count += 1;
                bob.reads(&format!("{start}{count}"))?;
            }
            lesson.leaves(&mut bob)?;
        }
        Ok(())
    })
}

fn question(lesson: &Lesson) -> Verdict {
    let [amy, mut bob] = lesson.members(["amy", "bob"])?;
    let start = format!(" {}: ", amy.name);
    while_talking(&amy, || {
        for _ in 0..30 {
            bob.says("!")?;
            bob.sees("$ask file")?;
            let prompt = bob.line("the prompt right after `$ask file`")?;
            let message = prompt.starts_with(&start);
            expect(!message, "the prompt right after `$ask file`", format!("`{prompt}`"))?;
        }
        Ok(())
    })
}

fn list(lesson: &Lesson) -> Verdict {
    let [amy, mut bob] = lesson.members(["amy", "bob"])?;
    while_talking(&amy, || {
        for _ in 0..30 {
            bob.says("%")?;
            bob.sees("LIST OF USERS:")?;
            for _ in 0..2 {
                let line = bob.line("`User: NAME` for each member")?;
                let user = line.starts_with("User: ");
                expect(user, "`User: NAME` for both members, in one block", format!("`{line}`"))?;
            }
        }
        Ok(())
    })
}

fn leaving(lesson: &Lesson) -> Verdict {
    let [amy, mut bob] = lesson.members(["amy", "bob"])?;
    let start = format!(" {}: ", amy.name);
    while_talking(&amy, || {
        for _ in 0..5 {
            bob.says("@")?;
            bob.sees("$at menu")?;
            let mut after = bob.asked("menu")?;
            after.extend(bob.until_quiet(Duration::from_millis(30)));
            let late = after.iter().find(|line| line.starts_with(&start));
            expect(late.is_none(), "no message after `$at menu`", listed(late))?;
            lesson.enters(&mut bob, &lesson.name("Room"))?;
        }
        Ok(())
    })
}

fn outside(lesson: &Lesson) -> Verdict {
    let [mut amy, mut bob] = lesson.members(["amy", "bob"])?;
    let (mut eve, mut tom, mut ida) =
        (lesson.user("eve")?, lesson.user("tom")?, lesson.program("ida")?);
    lesson.creates(&mut eve, &lesson.name("Other"), None)?;
    amy.says("between us")?;
    bob.sees(&format!(" {}: between us", amy.name))?;
    for peer in [&mut eve, &mut tom, &mut ida] {
        peer.sees_nothing()?;
    }
    Ok(())
}

fn all_arrive(lesson: &Lesson) -> Verdict {
    const LINES: usize = 10_000;
    let [amy, mut bob] = lesson.members(["amy", "bob"])?;
    let (mut writer, mut reader) = (amy.socket(), amy.socket());
    lesson.script.note(format!("amy says {LINES} lines in one go"));
    thread::spawn(move || {
        let lines: String = (0..LINES).map(|count| format!("{count}\n")).collect();
        let _ = writer.write_all(lines.as_bytes());
    });
    // Amy reads, too: else she is the one who is waited for.
    thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
    bob.patience = Duration::from_secs(30);
    for count in 0..LINES {
        let line = bob.line("10,000 lines")?;
        let expected = format!(" {}: {count}", amy.name);
        expect(line == expected, format!("`{expected}`"), format!("`{line}`"))?;
    }
    Ok(())
}

/// Says numbered lines of 1000 bytes as fast as it may, until told to stop; reads what comes.
fn floods(peer: &Peer, seconds: u64) -> thread::JoinHandle<usize> {
    let (mut writer, mut reader) = (peer.socket(), peer.socket());
    thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
    thread::spawn(move || {
        let end = Instant::now() + Duration::from_secs(seconds);
        let mut count = 0;
        while Instant::now() < end {
            if writer.write_all(format!("{count:0>1000}\n").as_bytes()).is_err() {
                break;
            }
            count += 1;
        }
        count
    })
}

fn slow_reader(lesson: &Lesson) -> Verdict {
    let [amy, bob] = lesson.members(["amy", "bob"])?;
    const SECONDS: u64 = 85;
    const BYTES_PER_SECOND: u64 = 16 * 1024;
    let flood = floods(&amy, SECONDS + 5);
    let (mut socket, start) = (bob.socket(), Instant::now());
    lesson.script.note("amy says as much as she can for 90 s, bob takes 16 KiB a second");
    let mut text = Vec::new();
    let mut ping = socket.try_clone().expect("a descriptor");
    while start.elapsed() < Duration::from_secs(SECONDS) {
        thread::sleep(Duration::from_millis(100)); // The slowness is what is tried.
        let _ = ping.write_all(b"$ping\n");
        // What is due by now, so that a busy machine does not make bob slower than that.
        let due = start.elapsed().as_millis() as u64 * BYTES_PER_SECOND / 1000;
        let mut bytes = vec![0; (due as usize).saturating_sub(text.len()).max(1)];
        let came = match socket.read(&mut bytes) {
            Ok(len @ 1..) => {
                text.extend_from_slice(&bytes[..len]);
                continue;
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                continue;
            }
            Ok(_) => "it ended".to_owned(),
            Err(error) => format!("it failed ({error})"),
        };
        let (after, len) = (start.elapsed(), text.len());
        let text = String::from_utf8_lossy(&text);
        let last = text.lines().last().unwrap_or_default();
        return Err(Failure::lost(
            format!("bob's connection open for {SECONDS} s: he takes 16 KiB a second"),
            format!(
                "{came} after {after:.0?}, when bob had taken {len} bytes; the last: `{last}`"
            ),
        ));
    }
    let text = String::from_utf8_lossy(&text);
    let counts = text.lines().filter_map(|line| line.rsplit_once(' ')?.1.parse::<usize>().ok());
    let mut counts: Vec<usize> = counts.collect();
    counts.pop(); // The last one may be cut.
    let whole = counts.iter().enumerate().all(|(at, &count)| at == count);
    drop(flood);
    expect(
        whole && counts.len() > 500,
        "more than 500 of amy's lines on bob's connection, each in its turn",
        format!("{} lines", counts.len()),
    )
}

fn no_reader(lesson: &Lesson) -> Verdict {
    let [amy, bob, mut eve] = lesson.members(["amy", "bob", "eve"])?;
    lesson.script.note("amy says as much as she can, bob reads nothing");
    // 60 s if the server slows amy down before 1 MiB waits, 10 s if it does not. Until then the
    // system takes some megabytes for him, and bob's connection counts as one that takes.
    const PATIENCE: u64 = 120;
    let flood = floods(&amy, PATIENCE);
    let left = format!("User {} has left the room", bob.name);
    let end = Instant::now() + Duration::from_secs(PATIENCE);
    while Instant::now() < end {
        // Meanwhile amy may have to wait, and nothing is said.
        match eve.next(Duration::from_secs(1)) {
            Came::Line(line) if line == left => {
                drop(flood);
                return Ok(());
            }
            Came::Line(_) => {}
            Came::Nothing => eve.says("$ping")?,
            came => return Err(Failure::new(format!("`{left}`"), came.to_string())),
        }
    }
    Err(Failure::new(format!("`{left}` within {PATIENCE} s"), "only messages"))
}
