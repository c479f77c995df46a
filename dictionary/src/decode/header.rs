//! Matches the labels of a header with the fields of a table: by name, then by title.

use std::collections::HashMap;
use std::fmt::{self, Display, Formatter};

use super::BodyError;
use super::columns::{Column, Columns};
use crate::csv_scanner::{self, Quotes, Scan, Scanner};
use crate::model::{Field, FieldsMatch, Table};
use crate::text::shortened;

/// Columns of one header that a message names.
const SHOWN: usize = 3;

/// Why a header does not match its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderMismatch {
    why: String,
    /// Whether the record is a header without doubt. The cells of another record may be data, which no log may show.
    pub is_header: bool,
}

impl Display for HeaderMismatch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl FieldsMatch {
    fn allows_others(self) -> bool {
        match self {
            FieldsMatch::Subset | FieldsMatch::Partial => true,
            FieldsMatch::Exact | FieldsMatch::Equal | FieldsMatch::Superset => false,
        }
    }
}

/// The fields of a table by their labels.
struct Labels<'t> {
    table: &'t Table,
    names: HashMap<String, usize>,
    titles: HashMap<String, usize>,
}

impl<'t> Labels<'t> {
    fn new(table: &'t Table) -> Self {
        let mut labels = Labels { table, names: HashMap::new(), titles: HashMap::new() };
        for (i, field) in table.fields.iter().enumerate() {
            labels.names.insert(labels.label(&field.name), i);
            if let Some(title) = &field.title {
                labels.titles.entry(labels.label(title)).or_insert(i);
            }
        }
        labels
    }

    fn label(&self, text: &str) -> String {
        if self.table.header_ignores_case { text.to_lowercase() } else { text.to_owned() }
    }

    fn column(&self, text: &str) -> Option<Column> {
        let label = self.label(text);
        let field = self.names.get(&label).or_else(|| self.titles.get(&label));
        field.map(|i| Column::Field(*i)).or_else(|| Column::of_server(text))
    }
}

impl Columns {
    /// From a header record, whose labels are names or titles of fields, in any order. It may name
    /// [`REASONS`](super::REASONS) and [`MARKED`](super::MARKED) as well, and what else `fieldsMatch` allows.
    ///
    /// # Errors
    /// When a label is none of a field's where `fieldsMatch` allows no others, a field has two columns, or a required field
    /// has none.
    pub fn from_header(table: &Table, record: &[u8]) -> Result<Columns, BodyError> {
        let mut scanner = Scanner::new(table.delimiter);
        if record.is_empty() || !matches!(scanner.scan(record, true), Scan::Record(_, Quotes::Good)) {
            return refuse(table, "it is empty, or a quote in it is in a wrong position", false);
        }
        let texts: Vec<String> = csv_scanner::cells(record, table.delimiter)
            .map(|cell| String::from_utf8_lossy(&cell).into())
            .collect();
        let labels = Labels::new(table);
        let found: Vec<Option<Column>> = texts.iter().map(|text| labels.column(text)).collect();
        let is_header = || resembles_header(table, &texts, &found);
        let faults = faults(table, &texts, &found);
        if !faults.is_empty() {
            return refuse(table, &faults.join("; "), is_header());
        }
        let columns = found.iter().map(|column| column.unwrap_or(Column::Other));
        let columns = Columns::new(table, columns.collect());
        let required = columns.absent().map(|i| &table.fields[i]).find(|field| field.constraints.required);
        if let Some(field) = required {
            return refuse(table, &format!("the required field `{}` is missing", field.name), is_header());
        }
        if columns.absent().count() == table.fields.len() {
            return refuse(table, "it names no field of the table", is_header());
        }
        Ok(columns)
    }
}

fn refuse<T>(table: &Table, why: &str, is_header: bool) -> Result<T, BodyError> {
    let why = format!("{why}; the header must name {}", table.header_wanted());
    Err(BodyError::HeaderMismatch(HeaderMismatch { why, is_header }))
}

/// The faults of a header, column by column; only the first ones.
fn faults(table: &Table, texts: &[String], found: &[Option<Column>]) -> Vec<String> {
    let mut first_columns: HashMap<Column, usize> = HashMap::new();
    let mut faults = Vec::new();
    for (position, column) in found.iter().enumerate() {
        let number = position + 1;
        let label = shortened(&texts[position]);
        match column {
            Some(column) => {
                match first_columns.insert(*column, number) {
                    Some(first) if texts[first - 1] == texts[position] => {
                        faults.push(format!("column {number} is `{label}`, which occurs twice: column {first} is `{label}` too"));
                    }
                    Some(first) => faults.push(format!(
                        "column {number} is `{label}`, but the field `{}` is column {first}, `{}`, already",
                        column.name(table),
                        shortened(&texts[first - 1])
                    )),
                    None => {}
                }
            }
            None if table.fields_match.allows_others() => {}
            None => faults.push(match wanted(table, texts, found, position) {
                Some(field) => format!("column {number} is `{label}`, wanted `{}`", field.name),
                None => format!("column {number} is `{label}`, which is not a field of the table"),
            }),
        }
        if faults.len() == SHOWN {
            break;
        }
    }
    faults
}

/// The field that a column was meant to be: of those without a column, one that is written alike, or in a record of as many
/// cells as fields, the one of this place or the only one.
fn wanted<'t>(
    table: &'t Table,
    texts: &[String],
    found: &[Option<Column>],
    position: usize,
) -> Option<&'t Field> {
    let mut is_free = vec![true; table.fields.len()];
    found.iter().flatten().filter_map(|column| column.field()).for_each(|i| is_free[i] = false);
    let letters = letters(&texts[position]);
    let mut free = (0..table.fields.len()).filter(|i| is_free[*i]);
    let alike = free.clone().find(|i| is_alike(&table.fields[*i], &letters));
    let by_place = || {
        let only = free.next().filter(|_| free.next().is_none());
        Some(position)
            .filter(|i| is_free.get(*i) == Some(&true))
            .or(only)
            .filter(|_| texts.len() == table.fields.len())
    };
    alike.or_else(by_place).map(|i| &table.fields[i])
}

/// Whether at least half of a record's cells are names, or nearly so.
fn resembles_header(table: &Table, texts: &[String], found: &[Option<Column>]) -> bool {
    let is_label = |(text, column): &(&String, &Option<Column>)| {
        let letters = letters(text);
        column.is_some() || table.fields.iter().any(|field| is_alike(field, &letters))
    };
    // Of a table with very many fields, the first ones tell.
    let labels = texts.iter().zip(found).take(100).filter(is_label).count();
    labels * 2 >= texts.len().min(100)
}

fn is_alike(field: &Field, letters: &str) -> bool {
    let mut labels = std::iter::once(&field.name).chain(&field.title);
    !letters.is_empty() && labels.any(|label| self::letters(label) == letters)
}

/// The letters and digits of a label, in lower case.
fn letters(label: &str) -> String {
    label.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
