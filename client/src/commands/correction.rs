//! Prints rejected rows as CSV, which a person corrects and sends again.

use std::collections::BTreeMap;

use dictionary::Table;
use dictionary::decode::{self, Loss, REASONS};
use dictionary::wire::LoggedReject;

use crate::print::{self, Out, program, quoted};

/// Prints rejected rows as CSV. Rows that a CSV would change are left out; a remark at the end says how many.
pub struct Correction<'t> {
    table: &'t Table,
    /// The options by which the rejects were chosen, as on a command line.
    filter: String,
    /// How many rows are left out, by the text of the remark.
    left_out: BTreeMap<String, u64>,
}

impl<'t> Correction<'t> {
    /// Prints the header. `query` says which rejects follow.
    pub fn begin(
        table: &'t Table,
        query: &[(&str, String)],
        out: &mut Out,
    ) -> anyhow::Result<Correction<'t>> {
        let names = table.fields.iter().map(|field| field.name.as_str());
        out.data(&csv(table, [names.chain(REASONS).map(str::to_owned).collect()])?)?;
        let chosen = query.iter().filter(|(name, _)| ["batch", "source"].contains(name));
        let filter = chosen.map(|(name, value)| format!(" --{name} {}", quoted(value))).collect();
        Ok(Correction { table, filter, left_out: BTreeMap::new() })
    }

    /// Prints rows: first their cells, then the reasons.
    pub fn print(&mut self, rejects: &[LoggedReject], out: &mut Out) -> anyhow::Result<()> {
        let mut rows = Vec::with_capacity(rejects.len());
        for reject in rejects {
            let correction = decode::correction(self.table, &reject.into());
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

    /// Prints remarks: which rows are left out, and whether there are more rejects.
    pub fn end(self, more: bool) {
        for (remark, rows) in self.left_out {
            let rows = if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
            print::remark(&format!("left out: {rows} {remark}"));
        }
        if more {
            print::remark("there are more rejected rows; --all prints all of them");
        }
    }

    /// Why rows are left out, and which command shows them.
    fn remark(&self, loss: Loss) -> String {
        let table = &self.table.name;
        let (what, filter) = match loss {
            Loss::Code(code) => {
                let code = code.as_str();
                (
                    format!("with {code}: a CSV of {table} cannot show them as received"),
                    format!(" --code {code}"),
                )
            }
            Loss::NullText => {
                (format!("of JSON with a string that means null in a CSV of {table}"), String::new())
            }
            Loss::OtherType => (
                "of JSON with a value of another type than its field: a CSV does not show types".to_owned(),
                String::new(),
            ),
            Loss::NoNull => (format!("with a null that a CSV of {table} cannot show"), String::new()),
        };
        let chosen = &self.filter;
        format!(
            "{what}; to see them, run: {} --json rejected {}{chosen}{filter} --all",
            program(),
            quoted(table)
        )
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
