//! Whole sessions, mutated: a hundred thousand people who type almost what the protocol asks for.
//! No session may panic or hang, and the server may never say what no server may say. The people
//! in the room go on meanwhile.
//!
//! How the sessions are made is in `mutator`.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::faults::mutator::{Mutator, PLAYERS};
use crate::support::faults::{Process, note, observed, stderr_of};
use crate::support::{
    Bystanders, DEADLINE, Dice, Person, Seat, Server, TO_PEOPLE, TO_PROGRAMS, eventually,
    is_unclean,
};

/// How many people are there at the same time.
const CONNECTIONS: usize = 8;

#[test]
fn three_thousand_mutated_sessions_do_no_harm() {
    feed(3_000);
}

#[test]
#[ignore = "takes a minute or two: 100,000 sessions"]
fn a_hundred_thousand_mutated_sessions_do_no_harm() {
    feed(100_000);
}

/// Feeds that many sessions to one server.
#[track_caller]
fn feed(count: usize) {
    let mut dice = Dice::drawn();
    // On a disk in memory the journal's syncs cost nothing.
    let folder = tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| crate::support::folder());
    let mut command = Server::command(folder.path());
    let server = Server::run(&mut observed(command.args(["--password-rounds", "1"])), folder);
    let mut others = Bystanders::alone(&server);
    let process = Process::in_folder(server.folder());
    let [listener] = server.room("lobby", ["listener"]);
    register_players(&server);
    let start = Instant::now();

    let address = server.address();
    let listening = std::thread::spawn(move || listen_until_closed(listener));
    let feeders: Vec<_> = (0..CONNECTIONS)
        .map(|_| Mutator { dice: Dice::seeded(dice.roll()) })
        .map(|mutator| {
            std::thread::spawn(move || feed_some(address, mutator, count / CONNECTIONS))
        })
        .collect();
    let mut bytes = 0;
    for feeder in feeders {
        while !feeder.is_finished() {
            others.talk();
            // One word now and then is enough to notice a delay.
            std::thread::sleep(Duration::from_millis(50));
        }
        bytes += feeder.join().unwrap();
    }
    let mut closer = server.sign_up("closer");
    closer.enter("lobby");
    closer.types("that is all");
    let heard = listening.join().unwrap();

    let stderr = stderr_of(server.folder());
    assert!(!stderr.contains("panicked"), "{stderr}");
    others.talk();
    server.sign_up("afterwards").enter("lobby");
    eventually("all sessions have ended", || (process.threads() < 40).then_some(()));
    note(&format!(
        "{count} sessions, {:.1} MB, in {:.0} s; {heard} lines heard in the room, \
         longest delay {:?}, peak memory {} MiB",
        bytes as f64 / 1e6,
        start.elapsed().as_secs_f64(),
        others.longest_delay(),
        process.peak_memory_kib() / 1024,
    ));
}

/// Feeds sessions, one after the other. Returns how many bytes they were.
fn feed_some(server: SocketAddr, mut mutator: Mutator, count: usize) -> usize {
    let mut bytes = 0;
    for _ in 0..count {
        let session = mutator.next_session();
        bytes += session.len();
        let mut stream = TcpStream::connect(server).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        // The server may close before the end of it, and then the rest of it is refused.
        let _ = stream.write_all(&session);
        let _ = stream.shutdown(Shutdown::Write);
        let mut said = Vec::new();
        let end = stream.read_to_end(&mut said);
        let in_short = || session[..session.len().min(2_000)].escape_ascii().to_string();
        assert!(end.is_ok() || !is_timeout(&end), "it hangs: {}", in_short());
        let is_program = session.starts_with(b"$hello 2");
        let verbs = if is_program { &TO_PROGRAMS[..] } else { &TO_PEOPLE };
        if let Err(wrong) = check(&said, verbs) {
            panic!("{wrong}\nafter {}", in_short());
        }
    }
    bytes
}

fn is_timeout<T>(outcome: &std::io::Result<T>) -> bool {
    outcome.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

/// Looks for what no server may say (`protocol.md`, sections 1 to 3).
fn check(mut said: &[u8], verbs: &[&str]) -> Result<(), String> {
    // A last line without its end is one that was cut with the connection.
    while let Some(end) = said.iter().position(|&byte| byte == b'\n') {
        let line = std::str::from_utf8(&said[..end]).map_err(|error| error.to_string())?;
        said = &said[end + 1..];
        if line.len() > 16_384 {
            return Err(format!("a line of {} bytes", line.len()));
        }
        if line.contains(is_unclean) {
            return Err(format!("unclean: {line:?}"));
        }
        if let Some(control) = line.strip_prefix('$') {
            let verb = line.split(' ').next().unwrap();
            if !verbs.contains(&verb) {
                return Err(format!("no verb: {line:?}"));
            }
            if let Some(count) = control.strip_prefix("data ") {
                let count: usize = count.parse().map_err(|_| line.to_owned())?;
                said = &said[count.min(said.len())..];
            }
        }
    }
    Ok(())
}

/// The accounts that the sessions sign in to, and a locked room.
fn register_players(server: &Server) {
    let mut peer = server.connects_raw("registering");
    for name in PLAYERS {
        peer.sends_bytes(format!("{name}\n1\n1\n@\n").as_bytes());
        assert!(peer.reads_or_ends("New User Added...Going to Login"));
    }
    peer.sends_bytes(b"ann\ny\nann\n1\n1\nvault\ny\n1\n1\n@\n5\n");
    assert!(peer.reads_or_ends("Goodbye :)"));
}

/// Is in the room that the sessions enter, and takes no file. Returns how many lines it has heard
/// there.
fn listen_until_closed(mut listener: Person) -> usize {
    for heard in 1.. {
        let line = listener.next_line();
        check(format!("{line}\n").as_bytes(), &TO_PROGRAMS).unwrap();
        if line.starts_with("$file ") {
            listener.sends("$refuse I only listen");
        } else if line == " closer: that is all" {
            return heard;
        }
    }
    unreachable!("nobody says so much")
}
