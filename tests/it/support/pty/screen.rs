//! The screen of a [`Pty`], as an emulator shows it, and what was written to get it there.

use super::Pty;

impl Pty {
    /// The rows of the screen as they are now, without the empty ones at the end, nor the spaces
    /// at theirs.
    pub fn rows(&self) -> Vec<String> {
        let columns = self.emulator.screen().size().1;
        let mut rows: Vec<String> =
            self.emulator.screen().rows(0, columns).map(|row| row.trim_end().to_owned()).collect();
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        rows
    }

    /// These rows, and before them all that have been scrolled off the screen.
    pub fn all_rows(&mut self) -> Vec<String> {
        let columns = self.emulator.screen().size().1;
        let screen = self.emulator.screen_mut();
        screen.set_scrollback(usize::MAX);
        let mut all = Vec::new();
        for offset in (1..=screen.scrollback()).rev() {
            screen.set_scrollback(offset);
            all.push(screen.rows(0, columns).next().unwrap().trim_end().to_owned());
        }
        screen.set_scrollback(0);
        all.extend(self.rows());
        all
    }

    /// The last of the rows on the screen; fewer, if there are fewer.
    pub fn last_rows(&self, count: usize) -> Vec<String> {
        let rows = self.rows();
        rows[rows.len().saturating_sub(count)..].to_vec()
    }

    /// The row that has so many below it; empty, if there is none.
    pub fn row_from_below(&self, below: usize) -> String {
        self.rows().into_iter().rev().nth(below).unwrap_or_default()
    }

    /// The rows from the prompt on, joined: the line being typed, as it is shown.
    pub fn typing(&self) -> String {
        let rows = self.rows();
        let prompt = rows
            .iter()
            .rposition(|row| row == ">>" || row.starts_with(">> ") || row.contains("] >>"));
        rows[prompt.unwrap_or(rows.len())..].concat()
    }

    /// How many rows have this in them.
    pub fn count(&self, text: &str) -> usize {
        self.rows().iter().filter(|row| row.contains(text)).count()
    }

    /// Row and column of the cursor.
    pub fn cursor(&self) -> (u16, u16) {
        self.emulator.screen().cursor_position()
    }

    /// Whether the first row that has `text` in it shows `part` of it in this colour, all of it,
    /// and whether dim.
    #[track_caller]
    pub fn look(&self, text: &str, part: &str) -> (vt100::Color, bool) {
        let columns = self.emulator.screen().size().1;
        let mut rows = self.emulator.screen().rows(0, columns).enumerate();
        let (row, shown) = rows
            .find(|(_, row)| row.contains(text))
            .unwrap_or_else(|| panic!("no {text:?} in {:#?}", self.rows()));
        let at = shown.find(text).unwrap() + text.find(part).unwrap();
        let column = shown[..at].chars().count();
        let cells = (column..column + part.chars().count()).map(|column| {
            let cell = self.emulator.screen().cell(row as u16, column as u16).unwrap();
            (cell.fgcolor(), cell.dim())
        });
        let mut looks: Vec<_> = cells.collect();
        looks.dedup();
        assert_eq!(looks.len(), 1, "{part:?} in {shown:?} is not of one colour");
        looks[0]
    }

    /// All that the program has written so far, as far as it was waited for.
    pub fn written(&self) -> String {
        String::from_utf8_lossy(&self.written).into_owned()
    }

    /// The escape sequences among it, each without its ESC, but for one that has not all come yet.
    /// Fails for one that is no `ESC [ … letter`.
    #[track_caller]
    pub fn escape_sequences(&self) -> Vec<String> {
        let written = self.written();
        let mut sequences = Vec::new();
        for rest in written.split('\x1b').skip(1) {
            assert!(rest.is_empty() || rest.starts_with('['), "ESC {:?}", rest.chars().next());
            let is_letter = |c: char| !c.is_ascii_digit() && !"[;?".contains(c);
            if let Some((end, letter)) = rest.char_indices().find(|&(_, c)| is_letter(c)) {
                sequences.push(rest[..end + letter.len_utf8()].to_owned());
            }
        }
        sequences
    }
}
