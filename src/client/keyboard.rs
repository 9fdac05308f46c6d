//! The main thread: keyboard → outbox. A typed line is a text for the server, or, if the server
//! has asked for one, the name of a file to send.
//!
//! It blocks on the keyboard, and for a script also on the outbox: a long file on standard input
//! must not pile up in memory. What may fail is the keyboard itself.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use log::info;

use super::dialogue::{Place, Typist};
use super::shared::Client;
use super::upload::send_file;
use crate::protocol::Request;
use crate::terminal::{Purpose, Tone, Typed};

/// Why no more is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyboardEnd {
    /// The person wants to leave.
    Leave,
    /// Standard input has ended. What the server still says is to be shown.
    NoMoreInput,
}

/// Reads what is typed until nothing more is.
///
/// # Errors
/// If the keyboard can't be read, or the screen can't be written.
pub fn run(client: &Arc<Client>) -> io::Result<KeyboardEnd> {
    loop {
        match client.terminal.read_typed()? {
            // A line that a person typed unseen is never a file's name, even if the server asks
            // for one: a name is shown. (The lines of a script may have been there before the
            // question, so nobody knows which of them is the secret.)
            Typed::Secret(text) if client.terminal.is_interactive() => send(client, text),
            Typed::Line(text) | Typed::Secret(text) if client.dialogue.take_file_wait() => {
                answer_file_question(client, text);
            }
            Typed::Line(text) => {
                // Elsewhere a line may be a password that was typed ahead of its question.
                if client.dialogue.place() == Place::Room {
                    client.terminal.remember(&text);
                }
                send(client, text);
            }
            Typed::Secret(text) => send(client, text),
            Typed::Interrupt { .. } if client.outbox.cancel("the sender gave up") => {}
            Typed::Interrupt { .. } if client.dialogue.is_uploading() => {
                let said = "The whole file is sent already, its receipt is awaited";
                client.print(Tone::Notice, said);
            }
            Typed::Interrupt { .. } => return Ok(KeyboardEnd::Leave),
            Typed::Escape | Typed::Help => {}
            Typed::End if io::stdin().is_terminal() => return Ok(KeyboardEnd::Leave),
            Typed::End => return Ok(KeyboardEnd::NoMoreInput),
        }
        client.outbox.wait_for_room();
    }
}

/// Uses the line that follows the server's question for a file.
fn answer_file_question(client: &Arc<Client>, text: String) {
    client.terminal.set_completions(None);
    client.terminal.set_purpose(Purpose::Message);
    if matches!(text.as_str(), "@" | "%" | "!") {
        send(client, text)
    } else {
        send_file(client, &text)
    }
}

fn send(client: &Arc<Client>, text: String) {
    let typist = if client.terminal.is_interactive() { Typist::Person } else { Typist::Script };
    if typist == Typist::Script && matches!(text.as_str(), "@" | "!") {
        // A script that goes on to the next file, or leaves, means to have sent this one.
        client.dialogue.wait_for_upload();
    }
    let line = Request::Text(text).to_string();
    info!("sent: {} bytes", line.len());
    let asks_to_send = line == "!";
    if asks_to_send {
        client.dialogue.ask();
    }
    client.outbox.post(line);
    // The next line may be the file's name, and must not be said to the room.
    if asks_to_send && (typist == Typist::Script || client.dialogue.place() == Place::Room) {
        client.dialogue.wait_for_answer(typist);
    }
}
