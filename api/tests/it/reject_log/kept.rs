//! A rejected row is kept as it was received.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use support::Server;

use super::raws;

conformance! {
    a_csv_row_is_kept_byte_for_byte,
    a_row_that_is_not_utf_8_is_kept_in_base64,
    an_element_of_an_array_is_kept_byte_for_byte,
    a_line_of_ndjson_is_kept_byte_for_byte,
    a_reject_tells_what_the_answer_told,
}

async fn a_csv_row_is_kept_byte_for_byte(server: &Server) {
    let rows = ["x, \"a\"\"b\" ", "y,\"two\r\nlines\"", "z,\tTab\u{a0}", "\0,NUL", "2,\"open", "w,é,more,,"];
    let body = format!("\u{feff}{}\n", rows.join("\r\n"));
    server.post_csv("departments", body).await.expect(422);
    assert_eq!(raws(server).await, rows.map(str::as_bytes));
}

async fn a_row_that_is_not_utf_8_is_kept_in_base64(server: &Server) {
    let row = b"1,\"caf\xe9\"\xff\0";
    server.post_csv("departments", [row, b"\r\n2,B\r\n".as_slice()].concat()).await.expect(207);
    let reject = &server.all("/rejected/departments").await[0];
    assert_eq!(
        (&reject["encoding"], &reject["raw"]),
        (&json!("base64"), &json!(BASE64_STANDARD.encode(row)))
    );
    let line = b"{\"department_id\":\xff}";
    server.post("departments", "application/x-ndjson", line.to_vec()).await.expect(422);
    assert_eq!(raws(server).await, [row.to_vec(), line.to_vec()]);
}

async fn an_element_of_an_array_is_kept_byte_for_byte(server: &Server) {
    let rows = [
        "{ \"department_id\":1.0,\n\t\"department_name\" : \"caf\\u00e9 é\" }",
        "{\"z\":1,\"a\":2.50,\"a\":3}",
        "[1, 2]",
        "\"text\"",
        "{}",
    ];
    let body = format!("\u{feff} [ {} ] ", rows.join(" ,\n"));
    server.post("departments", "application/json", body).await.expect(422);
    assert_eq!(raws(server).await, rows.map(str::as_bytes));
}

async fn a_line_of_ndjson_is_kept_byte_for_byte(server: &Server) {
    let rows = ["  { \"department_id\" : 1e2 }\t", "no JSON, \"at all", "{\"department_name\":\"\\u0000\"}"];
    let body = format!("\u{feff}{}\r\n\n{}\n{}", rows[0], rows[1], rows[2]);
    server.post("departments", "application/x-ndjson", body).await.expect(422);
    assert_eq!(raws(server).await, rows.map(str::as_bytes));
}

async fn a_reject_tells_what_the_answer_told(server: &Server) {
    let answer = server.post_csv("departments?first_row=11&first_line=21", "1,A\nx,\n1,B\n").await.json();
    let logged = server.all("/rejected/departments").await;
    assert_eq!(logged.len(), 2);
    for (told, logged) in answer["rejects"].as_array().unwrap().iter().zip(&logged) {
        for member in ["row", "line", "errors"] {
            assert_eq!(told[member], logged[member]);
        }
        assert_eq!(logged["batch"], answer["batch"]);
        assert_eq!((&logged["table"], &logged["status"]), (&json!("departments"), &json!("open")));
    }
}
