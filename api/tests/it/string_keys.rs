//! Keys that are strings: in paths, in pages, and by their bytes.

use serde_json::{Value, json};

use crate::second_package::{place, start};
use crate::server::{Fixture, Server};

conformance! {
    rows_are_found_by_ids_with_blanks_slashes_and_other_letters,
    strings_that_look_alike_are_different_keys,
    string_keys_are_paged_in_the_order_of_their_bytes,
    a_string_key_has_at_most_255_characters,
    an_id_that_is_no_such_string_is_400,
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

async fn a_string_key_has_at_most_255_characters(fixture: Fixture) {
    let server = start(&fixture).await;
    let longest = "é".repeat(255);
    let rows = json!([place(&longest), place(&"é".repeat(256)), { "code": "a", "kind": "shop", "note": "x".repeat(300) }]);
    let answer = server.post_json("places", rows).await;
    assert_eq!(answer.rejects(), json!([[2, null, ["constraint-error"]]]));
    assert_eq!(answer.json()["rejects"][0]["errors"][0]["constraint"], "maxLength");
    let row = server.get(&format!("/view/places/{}", encoded(&longest))).await;
    assert_eq!(row.expect(200)["code"], longest.as_str());
    server.stop().await.unwrap();
}

async fn an_id_that_is_no_such_string_is_400(fixture: Fixture) {
    let server = start(&fixture).await;
    let detail = server.get("/view/members/123").await.problem(400, "bad-id");
    assert!(detail.contains("id of members is a UUID"), "{detail}");
    server.get("/view/places/a%00").await.problem(400, "bad-id");
    server.stop().await.unwrap();
}
