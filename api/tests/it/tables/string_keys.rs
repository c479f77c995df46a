//! Keys that are strings: in paths, in pages, and by their bytes.

use std::collections::BTreeSet;

use proptest::collection::btree_set;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use support::{Fixture, Server, request};

use crate::tables::second_package::{place, start};

conformance! {
    rows_are_found_by_ids_with_blanks_slashes_and_other_letters,
    strings_that_look_alike_are_different_keys,
    string_keys_are_paged_in_the_order_of_their_bytes,
    a_string_key_has_at_most_650_characters,
    an_id_that_is_no_such_string_is_400,
    the_empty_string_is_no_key,
    a_stored_row_with_an_empty_key_stays_and_a_backup_reports_it,
    a_key_that_is_a_dot_segment_is_found_when_the_path_is_sent_unchanged,
    keys_other_than_dot_segments_are_found_by_their_path,
}

/// Every byte but letters and digits as `%XX`.
fn encoded(id: &str) -> String {
    let byte =
        |b: u8| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") };
    id.bytes().map(byte).collect()
}

async fn with_places(fixture: &Fixture, codes: &[&str]) -> Server {
    let server = start(fixture).await;
    server.post_json("places", codes.iter().map(|code| place(code)).collect()).await.expect(201);
    server
}

async fn rows_are_found_by_ids_with_blanks_slashes_and_other_letters(fixture: Fixture) {
    let codes = [
        "a b", " ", "a/b", "/", "a\\b", "é", "ß😀", "a%b", "%2F", "%41", "a+b", "a?b", "a#b", "a&b=c", "a;b",
        "'--", "\"", "..x", "a\nb", "{id}", "<", "a,b", "\u{202e}", "[]",
    ];
    let server = with_places(&fixture, &codes).await;
    for code in codes {
        let row = server.get(&format!("/view/places/{}", encoded(code))).await;
        assert_eq!(row.expect(200)["code"], code);
        let detail = server.get(&format!("/view/places/{}", encoded(&format!("{code}!")))).await;
        detail.problem(404, "unknown-row");
    }
    for plain in ["a+b", "a&b=c", "a;b", "a,b"] {
        assert_eq!(server.get(&format!("/view/places/{plain}")).await.expect(200)["code"], plain);
    }
    server.stop().await.unwrap();
}

async fn strings_that_look_alike_are_different_keys(fixture: Fixture) {
    let codes = ["a", "A", "a ", "ä", "a\u{308}", "ａ", "á", "a\u{200b}", "ss", "ß"];
    let server = with_places(&fixture, &codes).await;
    let answer = server.post_json("places", codes.map(place).into_iter().collect()).await;
    assert_eq!(answer.json()["rejected"], codes.len());
    for code in codes {
        assert_eq!(server.get(&format!("/view/places/{}", encoded(code))).await.expect(200)["code"], code);
    }
    server.stop().await.unwrap();
}

async fn string_keys_are_paged_in_the_order_of_their_bytes(fixture: Fixture) {
    // U+FFFD is behind U+1F600 in UTF-16, and before it in UTF-8.
    let mut codes =
        vec!["b", "😀", "a", "\u{fffd}", "ä", "A", "a ", "aa", "Z", "a&after=b", "10", "9", "a\nb", "+", "%"];
    let server = with_places(&fixture, &codes).await;
    codes.sort_unstable();
    for (limit, format) in [(1, "json"), (2, "json"), (4, "json"), (100, "json")] {
        let mut path = format!("/view/places?limit={limit}&format={format}");
        let mut seen = Vec::new();
        loop {
            let answer = server.get(&path).await;
            let page: Value = answer.expect(200);
            seen.extend(page.as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap().to_owned()));
            let Some(link) = answer.header("link") else { break };
            path = link.split_once('>').unwrap().0[1..].to_owned();
        }
        assert_eq!(seen, codes, "pages of {limit}");
    }
    server.stop().await.unwrap();
}

async fn a_string_key_has_at_most_650_characters(fixture: Fixture) {
    let server = start(&fixture).await;
    let longest = "é".repeat(650);
    let rows = json!([place(&longest), place(&"é".repeat(651)), { "code": "a", "kind": "shop", "note": "x".repeat(700) }]);
    let answer = server.post_json("places", rows).await;
    assert_eq!(answer.rejects(), json!([[2, null, ["constraint-error"]]]));
    assert_eq!(answer.json()["rejects"][0]["errors"][0]["constraint"], "maxLength");
    let message = answer.json()["rejects"][0]["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(
        message.contains("650 characters (the limit of the index, not of the data package)"),
        "{message}"
    );
    let row = server.get(&format!("/view/places/{}", encoded(&longest))).await;
    assert_eq!(row.expect(200)["code"], longest.as_str());
    server.stop().await.unwrap();
}

async fn an_id_that_is_no_such_string_is_400(fixture: Fixture) {
    let server = start(&fixture).await;
    let detail = server.get("/view/members/123").await.problem(400, "bad-id");
    assert!(detail.contains("id of members must be a UUID"), "{detail}");
    server.get("/view/places/a%00").await.problem(400, "bad-id");
    server.stop().await.unwrap();
}

async fn the_empty_string_is_no_key(fixture: Fixture) {
    let server = start(&fixture).await;
    let answer = server.post_json("places", json!([place(""), place("a")])).await;
    assert_eq!(answer.rejects(), json!([[1, null, ["constraint-error"]]]));
    let error = answer.json()["rejects"][0]["errors"][0].clone();
    assert_eq!(
        (&error["constraint"], &error["expected"]),
        (&json!("minLength"), &json!("at least 1 character"))
    );
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("field `code`: minLength expects at least 1 character, got"), "{message}");
    // Only a key is asked for by its path: other strings may be empty.
    server.post_json("places", json!([{ "code": "b", "kind": "shop", "note": "" }])).await.expect(201);
    assert_eq!(server.all("/view/places").await.len(), 2);
    server.stop().await.unwrap();
}

async fn a_stored_row_with_an_empty_key_stays_and_a_backup_reports_it(fixture: Fixture) {
    with_places(&fixture, &["a"]).await.stop().await.unwrap();
    fixture.sql(&["INSERT INTO places (code, kind) VALUES ('', 'shop')"]).await;
    let server = fixture.start().await;
    assert_eq!(server.all("/view/places").await, ["", "a"].map(place));
    let made = server.post_empty("/backup/places").await.expect(201);
    assert_eq!((&made["rows"], &made["refused"]), (&json!(2), &json!(1)));
    let response = made["response"].as_str().unwrap();
    assert!(response.contains("row 1: field `code`: minLength expects at least 1 character"), "{response}");
    let restored = server.post_empty("/restore/places").await;
    restored.problem(422, "damaged-backup");
    assert_eq!(server.all("/view/places").await.len(), 2);
    server.stop().await.unwrap();
}

/// Browsers, curl and most libraries take `.` and `..` out of a path before they send it, also as `%2E`.
async fn a_key_that_is_a_dot_segment_is_found_when_the_path_is_sent_unchanged(fixture: Fixture) {
    let server = with_places(&fixture, &[".", "..", "..."]).await;
    for (path, code) in [(".", "."), ("..", ".."), ("%2E", "."), ("%2e%2E", ".."), ("...", "...")] {
        let answer =
            request(server.addr, &format!("GET /view/places/{path} HTTP/1.1\r\nhost: localhost\r\n"));
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        let row: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        assert_eq!(row, place(code), "{path}");
    }
    server.stop().await.unwrap();
}

/// Keys that paths, queries, databases or terminals may take for something else.
fn keys() -> impl Strategy<Value = BTreeSet<String>> {
    let special =
        "[-./%?#&=;:+ \t\r\n\u{1}-\u{1f}\u{7f}-\u{9f}\"'\\\\{}\\[\\]2Fe\u{300}\u{202e}\u{feff}😀]{1,8}";
    let key = prop_oneof![4 => special, 2 => "\\PC{1,20}", 1 => "[a😀/%]{200,255}", 1 => "[./%2eE]{1,4}"];
    // A reader of URLs takes these out of the path.
    let steps = |key: &String| matches!(key.as_str(), "." | "..");
    btree_set(key.prop_filter("a step in a path", move |key| !steps(key)), 40..60)
}

async fn keys_other_than_dot_segments_are_found_by_their_path(fixture: Fixture) {
    let server = start(&fixture).await;
    let mut runner = TestRunner::default();
    let mut stored = BTreeSet::new();
    for _ in 0..4 {
        let keys = keys().new_tree(&mut runner).unwrap().current();
        let keys: Vec<&str> = keys.iter().filter(|key| !stored.contains(*key)).map(String::as_str).collect();
        server.post_json("places", keys.iter().map(|key| place(key)).collect()).await.expect(201);
        for key in &keys {
            let answer = server.get(&format!("/view/places/{}", encoded(key))).await;
            assert_eq!((answer.status.as_u16(), answer.json()), (200, place(key)), "{key:?}");
        }
        stored.extend(keys.into_iter().map(str::to_owned));
    }
    let listed = server.all("/view/places").await;
    let listed: Vec<_> = listed.iter().map(|row| row["code"].as_str().unwrap()).collect();
    assert_eq!(listed, stored.iter().collect::<Vec<_>>());
    server.stop().await.unwrap();
}
