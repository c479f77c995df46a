//! Bodies that are refused whole. Nothing of them is stored.

use serde_json::{Value, json};
use support::{Fixture, Server};

conformance! {
    a_batch_of_1001_rows_is_refused_whole,
    a_batch_of_no_rows_is_422,
    broken_json_is_400_with_the_position,
    json_that_is_not_utf_8_is_400_with_the_position,
    an_object_instead_of_an_array_is_400,
    a_header_that_does_not_fit_is_400_that_names_the_column,
    a_wrong_media_type_is_415_that_names_the_right_ones,
    a_compressed_body_is_415,
    a_body_over_the_limit_is_413,
    a_body_of_exactly_the_limit_is_taken,
    a_body_far_over_the_limit_is_413,
    an_unknown_or_repeated_parameter_is_400,
    a_start_that_does_not_count_from_1_is_400,
    a_source_without_a_name_is_400,
}

const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";

/// That nothing was stored: no row, no reject, no batch.
async fn assert_untouched(server: &Server) {
    for list in ["/view/departments", "/rejected/departments", "/batches"] {
        assert_eq!(server.all(list).await, Vec::<Value>::new(), "{list}");
    }
}

async fn a_batch_of_1001_rows_is_refused_whole(server: &Server) {
    let object = |id| json!({ "department_id": id, "department_name": "D" });
    let csv: String = (1..=1001).map(|id| format!("{id},D\n")).collect();
    let ndjson: String = (1..=1001).map(|id| format!("{}\n", object(id))).collect();
    let array = Value::from_iter((1..=1001).map(object)).to_string();
    for (media, body) in [("text/csv", csv), (NDJSON, ndjson), (JSON, array)] {
        let detail = server.post("departments", media, body).await.problem(413, "too-many-rows");
        assert!(detail.contains("more than 1000 rows"), "{detail}");
    }
    assert_untouched(server).await;
}

async fn a_batch_of_no_rows_is_422(server: &Server) {
    let header = "department_id,department_name\r\n";
    let bodies = [("text/csv", ""), ("text/csv", "\r\n\n"), ("text/csv", "\u{feff}"), (JSON, "[]")];
    let more = [(NDJSON, ""), (NDJSON, " \n\r\n"), ("text/csv; header=present", header)];
    for (media, body) in bodies.into_iter().chain(more) {
        let detail = server.post("departments", media, body).await.problem(422, "empty-batch");
        assert!(detail.contains("1 to 1000"), "{detail}");
    }
    assert_untouched(server).await;
}

async fn broken_json_is_400_with_the_position(server: &Server) {
    for (body, position) in [
        ("", "line 1 column 0"),
        ("[{}", "line 1 column 3"),
        ("[{},]", "line 1 column 5"),
        ("[\n  {\"department_id\": NaN}\n]", "line 2 column 21"),
        ("[\n{\"department_id\" 1}]", "line 2 column 18"),
        ("[{}] trailing", "line 1 column 6"),
        ("[{}][{}]", "line 1 column 5"),
    ] {
        let detail = server.post("departments", JSON, body).await.problem(400, "unreadable-body");
        assert!(detail.contains(position), "{body}: {detail}");
    }
    assert_untouched(server).await;
}

async fn json_that_is_not_utf_8_is_400_with_the_position(server: &Server) {
    let body = b"[{\"department_id\": 1, \"department_name\": \"caf\xe9\"}]";
    let detail = server.post("departments", JSON, body.to_vec()).await.problem(400, "unreadable-body");
    assert!(detail.contains("byte 46 "), "{detail}");
    assert_untouched(server).await;
}

async fn an_object_instead_of_an_array_is_400(server: &Server) {
    for body in [r#"{"department_id": 1, "department_name": "A"}"#, "5", "null", "\"[]\""] {
        let detail = server.post("departments", JSON, body).await.problem(400, "unreadable-body");
        assert!(detail.contains("expected an array of objects at line 1"), "{detail}");
    }
    assert_untouched(server).await;
}

async fn a_header_that_does_not_fit_is_400_that_names_the_column(server: &Server) {
    for (header, column) in [
        ("department_id,name", "`name`"),
        ("department_id,department_id", "`department_id`"),
        ("department_id", "`department_name`"),
        ("Department_id,department_name", "`Department_id`"),
        ("department_id;department_name", "`department_id;department_name`"),
        ("1,A", "`1`"),
    ] {
        let body = format!("{header}\n1,A\n");
        let answer = server.post("departments", "text/csv; header=present", body).await;
        let detail = answer.problem(400, "header-mismatch");
        assert!(detail.contains(column), "{detail}");
    }
    assert_untouched(server).await;
}

async fn a_wrong_media_type_is_415_that_names_the_right_ones(server: &Server) {
    let media = ["text/plain", "application/xml", "application/x-www-form-urlencoded", "csv", "text/*"];
    let of_right_ones =
        ["application/json; charset=latin1", "text/csv; charset=utf-16", "text/csv; header=no"];
    for media in media.into_iter().chain(of_right_ones) {
        let detail = server.post("departments", media, "1,A\n").await.problem(415, "unsupported-media-type");
        for right in [JSON, NDJSON, "text/csv"] {
            assert!(detail.contains(right), "{media}: {detail}");
        }
    }
    let untold = server.call("POST", "/new_records/departments").body("1,A\n");
    server.send(untold).await.problem(415, "unsupported-media-type");
    assert_untouched(server).await;
}

async fn a_compressed_body_is_415(server: &Server) {
    let request = || server.request("departments", "text/csv", "1,A\n");
    for encoding in ["gzip", "br", "deflate, gzip"] {
        let answer = server.send(request().header("content-encoding", encoding)).await;
        let detail = answer.problem(415, "unsupported-media-type");
        assert!(detail.contains(encoding) && detail.contains("not compressed"), "{detail}");
    }
    assert_untouched(server).await;
    server.send(request().header("content-encoding", "identity")).await.expect(201);
}

async fn a_body_over_the_limit_is_413(fixture: Fixture) {
    let server = fixture.shipped_package(&[]).start_with(&["--body-limit", "1KiB"]);
    server.until_ready().await;
    let body = "1,A\n".to_owned() + &"\n".repeat(1021);
    let chunks = body.as_bytes().chunks(100).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec()));
    let chunked = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks.collect::<Vec<_>>()));
    for body in [reqwest::Body::from(body.clone()), chunked] {
        let detail = server.post_csv("departments", body).await.problem(413, "body-too-large");
        assert!(detail.contains("1024 bytes"), "{detail}");
    }
    assert_untouched(&server).await;
    server.stop().await.unwrap();
}

async fn a_body_of_exactly_the_limit_is_taken(fixture: Fixture) {
    let server = fixture.shipped_package(&[]).start_with(&["--body-limit", "1KiB"]);
    server.until_ready().await;
    server.post_csv("departments", "1,A\n".to_owned() + &"\n".repeat(1020)).await.expect(201);
    server.stop().await.unwrap();
}

async fn a_body_far_over_the_limit_is_413(server: &Server) {
    let body = "1,A\n".to_owned() + &"\n".repeat(32 << 20);
    server.post_csv("departments", body).await.problem(413, "body-too-large");
    assert_untouched(server).await;
}

async fn an_unknown_or_repeated_parameter_is_400(server: &Server) {
    for (query, name) in [
        ("first_rows=2", "first_rows"),
        ("sources=x", "sources"),
        ("First_row=2", "First_row"),
        ("first_row=1&first_row=2", "first_row"),
    ] {
        let answer = server.post_csv(&format!("departments?{query}"), "1,A\n").await;
        let detail = answer.problem(400, "bad-parameter");
        assert!(detail.contains(name), "{detail}");
    }
    assert_untouched(server).await;
}

async fn a_start_that_does_not_count_from_1_is_400(server: &Server) {
    for name in ["first_row", "first_line"] {
        for value in ["0", "-1", "abc", "", "1.0", "18446744073709551615"] {
            let answer = server.post_csv(&format!("departments?{name}={value}"), "1,A\n").await;
            let detail = answer.problem(400, "bad-parameter");
            assert!(
                detail.contains(&format!("{name} must be a whole number from 1 up, got \"{value}\"")),
                "{detail}"
            );
        }
    }
    assert_untouched(server).await;
}

async fn a_source_without_a_name_is_400(server: &Server) {
    let long = "x".repeat(256);
    for source in ["", long.as_str()] {
        let answer = server.post_csv(&format!("departments?source={source}"), "1,A\n").await;
        answer.problem(400, "bad-parameter");
    }
    assert_untouched(server).await;
    server.post_csv(&format!("departments?source={}", "é".repeat(255)), "1,A\n").await.expect(201);
}
