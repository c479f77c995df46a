//! Prints results to standard output and remarks to standard error. No other part of the client writes to them.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Stdout, Write};

use anyhow::Context;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};
use serde::Serialize;
use tokio::sync::oneshot;

use crate::exit::Stopped;
use crate::signals::Signals;

/// Characters in a line if neither a terminal nor `COLUMNS` gives a width.
const WIDTH: u16 = 80;

/// A column of a table, by its header.
pub enum Column {
    /// Cells are never wrapped.
    Whole(&'static str),
    /// Cells are wrapped if the line is too short.
    Wrapped(&'static str),
    /// Cells are numbers: never wrapped, and aligned right.
    Number(&'static str),
}

impl Column {
    fn header(&self) -> &'static str {
        let (Column::Whole(name) | Column::Wrapped(name) | Column::Number(name)) = self;
        name
    }
}

/// Standard output. If its reader closes it, as `head` does, further output is dropped.
pub struct Out {
    writer: BufWriter<Stdout>,
    closed: bool,
}

impl Out {
    /// The standard output of this process.
    pub fn new() -> Out {
        Out { writer: BufWriter::new(io::stdout()), closed: false }
    }

    /// Whether the reader has closed it.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Prints one line for people.
    pub fn line(&mut self, text: &str) -> anyhow::Result<()> {
        self.write(&(visible(text) + "\n"))
    }

    /// Prints a table for people, as wide as the terminal. A line end in a cell starts a new line in the cell.
    pub fn table(
        &mut self,
        header: &[Column],
        rows: impl IntoIterator<Item = Vec<String>>,
    ) -> anyhow::Result<()> {
        table_lines(header, rows).try_for_each(|line| self.write(&format!("{line}\n")))
    }

    /// Prints one line of JSON, for scripts. JSON allows some control characters; they are escaped, so that a terminal
    /// does not execute them.
    pub fn json(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut line = String::new();
        for c in serde_json::to_string(value)?.chars() {
            if is_control(c) { line += &format!("\\u{:04x}", u32::from(c)) } else { line.push(c) }
        }
        self.write(&(line + "\n"))
    }

    /// Prints data byte by byte. On a terminal, control characters are escaped.
    pub fn data(&mut self, text: &str) -> anyhow::Result<()> {
        if io::stdout().is_terminal() {
            return text.lines().try_for_each(|line| self.line(line));
        }
        self.write(text)
    }

    /// Writes the buffer.
    ///
    /// # Errors
    /// When the output cannot be written, as on a full disk.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        let flushed = self.writer.flush();
        self.check(flushed)
    }

    fn write(&mut self, text: &str) -> anyhow::Result<()> {
        if self.closed {
            return Ok(());
        }
        let written = self.writer.write_all(text.as_bytes());
        self.check(written)
    }

    fn check(&mut self, written: io::Result<()>) -> anyhow::Result<()> {
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            written => written.context("standard output cannot be written"),
        }
    }
}

/// Prints a remark to standard error. If that fails, the command still goes on.
pub fn remark(text: &str) {
    let _cannot_be_printed = writeln!(io::stderr(), "{}", visible(text));
}

/// Prints a table to standard error. If that fails, the command still goes on.
pub fn remark_table(header: &[Column], rows: impl IntoIterator<Item = Vec<String>>) {
    table_lines(header, rows).for_each(|line| remark(&line));
}

/// The lines of a table, as wide as the terminal.
fn table_lines(
    header: &[Column],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> impl Iterator<Item = String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        table.set_width(columns.unwrap_or(WIDTH));
    }
    table.set_header(header.iter().map(Column::header));
    let lines = |cell: &str| cell.split('\n').map(visible).collect::<Vec<_>>().join("\n");
    table.add_rows(rows.into_iter().map(|row| row.iter().map(|cell| lines(cell)).collect::<Vec<_>>()));
    for (column, header) in table.column_iter_mut().zip(header) {
        column.set_padding((0, 1));
        if let Column::Whole(_) | Column::Number(_) = header {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
        if let Column::Number(_) = header {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().into_iter()
}

/// Asks a question on standard error, and reads a line from standard input. Returns whether the answer is yes.
///
/// # Errors
/// When standard input cannot be read; [`Stopped`] after Ctrl-C.
pub async fn is_confirmed(question: &str) -> anyhow::Result<bool> {
    let mut signals = Signals::listen()?;
    let mut terminal = io::stderr();
    write!(terminal, "{} [y/N] ", visible(question))?;
    terminal.flush()?;
    let (sender, line) = oneshot::channel();
    // On a detached thread: a read from a terminal cannot be cancelled.
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line);
        let _receiver_is_dropped = sender.send(read.map(|_| line));
    });
    let line = tokio::select! {
        line = line => line??,
        () = signals.next() => return Err(Stopped("nothing was changed").into()),
    };
    Ok(matches!(line.trim(), "y" | "Y" | "yes" | "Yes" | "YES"))
}

/// The text with control characters escaped, such as `\n` and `\u{1b}`: a terminal could execute them, or show
/// other text than there is.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_control(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

/// Whether a character controls a terminal or reverses the direction of text (Unicode UAX 9).
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An argument, quoted for a shell.
pub fn quoted(argument: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-./:,+@%".contains(&b);
    if !argument.is_empty() && argument.bytes().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

/// How this program was called, for the commands that hints show.
pub fn program() -> String {
    let mut arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    let mut program = quoted(&arguments.next().unwrap_or_else(|| "client".to_owned()));
    while let Some(argument) = arguments.next() {
        let url = match argument.strip_prefix("--api-url") {
            Some("") => arguments.next(),
            Some(url) => url.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        // A URL with a password is not repeated; the user types it again.
        for url in url.iter().filter(|url| !url.contains('@')) {
            program += &format!(" --api-url {}", quoted(url));
        }
    }
    program
}
