//! How a header is matched with the fields of a table.

use std::sync::Arc;

use dictionary::decode::{BodyError, Columns};
use dictionary::{Dictionary, Table};
use serde_json::{Value, json};

/// A table of the fields `id`, which is required, `country_code` with a title, and `área, total`.
fn table(schema: &Value, dialect: &Value) -> Arc<Table> {
    let mut schema = schema.clone();
    schema["primaryKey"] = json!("id");
    schema["fields"] = json!([
        { "name": "id", "type": "integer" },
        { "name": "country_code", "type": "string", "title": "Country" },
        { "name": "área, total", "type": "number" },
    ]);
    let package =
        json!({ "resources": [{ "name": "t", "path": "t.csv", "schema": schema, "dialect": dialect }] });
    Arc::clone(&Dictionary::parse(package.to_string().as_bytes()).unwrap().tables()[0])
}

fn plain() -> Arc<Table> {
    table(&json!({}), &json!({}))
}

fn matching(how: &str) -> Arc<Table> {
    table(&json!({ "fieldsMatch": how }), &json!({}))
}

/// Why a header is refused, before the part that says what the header must name, and whether it is a header at all.
fn refusal(table: &Table, header: &str) -> (String, bool) {
    match Columns::from_header(table, header.as_bytes()) {
        Err(BodyError::HeaderMismatch(mismatch)) => {
            let why = mismatch.to_string();
            (why.split("; the header must name ").next().unwrap().to_owned(), mismatch.is_header)
        }
        other => panic!("{header}: {other:?}"),
    }
}

/// The note on a header that is taken; empty if there is none.
fn note(table: &Table, header: &str) -> String {
    let columns =
        Columns::from_header(table, header.as_bytes()).unwrap_or_else(|error| panic!("{header}: {error}"));
    let names = columns.names(table);
    if let Some(names) = &names {
        assert_eq!(Columns::from_names(table, names).as_ref(), Some(&columns), "{names}");
    }
    columns.note(table).unwrap_or_default()
}

#[test]
fn a_label_is_a_name_or_a_title_in_any_order() {
    assert_eq!(note(&plain(), "id,country_code,\"área, total\""), "");
    assert_eq!(note(&plain(), "id,Country,\"área, total\""), "");
    assert_eq!(
        note(&plain(), "\"área, total\",Country,id"),
        "has its columns in another order than the schema, and is read by their names"
    );
    assert_eq!(
        note(&plain(), "id,\"área, total\""),
        "has no column for country_code, so these fields have no values"
    );
}

#[test]
fn a_refusal_names_the_label_and_the_field_that_was_wanted() {
    for (header, why) in [
        ("id,Country Code,\"área, total\"", "column 2 is `Country Code`, wanted `country_code`"),
        (
            "ID,Country Code,Area",
            "column 1 is `ID`, wanted `id`; column 2 is `Country Code`, wanted `country_code`; column 3 is `Area`, wanted \
             `área, total`",
        ),
        ("id,size", "column 2 is `size`, which is not a field of the table"),
        ("id,country_code,id", "column 3 is `id`, which occurs twice: column 1 is `id` too"),
        (
            "id,country_code,Country",
            "column 3 is `Country`, but the field `country_code` is column 2, `country_code`, already",
        ),
        ("country_code,\"área, total\"", "the required field `id` is missing"),
    ] {
        assert_eq!(refusal(&plain(), header), (why.to_owned(), true), "{header}");
    }
}

#[test]
fn a_record_of_data_is_not_taken_for_a_header() {
    for record in ["1,MX,2.5", "1,id,2.5", "", "\"id"] {
        assert!(!refusal(&plain(), record).1, "{record}");
    }
}

#[test]
fn labels_match_in_any_case_where_the_dialect_says_so() {
    let table = table(&json!({}), &json!({ "caseSensitiveHeader": false }));
    assert_eq!(note(&table, "ID,COUNTRY,\"ÁREA, Total\""), "");
    assert_eq!(refusal(&plain(), "ID,country_code").0, "column 1 is `ID`, wanted `id`");
}

#[test]
fn fields_match_says_which_columns_there_may_be() {
    let (all, fewer, more) =
        ("id,country_code,\"área, total\"", "id,Country", "x,id,\"área, total\",country_code,x");
    let (others, lacks) = (
        "has columns that are no fields of the table and are passed over: 2",
        "has no column for área, total, so these fields have no values",
    );
    let refused = "column 1 is `x`, which is not a field of the table; column 5 is `x`, which is not a field of the table";
    for (how, of_fewer, of_more) in [
        ("exact", Some(lacks), None),
        ("equal", Some(lacks), None),
        ("superset", Some(""), None),
        ("subset", Some(lacks), Some(others)),
        ("partial", Some(""), Some(others)),
    ] {
        let table = matching(how);
        assert_eq!(note(&table, all), "", "{how}");
        for (header, expected) in [(fewer, of_fewer), (more, of_more)] {
            match expected {
                Some(expected) => assert_eq!(note(&table, header), expected, "{how}"),
                None => assert_eq!(refusal(&table, header).0, refused, "{how}"),
            }
        }
    }
    assert_eq!(refusal(&matching("partial"), "x,y").0, "the required field `id` is missing");
}

#[test]
fn a_header_of_ten_thousand_columns_is_matched_in_little_time() {
    let names: Vec<String> = (0..10_000).map(|i| format!("f{i}")).collect();
    let fields: Vec<Value> = names.iter().map(|name| json!({ "name": name, "type": "integer" })).collect();
    let package = json!({ "resources": [{ "name": "t", "path": "t.csv", "schema": { "fields": fields, "primaryKey": "f0" } }] });
    let dictionary = Dictionary::parse(package.to_string().as_bytes()).unwrap();
    let mut header = names.clone();
    header.reverse();
    let started = std::time::Instant::now();
    assert!(Columns::from_header(&dictionary.tables()[0], header.join(",").as_bytes()).is_ok());
    assert!(started.elapsed() < std::time::Duration::from_secs(1), "{:?}", started.elapsed());
}
