//! `GET /batches`: the ledger as a list.

use std::fs;

use serde_json::{Value, json};
use support::{Fixture, Server};

conformance! {
    the_counts_of_every_batch_add_up_and_their_sum_is_the_records_of_the_files,
    batches_are_listed_newest_first_and_page_by_page,
    filters_pick_by_table_source_and_kind,
    ends_of_files_are_listed_up_to_an_offset,
    a_filter_that_names_no_table_or_kind_is_refused,
    a_batch_of_an_id_is_as_the_list_has_it,
    an_unknown_batch_is_404,
    a_csv_of_batches_has_the_members_of_the_json,
}

async fn the_counts_of_every_batch_add_up_and_their_sum_is_the_records_of_the_files(fixture: Fixture) {
    let server = fixture.shipped_package(&["departments.csv", "jobs.csv", "employees.csv"]).start().await;
    server.post_csv("departments", "13,Archive\r\n1,Taken\r\n").await.expect(207);
    let batches = server.all("/batches").await;
    let count = |batch: &Value, name: &str| batch[name].as_u64().unwrap();
    for batch in &batches {
        let parts = ["inserted", "replaced", "unchanged", "rejected"];
        let sum: u64 = parts.iter().map(|part| count(batch, part)).sum();
        assert_eq!(count(batch, "received"), sum, "{batch}");
    }
    for table in ["departments", "jobs", "employees"] {
        let file = fs::read_to_string(fixture.data().join(format!("{table}.csv"))).unwrap();
        let history = batches.iter().filter(|b| b["table"] == table && b["kind"] == "history");
        let received: u64 = history.map(|batch| count(batch, "received")).sum();
        assert_eq!(received, file.lines().count() as u64, "{table}");
    }
    server.stop().await.unwrap();
}

async fn batches_are_listed_newest_first_and_page_by_page(server: &Server) {
    let mut sent = Vec::new();
    for id in 1..=5 {
        sent.push(server.post_csv("departments", format!("{id},A\n")).await.expect(201)["batch"].clone());
    }
    sent.reverse();
    let mut path = "/batches?limit=2".to_owned();
    let mut listed = Vec::new();
    loop {
        let answer = server.get(&path).await;
        listed.extend(answer.expect(200).as_array().unwrap().iter().map(|batch| batch["id"].clone()));
        let Some(link) = answer.header("link") else { break };
        path = link.split_once('>').unwrap().0[1..].to_owned();
    }
    assert_eq!(listed, sent);
}

async fn filters_pick_by_table_source_and_kind(fixture: Fixture) {
    let server = fixture.shipped_package(&["departments.csv"]).start().await;
    server.post_csv("departments?source=a%26b.csv", "101,A\n").await.expect(201);
    server.post_csv("jobs?source=a%26b.csv", "101,A\n").await.expect(201);
    server.post_csv("jobs", "102,A\n").await.expect(201);
    let count = async |query: &str| server.all(&format!("/batches?{query}")).await.len();
    assert_eq!(count("table=departments").await, 2);
    assert_eq!(count("source=a%26b.csv").await, 2);
    assert_eq!(count("table=jobs&source=a%26b.csv").await, 1);
    assert_eq!(count("kind=history").await, 1);
    assert_eq!(count("kind=load").await, 3);
    assert_eq!(count("kind=restore").await, 0);
    assert_eq!(count("source=departments.csv&kind=history&table=departments").await, 1);
    assert_eq!(count("source=unheard-of").await, 0);
    server.stop().await.unwrap();
}

async fn ends_of_files_are_listed_up_to_an_offset(server: &Server) {
    server.post_csv("departments", "1,A\n").await.expect(201);
    server.post_csv("departments?end_offset=4", "2,B\n").await.expect(201);
    server.post_csv("departments?end_offset=10", "3,C\n").await.expect(201);
    let ends = async |offset: u64| {
        let batches = server.all(&format!("/batches?until_offset={offset}")).await;
        batches.iter().map(|batch| batch["end_offset"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ends(9).await, [4]);
    assert_eq!(ends(10).await, [10, 4]);
    server.post_csv("departments?end_offset=0", "4,D\n").await.problem(400, "bad-parameter");
    server.get("/batches?until_offset=x").await.problem(400, "bad-parameter");
}

async fn a_filter_that_names_no_table_or_kind_is_refused(server: &Server) {
    server.get("/batches?table=nothing").await.problem(404, "unknown-table");
    let detail = server.get("/batches?kind=nothing").await.problem(400, "bad-parameter");
    assert!(detail.contains("history, load, restore"), "{detail}");
}

async fn a_batch_of_an_id_is_as_the_list_has_it(fixture: Fixture) {
    let server = fixture.shipped_package(&["departments.csv"]).start().await;
    let request = server.request("departments?source=new.csv", "text/csv", "99,A\nx,B\n");
    server.send(request.header("idempotency-key", "k")).await.expect(207);
    let batches = server.all("/batches").await;
    for batch in &batches {
        assert_eq!(
            server.get(&format!("/batches/{}", batch["id"].as_str().unwrap())).await.expect(200),
            *batch
        );
    }
    let [load, history] = batches.try_into().unwrap();
    for (member, value) in [
        ("table", json!("departments")),
        ("kind", json!("load")),
        ("source", json!("new.csv")),
        ("end_offset", json!(null)),
        ("actor", json!("anonymous")),
        ("idempotency_key", json!("k")),
        ("inserted", json!(1)),
        ("rejected", json!(1)),
    ] {
        assert_eq!(load[member], value, "{member}");
    }
    let length = fs::metadata(fixture.data().join("departments.csv")).unwrap().len();
    assert_eq!((&history["source"], &history["rejected"]), (&json!("departments.csv"), &json!(0)));
    // A batch ends before the line end of its last record.
    assert_eq!(history["end_offset"], length - 2);
    server.stop().await.unwrap();
}

async fn an_unknown_batch_is_404(server: &Server) {
    for id in ["0198f0b0-0000-7000-8000-000000000000", "x", "%27", "1%20OR%201"] {
        server.get(&format!("/batches/{id}")).await.problem(404, "unknown-batch");
    }
}

async fn a_csv_of_batches_has_the_members_of_the_json(server: &Server) {
    server.post_csv("departments?source=a,b", "1,A\nx,B\n").await.expect(207);
    server.post_json("jobs", json!([{}])).await.expect(422);
    let batches = server.get("/batches").await.expect(200);
    let csv = server.get("/batches?format=csv").await;
    let mut reader = csv::Reader::from_reader(csv.body.as_slice());
    let names = reader.headers().unwrap().clone();
    for (batch, record) in batches.as_array().unwrap().iter().zip(reader.records().map(Result::unwrap)) {
        assert_eq!(batch.as_object().unwrap().keys().collect::<Vec<_>>(), names.iter().collect::<Vec<_>>());
        let text = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
        };
        assert_eq!(record, names.iter().map(|name| text(&batch[name])).collect::<Vec<_>>());
    }
}
