//! When something runs out: descriptors, threads, memory for them, cores, rooms, time. Newcomers
//! are told if that is still possible. The others go on. The server neither ends nor spins, and it
//! recovers once there is room again.

use std::net::TcpStream;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::clock::{ten_minutes_pass, with_clock};
use crate::support::faults::{
    Process, after_script, failing, has_tool, note, observed, skipped, stderr_of,
};
use crate::support::{Bystanders, PASSWORD, Person, Seat, Server, ask, eventually, folder};

#[test]
fn without_descriptors_newcomers_are_told_and_it_recovers() {
    let folder = folder();
    let mut command = after_script("ulimit -n 40", &Server::command(folder.path()));
    let server = Server::run(&mut command, folder);
    let (inside, others) = goes_on_when_full(&server, Bystanders::alone(&server), 100);
    drop(inside);
    recovers(&server, others);
}

#[test]
fn few_descriptors_are_said_at_the_start_with_the_way_to_more() {
    let folder = folder();
    let mut command = after_script("ulimit -n 256", &Server::command(folder.path()));
    let mut server = Server::run(&mut command, folder);
    server.shows(&["only 256 files", "ulimit -n 4096"]);
}

#[test]
fn without_threads_newcomers_are_told_and_it_recovers() {
    // Root may have any number. So this server runs as a user that has no other processes, because
    // all threads of a user are counted together.
    let nobody = 100_000 + std::process::id();
    let folder = folder();
    let root = chown(folder.path(), Some(nobody), Some(nobody)).is_ok();
    if !root || !has_tool("prlimit") {
        return skipped(
            "only root can become a user without other threads, and this takes prlimit",
        );
    }
    let server = Server::command(folder.path());
    let mut command = std::process::Command::new("prlimit");
    command
        .arg("--nproc=30")
        .arg(server.get_program())
        .args(server.get_args())
        .current_dir(folder.path());
    let mut command = observed(&command);
    let mut may_run = std::process::Command::new(server.get_program());
    if may_run.arg("--version").uid(nobody).output().is_err() {
        return skipped("another user may not run the server where it was built");
    }
    command.uid(nobody).gid(nobody);
    let server = Server::run(&mut command, folder);
    let (inside, others) = goes_on_when_full(&server, Bystanders::alone(&server), 60);
    drop(inside);
    recovers(&server, others);
}

#[test]
fn without_memory_newcomers_are_told_and_it_recovers() {
    let folder = folder();
    let server = Server::run(&mut observed(&Server::command(folder.path())), folder);
    let others = Bystanders::alone(&server);
    let process = Process::in_folder(server.folder());
    let Some(no_memory) = failing("clone,clone3", "ENOMEM", &process) else { return };
    let (inside, others) = goes_on_when_full(&server, others, 1);
    assert!(inside.is_empty());
    drop(no_memory);
    recovers(&server, others);
}

#[test]
fn without_address_space_newcomers_are_told_and_it_recovers() {
    // std ends the whole process if a new thread has its stack and then finds no memory. If
    // nothing but the system limits the threads, that happens in one of these: the stacks come in
    // steps of 256 KiB, and some 50 KiB of each are too little for the rest.
    thread::scope(|scope| {
        for kib in (800_000..800_300).step_by(50) {
            scope.spawn(move || {
                let folder = folder();
                let script = format!("ulimit -v {kib}");
                let mut command = after_script(&script, &Server::command(folder.path()));
                let server = Server::run(&mut command, folder);
                let others = Bystanders::alone(&server);
                let (inside, others) = goes_on_when_full(&server, others, 1000);
                assert!(inside.len() > 10, "only {} came in", inside.len());
                drop(inside);
                recovers(&server, others);
            });
        }
    });
}

#[test]
fn a_file_to_a_crowd_starts_no_thread_whether_they_read_or_not() {
    let folder = folder();
    let server = Server::run(&mut observed(&Server::command(folder.path())), folder);
    let process = Process::in_folder(server.folder());
    let [mut lucas] = server.room("lobby", ["lucas"]);
    let mut crowd: Vec<Person> =
        (0..40).map(|number| server.sign_up(&format!("guest{number}"))).collect();
    crowd.iter_mut().for_each(|guest| guest.enter("lobby"));
    lucas.sees_eventually("::: guest39 Entered the Room");
    let before = process.threads();
    // More than the kernel holds for one who does not read.
    let large = vec![b'x'; 12 << 20];
    lucas.uploads("large", &large);
    let mut reading = crowd.split_off(20);
    for guest in &mut crowd {
        guest.sends("$ready");
    }
    for guest in &mut reading {
        guest.sees_eventually("::: lucas sent large (12.0 MiB)");
        guest.receives("large", &large);
        assert_eq!(process.threads(), before);
    }
}

/// Connects until there is no more room. Returns those who have come in.
#[track_caller]
fn goes_on_when_full(
    server: &Server,
    mut others: Bystanders,
    most: usize,
) -> (Vec<Person>, Bystanders) {
    let process = Process::in_folder(server.folder());
    let mut inside = Vec::new();
    let turned_away = loop {
        assert!(inside.len() <= most, "{most} have connected, and there is still room");
        let mut peer = server.connects("newcomer");
        peer.sees("$chatroom 2");
        match peer.next_line().as_str() {
            "Server is full" => break peer,
            _ => inside.push(peer),
        }
    };
    assert_is_turned_away(turned_away);
    others.talk();

    // Many knock, and nobody is let in. Told or not, they cost little.
    let (start, before) = (Instant::now(), process.cpu_time());
    let mut knocking = Vec::new();
    while start.elapsed() < Duration::from_secs(2) {
        if knocking.len() < 50 {
            knocking.push(TcpStream::connect(server.address()).unwrap());
        }
        others.talk();
        // Few enough that only a server that spins computes much.
        thread::sleep(Duration::from_millis(20));
    }
    let (computed, passed) = (process.cpu_time() - before, start.elapsed());
    note(&format!(
        "{} inside, {computed:?} computed in {passed:.1?}, longest delay {:?}",
        inside.len(),
        others.longest_delay()
    ));
    assert!(computed < passed / 4, "{computed:?} computed in {passed:?}: it spins");

    (inside, others)
}

/// There is room again, and all works as before.
#[track_caller]
fn recovers(server: &Server, mut others: Bystanders) {
    eventually("there is room again", || {
        let mut peer = server.connects_raw("late");
        let greeted = peer.reads_or_ends("Welcome to the ChatRoom App...");
        greeted.then_some(())
    });
    let mut late = server.sign_up("late");
    late.enter("quiet");
    assert_eq!(others.talk().0, ["::: late Entered the Room"]);
    assert!(!stderr_of(server.folder()).contains("panicked"), "{}", stderr_of(server.folder()));
}

#[track_caller]
fn assert_is_turned_away(mut peer: Person) {
    peer.sees("$bye");
    assert_eq!(peer.line_or_end(), None);
}

#[test]
fn without_descriptors_a_file_is_refused_with_the_reason() {
    let folder = folder();
    let mut command = after_script("ulimit -n 40", &Server::command(folder.path()));
    let server = Server::run(&mut command, folder);
    let [mut lucas, skira] = server.room("lobby", ["lucas", "skira"]);
    let [mut eva] = server.room("attic", ["eva"]);
    let process = Process::in_folder(server.folder());
    // Each file stays open until skira has answered.
    let refusal = (0..40).find_map(|number: u32| {
        lucas.offers(5, &number.to_string());
        let line = lucas.next_line();
        if line != "$ready" {
            return Some(line);
        }
        lucas.sends_data(b"hello");
        lucas.ends_file(b"hello");
        Some(lucas.next_line()).filter(|line| !line.starts_with("$ack "))
    });
    let line = refusal.expect("there are no 40 descriptors");
    assert!(line.starts_with("$refuse ") && line.len() > 12, "with its reason: {line}");
    drop(skira);
    eventually("descriptors are free again", || (process.descriptors() < 30).then_some(()));
    eva.uploads("hi.txt", b"hello");
}

#[test]
fn silent_newcomers_leave_descriptors_for_files() {
    let folder = folder();
    let mut command = after_script("ulimit -n 128", &Server::command(folder.path()));
    let server = Server::run(&mut command, folder);
    let [mut lucas, mut skira] = server.room("lobby", ["lucas", "skira"]);
    let (_inside, mut others) = goes_on_when_full(&server, Bystanders::alone(&server), 100);
    for number in 0..16 {
        lucas.uploads(&number.to_string(), b"hello");
    }
    skira.sees("::: lucas sent 0 (5 B)");
    others.talk();
}

#[test]
fn passwords_are_hashed_on_all_cores_and_the_chat_goes_on() {
    let cores = thread::available_parallelism().unwrap().get();
    // The people who talk sign up while that is cheap, and come back when a hash takes seconds, so
    // that the looks below end before the hashes do.
    let server = Server::start();
    drop(Bystanders::alone(&server));
    let folder = server.dies();
    let mut command = Server::command(folder.path());
    let server =
        Server::run(&mut observed(command.args(["--password-rounds", "10000000"])), folder);
    let mut others = Bystanders::come_back(&server);
    let process = Process::in_folder(server.folder());
    let mut signing_in: Vec<Person> = (0..3 * cores)
        .map(|number| {
            let mut peer = server.connects_raw("signing in");
            peer.sends_bytes(format!("nobody{number}\n{PASSWORD}\n{PASSWORD}\n").as_bytes());
            peer
        })
        .collect();
    let mut at_work = Vec::new();
    for _ in 0..200 {
        others.talk();
        // A sample each 10 ms.
        thread::sleep(Duration::from_millis(10));
        at_work.push(process.threads_at_work());
    }
    at_work.sort_unstable();
    // Now and then another thread works too, but most of the time only those that hash.
    let median = at_work[at_work.len() / 2];
    note(&format!(
        "{median} of {cores} cores for hashing, longest delay {:?}",
        others.longest_delay()
    ));
    assert_eq!(median, cores, "{at_work:?}");
    // Each comes to its turn.
    for peer in &mut signing_in {
        peer.has_patience(Duration::from_secs(120));
        peer.sees_eventually("New User Added...Going to Login");
    }
}

#[test]
fn unknown_users_and_wrong_passwords_take_the_same_time() {
    let server = Server::with(&["--password-rounds", "20000"]);
    server.sign_up("lucas");
    let names = ["lucas", "nobody", "no name at all!"];
    let mut shortest = [f64::MAX; 3];
    // A busy machine makes times longer, and the shortest of many is what the server takes. They
    // are measured in turn, so that all meet the same machine.
    for round in 0..50 {
        for (name, shortest) in names.iter().zip(&mut shortest) {
            let mut peer = server.returning("lucas");
            let start = Instant::now();
            peer.try_login(name, "wrong");
            peer.is_asked(ask::AGAIN);
            *shortest = shortest.min(start.elapsed().as_secs_f64());
        }
        let least = shortest.iter().copied().fold(f64::MAX, f64::min);
        let most = shortest.iter().copied().fold(0.0, f64::max);
        if round >= 8 && most < 2.0 * least {
            return note(&format!("known, unknown, no name: {shortest:.4?} s"));
        }
    }
    panic!("known, unknown, no name: {shortest:.4?} s");
}

#[test]
fn there_are_at_most_a_thousand_rooms() {
    let server = Server::start();
    let mut lucas = server.sign_up("lucas");
    for number in 0..1000 {
        lucas.sends_bytes(format!("1\nroom {number}\nn\n@\n").as_bytes());
        lucas.sees_eventually("New Room Added... Entering");
        lucas.reads_up_to(ask::MENU);
    }
    let one_more = |lucas: &mut Person| {
        lucas.types("1");
        lucas.is_asked(ask::NEW_ROOM);
        lucas.types("one more");
        lucas.is_asked(ask::LOCK);
        lucas.types("n");
        assert!(lucas.next_line().starts_with("$at "));
        lucas.next_line()
    };
    let told = one_more(&mut lucas);
    assert_eq!(told, "There are too many rooms, one must be deleted first");
    lucas.reads_up_to(ask::MENU);
    lucas.sends_bytes(b"2\nroom 500\n");
    lucas.sees_eventually("Room room 500 Removed");
    lucas.reads_up_to(ask::MENU);
    assert_eq!(one_more(&mut lucas), "New Room Added... Entering");
}

#[test]
fn ten_minutes_without_signing_in_end_also_who_types() {
    let folder = folder();
    let mut command = Server::command(folder.path());
    if !with_clock(&mut command, folder.path()) {
        return;
    }
    let server = Server::run(&mut command, folder);
    let mut waiting = server.raw_newcomer("waiting");
    let mut lucas = server.sign_up_raw("lucas");
    ten_minutes_pass(server.folder());
    waiting.sends_bytes(b"l");
    waiting.sees("Nobody signed in for too long");
    waiting.sees_bye();
    // The limit is not for those who have signed in, and a newcomer has ten new minutes.
    lucas.create("Room1");
    server.sign_up("skira").enter("Room1");
    lucas.sees("::: skira Entered the Room");
}

#[test]
#[ignore = "takes a minute: that is how often somebody silent is looked at"]
fn ten_minutes_without_signing_in_end_who_is_silent() {
    let folder = folder();
    let mut command = Server::command(folder.path());
    if !with_clock(&mut command, folder.path()) {
        return;
    }
    let server = Server::run(&mut command, folder);
    let mut silent = server.raw_newcomer("silent");
    ten_minutes_pass(server.folder());
    silent.has_patience(Duration::from_secs(90));
    silent.sees("Nobody signed in for too long");
    silent.sees_bye();
}

#[test]
fn not_signed_in_are_a_quarter_of_all_at_most() {
    let server = Server::with(&["--max-connections", "400"]);
    let mut waiting: Vec<Person> = (0..100).map(|_| server.raw_newcomer("newcomer")).collect();
    is_turned_away(&server);
    // Each that signs in or goes makes room for one more.
    waiting[0].register("lucas", PASSWORD);
    waiting[0].log_in("lucas", PASSWORD);
    waiting.push(server.raw_newcomer("one more"));
    is_turned_away(&server);
    drop(waiting.pop());
    eventually("there is room again", || {
        let mut newcomer = server.connects_raw("newcomer");
        newcomer.sees("$chatroom 2");
        (newcomer.next_line() != "Server is full").then_some(())
    });
}

#[test]
fn not_signed_in_are_at_least_64() {
    let server = Server::with(&["--max-connections", "100"]);
    let _signed_in: Vec<Person> =
        (0..10).map(|number| server.sign_up(&format!("user{number}"))).collect();
    // Programs and people count alike.
    let _raw: Vec<Person> = (0..32).map(|_| server.raw_newcomer("newcomer")).collect();
    let _programs: Vec<Person> = (0..32).map(|_| server.newcomer("newcomer")).collect();
    is_turned_away(&server);
}

/// The newest is.
#[track_caller]
fn is_turned_away(server: &Server) {
    let mut newest = server.connects("newest");
    newest.sees_lines(&["$chatroom 2", "Server is full"]);
    newest.sees_bye();
}
