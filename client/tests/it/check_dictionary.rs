//! `check-dictionary`: what a start with another data dictionary would do.

use serde_json::{Value, json};

use crate::fixture::Fixture;

/// The words of [`Fixture::words`], with more fields and constraints of `count`.
fn words(more: &[Value], count: &Value) -> Value {
    let mut fields = vec![
        json!({ "name": "word", "type": "string" }),
        json!({ "name": "note", "type": "string" }),
        json!({ "name": "count", "type": "integer", "constraints": count }),
    ];
    fields.extend_from_slice(more);
    json!({ "fields": fields, "primaryKey": "word", "missingValues": [""] })
}

/// A package whose schema is in another file.
fn package(fixture: &Fixture, schema: &Value) -> String {
    fixture.file("words.schema.json", &schema.to_string());
    let resource = json!({
        "name": "words", "path": "words.csv", "dialect": { "header": false }, "schema": "words.schema.json",
    });
    let file = fixture.file("next.json", &json!({ "resources": [resource] }).to_string());
    file.to_str().unwrap().to_owned()
}

#[test]
fn a_wider_dictionary_would_start_and_the_changes_are_shown() {
    let fixture = Fixture::words();
    let file = fixture.file("words.csv", "a,b,x\n");
    fixture.send("words", &file, 3);
    let wider = package(&fixture, &words(&[json!({ "name": "more", "type": "date" })], &json!({})));
    assert_eq!(
        fixture.client(&["check-dictionary", &wider]).expect(0),
        "the server would start, and make 1 change\n\
         applied: words: the column `more` is added\n\
         rejects: words: 0 of 1 open rejects would be stored\n"
    );
}

#[test]
fn a_narrower_dictionary_would_be_refused_with_the_rows_and_the_sql() {
    let fixture = Fixture::words();
    fixture.post_json("words", &json!([{ "word": "a" }, { "word": "b", "count": 1 }]));
    let narrower = package(&fixture, &words(&[], &json!({ "required": true })));
    let out = fixture.client(&["check-dictionary", &narrower]).expect(2);
    let difference =
        "the column `count` has required false, but needs true (stored rows that violate it: 1, such as a)";
    assert!(out.contains(&format!("refused: words: {difference}\n")), "{out}");
    assert!(out.contains("  SQL is shown once no stored row violates a difference: "), "{out}");
    assert!(!out.contains("  SQL: "), "{out}");
    let json = fixture.client(&["--json", "check-dictionary", &narrower]).expect(2);
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["starts"], false);
    fixture.sql("UPDATE words SET count = 2 WHERE word = 'a'");
    let out = fixture.client(&["check-dictionary", &narrower]).expect(2);
    assert!(out.contains("  SQL: BEGIN IMMEDIATE;\n"), "{out}");
}

#[test]
fn a_faulty_dictionary_is_refused_with_all_reasons() {
    let fixture = Fixture::words();
    let wrong = ["one", "two"].map(|name| json!({ "name": name, "type": "wrong" }));
    let ran = fixture.client(&["check-dictionary", &package(&fixture, &words(&wrong, &json!({})))]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("field `one`") && ran.err.contains("field `two`"), "{ran:?}");
    // Only the API knows the names of its reports.
    let report =
        json!({ "resources": [{ "name": "req1", "path": "a.csv", "schema": words(&[], &json!({})) }] });
    let file = fixture.file("report.json", &report.to_string());
    let ran = fixture.client(&["check-dictionary", file.to_str().unwrap()]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("which is the name of a report"), "{ran:?}");
}
