//! `Idempotency-Key`: a request that is sent again is answered again, and stored once.

use futures_util::future::join_all;
use serde_json::json;
use support::{Answer, Fixture, Server};

conformance! {
    the_same_request_is_answered_again_byte_for_byte_and_stored_once,
    an_answer_is_repeated_after_a_restart,
    a_rejected_batch_is_answered_again_even_if_it_would_be_taken_now,
    another_body_under_the_same_key_is_422,
    another_start_or_media_type_under_the_same_key_is_422,
    a_renamed_source_is_the_same_request,
    a_key_belongs_to_its_table,
    a_key_that_is_not_1_to_255_visible_ascii_characters_is_400,
    a_refused_request_leaves_its_key_free,
    without_a_key_the_same_rows_are_another_batch,
    many_requests_at_once_with_one_key_are_stored_once,
}

async fn post(server: &Server, table: &str, key: &str, body: &str) -> Answer {
    server.send(server.request(table, "text/csv", body.to_owned()).header("idempotency-key", key)).await
}

/// Asserts whether an answer is the recorded one of an earlier request.
#[track_caller]
fn assert_replayed(answer: &Answer, expected: bool) {
    assert_eq!(
        answer.is_replayed(),
        expected,
        "is this a replay (idempotent-replayed)? {:?}",
        answer.headers
    );
}

async fn the_same_request_is_answered_again_byte_for_byte_and_stored_once(server: &Server) {
    for (key, body, status) in [("all", "1,A\n2,B\n", 201), ("some", "2,B\n3,C\n", 207), ("none", "4\n", 422)]
    {
        let first = post(server, "departments", key, body).await;
        first.expect(status);
        assert_eq!(first.header("idempotent-replayed"), None);
        let stored = server.all("/batches").await;
        let again = post(server, "departments", key, body).await;
        assert_replayed(&again, true);
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(again.header("content-type"), first.header("content-type"));
        assert_eq!(server.all("/batches").await, stored);
    }
    assert_eq!(server.all("/view/departments").await.len(), 3);
    assert_eq!(server.all("/rejected/departments").await.len(), 2);
}

async fn an_answer_is_repeated_after_a_restart(fixture: Fixture) {
    let server = fixture.shipped_package(&[]).start().await;
    let first = post(&server, "departments", "k", "1,A\nx,B\n").await;
    server.stop().await.unwrap();
    let server = fixture.start().await;
    let again = post(&server, "departments", "k", "1,A\nx,B\n").await;
    assert_replayed(&again, true);
    assert_eq!(again.body, first.body);
    server.stop().await.unwrap();
}

async fn a_rejected_batch_is_answered_again_even_if_it_would_be_taken_now(server: &Server) {
    let row = "1,Ada,2021-01-01T00:00:00Z,1,1\n";
    let first = post(server, "employees", "k", row).await;
    assert_eq!(first.rejects(), json!([[1, 1, ["foreign-key", "foreign-key"]]]));
    server.post_csv("departments", "1,A\n").await.expect(201);
    server.post_csv("jobs", "1,B\n").await.expect(201);
    let again = post(server, "employees", "k", row).await;
    assert_eq!((again.status.as_u16(), &again.body), (422, &first.body));
    post(server, "employees", "another", row).await.expect(201);
}

async fn another_body_under_the_same_key_is_422(server: &Server) {
    let first = post(server, "departments", "k", "1,A\n").await;
    for body in ["2,B\n", "1,A", "1,A\n\n", "x\n"] {
        post(server, "departments", "k", body).await.problem(422, "idempotency-key-reused");
    }
    assert_eq!(server.all("/batches").await.len(), 1);
    assert_eq!(post(server, "departments", "k", "1,A\n").await.body, first.body);
}

async fn another_start_or_media_type_under_the_same_key_is_422(server: &Server) {
    post(server, "departments", "k", "1,A\n").await.expect(201);
    post(server, "departments?first_row=1&first_line=1", "k", "1,A\n").await.expect(201);
    for query in ["first_row=2", "first_line=2"] {
        let answer = post(server, &format!("departments?{query}"), "k", "1,A\n").await;
        answer.problem(422, "idempotency-key-reused");
    }
    let as_ndjson = server.request("departments", "application/x-ndjson", "1,A\n");
    server.send(as_ndjson.header("idempotency-key", "k")).await.problem(422, "idempotency-key-reused");
}

async fn a_renamed_source_is_the_same_request(server: &Server) {
    let first = post(server, "departments?source=new.csv", "k", "1,A\n").await;
    let again = post(server, "departments?source=renamed.csv", "k", "1,A\n").await;
    assert_replayed(&again, true);
    assert_eq!(again.body, first.body);
    assert_eq!(server.all("/batches").await[0]["source"], "new.csv");
}

async fn a_key_belongs_to_its_table(server: &Server) {
    post(server, "departments", "k", "1,A\n").await.expect(201);
    let jobs = post(server, "jobs", "k", "1,A\n").await;
    assert_eq!(jobs.expect(201)["table"], "jobs");
    assert_replayed(&jobs, false);
    assert_eq!(server.all("/view/jobs").await.len(), 1);
}

async fn a_key_that_is_not_1_to_255_visible_ascii_characters_is_400(server: &Server) {
    let long = "k".repeat(256);
    for key in ["", "a b", "a\tb", "clé", &long] {
        post(server, "departments", key, "1,A\n").await.problem(400, "bad-idempotency-key");
    }
    assert_eq!(server.all("/batches").await.len(), 0);
    post(server, "departments", &long[1..], "1,A\n").await.expect(201);
    post(server, "departments", "!\"#'~", "2,A\n").await.expect(201);
}

async fn a_refused_request_leaves_its_key_free(fixture: Fixture) {
    let server = fixture.shipped_package(&[]).start_with(&["--body-limit", "1KiB"]);
    server.until_ready().await;
    let broken = server.request("departments", "application/json", "[").header("idempotency-key", "k");
    server.send(broken).await.problem(400, "unreadable-body");
    post(&server, "departments?first_row=0", "k", "1,A\n").await.problem(400, "bad-parameter");
    post(&server, "departments", "k", "").await.problem(422, "empty-batch");
    post(&server, "departments", "k", &"\n".repeat(2000)).await.problem(413, "body-too-large");
    let first = post(&server, "departments", "k", "1,A\n").await;
    first.expect(201);
    assert_replayed(&first, false);
    server.stop().await.unwrap();
}

async fn without_a_key_the_same_rows_are_another_batch(server: &Server) {
    server.post_csv("departments", "1,A\n").await.expect(201);
    let again = server.post_csv("departments", "1,A\n").await;
    assert_eq!(again.rejects(), json!([[1, 1, ["primary-key"]]]));
    assert_eq!(server.all("/batches").await.len(), 2);
}

async fn many_requests_at_once_with_one_key_are_stored_once(server: &Server) {
    let body: String = (1..=1000).map(|id| format!("{id},D{id}\n")).collect();
    let answers = join_all((0..40).map(|_| post(server, "departments", "k", &body))).await;
    let stored = post(server, "departments", "k", &body).await;
    assert_replayed(&stored, true);
    for answer in &answers {
        if answer.status == 409 {
            answer.problem(409, "idempotency-key-in-flight");
            assert_eq!(answer.header("retry-after"), Some("1"));
        } else {
            answer.expect(201);
            assert_eq!(answer.body, stored.body);
        }
    }
    assert_eq!(answers.iter().filter(|answer| answer.status == 201 && !answer.is_replayed()).count(), 1);
    assert_eq!(server.all("/batches").await.len(), 1);
    assert_eq!(server.all("/view/departments").await.len(), 1000);
    assert_eq!(server.all("/rejected/departments").await.len(), 0);
}
