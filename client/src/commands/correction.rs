//! Rejected rows as CSV, to be corrected and sent again.

use std::collections::BTreeMap;

use dictionary::decode::{Columns, REASONS};
use dictionary::{Code, RowError, Table, raw_cells};

use super::rejected::Logged;
use crate::print::{self, Out, program};

/// What is left out of it: rows that would pass as they stand here, although not as they were received.
pub struct Correction<'t> {
    table: &'t Table,
    left_out: BTreeMap<&'static str, u64>,
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
            let lost = reject.errors.iter().find(|error| reject.encoding != "utf-8" || self.loses(error));
            match lost {
                Some(error) => *self.left_out.entry(error.code.as_str()).or_default() += 1,
                None => rows.push(cells(self.table, reject)),
            }
        }
        out.data(&csv(self.table, rows)?)
    }

    /// Says what was left out, and whether there are more.
    pub fn end(self, more: bool) {
        let table = &self.table.name;
        for (code, rows) in self.left_out {
            print::remark(&format!(
                "left out: {rows} rows with {code}, whose cells cannot be told apart; as received they are in: \
                 {} --json rejected {table} --code {code} --all",
                program()
            ));
        }
        if more {
            print::remark("there are more: --all prints them");
        }
    }

    /// Whether a row with this error would be another one when it is written as cells of its fields: cells
    /// that belong to no field would be lost, and missing ones would be null.
    fn loses(&self, error: &RowError) -> bool {
        match error.code {
            Code::ExtraCell | Code::FormatError | Code::EncodingError => true,
            Code::MissingCell => {
                let field = error.field.as_deref().and_then(|name| self.table.field(name));
                field.is_none_or(|field| !self.table.fields[field].constraints.required)
            }
            _ => false,
        }
    }
}

fn cells(table: &Table, reject: &Logged) -> Vec<String> {
    let columns = reject.columns.as_deref().and_then(|names| Columns::from_names(table, names));
    let mut cells = raw_cells(table, &reject.raw, columns.as_ref());
    let each = |text: fn(&RowError) -> &str, separator| {
        reject.errors.iter().map(text).collect::<Vec<_>>().join(separator)
    };
    cells.push(reject.id.clone());
    cells.push(reject.line.map(|line| line.to_string()).unwrap_or_default());
    cells.push(each(|error| error.code.as_str(), " "));
    cells.push(each(|error| error.field.as_deref().unwrap_or_default(), " "));
    cells.push(each(|error| &error.message, "; "));
    cells
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
