//! Rejected rows as CSV, to be corrected and sent again.

use std::collections::BTreeMap;

use dictionary::Table;
use dictionary::decode::{self, Loss, REASONS, Rejected};

use super::rejected::Logged;
use crate::print::{self, Out, program};

/// Prints rejected rows. Those that a CSV would change are left out, which is said at the end.
pub struct Correction<'t> {
    table: &'t Table,
    /// How many rows, by what is said of them.
    left_out: BTreeMap<String, u64>,
}

impl<'t> Correction<'t> {
    /// Prints the header.
    pub fn begin(table: &'t Table, out: &mut Out) -> anyhow::Result<Correction<'t>> {
        let names = table.fields.iter().map(|field| field.name.as_str());
        out.data(&csv(table, [names.chain(REASONS).map(str::to_owned).collect()])?)?;
        Ok(Correction { table, left_out: BTreeMap::new() })
    }

    /// Prints rows: their own cells, then the reasons.
    pub fn print(&mut self, rejects: &[Logged], out: &mut Out) -> anyhow::Result<()> {
        let mut rows = Vec::with_capacity(rejects.len());
        for reject in rejects {
            let rejected = Rejected {
                raw: &reject.raw,
                encoding: &reject.encoding,
                columns: reject.columns.as_deref(),
                line: reject.line,
                errors: &reject.errors,
            };
            let correction = decode::correction(self.table, &rejected);
            match correction.loss {
                Some(loss) => *self.left_out.entry(self.remark(loss)).or_default() += 1,
                None => {
                    let reasons = decode::reasons(&reject.id, reject.line, &reject.errors, false);
                    rows.push([correction.cells, reasons].concat());
                }
            }
        }
        out.data(&csv(self.table, rows)?)
    }

    /// Says what was left out, and whether there are more.
    pub fn end(self, more: bool) {
        for (remark, rows) in self.left_out {
            print::remark(&format!("left out: {rows} rows {remark}"));
        }
        if more {
            print::remark("there are more: --all prints them");
        }
    }

    /// What is said of rows that are left out, and where they are.
    fn remark(&self, loss: Loss) -> String {
        let table = &self.table.name;
        let (what, filter) = match loss {
            Loss::Code(code) => {
                let code = code.as_str();
                (format!("with {code}, whose cells cannot be told apart"), format!(" --code {code}"))
            }
            Loss::NullText => {
                (format!("of JSON with a string that a CSV of {table} takes for no value"), String::new())
            }
            Loss::OtherType => {
                ("of JSON with a value of another type, which a CSV does not show".to_owned(), String::new())
            }
            Loss::NoNull => (format!("with no value where a CSV of {table} always has one"), String::new()),
        };
        format!("{what}; as received they are in: {} --json rejected {table}{filter} --all", program())
    }
}

fn csv(table: &Table, rows: impl IntoIterator<Item = Vec<String>>) -> anyhow::Result<String> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(table.delimiter)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        writer.write_record(row)?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}
