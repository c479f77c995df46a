//! Files and packages that are wrong on purpose: each is refused in a sentence or has rejects, and nothing is lost.

use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Fixture, field};

conformance! {
    a_file_that_is_not_what_its_name_says_is_refused_in_a_sentence,
    a_link_out_of_the_folder_is_refused,
    a_file_in_utf_16_is_loaded,
    a_row_whose_key_of_several_fields_has_a_null_is_rejected,
    patterns_with_look_around_are_bounded_in_time_for_a_whole_batch,
    a_pattern_too_large_to_be_compiled_is_a_refusal_to_start,
}

fn things(fixture: &Fixture) -> &Fixture {
    let fields = [field("id", "integer"), field("note", "string")];
    fixture.one_table("things", &json!({ "fields": fields, "primaryKey": "id" }))
}

async fn a_file_that_is_not_what_its_name_says_is_refused_in_a_sentence(fixture: Fixture) {
    things(&fixture);
    for (content, why) in [
        (
            &b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 a workbook"[..],
            "an .xls workbook, or one that is protected by a password",
        ),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
            "it is a pointer of Git LFS, not the file",
        ),
        (b"id,note,id\n1,secret,2\n", "`id`"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\x03", "it is cut off: its gzip data end too early"),
        (b"\x1f\x8b nonsense", "gzip"),
        (b"%PDF-1.7 secret", "PDF"),
        (b"SQLite format 3\0", "SQLite"),
    ] {
        let refusal = fixture.write("things.csv", content).refusal().await;
        let start = "the history file of `things`, things.csv, cannot be loaded: ";
        assert!(refusal.starts_with(start) && refusal.contains(why), "{why}: {refusal}");
        assert!(!refusal.contains("secret"), "{refusal}");
    }
}

async fn a_link_out_of_the_folder_is_refused(fixture: Fixture) {
    let outside = fixture.folder().join("secret.csv");
    std::fs::write(&outside, "id,note\n1,secret\n").unwrap();
    symlink(&outside, things(&fixture).data().join("things.csv")).unwrap();
    assert_eq!(
        fixture.refusal().await,
        "the history file of `things`, things.csv, cannot be loaded: it leads out of the data package's folder through \
         a link; copy the file into the folder"
    );
}

async fn a_file_in_utf_16_is_loaded(fixture: Fixture) {
    let text: Vec<u8> = "\u{feff}id,note\n1,ü\nx,漢\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let server = things(&fixture).write("things.csv", text).start().await;
    assert_eq!(server.get("/view/things").await.expect(200), json!([{ "id": 1, "note": "ü" }]));
    assert_eq!(server.all("/rejected/things").await[0]["raw"], "x,漢");
    server.stop().await.unwrap();
}

async fn a_row_whose_key_of_several_fields_has_a_null_is_rejected(fixture: Fixture) {
    let fields = [field("a", "integer"), field("b", "string"), field("c", "integer")];
    let schema = json!({ "fields": fields, "primaryKey": ["a", "b"], "uniqueKeys": [["b", "c"]] });
    fixture.one_table("things", &schema).write("things.csv", "a,b,c\n1,x,1\n1,,2\n,x,3\n2,y,\n3,y,\n");
    let server = fixture.start().await;
    let stored = server.all("/view/things").await;
    assert_eq!(stored.iter().map(|row| row["a"].clone()).collect::<Vec<_>>(), [1, 2, 3]);
    let rejects = server.all("/rejected/things").await;
    let told =
        |reject: &Value| json!([reject["raw"], reject["errors"][0]["code"], reject["errors"][0]["field"]]);
    assert_eq!(
        json!(rejects.iter().map(told).collect::<Vec<_>>()),
        json!([["1,,2", "constraint-error", "b"], [",x,3", "constraint-error", "a"]])
    );
    server.stop().await.unwrap();
}

async fn patterns_with_look_around_are_bounded_in_time_for_a_whole_batch(fixture: Fixture) {
    let hard =
        json!({ "name": "note", "type": "string", "constraints": { "pattern": r"(?=(a+)+$)b|(a|a)+\1c" } });
    let schema = json!({ "fields": [field("id", "integer"), hard], "primaryKey": "id" });
    let server = fixture.one_table("things", &schema).start().await;
    let rows: String = (1..=200).map(|id| format!("{id},{}\n", "a".repeat(60))).collect();
    let started = Instant::now();
    let answer = server.post_csv("things", format!("id,note\n{rows}")).await;
    assert_eq!(answer.expect(422)["rejected"], 200);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    server.stop().await.unwrap();
}

async fn a_pattern_too_large_to_be_compiled_is_a_refusal_to_start(fixture: Fixture) {
    let huge =
        json!({ "name": "note", "type": "string", "constraints": { "pattern": "((a{1000}){1000}){1000}" } });
    fixture.one_table("things", &json!({ "fields": [field("id", "integer"), huge], "primaryKey": "id" }));
    let started = Instant::now();
    let why = fixture.refusal().await;
    assert!(
        why.contains("field `note`: `pattern` \"((a{1000}){1000}){1000}\" is not an expression"),
        "{why}"
    );
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}
