//! From the name of a file that was typed to an offer in the outbox.
//!
//! The keyboard's thread looks for the file and opens it. The sending thread reads it, long after
//! the person went on typing, and reports here how it ended. What may fail: there is no such
//! file. Then the person reads which files there are, and the server that none will come.

use std::sync::Arc;

use log::info;

use super::shared::Client;
use crate::folder::{Listed, Source};
use crate::name::FileName;
use crate::protocol::SenderLine;
use crate::terminal::Tone;
use crate::transfer::{Content, Outcome, Outgoing};

/// Offers the file of this name to the server, which has asked for one.
pub fn send_file(client: &Arc<Client>, typed: &str) {
    let typed = typed.trim_matches(' ');
    match client.folder.find(typed) {
        Ok(Source { file, size, name, .. }) => {
            client.dialogue.set_uploading(true);
            let reporting = Arc::clone(client);
            let shown = name.clone();
            let report = move |outcome| report_upload(&reporting, &shown, &outcome);
            info!("sent: the offer of a file of {size} bytes");
            client.outbox.offer(Outgoing::new(name, Content::new(file, size), report));
        }
        Err(why) => {
            client.outbox.post(SenderLine::Cancel("no such file".to_string()));
            let path = client.folder.path().join(typed);
            client.print(Tone::Error, &format!("{}: {why}", path.display()));
            show_files(client);
        }
    }
}

/// Says how an upload ended, where the server's receipt does not say it.
fn report_upload(client: &Client, name: &FileName, outcome: &Outcome) {
    client.dialogue.set_uploading(false);
    match outcome {
        // The receipt tells who has it, and a lost connection is told by itself.
        Outcome::Received | Outcome::Gone => {}
        why => client.print(Tone::Error, &format!("{name} was not sent: {why}")),
    }
}

/// Shows what could be sent.
fn show_files(client: &Client) {
    let path = client.folder.path().display();
    match client.folder.list() {
        Ok(files) if files.is_empty() => {
            client.print(Tone::Notice, &format!("There are no files in {path}"))
        }
        Ok(files) => {
            client.print(Tone::Notice, &format!("Files in {path}:"));
            for Listed { name, size, .. } in files {
                client.print(Tone::Event, &format!("  {name} ({size})"));
            }
        }
        Err(error) => client.print(Tone::Error, &format!("{path}: {error}")),
    }
}
