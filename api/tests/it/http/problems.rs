//! Problem documents, and what holds of every path.

use std::collections::HashSet;

use serde_json::Value;
use support::{Fixture, Server};

conformance! {
    the_codes_are_a_closed_list_and_each_has_a_page,
    the_type_of_a_problem_is_the_page_that_explains_it,
    an_unknown_code_is_404,
    an_unknown_path_is_404,
    a_method_that_is_not_allowed_is_405_with_allow,
    an_unknown_parameter_is_400_that_names_it,
    every_answer_has_a_request_id_of_its_own,
    head_answers_as_get_does_without_a_body,
    the_dictionary_is_the_descriptor,
}

/// Codes of requests, with their status.
const REQUESTS: [(&str, u16); 34] = [
    ("bad-id", 400),
    ("bad-idempotency-key", 400),
    ("bad-parameter", 400),
    ("body-timeout", 408),
    ("body-too-large", 413),
    ("busy", 503),
    ("cross-site", 403),
    ("damaged-backup", 422),
    ("disk-full", 507),
    ("empty-batch", 422),
    ("header-mismatch", 400),
    ("idempotency-key-in-flight", 409),
    ("idempotency-key-reused", 422),
    ("internal", 500),
    ("method-not-allowed", 405),
    ("misdirected-request", 421),
    ("no-backup", 404),
    ("no-report", 404),
    ("not-acceptable", 406),
    ("not-ready", 503),
    ("refused-dictionary", 422),
    ("restore-orphans", 409),
    ("stopping", 503),
    ("store-away", 503),
    ("table-missing", 409),
    ("too-many-rows", 413),
    ("unknown-backup", 404),
    ("unknown-batch", 404),
    ("unknown-path", 404),
    ("unknown-problem", 404),
    ("unknown-row", 404),
    ("unknown-table", 404),
    ("unreadable-body", 400),
    ("unsupported-media-type", 415),
];

/// Codes of rejected rows.
const ROWS: [&str; 9] = [
    "type-error",
    "constraint-error",
    "missing-cell",
    "extra-cell",
    "unique-error",
    "primary-key",
    "foreign-key",
    "encoding-error",
    "format-error",
];

/// Paths that are read, once there is a batch and department 1.
async fn readable(server: &Server) -> Vec<String> {
    server.post_csv("departments", "1,A\nx,B\n").await.expect(207);
    let batch = server.all("/batches").await[0]["id"].as_str().unwrap().to_owned();
    let lists = ["/view/departments", "/rejected/departments", "/batches"];
    let others = [
        "/",
        "/view/req1",
        "/view/req2",
        "/hash/departments",
        "/dictionary",
        "/problems",
        "/problems/bad-id",
        "/health/live",
        "/health/ready",
    ];
    let paths = lists.into_iter().chain(others).chain(["/view/departments/1"]);
    paths.map(str::to_owned).chain([format!("/batches/{batch}")]).collect()
}

async fn the_codes_are_a_closed_list_and_each_has_a_page(server: &Server) {
    let listed = server.get("/problems").await.expect(200);
    let codes: HashSet<_> = listed.as_array().unwrap().iter().map(|p| p["code"].as_str().unwrap()).collect();
    let known: HashSet<_> = REQUESTS.into_iter().map(|(code, _)| code).chain(ROWS).collect();
    assert_eq!(codes, known);
    assert_eq!(listed.as_array().unwrap().len(), known.len());
    let statuses = REQUESTS.map(|(code, status)| (code, Value::from(status))).into_iter();
    for (code, status) in statuses.chain(ROWS.map(|code| (code, Value::Null))) {
        let page = server.get(&format!("/problems/{code}")).await.expect(200);
        assert_eq!((page["code"].as_str(), &page["status"]), (Some(code), &status));
        assert!(!page["title"].as_str().unwrap().is_empty());
        assert!(page["explanation"].as_str().unwrap().len() > 15);
    }
}

async fn the_type_of_a_problem_is_the_page_that_explains_it(server: &Server) {
    let unaccepted = server.call("GET", "/batches").header("accept", "image/png");
    for request in [
        server.call("GET", "/view/nothing"),
        server.call("GET", "/view/departments/x"),
        server.call("GET", "/view/departments/9"),
        server.call("GET", "/batches/x"),
        server.call("GET", "/problems/x"),
        server.call("GET", "/nothing"),
        server.call("GET", "/batches?x=1"),
        server.call("GET", "/view/departments/1?x=1"),
        server.call("GET", "/view/departments/%FF"),
        server.call("DELETE", "/batches"),
        unaccepted,
        server.request("departments", "text/plain", "1,A"),
        server.request("departments", "text/csv", ""),
        server.request("departments", "application/json", "{"),
        server.request("departments", "text/csv", "1,A").header("idempotency-key", "a b"),
    ] {
        let answer = server.send(request).await;
        let problem = answer.json();
        let code = problem["type"].as_str().unwrap().strip_prefix("/problems/").unwrap();
        answer.problem(answer.status.as_u16(), code);
        let page = server.get(problem["type"].as_str().unwrap()).await.expect(200);
        assert_eq!((&page["title"], &page["status"]), (&problem["title"], &problem["status"]));
        assert!(problem["detail"].as_str().unwrap().len() > 15, "{problem}");
    }
}

async fn an_unknown_code_is_404(server: &Server) {
    server.get("/problems/Bad-Id").await.problem(404, "unknown-problem");
}

async fn an_unknown_path_is_404(server: &Server) {
    let paths =
        ["/nothing", "/view", "/view/departments/1/2", "/view/departments/", "/batches/", "//batches"];
    for path in paths {
        let detail = server.get(path).await.problem(404, "unknown-path");
        assert!(detail.contains(path), "{detail}");
    }
    server.post_empty("/new_records").await.problem(404, "unknown-path");
}

async fn a_method_that_is_not_allowed_is_405_with_allow(server: &Server) {
    let readable = readable(server).await;
    let read = readable.iter().map(|path| (path.as_str(), "GET, HEAD, OPTIONS"));
    let written = ["/new_records/departments", "/verify/departments"].map(|path| (path, "POST, OPTIONS"));
    for (path, allowed) in read.chain(written).chain([("/backup/departments", "GET, HEAD, POST, OPTIONS")]) {
        let options = server.send(server.call("OPTIONS", path)).await;
        assert_eq!((options.status.as_u16(), options.header("allow")), (204, Some(allowed)), "{path}");
        let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"];
        for method in methods.into_iter().filter(|method| !allowed.contains(method)) {
            let answer = server.send(server.call(method, path)).await;
            assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, Some(allowed)), "{path}");
            if method != "HEAD" {
                let detail = answer.problem(405, "method-not-allowed");
                assert!(detail.contains(method) && detail.contains(path), "{detail}");
            }
        }
    }
    assert_eq!(server.all("/view/departments").await.len(), 1);
}

async fn an_unknown_parameter_is_400_that_names_it(server: &Server) {
    for list in ["/view/departments", "/rejected/departments", "/batches", "/backup/departments"] {
        for query in ["colour=red", "Limit=1", "offset=3", "limit=1&limit=2"] {
            let answer = server.get(&format!("{list}?{query}")).await;
            let detail = answer.problem(400, "bad-parameter");
            assert!(detail.contains(query.split_once('=').unwrap().0), "{detail}");
        }
    }
}

async fn every_answer_has_a_request_id_of_its_own(server: &Server) {
    let mut ids = HashSet::new();
    let mut paths = readable(server).await;
    paths.extend(["/nothing", "/view/nothing", "/view/departments/x", "/batches?x"].map(str::to_owned));
    for path in &paths {
        for method in ["GET", "HEAD", "DELETE"] {
            let answer = server.send(server.call(method, path)).await;
            let id = answer.header("x-request-id").unwrap_or_else(|| panic!("{method} {path}"));
            assert!(ids.insert(id.to_owned()), "{method} {path}");
        }
    }
    let answer = server.post_csv("departments", "2,B\n").await;
    assert!(ids.insert(answer.header("x-request-id").unwrap().to_owned()));
}

async fn head_answers_as_get_does_without_a_body(server: &Server) {
    let mut paths = readable(server).await;
    server.post_csv("departments", "2,B\n").await.expect(201);
    paths.extend(["/view/departments?limit=1&format=csv", "/view/departments/9"].map(str::to_owned));
    for path in &paths {
        let get = server.get(path).await;
        let head = server.send(server.call("HEAD", path)).await;
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(head.body, b"", "{path}");
        for header in ["content-type", "content-length", "link"] {
            assert_eq!(head.header(header), get.header(header), "{path}: {header}");
        }
    }
}

async fn the_dictionary_is_the_descriptor(fixture: Fixture) {
    let server = fixture.shipped_package(&[]).start().await;
    let file = std::fs::read(fixture.data().join("datapackage.json")).unwrap();
    let descriptor: Value = serde_json::from_slice(&file).unwrap();
    let answer = server.get("/dictionary").await;
    assert_eq!(answer.expect(200), descriptor);
    assert_eq!(answer.text(), descriptor.to_string(), "the members stay in their order");
    server.stop().await.unwrap();
}
