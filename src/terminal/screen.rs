//! What is on the screen: the lines that were printed, and the typing area below them.
//!
//! Lines, the text of the editor and the size of the screen come in. What to write to the terminal
//! goes out: one string for each change, so that each change is one write and nothing flickers. No
//! I/O, so nothing fails, and tests can read the strings through a terminal emulator. The terminal
//! keeps the screen under its mutex.
//!
//! The terminal scrolls and keeps its history as it does for `cat`. We own only the typing area at
//! the bottom. For each change we go back to the first row of the area, erase from there, write
//! the new lines, and write the area again.
//!
//! The terminal sequences used here (and those of `area` and `colour`):
//! - `ESC [ H`: to the upper left corner.
//! - `ESC [ 2 J`: erases the visible screen.

use std::collections::VecDeque;

use super::area::{Area, AreaContent, wrap};
use super::colour::{DressedLine, ShownLine, dress};
use super::tty::ScreenSize;

/// Most lines that are kept to be shown again on a screen that has changed its size: more than it
/// has rows.
const MAX_RECENT: usize = 200;

/// Moves to the upper left corner and erases what is visible; the terminal's own history stays.
const CLEAR: &str = "\x1b[H\x1b[2J";

/// The screen of an interactive terminal, as far as it is ours.
#[derive(Debug)]
pub struct Screen {
    size: ScreenSize,
    /// Whether lines may be coloured.
    colours: bool,
    /// The last lines that were printed.
    recent: VecDeque<DressedLine>,
    typing: AreaContent,
    area: Area,
}

impl Screen {
    /// Begins with a prompt, which is painted with the first change or by
    /// [`repaint`](Self::repaint).
    pub fn new(size: ScreenSize, colours: bool) -> Screen {
        let typing = AreaContent::default();
        let area = Area::lay_out(&typing, size);
        Screen { size, colours, recent: VecDeque::new(), typing, area }
    }

    /// Writes `lines` above the typing area, one row or more each.
    pub fn print_all<'a>(&mut self, lines: impl IntoIterator<Item = ShownLine<'a>>) -> String {
        let mut out = self.area.erase();
        for line in lines {
            let line = dress(&line, self.colours);
            write_line(&mut out, &line);
            if self.recent.len() == MAX_RECENT {
                self.recent.pop_front();
            }
            self.recent.push_back(line);
        }
        out + self.area.paint()
    }

    /// Shows `typing` in the typing area. Empty if that is what it shows already.
    pub fn show(&mut self, typing: AreaContent) -> String {
        if typing == self.typing {
            return String::new();
        }
        self.typing = typing;
        self.repaint()
    }

    /// Writes the typing area over itself.
    pub fn repaint(&mut self) -> String {
        let erase = self.area.erase();
        self.area = Area::lay_out(&self.typing, self.size);
        erase + self.area.paint()
    }

    /// Erases all that is visible but for the typing area, which moves to the top.
    pub fn clear(&mut self) -> String {
        self.recent.clear();
        format!("{CLEAR}{}", self.area.paint())
    }

    /// Takes in the screen's size. Empty if it is the same.
    ///
    /// A terminal that changes its size moves rows about, and each kind does it in its own way:
    /// some break them anew, some cut them off. We can't know where our area is then. So we paint
    /// the visible screen again.
    pub fn resize(&mut self, size: ScreenSize) -> String {
        if size == self.size {
            return String::new();
        }
        self.size = size;
        self.area = Area::lay_out(&self.typing, size);

        let mut out = CLEAR.to_string();
        for line in self.recent.range(self.first_to_fit()..) {
            write_line(&mut out, line);
        }
        out + self.area.paint()
    }

    /// Erases the typing area for good: whoever writes next does so at the beginning of a row.
    pub fn leave(&mut self) -> String {
        let erase = self.area.erase();
        self.area = Area::default();
        erase
    }

    /// Finds the first of the recent lines from which on they all have a place above the typing
    /// area.
    fn first_to_fit(&self) -> usize {
        let mut free_rows = usize::from(self.size.rows).saturating_sub(self.area.rows());
        let mut first = self.recent.len();
        for line in self.recent.iter().rev() {
            let rows = wrap(&line.plain, self.size.columns.into()).len();
            if rows > free_rows {
                break;
            }
            free_rows -= rows;
            first -= 1;
        }
        first
    }
}

/// Writes a line as one. The terminal cuts a long one into rows itself, so that a person can copy
/// it as one line.
fn write_line(out: &mut String, line: &DressedLine) {
    out.push_str(&line.dressed);
    out.push_str("\r\n");
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
            emulator.process(screen.repaint().as_bytes());
            Shown { screen, emulator }
        }

        fn change(&mut self, change: impl FnOnce(&mut Screen) -> String) {
            self.emulator.process(change(&mut self.screen).as_bytes());
        }

        fn says(&mut self, line: &str) {
            self.change(|screen| screen.print_all([ShownLine::new(Tone::Text, line)]));
        }

        /// Types `text`, with the cursor at its `|`.
        fn types(&mut self, text: &str) {
            let cursor = text.find('|').expect("a cursor in the text");
            let typing = AreaContent { progress: None, text: text.replacen('|', "", 1), cursor };
            self.change(|screen| screen.show(typing));
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
    fn clearing_leaves_the_line_being_typed() {
        let mut shown = Shown::new(6, 20);
        shown.says("gone");
        shown.types("he|llo");
        shown.change(Screen::clear);
        assert_eq!((shown.rows(), shown.cursor()), (vec![">> hello".to_string()], (0, 5)));
        shown.resize(6, 30);
        assert_eq!(shown.rows(), [">> hello"], "what was cleared does not come back");
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
