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
        let given = parse(std::env::args_os().skip(1), self);
        let config = given.and_then(|given| config(&given).map_err(Instead::Wrong));
        config.map_err(|instead| {
            let text = match instead {
                Instead::Help => self.help.to_string(),
                Instead::Version => format!("{} {}", self.name, env!("CARGO_PKG_VERSION")),
                Instead::Wrong(wrong) => {
                    eprintln!("{}: {wrong}", self.name);
                    return ExitCode::from(2);
                }
            };
            // `client --help | head -1` closes the pipe early. That is no reason to panic.
            let _ = writeln!(io::stdout(), "{text}");
            ExitCode::SUCCESS
        })
    }
}

/// What a program shows instead of doing its work.
#[derive(Debug, PartialEq, Eq)]
enum Instead {
    Help,
    Version,
    Wrong(WrongOption),
}

/// What was given on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Given {
    options: Vec<(String, String)>,
    flags: Vec<String>,
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

/// Parses a command line. Wrong: an unknown option, an option without a value, a word too many.
fn parse(arguments: impl Iterator<Item = OsString>, program: &Program) -> Result<Given, Instead> {
    let mut given = Given::default();
    let mut arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
    while let Some(argument) = arguments.next() {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_string())),
            None => (argument.as_str(), None),
        };
        let wrong = |what: &str, word| Instead::Wrong(WrongOption(format!("{what}: {word}")));
        match argument.as_str() {
            "-h" | "--help" => return Err(Instead::Help),
            "-V" | "--version" => return Err(Instead::Version),
            _ if program.flags.contains(&name) => match value {
                None => given.flags.push(name.to_string()),
                Some(_) => return Err(wrong("no value may follow", name)),
            },
            _ if program.options.contains(&name) => {
                let value = value.or_else(|| arguments.next());
                let value = value.ok_or_else(|| wrong("a value is missing after", name))?;
                given.options.push((name.to_string(), value));
            }
            option if option.starts_with('-') && option.len() > 1 => {
                return Err(wrong("unknown option", name));
            }
            _ if given.operands.len() < program.operands => given.operands.push(argument),
            _ => return Err(wrong("one word too many", &argument)),
        }
    }
    Ok(given)
}

impl Given {
    /// Tells whether an option without a value was given.
    pub fn flag(&self, name: &str) -> bool {
        self.flags.iter().any(|flag| flag == name)
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

    fn parse_words(words: &[&str]) -> Result<Given, Instead> {
        let (options, flags) = (&["--bind", "--log"], &["--quiet"]);
        let program = Program { name: "test", help: "", options, flags, operands: 1 };
        parse(words.iter().map(OsString::from), &program)
    }

    fn value(words: &[&str]) -> Result<u32, WrongOption> {
        match parse_words(words) {
            Ok(given) => given.value("--bind", 7, "a number", |text| text.parse().ok()),
            Err(Instead::Wrong(wrong)) => Err(wrong),
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
        let is_quiet = |words: &[&str]| parse_words(words).unwrap().flag("--quiet");
        assert!(is_quiet(&["one", "--quiet"]) && !is_quiet(&["one"]));
    }

    #[test]
    fn help_and_version_win() {
        assert_eq!(parse_words(&["--bind", "1", "-h"]), Err(Instead::Help));
        assert_eq!(parse_words(&["--version"]), Err(Instead::Version));
    }
}
