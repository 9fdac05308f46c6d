//! What the checker is asked for: by its arguments, and by the environment.

use std::env;
use std::time::Duration;

use crate::check::{Check, Stage};
use crate::subject::Server;

/// What is to be done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Run the checks.
    Run,
    /// Show the sentences and their checks.
    List,
    /// Show the names of the checks, for programs that run tests.
    TerseList,
}

/// Arguments and environment, understood.
pub struct Options {
    /// What is to be done.
    pub asked: Asked,
    /// The server to be checked, if any.
    pub server: Option<Server>,
    /// The command of the client to be checked, if any.
    pub client: Option<String>,
    /// Nobody named another program.
    pub ours: bool,
    /// How long something that must come is waited for.
    pub patience: Duration,
    filters: Vec<String>,
    exact: bool,
    short: bool,
    long: bool,
}

/// Options of Rust's own test programs that have a value, and mean nothing here.
const WITH_VALUE: [&str; 5] = ["--test-threads", "--color", "--logfile", "--skip", "-Z"];

impl Options {
    /// Reads them. Options of Rust's own test programs that mean nothing here are passed over.
    pub fn read(arguments: impl Iterator<Item = String>) -> Result<Options, String> {
        Options::understand(arguments, |name| env::var(name).ok())
    }

    /// The same with these variables in place of the environment.
    pub fn understand(
        mut arguments: impl Iterator<Item = String>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Options, String> {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        let address = variable("CHATROOM_ADDRESS").map(Server::At);
        let server = address.or(variable("CHATROOM_SERVER").map(Server::Command));
        let client = variable("CHATROOM_CLIENT");
        if let Some(Server::Command(command)) = &server {
            has_place(command, "CHATROOM_SERVER", "{port}", "the port to listen on is put")?;
        }
        if let Some(command) = &client {
            has_place(command, "CHATROOM_CLIENT", "{address}", "the server's HOST:PORT is put")?;
        }
        let ours = server.is_none() && client.is_none();
        let mut options = Options {
            asked: Asked::Run,
            server: if ours { Some(Server::Ours) } else { server },
            client: if ours { Some(our_client()) } else { client },
            ours,
            // Ours is right, but for a bug, and may run on a machine that is busy. Of others many
            // checks may fail, and each is waited for.
            patience: Duration::from_secs(if ours { 30 } else { 6 }),
            filters: Vec::new(),
            exact: false,
            short: true,
            long: false,
        };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--list" => options.asked = Asked::List,
                "--format" if arguments.next().as_deref() == Some("terse") => {
                    options.asked = Asked::TerseList;
                }
                "--exact" => options.exact = true,
                "--long" | "--include-ignored" => options.long = true,
                "--ignored" => (options.short, options.long) = (false, true),
                value if WITH_VALUE.contains(&value) => drop(arguments.next()),
                other if other.starts_with('-') => {}
                filter => options.filters.push(filter.trim_matches(['[', ']']).to_owned()),
            }
        }
        Ok(options)
    }

    /// Asks for the short checks with these names or marks, and for no other.
    pub fn only(filters: Vec<String>, patience: Duration) -> Options {
        Options {
            asked: Asked::Run,
            server: None,
            client: None,
            ours: false,
            patience,
            filters,
            exact: true,
            short: true,
            long: false,
        }
    }

    /// Is this check asked for, be it long or not?
    pub fn wants(&self, check: &Check) -> bool {
        self.wants_name(&check.path())
            || self.filters.iter().any(|filter| {
                let section = |mark: &&str| mark.split('.').next() == Some(filter);
                stage(filter) == Some(check.stage)
                    || check.marks.contains(&filter.as_str())
                    || check.marks.iter().any(section)
            })
    }

    /// Is something of this name asked for?
    pub fn wants_name(&self, name: &str) -> bool {
        let fits =
            |filter: &String| if self.exact { name == filter } else { name.contains(filter) };
        self.filters.is_empty()
            || self.filters.iter().any(|filter| stage(filter).is_none() && fits(filter))
    }

    /// Is it run, or only counted as ignored?
    pub fn runs(&self, long: bool) -> bool {
        if long { self.long } else { self.short }
    }
}

/// The command says where the checker's own value belongs.
fn has_place(command: &str, variable: &str, place: &str, what: &str) -> Result<(), String> {
    if command.contains(place) {
        return Ok(());
    }
    let mut why = format!("{variable} has no {place}, where {what}: `{command}`");
    if place == "{port}" {
        why += "\nFor a server that has a port of its own, start it, and give CHATROOM_ADDRESS=HOST:PORT";
    }
    Err(why)
}

fn stage(name: &str) -> Option<Stage> {
    match name {
        "lines" => Some(Stage::Lines),
        "rooms" => Some(Stage::Rooms),
        "passwords" => Some(Stage::Passwords),
        "files" => Some(Stage::Files),
        _ => None,
    }
}

fn our_client() -> String {
    format!("{} {{address}}", env!("CARGO_BIN_EXE_client"))
}
