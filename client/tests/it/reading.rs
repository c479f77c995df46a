//! `get-by-id`, `rejected` and `batches`.

use serde_json::{Value, json};

use crate::fixture::{Fixture, employees};
use support::{Fate, Proxy};

#[test]
fn one_row_is_shown_as_a_table_or_as_json() {
    let fixture = Fixture::start();
    let json = fixture.client(&["--json", "get-by-id", "departments", "2"]).expect(0);
    assert_eq!(json, "{\"department_id\":2,\"department_name\":\"Sales\"}\n");
    let table = fixture.client(&["get-by-id", "departments", "2"]).expect(0);
    assert!(table.contains("department_name") && table.contains("Sales"), "{table}");
}

#[test]
fn a_row_that_is_not_there_is_a_failure_in_a_sentence() {
    let fixture = Fixture::start();
    let ran = fixture.client(&["get-by-id", "departments", "99"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, "error: departments has no row with department_id 99\n"));
    let ran = fixture.client(&["get-by-id", "departments", "two"]);
    assert!(ran.err.contains("department_id of departments must be an integer"), "{}", ran.err);
}

#[test]
fn an_id_is_asked_for_as_it_is_written() {
    let fixture = Fixture::words();
    let ids = ["-5", "-x", "--json", "a/b", "a?b#c", "%2e%2e", "a b+c", "\\", "...", "\u{e9}", "a\tb"];
    let rows: String = ids.iter().map(|id| format!("{id},this one,\n")).collect();
    fixture.send("words", &fixture.file("new.csv", &(rows + "ab,another,\n..,third,\n")), 0);
    for id in ids {
        let found = fixture.client(&["--json", "get-by-id", "words", "--", id]).expect(0);
        let found: Value = serde_json::from_str(&found).unwrap();
        assert_eq!((&found["word"], &found["note"]), (&id.into(), &"this one".into()));
    }
    assert!(fixture.client(&["get-by-id", "words", "-5"]).expect(0).contains("this one"));
    assert!(fixture.client(&["get-by-id", "words", "-5", "--json"]).expect(0).starts_with('{'));
}

#[test]
fn keys_of_special_characters_and_of_the_greatest_length_are_shown() {
    let fixture = Fixture::words();
    let signs = ('\u{1}'..='\u{a0}').filter(|sign| !sign.is_ascii_alphanumeric());
    let mut keys: Vec<String> = signs.map(String::from).collect();
    // Pairs of random signs, and keys of the greatest length.
    let any = |_| keys[fastrand::usize(..keys.len())].clone();
    let pairs: Vec<String> = (0..20).map(|i| any(i) + &any(i)).collect();
    keys.extend(pairs);
    keys.extend(["😀".repeat(255), "/".repeat(255), "%".repeat(255), "../".repeat(85)]);
    keys.sort_unstable();
    keys.dedup();
    let rows: Value = keys.iter().map(|key| json!({ "word": key, "note": "this one" })).collect();
    let answer = fixture.post_json("words", &rows);
    assert!(answer.contains(&format!("{0} of {0} rows inserted", keys.len())), "{answer}");
    for key in keys {
        let found = fixture.client(&["--json", "get-by-id", "words", "--", &key]).expect(0);
        let found: Value = serde_json::from_str(&found).unwrap();
        assert_eq!((&found["word"], &found["note"]), (&key.into(), &"this one".into()));
    }
}

#[test]
fn a_key_that_cannot_be_sent_in_a_path_is_found() {
    let fixture = Fixture::words();
    for id in [".", "..", ""] {
        let ran = fixture.client(&["get-by-id", "words", id]);
        assert_eq!((ran.code, ran.err), (1, format!("error: words has no row with word {id:?}\n")));
    }
    // More than a page of rows comes before each of them.
    let rows: String = (0..1100).map(|i| format!("-\u{10ffff}{i},,\n.-\u{10ffff}{i},,\n")).collect();
    fixture.send("words", &fixture.file("new.csv", &(rows + ".,one,\n..,two,\n...,three,\n")), 0);
    fixture.sql("INSERT INTO words (word, note) VALUES ('', 'none')");
    for (id, note) in [(".", "one"), ("..", "two"), ("...", "three"), ("", "none")] {
        let found = fixture.client(&["--json", "get-by-id", "words", id]).expect(0);
        let found: Value = serde_json::from_str(&found).unwrap();
        assert_eq!((&found["word"], &found["note"]), (&id.into(), &note.into()));
    }
    let fixture = Fixture::with_header();
    let ran = fixture.client(&["get-by-id", "things", "."]);
    assert_eq!(ran.err, "error: id of things is an integer within 64 bits, got \".\"\n");
}

#[test]
fn a_table_that_is_not_there_is_answered_with_those_that_are_and_the_one_that_may_be_meant() {
    let fixture = Fixture::start();
    let tables = "the tables are departments, jobs, employees";
    for (name, meant) in [("employes", "employees"), ("Job", "jobs"), ("department", "departments")] {
        for arguments in [&["rejected", name][..], &["get-by-id", name, "1"], &["add-new-records", name]] {
            let ran = fixture.client(arguments);
            let says = format!("error: there is no table {name:?}; {tables}; did you mean {meant}?\n");
            assert_eq!((ran.code, ran.err), (1, says));
        }
    }
    let ran = fixture.client(&["rejected", "nope"]);
    assert_eq!(ran.err, format!("error: there is no table \"nope\"; {tables}\n"));
    assert!(fixture.client(&["batches", "--table", "nope"]).err.contains(tables));
}

#[test]
fn rejects_are_listed_by_source_batch_code_and_number() {
    let fixture = Fixture::start();
    let bad = employees(1..=1200).replace("Ada", "");
    fixture.send("employees", &fixture.file("new.csv", &bad), 3);
    fixture.send("employees", &fixture.file("other.csv", "1,Ada,x,1,1\n"), 3);
    let count = |arguments: &[&str]| {
        let arguments = [&["--json", "rejected", "employees"], arguments].concat();
        fixture.client(&arguments).expect(0).lines().count()
    };
    assert_eq!(count(&[]), 100);
    assert_eq!(count(&["--all"]), 1201);
    assert_eq!(count(&["--limit", "1100"]), 1100);
    assert_eq!(count(&["--source", "new.csv", "--all"]), 1200);
    assert_eq!(count(&["--source", "new.csv", "--limit", "1100"]), 1100);
    assert_eq!(count(&["--source", "other.csv"]), 1);
    assert_eq!(count(&["--source", "new.csv", "--code", "type-error"]), 0);
    let batch = fixture.client(&["--json", "batches", "--source", "other.csv"]).expect(0);
    let batch: Value = serde_json::from_str(&batch).unwrap();
    assert_eq!(count(&["--batch", batch["id"].as_str().unwrap()]), 1);
    let ran = fixture.client(&["rejected", "employees", "--source", "none.csv"]);
    assert!(ran.err.contains("no batch of employees has the source \"none.csv\"; `batches --table employees` shows the sources\n"), "{}", ran.err);
    let some = fixture.client(&["rejected", "employees", "--source", "new.csv"]).expect(0);
    assert!(some.ends_with("there are more: --all shows them\n"), "{some}");
    assert_eq!(fixture.client(&["rejected", "jobs"]).expect(0), "no rejected rows\n");
}

#[test]
fn the_rejects_of_a_source_are_one_list_however_many_batches_it_has() {
    let fixture = Fixture::start();
    let file = fixture.file("new.csv", &employees(1..=4500).replace("00,Ada", "00,"));
    fixture.send("employees", &file, 2);
    let proxy = Proxy::start(fixture.addr(), &[], Fate::Pass);
    let arguments = ["--json", "rejected", "employees", "--source", "new.csv"];
    let rejects = fixture.run(fixture.command().env("API_URL", proxy.url()).args(arguments)).expect(0);
    assert_eq!(rejects.lines().count(), 45);
    let requests = proxy.requests();
    let lists = requests.iter().filter(|head| head.starts_with("GET /rejected/")).count();
    assert_eq!(
        (lists, requests.len()),
        (1, 3),
        "and the dictionary, and whether the source is known: {requests:?}"
    );
}

#[test]
fn batches_are_listed_newest_first() {
    let fixture = Fixture::start();
    let out = fixture.client(&["--json", "batches"]).expect(0);
    let tables: Vec<String> = out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["table"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(tables, ["jobs", "departments"]);
}

#[test]
fn batches_are_listed_by_kind() {
    let fixture = Fixture::start();
    fixture.send("departments", &fixture.file("new.csv", "13,Archive\n"), 0);
    let lines = |kind| fixture.client(&["--json", "batches", "--kind", kind]).expect(0).lines().count();
    assert_eq!((lines("history"), lines("load"), lines("restore")), (2, 1, 0));
    assert_eq!(fixture.client(&["batches", "--kind", "restore"]).expect(0), "no batches\n");
    fixture.client(&["batches", "--kind", "none"]).expect(64);
}

#[test]
fn a_health_check_says_whether_the_api_answers_and_leaves_no_log() {
    let fixture = Fixture::start();
    let log = fixture.file("a", "").with_file_name("log");
    let check = ["--log-dir", log.to_str().unwrap(), "healthcheck"];
    fixture.client(&check).expect(0);
    assert!(!log.exists(), "the health check made the log folder {}", log.display());
    // Nothing listens on the port of the discard protocol.
    assert_eq!(fixture.run(fixture.command().args(check).env("API_URL", "http://127.0.0.1:9")).code, 1);
}
