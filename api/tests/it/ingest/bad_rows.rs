//! Rows that are rejected, each with the right codes, row and line, and the others in.

use serde_json::{Value, json};
use support::{Answer, Fixture, Server};

conformance! {
    a_record_with_too_few_cells_misses_one,
    a_record_with_too_many_cells_has_an_extra_one,
    an_unclosed_quote_takes_its_own_line_only,
    a_nul_character_is_a_type_error,
    a_nul_character_has_the_same_error_in_every_format,
    a_byte_that_is_not_utf_8_is_an_encoding_error,
    a_cell_of_5_mb_is_rejected_and_cut_where_it_is_shown,
    a_byte_order_mark_is_no_part_of_the_first_cell,
    crlf_and_lf_may_be_mixed,
    a_quoted_newline_stays_in_its_cell_and_counts_as_a_line,
    blank_lines_are_no_rows_and_count_as_lines,
    of_two_rows_with_one_key_the_second_names_the_first,
    a_rejected_row_takes_no_key,
    an_integer_beyond_64_bits_is_a_type_error,
    a_fraction_a_string_or_a_word_for_an_integer_is_a_type_error,
    an_integer_out_of_its_bounds_breaks_a_constraint,
    a_length_counts_characters,
    a_cell_that_is_nested_without_end_is_a_type_error,
    half_a_character_in_json_is_an_encoding_error,
    an_unknown_member_is_an_extra_cell,
    what_is_no_object_or_repeats_a_member_is_a_format_error,
    a_datetime_with_a_single_digit_is_a_type_error,
    a_reference_to_nowhere_names_the_parent,
    a_rejected_row_has_all_its_errors_in_field_order,
    the_answer_holds_every_one_of_1000_rejects,
}

/// Posts rows of departments. That the ids stored are these is asserted.
async fn post(fixture: &Fixture, media: &str, body: impl Into<Vec<u8>>, stored: &[u64]) -> Answer {
    let server = fixture.shipped_package(&[]).start().await;
    let answer = server.post("departments", media, body.into()).await;
    let rows = server.all("/view/departments").await;
    let ids: Vec<_> = rows.iter().map(|row| row["department_id"].as_u64().unwrap()).collect();
    assert_eq!(ids, stored, "{}", answer.text());
    server.stop().await.unwrap();
    answer
}

async fn a_record_with_too_few_cells_misses_one(fixture: Fixture) {
    let answer = post(&fixture, "text/csv", "1,A\n2\n3,C\n", &[1, 3]).await;
    assert_eq!(answer.rejects(), json!([[2, 2, ["missing-cell"]]]));
    assert_eq!(answer.json()["rejects"][0]["errors"][0]["field"], "department_name");
}

async fn a_record_with_too_many_cells_has_an_extra_one(fixture: Fixture) {
    let answer = post(&fixture, "text/csv", "1,A\n2,B,b\n3,C\n", &[1, 3]).await;
    assert_eq!(answer.rejects(), json!([[2, 2, ["extra-cell"]]]));
    assert_eq!(answer.json()["rejects"][0]["errors"][0]["cell"], "b");
}

async fn an_unclosed_quote_takes_its_own_line_only(fixture: Fixture) {
    let answer = post(&fixture, "text/csv", "1,A\n2,\"B\n3,C\n4,D\n", &[1, 3, 4]).await;
    assert_eq!(answer.rejects(), json!([[2, 2, ["format-error"]]]));
}

async fn a_nul_character_is_a_type_error(fixture: Fixture) {
    let answer = post(&fixture, "text/csv", "1,A\n2,B\0b\n\x003,C\n4,D\n", &[1, 4]).await;
    assert_eq!(answer.rejects(), json!([[2, 2, ["type-error"]], [3, 3, ["type-error"]]]));
}

async fn a_nul_character_has_the_same_error_in_every_format(fixture: Fixture) {
    let server = fixture.shipped_package(&[]).start().await;
    let bodies = [
        ("text/csv", "1,A\0\n"),
        ("application/json", r#"[{"department_id":1,"department_name":"A\u0000"}]"#),
        ("application/x-ndjson", r#"{"department_id":1,"department_name":"A\u0000"}"#),
    ];
    for (media, body) in bodies {
        let answer = server.post("departments", media, body).await.expect(422);
        let error = &answer["rejects"][0]["errors"][0];
        assert_eq!(error["code"], "type-error", "{media}");
        let message = "field `department_name`: holds the character U+0000, which cannot be stored";
        assert_eq!(error["message"], message, "{media}");
    }
    server.stop().await.unwrap();
}

async fn a_byte_that_is_not_utf_8_is_an_encoding_error(fixture: Fixture) {
    let answer = post(&fixture, "text/csv", b"1,A\n2,caf\xe9\n3,caf\xc3\xa9\n".to_vec(), &[1, 3]).await;
    assert_eq!(answer.rejects(), json!([[2, 2, ["encoding-error"]]]));
    let lines = b"{\"department_id\":1,\"department_name\":\"A\"}\n{\"department_id\":2,\"\xff\":0}\n";
    fixture.drop_database().await;
    let answer = post(&fixture, "application/x-ndjson", lines.to_vec(), &[1]).await;
    assert_eq!(answer.rejects(), json!([[2, 2, ["encoding-error"]]]));
}

async fn a_cell_of_5_mb_is_rejected_and_cut_where_it_is_shown(fixture: Fixture) {
    let body = format!("1,A\n2,{}\n3,C\n", "x".repeat(5_000_000));
    let answer = post(&fixture, "text/csv", body, &[1, 3]).await;
    assert_eq!(answer.rejects(), json!([[2, 2, ["constraint-error"]]]));
    let error = answer.json()["rejects"][0]["errors"][0].clone();
    assert_eq!(error["constraint"], "maxLength");
    assert_eq!(error["cell"], format!("{}... (5000000 characters)", "x".repeat(200)));
}

async fn a_byte_order_mark_is_no_part_of_the_first_cell(fixture: Fixture) {
    post(&fixture, "text/csv", "\u{feff}1,A\n2,B\n", &[1, 2]).await.expect(201);
    fixture.drop_database().await;
    let header = "\u{feff}department_id,department_name\n1,A\n";
    post(&fixture, "text/csv; header=present", header, &[1]).await.expect(201);
    fixture.drop_database().await;
    let object = "{\"department_id\":1,\"department_name\":\"A\"}";
    post(&fixture, "application/x-ndjson", format!("\u{feff}{object}\n"), &[1]).await.expect(201);
    fixture.drop_database().await;
    post(&fixture, "application/json", format!("\u{feff}[{object}]"), &[1]).await.expect(201);
}

async fn crlf_and_lf_may_be_mixed(fixture: Fixture) {
    let answer = post(&fixture, "text/csv", "1,A\r\n2,B\nx,C\r\n4,D\n5,E", &[1, 2, 4, 5]).await;
    assert_eq!(answer.rejects(), json!([[3, 3, ["type-error"]]]));
}

async fn a_quoted_newline_stays_in_its_cell_and_counts_as_a_line(server: &Server) {
    let answer = server.post_csv("departments", "1,\"two\r\nlines, \"\"quoted\"\"\"\nx,B\n3,C\n").await;
    assert_eq!(answer.rejects(), json!([[2, 3, ["type-error"]]]));
    let row = server.get("/view/departments/1").await.expect(200);
    assert_eq!(row["department_name"], "two\r\nlines, \"quoted\"");
}

async fn blank_lines_are_no_rows_and_count_as_lines(fixture: Fixture) {
    let answer = post(&fixture, "text/csv", "\n\r\n1,A\n\nx,B\n\n", &[1]).await;
    assert_eq!(answer.rejects(), json!([[2, 5, ["type-error"]]]));
    fixture.drop_database().await;
    let body = "\n\n{\"department_id\":1,\"department_name\":\"A\"}\n\nx\n";
    let answer = post(&fixture, "application/x-ndjson", body, &[1]).await;
    assert_eq!(answer.rejects(), json!([[2, 5, ["format-error"]]]));
}

async fn of_two_rows_with_one_key_the_second_names_the_first(server: &Server) {
    let answer = server.post_csv("departments", "7,first\n7,second\n").await;
    assert_eq!(answer.rejects(), json!([[2, 2, ["primary-key"]]]));
    let message = answer.json()["rejects"][0]["errors"][0]["message"].clone();
    assert!(message.as_str().unwrap().contains("by row 1"), "{message}");
    assert_eq!(server.get("/view/departments/7").await.expect(200)["department_name"], "first");
    let answer = server.post_csv("departments", "8,new\n7,third\n").await;
    let message = answer.json()["rejects"][0]["errors"][0]["message"].clone();
    assert!(message.as_str().unwrap().contains("a stored row"), "{message}");
}

async fn a_rejected_row_takes_no_key(fixture: Fixture) {
    let answer = post(&fixture, "text/csv", "7,\n7,B\n7,C\n", &[7]).await;
    assert_eq!(answer.rejects(), json!([[1, 1, ["constraint-error"]], [3, 3, ["primary-key"]]]));
    let message = answer.json()["rejects"][1]["errors"][0]["message"].clone();
    assert!(message.as_str().unwrap().contains("by row 2"), "{message}");
}

async fn an_integer_beyond_64_bits_is_a_type_error(fixture: Fixture) {
    let answer = post(&fixture, "text/csv", "9223372036854775808,A\n2,B\n", &[2]).await;
    assert_eq!(answer.rejects(), json!([[1, 1, ["type-error"]]]));
    fixture.drop_database().await;
    let body = r#"[{"department_id":-9223372036854775809,"department_name":"A"}]"#;
    let answer = post(&fixture, "application/json", body, &[]).await;
    assert_eq!(answer.rejects(), json!([[1, null, ["type-error"]]]));
}

async fn a_fraction_a_string_or_a_word_for_an_integer_is_a_type_error(fixture: Fixture) {
    let answer = post(&fixture, "text/csv", "1.0,A\nNaN,B\n1e3,C\n4 5,D\n5,E\n\" 6 \",F\n", &[5, 6]).await;
    let rejects = answer.rejects();
    let rows: Vec<_> = rejects.as_array().unwrap().iter().map(|reject| &reject[0]).collect();
    assert_eq!(rows, [1, 2, 3, 4]);
    assert!(rejects.as_array().unwrap().iter().all(|reject| reject[2] == json!(["type-error"])));
    fixture.drop_database().await;
    let ids = ["1.0", "\"7\"", "\"NaN\"", "true", "[8]", "{}", "1e3", "9"];
    let objects = ids.map(|id| format!("{{\"department_id\":{id},\"department_name\":\"A\"}}"));
    let answer = post(&fixture, "application/json", format!("[{}]", objects.join(",")), &[9]).await;
    let expected: Value = (1..=7).map(|row| json!([row, null, ["type-error"]])).collect();
    assert_eq!(answer.rejects(), expected);
}

async fn an_integer_out_of_its_bounds_breaks_a_constraint(fixture: Fixture) {
    let answer = post(&fixture, "text/csv", "0,A\n2147483648,B\n2147483647,C\n", &[2_147_483_647]).await;
    let broken = |i: usize| answer.json()["rejects"][i]["errors"][0]["constraint"].clone();
    assert_eq!([broken(0), broken(1)], ["minimum", "maximum"]);
}

async fn a_length_counts_characters(fixture: Fixture) {
    let body = format!("1,{}\n2,{}\n", "😀".repeat(100), "😀".repeat(101));
    let answer = post(&fixture, "text/csv", body, &[1]).await;
    assert_eq!(answer.json()["rejects"][0]["errors"][0]["constraint"], "maxLength");
}

async fn a_cell_that_is_nested_without_end_is_a_type_error(fixture: Fixture) {
    let good = r#"{"department_id":1,"department_name":"A"}"#;
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bad = format!("{{\"department_id\":2,\"department_name\":{nested}}}");
    let answer = post(&fixture, "application/json", format!("[{bad},{good}]"), &[1]).await;
    assert_eq!(answer.rejects(), json!([[1, null, ["type-error"]]]));
}

async fn half_a_character_in_json_is_an_encoding_error(fixture: Fixture) {
    let rows = r#"[{"department_id":1,"department_name":"\ud83d"},
                   {"department_id":2,"department_name":"\ud83d\ude00"}]"#;
    let answer = post(&fixture, "application/json", rows, &[2]).await;
    assert_eq!(answer.rejects(), json!([[1, null, ["encoding-error"]]]));
}

async fn an_unknown_member_is_an_extra_cell(fixture: Fixture) {
    let body = r#"[{"department_id":1,"department_name":"A","colour":"red"},
                   {"department_id":2,"department_name":"B"}]"#;
    let answer = post(&fixture, "application/json", body, &[2]).await;
    assert_eq!(answer.rejects(), json!([[1, null, ["extra-cell"]]]));
    assert_eq!(answer.json()["rejects"][0]["errors"][0]["field"], "colour");
}

async fn what_is_no_object_or_repeats_a_member_is_a_format_error(fixture: Fixture) {
    let good = r#"{"department_id":1,"department_name":"A"}"#;
    let twice = r#"{"department_id":2,"department_id":3,"department_name":"B"}"#;
    let answer = post(&fixture, "application/json", format!("[5, [], {twice}, null, {good}]"), &[1]).await;
    let expected: Value = (1..=4).map(|row| json!([row, null, ["format-error"]])).collect();
    assert_eq!(answer.rejects(), expected);
    fixture.drop_database().await;
    let body = format!("{{\"department_id\":\n{twice}\n{good}{good}\n{good}\n");
    let answer = post(&fixture, "application/x-ndjson", body, &[1]).await;
    let expected: Value = (1..=3).map(|row| json!([row, row, ["format-error"]])).collect();
    assert_eq!(answer.rejects(), expected);
}

/// A server with department 1 and job 1.
async fn with_parents(fixture: &Fixture) -> Server {
    let server = fixture.shipped_package(&[]).start().await;
    server.post_csv("departments", "1,A\n").await.expect(201);
    server.post_csv("jobs", "1,B\n").await.expect(201);
    server
}

async fn a_datetime_with_a_single_digit_is_a_type_error(fixture: Fixture) {
    let server = with_parents(&fixture).await;
    let answer =
        server.post_csv("employees", "1,Ada,2027-08-29T00:0:1Z,1,1\n2,Bo,2027-08-29T00:00:01Z,1,1\n").await;
    assert_eq!(answer.rejects(), json!([[1, 1, ["type-error"]]]));
    let error = answer.json()["rejects"][0]["errors"][0].clone();
    assert_eq!(error["cell"], "2027-08-29T00:0:1Z");
    assert_eq!(error["expected"], "YYYY-MM-DDThh:mm:ssZ");
    server.stop().await.unwrap();
}

async fn a_reference_to_nowhere_names_the_parent(fixture: Fixture) {
    let server = with_parents(&fixture).await;
    let row = "2021-01-01T00:00:00Z";
    let answer = server.post_csv("employees", format!("1,Ada,{row},99,1\n2,Bo,{row},1,1\n")).await;
    assert_eq!(answer.rejects(), json!([[1, 1, ["foreign-key"]]]));
    let error = answer.json()["rejects"][0]["errors"][0].clone();
    assert_eq!(error["field"], "department_id");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("`departments`") && message.contains("\"99\""), "{message}");
    server.stop().await.unwrap();
}

async fn a_rejected_row_has_all_its_errors_in_field_order(fixture: Fixture) {
    let server = with_parents(&fixture).await;
    server.post_csv("employees", "1,Ada,2021-01-01T00:00:00Z,1,1\n").await.expect(201);
    let answer = server.post_csv("employees", "1,,yesterday,99,x,more\n").await;
    let codes = ["primary-key", "constraint-error", "type-error", "foreign-key", "type-error", "extra-cell"];
    assert_eq!(answer.rejects(), json!([[1, 1, codes]]));
    let rejects = answer.json()["rejects"][0]["errors"].clone();
    let fields: Vec<_> = rejects.as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    let names = ["employee_id", "employee_name", "hiring_date", "department_id", "job_id"];
    assert_eq!(json!(fields[..5]), json!(names));
    server.stop().await.unwrap();
}

async fn the_answer_holds_every_one_of_1000_rejects(fixture: Fixture) {
    let body: String = (1..=1000).map(|id| format!("{id},\n")).collect();
    let answer = post(&fixture, "text/csv", body, &[]).await;
    answer.expect(422);
    let expected: Value = (1..=1000).map(|row| json!([row, row, ["constraint-error"]])).collect();
    assert_eq!(answer.rejects(), expected);
}
