//! JSON arrays and NDJSON. Cells are typed; nothing is guessed from strings.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::csv::null_cells;
use super::{BodyError, MAX_ROWS, Row, Start, byte_order_mark, counted};
use crate::code::Code;
use crate::csv_scanner::{Record, without_line_end};
use crate::error_limit::ErrorLimit;
use crate::model::Table;
use crate::row_error::{Received, RowError};
use crate::text::shortened;
use crate::value::Value;

/// Decodes a JSON array of objects.
///
/// # Errors
/// When it is no JSON array, is not UTF-8, or has no rows or too many.
pub fn json(body: &[u8], table: &Table, start: Start) -> Result<Vec<Row>, BodyError> {
    let mark = byte_order_mark(body);
    let text =
        std::str::from_utf8(&body[mark..]).map_err(|e| BodyError::NotUtf8(mark + e.valid_up_to() + 1))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let elements = deserializer
        .deserialize_seq(Elements)
        .map_err(|e| BodyError::Syntax(shortened(&e.to_string()).into()))?;
    if elements.len() > MAX_ROWS {
        return Err(BodyError::TooManyRows);
    }
    deserializer.end().map_err(|e| BodyError::Syntax(shortened(&e.to_string()).into()))?;
    let mut limit = ErrorLimit::default();
    let rows = elements.into_iter().zip(start.row..).map(|(element, number)| {
        let raw = position(body, element.get());
        read_object(Row::new(number, None, raw), table, element.get()).bounded(&mut limit)
    });
    counted(rows.collect())
}

/// Decodes NDJSON: one object a line; blank lines are no rows.
///
/// # Errors
/// When there are no rows or too many.
pub fn ndjson(body: &[u8], table: &Table, start: Start) -> Result<Vec<Row>, BodyError> {
    let mut rows = Vec::new();
    let mut at = byte_order_mark(body);
    let mut line = start.line;
    let mut limit = ErrorLimit::default();
    while at < body.len() && rows.len() <= MAX_ROWS {
        let rest = &body[at..];
        let length = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |end| end + 1);
        let raw = without_line_end(&rest[..length]);
        if !raw.iter().all(u8::is_ascii_whitespace) {
            let row = Row::new(start.row + rows.len() as u64, Some(line), at..at + raw.len());
            rows.push(read_line(row, table, raw).bounded(&mut limit));
        }
        at += length;
        line += 1;
    }
    counted(rows)
}

/// Decodes lines that were found in a file; each is an object. `first` is the number of the first one.
pub(super) fn objects(body: &[u8], table: &Table, first: u64, lines: &[Record]) -> Vec<Row> {
    let mut limit = ErrorLimit::default();
    let decode = |(number, line): (u64, &Record)| {
        let row = Row::new(number, Some(line.line), line.raw.clone());
        read_line(row, table, &body[line.raw.clone()]).bounded(&mut limit)
    };
    (first..).zip(lines).map(decode).collect()
}

fn read_line(row: Row, table: &Table, raw: &[u8]) -> Row {
    match std::str::from_utf8(raw) {
        Ok(text) => read_object(row, table, text),
        Err(e) => {
            let message = format!("the line is not UTF-8: byte {} is invalid", e.valid_up_to() + 1);
            row.unreadable(table, Code::EncodingError, message)
        }
    }
}

/// The byte range of a slice of the body.
fn position(body: &[u8], part: &str) -> Range<usize> {
    let start = part.as_ptr() as usize - body.as_ptr() as usize;
    start..start + part.len()
}

fn read_object(row: Row, table: &Table, text: &str) -> Row {
    match serde_json::from_str::<Members>(text) {
        Ok(members) => fill(row, table, &members),
        Err(e) => {
            let message = format!("the row is not a JSON object: {}", shortened(&e.to_string()));
            row.unreadable(table, Code::FormatError, message)
        }
    }
}

/// Reads an object's members into its row.
fn fill(mut row: Row, table: &Table, members: &Members) -> Row {
    row.values = vec![Value::Null; table.fields.len()];
    let mut seen = vec![false; table.fields.len()];
    let mut extra: Option<(&Member, usize)> = None;
    for member in &members.0 {
        let Some(i) = table.field(&member.name) else {
            extra = Some(extra.map_or((member, 1), |(first, count)| (first, count + 1)));
            continue;
        };
        let field = &table.fields[i];
        let json = member.value.get();
        seen[i] = true;
        row.put(i, field, field.ty.read_json(json), Received::Json(json));
    }
    for (i, field) in table.fields.iter().enumerate().filter(|(i, _)| !seen[*i]) {
        row.put(i, field, Ok(Value::Null), Received::Absent);
    }
    if let Some((first, count)) = extra {
        let name = shortened(&first.name);
        let more = if count > 1 { format!(", and {} more", count - 1) } else { String::new() };
        let message = format!("`{name}` is not a field of `{}`{more}", table.name);
        let error = RowError {
            field: Some(name),
            cell: Some(shortened(first.value.get())),
            ..RowError::row(Code::ExtraCell, message)
        };
        row.push_error(table.fields.len(), error);
    }
    row
}

/// One raw object as its row, and its members by field, strings without their quotes; `None` if it is none.
pub(super) fn record(table: &Table, raw: &str) -> Option<(Row, Vec<String>)> {
    let members: Members = serde_json::from_str(raw).ok()?;
    let mut cells = null_cells(table);
    for member in &members.0 {
        if let Some(i) = table.field(&member.name) {
            let json = member.value.get();
            match serde_json::from_str(json) {
                Ok(serde_json::Value::Null) => {}
                Ok(serde_json::Value::String(text)) => cells[i] = text,
                _ => json.clone_into(&mut cells[i]),
            }
        }
    }
    Some((fill(Row::new(1, None, 0..raw.len()), table, &members), cells))
}

/// Whether these errors may be those of a raw object, which a CSV may hold as a record too: each quotes a member.
pub(super) fn explains(table: &Table, raw: &str, errors: &[RowError]) -> bool {
    const COMPARED: usize = 40;
    let Ok(members) = serde_json::from_str::<Members>(raw) else { return false };
    let row = fill(Row::new(1, None, 0..raw.len()), table, &members);
    let starts_as = |text: &str, cell: &str| text.chars().take(COMPARED).eq(cell.chars().take(COMPARED));
    errors.iter().all(|error| {
        match error.code {
            Code::MissingCell => return false,
            // Only a member has a name.
            Code::ExtraCell => return error.field.is_some(),
            Code::TypeError
            | Code::ConstraintError
            | Code::UniqueError
            | Code::PrimaryKey
            | Code::ForeignKey
            | Code::EncodingError
            | Code::FormatError => {}
        }
        let (Some(field), Some(cell)) = (&error.field, &error.cell) else { return true };
        let Some(member) = members.0.iter().find(|member| member.name == *field) else { return false };
        // An error of a key quotes its value.
        let value = table.field(field).map(|i| row.values[i].text());
        starts_as(member.value.get(), cell) || value.is_some_and(|value| starts_as(&value, cell))
    })
}

/// The elements of an array, unread; at most one more than a batch may have.
struct Elements;

impl<'de> Visitor<'de> for Elements {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = array.next_element()? {
            if elements.len() <= MAX_ROWS {
                elements.push(element);
            }
        }
        Ok(elements)
    }
}

/// More members than any table has columns, and few enough that a body of such objects costs little memory.
const MOST_MEMBERS: usize = 8192;

/// The names of an object's members and their JSON texts; `None` where it is no object with each member once.
pub(crate) fn members(object: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    let members: Members = serde_json::from_str(object).ok()?;
    Some(members.0.into_iter().map(|member| (member.name, member.value.get())).collect())
}

/// The members of an object, each name once.
struct Members<'de>(Vec<Member<'de>>);

struct Member<'de> {
    name: Cow<'de, str>,
    value: &'de RawValue,
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members: Vec<Member> = Vec::with_capacity(8);
                let mut names = HashSet::with_hasher(foldhash::fast::RandomState::default());
                while let Some((Name(name), value)) = map.next_entry()? {
                    if !names.insert(name.clone()) {
                        return Err(A::Error::custom(format!(
                            "the member `{}` is repeated",
                            shortened(&name)
                        )));
                    }
                    if members.len() == MOST_MEMBERS {
                        return Err(A::Error::custom(format!("it has more than {MOST_MEMBERS} members")));
                    }
                    members.push(Member { name, value });
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// A member's name, borrowed unless it is escaped.
struct Name<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Text).map(Name)
    }
}
