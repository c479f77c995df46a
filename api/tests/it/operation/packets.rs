//! The largest packet that a server takes, against the largest body.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use support::{field, on_mariadb};

use super::refusal_of;
use crate::API;

#[test]
fn a_body_limit_beyond_what_the_database_takes_in_a_packet_is_a_refusal() {
    on_mariadb(&["--max-allowed-packet=16M"], async |_database, fixture| {
        fixture.shipped_package(&[]);
        let with_limit = async |limit: &str| {
            let mut command = API.command(&fixture);
            command.env("BODY_LIMIT", limit);
            refusal_of(command).await
        };
        assert_eq!(
            with_limit("64MiB").await,
            "the database takes packets of 16777216 bytes at most, but a row of a body of BODY_LIMIT = 67108864 \
             bytes may need 93672792; set the server's max_allowed_packet to 93672792 or more, or BODY_LIMIT to \
             9437184 or less"
        );
        assert!(with_limit("9437185").await.ends_with("or BODY_LIMIT to 9437184 or less"));
        let server = fixture.start_with(&["--body-limit", "9437184"]);
        server.until_ready().await;
        server.stop().await.unwrap();
    });
}

#[test]
fn a_database_that_takes_only_small_packets_is_a_refusal() {
    on_mariadb(&["--max-allowed-packet=1M"], async |_database, fixture| {
        fixture.shipped_package(&[]);
        let sentence = "the database takes packets of 1048576 bytes at most, but a batch may need 15379116; set the \
                        server's max_allowed_packet to 15379116 or more";
        let mut command = API.command(&fixture);
        command.env("BODY_LIMIT", "1KiB");
        assert_eq!(refusal_of(command).await, sentence);
    });
}

#[test]
fn a_row_as_large_as_a_body_may_be_is_stored_or_rejected_whole() {
    const LIMIT: usize = 24 << 20;
    // The least with which the API starts.
    on_mariadb(&["--max-allowed-packet=36M"], async |_database, fixture| {
        let schema =
            json!({ "fields": [field("id", "integer"), field("text", "string")], "primaryKey": "id" });
        let server = fixture.one_table("texts", &schema).start_with(&["--body-limit", "24MiB"]);
        server.until_ready().await;
        let (csv, text) = ("text/csv; header=absent", "x".repeat(LIMIT - 10));
        server.post("texts", csv, format!("1,{text}\n")).await.expect(201);
        assert_eq!(server.get("/view/texts/1").await.expect(200)["text"].as_str(), Some(text.as_str()));
        // A row that is not UTF-8 is kept as base64, which is longer by a third.
        for (start, encoding) in [(b"x,".as_slice(), "utf-8"), (b"2,\xff", "base64")] {
            let row = [start, text.as_bytes()].concat();
            let answer = server.post("texts", csv, row.clone()).await;
            assert_eq!(answer.json()["rejected"], 1, "{encoding}: {}", answer.status);
            let batch = &answer.json()["batch"];
            let logged = server.get(&format!("/rejected/texts?batch={}", batch.as_str().unwrap())).await;
            let logged = logged.expect(200)[0].clone();
            assert_eq!(logged["encoding"], encoding);
            let raw = logged["raw"].as_str().unwrap();
            let bytes = match encoding {
                "base64" => BASE64_STANDARD.decode(raw).unwrap(),
                _ => raw.as_bytes().to_vec(),
            };
            assert!(bytes == row, "{encoding}: {} bytes", bytes.len());
        }
        server.stop().await.unwrap();
    });
}
