//! Files on their way out: from the line that named them to the word on how each one ended.
//!
//! The keyboard's thread adds files to the queue of [`uploads`](super::uploads). The server takes
//! one at a time, and each needs a `!` and the question for a file that follows it. The receiving
//! thread sees that question and goes on with the next file. The sending thread reads the content
//! and reports here how it ended; so may every thread that closes the connection. Which step comes
//! next is decided by `dialogue`, under its lock, because several threads go on.
//!
//! What may fail: a file can't be opened, or is refused. Then the person reads which and why.

use std::sync::Arc;
use std::time::Instant;

use log::info;

use super::paths::choose;
use super::shared::Client;
use super::uploads::STOPPED;
use crate::folder::{Source, io_reason};
use crate::name::FileName;
use crate::terminal::Tone;
use crate::transfer::{Content, Outcome, Outgoing};

const UNANSWERED: &str = "the server does not answer";

/// The most files that are listed.
const MAX_LISTED: usize = 20;

/// Sends the files that a line names, one after the other.
pub fn send_files(client: &Arc<Client>, typed: &str) {
    let mut chosen = Vec::new();
    for file in choose(&client.folder, typed) {
        match file {
            Ok(file) => {
                if file.is_renamed {
                    let said = format!("Name not allowed: the file is sent as {}", file.name);
                    client.print(Tone::Notice, &said);
                }
                chosen.push(file);
            }
            Err(why) => client.print(Tone::Error, &why.to_string()),
        }
    }
    if chosen.is_empty() {
        show_files(client);
        // After the list, or the server's answer would stand in the middle of it.
        client.dialogue.cancel_file_question("no such file");
        return;
    }
    if client.uploads.is_busy() {
        for file in &chosen {
            client.print(
                Tone::Notice,
                &format!("{} waits until the file before it is sent", file.name),
            );
        }
    }
    client.uploads.add(chosen);
    go_on(client);
}

/// Says of the files that are stored that their last receipts will not come.
pub fn give_up_receipts(client: &Client) {
    for known in client.uploads.forget_stored(Instant::now()) {
        client.print(Tone::Notice, &known);
    }
}

/// Sends the next file, or asks the server for the question that it answers. Returns whether that
/// question was open, for a file of the queue: now it is answered.
pub fn go_on(client: &Arc<Client>) -> bool {
    client.dialogue.go_on(&client.uploads, |file| outgoing(client, file))
}

/// Gives up the files that wait. Returns whether there were any.
pub fn give_up_waiting(client: &Client, why: &str) -> bool {
    let names = client.uploads.forget_waiting();
    for name in &names {
        client.print(Tone::Error, &format!("{name} was not sent: {why}"));
    }
    !names.is_empty()
}

fn outgoing(client: &Arc<Client>, file: Source) -> Outgoing {
    info!("sent: the offer of a file of {} bytes", file.size);
    let client = Arc::clone(client);
    let name = file.name.clone();
    let report = move |outcome| {
        client.uploads.end(outcome == Outcome::Received);
        // It must not seem to be on its way still. The next look at the clock shows other files.
        client.terminal.set_label(None);
        report_upload(&client, &name, &outcome);
        match outcome {
            // These may be reported under the dialogue's lock. It must not be taken again.
            Outcome::Gone { .. } => {}
            Outcome::Unanswered { .. } => drop(give_up_waiting(&client, UNANSWERED)),
            _ => drop(go_on(&client)),
        }
    };
    Outgoing::new(file.name, Content::new(file.file, file.size), report)
}

/// Says how an upload ended. That it was received is in the server's receipt.
fn report_upload(client: &Client, name: &FileName, outcome: &Outcome) {
    let why = match outcome {
        Outcome::Received => {
            return client.terminal.set_status(client.uploads.status(Instant::now()));
        }
        Outcome::Gone { .. } => client.why_over().to_string(),
        Outcome::Unanswered { .. } => UNANSWERED.to_string(),
        Outcome::Failed(why) if why == STOPPED => "you have stopped it".to_string(),
        why => why.to_string(),
    };
    // All of it had left, and no answer came: perhaps the server has stored it.
    let is_uncertain = matches!(
        outcome,
        Outcome::Gone { has_left: true } | Outcome::Unanswered { has_left: true }
    );
    let what = if is_uncertain { "was perhaps not sent" } else { "was not sent" };
    // If nobody reads it, the next line that is printed finds that out.
    let _ = client.terminal.print(Tone::Error, &format!("{name} {what}: {why}"));
}

/// Shows what could be sent.
fn show_files(client: &Client) {
    let path = client.folder.path().display();
    let files = match client.folder.list() {
        Ok(files) => files,
        Err(error) => {
            let said = format!("cannot read the folder {path}: {}", io_reason(&error));
            return client.print(Tone::Error, &said);
        }
    };
    if files.is_empty() {
        return client.print(Tone::Notice, &format!("There are no files in {path}"));
    }
    client.print(Tone::Notice, &format!("Files in {path}:"));
    for file in files.iter().take(MAX_LISTED) {
        let own_name = match file.is_renamed {
            true => format!(", here {}", file.path.file_name().unwrap_or_default().display()),
            false => String::new(),
        };
        client.print(Tone::Event, &format!("  {} ({}{own_name})", file.name, file.size));
    }
    if files.len() > MAX_LISTED {
        client.print(Tone::Notice, &format!("  and {} more", files.len() - MAX_LISTED));
    }
}
