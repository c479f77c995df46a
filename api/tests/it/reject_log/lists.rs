//! `GET /rejected/{table}`: filters and pages.

use serde_json::{Value, json};
use support::Server;

use super::raws;

conformance! {
    filters_pick_by_batch_source_code_and_status,
    a_cell_that_looks_like_a_code_is_not_taken_for_one,
    an_unknown_code_or_status_is_400_that_names_the_known_ones,
    rejects_come_page_by_page_in_the_order_of_their_rows,
    a_page_of_large_rows_holds_fewer_of_them,
    a_batch_that_is_no_id_is_400,
}

async fn filters_pick_by_batch_source_code_and_status(server: &Server) {
    let first = server.post_csv("departments", "x,A\n1,\ny,\n").await.json();
    server.post_csv("departments?source=a%26b.csv", "1\n").await.expect(422);
    server.post_csv("jobs?source=a%26b.csv", "x,A\n").await.expect(422);
    let batch = first["batch"].as_str().unwrap();
    let count = async |query: &str| server.all(&format!("/rejected/departments?{query}")).await.len();
    assert_eq!(count("code=type-error").await, 2);
    assert_eq!(count("code=constraint-error").await, 2);
    assert_eq!(count("code=missing-cell").await, 1);
    assert_eq!(count("code=foreign-key").await, 0);
    assert_eq!(count(&format!("batch={batch}")).await, 3);
    assert_eq!(count(&format!("batch={batch}&code=missing-cell")).await, 0);
    assert_eq!(count("batch=019aa000-0000-7000-8000-000000000000").await, 0);
    assert_eq!(count("source=a%26b.csv").await, 1);
    assert_eq!(count("source=unheard-of").await, 0);
    assert_eq!(count("status=open").await, 4);
}

async fn a_cell_that_looks_like_a_code_is_not_taken_for_one(server: &Server) {
    for fake in [r#"{"code":"foreign-key"}"#, r#"["foreign-key"]"#, "foreign-key"] {
        let row = json!([{ "department_id": fake, "department_name": "A", fake: 1 }]);
        server.post_json("departments", row).await.expect(422);
    }
    assert_eq!(server.all("/rejected/departments?code=foreign-key").await, Vec::<Value>::new());
}

async fn an_unknown_code_or_status_is_400_that_names_the_known_ones(server: &Server) {
    let answer = server.get("/rejected/departments?code=Type-error").await;
    assert!(answer.problem(400, "bad-parameter").contains("type-error, constraint-error, missing-cell"));
    for status in ["closed", "replayed", "discarded"] {
        let answer = server.get(&format!("/rejected/departments?status={status}")).await;
        let detail = format!("status must be one of open, got {status:?}");
        assert_eq!(answer.problem(400, "bad-parameter"), detail);
    }
}

async fn rejects_come_page_by_page_in_the_order_of_their_rows(server: &Server) {
    for start in [1, 2] {
        let csv: String = (start..=1200).step_by(2).map(|id| format!("x{id},A\n")).collect();
        server.post_csv("departments", csv).await.expect(422);
    }
    let raws = raws(server).await;
    let ids = (1..=1200).step_by(2).chain((2..=1200).step_by(2));
    assert_eq!(raws, ids.map(|id| format!("x{id},A").into_bytes()).collect::<Vec<_>>());
}

async fn a_page_of_large_rows_holds_fewer_of_them(server: &Server) {
    for id in 1..=4 {
        server.post_csv("departments", format!("{id},{}\n", "x".repeat(5_000_000))).await.expect(422);
    }
    let page = server.get("/rejected/departments?limit=1000").await;
    assert_eq!(page.expect(200).as_array().unwrap().len(), 1);
    assert!(page.header("link").is_some());
    let starts: Vec<_> = raws(server).await.iter().map(|raw| raw[0]).collect();
    assert_eq!(starts, b"1234");
}

async fn a_batch_that_is_no_id_is_400(server: &Server) {
    for query in ["batch=nope", "after=nope", "batch="] {
        let problem =
            server.get(&format!("/rejected/departments?{query}")).await.problem(400, "bad-parameter");
        assert!(problem.contains("a UUID, got"), "{problem}");
    }
}
