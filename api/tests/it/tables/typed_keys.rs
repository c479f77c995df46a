//! Values of every type but strings as primary keys, references and unique values.

use serde_json::{Value, json};
use support::{Answer, Fixture};

conformance! {
    integers_are_keys_references_and_unique_values,
    numbers_are_keys_references_and_unique_values,
    booleans_are_keys_references_and_unique_values,
    dates_are_keys_references_and_unique_values,
    datetimes_are_keys_references_and_unique_values,
    times_are_keys_references_and_unique_values,
    years_are_keys_references_and_unique_values,
    months_of_a_year_are_keys_references_and_unique_values,
}

/// Two tables: `parents`, whose key is of a type, and `children`, which reference it.
fn package(ty: &str) -> String {
    let parents = json!({ "fields": [{ "name": "key", "type": ty }], "primaryKey": "key" });
    let children = json!({
        "fields": [
            { "name": "id", "type": "integer" },
            { "name": "parent", "type": ty },
            { "name": "once", "type": ty, "constraints": { "unique": true } },
        ],
        "primaryKey": "id",
        "foreignKeys": [{ "fields": "parent", "reference": { "resource": "parents", "fields": "key" } }],
    });
    let resources = json!([
        { "name": "parents", "path": "parents.csv", "schema": parents },
        { "name": "children", "path": "children.csv", "schema": children },
    ]);
    json!({ "resources": resources }).to_string()
}

fn codes(answer: &Answer) -> Vec<Value> {
    answer.rejects().as_array().unwrap().iter().map(|reject| reject[2].clone()).collect()
}

/// Stores keys, given as printed and in order, and finds them again. `aliases` are other ways to write
/// one of them, `absent` is a value that is none.
async fn keys_work(fixture: Fixture, ty: &str, keys: &[&str], aliases: &[&str], absent: Option<&str>) {
    let server = fixture.write("datapackage.json", package(ty)).start().await;
    let csv = |cells: &[&str]| format!("key\n{}\n", cells.join("\n"));
    let reversed: Vec<_> = keys.iter().rev().copied().collect();
    server.post_csv("parents", csv(&reversed)).await.expect(201);
    let again = server.post_csv("parents", csv(&[keys, aliases].concat())).await;
    assert_eq!(codes(&again), vec![json!(["primary-key"]); keys.len() + aliases.len()]);

    assert_eq!(server.get("/view/parents?format=csv").await.text(), csv(keys).replace('\n', "\r\n"));
    let is_string = !["integer", "number", "boolean", "year"].contains(&ty);
    let mut path = "/view/parents?limit=1".to_owned();
    for (i, key) in keys.iter().enumerate() {
        let answer = server.get(&path).await;
        let row = json!({ "key": if is_string { json!(key) } else { key.parse().unwrap() } });
        assert_eq!(answer.expect(200), json!([row]));
        assert_eq!(server.get(&format!("/view/parents/{key}")).await.expect(200), row);
        match answer.header("link") {
            Some(link) => path = link.split_once('>').unwrap().0[1..].to_owned(),
            None => assert_eq!(i + 1, keys.len()),
        }
    }

    let rows = |first: usize| -> String {
        keys.iter().enumerate().map(|(i, key)| format!("{},{key},{key}\n", first + i)).collect()
    };
    server.post_csv("children", format!("id,parent,once\n{}", rows(1))).await.expect(201);
    let again = server.post_csv("children", format!("id,parent,once\n{}", rows(101))).await;
    assert_eq!(codes(&again), vec![json!(["unique-error"]); keys.len()]);
    if let Some(absent) = absent {
        let orphan = server.post_csv("children", format!("id,parent,once\n200,{absent},{absent}\n")).await;
        assert_eq!(codes(&orphan), [json!(["foreign-key"])]);
    }
    server.stop().await.unwrap();
}

async fn integers_are_keys_references_and_unique_values(fixture: Fixture) {
    let keys = ["-9223372036854775808", "-1", "0", "7", "9007199254740993", "9223372036854775807"];
    keys_work(fixture, "integer", &keys, &["007", "+7", "-0"], Some("9007199254740992")).await;
}

async fn numbers_are_keys_references_and_unique_values(fixture: Fixture) {
    let small = ["-1.7976931348623157e308", "-0.1", "0", "5e-324", "0.1", "0.30000000000000004"];
    let large = ["1", "9007199254740992", "1e16", "1.7976931348623157e308"];
    let aliases = ["-0", "1.0", "10e-2", "+1e0"];
    keys_work(fixture, "number", &[&small[..], &large].concat(), &aliases, Some("0.3")).await;
}

async fn booleans_are_keys_references_and_unique_values(fixture: Fixture) {
    keys_work(fixture, "boolean", &["false", "true"], &["FALSE", "0", "1", "True"], None).await;
}

async fn dates_are_keys_references_and_unique_values(fixture: Fixture) {
    let keys = ["1000-01-01", "1582-10-10", "1969-12-31", "2020-02-29", "9999-12-31"];
    keys_work(fixture, "date", &keys, &[], Some("2020-03-01")).await;
}

async fn datetimes_are_keys_references_and_unique_values(fixture: Fixture) {
    let keys = [
        "1000-01-01T00:00:00Z",
        "2021-03-28T02:30:00Z",
        "2021-07-27T16:02:08Z",
        "2021-07-27T16:02:08.000001Z",
        "2021-07-27T16:02:08.25Z",
        "2021-07-27T16:02:08.5Z",
        "2021-07-27T16:02:09Z",
        "9999-12-31T23:59:59.999999Z",
    ];
    let aliases = ["2021-07-27T16:02:08", "2021-07-27T18:02:08.500+02:00", "2021-07-27T11:32:08.0-04:30"];
    keys_work(fixture, "datetime", &keys, &aliases, Some("2021-03-28T01:30:00Z")).await;
}

async fn times_are_keys_references_and_unique_values(fixture: Fixture) {
    let keys = ["00:00:00", "16:02:08", "16:02:08.000001", "16:02:08.25", "16:02:08.5", "23:59:59.999999"];
    keys_work(fixture, "time", &keys, &["16:02:08Z", "17:02:08.250+01:00"], Some("16:02:09")).await;
}

async fn years_are_keys_references_and_unique_values(fixture: Fixture) {
    keys_work(fixture, "year", &["1000", "1999", "2021", "9999"], &[" 2021"], Some("2000")).await;
}

async fn months_of_a_year_are_keys_references_and_unique_values(fixture: Fixture) {
    keys_work(fixture, "yearmonth", &["0001-01", "1999-12", "2021-07"], &["2021-07 "], Some("2021-08")).await;
}
