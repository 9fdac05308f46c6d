//! What is on the screen: the lines that were printed, and the typing area below them.
//!
//! Lines, the text of the editor and the size of the screen come in. What to write to the terminal
//! goes out: the changes gather in one string until [`Screen::flush`], so that they are one write
//! and nothing flickers. No I/O, so nothing fails, and tests can read the strings through a
//! terminal emulator. The terminal keeps the screen under its mutex.
//!
//! The terminal scrolls and keeps its history as it does for `cat`. We own only the typing area at
//! the bottom. For each change we go back to the first row of the area, erase from there, write
//! the new lines, and write the area again. While the process does not own the terminal (it is
//! suspended, or in the background), lines are written without an area.
//!
//! A new screen erases nothing that was said: terminals differ in what they keep of an erased
//! screen. So the lines are scrolled out by line feeds.
//!
//! The terminal sequences used here (and those of `area` and `colour`):
//! - `LF`, in the last row: scrolls the screen up by a row.
//! - `ESC [ H`: to the upper left corner.
//! - `ESC [ ? 2004 h`, `ESC [ ? 2004 l`: please put marks around what is pasted; no more marks.

use std::collections::VecDeque;
use std::mem;

use super::area::{Area, AreaContent, ERASE, up, wrap};
use super::colour::{ShownLine, Tone, dress};
use super::tty::ScreenSize;

/// At most this many lines are kept, to be shown again when the screen has changed its size. No
/// screen has more rows.
const MAX_RECENT: usize = 200;

const HOME: &str = "\x1b[H";

/// Takes the terminal out of the mode that [`Screen::enter`] puts it in.
pub const LEAVE: &str = "\x1b[?2004l";

/// The screen of an interactive terminal, as far as it is ours.
#[derive(Debug, Default)]
pub struct Screen {
    size: ScreenSize,
    /// Whether lines may be coloured.
    colours: bool,
    /// The last lines that were printed.
    recent: VecDeque<ShownLine>,
    /// How many of them are not on this screen, but on the one before.
    before: usize,
    /// How many of them came after the person's last line.
    after_typed: usize,
    content: AreaContent,
    /// The area as it was painted last. `None`: the terminal is not ours, and has no area.
    area: Option<Area>,
    /// What is to be written to the terminal.
    unwritten: String,
}

impl Screen {
    /// Makes a screen that does not own its terminal yet.
    pub fn new(size: ScreenSize, colours: bool) -> Screen {
        Screen { size, colours, ..Screen::default() }
    }

    /// Hands over what is to be written to the terminal now.
    pub fn flush(&mut self) -> String {
        mem::take(&mut self.unwritten)
    }

    /// Takes the terminal over, and paints the typing area. If lines were printed before, they are
    /// painted again on a new screen: in between others may have written here.
    pub fn enter(&mut self) {
        self.unwritten += "\x1b[?2004h";
        self.area = Some(Area::default());
        if self.recent.is_empty() {
            self.erase();
        } else {
            self.scroll_out();
        }
        self.paint_recent(self.before);
    }

    /// Erases the typing area and gives the terminal back. The next writer begins at the start of
    /// a row.
    pub fn leave(&mut self) {
        if self.area.is_some() {
            self.erase();
            self.area = None;
            self.unwritten += LEAVE;
        }
    }

    /// Rings the bell once.
    pub fn ring(&mut self) {
        self.unwritten.push('\x07');
    }

    /// Writes `lines` above the typing area. The terminal cuts a long one into rows itself, so
    /// that a person can copy it as one line.
    pub fn print_all(&mut self, lines: impl IntoIterator<Item = ShownLine>) {
        self.erase();
        for line in lines {
            self.unwritten += &(dress(&line, self.colours) + "\r\n");
            self.keep(line);
        }
        self.paint();
    }

    /// Shows `content` in the typing area.
    pub fn show(&mut self, content: AreaContent) {
        if content != self.content {
            self.content = content;
            self.print_all([]);
        }
    }

    /// Learns that the person has typed a line. What is printed from now on comes after it.
    pub fn mark_typed(&mut self) {
        self.after_typed = 0;
    }

    /// Begins a new screen. What is visible scrolls out, and the typing area moves to the top.
    ///
    /// Notices and errors that came after the person's last line are moved to the new screen: the
    /// person has not seen them yet.
    pub fn clear(&mut self) {
        let is_unseen = |line: &&ShownLine| matches!(line.tone, Tone::Notice | Tone::Error);
        let fresh = self.recent.iter().rev().take(self.after_typed);
        let moved = fresh.take_while(is_unseen).count();
        self.before = self.recent.len() - moved;
        if self.area.is_some() {
            let moved = self.recent.range(self.before..);
            let rows: usize = moved.map(|line| self.rows_of(line)).sum();
            self.erase();
            self.unwritten += &(up(rows) + ERASE);
            self.scroll_out();
            self.paint_recent(self.before);
        }
    }

    /// Takes in the screen's size.
    ///
    /// A terminal that changes its size moves rows, and each kind does it in its own way: some cut
    /// lines anew, some cut them off. So we cannot know where our area is, and paint the visible
    /// screen again. A screen that grows may show rows of the screen before; so do we.
    pub fn resize(&mut self, size: ScreenSize) {
        let grows = size.rows > self.size.rows || size.columns > self.size.columns;
        let is_new = size != self.size;
        self.size = size;
        if is_new && self.area.is_some() {
            self.unwritten += &(HOME.to_string() + ERASE);
            self.paint_recent(if grows { 0 } else { self.before });
        }
    }

    /// Scrolls all that is visible out, from wherever the cursor is, and goes to the first row.
    fn scroll_out(&mut self) {
        self.unwritten += &"\n".repeat(usize::from(self.size.rows).saturating_sub(1));
        self.unwritten += HOME;
    }

    /// Writes as many of the last lines as fit above the typing area, from `first` on, and the
    /// area.
    fn paint_recent(&mut self, first: usize) {
        let area_rows = self.lay_out().rows;
        let mut free_rows = usize::from(self.size.rows).saturating_sub(area_rows);
        let mut from = self.recent.len();
        while from > first {
            let rows = self.rows_of(&self.recent[from - 1]);
            if rows > free_rows {
                break;
            }
            free_rows -= rows;
            from -= 1;
        }
        for line in self.recent.range(from..) {
            self.unwritten += &(dress(line, self.colours) + "\r\n");
        }
        self.paint();
    }

    /// Counts the rows that a line takes.
    fn rows_of(&self, line: &ShownLine) -> usize {
        wrap(&dress(line, false), self.size.columns.into()).len()
    }

    fn keep(&mut self, line: ShownLine) {
        if self.recent.len() == MAX_RECENT {
            self.recent.pop_front();
            self.before = self.before.saturating_sub(1);
        }
        self.recent.push_back(line);
        self.after_typed += 1;
    }

    fn lay_out(&self) -> Area {
        Area::lay_out(&self.content, self.size, self.colours)
    }

    fn erase(&mut self) {
        if let Some(area) = &self.area {
            self.unwritten += &area.erase();
        }
    }

    fn paint(&mut self) {
        if self.area.is_some() {
            let area = self.lay_out();
            self.unwritten += &area.painted;
            self.area = Some(area);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::colour::Tone;
    use super::*;

    /// A screen and an emulator that has seen all that it wrote.
    struct Shown {
        screen: Screen,
        emulator: vt100::Parser,
    }

    impl Shown {
        fn new(rows: u16, columns: u16) -> Shown {
            let mut screen = Screen::new(ScreenSize { rows, columns }, true);
            let mut emulator = vt100::Parser::new(rows, columns, 100);
            screen.enter();
            emulator.process(screen.flush().as_bytes());
            Shown { screen, emulator }
        }

        fn change(&mut self, change: impl FnOnce(&mut Screen)) {
            change(&mut self.screen);
            for piece in self.screen.flush().split_inclusive("\x1b[J") {
                let (before, erase) = piece.split_at(piece.find("\x1b[J").unwrap_or(piece.len()));
                self.emulator.process(before.as_bytes());
                // Of what is erased there, tmux keeps a copy in its history.
                assert!(erase.is_empty() || self.cursor() != (0, 0), "the upper left corner");
                self.emulator.process(erase.as_bytes());
            }
        }

        fn says(&mut self, line: &str) {
            self.change(|screen| screen.print_all([ShownLine::new(Tone::Text, line)]));
        }

        /// Types `text`, with the cursor at its `|`.
        fn types(&mut self, text: &str) {
            let cursor = text.find('|').expect("a cursor in the text");
            let text = text.replacen('|', "", 1);
            let content = AreaContent { text, cursor, ..AreaContent::default() };
            self.change(|screen| screen.show(content));
        }

        fn resize(&mut self, rows: u16, columns: u16) {
            self.emulator.screen_mut().set_size(rows, columns);
            self.change(|screen| screen.resize(ScreenSize { rows, columns }));
        }

        fn rows(&self) -> Vec<String> {
            let (rows, columns) = self.emulator.screen().size();
            let shown = self.emulator.screen().rows(0, columns).take(rows.into());
            let mut shown: Vec<String> = shown.map(|row| row.trim_end().to_string()).collect();
            while shown.last().is_some_and(String::is_empty) {
                shown.pop();
            }
            shown
        }

        fn cursor(&self) -> (u16, u16) {
            self.emulator.screen().cursor_position()
        }
    }

    #[test]
    fn lines_arrive_above_what_is_being_typed() {
        let mut shown = Shown::new(6, 20);
        assert_eq!(shown.rows(), [">>"]);
        shown.types("this is long|er than a row");
        shown.says(" bob: hi");
        shown.says(" bob: exactly twenty!");
        let expected =
            [" bob: hi", " bob: exactly twenty", "!", ">> this is longer th", "an a row"]
                .map(str::to_string);
        assert_eq!((shown.rows(), shown.cursor()), (expected.to_vec(), (3, 15)));
        for number in 0..100 {
            shown.says(&format!("{number}"));
        }
        assert_eq!(shown.rows(), ["96", "97", "98", "99", ">> this is longer th", "an a row"]);
        shown.types("short|");
        assert_eq!(shown.rows(), ["96", "97", "98", "99", ">> short"]);
        shown.change(Screen::leave);
        assert_eq!((shown.rows().len(), shown.cursor()), (4, (4, 0)));
    }

    #[test]
    fn nothing_that_is_said_moves_the_cursor_or_colours_anything() {
        let mut shown = Shown::new(6, 40);
        shown.says("a\x1b[2J\x1b[31m\rb\x07\u{9b}5A\tc\u{202E}d\x08\x7f\x0c");
        assert_eq!(shown.rows(), ["a[2J[31mb5A    cd", ">>"]);
        let coloured = |row, column| {
            let cell = shown.emulator.screen().cell(row, column).unwrap();
            cell.fgcolor() != vt100::Color::Default
        };
        assert!((0..20).all(|column| !coloured(0, column)));
    }

    #[test]
    fn a_new_screen_scrolls_the_old_one_out_and_erases_nothing() {
        for said in 0..9 {
            let mut shown = Shown::new(6, 20);
            let lines: Vec<String> = (0..said).map(|number| format!(" bob: {number}")).collect();
            lines.iter().for_each(|line| shown.says(line));
            shown.types("he|llo");
            shown.change(Screen::clear);
            assert_eq!((shown.rows(), shown.cursor()), (vec![">> hello".to_string()], (0, 5)));
            let screen = shown.emulator.screen_mut();
            screen.set_scrollback(usize::MAX);
            assert_eq!(screen.scrollback(), said, "nothing is lost, and no row is added");
            shown.emulator.screen_mut().set_scrollback(0);
            shown.resize(5, 20);
            assert_eq!(shown.rows(), [">> hello"], "what was before does not come back");
        }
    }

    #[test]
    fn tmux_does_not_keep_what_is_erased_on_a_new_screen() {
        let mut shown = Shown::new(6, 20);
        shown.change(Screen::clear);
        let status = Some("connecting…".to_string());
        let content = AreaContent { status, ..AreaContent::default() };
        shown.change(|screen| screen.show(content));
        shown.types("hi|");
        shown.says(" bob: hi");
        shown.resize(8, 20);
        assert_eq!(shown.rows(), [" bob: hi", ">> hi"]);
    }

    #[test]
    fn what_was_not_seen_yet_moves_to_the_new_screen() {
        let mut shown = Shown::new(6, 20);
        let notice =
            |tone, text| move |screen: &mut Screen| screen.print_all([ShownLine::new(tone, text)]);
        shown.change(notice(Tone::Notice, "seen"));
        shown.says(" bob: hi");
        shown.screen.mark_typed();
        shown.says("the answer");
        shown.change(notice(Tone::Error, "a.pdf was not sent: you left"));
        shown.change(Screen::clear);
        assert_eq!(shown.rows(), ["! a.pdf was not sent", ": you left", ">>"]);
        let screen = shown.emulator.screen_mut();
        screen.set_scrollback(usize::MAX);
        assert_eq!(screen.scrollback(), 3, "it is not there twice");
        shown.emulator.screen_mut().set_scrollback(0);
        shown.screen.mark_typed();
        shown.change(Screen::clear);
        assert_eq!(shown.rows(), [">>"]);
    }

    #[test]
    fn a_screen_that_others_wrote_on_is_painted_again() {
        let mut shown = Shown::new(6, 20);
        shown.says(" bob: hi");
        shown.types("dra|ft");
        shown.change(Screen::leave);
        assert_eq!(shown.rows(), [" bob: hi"]);
        shown.emulator.process(b"$ echo shell\r\nshell\r\n");
        shown.says(" bob: away");
        assert_eq!(shown.rows().last().unwrap(), " bob: away");
        shown.change(Screen::enter);
        assert_eq!(shown.rows(), [" bob: hi", " bob: away", ">> draft"]);
        assert_eq!(shown.cursor(), (2, 6));
        shown.change(Screen::leave);
        shown.screen.leave();
        assert_eq!(shown.screen.flush(), "", "it is not ours");
    }

    #[test]
    fn another_size_shows_the_last_lines_again() {
        let mut shown = Shown::new(6, 20);
        for line in ["one", "a line of twenty-one.", "three", "four", "five"] {
            shown.says(line);
        }
        shown.types("typed in |a long line");
        shown.resize(6, 12);
        assert_eq!(shown.rows(), ["three", "four", "five", ">> typed in", "a long line"]);
        assert_eq!(shown.cursor(), (4, 0));
        shown.resize(10, 40);
        let all =
            ["one", "a line of twenty-one.", "three", "four", "five", ">> typed in a long line"];
        assert_eq!((shown.rows(), shown.cursor()), (all.map(str::to_string).to_vec(), (5, 12)));
        shown.resize(2, 40);
        assert_eq!(shown.rows(), ["five", ">> typed in a long line"]);
        shown.resize(1, 5);
        assert_eq!(shown.rows().len(), 1, "the least that a terminal can be");
    }
}
