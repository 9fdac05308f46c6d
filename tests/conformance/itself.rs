//! Facts about the checker itself: what it says must help somebody whose program is wrong.

use crate::check::differs;
use crate::options::Options;
use crate::report::Totals;
use crate::script::Script;

type Fact = (&'static str, fn() -> Result<(), String>);

const FACTS: &[Fact] = &[
    ("checker::a_server_command_without_a_port_is_refused", no_port),
    ("checker::a_client_command_without_an_address_is_refused", no_address),
    ("checker::a_missing_space_is_told", missing_space),
    ("checker::a_transcript_shows_a_space_at_an_end", space_shown),
    ("checker::a_transcript_shows_a_repeated_block_once", repeats),
    ("checker::a_transcript_shows_a_long_list_by_its_ends", long_list),
];

/// Tries all of them.
pub fn check(options: &Options, totals: &mut Totals) {
    for (name, fact) in FACTS {
        if options.runs(false) && options.wants_name(name) {
            totals.test(name, fact().err());
        } else {
            totals.filtered += 1;
        }
    }
}

/// These words are in it, in this order.
fn says(text: &str, words: &[&str]) -> Result<(), String> {
    let mut rest = text;
    for word in words {
        let at = rest.find(word).ok_or_else(|| format!("no `{word}` there:\n{text}"))?;
        rest = &rest[at + word.len()..];
    }
    Ok(())
}

fn refusal(variable: &str, command: &str) -> String {
    let value = |name: &str| (name == variable).then(|| command.to_owned());
    Options::understand(std::iter::empty(), value).err().unwrap_or_default()
}

fn no_port() -> Result<(), String> {
    let why = refusal("CHATROOM_SERVER", "python3 server.py 10000");
    says(&why, &["CHATROOM_SERVER has no {port}", "`python3 server.py 10000`", "CHATROOM_ADDRESS"])
}

fn no_address() -> Result<(), String> {
    says(
        &refusal("CHATROOM_CLIENT", "./client"),
        &["CHATROOM_CLIENT has no {address}", "`./client`"],
    )
}

fn missing_space() -> Result<(), String> {
    let failure = differs(" amy: hi", "amy: hi");
    says(&failure.expected, &["` amy: hi`, one space first"])?;
    says(&failure.came, &["`amy: hi`, no space first"])
}

fn space_shown() -> Result<(), String> {
    let script = Script::default();
    script.sent("amy", b"hi  \n");
    script.came("bob", " amy: hi");
    says(&script.columns("server"), &["amy      hi␣␣", "␣amy: hi", "␣ is a space"])
}

fn repeats() -> Result<(), String> {
    let script = Script::default();
    for visit in 0..5 {
        script.sent("bob", b"3\n");
        script.came("bob", "$at room Room");
        for count in 0..20 {
            script.came("bob", &format!(" amy: {}", 100 * visit + count));
        }
        script.sent("bob", b"@\n");
    }
    script.sent("bob", b"the last\n");
    let text = script.columns("server");
    let lines = text.lines().count();
    if lines > 20 {
        return Err(format!("{lines} lines:\n{text}"));
    }
    says(
        &text,
        &["amy: 0", "(the last line 19 times more)", "times more)", "amy: 419", "the last"],
    )
}

fn long_list() -> Result<(), String> {
    let script = Script::default();
    script.sent("bob", b"3\n");
    for count in 0..500 {
        script.came("bob", &"abcdefghijklmnopqrstuvwxyz"[count % 26..]);
    }
    script.sent("bob", b"Room\n");
    script.came("bob", "$at menu");
    let text = script.columns("server");
    let lines = text.lines().count();
    if lines > 34 { Err(format!("{lines} lines:\n{text}")) } else { says(&text, &["$at menu"]) }
}
