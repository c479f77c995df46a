//! Limits: the rows of a batch, the length of a cell, the errors of a row and of a batch.

use std::sync::Arc;

use dictionary::decode::{self, BodyError, Columns, Row, Start};
use dictionary::{Code, Dictionary, ExistingKeys, MAX_ERRORS, RowError, Table, judge};
use serde_json::json;

use crate::packages::{self, jobs};

type Rows = Result<Vec<Row>, BodyError>;

/// Jobs as CSV, NDJSON and JSON, each decoded.
fn in_every_format(rows: std::ops::RangeInclusive<u64>) -> [Rows; 3] {
    let object = |row| format!("{{\"job_id\":{row},\"job_name\":\"Job {row}\"}}");
    let csv: String = rows.clone().map(|row| format!("{row},Job {row}\n")).collect();
    let ndjson: String = rows.clone().map(|row| object(row) + "\n").collect();
    let json = format!("[{}]", rows.map(object).collect::<Vec<_>>().join(","));
    let (table, start) = (jobs(), Start::default());
    [
        csv_rows(csv.as_bytes(), &table),
        decode::ndjson(ndjson.as_bytes(), &table, start),
        decode::json(json.as_bytes(), &table, start),
    ]
}

fn csv_rows(body: &[u8], table: &Table) -> Rows {
    decode::csv(body, table, Some(Columns::in_order(table)), Start::default()).map(|(rows, _)| rows)
}

#[test]
fn a_batch_of_1000_rows_is_read() {
    for rows in in_every_format(1..=1000) {
        let rows = rows.unwrap();
        assert_eq!((rows.len(), rows[999].number), (1000, 1000));
        assert_eq!(judge(&jobs(), &rows, &mut ExistingKeys::default()).accepted.len(), 1000);
    }
}

#[test]
fn a_batch_of_1001_rows_is_refused_whole() {
    for rows in in_every_format(1..=1001) {
        assert_eq!(rows.unwrap_err(), BodyError::TooManyRows);
    }
}

#[test]
fn lines_that_are_no_rows_do_not_count() {
    let blank = "\n".repeat(5000);
    let csv: String = (1..=1000).map(|row| format!("{row},Job\r\n\r\n")).collect();
    assert_eq!(csv_rows((blank.clone() + &csv + &blank).as_bytes(), &jobs()).unwrap().len(), 1000);
    let types = packages::last(&packages::types());
    let with_header = format!("code\n{}", (1..=1000).map(|row| format!("{row}\n")).collect::<String>());
    let (rows, _) = decode::csv(with_header.as_bytes(), &types, None, Start::default()).unwrap();
    assert_eq!(rows.len(), 1000);
}

#[test]
fn rows_that_cannot_be_read_do_count() {
    let open = "1,\"open\n".to_owned() + &"x\n".repeat(1000);
    assert_eq!(csv_rows(open.as_bytes(), &jobs()).unwrap_err(), BodyError::TooManyRows);
    let broken = "{\n".repeat(1001);
    let refused = decode::ndjson(broken.as_bytes(), &jobs(), Start::default()).unwrap_err();
    assert_eq!(refused, BodyError::TooManyRows);
}

#[test]
fn a_huge_cell_is_shown_cut_and_kept_whole() {
    let huge = "é".repeat(2_500_000);
    let cut = format!("{}... (2500000 characters)", "é".repeat(200));
    let csv = format!("1,{huge}\r\n2,Job\r\n");
    let json = format!("[{{\"job_id\":1,\"job_name\":\"{huge}\"}},{{\"job_id\":2,\"job_name\":\"Job\"}}]");
    let json_rows = decode::json(json.as_bytes(), &jobs(), Start::default()).unwrap();
    for (body, rows) in [(&csv, csv_rows(csv.as_bytes(), &jobs()).unwrap()), (&json, json_rows)] {
        let verdict = judge(&jobs(), &rows, &mut ExistingKeys::default());
        let (reject, raw) = &verdict.rejected[0];
        let error = &reject.errors[0];
        assert_eq!((error.code, error.constraint.as_deref()), (Code::ConstraintError, Some("maxLength")));
        assert!(body[raw.clone()].contains(&huge));
        assert_eq!(verdict.accepted.len(), 1);
        let cell = error.cell.as_deref().unwrap().trim_start_matches('"');
        assert_eq!(cell.chars().take(199).collect::<String>(), "é".repeat(199));
        assert!(error.to_string().len() < 1000 && cell.len() < 500);
        assert!(cell == cut || cell.ends_with("... (2500002 characters)"), "{cell}");
    }
}

#[test]
fn a_row_of_very_many_cells_or_members_is_one_reject() {
    let csv = format!("{}\n2,Job\n", ",".repeat(3_000_000));
    let rows = csv_rows(csv.as_bytes(), &jobs()).unwrap();
    let verdict = judge(&jobs(), &rows, &mut ExistingKeys::default());
    let errors = &verdict.rejected[0].0.errors;
    let (last, count) = (errors.last().unwrap(), "the record has 3000001 cells, but 2 are expected");
    assert_eq!(
        (last.code, last.to_string(), last.cell.as_deref()),
        (Code::ExtraCell, count.to_owned(), Some(""))
    );
    assert_eq!(verdict.accepted.len(), 1);
    let members: String = (0..500_000).map(|n| format!("\"m{n}\":0,")).collect();
    let json = format!("[{{{members}\"job_id\":1}},{{\"job_id\":2,\"job_name\":\"Job\"}}]");
    let rows = decode::json(json.as_bytes(), &jobs(), Start::default()).unwrap();
    let verdict = judge(&jobs(), &rows, &mut ExistingKeys::default());
    let error = &verdict.rejected[0].0.errors[0];
    assert_eq!(error.code, Code::FormatError);
    assert!(error.to_string().contains("it has more than 8192 members"), "{error}");
    assert_eq!(verdict.accepted.len(), 1);
}

#[test]
fn a_huge_cell_without_a_longest_length_is_accepted() {
    let table = packages::last(&packages::types());
    let site = format!("https://example.com/{}", "x".repeat(5_000_000));
    let body = format!("code;site\na;{site}\n");
    let (rows, _) = decode::csv(body.as_bytes(), &table, None, Start::default()).unwrap();
    assert!(rows[0].errors.is_empty());
    assert_eq!(rows[0].values[table.field("site").unwrap()].text(), site);
}

/// A table of so many integer fields that are required.
fn wide(fields: usize) -> Arc<Table> {
    let fields: Vec<_> = (0..fields)
        .map(|n| json!({ "name": format!("f{n}"), "type": "integer", "constraints": { "required": true } }))
        .collect();
    let schema = json!({ "fields": fields, "primaryKey": "f0" });
    let package = json!({ "resources": [{
        "name": "wide", "path": "wide.csv", "schema": schema, "dialect": { "header": false }
    }] });
    packages::last(&Dictionary::parse(package.to_string().as_bytes()).unwrap())
}

/// All errors of a verdict as an answer shows them, in bytes.
fn errors(table: &Table, rows: &[Row]) -> (Vec<Vec<RowError>>, usize) {
    let verdict = judge(table, rows, &mut ExistingKeys::default());
    let errors: Vec<_> = verdict.rejected.into_iter().map(|(reject, _)| reject.errors).collect();
    let bytes = serde_json::to_string(&errors).unwrap().len();
    (errors, bytes)
}

#[test]
fn a_row_lists_32_errors_and_says_how_many_more_it_has() {
    let table = wide(200);
    let csv = vec!["x"; 200].join(",");
    let json = format!("[{{{}}}]", (0..200).map(|n| format!("\"f{n}\":\"x\"")).collect::<Vec<_>>().join(","));
    let absent = decode::json(b"[{}]", &table, Start::default()).unwrap();
    let json = decode::json(json.as_bytes(), &table, Start::default()).unwrap();
    for rows in [csv_rows(csv.as_bytes(), &table).unwrap(), json, absent] {
        let (errors, _) = errors(&table, &rows);
        assert_eq!(errors[0].len(), MAX_ERRORS + 1);
        let last = errors[0].last().unwrap();
        assert!(last.to_string().starts_with("168 more errors of this row are not listed"), "{last}");
        assert_eq!(last.field, None);
    }
}

#[test]
fn the_errors_of_a_batch_take_no_more_than_three_mebibytes() {
    let table = wide(200);
    // Characters that JSON writes with six.
    let cell = "\u{1}".repeat(190);
    let long = vec![cell.as_str(); 40].join(",") + "\n";
    for line in [vec!["x"; 200].join(",") + "\n", long, "x\n".to_owned(), "x,x\n".to_owned()] {
        let rows = csv_rows(line.repeat(1000).as_bytes(), &table).unwrap();
        let (errors, bytes) = errors(&table, &rows);
        assert_eq!(errors.len(), 1000);
        assert!(errors.iter().all(|errors| !errors.is_empty()));
        assert!(bytes < 3 << 20, "{bytes} bytes for {:?}", &line[..10.min(line.len())]);
        let in_memory: usize = rows.iter().map(Row::errors_size).sum();
        assert!(in_memory < 3 << 20, "{in_memory} bytes in memory");
    }
}

#[test]
fn a_record_that_lacks_many_cells_says_so_once() {
    let rows = csv_rows(b"x\n1,2\n", &wide(200)).unwrap();
    let (errors, _) = errors(&wide(200), &rows);
    let messages = |row: usize| errors[row].iter().map(RowError::to_string).collect::<Vec<_>>();
    assert_eq!(
        messages(0),
        [
            "field `f0`: expected an integer within 64 bits, got \"x\"",
            "the record has 1 cell, but 200 are expected"
        ]
    );
    assert_eq!(messages(1), ["the record has 2 cells, but 200 are expected"]);
    assert!(errors.iter().all(|errors| errors.last().unwrap().code == Code::MissingCell));
}

#[test]
fn an_error_about_the_row_is_listed_however_many_cells_are_wrong() {
    let table = wide(40);
    let wrong = vec!["x"; 40].join(",");
    let short = vec!["x"; 35].join(",");
    for (line, code) in [(wrong + ",extra\n", Code::ExtraCell), (short + "\n", Code::MissingCell)] {
        // Of the last rows one error is kept.
        let rows = csv_rows(line.repeat(1000).as_bytes(), &table).unwrap();
        let (errors, _) = errors(&table, &rows);
        for row in [0, 999] {
            assert!(
                errors[row].iter().any(|error| error.code == code),
                "row {row}: {:?}",
                errors[row].last()
            );
        }
    }
}
