//! `POST /new_records/{table}`: how rows are sent, and what the answer says.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};
use support::{Fixture, Server};

conformance! {
    all_some_or_none_inserted_are_201_207_and_422_with_the_same_members,
    the_answer_is_a_sentence_then_the_figures,
    a_thousand_rows_are_one_batch,
    a_csv_has_a_header_where_its_media_type_says_so,
    a_header_names_the_columns_in_any_order,
    where_a_body_starts_in_its_source_shifts_rows_and_lines,
    an_array_of_json_has_rows_but_no_lines,
    source_and_start_stand_in_the_ledger,
    blanks_around_json_and_other_names_of_a_media_type_are_taken,
    concurrent_batches_with_overlapping_keys_store_every_key_once,
    of_more_senders_than_can_wait_each_is_stored_or_told_to_come_back,
}

async fn all_some_or_none_inserted_are_201_207_and_422_with_the_same_members(server: &Server) {
    let all = server.post_csv("departments", "1,A\n2,B\n").await.expect(201);
    let some = server.post_csv("departments", "2,B\n3,C\n").await.expect(207);
    let none = server.post_csv("departments", "2,B\n3,C\n").await.expect(422);
    let figures = |answer: &Value| json!([answer["received"], answer["inserted"], answer["rejected"]]);
    assert_eq!(figures(&all), json!([2, 2, 0]));
    assert_eq!(figures(&some), json!([2, 1, 1]));
    assert_eq!(figures(&none), json!([2, 0, 2]));
    let members = |answer: &Value| answer.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(members(&all), members(&some));
    assert_eq!(members(&all), members(&none));
    assert_eq!(all["rejects"], json!([]));
    assert_eq!(none["rejects"].as_array().unwrap().len(), 2);
}

async fn the_answer_is_a_sentence_then_the_figures(server: &Server) {
    let answer = server.post_csv("departments", "1,A\n1,B\n2,C\n").await.expect(207);
    let members: Vec<_> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    let counts = ["received", "inserted", "replaced", "unchanged", "rejected"];
    assert_eq!(members, [&["response", "batch", "table"][..], &counts, &["rejects"]].concat());
    assert_eq!(answer["response"], "2 of 3 rows inserted into departments, 1 rejected");
    assert_eq!(answer["table"], "departments");
    let batch = server.get(&format!("/batches/{}", answer["batch"].as_str().unwrap())).await.expect(200);
    for count in counts {
        assert_eq!(answer[count], batch[count], "{count}");
    }
    let one = server.post_csv("departments", "9,I\n").await.expect(201);
    assert_eq!(one["response"], "1 of 1 row inserted into departments");
}

async fn a_thousand_rows_are_one_batch(server: &Server) {
    let csv: String = (1..=1000).map(|id| format!("{id},D{id}\r\n")).collect();
    let answer = server.post_csv("departments", csv).await.expect(201);
    assert_eq!(answer["inserted"], 1000);
    assert_eq!(server.all("/view/departments").await.len(), 1000);
    assert_eq!(server.all("/batches").await.len(), 1);
}

async fn a_csv_has_a_header_where_its_media_type_says_so(server: &Server) {
    let header = "department_id,department_name\n";
    server.post("departments", "text/csv; header=present", format!("{header}1,A\n")).await.expect(201);
    server.post("departments", "text/csv;header=\"present\"", format!("{header}2,B\n")).await.expect(201);
    server.post("departments", "text/csv; header=absent", "3,C\n").await.expect(201);
    // The dialect of the shipped package says that there is no header, so this is a row.
    let answer = server.post("departments", "text/csv", header).await;
    answer.expect(422);
    assert_eq!(answer.rejects(), json!([[1, 1, ["type-error"]]]));
}

async fn a_header_names_the_columns_in_any_order(server: &Server) {
    let body = "department_name,department_id\r\nA,1\r\nB,x\r\n";
    let answer = server.post("departments", "text/csv; header=present", body).await;
    assert_eq!(answer.rejects(), json!([[2, 3, ["type-error"]]]));
    let rows = server.all("/view/departments").await;
    assert_eq!(rows, [json!({ "department_id": 1, "department_name": "A" })]);
}

async fn where_a_body_starts_in_its_source_shifts_rows_and_lines(server: &Server) {
    let start = "departments?first_row=501&first_line=802";
    let answer = server.post_csv(start, "1,\"two\nlines\"\n1,B\nx,C\n").await;
    assert_eq!(answer.rejects(), json!([[502, 804, ["primary-key"]], [503, 805, ["type-error"]]]));
    let message = answer.json()["rejects"][0]["errors"][0]["message"].clone();
    assert!(message.as_str().unwrap().contains("by row 501"), "{message}");
    let ndjson = "{\"department_id\":2,\"department_name\":\"D\"}\n{}\n";
    let answer = server.post(start, "application/x-ndjson", ndjson).await;
    assert_eq!(answer.rejects(), json!([[502, 803, ["constraint-error", "constraint-error"]]]));
    let header = "department_id,department_name\nx,E\n";
    let answer = server.post(start, "text/csv; header=present", header).await;
    assert_eq!(answer.rejects(), json!([[501, 803, ["type-error"]]]));
}

async fn an_array_of_json_has_rows_but_no_lines(server: &Server) {
    let answer = server.post_json("departments?first_row=41", json!([{}, { "department_id": 1 }])).await;
    let two = json!(["constraint-error", "constraint-error"]);
    assert_eq!(answer.rejects(), json!([[41, null, two], [42, null, ["constraint-error"]]]));
}

async fn source_and_start_stand_in_the_ledger(server: &Server) {
    let path = "departments?source=new%20d%C3%A9p.csv&first_row=1001&first_line=1003";
    server.post_csv(path, "1,A\n").await.expect(201);
    server.post_json("departments?first_row=7", json!([{}])).await.expect(422);
    let batches = server.all("/batches").await;
    let told = |batch: &Value| json!([batch["source"], batch["first_row"], batch["first_line"]]);
    assert_eq!(told(&batches[1]), json!(["new dép.csv", 1001, 1003]));
    assert_eq!(told(&batches[0]), json!([null, 7, null]));
}

async fn blanks_around_json_and_other_names_of_a_media_type_are_taken(server: &Server) {
    let row = |id| format!("{{ \"department_id\" : {id}, \"department_name\" : \"A\" }}");
    for (id, media) in [(1, "application/json"), (2, "Application/JSON; charset=UTF-8")] {
        server.post("departments", media, format!("\r\n [ {} ] \n", row(id))).await.expect(201);
    }
    for (id, media) in [(3, "application/x-ndjson"), (4, "application/ndjson"), (5, "application/jsonl")] {
        server.post("departments", media, format!("\n{}\r\n\n", row(id))).await.expect(201);
    }
    server.post("departments", "text/csv; charset=utf-8", "6,A").await.expect(201);
    assert_eq!(server.all("/view/departments").await.len(), 6);
}

async fn concurrent_batches_with_overlapping_keys_store_every_key_once(fixture: Fixture) {
    const BATCHES: u64 = 12;
    const ROWS: u64 = 200;
    let server = fixture.shipped_package(&[]).start().await;
    let post = async |batch: u64| {
        let first = batch * ROWS / 4;
        let csv: String = (first + 1..=first + ROWS).map(|id| format!("{id},batch {batch}\n")).collect();
        let answer = server.post_csv("departments", csv).await;
        assert!([201, 207, 422].contains(&answer.status.as_u16()), "{}", answer.text());
        answer
    };
    let answers = join_all((0..BATCHES).map(post)).await;

    let keys = (BATCHES - 1) * ROWS / 4 + ROWS;
    let rows = server.all("/view/departments").await;
    let ids: Vec<u64> = rows.iter().map(|row| row["department_id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (1..=keys).collect::<Vec<_>>());
    let mut stored_of: BTreeMap<&str, u64> = BTreeMap::new();
    for row in &rows {
        *stored_of.entry(row["department_name"].as_str().unwrap()).or_default() += 1;
    }
    for (batch, answer) in answers.iter().enumerate() {
        let inserted = stored_of.get(format!("batch {batch}").as_str()).copied().unwrap_or_default();
        assert_eq!(answer.json()["inserted"], inserted, "batch {batch}");
        let rejects = answer.rejects();
        assert_eq!(rejects.as_array().unwrap().len() as u64, ROWS - inserted, "batch {batch}");
        assert!(rejects.as_array().unwrap().iter().all(|reject| reject[2] == json!(["primary-key"])));
    }
    assert_eq!(server.all("/rejected/departments").await.len() as u64, BATCHES * ROWS - keys);
    server.stop().await.unwrap();
}

async fn of_more_senders_than_can_wait_each_is_stored_or_told_to_come_back(server: &Server) {
    let answers = join_all((1..=400).map(|id| server.post_csv("departments", format!("{id},A\n")))).await;
    let mut stored = Vec::new();
    for (id, answer) in (1..).zip(&answers) {
        if answer.status == 503 {
            answer.problem(503, "busy");
            assert_eq!(answer.header("retry-after"), Some("1"));
        } else {
            answer.expect(201);
            stored.push(json!({ "department_id": id, "department_name": "A" }));
        }
    }
    assert_eq!(server.all("/view/departments").await, stored);
    assert_eq!(server.all("/batches").await.len(), stored.len());
}
