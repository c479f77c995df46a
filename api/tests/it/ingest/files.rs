//! History files of each kind.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::{Fixture, Server, field};

conformance! {
    the_rows_of_a_file_are_loaded_once_however_they_are_written,
    rejects_of_json_keep_the_line_as_it_is,
    a_file_that_is_no_table_is_a_refusal_to_start_that_says_what_it_is,
    a_compressed_file_that_is_cut_off_is_loaded_to_its_end_once_it_is_whole,
    rows_at_a_url_are_not_fetched,
}

/// A package of one table, whose resource has these properties too.
fn things<'f>(fixture: &'f Fixture, properties: &Value) -> &'f Fixture {
    let fields = [field("id", "integer"), field("note", "string")];
    let mut resource = json!({ "name": "things", "schema": { "fields": fields, "primaryKey": "id" } });
    resource.as_object_mut().unwrap().extend(properties.as_object().unwrap().clone());
    fixture.package(&json!({ "resources": [resource] }))
}

fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = Command::new("gzip").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = gzip.stdin.take().unwrap();
    let text = text.to_owned();
    let writing = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = gzip.wait_with_output().unwrap().stdout;
    writing.join().unwrap();
    output
}

async fn ids(server: &Server) -> Vec<String> {
    server
        .all("/view/things")
        .await
        .iter()
        .map(|row| format!("{}{}", row["id"], row["note"].as_str().unwrap()))
        .collect()
}

async fn the_rows_of_a_file_are_loaded_once_however_they_are_written(fixture: Fixture) {
    fixture.write("a.csv", "id,note\n1,a").write("b.csv", "id,note\n2,ü\n");
    fixture.write("tabs.tsv", "id\tnote\n1\ta\n2\tü\n").write("packed.csv", gzip("id,note\n1,a\n2,ü\n"));
    fixture.write("latin.csv", b"id;note\n1;|a|\n# 3\n2;\xfc\n");
    fixture.write("objects.json", "[{\"id\": 1, \"note\": \"a\"},\n{\"note\": \"ü\", \"id\": 2}]");
    let latin = json!({ "delimiter": ";", "quoteChar": "|", "commentChar": "#" });
    for properties in [
        json!({ "path": ["a.csv", "b.csv"] }),
        json!({ "path": "tabs.tsv" }),
        json!({ "path": "packed.csv" }),
        json!({ "path": "latin.csv", "encoding": "iso-8859-1", "dialect": latin }),
        json!({ "path": "objects.json" }),
        json!({ "data": [{ "id": 1, "note": "a" }, { "id": 2, "note": "ü" }] }),
    ] {
        things(&fixture, &properties);
        for start in ["first", "second"] {
            let server = fixture.start().await;
            assert_eq!(ids(&server).await, ["1a", "2ü"], "{properties}, {start} start");
            assert_eq!(
                server.all("/rejected/things").await,
                Vec::<Value>::new(),
                "{properties}, {start} start"
            );
            let batches = server.all("/batches?table=things").await;
            let received: u64 = batches.iter().map(|batch| batch["received"].as_u64().unwrap()).sum();
            assert_eq!(received, 2, "{properties}, {start} start");
            server.stop().await.unwrap();
        }
        fixture.sql(&["DELETE FROM things", "DELETE FROM _rejected", "DELETE FROM _batches"]).await;
    }
}

async fn rejects_of_json_keep_the_line_as_it_is(fixture: Fixture) {
    things(&fixture, &json!({ "path": "rows.ndjson" }));
    let bad = "{\"id\": \"2\", \"note\": \"b\"}";
    let server =
        fixture.write("rows.ndjson", format!("{{\"id\": 1, \"note\": \"a\"}}\n\n{bad}\n")).start().await;
    assert_eq!(ids(&server).await, ["1a"]);
    let reject = &server.all("/rejected/things").await[0];
    assert_eq!((&reject["raw"], &reject["line"], &reject["row"]), (&json!(bad), &json!(3), &json!(2)));
    server.stop().await.unwrap();
}

async fn a_file_that_is_no_table_is_a_refusal_to_start_that_says_what_it_is(fixture: Fixture) {
    things(&fixture, &json!({ "path": "things.csv" }));
    fixture.write("things.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:00\n");
    assert_eq!(
        fixture.refusal().await,
        "the history file of `things`, things.csv, cannot be loaded: it is a pointer of Git LFS, not the file itself; \
         run `git lfs pull`"
    );
}

async fn a_compressed_file_that_is_cut_off_is_loaded_to_its_end_once_it_is_whole(fixture: Fixture) {
    things(&fixture, &json!({ "path": "things.csv.gz" }));
    let lines: String = (0..30_000).map(|id| format!("{id},{}\n", id * 7919 % 10_007)).collect();
    let whole = gzip(&format!("id,note\n{lines}"));
    fixture.write("things.csv.gz", &whole[..whole.len() / 2]);
    assert_eq!(
        fixture.refusal().await,
        "the history file of `things`, things.csv.gz, cannot be loaded: it is cut off: its gzip data end too early; \
         get the whole file"
    );
    let server = fixture.write("things.csv.gz", &whole).start().await;
    let batches = server.all("/batches?table=things").await;
    let count = |member: &str| batches.iter().map(|batch| batch[member].as_u64().unwrap()).sum::<u64>();
    assert_eq!((count("received"), count("inserted")), (30_000, 30_000));
    server.stop().await.unwrap();
}

async fn rows_at_a_url_are_not_fetched(fixture: Fixture) {
    let server = things(&fixture, &json!({ "path": "https://example.com/things.csv" })).start().await;
    assert_eq!(server.all("/view/things").await, Vec::<Value>::new());
    server.stop().await.unwrap();
}
