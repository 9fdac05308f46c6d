//! The main thread: keyboard → outbox. What is typed is a text for the server, or after `$send` the name of a file to send.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use log::info;

use super::Client;
use super::dialogue::{Place, Typist};
use crate::name::FileName;
use crate::protocol::{FileLine, Request};
use crate::terminal::{Echo, Tone, Typed};
use crate::transfer::{Content, Outcome, Outgoing};

/// Why no more is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    /// The person wants to leave.
    Leave,
    /// Standard input has ended, and what the server says is still to be shown.
    Ended,
}

/// Takes what is typed until nothing more is.
///
/// # Errors
/// If the keyboard can't be read, or the screen not be written.
pub fn run(client: &Arc<Client>) -> io::Result<Typing> {
    loop {
        match client.terminal.read_typed()? {
            // What a person types unseen is never a file's name, whatever the server has asked for: that would be shown. (Of a
            // script's lines, which may have been there before the question, nobody knows which is the secret.)
            Typed::Secret(text) if client.terminal.is_interactive() => send(client, text),
            Typed::Line(text) | Typed::Secret(text) if client.dialogue.take_file_wait() => {
                take_file_name(client, text);
            }
            Typed::Line(text) | Typed::Secret(text) => send(client, text),
            Typed::Interrupt if client.outbox.cancel("the sender gave up") => {}
            Typed::Interrupt if client.dialogue.is_uploading() => {
                client.print(
                    Tone::Notice,
                    "All of the file is sent already, its receipt is awaited",
                );
            }
            Typed::Interrupt => return Ok(Typing::Leave),
            Typed::End if io::stdin().is_terminal() => return Ok(Typing::Leave),
            Typed::End => return Ok(Typing::Ended),
        }
        // A long file at standard input must not pile up here.
        client.outbox.wait_for_room();
    }
}

/// Takes the line behind `$send`.
fn take_file_name(client: &Arc<Client>, text: String) {
    client.terminal.set_completions(None);
    client.terminal.set_echo(Echo::ByServer);
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

fn send_file(client: &Arc<Client>, name: &str) {
    let wanted = name.trim_matches(' ');
    let opened = FileName::parse(wanted).map_err(|rule| rule.to_string()).and_then(|name| {
        match client.folder.open_file(&name) {
            Ok((file, size)) => Ok((name, file, size)),
            Err(error) => Err(error.to_string()),
        }
    });
    match opened {
        Ok((name, file, size)) => {
            client.dialogue.set_uploading(true);
            let reporting = Arc::clone(client);
            let shown = name.clone();
            let report = move |outcome| report_upload(&reporting, &shown, &outcome);
            info!("sent: the offer of a file of {size} bytes");
            client.outbox.offer(Outgoing::new(name, Content::new(file, size), report));
        }
        Err(why) => {
            client.outbox.post(FileLine::Cancel("no such file".to_string()));
            client.print(
                Tone::Error,
                &format!("{}: {why}", client.folder.path().join(wanted).display()),
            );
            show_files(client);
        }
    }
}

/// What the server's receipt does not say.
fn report_upload(client: &Client, name: &FileName, outcome: &Outcome) {
    client.dialogue.set_uploading(false);
    match outcome {
        // The receipt tells who has it; a lost connection is told as such.
        Outcome::Received | Outcome::Gone => {}
        why => client.print(Tone::Error, &format!("{name} was not sent: {why}")),
    }
}

fn show_files(client: &Client) {
    let path = client.folder.path().display();
    match client.folder.list() {
        Ok(files) if files.is_empty() => {
            client.print(Tone::Notice, &format!("There are no files in {path}"))
        }
        Ok(files) => {
            client.print(Tone::Notice, &format!("Files in {path}:"));
            for (name, size) in files {
                client.print(Tone::Notice, &format!("  {name} ({size})"));
            }
        }
        Err(error) => client.print(Tone::Error, &format!("{path}: {error}")),
    }
}
