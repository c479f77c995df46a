//! Decoding never panics and never loses a record.

use dictionary::decode::{self, BodyError, Columns, Row, Start};
use dictionary::{ExistingKeys, Table, judge};
use proptest::collection::vec;
use proptest::prelude::*;

use super::files::{soup, unquoted_soup};
use crate::packages;
use crate::raw_cells::raw_cells;

proptest! {
    #![proptest_config(super::cases(400))]

    #[test]
    fn any_bytes_are_decoded_or_refused(body in vec(any::<u8>(), 0..400)) {
        let table = packages::jobs();
        let _ = decode::json(&body, &table, Start::default());
        let _ = decode::ndjson(&body, &table, Start::default());
        let _ = decode::csv(&body, &table, None, Start::default());
        judged_once(&table, &csv(&body, &table))?;
    }

    #[test]
    fn csv_leaves_out_nothing_but_line_ends(body in soup()) {
        let table = packages::jobs();
        let rows = csv(&body, &table);
        nothing_between(&rows, &body, |b| matches!(b, b'\r' | b'\n'))?;
        judged_once(&table, &rows)?;
    }

    #[test]
    fn a_row_has_a_cell_for_each_field_to_correct(body in soup()) {
        let table = packages::jobs();
        for row in csv(&body, &table) {
            let raw = String::from_utf8_lossy(&body[row.raw]);
            prop_assert_eq!(raw_cells(&table, &raw, None).len(), table.fields.len());
        }
    }

    #[test]
    fn without_quotes_each_line_is_a_record_or_blank(body in unquoted_soup()) {
        let expected = lines(&body, |line| line.iter().all(|b| *b == b'\r'));
        prop_assert_eq!(numbers(&csv(&body, &packages::jobs())), expected);
    }

    #[test]
    fn each_line_of_ndjson_is_a_row_or_blank(body in soup()) {
        let table = packages::jobs();
        let rows = counted(decode::ndjson(&body, &table, Start::default()));
        prop_assert_eq!(numbers(&rows), lines(&body, |line| line.trim_ascii().is_empty()));
        nothing_between(&rows, &body, |b| b.is_ascii_whitespace())?;
        judged_once(&table, &rows)?;
    }

    #[test]
    fn each_element_of_an_array_is_a_row(elements in vec(element(), 1..30)) {
        let body = format!(" [ {} ] ", elements.join(" , "));
        let table = packages::jobs();
        let rows = decode::json(body.as_bytes(), &table, Start { row: 8, line: 1 }).unwrap();
        let raws: Vec<_> = rows.iter().map(|row| &body[row.raw.clone()]).collect();
        prop_assert_eq!(raws, elements);
        prop_assert!(rows.iter().map(|row| row.number).eq(8..8 + rows.len() as u64));
        judged_once(&table, &rows)?;
    }

    #[test]
    fn a_body_that_starts_further_on_counts_from_there(
        body in soup(), row in 1..1_u64 << 40, line in 1..1_u64 << 40
    ) {
        let table = packages::jobs();
        let further = counted(decode_csv(&body, &table, Start { row, line }));
        for (a, b) in csv(&body, &table).iter().zip(further) {
            prop_assert_eq!((a.number + row - 1, a.line.map(|l| l + line - 1)), (b.number, b.line));
        }
    }
}

/// A JSON value on one line, a job now and then.
fn element() -> impl Strategy<Value = String> {
    prop_oneof![
        (any::<i32>(), ".{0,5}")
            .prop_map(|(id, name)| { serde_json::json!({ "job_id": id, "job_name": name }).to_string() }),
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        Just("{\"job_id\": 1, \"job_id\": 2}".to_owned()),
        Just("[[1, {}], null]".to_owned()),
        Just("-1.5e300".to_owned()),
        Just("null".to_owned()),
    ]
}

fn decode_csv(body: &[u8], table: &Table, start: Start) -> Result<Vec<Row>, BodyError> {
    decode::csv(body, table, Some(Columns::in_order(table)), start).map(|(rows, _)| rows)
}

fn csv(body: &[u8], table: &Table) -> Vec<Row> {
    counted(decode_csv(body, table, Start::default()))
}

/// The rows, none where the body is refused for having none.
fn counted(rows: Result<Vec<Row>, BodyError>) -> Vec<Row> {
    rows.unwrap_or_else(|error| {
        assert_eq!(error, BodyError::Empty);
        Vec::new()
    })
}

fn numbers(rows: &[Row]) -> Vec<(u64, u64)> {
    rows.iter().map(|row| (row.number, row.line.unwrap())).collect()
}

/// Record and line number of each line that is not blank.
fn lines(body: &[u8], blank: impl Fn(&[u8]) -> bool) -> Vec<(u64, u64)> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let lines = body.split(|b| *b == b'\n').zip(1..).filter(|(line, _)| !blank(line));
    (1..).zip(lines.map(|(_, number)| number)).collect()
}

/// Rows stand in the body one behind the other, with nothing but some bytes between them.
fn nothing_between(rows: &[Row], body: &[u8], but: impl Fn(&u8) -> bool) -> Result<(), TestCaseError> {
    let mut at = if body.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    for row in rows {
        prop_assert!(body[at..row.raw.start].iter().all(&but), "lost before row {}", row.number);
        at = row.raw.end;
    }
    prop_assert!(body[at..].iter().all(&but), "lost at the end");
    Ok(())
}

/// Each row is accepted or rejected, once, in order, and a rejected one has reasons.
fn judged_once(table: &Table, rows: &[Row]) -> Result<(), TestCaseError> {
    let verdict = judge(table, rows, &mut ExistingKeys::default());
    let accepted: Vec<_> = verdict.accepted.iter().map(|row| row.number).collect();
    let rejected: Vec<_> = verdict.rejected.iter().map(|(reject, _)| reject.row).collect();
    prop_assert!(accepted.is_sorted() && rejected.is_sorted());
    let mut all = [accepted, rejected].concat();
    all.sort_unstable();
    prop_assert!(all.into_iter().eq(rows.iter().map(|row| row.number)));
    prop_assert!(verdict.rejected.iter().all(|(reject, _)| !reject.errors.is_empty()));
    Ok(())
}
