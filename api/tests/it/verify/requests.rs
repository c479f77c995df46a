//! What `POST /verify/{table}` takes, refuses and answers.

use serde_json::{Value, json};
use support::{Fixture, Server};

use super::{CSV, found, load, request, verify};

conformance! {
    each_row_is_told_where_it_is,
    it_takes_what_new_records_takes,
    it_refuses_what_new_records_refuses,
    it_changes_nothing,
    an_answer_is_of_one_state,
}

async fn each_row_is_told_where_it_is(server: &Server) {
    server.post_csv("departments", "1,Archive\nx,Press\n3,Museum\n").await.expect(207);
    let body = "1,Archive\nx,Press\n3,Library\n4,Garden\n";
    let answer = server.send(request(server, "departments", CSV, body)).await.expect(200);
    assert_eq!(answer["response"], "1 of 4 rows stored in departments, 1 rejected, 1 different, 1 missing");
    let reject = server.all("/rejected/departments").await[0]["id"].clone();
    let finding =
        |row: u64, found: &str| json!({ "row": row, "line": row, "found": found, "recorded": false });
    let mut findings =
        [finding(1, "stored"), finding(2, "rejected"), finding(3, "differs"), finding(4, "missing")];
    findings[1]["rejects"] = json!([reject]);
    findings[2]["fields"] = json!(["department_name"]);
    assert_eq!(answer["findings"], Value::from_iter(findings));
    let figures = ["rows", "stored", "rejected", "differs", "missing", "twice", "unrecorded"];
    assert_eq!(figures.map(|name| answer[name].as_u64().unwrap()), [4, 1, 1, 1, 1, 0, 4]);
    assert_eq!(
        (&answer["table"], &answer["batches"], &answer["since"]),
        (&json!("departments"), &json!([]), &Value::Null)
    );
    // Under a number or a source of its own, the same text is another row.
    for query in [[("first_row", "2")], [("source", "other.csv")]] {
        let answer = server.send(request(server, "departments", CSV, body).query(&query)).await.expect(200);
        assert_eq!(found(&answer), ["stored", "missing", "differs", "missing"]);
    }
}

async fn it_takes_what_new_records_takes(server: &Server) {
    let bodies = [
        (
            "application/json",
            r#"[{"department_id": 1, "department_name": "A"}, {"department_id": "x"}]"#,
            Value::Null,
        ),
        ("application/x-ndjson", "{\"department_id\": 2, \"department_name\": \"A\"}\n\n{\n", json!(12)),
        ("text/csv", "3,A\n\"x\"\"\n\",B\n", json!(11)),
        ("text/csv; header=present", "department_name,department_id\nA,4\nB,x\n", json!(12)),
        ("text/csv; header=absent", "\u{feff}5,A\r\n\r\n6\r\n", json!(12)),
    ];
    for (media, body, line) in bodies {
        let query = [("source", "a.csv"), ("first_row", "20"), ("first_line", "10"), ("end_offset", "99")];
        let key = media.replace([' ', ';'], "");
        let load = server.request("departments", media, body).query(&query).header("idempotency-key", &key);
        server.send(load).await.expect(207);
        let ask = request(server, "departments", media, body).query(&query).header("idempotency-key", &key);
        let answer = server.send(ask).await.expect(200);
        assert_eq!(found(&answer), ["stored", "rejected"], "{media}: {answer}");
        let [first, second] = [0, 1].map(|i| answer["findings"][i].clone());
        assert_eq!(
            (&first["row"], &second["row"], &second["line"]),
            (&json!(20), &json!(21), &line),
            "{media}"
        );
        assert_eq!((&answer["unrecorded"], &answer["batches"][0]["first_row"]), (&json!(0), &json!(20)));
        assert_eq!(
            (&answer["batches"][0]["rejected"], &answer["batches"][0]["logged"]),
            (&json!(1), &json!(1))
        );
    }
}

async fn it_refuses_what_new_records_refuses(server: &Server) {
    let rows = "1,A\n".repeat(1001);
    let bodies = [
        ("nothing", CSV, "1,A", ""),
        ("departments", CSV, rows.as_str(), ""),
        ("departments", CSV, "", ""),
        ("departments", CSV, "1,A", "?first_row=0"),
        ("departments", CSV, "1,A", "?source="),
        ("departments", CSV, "1,A", "?colour=red"),
        ("departments", "text/plain", "1,A", ""),
        ("departments", "text/csv; header=present", "a,b\n1,A", ""),
        ("departments", "application/json", "[{},]", ""),
    ];
    for (table, media, body, query) in bodies {
        let ask = |path: &str| {
            let path = format!("/{path}/{table}{query}");
            server.call("POST", &path).header("content-type", media).body(body.to_owned())
        };
        let (load, verify) = (server.send(ask("new_records")).await, server.send(ask("verify")).await);
        let (status, code) = (load.status.as_u16(), load.json()["type"].clone());
        let code = code.as_str().unwrap().strip_prefix("/problems/").unwrap();
        assert_eq!(verify.problem(status, code), load.problem(status, code), "{table} {media} {query}");
    }
    for key in ["a b", ""] {
        let answer =
            server.send(request(server, "departments", CSV, "1,A").header("idempotency-key", key)).await;
        answer.problem(400, "bad-idempotency-key");
    }
    let answer = server.send(server.call("GET", "/verify/departments")).await;
    answer.problem(405, "method-not-allowed");
    assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
}

async fn it_changes_nothing(server: &Server) {
    load(server, "one", "1,A\nx,B\n").await.expect(207);
    let state = async || {
        let hash = server.get("/hash/departments").await.expect(200);
        (hash, server.all("/batches").await, server.all("/rejected/departments").await)
    };
    let before = state().await;
    for (key, body) in [("one", "1,A\nx,B\n"), ("two", "2,A\ny,B\n")] {
        verify(server, key, body).await;
    }
    assert_eq!(state().await, before);
    // The key is not used up by being asked for.
    load(server, "two", "2,A\n").await.expect(201);
}

async fn an_answer_is_of_one_state(fixture: Fixture) {
    const ROUNDS: usize = 40;
    let server = fixture.shipped_package(&[]).start().await;
    let body = |round: usize| -> String {
        let row = |i| if i % 5 == 0 { format!("x{round},A\n") } else { format!("{},A\n", round * 100 + i) };
        (0..50).map(row).collect()
    };
    let loading = async {
        for round in 1..=ROUNDS {
            load(&server, &round.to_string(), &body(round)).await.expect(207);
        }
    };
    let verifying = async {
        let mut round = 1;
        while round <= ROUNDS {
            let answer = verify(&server, &round.to_string(), &body(round)).await;
            // A batch is there with all its rows and rejects, or nothing of it is.
            if answer["batches"] == json!([]) {
                assert_eq!(answer["missing"], 50, "{answer}");
            } else {
                assert_eq!((&answer["stored"], &answer["rejected"]), (&json!(40), &json!(10)), "{answer}");
                round += 1;
            }
        }
    };
    tokio::join!(verifying, loading);
    server.stop().await.unwrap();
}
