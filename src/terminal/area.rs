//! The typing area: the status, the prompt and the line being typed, cut into rows.
//!
//! What to show and the size of the screen come in; what to write to the terminal goes out. No
//! I/O. The only state is how to get back to the first row of the area.
//!
//! We cut a long line into rows ourselves and do not leave that to the terminal. So we know the
//! way back, and a wide character that does not fit moves to the next row as a whole. If the area
//! is higher than the screen, the part around the cursor is shown.
//!
//! The terminal sequences used here:
//! - `CR LF`: to the start of the next row.
//! - `CR`: to the start of this row.
//! - `ESC [ n A`, `ESC [ C`: n rows up, one column to the right.
//! - `ESC [ K`, `ESC [ J`: erases from the cursor to the end of the row, of the screen.
//! - `ESC [ 2 m`, `ESC [ 0 m`: dim, and back to the terminal's own colour.

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::Range;

use super::tty::ScreenSize;
use super::width::{clusters, width};
use crate::text::clean;

/// What comes before the line being typed.
pub const PROMPT: &str = ">> ";

/// Erases from the start of this row to the end of the screen. It does so in two steps: tmux takes
/// `ESC [ J` in the upper left corner for a new screen, and keeps what was there in its history.
pub const ERASE: &str = "\r\x1b[K\x1b[C\x1b[J\r";

/// What the typing area shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AreaContent {
    /// A row of its own, above the line being typed.
    pub status: Option<String>,
    /// Shown before the prompt: how far a transfer is, what is searched for.
    pub label: Option<String>,
    /// The line being typed; empty while it is a secret. May have line ends in it.
    pub text: String,
    /// Where in the text the cursor is, in bytes.
    pub cursor: usize,
}

/// The typing area, ready to be written.
#[derive(Debug, Default)]
pub struct Area {
    /// Writes the area from the start of a row on, and puts the cursor in its place.
    pub painted: String,
    /// How many rows it has.
    pub rows: usize,
    cursor_row: usize,
}

impl Area {
    /// Cuts the prompt and the text into rows, and finds the cursor's place among them.
    pub fn lay_out(content: &AreaContent, size: ScreenSize, colours: bool) -> Area {
        // Below two columns no wide character has a place at all.
        let columns = usize::from(size.columns).max(2);
        let (before, after) = content.text.split_at(content.cursor);
        let mut text = prompt(content.label.as_deref(), columns) + &visible(before);
        let cursor = text.len();
        text += &visible(after);

        let mut rows = wrap(&text, columns);
        let mut cursor_row = rows.partition_point(|row| row.start <= cursor) - 1;
        let row = rows[cursor_row].clone();
        if cursor == row.end && width(&text[row]) == columns {
            // There is no place for a cursor after the last column, so it begins a new row.
            cursor_row += 1;
            rows.insert(cursor_row, cursor..cursor);
        }

        // One row is left for the lines above. The status needs a row of its own too.
        let visible = usize::from(size.rows).saturating_sub(1).max(1);
        let status = content.status.as_deref().filter(|_| visible > 1);
        let visible = visible - usize::from(status.is_some());
        if rows.len() > visible {
            let first = cursor_row.min(rows.len() - visible);
            rows = rows[first..first + visible].to_vec();
            cursor_row -= first;
        }
        let painted = paint(&text, &rows, cursor, cursor_row);
        let mut area = Area { painted, rows: rows.len(), cursor_row };
        if let Some(status) = status {
            let status = shorten(&clean(status), columns - 1).into_owned();
            let status = if colours { format!("\x1b[2m{status}\x1b[0m") } else { status };
            area.painted = format!("{status}\r\n{}", area.painted);
            area.rows += 1;
            area.cursor_row += 1;
        }
        area
    }

    /// Moves from where the painted area left the cursor to where the area begins, and erases all
    /// from there.
    pub fn erase(&self) -> String {
        up(self.cursor_row) + ERASE
    }
}

/// Makes a text that can be shown: clean, and with four spaces for a TAB. Keeps line ends.
fn visible(text: &str) -> String {
    let lines: Vec<String> =
        text.split('\n').map(|line| clean(line).replace('\t', "    ")).collect();
    lines.join("\n")
}

/// Cuts `text` into rows of at most `columns`, and at its line ends. Returns at least one range. A
/// wide character that does not fit begins the next row.
pub fn wrap(text: &str, columns: usize) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (at, cluster) in clusters(text) {
        let more = width(cluster);
        if cluster.starts_with('\n') {
            rows.push(start..at);
            (start, used) = (at + 1, 0);
        } else if used + more > columns && at > start {
            rows.push(start..at);
            (start, used) = (at, 0);
        }
        used += more;
    }
    rows.push(start..text.len());
    rows
}

/// Writes `rows` of `text`. Then puts the cursor into its row by writing that row once more, up to
/// the cursor. So its place is right, even if the terminal counts columns in another way than we.
fn paint(text: &str, rows: &[Range<usize>], cursor: usize, cursor_row: usize) -> String {
    let mut painted = String::new();
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            painted.push_str("\r\n");
        }
        painted.push_str(&text[row.clone()]);
    }
    let last_row = rows.len() - 1;
    if cursor_row < last_row || cursor < rows[last_row].end {
        let before = &text[rows[cursor_row].start..cursor];
        let _ = write!(painted, "{}\r{before}", up(last_row - cursor_row));
    }
    painted
}

/// Makes the prompt, with a label before it that leaves at least one column of the first row free.
fn prompt(label: Option<&str>, columns: usize) -> String {
    let Some(label) = label else {
        return PROMPT.to_string();
    };
    let space = columns.saturating_sub("[] ".len() + PROMPT.len() + 1);
    format!("[{}] {PROMPT}", shorten(&clean(label), space))
}

/// Shortens `text` to `columns`. It keeps more of the end than of the beginning: in a progress the
/// numbers are there, after the name.
fn shorten(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    // One column is for the ellipsis.
    let columns = columns.saturating_sub(1);
    let head_columns = columns / 3;
    let ends = clusters(text).map(|(at, cluster)| at + cluster.len());
    let head_end = ends.take_while(|&end| width(&text[..end]) <= head_columns).last().unwrap_or(0);
    let mut starts = clusters(text).map(|(at, _)| at);
    let tail_start =
        starts.find(|&at| width(&text[at..]) <= columns - head_columns).unwrap_or(text.len());
    Cow::Owned(format!("{}…{}", &text[..head_end], &text[tail_start..]))
}

/// Moves the cursor up by `rows`. For none it writes nothing: terminals take a 0 for 1 here.
pub fn up(rows: usize) -> String {
    if rows > 0 { format!("\x1b[{rows}A") } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an emulator of 5 rows of 10 columns shows for the text before and after the `|`, and
    /// where its cursor is.
    fn shown(label: Option<&str>, line: &str) -> (Vec<String>, (u16, u16)) {
        let cursor = line.find('|').expect("a cursor in the line");
        let label = label.map(str::to_string);
        shown_with(AreaContent { label, text: line.replacen('|', "", 1), cursor, status: None })
    }

    fn shown_with(content: AreaContent) -> (Vec<String>, (u16, u16)) {
        let area = Area::lay_out(&content, ScreenSize { rows: 5, columns: 10 }, false);
        let mut emulator = vt100::Parser::new(5, 10, 0);
        emulator.process(area.painted.as_bytes());
        let rows = emulator
            .screen()
            .rows(0, 10)
            .take(area.rows)
            .map(|row| row.trim_end().to_string())
            .collect();
        let cursor = emulator.screen().cursor_position();
        assert_eq!(usize::from(cursor.0), area.cursor_row, "the way back is known");
        emulator.process(area.erase().as_bytes());
        assert_eq!(emulator.screen().contents(), "", "erased whole");
        assert_eq!(emulator.screen().cursor_position(), (0, 0));
        (rows, cursor)
    }

    #[test]
    fn a_line_is_broken_where_the_row_ends() {
        assert_eq!(shown(None, "|"), (vec![">>".into()], (0, 3)));
        assert_eq!(shown(None, "hello|"), (vec![">> hello".into()], (0, 8)));
        assert_eq!(shown(None, "hello w|"), (vec![">> hello w".into(), "".into()], (1, 0)));
        assert_eq!(shown(None, "hello wo|"), (vec![">> hello w".into(), "o".into()], (1, 1)));
    }

    #[test]
    fn the_cursor_may_be_anywhere_in_it() {
        let rows = || vec![">> hello w".to_string(), "orld".to_string()];
        assert_eq!(shown(None, "|hello world"), (rows(), (0, 3)));
        assert_eq!(shown(None, "hello |world"), (rows(), (0, 9)));
        assert_eq!(shown(None, "hello w|orld"), (rows(), (1, 0)));
        assert_eq!(shown(None, "hello worl|d"), (rows(), (1, 3)));
        assert_eq!(shown(None, "hello |w"), (vec![">> hello w".into()], (0, 9)));
    }

    #[test]
    fn a_wide_character_is_never_cut_at_the_edge() {
        assert_eq!(shown(None, "漢漢漢|漢"), (vec![">> 漢漢漢".into(), "漢".into()], (1, 0)));
        assert_eq!(shown(None, "a漢漢漢|"), (vec![">> a漢漢漢".into(), "".into()], (1, 0)));
        assert_eq!(shown(None, "漢e\u{301}|x漢"), (vec![">> 漢e\u{301}x漢".into()], (0, 6)));
    }

    #[test]
    fn an_area_higher_than_the_screen_shows_where_the_cursor_is() {
        let line = "aaaaaaabbbbbbbbbbccccccccccddddddddddeeee";
        let rows = |rows: [&str; 4]| rows.map(str::to_string).to_vec();
        let after = rows(["bbbbbbbbbb", "cccccccccc", "dddddddddd", "eeee"]);
        assert_eq!(shown(None, &format!("{line}|")), (after, (3, 4)));
        let before = rows([">> aaaaaaa", "bbbbbbbbbb", "cccccccccc", "dddddddddd"]);
        assert_eq!(shown(None, &format!("|{line}")), (before, (0, 3)));
    }

    #[test]
    fn line_ends_and_tabs_are_shown_as_they_are_meant() {
        let rows = |rows: &[&str]| rows.iter().map(|row| row.to_string()).collect::<Vec<_>>();
        assert_eq!(shown(None, "a\n|\nb"), (rows(&[">> a", "", "b"]), (1, 0)));
        assert_eq!(shown(None, "a|\nb"), (rows(&[">> a", "b"]), (0, 4)));
        assert_eq!(shown(None, "a\tb|"), (rows(&[">> a    b"]), (0, 9)));
        let full = (rows(&[">> 1234567", "", "b"]), (1, 0));
        assert_eq!(shown(None, "1234567|\nb"), full, "no column is free for the cursor");
    }

    #[test]
    fn a_status_has_a_row_of_its_own_and_stays_above_a_long_line() {
        let content = |status: &str, text: &str| AreaContent {
            status: Some(status.to_string()),
            text: text.to_string(),
            cursor: text.len(),
            label: None,
        };
        let (rows, cursor) = shown_with(content("wait 4 s", "oi"));
        assert_eq!((rows, cursor), (vec!["wait 4 s".to_string(), ">> oi".to_string()], (1, 5)));
        let (rows, cursor) = shown_with(content("a status that is long", &"x".repeat(60)));
        assert_eq!((rows.len(), rows[0].as_str(), cursor), (4, "a …s long", (3, 3)));
    }

    #[test]
    fn nothing_typed_or_in_progress_reaches_the_terminal_raw() {
        assert_eq!(shown(None, "a\u{202E}b|"), (vec![">> ab".into()], (0, 5)));
        assert_eq!(shown(Some("\x1b[2J"), "|"), (vec!["[[2J] >>".into()], (0, 9)));
    }

    #[test]
    fn a_progress_that_is_too_long_keeps_its_numbers() {
        assert_eq!(prompt(Some("↑ a.pdf 53%"), 40), "[↑ a.pdf 53%] >> ");
        let long = prompt(Some("↑ a_very_long_name_of_a_file.pdf 53% 112 MiB/s 3 s"), 40);
        assert_eq!((long.as_str(), width(&long)), ("[↑ a_very_l….pdf 53% 112 MiB/s 3 s] >> ", 39));
        assert!(width(&prompt(Some("漢漢漢漢漢漢漢漢漢漢"), 20)) < 20);
        assert_eq!(prompt(Some("abcdef"), 2), "[…] >> ");
    }
}
