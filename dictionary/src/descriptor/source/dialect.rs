//! The dialect of a resource: Table Dialect of Data Package 2.0, CSV Dialect of 1.0.

use serde_json::Value;

use super::super::error::{Refusals, Result};
use super::super::object::Object;
use crate::source::{Dialect, Sheet};

/// Where some programs put the properties of a format.
const NESTED: [&str; 3] = ["csv", "json", "excel"];

/// Words for delimiters.
const WORDS: [(&str, char); 8] = [
    ("\\t", '\t'),
    ("tab", '\t'),
    ("comma", ','),
    ("semicolon", ';'),
    ("pipe", '|'),
    ("colon", ':'),
    ("space", ' '),
    ("\\x1f", '\x1f'),
];

pub(super) fn read(resource: &Object) -> Result<Dialect> {
    let mut dialect = Dialect::default();
    let Some(object) = resource.object_or_null("dialect")? else { return Ok(dialect) };
    let mut refusals = Refusals::default();
    read_into(&mut dialect, &object, &mut refusals);
    for nested in NESTED {
        if let Some(nested) = refusals.take(object.object_or_null(nested)).flatten() {
            read_into(&mut dialect, &nested, &mut refusals);
        }
    }
    refusals.end()?;
    Ok(dialect)
}

fn read_into(dialect: &mut Dialect, object: &Object, refusals: &mut Refusals) {
    if object.given("table").is_some() {
        refusals.add(
            object.at_place("`dialect.table` names a table of a database, which is not read; save it as CSV"),
        );
    }
    if object.given("delimiter").is_some() {
        dialect.delimiter = refusals.take(read_delimiter(object)).or(dialect.delimiter);
    }
    let mut character = |value: &mut Option<char>, property| {
        if object.get(property).is_some() {
            *value = refusals.take(one_character(object, property)).flatten();
        }
    };
    character(&mut dialect.quote, "quoteChar");
    character(&mut dialect.escape, "escapeChar");
    let mut set = |value: &mut bool, property| {
        *value = refusals.take(object.boolean(property)).flatten().unwrap_or(*value);
    };
    set(&mut dialect.double_quote, "doubleQuote");
    set(&mut dialect.skip_initial_space, "skipInitialSpace");
    set(&mut dialect.header, "header");
    set(&mut dialect.case_sensitive_header, "caseSensitiveHeader");
    let mut text = |property| refusals.take(object.string_or_null(property)).flatten().map(str::to_owned);
    if let Some(null) = text("nullSequence") {
        dialect.null_sequence = Some(null);
    }
    if let Some(comment) = text("commentChar").filter(|comment| !comment.is_empty()) {
        dialect.comment = Some(comment);
    }
    if let Some(join) = text("headerJoin") {
        dialect.header_join = join;
    }
    let mut rows = |property| refusals.take(row_numbers(object, property)).flatten();
    if let Some(rows) = rows("commentRows") {
        dialect.comment_rows = rows;
    }
    match rows("headerRows") {
        Some(rows) if rows.is_empty() => dialect.header = false,
        Some(rows) => dialect.header_rows = rows,
        None => {}
    }
    read_items(dialect, object, refusals);
}

/// The properties of JSON files and workbooks.
fn read_items(dialect: &mut Dialect, object: &Object, refusals: &mut Refusals) {
    let property = refusals.take(object.string_or_null("property")).flatten();
    if let Some(property) = property.filter(|property| !property.is_empty()) {
        dialect.property = property.split('.').map(str::to_owned).collect();
    }
    if let Some(kind) = refusals.take(object.string_or_null("itemType")).flatten()
        && !["object", "array"].contains(&kind)
    {
        refusals
            .add(object.at_place(&format!("`dialect.itemType` is \"{kind}\", but must be object or array")));
    }
    for property in ["itemKeys", "keys"] {
        if let Some(Value::Array(keys)) = object.given(property) {
            let keys: Option<Vec<_>> = keys.iter().map(|key| key.as_str().map(str::to_owned)).collect();
            if keys.is_none() {
                refusals.add(object.at_place(&format!("`dialect.{property}` must be an array of strings")));
            }
            dialect.item_keys = keys;
        }
    }
    for property in ["sheetNumber", "sheetName", "sheet"] {
        if let Some(value) = object.given(property) {
            dialect.sheet = refusals.take(sheet(object, property, value));
        }
    }
}

fn sheet(object: &Object, property: &str, value: &Value) -> Result<Sheet> {
    match (value.as_u64(), value.as_str()) {
        (Some(number @ 1..), _) => Ok(Sheet::Number(number)),
        (None, Some(name)) => Ok(Sheet::Name(name.to_owned())),
        _ => object.refuse(&format!(
            "`dialect.{property}` is {value}, but must be the name of a sheet, or its number from 1"
        )),
    }
}

fn read_delimiter(object: &Object) -> Result<char> {
    let text = object.string("delimiter")?.unwrap_or(",");
    let word =
        WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, delimiter)| *delimiter);
    let mut characters = text.chars();
    match (word, characters.next(), characters.next()) {
        (Some(delimiter), ..) => Ok(delimiter),
        (None, Some(delimiter), None) if !['\r', '\n', '\0'].contains(&delimiter) => Ok(delimiter),
        _ => object.refuse(&format!(
            "`dialect.delimiter` is {text:?}, but must be one character, such as , ; | or a tab"
        )),
    }
}

/// A character, or none where the property is null or empty.
fn one_character(object: &Object, property: &str) -> Result<Option<char>> {
    let text = object.string_or_null(property)?.unwrap_or_default();
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (None, _) => Ok(None),
        (Some(one), None) if !['\r', '\n', '\0'].contains(&one) => Ok(Some(one)),
        // As a backslash is written in languages where it escapes itself.
        (Some('\\'), Some('\\')) if text.len() == 2 => Ok(Some('\\')),
        _ => object.refuse(&format!("`dialect.{property}` is {text:?}, but must be one character")),
    }
}

/// Ascending, each once.
fn row_numbers(object: &Object, property: &str) -> Result<Option<Vec<u64>>> {
    let Some(value) = object.given(property) else { return Ok(None) };
    let numbers = value.as_array().map(Vec::as_slice).unwrap_or(std::slice::from_ref(value));
    let numbers: Option<Vec<u64>> = numbers.iter().map(|n| n.as_u64().filter(|n| *n > 0)).collect();
    let Some(mut numbers) = numbers else {
        return object
            .refuse(&format!("`dialect.{property}` is {value}, but must be an array of row numbers from 1"));
    };
    numbers.sort_unstable();
    numbers.dedup();
    Ok(Some(numbers))
}
