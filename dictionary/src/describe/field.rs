//! A field of a schema, from what its column shows.

use serde_json::{Map, Value, json};

use super::candidate::Candidate;
use super::column::{Column, SENTINELS};
use super::decision::Decision;

/// Lengths of texts that fields are given: the first one that is enough.
const LENGTHS: [u64; 10] = [10, 20, 50, 100, 200, 255, 500, 1000, 2000, 5000];

/// From so many characters on, a text has no greatest length.
const LONGEST: u64 = 10_000;

/// The field of a column.
pub(super) fn field(column: &Column, name: &str, decision: &Decision, rows: u64) -> Value {
    let mut field = Map::new();
    field.insert("name".to_owned(), json!(name));
    if let Some(label) = column.label.as_ref().filter(|label| *label != name) {
        field.insert("title".to_owned(), json!(label));
    }
    field.extend(decision.properties());
    let mut constraints = Map::new();
    if is_required(column, rows) {
        constraints.insert("required".to_owned(), json!(true));
    }
    if decision.name() == "string"
        && column.cells > 0
        && let Some(length) = length(column.longest)
    {
        constraints.insert("maxLength".to_owned(), json!(length));
    }
    if !constraints.is_empty() {
        field.insert("constraints".to_owned(), constraints.into());
    }
    field.into()
}

/// Whether every row has a value.
pub(super) fn is_required(column: &Column, rows: u64) -> bool {
    rows > 0 && column.cells == rows
}

fn length(longest: u64) -> Option<u64> {
    LENGTHS.into_iter().chain([LONGEST]).find(|length| *length >= longest)
}

/// What people should know about a column: a sentence each, without any of its values besides [`SENTINELS`].
pub(super) fn remarks(column: &Column, name: &str, decision: &Decision, all: &[Candidate]) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Decision::Ambiguous(_, formats) = decision {
        let formats: Vec<_> = formats.iter().map(|format| format.words()).collect();
        remarks.push(format!(
            "column `{name}`: its cells fit {}, and none of them decides; it is a string until its field gets \
             the right `type` and `format`",
            formats.join(" and ")
        ));
    }
    for (sentinel, (count, line)) in
        SENTINELS.iter().zip(column.sentinels).filter(|(_, (count, _))| *count > 0)
    {
        let cells = if count == 1 { "cell is" } else { "cells are" };
        let otherwise = column.without_sentinels(all).map(|otherwise| otherwise.words());
        let otherwise = otherwise.filter(|otherwise| *otherwise != decision.words());
        let otherwise = otherwise.map(|words| format!(", which is then of type {words}")).unwrap_or_default();
        remarks.push(format!(
            "column `{name}`: {count} {cells} `{sentinel}`, the first one at line {line}; if that means that there is \
             no value, give the field `\"missingValues\": [\"\", \"{sentinel}\"]`{otherwise}"
        ));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_rounded_up_to_a_step() {
        for (longest, expected) in
            [(1, Some(10)), (11, Some(20)), (255, Some(255)), (256, Some(500)), (5001, Some(10_000))]
        {
            assert_eq!(length(longest), expected);
        }
        assert_eq!(length(10_001), None);
    }
}
