//! The command line of both programs: `--name VALUE` or `--name=VALUE`, `-h`, `-V`, and words.
//!
//! The arguments of the process come in. The program's own configuration comes out, or an exit
//! code if the program has nothing else to do: help, the version or an error was shown. Only the
//! command line is read, so the same words always mean the same.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// What the command line of a program may hold.
#[derive(Debug)]
pub struct Program {
    /// The program's name.
    pub name: &'static str,
    /// What `--help` shows.
    pub help: &'static str,
    /// The options, each with a value.
    pub options: &'static [&'static str],
    /// The options without a value.
    pub flags: &'static [&'static str],
    /// How many other words there may be.
    pub operands: usize,
}

impl Program {
    /// Turns this process's command line into a `Config`. If it asks for help or the version, or
    /// is wrong, shows that.
    ///
    /// # Errors
    /// The exit code, if the program has nothing else to do.
    pub fn configure<Config>(
        &self,
        config: impl FnOnce(&Given) -> Result<Config, WrongOption>,
    ) -> Result<Config, ExitCode> {
        let outcome = parse(std::env::args_os().skip(1), self);
        let outcome = outcome.and_then(|line| match line {
            CommandLine::Run(given) => config(&given).map(Ok),
            CommandLine::Help => Ok(Err(self.help.to_string())),
            CommandLine::Version => {
                Ok(Err(format!("{} {}", self.name, env!("CARGO_PKG_VERSION"))))
            }
        });
        match outcome {
            Ok(Ok(config)) => Ok(config),
            Ok(Err(text)) => {
                // `client --help | head -1` closes the pipe early. That is no reason to panic.
                let _ = writeln!(io::stdout(), "{text}");
                Err(ExitCode::SUCCESS)
            }
            Err(wrong) => {
                eprintln!("{}: {wrong}", self.name);
                Err(ExitCode::from(2))
            }
        }
    }
}

/// What a command line asks for.
#[derive(Debug, PartialEq, Eq)]
enum CommandLine {
    Help,
    Version,
    Run(Given),
}

/// What was given on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Given {
    options: Vec<(&'static str, String)>,
    flags: Vec<&'static str>,
    /// The words that are not options.
    pub operands: Vec<String>,
}

/// What is wrong with a command line. One line for the person who typed it.
#[derive(Debug, PartialEq, Eq)]
pub struct WrongOption(String);

impl WrongOption {
    /// Says what is wrong.
    pub fn new(what: String) -> WrongOption {
        WrongOption(what)
    }
}

impl fmt::Display for WrongOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (see --help for the options)", self.0)
    }
}

impl std::error::Error for WrongOption {}

/// Parses a command line. Errors: an unknown option, an option without a value, a word too many.
fn parse(
    arguments: impl Iterator<Item = OsString>,
    program: &Program,
) -> Result<CommandLine, WrongOption> {
    let mut given = Given::default();
    let mut arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-h" | "--help" => return Ok(CommandLine::Help),
            "-V" | "--version" => return Ok(CommandLine::Version),
            option if option.starts_with('-') && option.len() > 1 => {
                let (name, value) = match option.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_string())),
                    None => (option, None),
                };
                let wrong = |what: &str| WrongOption(format!("{what}: {name}"));
                let find =
                    |known: &[&'static str]| known.iter().find(|known| **known == name).copied();
                if let Some(flag) = find(program.flags) {
                    if value.is_some() {
                        return Err(wrong("no value may follow"));
                    }
                    given.flags.push(flag);
                    continue;
                }
                let known = find(program.options).ok_or_else(|| wrong("unknown option"))?;
                let value = value
                    .or_else(|| arguments.next())
                    .ok_or_else(|| wrong("a value is missing after"))?;
                given.options.push((known, value));
            }
            _ if given.operands.len() < program.operands => given.operands.push(argument),
            _ => return Err(WrongOption(format!("one word too many: {argument}"))),
        }
    }
    Ok(CommandLine::Run(given))
}

impl Given {
    /// Tells whether an option without a value was given.
    pub fn flag(&self, name: &str) -> bool {
        self.flags.contains(&name)
    }

    /// The value of an option, or `default` if it was not given. Given twice, the last counts.
    ///
    /// # Errors
    /// [`WrongOption`] if `parse` gives `None`; `expected` says what it should have been.
    pub fn value<T>(
        &self,
        name: &str,
        default: T,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, WrongOption> {
        match self.options.iter().rev().find(|(given, _)| *given == name) {
            None => Ok(default),
            Some((_, value)) => parse(value)
                .ok_or_else(|| WrongOption(format!("{name} takes {expected}, not {value}"))),
        }
    }
}

impl Given {
    /// The path that an option gives, or `default`.
    ///
    /// # Errors
    /// [`WrongOption`] if it is empty.
    pub fn path(&self, name: &str, default: PathBuf) -> Result<PathBuf, WrongOption> {
        self.value(name, default, "a path", |text| (!text.is_empty()).then(|| text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(words: &[&str]) -> Result<CommandLine, WrongOption> {
        let (options, flags) = (&["--bind", "--log"], &["--quiet"]);
        let program = Program { name: "test", help: "", options, flags, operands: 1 };
        parse(words.iter().map(OsString::from), &program)
    }

    fn value(words: &[&str]) -> Result<u32, WrongOption> {
        match parse_words(words)? {
            CommandLine::Run(given) => {
                given.value("--bind", 7, "a number", |text| text.parse().ok())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_value_follows_its_option_or_is_the_default() {
        assert_eq!(value(&[]), Ok(7));
        assert_eq!(value(&["--bind", "1", "--log", "x"]), Ok(1));
        assert_eq!(value(&["--bind=1", "--bind", "2"]), Ok(2));
    }

    #[test]
    fn a_wrong_line_says_what_is_wrong() {
        let message = |words: &[&str]| value(words).unwrap_err().to_string();
        assert!(message(&["--bin", "1"]).starts_with("unknown option: --bin"));
        assert!(message(&["--bind"]).starts_with("a value is missing after: --bind"));
        assert!(message(&["--bind", "x"]).starts_with("--bind takes a number, not x"));
        assert!(message(&["--quiet=1"]).starts_with("no value may follow: --quiet"));
        assert!(message(&["one", "two"]).starts_with("one word too many: two"));
    }

    #[test]
    fn an_option_without_a_value_is_given_or_not() {
        let is_quiet = |words: &[&str]| match parse_words(words) {
            Ok(CommandLine::Run(given)) => given.flag("--quiet"),
            other => panic!("{other:?}"),
        };
        assert!(is_quiet(&["one", "--quiet"]) && !is_quiet(&["one"]));
    }

    #[test]
    fn help_and_version_win() {
        assert_eq!(parse_words(&["--bind", "1", "-h"]), Ok(CommandLine::Help));
        assert_eq!(parse_words(&["--version"]), Ok(CommandLine::Version));
    }
}
