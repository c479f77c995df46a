//! Everything that is printed: results to standard output, remarks to standard error. Nothing else in the
//! client writes to either.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Stdout, Write};

use anyhow::Context;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};
use serde::Serialize;
use tokio::sync::oneshot;

use crate::exit::Stopped;
use crate::signals::Signals;

/// Columns when neither a terminal nor `COLUMNS` gives a width.
const WIDTH: u16 = 80;

/// A column of a table, by its header.
pub enum Column {
    /// Its cells are never wrapped.
    Whole(&'static str),
    /// Its cells are wrapped where the line is too short.
    Wrapped(&'static str),
    /// Its cells are numbers: never wrapped, with their last digits below each other.
    Number(&'static str),
}

impl Column {
    fn header(&self) -> &'static str {
        let (Column::Whole(name) | Column::Wrapped(name) | Column::Number(name)) = self;
        name
    }
}

/// Standard output. If its reader has closed it, as `head` does, output is dropped.
pub struct Out {
    writer: BufWriter<Stdout>,
    closed: bool,
}

impl Out {
    /// The one of this process.
    pub fn new() -> Out {
        Out { writer: BufWriter::new(io::stdout()), closed: false }
    }

    /// Whether the reader has closed it, so that further output is useless.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// One line for people.
    pub fn line(&mut self, text: &str) -> anyhow::Result<()> {
        self.write(&(visible(text) + "\n"))
    }

    /// A table for people, as wide as the terminal; a line end in a cell starts a new line there.
    pub fn table(
        &mut self,
        header: &[Column],
        rows: impl IntoIterator<Item = Vec<String>>,
    ) -> anyhow::Result<()> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        if table.width().is_none() {
            let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
            table.set_width(told.unwrap_or(WIDTH));
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
        table.lines().try_for_each(|line| self.write(&format!("{}\n", line.trim_end())))
    }

    /// One line of JSON, for scripts. JSON leaves some control characters as they are; a terminal must not
    /// take them for commands.
    pub fn json(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut line = String::new();
        for c in serde_json::to_string(value)?.chars() {
            if commands(c) { line += &format!("\\u{:04x}", u32::from(c)) } else { line.push(c) }
        }
        self.write(&(line + "\n"))
    }

    /// Data, byte for byte, unless a terminal would take it for commands.
    pub fn data(&mut self, text: &str) -> anyhow::Result<()> {
        if io::stdout().is_terminal() {
            return text.lines().try_for_each(|line| self.line(line));
        }
        self.write(text)
    }

    /// Writes what is still in the buffer.
    ///
    /// # Errors
    /// When it cannot be written, as on a full disk.
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

/// A remark on standard error. That nobody can read it is no reason to fail.
pub fn remark(text: &str) {
    let _nobody_reads = writeln!(io::stderr(), "{}", visible(text));
}

/// Asks on standard error, and reads a line from standard input; whether it is a yes.
///
/// # Errors
/// When nothing can be read; [`Stopped`] when the answer is Ctrl-C.
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
        let _nobody_waits = sender.send(read.map(|_| line));
    });
    let line = tokio::select! {
        line = line => line??,
        () = signals.next() => return Err(Stopped("nothing was changed").into()),
    };
    Ok(matches!(line.trim(), "y" | "Y" | "yes" | "Yes" | "YES"))
}

/// The text with everything that a terminal would take for a command, or that hides what stands there,
/// written out, such as `\n` and `\u{1b}`.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if commands(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

/// Control characters, and those that reverse the direction of text (Unicode UAX 9).
fn commands(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An argument as a shell takes it.
pub fn quoted(argument: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-./:,+@%".contains(&b);
    if !argument.is_empty() && argument.bytes().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

/// How this program was called, for commands that are to be typed next.
pub fn program() -> String {
    let mut arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    let mut program = quoted(&arguments.next().unwrap_or_else(|| "client".to_owned()));
    while let Some(argument) = arguments.next() {
        let url = match argument.strip_prefix("--api-url") {
            Some("") => arguments.next(),
            Some(url) => url.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        // One that holds a password is left to be typed again.
        for url in url.iter().filter(|url| !url.contains('@')) {
            program += &format!(" --api-url {}", quoted(url));
        }
    }
    program
}
