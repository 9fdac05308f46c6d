//! The receiving thread's life: connection after connection.
//!
//! It receives until a connection ends. However it ended, it says what was lost. If the connection
//! is lost, and a person is there, it connects again: at once, then after 1, 2, 4 … 30 s, for as
//! long as the person wants. One status line counts; the line being typed stays. Then the
//! autopilot of `dialogue` signs in and enters the room. A script, and a person who wants it so
//! (`--no-reconnect`), read that the connection is closed, and the program ends. It also ends after
//! `$bye`, and when the person leaves.
//!
//! The thread blocks on the socket, and between two attempts on the clock. A person can leave at
//! any time, because another thread reads the keyboard.

use std::io::{IsTerminal, stdout};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use log::info;

use super::connect::connect;
use super::ending::Ending;
use super::receive::Receiver;
use super::shared::Client;
use super::upload::{give_up_receipts, give_up_waiting};
use crate::line::LineReader;
use crate::outbox::Cut;
use crate::platform::TimedReader;
use crate::terminal::Tone;

/// Longest pause between two attempts to connect.
const MAX_PAUSE_SECONDS: u32 = 30;

/// Receives on this connection and on all that follow it. Blocks until the program ends.
pub fn run(client: &Arc<Client>, mut reader: LineReader<TimedReader>) -> ! {
    let mut is_back = false;
    loop {
        let mut receiver = Receiver::new(client, reader, is_back);
        let ending = match receiver.run() {
            ending if client.is_leaving() && ending.is_loss() => Ending::Left,
            ending => ending,
        };
        client.stop_if_ending();
        let is_seen = client.dialogue.is_by_person && stdout().is_terminal();
        let reconnects = ending.is_loss() && client.config.reconnects && is_seen;
        // First of all: from here on nothing that is typed is sent.
        let lost = client.dialogue.lose(ending, reconnects);
        let headline = match ending {
            Ending::Closed => {
                "The connection is lost: the other side has closed it. Connecting again…"
            }
            _ => "The connection is lost, connecting again…",
        };
        if reconnects && ending != Ending::TooEarly {
            client.print(Tone::Error, headline);
        }
        receiver.give_up();
        client.dialogue.outbox().cut(Cut::Lost);
        give_up_waiting(client, client.why_over());
        give_up_receipts(client);
        lost.iter().for_each(|line| client.print(Tone::Error, line));
        client.dialogue.note_told();
        if !reconnects {
            client.end(ending);
        }
        reader = match ending {
            Ending::TooEarly => reconnect(client, 1, "You are signed in already"),
            _ => reconnect(client, 0, "Connection lost"),
        };
        is_back = true;
    }
}

/// Connects again, `pause` seconds from now, and then after longer and longer pauses. `why` is
/// shown meanwhile.
fn reconnect(client: &Arc<Client>, mut pause: u32, why: &str) -> LineReader<TimedReader> {
    loop {
        for left in (1..=pause).rev() {
            client.terminal.set_status(Some(format!("{why}, next attempt in {left} s")));
            thread::sleep(Duration::from_secs(1));
        }
        client.terminal.set_status(Some(format!("{why}, connecting…")));
        match connect(&client.config.host, &client.couriers, |_| {}) {
            Ok((outbox, reader)) => {
                client.dialogue.reconnect(outbox);
                return reader;
            }
            Err(error) => info!("{error}"),
        }
        pause = (pause * 2).clamp(1, MAX_PAUSE_SECONDS);
    }
}
