//! Two gibibytes from one client to another: whole, with memory that stays flat in all three
//! processes, and with people who talk meanwhile in both directions.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

use crate::client::files::{enters, local, with_files};
use crate::support::faults::{Process, note, observed, run_tool};
use crate::support::{Client, Seat, Server, folder};

const SIZE: u64 = 2 << 30;

/// What a process may need more, in KiB, for a file of whatever size: some blocks, and buffers for
/// them.
const SOME_MEMORY: u64 = 4 * 1024;

#[test]
#[ignore = "takes about a minute, and 4 GiB of disk: 2 GiB go in and out"]
fn memory_stays_flat_while_2_gib_go_to_another_client() {
    let server_folder = folder();
    let mut command = Server::command(server_folder.path());
    let server =
        Server::run(&mut observed(command.args(["--max-file-size", "4G"])), server_folder);
    let sending = with_files(&[]);
    write_large_file(&sending.path().join("LocalFiles/large"));
    let mut lucas = observed_client(&server, sending, "lucas");
    let mut skira = observed_client(&server, folder(), "skira");
    lucas.sees("::: skira Entered the Room");

    let folders = [lucas.folder(), server.folder(), skira.folder()];
    let processes = folders.map(Process::in_folder);
    let before = processes.each_ref().map(Process::peak_memory_kib);
    let start = Instant::now();
    lucas.sends_file("large");
    let mut longest = Duration::ZERO;
    let arrived = local(&skira, "large");
    for number in 0.. {
        let said = Instant::now();
        lucas.types(&format!("word {number}"));
        skira.sees_eventually(&format!(" lucas: word {number}"));
        skira.types(&format!("answer {number}"));
        lucas.sees_eventually(&format!(" skira: answer {number}"));
        longest = longest.max(said.elapsed());
        if arrived.exists() {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(300), "not there after five minutes");
        std::thread::sleep(Duration::from_millis(50));
    }
    let grown: Vec<u64> = processes
        .iter()
        .zip(before)
        .map(|(process, before)| process.peak_memory_kib() - before)
        .collect();
    note(&format!(
        "2 GiB in {:.0} s; KiB more at most for sender, server and receiver: {grown:?}; \
         longest delay of a word and its answer {longest:?}",
        start.elapsed().as_secs_f64()
    ));
    assert!(grown.iter().all(|&kib| kib < SOME_MEMORY), "{grown:?}");
    run_tool("cmp", &[local(&lucas, "large").to_str().unwrap(), arrived.to_str().unwrap()]);
}

/// Mostly holes, so that it costs no disk of its own, but with something of its own in each
/// mebibyte.
fn write_large_file(path: &std::path::Path) {
    let mut file = fs::File::create(path).unwrap();
    file.set_len(SIZE).unwrap();
    for mebibyte in 0..SIZE >> 20 {
        file.seek(SeekFrom::Start((mebibyte << 20) + mebibyte)).unwrap();
        write!(file, "mebibyte {mebibyte}").unwrap();
    }
}

fn observed_client(server: &Server, folder: tempfile::TempDir, name: &str) -> Client {
    let mut command = Client::command(folder.path(), &server.address().to_string());
    command.args(["--log", "client.log"]);
    enters(Client::run(&mut observed(&command), folder), name)
}
