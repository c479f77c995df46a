//! Rows that are corrected in a CSV come back as they were, but for what was corrected.

use dictionary::decode::{self, Correction, Loss, MARKED, Rejected, Row, Start, UTF_8, mark, unmark};
use dictionary::{Code, Dictionary, Table, judge};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::files::soup;
use crate::{known, packages};

proptest! {
    #![proptest_config(super::cases(1000))]

    #[test]
    fn an_object_that_is_given_as_cells_comes_back_from_a_csv(
        members in members(), missing in missing(), delimiter in delimiter(), as_lines in any::<bool>()
    ) {
        let table = packages::last(&things(&missing, delimiter));
        let object = Value::from(members).to_string();
        let (body, rows) = if as_lines {
            (object.clone(), decode::ndjson(object.as_bytes(), &table, Start::default()).unwrap())
        } else {
            let body = format!("[{object}]");
            let rows = decode::json(body.as_bytes(), &table, Start::default()).unwrap();
            (body, rows)
        };
        check(&table, &rows[0], &body[rows[0].raw.clone()])?;
    }

    #[test]
    fn a_record_that_is_given_as_cells_comes_back_from_a_csv(body in soup(), missing in missing()) {
        let table = packages::last(&things(&missing, b','));
        let columns = Some(decode::Columns::in_order(&table));
        let Ok((rows, _)) = decode::csv(&body, &table, columns, Start::default()) else { return Ok(()) };
        for row in &rows {
            if let Ok(raw) = std::str::from_utf8(&body[row.raw.clone()]) {
                check(&table, row, raw)?;
            }
        }
    }

    #[test]
    fn any_cells_come_back_from_a_spreadsheet(rows in vec(vec(cell(), 3), 1..10), delimiter in delimiter()) {
        let table = packages::last(&things(&[], delimiter));
        let marked: Vec<Vec<_>> =
            rows.iter().map(|row| row.iter().map(|cell| mark(cell).into_owned()).collect()).collect();
        for (cell, marked) in rows.iter().flatten().zip(marked.iter().flatten()) {
            prop_assert_eq!(&*unmark(marked), cell);
            prop_assert!(runs_nothing(marked), "{:?} is marked as {:?}", cell, marked);
        }
        let header = ["text", "other", "third", MARKED];
        let rows_marked = marked.iter().map(|row| [row.as_slice(), &[String::new()]].concat());
        let body = written(delimiter, &header, rows_marked);
        let (read, columns) = decode::csv(&body, &table, None, Start::default()).unwrap();
        for (row, cells) in read.iter().zip(&rows) {
            let texts = ["text", "other", "third"].map(|name| row.values[table.field(name).unwrap()].text());
            prop_assert_eq!(&texts.to_vec(), cells);
            // As the log gives them out again.
            let raw = std::str::from_utf8(&body[row.raw.clone()]).unwrap();
            let columns = columns.names(&table);
            let columns = columns.as_deref();
            let rejected = Rejected { raw, encoding: UTF_8, columns, line: Some(2), errors: &[] };
            let given = decode::correction(&table, &rejected).cells;
            prop_assert_eq!(&[0, 1, 2].map(|i| given[i].clone()).to_vec(), cells);
        }
        prop_assert_eq!(read.len(), rows.len());
    }
}

/// If a rejected row is given as cells, a CSV of them is the same row; if it is not, it would be another one.
fn check(table: &Table, row: &Row, raw: &str) -> Result<(), TestCaseError> {
    let rows = [row.clone()];
    let verdict = judge(table, &rows, &mut known::taken(table, &rows));
    let Some((reject, _)) = verdict.rejected.first() else { return Ok(()) };
    let rejected = Rejected { raw, encoding: UTF_8, columns: None, line: row.line, errors: &reject.errors };
    let Correction { cells, loss } = decode::correction(table, &rejected);
    prop_assert_eq!(cells.len(), table.fields.len());
    if let Some(Loss::Code(code)) = loss {
        let lost = [Code::ExtraCell, Code::FormatError, Code::EncodingError, Code::MissingCell];
        prop_assert!(lost.contains(&code) && reject.errors.iter().any(|error| error.code == code));
        return Ok(());
    }
    let header: Vec<_> = table.fields.iter().map(|field| field.name.as_str()).collect();
    let body = written(table.delimiter, &header, [cells]);
    let (back, _) = decode::csv(&body, table, None, Start::default()).unwrap();
    prop_assert_eq!(back.len(), 1);
    let same = row.values == back[0].values && errors(row) == errors(&back[0]);
    prop_assert_eq!(loss.is_none(), same, "{:?}: {:?} and {:?}", loss, row, back[0]);
    Ok(())
}

/// Field, code and constraint of each error.
fn errors(row: &Row) -> Vec<(usize, Code, Option<&str>)> {
    let kind = |(field, error): &(usize, dictionary::RowError)| (*field, error.code);
    let errors = row.errors.iter().map(|error| (kind(error), error.1.constraint.as_deref()));
    let mut errors: Vec<_> = errors
        .map(|((field, code), constraint)| {
            let is_missing = code == Code::MissingCell;
            if is_missing {
                (field, Code::ConstraintError, Some("required"))
            } else {
                (field, code, constraint)
            }
        })
        .collect();
    errors.sort_by_key(|(field, ..)| *field);
    errors
}

fn written(delimiter: u8, header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    writer.write_record(header).unwrap();
    rows.into_iter().for_each(|row| writer.write_record(row).unwrap());
    writer.into_inner().unwrap()
}

/// Whether no part of a cell is a formula, wherever a spreadsheet splits it.
fn runs_nothing(cell: &str) -> bool {
    let formula = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    let is_number = !cell.is_empty()
        && cell.bytes().all(|b| b"+-.eE0123456789".contains(&b))
        && cell.parse::<f64>().is_ok();
    let parts = || cell.split([',', ';', '\t', '\r', '\n', '"', '|']);
    is_number || !cell.starts_with(['\t', '\r', '\n']) && !parts().any(|part| part.starts_with(formula))
}

/// A table with a field of each type. All are optional but the key.
fn things(missing: &[&str], delimiter: u8) -> Dictionary {
    let field = |(name, ty): (&str, &str)| json!({ "name": name, "type": ty });
    let fields = [
        ("text", "string"),
        ("other", "string"),
        ("third", "string"),
        ("integer", "integer"),
        ("number", "number"),
        ("boolean", "boolean"),
        ("date", "date"),
        ("datetime", "datetime"),
    ];
    let schema = json!({ "fields": fields.map(field), "primaryKey": "text", "missingValues": missing });
    let dialect = json!({ "delimiter": char::from(delimiter).to_string() });
    let resource = json!({ "name": "things", "path": "things.csv", "dialect": dialect, "schema": schema });
    Dictionary::parse(json!({ "resources": [resource] }).to_string().as_bytes()).unwrap()
}

fn missing() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::select(vec![vec![""], vec![], vec!["", "NA", "-"], vec!["NA"], vec!["null", "[]", "1"]])
}

fn delimiter() -> impl Strategy<Value = u8> {
    prop::sample::select(vec![b',', b';', b'\t', b'|'])
}

/// Members of an object of that table, each of any JSON, and perhaps one that is no field.
fn members() -> impl Strategy<Value = Map<String, Value>> {
    let names = ["text", "other", "integer", "number", "boolean", "date", "datetime", "unknown"];
    let likely = [6, 3, 3, 3, 3, 3, 3, 1];
    let members = std::array::from_fn::<_, 8, _>(|i| option::weighted(f64::from(likely[i]) / 7.0, value()));
    members.prop_map(move |values| {
        let members = names.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?)));
        members.collect()
    })
}

fn value() -> impl Strategy<Value = Value> {
    let texts = [
        "",
        "NA",
        "-",
        "1",
        "1.5",
        "true",
        "null",
        "[]",
        "2021-01-01",
        "2021-01-01T00:00:00Z",
        "a\0",
        "\u{feff}",
    ];
    let leaf = prop_oneof![
        4 => prop::sample::select(texts.to_vec()).prop_map(Value::from),
        2 => cell().prop_map(Value::from),
        2 => any::<i64>().prop_map(Value::from),
        2 => (-3_i64..3).prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        2 => any::<bool>().prop_map(Value::from),
        2 => Just(Value::Null),
    ];
    let array = vec(leaf.clone(), 0..3).prop_map(Value::from);
    prop_oneof![9 => leaf, 1 => array, 1 => Just(json!({})), 1 => Just(json!({ "text": "x" }))]
}

/// Any text, often of what spreadsheets and CSV take for something else.
fn cell() -> impl Strategy<Value = String> {
    let text =
        prop_oneof![4 => "[-=+@'\",;|\t\r\n a1.e＝]{0,9}", 1 => any::<String>(), 1 => "[-+]?[0-9]{1,3}"];
    text.prop_map(|text| text.replace('\0', "\u{1}"))
}
