//! The program under test: started in a folder of its own, ended when dropped.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a program may take to listen, or to connect.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Which server is checked.
#[derive(Clone)]
pub enum Server {
    /// This project's.
    Ours,
    /// The one that this command starts. `{port}` and `{max}` stand for numbers.
    Command(String),
    /// One that runs already.
    At(String),
}

/// A server that runs.
pub struct Running {
    /// Where it listens.
    pub address: String,
    program: Option<Program>,
}

impl Server {
    /// Starts it. `max`: how many connections it should take.
    pub fn start(&self, max: usize) -> Result<Running, String> {
        match self {
            Server::At(address) => Ok(Running { address: address.clone(), program: None }),
            Server::Ours => {
                let server = env!("CARGO_BIN_EXE_server");
                let command = format!(
                    "{server} --bind 127.0.0.1:0 --password-rounds 1000 --max-connections {max}"
                );
                let mut program = Program::start(&command)?;
                let address = program.listening_address()?;
                Ok(Running { address, program: Some(program) })
            }
            Server::Command(command) => {
                let port = free_port();
                let command = command
                    .replace("{port}", &port.to_string())
                    .replace("{max}", &max.to_string());
                let mut program = Program::start(&command)?;
                let address = format!("127.0.0.1:{port}");
                program.wait_for("it to listen on the port that {port} stands for", |_| {
                    TcpStream::connect(&address).ok().map(drop)
                })?;
                Ok(Running { address, program: Some(program) })
            }
        }
    }

    /// Can it be told how many connections it may take?
    pub fn takes_max(&self) -> bool {
        match self {
            Server::Ours => true,
            Server::Command(command) => command.contains("{max}"),
            Server::At(_) => false,
        }
    }
}

impl Running {
    /// Why it runs no longer, if it ends within this time, with the last lines that it wrote.
    pub fn ended_within(&mut self, patience: Duration) -> Option<String> {
        let program = self.program.as_mut()?;
        let deadline = Instant::now() + patience;
        loop {
            let ended = program.ended();
            if ended.is_some() || Instant::now() > deadline {
                return ended;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// How many bytes it has written.
    pub fn written(&self) -> usize {
        self.program.as_ref().map_or(0, |program| program.output().len())
    }

    /// The last lines that it wrote after its first `start` bytes.
    pub fn last_lines(&self, start: usize) -> String {
        let output = self.program.as_ref().map(Program::output).unwrap_or_default();
        last_lines(output.get(start..).unwrap_or_default())
    }
}

/// The last 20 lines, each on a line of its own.
pub fn last_lines(output: &str) -> String {
    const MOST: usize = 20;
    let lines: Vec<&str> = output.lines().collect();
    let last = &lines[lines.len().saturating_sub(MOST)..];
    last.iter().map(|line| format!("\n    | {line}")).collect()
}

/// A port that was free a moment ago. Below those that systems give to connections, and no port
/// twice: else another program of ours could get it first.
fn free_port() -> u16 {
    const FIRST: u32 = 12_000;
    const COUNT: u32 = 18_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id() * 97;
    loop {
        let next = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = (FIRST + next % COUNT) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A child process in a folder of its own. What it writes goes to files there.
pub struct Program {
    child: Child,
    /// Its folder.
    pub folder: TempDir,
}

impl Program {
    /// Starts a command. Its words are split at spaces, and relative paths are those of our own
    /// folder.
    pub fn start(command: &str) -> Result<Program, String> {
        let mut words = command.split_whitespace().map(|word| {
            let here = Path::new(word);
            if here.exists() { here.canonicalize().expect("it exists") } else { here.into() }
        });
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let output =
            File::create(folder.path().join("output")).map_err(|error| error.to_string())?;
        let child = Command::new(words.next().ok_or("the command is empty")?)
            .args(words)
            .current_dir(folder.path())
            .env_remove("RUST_LOG")
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::piped())
            .stderr(output.try_clone().map_err(|error| error.to_string())?)
            .stdout(output)
            .spawn()
            .map_err(|error| format!("cannot start `{command}`: {error}"))?;
        Ok(Program { child, folder })
    }

    /// Its keyboard.
    pub fn keyboard(&mut self) -> &mut impl std::io::Write {
        self.child.stdin.as_mut().expect("it is piped")
    }

    /// What it wrote so far.
    pub fn output(&self) -> String {
        let output = fs::read(self.folder.path().join("output")).unwrap_or_default();
        String::from_utf8_lossy(&output).into_owned()
    }

    /// Its exit code once it has ended; by a signal it is `-1`.
    pub fn exit_code(&mut self) -> Option<i32> {
        let status = self.child.try_wait().expect("our own child");
        status.map(|status| status.code().unwrap_or(-1))
    }

    /// Why it runs no longer, with the last lines that it wrote.
    pub fn ended(&mut self) -> Option<String> {
        let code = self.exit_code()?;
        Some(format!(
            "it ended with exit code {code}, and wrote last:{}",
            last_lines(&self.output())
        ))
    }

    /// Waits for something that comes by itself.
    pub fn wait_for<T>(
        &mut self,
        what: &str,
        mut look: impl FnMut(&Program) -> Option<T>,
    ) -> Result<T, String> {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            if let Some(found) = look(self) {
                return Ok(found);
            }
            if let Some(why) = self.ended() {
                return Err(why);
            }
            if Instant::now() > deadline {
                return Err(format!("waited {} s for {what}", START_TIMEOUT.as_secs()));
            }
            // Another process gives no signal: look again soon.
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn listening_address(&mut self) -> Result<String, String> {
        self.wait_for("`Server running on ADDRESS`", |program| {
            let output = program.output();
            let line = output.lines().find_map(|line| line.strip_prefix("Server running on "))?;
            output.contains('\n').then(|| line.trim().to_owned())
        })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
