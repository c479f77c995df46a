//! Rejected rows as cells to correct, and which of them a CSV would change.

use std::sync::Arc;

use dictionary::decode::{self, Columns, Correction, Loss, Rejected, Row, Start, UTF_8};
use dictionary::{Code, Dictionary, Reject, Table, judge};
use serde_json::{Value, json};

use crate::{known, packages};

/// A table of an integer, a string and a boolean, of which the first is the key.
fn table(missing: &Value) -> Arc<Table> {
    let field = |name: &str, ty: &str| json!({ "name": name, "type": ty });
    let fields = [field("id", "integer"), field("note", "string"), field("done", "boolean")];
    let schema = json!({ "fields": fields, "primaryKey": "id", "missingValues": missing });
    let package = json!({ "resources": [{ "name": "notes", "path": "notes.csv", "schema": schema }] });
    packages::last(&Dictionary::parse(package.to_string().as_bytes()).unwrap())
}

/// A table of one string.
fn words() -> Arc<Table> {
    let schema = json!({ "fields": [{ "name": "word", "type": "string" }], "primaryKey": "word" });
    let dialect = json!({ "header": false });
    let resource = json!({ "name": "words", "path": "words.csv", "dialect": dialect, "schema": schema });
    let package = json!({ "resources": [resource] });
    packages::last(&Dictionary::parse(package.to_string().as_bytes()).unwrap())
}

/// What is logged of the only row of a body, whose key is taken.
fn logged(table: &Table, rows: &[Row]) -> Reject {
    judge(table, rows, &mut known::taken(table, rows)).rejected.swap_remove(0).0
}

fn corrected(table: &Table, raw: &str, reject: &Reject) -> Correction {
    let Reject { line, errors, .. } = reject;
    decode::correction(table, &Rejected { raw, encoding: UTF_8, columns: None, line: *line, errors })
}

fn of_json(table: &Table, row: &Value) -> Correction {
    let body = format!("[{row}]");
    let rows = decode::json(body.as_bytes(), table, Start::default()).unwrap();
    corrected(table, &body[rows[0].raw.clone()], &logged(table, &rows))
}

#[test]
fn a_row_of_json_that_a_csv_holds_is_given_as_its_cells() {
    let table = table(&json!(["", "NA"]));
    for (row, cells) in [
        (json!({ "id": 7, "note": "a,\"b\"\n", "done": true }), ["7", "a,\"b\"\n", "true"]),
        (json!({ "id": 7, "note": null }), ["7", "", ""]),
        (json!({ "id": "x", "note": "na", "done": "maybe" }), ["x", "na", "maybe"]),
        (json!({ "id": [7], "done": 0.5 }), ["[7]", "", "0.5"]),
        (json!({ "id": null }), ["", "", ""]),
    ] {
        let expected = Correction { cells: cells.map(str::to_owned).to_vec(), loss: None };
        assert_eq!(of_json(&table, &row), expected, "{row}");
    }
}

#[test]
fn a_row_of_json_that_a_csv_would_change_is_told_with_its_kind() {
    let table = table(&json!(["", "NA"]));
    for (row, loss) in [
        (json!({ "id": 7, "note": "" }), Loss::NullText),
        (json!({ "id": 7, "note": "NA" }), Loss::NullText),
        (json!({ "id": 7, "done": "NA" }), Loss::NullText),
        (json!({ "id": "7" }), Loss::OtherType),
        (json!({ "id": 7, "done": "true" }), Loss::OtherType),
        (json!({ "id": 7, "done": 1 }), Loss::OtherType),
        (json!({ "id": 7, "note": 5 }), Loss::OtherType),
        (json!({ "id": 7, "note": [null] }), Loss::OtherType),
        (json!({ "id": 7, "note": {} }), Loss::OtherType),
        (json!({ "id": 7, "more": null }), Loss::Code(Code::ExtraCell)),
    ] {
        assert_eq!(of_json(&table, &row).loss, Some(loss), "{row}");
    }
}

#[test]
fn no_value_is_written_as_the_table_writes_it() {
    let row = json!({ "id": 7, "note": null });
    assert_eq!(of_json(&table(&json!(["NA"])), &row).cells, ["7", "NA", "NA"]);
    assert_eq!(of_json(&table(&json!(["NA"])), &row).loss, None);
    assert_eq!(of_json(&table(&json!([])), &row).loss, Some(Loss::NoNull));
    // The same of a CSV that has not all columns.
    let table = table(&json!([]));
    let (rows, columns) = decode::csv(b"note,done,id\nx,true,a\n", &table, None, Start::default()).unwrap();
    let columns = columns.names(&table);
    let Reject { line, errors, .. } = logged(&table, &rows);
    let rejected =
        Rejected { raw: "x,true,a", encoding: UTF_8, columns: columns.as_deref(), line, errors: &errors };
    let expected = ["a", "x", "true"].map(str::to_owned).to_vec();
    assert_eq!(decode::correction(&table, &rejected), Correction { cells: expected, loss: None });
    let (rows, columns) = decode::csv(b"id\na\n", &table, None, Start::default()).unwrap();
    let columns = columns.names(&table);
    let errors = &logged(&table, &rows).errors;
    let rejected = Rejected { raw: "a", encoding: UTF_8, columns: columns.as_deref(), line, errors };
    assert_eq!(decode::correction(&table, &rejected).loss, Some(Loss::NoNull));
}

#[test]
fn a_row_that_cannot_be_read_is_whole_in_the_first_cell() {
    let table = table(&json!([""]));
    let csv = |raw: &str| {
        let (rows, _) =
            decode::csv(format!("id,note,done\n{raw}").as_bytes(), &table, None, Start::default()).unwrap();
        corrected(&table, raw, &logged(&table, &rows))
    };
    let whole = |raw: &str| [raw, "", ""].map(str::to_owned).to_vec();
    let lost = |code| Some(Loss::Code(code));
    assert_eq!(csv("1,\"a"), Correction { cells: whole("1,\"a"), loss: lost(Code::FormatError) });
    assert_eq!(csv("1,a").loss, lost(Code::MissingCell));
    assert_eq!(csv("1,a,true,more").loss, lost(Code::ExtraCell));
    let base64 = Rejected { raw: "MSz/", encoding: "base64", columns: None, line: Some(1), errors: &[] };
    let expected = Correction { cells: whole("MSz/"), loss: lost(Code::EncodingError) };
    assert_eq!(decode::correction(&table, &base64), expected);
    assert_eq!(of_json(&table, &json!([1, 2])).loss, lost(Code::FormatError));
}

/// The data dictionary may have changed since the row was rejected.
#[test]
fn a_row_whose_columns_are_no_longer_fields_is_whole_in_the_first_cell() {
    let table = table(&json!([""]));
    let of = |columns| Rejected { raw: "x,1", encoding: UTF_8, columns, line: Some(2), errors: &[] };
    let cells = ["x,1", "", ""].map(str::to_owned).to_vec();
    let whole = Correction { cells, loss: Some(Loss::Code(Code::FormatError)) };
    assert_eq!(decode::correction(&table, &of(Some("size,id"))), whole);
    assert_eq!(decode::correction(&table, &of(Some("note,id"))).cells, ["1", "x", ""]);
}

/// A line may be an object and a record of CSV; the log does not say which it was.
#[test]
fn a_record_that_looks_like_an_object_stays_a_record() {
    let table = words();
    let columns = || Some(Columns::in_order(&table));
    for raw in [r#"{"word":"x"}"#, r#"{"word":null}"#, "{}", r#"{"other":1}"#] {
        let (rows, _) = decode::csv(raw.as_bytes(), &table, columns(), Start::default()).unwrap();
        let cells = vec![raw.to_owned()];
        assert_eq!(corrected(&table, raw, &logged(&table, &rows)), Correction { cells, loss: None }, "{raw}");
    }
    for (raw, cell) in [(r#"{"word": "x"}"#, "x"), (r#"{"word": "{\"word\"}"}"#, "{\"word\"}")] {
        let rows = decode::ndjson(raw.as_bytes(), &table, Start::default()).unwrap();
        let cells = vec![cell.to_owned()];
        assert_eq!(corrected(&table, raw, &logged(&table, &rows)), Correction { cells, loss: None }, "{raw}");
    }
}
