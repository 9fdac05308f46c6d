//! Outboxes over real sockets.

use super::*;
use crate::name::FileName;
use crate::transfer::Content;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::thread;

/// An outbox with two couriers, and the peer's end of its socket.
fn pair() -> (Arc<Outbox>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let (ours, _) = listener.accept().unwrap();
    (Outbox::with_couriers(ours, Couriers::start(2).unwrap()).unwrap(), peer)
}

/// Posts a line and waits a while for it to be written. Returns whether it was.
fn gets_rid_of(outbox: &Arc<Outbox>, line: &str) -> bool {
    outbox.post(line);
    let is_empty = |inner: &Inner| inner.waiting.is_empty() && inner.in_hand == 0;
    outbox.wait_until(Duration::from_millis(200), is_empty);
    is_empty(&outbox.lock())
}

#[test]
fn lines_arrive_whole_and_in_order_however_slowly_they_are_read() {
    let (outbox, peer) = pair();
    let count = 200_000;
    let posting = Arc::clone(&outbox);
    let author = thread::spawn(move || {
        for number in 0..count {
            posting.post(number);
            posting.wait_for_room();
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
    let (outbox, _peer) = pair();
    let line = "x".repeat(9_999);
    for _ in 0..100_000 {
        outbox.post(&line);
        if outbox.was_cut().is_some() {
            break;
        }
        let inner = outbox.lock();
        assert!(inner.waiting.len() + inner.in_hand <= MAX_WAITING_BYTES + 10_000);
    }
    assert_eq!(outbox.was_cut(), Some(Cut::TooSlow));
    assert_eq!(outbox.lock().waiting.capacity(), 0, "and costs nothing any more");
}

#[test]
fn past_half_is_noticed_and_passes() {
    let (outbox, mut peer) = pair();
    // The kernel takes some megabytes for a peer that does not read.
    while gets_rid_of(&outbox, &"x".repeat(9_999)) {}
    assert!(!outbox.is_past_half());
    let half = "y".repeat(HALF_BYTES);
    assert_eq!(post_all([&outbox].into_iter(), format!("{half}\n").as_bytes()), Pressure::High);
    let reader = thread::spawn(move || io::copy(&mut peer, &mut io::sink()));
    outbox.wait_for_room();
    assert!(!outbox.is_past_half());
    outbox.close(Duration::from_secs(20));
    assert!(reader.join().unwrap().unwrap() > HALF_BYTES as u64);
}

#[test]
fn nothing_follows_the_last_words() {
    let (outbox, mut peer) = pair();
    outbox.post("first");
    outbox.post_last("last");
    outbox.post("too late");
    outbox.offer(offer("late", b"x", |outcome| assert_eq!(outcome, Outcome::Gone)));
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
    assert_eq!(outbox.was_cut(), Some(Cut::Lost));
    assert_eq!(told.recv(), Ok(Outcome::Gone));
}

fn offer(name: &str, content: &[u8], report: impl FnOnce(Outcome) + Send + 'static) -> Outgoing {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    Outgoing::new(FileName::parse(name).unwrap(), Content::new(file, content.len() as u64), report)
}
