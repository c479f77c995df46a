//! Files that others wrote.

use std::collections::HashMap;

use apache_avro::types::Value as Avro;
use apache_avro::{Codec, DeflateSettings, Schema, Writer, ZstandardSettings};
use serde_json::{Value, json};
use support::{Answer, Fixture, Server};

use super::{figures, filled};
use crate::tables::second_package;

conformance! {
    integers_may_be_long_and_fields_in_another_order,
    a_datetime_may_be_a_timestamp_or_a_text_with_a_space,
    every_codec_of_others_is_read,
    a_missing_optional_field_is_null_in_all_rows,
    every_type_is_read_from_whatever_holds_it,
    rows_may_come_in_any_order,
    two_rows_with_one_key_are_refused,
    what_would_be_lost_or_made_up_is_refused,
}

/// A file with a record of a name and these fields.
fn file(name: &str, fields: Value, rows: Vec<Vec<Avro>>, codec: Codec) -> Vec<u8> {
    let schema = Schema::parse(&json!({ "type": "record", "name": name, "fields": fields })).unwrap();
    let names: Vec<String> =
        fields.as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect();
    let mut writer =
        Writer::builder().schema(&schema).writer(Vec::new()).codec(codec).block_size(500).build().unwrap();
    for row in rows {
        writer.append_value(Avro::Record(names.iter().cloned().zip(row).collect())).unwrap();
    }
    writer.into_inner().unwrap()
}

/// Puts a file among the backups of a table and restores it.
async fn restore(fixture: &Fixture, server: &Server, table: &str, file: &[u8]) -> Answer {
    fixture.put_backup(table, "foreign.avro", file);
    server.restore(table, "backup=foreign.avro").await
}

fn employee_fields(datetime: Value, integer: &str) -> Value {
    json!([
        { "name": "job_id", "type": integer },
        { "name": "hiring_date", "type": datetime },
        { "name": "employee_name", "type": "string" },
        { "name": "department_id", "type": integer },
        { "name": "employee_id", "type": integer },
    ])
}

fn text(text: &str) -> Avro {
    Avro::String(text.to_owned())
}

async fn integers_may_be_long_and_fields_in_another_order(fixture: Fixture) {
    let server = filled(&fixture, 3).await;
    let hash = server.hash("employees").await;
    let row = |id: i64| {
        let (job, department) = (Avro::Long(id % 183 + 1), Avro::Long(id % 12 + 1));
        vec![job, text("2021-07-27T16:02:08Z"), text(&format!("Ада {id}")), department, Avro::Long(id)]
    };
    let rows = (1..=3).map(row).collect();
    let file = file("employees", employee_fields(json!("string"), "long"), rows, Codec::Null);
    fixture.sql(&["DELETE FROM employees"]).await;
    assert_eq!(restore(&fixture, &server, "employees", &file).await.expect(200)["content_hash"], hash);
    assert_eq!(server.hash("employees").await, hash);
    server.stop().await.unwrap();
}

async fn a_datetime_may_be_a_timestamp_or_a_text_with_a_space(fixture: Fixture) {
    let server = filled(&fixture, 1).await;
    let hash = server.hash("employees").await;
    let logical = |name: &str| json!({ "type": "long", "logicalType": name });
    let seconds = 1_627_401_728;
    for (datetime, value) in [
        (json!("string"), text("2021-07-27 16:02:08")),
        (json!("string"), text("2021-07-27T18:02:08+02:00")),
        (logical("timestamp-millis"), Avro::TimestampMillis(seconds * 1000)),
        (logical("timestamp-micros"), Avro::TimestampMicros(seconds * 1_000_000)),
        (logical("local-timestamp-millis"), Avro::LocalTimestampMillis(seconds * 1000)),
        (
            json!(["null", logical("timestamp-millis")]),
            Avro::Union(1, Box::new(Avro::TimestampMillis(seconds * 1000))),
        ),
    ] {
        let row = vec![Avro::Int(2), value, text("Ада 1"), Avro::Int(2), Avro::Int(1)];
        let file = file("employees", employee_fields(datetime.clone(), "int"), vec![row], Codec::Null);
        fixture.sql(&["UPDATE employees SET hiring_date = '2000-01-01 00:00:00'"]).await;
        fixture.sql(&["DELETE FROM employees"]).await;
        restore(&fixture, &server, "employees", &file).await.expect(200);
        assert_eq!(server.hash("employees").await, hash, "{datetime}");
    }
    for (name, value) in [
        ("timestamp-millis", Avro::TimestampMillis(seconds * 1000 + 25)),
        ("timestamp-nanos", Avro::TimestampNanos(seconds * 1_000_000_000 + 25_000_000)),
        ("string", text("2021-07-27T16:02:08.025Z")),
    ] {
        let datetime = if name == "string" { json!(name) } else { logical(name) };
        let row = vec![Avro::Int(2), value, text("x"), Avro::Int(2), Avro::Int(1)];
        let file = file("employees", employee_fields(datetime, "int"), vec![row], Codec::Null);
        restore(&fixture, &server, "employees", &file).await.expect(200);
        assert_eq!(
            server.get("/view/employees/1").await.expect(200)["hiring_date"],
            "2021-07-27T16:02:08.025Z"
        );
    }
    for (name, value) in [
        ("timestamp-nanos", Avro::TimestampNanos(seconds * 1_000_000_000 + 1)),
        ("timestamp-millis", Avro::TimestampMillis(i64::MAX)),
    ] {
        let why = "the field `hiring_date` cannot be read as datetime";
        let row = vec![Avro::Int(2), value, text("x"), Avro::Int(2), Avro::Int(1)];
        let fields = employee_fields(logical(name), "int");
        let answer =
            restore(&fixture, &server, "employees", &file("employees", fields, vec![row], Codec::Null)).await;
        let detail = answer.problem(422, "damaged-backup");
        assert!(detail.contains("row 1, in the block at byte ") && detail.ends_with(why), "{detail}");
    }
    let row = vec![Avro::Int(2), text("27.07.2021"), text("x"), Avro::Int(2), Avro::Int(1)];
    let file = file("employees", employee_fields(json!("string"), "int"), vec![row], Codec::Null);
    let detail = restore(&fixture, &server, "employees", &file).await.problem(422, "damaged-backup");
    let why = "row 1: field `hiring_date`: expected YYYY-MM-DDThh:mm:ssZ, got \"27.07.2021\"";
    assert!(detail.ends_with(why), "{detail}");
    server.stop().await.unwrap();
}

async fn every_codec_of_others_is_read(fixture: Fixture) {
    let server = filled(&fixture, 0).await;
    let fields = json!([{ "name": "job_id", "type": "int" }, { "name": "job_name", "type": "string" }]);
    for (i, codec) in [
        Codec::Null,
        Codec::Deflate(DeflateSettings::default()),
        Codec::Snappy,
        Codec::Zstandard(ZstandardSettings::new(19)),
    ]
    .into_iter()
    .enumerate()
    {
        let rows = (1..=200).map(|id| vec![Avro::Int(id), text(&format!("Job {id} by {i}"))]).collect();
        let restored = restore(&fixture, &server, "jobs", &file("jobs", fields.clone(), rows, codec)).await;
        assert_eq!(restored.expect(200)["after"], 200);
        assert_eq!(server.get("/view/jobs/200").await.expect(200)["job_name"], format!("Job 200 by {i}"));
    }
    server.stop().await.unwrap();
}

async fn a_missing_optional_field_is_null_in_all_rows(fixture: Fixture) {
    let server = second_package::start(&fixture).await;
    let fields = json!([{ "name": "kind", "type": "string" }, { "name": "code", "type": "string" }]);
    let rows = ["a", "b"].map(|code| vec![text("shop"), text(code)]).to_vec();
    restore(&fixture, &server, "places", &file("places", fields, rows, Codec::Null)).await.expect(200);
    assert_eq!(server.all("/view/places").await, ["a", "b"].map(second_package::place));
    server.stop().await.unwrap();
}

async fn every_type_is_read_from_whatever_holds_it(fixture: Fixture) {
    let server = second_package::start(&fixture).await;
    let fields = |code: Value, opened: Value, rating: Value| {
        let kind = json!({ "type": "enum", "name": "kinds", "symbols": ["depot", "shop"] });
        json!([
            { "name": "code", "type": code },
            { "name": "kind", "type": kind },
            { "name": "opened", "type": opened },
            { "name": "rating", "type": rating },
        ])
    };
    let date = json!({ "type": "int", "logicalType": "date" });
    let shop = || Avro::Enum(1, "shop".to_owned());
    let some = |value| Avro::Union(1, Box::new(value));
    for (fields, row, opened, rating) in [
        (
            fields(json!("string"), date.clone(), json!("float")),
            vec![text("a"), shop(), Avro::Date(18_321), Avro::Float(4.5)],
            json!("2020-02-29"),
            json!(4.5),
        ),
        (
            fields(json!(["null", "string"]), json!("string"), json!("int")),
            vec![some(text("a")), shop(), text("2020-02-29"), Avro::Int(3)],
            json!("2020-02-29"),
            json!(3),
        ),
        (
            fields(json!("string"), json!(["null", "string"]), json!(["null", "double"])),
            vec![text("a"), shop(), Avro::Union(0, Box::new(Avro::Null)), some(Avro::Double(-0.0))],
            Value::Null,
            json!(0),
        ),
    ] {
        let file = file("places", fields, vec![row], Codec::Null);
        restore(&fixture, &server, "places", &file).await.expect(200);
        let mut place = second_package::place("a");
        (place["opened"], place["rating"]) = (opened, rating);
        assert_eq!(server.get("/view/places/a").await.expect(200), place);
    }
    server.stop().await.unwrap();
}

async fn rows_may_come_in_any_order(fixture: Fixture) {
    let server = filled(&fixture, 0).await;
    let (hash, jobs) = (server.hash("jobs").await, server.all("/view/jobs").await);
    let names: HashMap<i64, &str> =
        jobs.iter().map(|job| (job["job_id"].as_i64().unwrap(), job["job_name"].as_str().unwrap())).collect();
    let rows = names.iter().map(|(id, name)| vec![Avro::Int(*id as i32), text(name)]).collect();
    let fields = json!([{ "name": "job_id", "type": "int" }, { "name": "job_name", "type": "string" }]);
    let restored =
        restore(&fixture, &server, "jobs", &file("jobs", fields, rows, Codec::Snappy)).await.expect(200);
    assert_eq!(figures(&restored), [183, 183, 0, 0, 0, 183]);
    assert_eq!(restored["content_hash"], hash);
    server.stop().await.unwrap();
}

async fn two_rows_with_one_key_are_refused(fixture: Fixture) {
    let server = filled(&fixture, 0).await;
    let rows = (1..=1500).chain([700]).map(|id| vec![Avro::Int(id), text("x")]).collect();
    let fields = json!([{ "name": "job_id", "type": "int" }, { "name": "job_name", "type": "string" }]);
    let detail = restore(&fixture, &server, "jobs", &file("jobs", fields, rows, Codec::Null)).await;
    let why = "one of the rows 1 to 1501 has the primary key or a unique value of another row";
    assert!(detail.problem(422, "damaged-backup").ends_with(why));
    server.stop().await.unwrap();
}

async fn what_would_be_lost_or_made_up_is_refused(fixture: Fixture) {
    let server = filled(&fixture, 0).await;
    let id = json!({ "name": "job_id", "type": "int" });
    let name = json!({ "name": "job_name", "type": "string" });
    for (record, fields, why) in [
        ("job", json!([id, name]), "the file holds records of `job`, not of `jobs`"),
        ("jobs", json!([id]), "the file lacks the required field `job_name`"),
        ("jobs", json!([id, { "name": "Job_name", "type": "string" }]), "the file has a field `Job_name`"),
        ("jobs", json!([id, name, { "name": "wage", "type": "int" }]), "the file has a field `wage`"),
        (
            "jobs",
            json!([{ "name": "job_id", "type": "string" }, name]),
            "the field `job_id` is integer in the data dictionary, but \"string\" in the file",
        ),
        (
            "jobs",
            json!([{ "name": "job_id", "type": "double" }, name]),
            "the field `job_id` is integer in the data dictionary, but \"double\" in the file",
        ),
        (
            "jobs",
            json!([id, { "name": "job_name", "type": ["null", "string", "bytes"] }]),
            "the field `job_name` is string in the data dictionary, but ",
        ),
    ] {
        let file = file(record, fields, Vec::new(), Codec::Null);
        let detail = restore(&fixture, &server, "jobs", &file).await.problem(422, "damaged-backup");
        assert!(detail.contains(why), "{detail}");
    }
    let schema = Schema::parse_str("\"int\"").unwrap();
    let mut writer = Writer::new(&schema, Vec::new()).unwrap();
    writer.append_value(1).unwrap();
    let file = writer.into_inner().unwrap();
    let detail = restore(&fixture, &server, "jobs", &file).await.problem(422, "damaged-backup");
    assert!(detail.ends_with("the file's schema is not a record"), "{detail}");
    server.stop().await.unwrap();
}
