//! Section 9: limits that need a server of their own, since they fill it up.

use std::rc::Rc;
use std::sync::Arc;

use crate::check::Stage::{Lines, Rooms};
use crate::check::{Check, Failure, Verdict, expect, of_server};
use crate::peer::Peer;
use crate::server::lesson::Lesson;
use crate::subject::Running;

pub const CHECKS: &[Check] = &[
    of_server(Lines, &["3.23", "9.4"], "the_newest_of_too_many_is_turned_away", full)
        .with_own_server(),
    of_server(Rooms, &["4.37", "4.38"], "without_rooms_two_and_three_ask_nothing", no_rooms)
        .with_own_server(),
    of_server(Rooms, &["9.6"], "there_are_at_most_1000_rooms", rooms).with_own_server().long(),
];

/// A server for this check alone.
fn own_server(lesson: &Lesson, max: usize) -> Result<(Running, Lesson), Failure> {
    let server = lesson.server.clone();
    let running = server.start(max).map_err(|why| Failure::new("a server that starts", why))?;
    let (address, script) = (running.address.clone(), Rc::clone(&lesson.script));
    let (tag, patience) = (lesson.tag.clone(), lesson.patience);
    Ok((running, Lesson { address, server, script, tag, patience, steps: Arc::default() }))
}

/// Of 100 connections a quarter, but at least 64, may be not signed in.
fn full(lesson: &Lesson) -> Verdict {
    let (_server, lesson) = own_server(lesson, 100)?;
    let mut waiting = Vec::new();
    for _ in 0..64 {
        let mut peer = lesson.connects("amy")?;
        peer.reads("$chatroom 2")?;
        let line = peer.line("a greeting: 64 may be not signed in")?;
        expect(
            line != "Server is full",
            "a greeting: 64 may be not signed in",
            "`Server is full`",
        )?;
        waiting.push(peer);
    }
    let mut late = lesson.connects("late")?;
    late.reads("$chatroom 2")?;
    late.reads("Server is full")?;
    late.reads("$bye")?;
    late.ends()
}

fn no_rooms(lesson: &Lesson) -> Verdict {
    let (_server, lesson) = own_server(lesson, 100)?;
    let mut amy = lesson.user("amy")?;
    let asks_nothing = |amy: &mut Peer| -> Verdict {
        for entry in ["2", "3"] {
            amy.says(entry)?;
            amy.reads("$at menu")?;
            amy.asked("menu")?;
        }
        Ok(())
    };
    asks_nothing(&mut amy)?;
    let room = lesson.name("Room");
    lesson.creates(&mut amy, &room, None)?;
    lesson.leaves(&mut amy)?;
    amy.answers("2", "delete")?;
    amy.answers(&room, "menu")?;
    asks_nothing(&mut amy)
}

fn rooms(lesson: &Lesson) -> Verdict {
    let (_server, lesson) = own_server(lesson, 100)?;
    let mut amy = lesson.user("amy")?;
    for count in 0..1000 {
        amy.says(&format!("1\n{count}\nn\n@"))?;
        amy.sees(&format!("$at room {count}"))?;
        amy.sees("$at menu")?;
    }
    amy.pings()?;
    amy.says("1\none-too-many\nn")?;
    amy.sees("There are too many rooms, one must be deleted first").map(drop)
}
