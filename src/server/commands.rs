//! The commands that a teacher types on the server's own terminal.
//!
//! Lines come in from the terminal, on the main thread. What a command did goes to the same
//! terminal, and to the log. A command may block: for the disk, for a hash, or until a session
//! that it ends has left. No other session waits for that. When its answer is shown, everything
//! is done, also on the disk.
//!
//! The text of `say` is not logged. Neither is a password, which is not shown while it is typed.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use log::info;

use super::console::MAX_NAMES;
use super::presence::first_names;
use super::shared::Shared;
use super::store::NotKept;
use crate::clock::WallClock;
use crate::name::{BrokenRule, Password, RoomName, UserName};
use crate::protocol::MAX_LINE_BYTES;
use crate::terminal::{Purpose, Terminal, Typed};
use crate::text::clean;

/// All commands: the word, what follows it, and what it does.
const COMMANDS: [(&str, &str, &str); 9] = [
    ("help", "", "this list"),
    ("users", "", "who is signed in: where, since when, how idle"),
    ("rooms", "", "the rooms, and who is in them"),
    ("say", "TEXT", "tell everyone something, wherever they are"),
    ("kick", "USER", "end a user's session; they may come back"),
    ("password", "USER", "give a new password to somebody who has forgotten theirs"),
    ("forget", "USER", "remove a user's account, and end their session; they may register again"),
    ("delete", "ROOM", "delete an empty room, also without its password"),
    ("quit", "", "say goodbye to everyone and stop the server"),
];

/// What a person reads when a teacher has ended their session.
const KICKED: &str = "You were disconnected by whoever runs the server";

/// What a teacher reads about such a person whose session does not end at once.
const NOT_YET: &str = "has not left yet: the server still works on their last request";

const NO_SUCH_ROOM: &str = "Room doesn't exist";

/// What is shown at the end of the input.
const NO_MORE: &str = "No more commands; the server goes on. Ctrl-C ends it.";

/// Obeys commands until `quit`, or until Ctrl-C was pressed twice. At the end of the input it
/// waits for ever: then only a signal ends the server.
pub fn obey_all(terminal: &Terminal, shared: &Arc<Shared>) {
    let for_tab = Arc::clone(shared);
    terminal.set_completions(Some(Box::new(move |before| complete(&for_tab, before))));
    terminal.set_purpose(Purpose::Answer);
    loop {
        match terminal.read_typed() {
            Ok(Typed::Line(line)) => {
                terminal.remember(&line);
                if line.trim() == "quit" {
                    return;
                }
                obey(terminal, shared, line.trim());
            }
            Ok(Typed::Help) => shared.console.answer(help()),
            Ok(Typed::Interrupt { again: true }) => return,
            Ok(Typed::Interrupt { again: false }) => hint_at_interrupt(terminal, shared),
            Ok(Typed::Escape | Typed::Secret(_)) => {}
            Ok(Typed::End) | Err(_) => break,
        }
    }
    shared.console.answer(NO_MORE);
    wait_for_interrupt(terminal, shared);
}

fn hint_at_interrupt(terminal: &Terminal, shared: &Shared) {
    let who = match shared.connections.count() {
        1 => "1 person is".to_string(),
        count => format!("{count} people are"),
    };
    terminal.hint(&format!("{who} connected. Press Ctrl-C again to stop the server"));
}

/// Takes only Ctrl-C, after the end of the input.
fn wait_for_interrupt(terminal: &Terminal, shared: &Shared) {
    while terminal.is_interactive() {
        match terminal.read_typed() {
            Ok(Typed::Interrupt { again }) if again || shared.connections.count() == 0 => return,
            Ok(Typed::Interrupt { .. }) => hint_at_interrupt(terminal, shared),
            Ok(Typed::End) | Err(_) => break,
            Ok(Typed::Line(_)) => shared.console.answer(NO_MORE),
            Ok(Typed::Help) => shared.console.answer(help()),
            Ok(Typed::Escape | Typed::Secret(_)) => {}
        }
    }
    // Put the terminal's mode back: then its own Ctrl-C ends the server.
    terminal.close();
    loop {
        thread::park();
    }
}

fn obey(terminal: &Terminal, shared: &Shared, line: &str) {
    let (command, operand) = line.split_once(' ').unwrap_or((line, ""));
    let operand = operand.trim();
    let outcome = match (command, operand) {
        ("", "") => return,
        ("help", "") => help(),
        ("users", "") => list_users(shared),
        ("rooms", "") => list_rooms(shared),
        (_, "") => wrong(command),
        ("say", text) => say(shared, text),
        ("kick", name) => kick(shared, name),
        ("password", name) => set_password(terminal, shared, name),
        ("forget", name) => forget(shared, name),
        ("delete", name) => delete(shared, name),
        _ => wrong(command),
    };
    shared.console.answer(outcome);
}

fn list_users(shared: &Shared) -> String {
    let mut rooms = HashMap::new();
    for room in shared.rooms.list() {
        rooms.extend(room.users(usize::MAX).into_iter().map(|user| (user, room.name().clone())));
    }
    let (people, clock) = (shared.presence.list(), WallClock::local());
    let mut list = format!("{} signed in", people.len());
    for person in people {
        let (user, since) = (&person.user, clock.time_of_day(person.since));
        let place = rooms.get(user).map_or("at the menu".into(), |room| format!("in {room}"));
        let idle = in_words(person.idle());
        let end = if person.is_program { "program" } else { "raw connection" };
        list += &format!("\nUser: {user} {place}, since {since}, idle {idle}, {end}");
    }
    list
}

fn list_rooms(shared: &Shared) -> String {
    let rooms = shared.rooms.list();
    let lines = rooms.iter().map(|room| {
        let users = names_or_nobody(room.users(MAX_NAMES + 1));
        format!("{} ({users})", room.listing())
    });
    if rooms.is_empty() {
        "There are no rooms".into()
    } else {
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn say(shared: &Shared, text: &str) -> String {
    if text.len() > MAX_LINE_BYTES {
        return format!("That is too long to be said ({MAX_LINE_BYTES} bytes at most)");
    }
    let line = format!("::: Server: {}", clean(text));
    let told = shared.rooms.post_to_all(&line);
    let count = told.len() + shared.connections.post_to_others(&line, &told);
    logged("say", format!("{count} told"))
}

fn kick(shared: &Shared, name: &str) -> String {
    let user = UserName::parse(name).ok();
    let Some(person) = user.and_then(|user| shared.presence.find(&user)) else {
        return format!("No user {name} here. Here are: {}", users_here(shared));
    };
    let has_left = shared.presence.expel(&person, KICKED);
    let what = if has_left { "disconnected" } else { NOT_YET };
    logged("kick", format!("{} {what}", person.user))
}

fn set_password(terminal: &Terminal, shared: &Shared, name: &str) -> String {
    let Some(user) = registered(shared, name) else { return nobody(shared, name) };
    let prompt = format!("Please type the new password of {user}:");
    let new = match ask_password(terminal, shared, &prompt) {
        Some(Ok(new)) => new,
        Some(Err(rule)) => return format!("{rule}. Nothing was changed"),
        None => return "Nothing was changed".into(),
    };
    let repeated = ask_password(terminal, shared, "Please REPEAT it:").and_then(Result::ok);
    if repeated.is_none_or(|repeated| repeated != new) {
        return "The two passwords differ. Nothing was changed".into();
    }
    match shared.store.set_password(&user, &new) {
        Ok(()) => logged("password", format!("{user} has a new password")),
        Err(why) => not_changed(&why),
    }
}

/// Asks for a secret. `None`: the teacher gave up.
fn ask_password(
    terminal: &Terminal,
    shared: &Shared,
    prompt: &str,
) -> Option<Result<Password, BrokenRule>> {
    shared.console.answer(prompt);
    terminal.set_purpose(Purpose::Secret);
    // Events push the prompt up and away.
    terminal.set_label(Some("a password".into()));
    let typed = terminal.read_typed();
    terminal.set_label(None);
    match typed {
        Ok(Typed::Secret(text) | Typed::Line(text)) if text != "@" && !text.is_empty() => {
            Some(Password::parse(&text))
        }
        _ => {
            // What is typed next is a command again.
            terminal.set_purpose(Purpose::Answer);
            None
        }
    }
}

fn forget(shared: &Shared, name: &str) -> String {
    let Some(user) = registered(shared, name) else { return nobody(shared, name) };
    if let Err(why) = shared.store.forget(&user) {
        return not_changed(&why);
    }
    // End the session after the account is removed, so that the user cannot sign in again.
    let person = shared.presence.find(&user);
    if person.is_none_or(|person| shared.presence.expel(&person, KICKED)) {
        logged("forget", format!("{user} forgotten"))
    } else {
        logged("forget", format!("{user} forgotten, but {NOT_YET}"))
    }
}

fn delete(shared: &Shared, name: &str) -> String {
    let room = RoomName::parse(name).ok().and_then(|name| shared.rooms.find(&name));
    let Some(room) = room else {
        return format!("{NO_SUCH_ROOM}. There are:\n{}", list_rooms(shared));
    };
    match shared.rooms.delete(&room) {
        Ok(()) => logged("delete", format!("Room {} Removed", room.name())),
        Err(NotKept::TooLate) => NO_SUCH_ROOM.into(),
        Err(why) => not_changed(&why),
    }
}

/// Logs what a command did, and returns it for the terminal.
fn logged(command: &str, outcome: String) -> String {
    info!("console - {command}: {outcome}");
    outcome
}

/// The user of this name, if there is an account, in the form that was registered.
fn registered(shared: &Shared, name: &str) -> Option<UserName> {
    shared.store.user(&UserName::parse(name).ok()?)
}

fn nobody(shared: &Shared, name: &str) -> String {
    format!("Nobody has registered as {name}. Here are: {}", users_here(shared))
}

fn help() -> String {
    let lines = COMMANDS.map(|(word, operand, what)| {
        let command = format!("{word} {operand}");
        format!("{command:13} : {what}")
    });
    lines.join("\n")
}

fn wrong(command: &str) -> String {
    match COMMANDS.iter().find(|(word, ..)| *word == command) {
        Some((word, "", what)) => format!("{word} takes nothing after it: {what}"),
        Some((word, operand, what)) => format!("{word} needs a {operand}: {what}"),
        None => {
            let words = COMMANDS.map(|(word, ..)| word);
            format!("Unknown command. There are: {}", words.join(", "))
        }
    }
}

/// Tells the teacher more of what failed than others read.
fn not_changed(why: &NotKept) -> String {
    match why {
        NotKept::NotSaved(error) => format!("Nothing was changed: {error}"),
        why => format!("{why}. Nothing was changed"),
    }
}

fn in_words(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..60 => format!("{seconds} s"),
        seconds @ ..3600 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

fn names_or_nobody(names: impl IntoIterator<Item = impl Display>) -> String {
    let names = first_names(names, MAX_NAMES);
    if names.is_empty() { "nobody".into() } else { names }
}

fn users_here(shared: &Shared) -> String {
    names_or_nobody(shared.presence.list().iter().map(|person| &person.user))
}

/// What Tab offers: commands, then the users or rooms that the command is about.
fn complete(shared: &Shared, before: &str) -> (usize, Vec<String>) {
    let Some((command, _)) = before.split_once(' ') else {
        let commands = COMMANDS.map(|(word, operand, _)| {
            let space = if operand.is_empty() { "" } else { " " };
            format!("{word}{space}")
        });
        return (0, commands.to_vec());
    };
    let names = match command {
        "kick" => shared.presence.list().iter().map(|person| person.user.to_string()).collect(),
        "password" | "forget" => shared.store.users().iter().map(UserName::to_string).collect(),
        "delete" => shared.rooms.list().iter().map(|room| room.name().to_string()).collect(),
        _ => Vec::new(),
    };
    (command.len() + 1, names)
}
