//! Which format an answer has: `Accept` and `?format=`.

use serde_json::json;
use support::{Answer, Server};

conformance! {
    accept_picks_the_format_that_is_wanted_most,
    an_accept_that_names_nothing_here_is_406_that_names_what_is,
    the_format_parameter_wins_over_accept,
    an_unknown_format_is_406_that_names_the_known_ones,
    every_list_has_every_format,
    the_next_page_has_the_same_format,
    an_empty_list_has_a_header_in_csv_and_nothing_in_ndjson,
}

const JSON: &str = "application/json";
const CSV: &str = "text/csv; charset=utf-8; header=present";
const HTML: &str = "text/html; charset=utf-8";
const NDJSON: &str = "application/x-ndjson";
const LISTS: [&str; 3] = ["/view/departments", "/rejected/departments", "/batches"];

async fn accepting(server: &Server, path: &str, accept: &str) -> Answer {
    server.send(server.call("GET", path).header("accept", accept)).await
}

async fn accept_picks_the_format_that_is_wanted_most(server: &Server) {
    for (accept, format) in [
        ("*/*", JSON),
        ("application/json", JSON),
        ("text/csv", CSV),
        ("TEXT/CSV", CSV),
        ("application/x-ndjson", NDJSON),
        ("application/*", JSON),
        ("text/*", CSV),
        ("text/csv, application/json", CSV),
        ("text/csv;q=0.5, application/json;q=0.4", CSV),
        ("application/json;q=0.1, text/csv", CSV),
        ("application/json;q=0.4, text/csv;q=0.5, application/x-ndjson;q=0.9", NDJSON),
        ("image/png, text/csv;q=0.2", CSV),
        ("text/csv, */*", CSV),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
        ("text/html;q=0.5, */*;q=0.8", JSON),
    ] {
        let answer = accepting(server, "/view/departments", accept).await;
        assert_eq!(answer.header("content-type"), Some(format), "{accept}");
    }
    assert_eq!(server.get("/view/departments").await.header("content-type"), Some(JSON));
}

async fn an_accept_that_names_nothing_here_is_406_that_names_what_is(server: &Server) {
    for list in LISTS {
        for accept in ["image/png", "text/plain, image/*", "application/xml", "nonsense"] {
            let detail = accepting(server, list, accept).await.problem(406, "not-acceptable");
            for there in ["application/json", "text/csv", "application/x-ndjson", "text/html"] {
                assert!(detail.contains(there), "{detail}");
            }
        }
    }
}

async fn the_format_parameter_wins_over_accept(server: &Server) {
    for (word, format) in [("json", JSON), ("csv", CSV), ("ndjson", NDJSON), ("html", HTML)] {
        let answer = accepting(server, &format!("/view/departments?format={word}"), "image/png").await;
        assert_eq!(answer.header("content-type"), Some(format));
    }
}

async fn an_unknown_format_is_406_that_names_the_known_ones(server: &Server) {
    for list in LISTS {
        for word in ["xml", "CSV", ""] {
            let answer = server.get(&format!("{list}?format={word}")).await;
            let detail = answer.problem(406, "not-acceptable");
            for there in ["format=json", "format=csv", "format=ndjson", "format=html"] {
                assert!(detail.contains(there), "{detail}");
            }
        }
    }
}

async fn every_list_has_every_format(server: &Server) {
    server.post_csv("departments", "1,A\n2,\n").await.expect(207);
    for list in LISTS {
        let rows = server.get(list).await.expect(200);
        assert_eq!(rows.as_array().unwrap().len(), 1, "{list}");
        let lines = accepting(server, list, NDJSON).await;
        assert_eq!(json!([lines.json()]), rows, "{list}");
        let csv = accepting(server, list, "text/csv").await;
        let records = csv::Reader::from_reader(csv.body.as_slice()).records().map(Result::unwrap).count();
        assert_eq!(records, 1, "{list}");
    }
}

async fn the_next_page_has_the_same_format(server: &Server) {
    server.post_csv("departments", "1,A\n2,B\n").await.expect(201);
    let link = |answer: &Answer| answer.header("link").unwrap().split_once('>').unwrap().0[1..].to_owned();
    let first = server.get("/view/departments?format=csv&limit=1").await;
    assert_eq!(first.text(), "department_id,department_name\r\n1,A\r\n");
    let second = server.get(&link(&first)).await;
    assert_eq!(second.text(), "department_id,department_name\r\n2,B\r\n");
}

async fn an_empty_list_has_a_header_in_csv_and_nothing_in_ndjson(server: &Server) {
    let csv = server.get("/view/departments?format=csv").await;
    assert_eq!(csv.text(), "department_id,department_name\r\n");
    assert_eq!(server.get("/view/departments?format=ndjson").await.text(), "");
    assert_eq!(server.get("/view/departments").await.text(), "[]");
}
