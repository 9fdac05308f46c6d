//! The main thread: keyboard → outbox. A typed line is a text for the server, or it names files.
//!
//! It blocks on the keyboard, and after each line on the outbox, since a long file on standard
//! input must not pile up in memory. What a line is for depends on whose turn it is; `dialogue`
//! knows that. A few keys and words are for the client itself: how to stop a file, how to leave,
//! and what help there is. What may fail is the keyboard.

use std::sync::Arc;
use std::thread;

use super::paths::choose;
use super::shared::Client;
use super::talk::Turn;
use super::upload::{give_up_waiting, send_files};
use super::uploads::STOPPED;
use crate::protocol::Question;
use crate::terminal::{Tone, Typed};

/// What people type when they look for help or want to leave. In a room others would read it.
const ASIDES: [&str; 6] = ["help", "?", "/help", "exit", "quit", ":q"];

const HELP: [&str; 6] = [
    "In a room: @ leaves it, % lists who is here, ! sends a file",
    "! PATH… sends these files at once, from any folder",
    "Tab completes files and people; Up shows what you said, Ctrl-R searches in it",
    "Ctrl-A, Ctrl-E, Ctrl-W, Ctrl-U, Ctrl-Y edit the line as in a shell",
    "Ctrl-C stops a file that you are sending",
    "Ctrl-C twice, or Ctrl-D, on an empty line leaves the program",
];

const SAY_IT: &str = "To say this to the room, send it once more";

/// Reads what is typed until the program ends.
pub fn run(client: &Arc<Client>) -> ! {
    // The last line that was not said, but answered with help.
    let mut aside = None;
    loop {
        client.dialogue.wait_for_turn();
        let typed = client.terminal.read_typed().unwrap_or_else(|error| {
            client.print(Tone::Error, &format!("The keyboard can't be read: {error}"));
            client.exit(1)
        });
        match typed {
            Typed::Line(text) => {
                if aside.take().as_ref() != Some(&text)
                    && let Some(help) = help_for(client, &text)
                {
                    show(client, &help);
                    show(client, &[SAY_IT]);
                    aside = Some(text);
                    continue;
                }
                send_line(client, text);
            }
            Typed::Secret(text) => send_secret(client, text),
            Typed::Interrupt { again } => interrupt(client, again),
            Typed::Escape => {
                if client.dialogue.cancel_file_question("not wanted") {
                    // Half a file's name is no message.
                    client.terminal.empty_line();
                }
            }
            Typed::Help => show(client, &HELP),
            Typed::End if client.dialogue.is_by_person => client.leave(),
            // What the server still says is shown. When it closes, the receiving thread ends the
            // process.
            Typed::End => loop {
                thread::park();
            },
        }
        aside = None;
        client.dialogue.outbox().wait_for_space();
    }
}

/// The help for a line that is probably not meant for the room. `None`: the line is a message.
fn help_for(client: &Client, text: &str) -> Option<Vec<String>> {
    if client.dialogue.turn() != Turn::Message || !client.terminal.is_interactive() {
        return None;
    }
    if ASIDES.contains(&text.trim()) {
        return Some(HELP.map(str::to_string).to_vec());
    }
    let named = text.strip_prefix('!').filter(|named| named.starts_with(|c| c != ' '))?;
    let is_file = choose(&client.folder, named).iter().all(Result::is_ok);
    is_file.then(|| vec![format!("To send this file, type a space after the !: ! {named}")])
}

fn show(client: &Client, lines: &[impl AsRef<str>]) {
    lines.iter().for_each(|line| client.print(Tone::Notice, line.as_ref()));
}

/// Stops what the person is sending. If there is nothing, leaves, or says that one more Ctrl-C
/// leaves.
fn interrupt(client: &Arc<Client>, again: bool) {
    if stop(client) {
        return;
    }
    if again || !client.terminal.is_interactive() {
        client.leave();
    }
    client.terminal.hint("Press Ctrl-C again to leave");
}

/// Stops a file that the person is sending, or the question for one. `false`: there is none.
fn stop(client: &Arc<Client>) -> bool {
    // The queue first: an open question would be answered with its next file.
    let gave_up = give_up_waiting(client, "you have stopped it");
    if client.dialogue.cancel_file_question("not wanted")
        || client.dialogue.outbox().cancel(STOPPED)
    {
        return true;
    }
    let is_busy = client.uploads.is_busy();
    if is_busy {
        client.print(Tone::Notice, "All of the file is on its way, it can't be stopped any more");
    }
    gave_up || is_busy
}

/// Sends a line, or the files that it names.
fn send_line(client: &Arc<Client>, text: String) {
    let is_script = !client.dialogue.is_by_person;
    let is_command = matches!(text.as_str(), "@" | "%" | "!");
    match client.dialogue.turn() {
        Turn::Answer(Question::File) if !is_command => return send_files(client, &text),
        Turn::Message if !is_script => {
            client.terminal.remember(&text);
            if let Some(paths) = text.strip_prefix("! ") {
                return send_files(client, paths);
            }
        }
        _ => {}
    }
    if is_script && matches!(text.as_str(), "@" | "!") {
        // If a script goes on to the next file, or leaves, it expects that this file was sent.
        client.uploads.wait_for_end();
    }
    if !client.dialogue.send(text.clone()) {
        client.print(Tone::Error, &format!("Not connected, not sent: {text}"));
    }
}

/// Sends a password, if one is still asked for: the connection may have been lost meanwhile. It
/// must never be taken for a name, nor be shown.
fn send_secret(client: &Client, text: String) {
    let is_asked =
        matches!(client.dialogue.turn(), Turn::Answer(question) if question.is_secret());
    if !is_asked || !client.dialogue.send(text) {
        client.print(Tone::Error, "The password was not sent: nobody asks for it any more");
    }
}
