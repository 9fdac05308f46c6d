//! Outboxes over real sockets.

use super::socket::EARLY;
use super::*;
use crate::name::FileName;
use crate::protocol::ReceiverLine;
use crate::transfer::{Content, Outcome, Outgoing};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

/// An outbox with two couriers, and the peer's end of its socket.
fn pair() -> (Arc<Outbox>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let (ours, _) = listener.accept().unwrap();
    (Outbox::new(ours, Couriers::start(2).unwrap()).unwrap(), peer)
}

/// Posts a line and waits a while for it to be written. Returns whether it was.
fn gets_rid_of(outbox: &Arc<Outbox>, line: &str) -> bool {
    outbox.post(line);
    let is_empty = |inner: &Inner| inner.waiting.is_empty() && inner.in_hand == 0;
    outbox.wait_until(Duration::from_millis(200), is_empty);
    is_empty(&lock(&outbox.inner))
}

#[test]
fn lines_arrive_whole_and_in_order_however_slowly_they_are_read() {
    let (outbox, peer) = pair();
    let count = 200_000;
    let posting = Arc::clone(&outbox);
    let author = thread::spawn(move || {
        for number in 0..count {
            posting.post(number);
            posting.wait_for_space();
        }
        posting.close(Duration::from_secs(20));
    });
    let mut reader = BufReader::with_capacity(1000, peer);
    for number in 0..count {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        assert_eq!(line, format!("{number}\n"));
    }
    assert_eq!(reader.read(&mut [0]).unwrap(), 0, "closed in good order");
    author.join().unwrap();
}

#[test]
fn a_peer_that_does_not_read_is_cut_and_posting_never_blocks() {
    // Notices and answers are posted whether there is space or not.
    let (outbox, _peer) = pair();
    let line = "x".repeat(9_999);
    for _ in 0..100_000 {
        outbox.post(&line);
        if outbox.was_cut().is_some() {
            break;
        }
        let inner = lock(&outbox.inner);
        assert!(inner.waiting.len() + inner.in_hand <= MAX_TEXT_BYTES);
    }
    assert_eq!(lock(&outbox.inner).waiting.capacity(), 0, "it costs nothing any more");
    outbox.cut(Cut::Lost);
    assert_eq!(outbox.was_cut(), Some(Cut::TooSlow), "the first reason is the true one");
}

/// Posts until the kernel takes no more for this peer, which is some megabytes.
fn fill_socket(outbox: &Arc<Outbox>) {
    while gets_rid_of(outbox, &"x".repeat(9_999)) {}
}

#[test]
fn pressure_is_noticed_and_passes_when_the_peer_reads() {
    let (outbox, mut peer) = pair();
    let (author, _) = pair();
    fill_socket(&outbox);
    let lines = "y".repeat(16 << 10) + "\n";
    let post = || post_all_if_space([&outbox].into_iter(), lines.as_bytes());
    let mut pressure = post().ok().unwrap().write();
    assert!(pressure.fullest.is_none() && pressure.wait(&author));
    while pressure.fullest.is_none() {
        pressure = post().ok().unwrap().write();
    }
    assert!(pressure.wait(&author), "little waits, so it is paid soon");
    while post().is_ok() {
        assert_eq!(outbox.was_cut(), None, "the lines must wait instead");
    }
    assert!(outbox.is_full() && outbox.was_cut().is_none());
    assert!(post_all_if_space([&author, &outbox].into_iter(), lines.as_bytes()).is_err());
    assert_eq!(author.level(), 0, "if one has no space, nobody gets it");
    assert!(outbox.level() <= MAX_TEXT_BYTES - 15 * lines.len(), "space is left for short lines");
    let reader = thread::spawn(move || io::copy(&mut peer, &mut io::sink()));
    let began = Instant::now();
    post().err().unwrap().wait(&author);
    assert!(post().is_ok());
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "woken when there was space, not after 10 s"
    );
    outbox.wait_for_space();
    assert!(pressure.wait(&author), "it is paid");
    outbox.close(Duration::from_secs(20));
    assert!(reader.join().unwrap().unwrap() > MAX_TEXT_BYTES as u64);
}

#[test]
fn an_author_is_slowed_down_by_the_fullest_outbox() {
    let outboxes: [_; 3] = std::array::from_fn(|number| {
        let (outbox, _reader) = pair_without_couriers();
        outbox.post("x".repeat([600 << 10, 1 << 20, 700 << 10][number]));
        outbox
    });
    let pressure = post_all(outboxes.iter(), b"said\n").leave_to_couriers();
    assert!(Arc::ptr_eq(&pressure.fullest.unwrap(), &outboxes[1]));
}

#[test]
fn an_author_who_is_sent_away_waits_no_longer() {
    let (slow, _peer) = pair();
    fill_socket(&slow);
    let lines = "y".repeat(16 << 10) + "\n";
    let post = || post_all_if_space([&slow].into_iter(), lines.as_bytes());
    let mut pressure = post().ok().unwrap().write();
    let no_space = loop {
        match post() {
            Ok(posted) => pressure = posted.write(),
            Err(no_space) => break no_space,
        }
        assert_eq!(slow.was_cut(), None, "the lines must wait instead");
    };
    let (author, _) = pair();
    let began = Instant::now();
    let send_away = |who: &Arc<Outbox>, wait: &(dyn Fn() + Sync)| {
        thread::scope(|scope| {
            scope.spawn(wait);
            while lock(&slow.inner).waiters == 0 && slow.was_cut().is_none() {
                thread::yield_now();
            }
            who.expel("goodbye");
        });
    };
    send_away(&author, &|| no_space.wait(&author));
    assert!(!pressure.wait(&author), "not paid, and paid no more");
    assert!(began.elapsed() < Duration::from_secs(5), "not 10 s each");
    send_away(&slow, &|| slow.wait_for_space());
    assert!(slow.is_full() && slow.was_cut().is_none(), "nothing else has ended the wait");
}

#[test]
fn a_full_socket_holds_up_no_thread_that_writes() {
    let (slow, _peer) = pair();
    fill_socket(&slow);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let quick = Outbox::new(listener.accept().unwrap().0, Arc::clone(&slow.couriers)).unwrap();
    let mut reader = BufReader::new(peer);
    let mut longest = Duration::ZERO;
    for number in 0..200 {
        let began = Instant::now();
        let said = format!("{number}\n");
        let _pressure = post_all([&slow, &quick].into_iter(), said.as_bytes()).write();
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        assert_eq!(line, said);
        longest = longest.max(began.elapsed());
    }
    // A thread that waits for the full socket takes 4 ms at least, at each line.
    println!("longest {longest:?}");
    assert_eq!(slow.was_cut(), None);
}

#[test]
fn an_author_writes_itself_only_while_all_couriers_sleep() {
    let (outbox, peer) = pair();
    let mut reader = BufReader::new(peer);
    let mut line = String::new();
    // The couriers fall asleep, or have never been awake.
    while !outbox.couriers.of(Load::Text).is_asleep() {
        thread::yield_now();
    }
    let posted = post_all([&outbox].into_iter(), b"one\n");
    assert!(!lock(&outbox.inner).is_empty());
    let _pressure = posted.write();
    assert!(lock(&outbox.inner).is_empty(), "it was written when this returned");
    reader.read_line(&mut line).unwrap();
    let _pressure = post_all([&outbox].into_iter(), b"two\n").leave_to_couriers();
    reader.read_line(&mut line).unwrap();
    assert_eq!(line, "one\ntwo\n", "what is not written here is written by the couriers");

    let (outbox, _reader) = pair_without_couriers();
    let _pressure = post_all([&outbox].into_iter(), b"one\n").write();
    assert_eq!(outbox.level(), 4, "no courier sleeps here");
}

#[test]
fn a_reader_waits_as_long_as_it_should_while_others_write() {
    let (outbox, peer) = pair();
    fill_socket(&outbox);
    // From now on somebody tries to write each few milliseconds, without waiting.
    let patience = Duration::from_millis(300);
    outbox.set_read_timeout(patience).unwrap();
    for _ in 0..5 {
        let began = Instant::now();
        let error = (&*outbox).read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        let waited = began.elapsed();
        assert!(waited >= patience - EARLY && waited < 3 * patience, "{waited:?}");
    }
    (&peer).write_all(b"x").unwrap();
    assert_eq!((&*outbox).read(&mut [0]).unwrap(), 1);
}

#[test]
fn a_read_that_begins_while_the_socket_is_non_blocking_waits_too() {
    let (outbox, _peer) = pair();
    let patience = Duration::from_millis(100);
    outbox.set_read_timeout(patience).unwrap();
    // A thread that writes does this for a moment.
    outbox.stream().set_nonblocking(true).unwrap();
    let began = Instant::now();
    let error = (&*outbox).read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    assert!(began.elapsed() >= patience - EARLY);
}

#[test]
fn nothing_follows_the_last_words() {
    let (outbox, mut peer) = pair();
    outbox.post("first");
    outbox.post_last("last");
    outbox.post("too late");
    outbox.offer(offer("late", b"x", |outcome| {
        assert_eq!(outcome, Outcome::Gone { has_left: false })
    }));
    outbox.close(Duration::from_secs(20));
    let mut all = String::new();
    peer.read_to_string(&mut all).unwrap();
    assert_eq!(all, "first\nlast\n");
}

#[test]
fn text_goes_between_two_blocks_of_a_file() {
    let (outbox, peer) = pair();
    let content = vec![b'z'; 8 << 20];
    outbox.offer(offer("big", &content, |_| {}));
    let mut reader = BufReader::new(peer);
    let mut line = String::new();
    let next = |reader: &mut BufReader<TcpStream>, line: &mut String| {
        line.clear();
        reader.read_line(line).unwrap();
    };
    next(&mut reader, &mut line);
    assert_eq!(line, "$file 8388608 big\n");
    outbox.answer(ReceiverLine::Ready).unwrap();
    let (mut come, mut said) = (0, 0);
    loop {
        next(&mut reader, &mut line);
        if let Some(count) = line.strip_prefix("$data ") {
            let count: usize = count.trim().parse().unwrap();
            let mut block = vec![0; count];
            reader.read_exact(&mut block).unwrap();
            assert!(block.iter().all(|&byte| byte == b'z'));
            come += count;
            outbox.post("said meanwhile");
        } else if line == "said meanwhile\n" {
            said += 1;
        } else {
            assert!(line.starts_with("$endFile "), "{line:?}");
            break;
        }
    }
    assert_eq!(come, content.len());
    assert!(said > 0, "not one line came before the end of the file");
}

/// A reader of 16 KiB/s for whom 1 MiB waits gets the offer after 64 s: a bug took that for
/// silence.
#[test]
fn an_offer_that_waits_for_the_socket_is_not_unanswered() {
    let (outbox, peer) = pair();
    fill_socket(&outbox);
    let (tell, told) = std::sync::mpsc::channel();
    outbox.offer(offer("file", b"x", move |outcome| tell.send(outcome).unwrap()));
    let later = |seconds| Instant::now() + Duration::from_secs(seconds);
    assert!(outbox.tick(later(61)) > Some(later(61)));
    assert!(told.try_recv().is_err(), "the peer can't have read it");
    let mut reader = BufReader::new(peer);
    let mut line = String::new();
    while line != "$file 1 file\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
    }
    outbox.wait_until(Duration::from_secs(20), Inner::is_empty);
    assert!(outbox.tick(later(50)) < Some(later(61)));
    assert!(told.try_recv().is_err(), "it has some more seconds");
    outbox.tick(later(60));
    assert_eq!(told.try_recv(), Ok(Outcome::Unanswered { has_left: false }));
}

#[test]
fn what_is_said_does_not_make_an_offer_younger() {
    let (outbox, _reader) = pair_without_couriers();
    let (tell, told) = std::sync::mpsc::channel();
    outbox.offer(offer("file", b"x", move |outcome| tell.send(outcome).unwrap()));
    while deliver(&outbox) {}
    let has_left = Instant::now();
    outbox.post("said later");
    while deliver(&outbox) {}
    outbox.tick(has_left + Duration::from_secs(60));
    assert_eq!(told.try_recv(), Ok(Outcome::Unanswered { has_left: false }));
}

/// An outbox that nobody writes but [`deliver`], and a thread that reads all that comes of it.
fn pair_without_couriers() -> (Arc<Outbox>, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let outbox = Outbox::new(listener.accept().unwrap().0, Couriers::alone()).unwrap();
    (outbox, thread::spawn(|| io::read_to_string(peer).unwrap()))
}

/// Writes once. Returns whether there is more to write.
fn deliver(outbox: &Arc<Outbox>) -> bool {
    outbox.deliver(&mut Vec::new(), Load::Files, socket::Wait::Briefly).is_some()
}

/// What came before the first block, and then each block with what came after it.
fn blocks(all: &str) -> Vec<&str> {
    all.split("$data ").collect()
}

#[test]
fn a_file_flows_though_the_room_never_stops_talking() {
    let (outbox, reader) = pair_without_couriers();
    outbox.offer(offer("file", &[b'z'; 200_000], |_| {}));
    while deliver(&outbox) {}
    outbox.answer(ReceiverLine::Ready).unwrap();
    // There is text whenever something is written. A bug wrote no block then.
    for _ in 0..1000 {
        outbox.post("said meanwhile");
        deliver(&outbox);
    }
    while deliver(&outbox) {}
    outbox.close(Duration::from_secs(20));
    let all = reader.join().unwrap();
    let between = &blocks(&all)[1..4];
    assert!(between.iter().all(|block| block.ends_with("said meanwhile\n")), "not in turn");
}

#[test]
fn text_and_blocks_take_turns_of_64_kib_but_no_block_passes_its_offer() {
    let (outbox, reader) = pair_without_couriers();
    let text = vec!["x".repeat(99); 8000].join("\n");
    outbox.post(&text);
    outbox.offer(offer("file", &[b'z'; 300_000], |_| {}));
    // The receiver can't have read the offer. Perhaps it answers what was offered before.
    outbox.answer(ReceiverLine::Ready).unwrap();
    outbox.post(&text);
    while deliver(&outbox) {}
    outbox.close(Duration::from_secs(20));
    let all = reader.join().unwrap();
    let blocks = blocks(&all);
    let (before, since_offer) = blocks[0].split_once("$file 300000 file\n").unwrap();
    assert_eq!(before.len(), text.len() + 1);
    let after_blocks = blocks[1..5].iter().map(|block| block.rsplit_once('z').unwrap().1);
    for between in after_blocks.chain([since_offer]) {
        assert!((1..=64 << 10).contains(&between.len()), "{}", between.len());
        assert!(between.ends_with("x\n"), "a line was cut");
    }
}

#[test]
fn a_lost_connection_is_noticed_and_its_files_are_reported() {
    let (outbox, peer) = pair();
    let (tell, told) = std::sync::mpsc::channel();
    outbox.offer(offer("file", b"x", move |outcome| tell.send(outcome).unwrap()));
    drop(peer);
    let deadline = Instant::now() + Duration::from_secs(20);
    while outbox.was_cut().is_none() && Instant::now() < deadline {
        gets_rid_of(&outbox, "is there anybody?");
    }
    assert_eq!(outbox.was_cut(), Some(Cut::Ended));
    assert_eq!(told.recv(), Ok(Outcome::Gone { has_left: false }));
}

fn offer(name: &str, content: &[u8], report: impl FnOnce(Outcome) + Send + 'static) -> Outgoing {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    Outgoing::new(FileName::parse(name).unwrap(), Content::new(file, content.len() as u64), report)
}

/// A bug: after the `$cancel` line of a file that could not be read, the limit was not checked.
#[test]
fn the_lines_of_files_count_like_all_others() {
    let nearly_full = "x".repeat(MAX_TEXT_BYTES - 10);

    let (outbox, _reader) = pair_without_couriers();
    outbox.post(&nearly_full);
    outbox.offer(offer("file", b"x", |outcome| {
        assert_eq!(outcome, Outcome::Gone { has_left: false })
    }));
    assert_eq!(outbox.was_cut(), Some(Cut::TooSlow));

    let (outbox, _reader) = pair_without_couriers();
    let short = tempfile::tempfile().unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let report = move |outcome| tell.send(outcome).unwrap();
    let content = Content::new(short, 1);
    outbox.offer(Outgoing::new(FileName::parse("short").unwrap(), content, report));
    while deliver(&outbox) {}
    outbox.answer(ReceiverLine::Ready).unwrap();
    outbox.post(&nearly_full);
    // The block can't be read, so a `$cancel` line is posted.
    deliver(&outbox);
    assert_eq!(outbox.was_cut(), Some(Cut::TooSlow));
    assert_eq!(told.recv(), Ok(Outcome::Failed("the file has become shorter".to_string())));
}
