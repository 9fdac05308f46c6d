//! Pace: some paste without end, one reads 16,000 bytes a second, one reads nothing, and one types
//! a short line each 50 ms.
//!
//! *Said* is what was said to the room in a second, after the kernel's buffers were full. *p99*
//! and *max* are how long the one who types waited for its own line. *Put out* is after how many
//! seconds the one who reads nothing was. If the slow reader is put out, that is an error. These
//! are plain blocking sockets, a thread or two for each person. Only the project's server takes
//! part.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::latency::Latencies;
use crate::options::Plan;
use crate::results::{Case, Metric, Results, Summary};
use crate::subject::{Kind, Subject};

/// What the slow reader takes in a tenth of a second.
const SLOW_BYTES: usize = 1600;

/// Time between two lines of the one who types.
const PERIOD: Duration = Duration::from_millis(50);

const METRICS: [Metric; 4] = [
    Metric { key: "said", heading: "said B/s", decimals: 0, summary: Summary::Median },
    Metric { key: "p99_ms", heading: "p99 ms", decimals: 1, summary: Summary::Median },
    Metric { key: "max_ms", heading: "max ms", decimals: 1, summary: Summary::Largest },
    Metric { key: "put_out_s", heading: "put out s", decimals: 1, summary: Summary::Median },
];

/// Measures 1, 5 and 20 who paste.
pub fn measure(kinds: &[Kind], plan: &Plan) -> Outcome<Results> {
    let mut cases = Vec::new();
    for people in [1, 5, 20] {
        let mut case = Case::new(people, "");
        if kinds.contains(&Kind::Server) {
            case.add(Kind::Server, round(people, plan.pace)?);
        }
        cases.push(case);
    }
    let title =
        "pace: who paste, beside a reader of 16 KB/s, a stuck one, and one who types".into();
    Ok(Results { workload: "pace", title, size_unit: "paste", metrics: &METRICS, cases })
}

fn round(people: usize, time: Duration) -> Outcome<Vec<f64>> {
    let subject = Subject::start(Kind::Server)?;
    let address = subject.address;
    let typist = person(address, "typist", "1\nroom\nn\n")?;
    let enters = |name: &str| person(address, name, "3\nroom\n");
    let (slow, stuck, watcher) = (enters("slow")?, enters("stuck")?, enters("watcher")?);
    let names = (0..people).map(|number| format!("paster{number}"));
    let pasters = names.map(|name| enters(&name)).collect::<Outcome<Vec<_>>>()?;
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for paster in &pasters {
            scope.spawn(|| {
                drop(paster.try_clone().map(|mut it| std::io::copy(&mut it, &mut std::io::sink())))
            });
            scope.spawn(|| paste(paster, &over));
        }
        let slow_one = scope.spawn(|| read_slowly(&slow, &over));
        let put_out = scope.spawn(|| wait_for(&watcher, "User stuck has left the room"));
        let measured = type_lines(&typist, time);
        over.store(true, Ordering::Relaxed);
        for stream in pasters.iter().chain([&slow, &watcher, &typist]) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        slow_one.join().map_err(|_| "a thread panicked")??;
        let put_out = put_out.join().map_err(|_| "a thread panicked")?;
        drop(stuck);
        let mut figures = measured?;
        figures.push(put_out.map_or(f64::NAN, |after| after.as_secs_f64()));
        Ok(figures)
    })
}

/// Signs somebody up on a connection of its own, and goes to the room.
fn person(address: SocketAddr, name: &str, way: &str) -> Outcome<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    write!(stream, "{name}\nsecret\nsecret\n{name}\nsecret\n{way}")?;
    // Byte by byte: nothing that follows may be read here.
    let (mut line, mut byte) = (Vec::new(), [0]);
    while !line.ends_with(b">> Press ! to send Files\n") {
        stream.read_exact(&mut byte)?;
        line.push(byte[0]);
    }
    Ok(stream)
}

fn paste(mut stream: &TcpStream, over: &AtomicBool) {
    let lines = format!("{}\n", "p".repeat(255)).repeat(64);
    while !over.load(Ordering::Relaxed) {
        if stream.write(lines.as_bytes()).is_err() {
            return;
        }
    }
}

/// Reads 16,000 bytes a second. An end of the stream before it is over is an error.
fn read_slowly(mut stream: &TcpStream, over: &AtomicBool) -> Result<(), String> {
    let mut piece = [0; SLOW_BYTES];
    let mut due = Instant::now();
    while !over.load(Ordering::Relaxed) {
        if let Err(error) = stream.read_exact(&mut piece)
            && !over.load(Ordering::Relaxed)
        {
            return Err(format!("the slow reader was put out: {error}"));
        }
        due += Duration::from_millis(100);
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    Ok(())
}

/// Reads up to a line, and returns how long that took. `None`: the stream has ended.
fn wait_for(stream: &TcpStream, awaited: &str) -> Option<Duration> {
    let start = Instant::now();
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    let found = { lines }.find(|line| line == awaited);
    found.map(|_| start.elapsed())
}

/// Types a line each 50 ms and waits for it. Returns what was said in a second meanwhile, once the
/// buffers of the kernel are full, and how long the lines took.
fn type_lines(stream: &TcpStream, time: Duration) -> Outcome<Vec<f64>> {
    let mut reader = BufReader::with_capacity(1 << 16, stream.try_clone()?);
    let (start, mut writer) = (Instant::now(), stream);
    let (mut latencies, mut line) = (Latencies::default(), String::new());
    let (mut said, mut settled) = (0, None);
    let mut due = start;
    for number in 0_u32.. {
        let now = Instant::now();
        if now >= start + time {
            break;
        }
        if settled.is_none() && now >= start + time / 3 {
            settled = Some((now, said));
        }
        writeln!(writer, "typed {number}")?;
        let mine = format!(" typist: typed {number}\n");
        while line != mine {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Err(std::io::Error::from(ErrorKind::UnexpectedEof).into());
            }
            said += line.len();
        }
        latencies.add(now.elapsed());
        due += PERIOD;
        // What the others say is read meanwhile by the socket.
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    let (since, before) = settled.ok_or("too short a time")?;
    let rate = (said - before) as f64 / since.elapsed().as_secs_f64();
    Ok(vec![rate, latencies.percentile_ms(99.0), latencies.percentile_ms(100.0)])
}
