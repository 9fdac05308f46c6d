//! Section 9: limits that need a server of their own, since they fill it up.

use std::rc::Rc;
use std::sync::Arc;

use crate::check::Stage::{Lines, Rooms};
use crate::check::{Check, Failure, Verdict, expect, of_server};
use crate::server::lesson::Lesson;
use crate::subject::Running;

pub const CHECKS: &[Check] = &[
    of_server(Lines, &["3.23", "9.4"], "the_newest_of_too_many_is_turned_away", full),
    of_server(Rooms, &["9.6"], "there_are_at_most_1000_rooms", rooms).long(),
];

/// A server for this check alone.
fn own_server(lesson: &Lesson, max: usize) -> Result<(Running, Lesson), Failure> {
    let server = lesson.server.clone();
    let running = server.start(max).map_err(|why| Failure::new("a server that starts", why))?;
    let (address, script) = (running.address.clone(), Rc::clone(&lesson.script));
    Ok((
        running,
        Lesson { address, server, script, tag: lesson.tag.clone(), steps: Arc::default() },
    ))
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
