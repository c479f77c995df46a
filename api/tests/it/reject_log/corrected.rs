//! Rejects as CSV, which people correct and send again.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use support::{Answer, Fixture, Server};

conformance! {
    a_csv_of_rejects_has_the_columns_of_the_table_then_the_reason,
    the_cells_of_every_media_type_stand_in_their_columns,
    a_row_that_cannot_be_read_stands_whole_in_the_first_column,
    rows_that_are_corrected_in_that_csv_can_be_sent_again,
    rows_that_are_sent_again_uncorrected_are_rejected_again,
    a_json_row_that_csv_cannot_represent_is_rejected_when_it_is_sent_back,
    a_spreadsheet_csv_of_rejects_keeps_the_cells_when_it_is_sent_back,
}

/// The records of a CSV answer, the header first.
fn records(answer: &Answer) -> Vec<Vec<String>> {
    assert_eq!(answer.status, 200);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(answer.body.as_slice());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

async fn a_csv_of_rejects_has_the_columns_of_the_table_then_the_reason(server: &Server) {
    server.post_csv("employees?first_line=7", "x,\"Ada, Countess\",,1,1\n").await.expect(422);
    let reject = server.all("/rejected/employees").await[0].clone();
    let csv = server.get("/rejected/employees?format=csv").await;
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let records = records(&csv);
    let names = ["employee_id", "employee_name", "hiring_date", "department_id", "job_id"];
    let reason = ["_reject_id", "_line", "_codes", "_fields", "_reason"];
    assert_eq!(records[0], [names, reason].concat());
    let codes = "type-error constraint-error foreign-key foreign-key";
    let fields = "employee_id hiring_date department_id job_id";
    let id = reject["id"].as_str().unwrap();
    assert_eq!(records[1][..9], ["x", "Ada, Countess", "", "1", "1", id, "7", codes, fields]);
    for error in reject["errors"].as_array().unwrap() {
        assert!(records[1][9].contains(error["message"].as_str().unwrap()));
    }
}

async fn the_cells_of_every_media_type_stand_in_their_columns(server: &Server) {
    let swapped = "department_name,department_id\r\n\"A, \"\"a\"\"\",x\r\n";
    server.post("departments", "text/csv; header=present", swapped).await.expect(422);
    server.post_csv("departments", "y\n").await.expect(422);
    let object = r#"{"department_name":"caf\u00e9","department_id":1.0}"#;
    server.post("departments", "application/json", format!("[{object}]")).await.expect(422);
    server.post("departments", "application/x-ndjson", format!("  {object}\n")).await.expect(422);
    server.post_json("departments", json!([{ "department_id": null }])).await.expect(422);
    let records = records(&server.get("/rejected/departments?format=csv").await);
    let cells: Vec<_> = records[1..].iter().map(|record| &record[..2]).collect();
    assert_eq!(cells, [["x", "A, \"a\""], ["y", ""], ["1.0", "café"], ["1.0", "café"], ["", ""]]);
}

async fn a_row_that_cannot_be_read_stands_whole_in_the_first_column(server: &Server) {
    server.post_csv("departments", "1,\"open\n").await.expect(422);
    server.post_csv("departments", b"1,\xff\n".to_vec()).await.expect(422);
    let records = records(&server.get("/rejected/departments?format=csv").await);
    let cells: Vec<_> = records[1..].iter().map(|record| &record[..2]).collect();
    let base64 = BASE64_STANDARD.encode(b"1,\xff");
    assert_eq!(cells, [["1,\"open", ""], [&base64, ""]]);
}

async fn rows_that_are_corrected_in_that_csv_can_be_sent_again(server: &Server) {
    server.post_csv("departments", "x,\"A\nB\"\n1O,C\n").await.expect(422);
    let rejects = records(&server.get("/rejected/departments?format=csv").await);
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in rejects {
        let id = record[0].replace('x', "9").replace('O', "0");
        writer.write_record([&id, &record[1]]).unwrap();
    }
    let corrected = writer.into_inner().unwrap();
    server.post("departments", "text/csv; header=present", corrected).await.expect(201);
    let rows = server.get("/view/departments?format=csv").await;
    assert_eq!(rows.text(), "department_id,department_name\r\n9,\"A\nB\"\r\n10,C\r\n");
}

async fn rows_that_are_sent_again_uncorrected_are_rejected_again(fixture: Fixture) {
    let server = crate::tables::second_package::start(&fixture).await;
    // But for what is too much, missing or unreadable, each of these would be a good row.
    let rows: [&[u8]; 4] = [b"a;shop;;1;note;more", b"b;shop", b"\"c;shop;;;", b"d\xff;shop;;;"];
    let body = [b"code;kind;opened;rating;note\n".as_slice(), &rows.join(b"\n".as_slice())].concat();
    server.post_csv("places", body).await.expect(422);
    let exported = server.get("/rejected/places?format=csv").await.body;
    let again = server.post("places", "text/csv; header=present", exported).await.expect(422);
    assert_eq!(again["rejected"], 4);
    let reason = &again["rejects"][1]["errors"][0]["message"];
    assert_eq!(*reason, "`_codes` has the word missing-cell: correct the whole row, then clear its `_codes`");
    let corrected = "code;kind;_codes\nb;shop;\nx;shop;type-error\n";
    server.post("places", "text/csv; header=present", corrected).await.expect(201);
    server.stop().await.unwrap();
}

async fn a_json_row_that_csv_cannot_represent_is_rejected_when_it_is_sent_back(fixture: Fixture) {
    let server = crate::tables::second_package::start(&fixture).await;
    let taken = json!({ "code": "taken", "kind": "shop" });
    server.post_json("places", json!([taken])).await.expect(201);
    let row = |more: Value| {
        let mut row = taken.clone();
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    // The key is taken, or there is a fault that a CSV does not show.
    let changed = [
        row(json!({ "note": "NA" })),
        row(json!({ "note": "" })),
        row(json!({ "code": "number", "rating": "5" })),
        row(json!({ "code": "nested", "note": { "a": [1] } })),
        row(json!({ "code": "more", "unknown": null })),
    ];
    let kept = [
        row(json!({ "rating": 4.50, "note": "a;\"b\"\n" })),
        row(json!({ "code": "kiosk", "kind": "kiosk" })),
    ];
    server.post_json("places", json!([&changed[..], &kept].concat())).await.expect(422);
    fixture.sql(&["DELETE FROM places"]).await;
    let exported = server.get("/rejected/places?format=csv").await.body;
    let again = server.post("places", "text/csv; header=present", exported.clone()).await;
    assert_eq!(again.json()["rejected"], 6, "{}", again.text());
    let stored =
        json!([{ "code": "taken", "kind": "shop", "opened": null, "rating": 4.5, "note": "a;\"b\"\n" }]);
    assert_eq!(server.get("/view/places").await.expect(200), stored);
    let reason = again.json()["rejects"][0]["errors"][0]["message"].clone();
    assert_eq!(
        reason,
        "`_codes` has the word not-as-received: correct the whole row, then clear its `_codes`"
    );
    // The CSV has all rows, so that they can be read.
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(exported.as_slice());
    let codes: Vec<_> = reader.records().map(|record| record.unwrap()[7].to_owned()).collect();
    let [lost, taken] = ["not-as-received", "primary-key"];
    let both = |code: &str| format!("{code} {lost}");
    let expected =
        [&*both(taken), &*both(taken), &*both("type-error"), &*both("type-error"), "extra-cell", taken];
    assert_eq!(codes, [&expected[..], &["constraint-error"]].concat());
    server.stop().await.unwrap();
}

async fn a_spreadsheet_csv_of_rejects_keeps_the_cells_when_it_is_sent_back(fixture: Fixture) {
    let server = fixture.shipped_package(&[]).start().await;
    let names = [
        "=1+1", "'=1", "''+1", "a;=1+1", "a;'=1+1", "-5", "'-5", "-", "-1+2", "a,@b", "\t=1", "'\t1", "a\tb",
        "\r\n=1", "a\n-1", "\"=1\"", "x\"+1", "'", "O'-Neill", "a|=1", " =1", "＝1", "plain",
    ];
    let rows: Value =
        (1..).zip(names).map(|(id, name)| json!({ "department_id": id, "department_name": name })).collect();
    server.post_json("departments", rows.clone()).await.expect(201);
    server.post_json("departments", rows.clone()).await.expect(422);
    fixture.sql(&["DELETE FROM departments"]).await;
    let exported = server.get("/rejected/departments?format=csv&spreadsheet=true").await.body;
    let text = String::from_utf8(exported.clone()).unwrap();
    for cell in text.split([',', ';', '\t', '\r', '\n', '"', '|']) {
        assert!(!cell.starts_with(['=', '+', '-', '@', '＝']) || cell == "-5", "{cell:?} in {text}");
    }
    // As many spreadsheets write it again.
    let exported = [b"\xef\xbb\xbf".as_slice(), &exported].concat();
    server.post("departments", "text/csv; header=present", exported).await.expect(201);
    assert_eq!(server.get("/view/departments").await.expect(200), rows);
    // Where no spreadsheet was asked for, an apostrophe is a part of its cell.
    server.post_json("departments", rows).await.expect(422);
    fixture.sql(&["DELETE FROM departments"]).await;
    let batch = server.all("/batches").await[0]["id"].as_str().unwrap().to_owned();
    let exported = server.get(&format!("/rejected/departments?format=csv&batch={batch}")).await.body;
    server.post("departments", "text/csv; header=present", exported).await.expect(201);
    assert_eq!(server.get("/view/departments/2").await.expect(200)["department_name"], "'=1");
    server.stop().await.unwrap();
}
