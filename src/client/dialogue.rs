//! The one place in which a typed line meets the session: what is sent, and when it may be typed.
//!
//! The keyboard's thread brings lines, the receiving thread brings what the server said. One mutex
//! guards what both need to know: a [`Talk`], the [`Desk`] at which the next line is typed, the
//! outbox of the connection, and perhaps an [`Autopilot`]. Lines are posted under that mutex, so
//! that the talk and the connection never disagree about what was sent. For the same reason a file
//! that waits is taken and offered under it. Posting does not block. The outbox's and the
//! terminal's locks, and that of the queue of files, are taken inside of it; a file may be
//! reported as gone there. Nothing fails here.
//!
//! At a terminal, lines are sent one question at a time. While the server has the turn, the
//! terminal holds what is typed ahead, unread and unseen: it could be a password. If the server
//! then asks another question than the usual next one, what was typed ahead is dropped. A script's
//! lines are sent as they come. Only after a `!` the script waits until the question for the file
//! is open, or will certainly not come.

use std::io::{IsTerminal, stdin};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime};

use log::info;

use super::autopilot::{Answer, Autopilot};
use super::completion::People;
use super::desk::Desk;
use super::ending::Ending;
use super::talk::{Heard, Talk, Turn};
use super::uploads::{STOPPED, Uploads};
use crate::folder::{Folder, Source};
use crate::lock::{ignore_poison, lock};
use crate::outbox::Outbox;
use crate::protocol::{Place, Question, Request, SenderLine};
use crate::terminal::Terminal;
use crate::transfer::Outgoing;

/// Where typed lines meet the session.
pub struct Dialogue {
    /// A person types, and no script.
    pub is_by_person: bool,
    state: Mutex<DialogueState>,
    changed: Condvar,
}

struct DialogueState {
    talk: Talk,
    desk: Desk,
    outbox: Arc<Outbox>,
    /// False while the connection is lost and not back.
    is_connected: bool,
    /// The person knows what was lost with the last connection.
    is_told: bool,
    /// When the server last showed a place, or answered a `$ping`.
    heard_at: SystemTime,
    /// The last `!` was sent for the files that wait, not typed, and has no answer yet.
    asks_for_queue: bool,
    /// What is typed was typed before there was a connection again. Only a message is still meant.
    is_from_before: bool,
    autopilot: Option<Autopilot>,
    people: People,
}

/// What is to be done with a text of the server.
#[derive(Debug, PartialEq, Eq)]
pub enum Hearing<'a> {
    /// Show it.
    Text(Heard<'a>),
    /// Show it, then [open](Dialogue::open_question) this question.
    Prompt(Question),
    /// The autopilot has answered it. Show it with this answer, which is no secret.
    Answered(Option<String>),
    /// The autopilot wants another connection, in a second.
    TooEarly,
}

impl Dialogue {
    /// Begins with a connection on which nothing was said.
    pub fn new(
        outbox: Arc<Outbox>,
        terminal: Arc<Terminal>,
        folder: Arc<Folder>,
        autopilot: Option<Autopilot>,
    ) -> Dialogue {
        let state = DialogueState {
            talk: Talk::default(),
            desk: Desk::new(terminal, folder),
            outbox,
            is_connected: true,
            is_told: true,
            heard_at: SystemTime::now(),
            asks_for_queue: false,
            is_from_before: false,
            autopilot,
            people: People::default(),
        };
        let is_by_person = stdin().is_terminal();
        Dialogue { is_by_person, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// The outbox of the connection.
    pub fn outbox(&self) -> Arc<Outbox> {
        Arc::clone(&lock(&self.state).outbox)
    }

    // -- From the keyboard.

    /// Whose turn it is.
    pub fn turn(&self) -> Turn {
        lock(&self.state).turn()
    }

    /// Blocks until the next line may be read. An interactive terminal holds a person's lines by
    /// itself. A plain one is read only when it is the person's turn. A script waits until the
    /// question for a file has its answer, and until the autopilot has done its part.
    pub fn wait_for_turn(&self) {
        let must_wait = |state: &mut DialogueState| match state.turn() {
            _ if state.desk.holds_lines() => false,
            _ if !self.is_by_person && state.talk.awaits_file() => true,
            Turn::Wait => self.is_by_person || state.autopilot.is_some(),
            // While the connection is lost, a line is read to say that it is not sent.
            Turn::Away => state.is_connected,
            _ => false,
        };
        drop(self.changed.wait_while(lock(&self.state), must_wait));
    }

    /// Sends a line that was typed. `false`: the connection is lost, it was not sent.
    pub fn send(&self, text: String) -> bool {
        let mut state = lock(&self.state);
        let may_send = state.turn() != Turn::Away;
        if may_send {
            state.send(text);
            self.show_turn(&state);
        }
        may_send
    }

    /// Answers the question for a file with nothing. Returns whether it was open.
    pub fn cancel_file_question(&self, reason: &str) -> bool {
        let mut state = lock(&self.state);
        let is_open = state.turn() == Turn::Answer(Question::File);
        if is_open {
            state.answer_file(None, reason);
            self.show_turn(&state);
        }
        is_open
    }

    /// Goes on with the files that wait: one of them answers the question for a file, or that
    /// question is asked for. If it was asked for and no file waits any more, it is given up.
    /// Returns whether the question was open and is answered now.
    pub fn go_on(&self, uploads: &Uploads, prepare: impl FnOnce(Source) -> Outgoing) -> bool {
        let mut state = lock(&self.state);
        let is_open = match (state.turn(), uploads.next()) {
            // If the person has asked for it and no file waits, the person answers it.
            (Turn::Answer(Question::File), next) if state.asks_for_queue || next.is_some() => {
                let next = uploads.begin_next().map(prepare);
                state.answer_file(next, STOPPED);
                true
            }
            (Turn::Message, Some(next)) => {
                state.send("!".to_string());
                state.asks_for_queue = true;
                state.talk.sent.note_file(next);
                false
            }
            _ => return false,
        };
        self.show_turn(&state);
        is_open
    }

    /// Whether there is a connection.
    pub fn is_connected(&self) -> bool {
        lock(&self.state).is_connected
    }

    /// Blocks until all that was sent is answered, but no longer than `patience`.
    pub fn wait_for_answers(&self, patience: Duration) {
        let must_wait = |state: &mut DialogueState| !state.talk.sent.is_empty();
        drop(self.changed.wait_timeout_while(lock(&self.state), patience, must_wait));
    }

    // -- From the server.

    /// Handles `$at`. Returns whether this room had a password when we were in it before, and has
    /// none now.
    pub fn enter(&self, place: Place) -> bool {
        let mut state = lock(&self.state);
        if !state.is_quiet() {
            state.people = People::default();
        }
        let ended = state.autopilot.take_if(|pilot| pilot.ends_at(&place));
        state.heard_at = SystemTime::now();
        let is_void = state.talk.enter(place);
        state.drop_typed_ahead(is_void);
        self.show_turn(&state);
        ended.is_some_and(|pilot| pilot.misses_lock())
    }

    /// Handles `$ask`.
    pub fn announce(&self, question: Question) {
        lock(&self.state).talk.announce(question);
    }

    /// Handles `$pong`. Returns whether it says that the files that wait are not wanted.
    pub fn hear_pong(&self) -> bool {
        let mut state = lock(&self.state);
        state.heard_at = SystemTime::now();
        let is_refused = state.talk.hear_pong();
        if is_refused && !state.asks_for_queue {
            // It was probably the file's name. It must not be said to the room.
            state.desk.drop_typed_ahead();
        }
        self.show_turn(&state);
        is_refused && state.asks_for_queue
    }

    /// Handles a text, and lets the autopilot answer it.
    pub fn hear<'a>(&self, text: &'a str) -> Hearing<'a> {
        let mut state = lock(&self.state);
        let (question, came_back) = match state.talk.hear(text) {
            Heard::Prompt { question, came_back } => (question, came_back),
            heard => {
                if state.people.hear(text, &heard) {
                    self.show_turn(&state);
                }
                if matches!(heard, Heard::Own(_)) {
                    self.changed.notify_all();
                }
                return Hearing::Text(heard);
            }
        };
        match state.ask_autopilot(question) {
            Answer::Given(answer) => {
                state.send(answer.clone());
                Hearing::Answered((!question.is_secret()).then_some(answer))
            }
            Answer::TooEarly => Hearing::TooEarly,
            answer => {
                if answer == Answer::GivenUp {
                    if state.is_quiet() {
                        state.desk.put_draft_aside();
                    }
                    state.autopilot = None;
                }
                state.drop_typed_ahead(came_back);
                // What will be typed is hidden before it is asked for.
                state.desk.prepare(state.turn(), state.people.names());
                Hearing::Prompt(question)
            }
        }
    }

    /// Opens a question whose prompt was shown: now its answer may be typed.
    pub fn open_question(&self) {
        self.show_turn(&lock(&self.state));
    }

    /// Tells whether a hidden autopilot is at work. The person sees nothing of it.
    pub fn is_quiet(&self) -> bool {
        lock(&self.state).is_quiet()
    }

    // -- From the clock and the connection.

    /// Names the messages that should have come back by now, each once.
    pub fn report_late(&self, now: Instant) -> Vec<String> {
        lock(&self.state).talk.sent.report_late(now)
    }

    /// Names what the server has not reacted to in time, other than messages.
    pub fn late_answer(&self, now: Instant) -> Option<String> {
        lock(&self.state).talk.sent.late_answer(now)
    }

    /// Sends a `$ping`.
    pub fn ping(&self) {
        lock(&self.state).ping();
    }

    /// The connection has ended. Nothing is sent until [`reconnect`](Self::reconnect).
    /// `comes_back`: the client will connect again. Returns what the person must know of what was
    /// asked and sent; [`note_told`](Self::note_told) follows.
    pub fn lose(&self, ending: Ending, comes_back: bool) -> Vec<String> {
        let mut state = lock(&self.state);
        let turn = state.turn();
        // If the connection is lost again on the way back, the autopilot still knows where to go.
        let was_quiet = state.is_quiet();
        let was_message = was_quiet || turn == Turn::Message;
        let mut lost = state.talk.lose(ending);
        if was_quiet {
            // The person has typed none of it.
            lost.clear();
        }
        let identity = std::mem::take(&mut state.talk).identity;
        if identity.is_signed_in {
            let heard_at = (ending == Ending::Lost).then_some(state.heard_at);
            match &mut state.autopilot {
                Some(pilot) if was_quiet => pilot.lose(heard_at),
                pilot => *pilot = Some(Autopilot::way_back(identity, heard_at)),
            }
        }
        state.people = People::default();
        state.is_connected = false;
        state.is_told = false;
        let leads_to_room = state.autopilot.as_ref().is_some_and(Autopilot::leads_to_room);
        let was_typing = state.desk.close(was_message, comes_back && leads_to_room);
        if was_typing && comes_back {
            lost.push("What you typed was not sent: the connection is lost".to_string());
        }
        // The menu comes again by itself.
        if comes_back && matches!(turn, Turn::Answer(question) if question != Question::Menu) {
            let gone = "The question above was not answered and is gone, please begin again";
            lost.push(gone.to_string());
        }
        self.changed.notify_all();
        lost
    }

    /// The person has been told what was lost with the connection.
    pub fn note_told(&self) {
        lock(&self.state).is_told = true;
        self.changed.notify_all();
    }

    /// Blocks until a connection has ended and the person has been told what was lost with it, but
    /// no longer than `patience`. Returns whether that is so.
    pub fn wait_until_told(&self, patience: Duration) -> bool {
        let must_wait = |state: &mut DialogueState| state.is_connected || !state.is_told;
        let waited = self.changed.wait_timeout_while(lock(&self.state), patience, must_wait);
        !ignore_poison(waited).1.timed_out()
    }

    /// There is a connection again.
    pub fn reconnect(&self, outbox: Arc<Outbox>) {
        let mut state = lock(&self.state);
        state.outbox = outbox;
        state.is_connected = true;
        state.is_from_before = true;
        if let Some(autopilot) = &mut state.autopilot {
            autopilot.begin_again();
        }
    }

    // -- Inside.

    /// Shows whose turn it is, and wakes the threads that wait for theirs.
    fn show_turn(&self, state: &DialogueState) {
        state.desk.set_turn(state.turn(), state.people.names());
        self.changed.notify_all();
    }
}

impl DialogueState {
    fn turn(&self) -> Turn {
        if !self.is_connected || self.is_quiet() { Turn::Away } else { self.talk.turn() }
    }

    /// Drops what was typed ahead, if it is void, or was typed before the person sees something of
    /// this connection.
    fn drop_typed_ahead(&mut self, is_void: bool) {
        let is_from_before = self.is_from_before && !self.is_quiet();
        self.is_from_before &= !is_from_before;
        if is_void || is_from_before {
            self.desk.drop_typed_ahead();
        }
    }

    fn is_quiet(&self) -> bool {
        self.autopilot.as_ref().is_some_and(Autopilot::is_quiet)
    }

    fn ask_autopilot(&mut self, question: Question) -> Answer {
        match &mut self.autopilot {
            Some(pilot) => pilot.answer(question, &self.talk.identity, SystemTime::now()),
            None => Answer::Asked,
        }
    }

    fn send(&mut self, text: String) {
        // Only a message's length may be logged: every other line may be a password.
        match self.talk.turn() {
            Turn::Message => info!("sent: {} bytes", text.len()),
            _ => info!("sent: an answer"),
        }
        let needs_pong = self.talk.send(&text, Instant::now());
        self.asks_for_queue &= text != "!";
        self.outbox.post(Request::Text(text));
        if needs_pong {
            self.ping();
        }
    }

    /// Answers the question for a file, with this one or with the reason why there is none.
    fn answer_file(&mut self, file: Option<Outgoing>, why_none: &str) {
        self.talk.answer_file();
        self.asks_for_queue = false;
        match file {
            Some(file) => self.outbox.offer(file),
            None => self.outbox.post(SenderLine::Cancel(why_none.to_string())),
        }
    }

    fn ping(&mut self) {
        self.talk.ping();
        self.outbox.post(Request::Ping);
    }
}
