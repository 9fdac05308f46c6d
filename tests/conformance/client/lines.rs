//! Sections 1 to 4, as far as they speak of clients.

use std::time::{Duration, Instant};

use crate::check::Stage::{Files, Lines, Rooms};
use crate::check::{Check, Failure, Verdict, expect, of_client};
use crate::client::stand::Stand;
use crate::peer::{Came, Peer};

pub const CHECKS: &[Check] = &[
    of_client(Lines, &["3.4"], "the_clients_first_line_is_hello_2", hello),
    of_client(Lines, &["1.2", "1.3"], "lines_end_with_lf_or_crlf", endings),
    of_client(Lines, &["1.5"], "a_line_of_16384_bytes_is_shown", longest_line),
    of_client(Lines, &["2.2"], "a_typed_dollar_is_doubled", doubled),
    of_client(Lines, &["2.5"], "an_unknown_verb_is_not_answered", unknown_verb),
    of_client(Lines, &["3.2"], "another_version_is_named_and_ends_it", other_version),
    of_client(Lines, &["3.3"], "what_is_no_chat_room_ends_it", no_chat_room),
    of_client(Lines, &["3.6"], "what_comes_before_at_is_not_shown", before_at),
    of_client(Lines, &["3.6"], "what_comes_before_bye_is_shown", before_bye),
    of_client(Lines, &["3.16"], "a_client_is_never_silent_for_20_s", pings).long(),
    of_client(Rooms, &["3.29"], "it_pings_a_silent_server_though_it_talks", talks).long(),
    of_client(Lines, &["3.24"], "a_server_without_a_first_line_is_lost", no_first_line).long(),
    of_client(Lines, &["3.18"], "a_silent_server_is_lost_after_60_s", silence).long(),
    of_client(Lines, &["3.21"], "after_bye_it_does_not_connect_again", after_bye),
    of_client(Rooms, &["4.10"], "an_answer_to_a_secret_is_not_shown", secret),
    of_client(Files, &["4.14", "5.10"], "a_question_for_a_file_is_cancelled", no_file),
    of_client(Files, &["4.33"], "no_text_is_sent_while_a_file_is_asked_for", typed_ahead),
    of_client(Rooms, &["6.14"], "controls_are_taken_out_before_printing", cleaning),
    of_client(Lines, &["8.20"], "a_line_that_is_too_long_ends_it", too_long),
];

fn hello(stand: &Stand) -> Verdict {
    let mut server = stand.connected()?;
    server.says("$chatroom 2\nBem-vindo\nComo te chamas?")?;
    server.reads("$hello 2")
}

fn endings(stand: &Stand) -> Verdict {
    let mut server = stand.connected()?;
    server.sends(b"$chatroom 2\r\nBem-vindo\r\n")?;
    server.reads("$hello 2")?;
    server.sends(b"$at sign-in\r\n$ask new-user\r\nComo te chamas?\r\n")?;
    stand.types("amy")?;
    server.reads("amy")
}

fn longest_line(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    server.says(&format!(" bob: {}", "x".repeat(16384 - 6)))?;
    server.says(" bob: after it")?;
    stand.shows("bob: after it")?;
    stand.shows("xxxxxxxx")
}

fn doubled(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    stand.types("$5 a head")?;
    server.reads("$$5 a head")?;
    stand.types("$$")?;
    server.reads("$$$")
}

fn unknown_verb(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    server.says("$future 1 2 3\n$\n$pong\n$ask")?;
    server.says(" bob: are you there?")?;
    stand.shows("bob: are you there?")?;
    stand.types("yes")?;
    server.reads("yes")
}

fn other_version(stand: &Stand) -> Verdict {
    let mut server = stand.connected()?;
    server.says("$chatroom 3\nWelcome")?;
    stand.ends()?;
    stand.shows("3")?;
    stand.shows("2")
}

fn no_chat_room(stand: &Stand) -> Verdict {
    let mut server = stand.connected()?;
    server.says("SSH-2.0-OpenSSH_9.6")?;
    stand.ends()?;
    expect(!stand.screen().trim().is_empty(), "a text that says so", "nothing on its screen")
}

fn before_at(stand: &Stand) -> Verdict {
    let mut server = stand.connected()?;
    server.says("$chatroom 2\nFor people on nc")?;
    server.reads("$hello 2")?;
    server
        .says("For people on nc, too\n$at sign-in\nBem-vindo\n$ask new-user\nComo te chamas?")?;
    stand.shows("Bem-vindo")?;
    stand.does_not_show("For people on nc")
}

fn before_bye(stand: &Stand) -> Verdict {
    let mut server = stand.connected()?;
    server.says("$chatroom 2\nServer is full\n$bye")?;
    drop(server);
    stand.ends()?;
    stand.shows("Server is full")
}

fn pings(stand: &Stand) -> Verdict {
    let server = stand.connected()?;
    let mut socket = server.socket();
    let mut server = stand.silent(&server);
    server.says("$chatroom 2")?;
    server.reads("$hello 2")?;
    server.says("$at sign-in\n$ask new-user\nComo te chamas?")?;
    for _ in 0..3 {
        // 20 s, and some for a machine that is busy
        match server.next(Duration::from_secs(25)) {
            Came::Line(line) => expect(line == "$ping", "`$ping`", format!("`{line}`"))?,
            came => return Err(Failure::new("`$ping` within 20 s", came.to_string())),
        }
        std::io::Write::write_all(&mut socket, b"$pong\n").expect("it is connected");
    }
    Ok(())
}

fn talks(stand: &Stand) -> Verdict {
    let server = stand.in_a_room()?;
    let mut silent = stand.silent(&server);
    let end = Instant::now() + Duration::from_secs(30); // 20 s, and some for a slow machine
    while Instant::now() < end {
        stand.types("are you there?")?;
        if silent.next(Duration::from_secs(1)) == Came::Line("$ping".into()) {
            return Ok(());
        }
        silent.pauses(Duration::from_secs(1));
    }
    Err(Failure::new("`$ping`, 20 s after the server's last byte", "only what was typed"))
}

fn no_first_line(stand: &Stand) -> Verdict {
    let mut server = stand.connected()?;
    is_lost(stand, &mut server)
}

fn silence(stand: &Stand) -> Verdict {
    let server = stand.greeted()?;
    is_lost(stand, &mut stand.silent(&server))
}

/// The client hears nothing from now on, and takes its connection for lost.
fn is_lost(stand: &Stand, silent: &mut Peer) -> Verdict {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(80) {
        let came = silent.next(Duration::from_secs(2));
        if matches!(came, Came::End | Came::Reset) || stand.ends_within(Duration::ZERO).is_ok() {
            return Ok(());
        }
    }
    Err(Failure::new("the end of the connection after 60 s", "it is there after 80 s"))
}

fn after_bye(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    server.says("Adeus\n$bye")?;
    server.stops_sending();
    stand.shows("Adeus")?;
    let again = stand.accepted(Duration::from_secs(3));
    expect(again.is_none(), "no second connection", "one")
}

fn secret(stand: &Stand) -> Verdict {
    let mut server = stand.greeted()?;
    server.says("$ask new-password\nE a tua senha?")?;
    stand.shows("E a tua senha?")?;
    stand.types("swordfish")?;
    server.reads("swordfish")?;
    server.says("$at menu\n$ask menu\nUm numero")?;
    stand.shows("Um numero")?;
    stand.does_not_show("swordfish")
}

fn no_file(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    stand.types("!")?;
    server.reads("!")?;
    server.says("$ask file\nQue ficheiro?")?;
    stand.types("no-such-file.txt")?;
    server.sees_start("$cancel").map(drop)
}

fn typed_ahead(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    stand.has_file("hi.txt", b"hello")?;
    stand.types("!")?;
    server.reads("!")?;
    stand.types("hi.txt")?;
    // Not read meanwhile, since a `$ping` may not be answered before the `!`.
    server.pauses(Duration::from_millis(300));
    server.says("$ask file\nQue ficheiro?")?;
    server.reads("$file 5 hi.txt")
}

fn cleaning(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    server.says(" bob: a\u{1b}[2Jb\u{7}c\u{202e}d\u{85}e")?;
    server.says(" bob: after it")?;
    stand.shows("bob: after it")?;
    stand.shows("a[2Jbcde")?;
    stand.does_not_show("\u{7}")?;
    stand.does_not_show("\u{202e}")
}

fn too_long(stand: &Stand) -> Verdict {
    let mut server = stand.in_a_room()?;
    server.says(&"x".repeat(16385))?;
    let code = stand.ends()?;
    expect(code != 0, "a failure as exit code", "0")
}
