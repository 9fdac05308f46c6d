//! A child process under test. Threads read its output, so that it never blocks on a full pipe and
//! so that reading can have a deadline. Dropping a [`Program`] kills the process and waits for it:
//! no test leaves one behind.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};

use super::{DEADLINE, eventually};

/// A running program, its standard input, and the lines that it wrote.
pub struct Program {
    child: Child,
    input: Option<ChildStdin>,
    pub out: Lines,
    pub err: Lines,
}

impl Program {
    /// Starts it with pipes for its input and its outputs.
    pub fn start(command: &mut Command) -> Self {
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        Self::start_as_is(pipes)
    }

    /// Starts it with the input and the output that the command has been given. Those that are
    /// pipes can be used here.
    pub fn start_as_is(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        Self {
            input: child.stdin.take(),
            out: child.stdout.take().map_or_else(Lines::none, Lines::of),
            err: child.stderr.take().map_or_else(Lines::none, Lines::of),
            child,
        }
    }

    /// Writes to its standard input, as it is.
    pub fn writes(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("its input has been ended");
        input.write_all(bytes).unwrap();
    }

    /// Ends its standard input.
    pub fn ends_input(&mut self) {
        self.input = None;
    }

    /// Its exit code, once it has ended by itself.
    #[track_caller]
    pub fn exit_code(&mut self) -> i32 {
        let status = eventually("the program has ended", || self.child.try_wait().unwrap());
        status.code().expect("it ended by a signal")
    }

    /// Exit code, output and errors of a program that is expected to end by itself.
    #[track_caller]
    pub fn outcome(mut self) -> (i32, Vec<String>, Vec<String>) {
        let code = self.exit_code();
        (code, self.out.rest(), self.err.rest())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Either fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of one output of a program.
pub struct Lines {
    from: Receiver<String>,
}

impl Lines {
    fn none() -> Self {
        Self { from: channel().1 }
    }

    /// Has a thread read them, to the end of the output.
    fn of(output: impl Read + Send + 'static) -> Self {
        let (to, from) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut line = Vec::new();
            while output.read_until(b'\n', &mut line).unwrap_or(0) > 0 {
                let text = String::from_utf8_lossy(&line);
                // A test that is over reads no more, but the program is to go on until it is
                // dropped.
                let _ = to.send(text.trim_end_matches(['\r', '\n']).to_owned());
                line.clear();
            }
        });
        Self { from }
    }

    /// The next line. `None`: the output has ended.
    #[track_caller]
    pub fn next(&mut self) -> Option<String> {
        match self.from.recv_timeout(DEADLINE) {
            Err(RecvTimeoutError::Timeout) => panic!("no line within {DEADLINE:?}"),
            line => line.ok(),
        }
    }

    /// All lines from here to the end of the output.
    #[track_caller]
    pub fn rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.next()).collect()
    }

    /// The next line that has all of these in it; the lines before it are passed over.
    #[track_caller]
    pub fn find(&mut self, words: &[&str]) -> String {
        let mut passed = Vec::new();
        loop {
            match self.from.recv_timeout(DEADLINE) {
                Ok(line) if words.iter().all(|word| line.contains(word)) => return line,
                Ok(line) => passed.push(line),
                Err(error) => panic!("no line with {words:?} ({error}), but {passed:#?}"),
            }
        }
    }
}
