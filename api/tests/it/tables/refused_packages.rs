//! Data packages that the server does not start with, each refused in one sentence.

use serde_json::{Value, json};
use support::Fixture;

conformance! {
    a_descriptor_with_an_unknown_type_is_a_refusal_to_start,
    a_descriptor_with_a_reference_to_nowhere_is_a_refusal_to_start,
    a_descriptor_with_a_path_outside_its_folder_is_a_refusal_to_start,
    a_descriptor_with_constraints_that_contradict_each_other_is_a_refusal_to_start,
    a_descriptor_with_a_property_that_is_not_supported_is_a_refusal_to_start,
    a_table_name_that_only_differs_in_case_is_a_refusal_to_start,
    a_table_with_a_reserved_name_is_a_refusal_to_start,
    a_field_may_have_the_name_of_a_report,
    a_descriptor_that_is_no_json_is_a_refusal_to_start,
    a_descriptor_that_is_not_there_is_a_refusal_to_start,
    a_table_that_differs_from_the_descriptor_is_a_refusal_to_start,
}

/// Why the server does not start with the shipped descriptor after a change. That this is one sentence
/// which names the file is asserted.
async fn refusal(fixture: &Fixture, change: impl FnOnce(&mut Value)) -> String {
    let file = fixture.shipped_package(&[]).data().join("datapackage.json");
    let mut descriptor: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    change(&mut descriptor["resources"]);
    fixture.package(&descriptor);
    let why = fixture.refusal().await;
    let sentence = why.strip_prefix(&format!("{} is refused: ", file.display()));
    let sentence = sentence.unwrap_or_else(|| panic!("no file in: {why}"));
    assert!(!sentence.contains('\n') && !sentence.contains(". "), "{sentence}");
    sentence.to_owned()
}

async fn a_descriptor_with_an_unknown_type_is_a_refusal_to_start(fixture: Fixture) {
    let why = refusal(&fixture, |tables| tables[0]["schema"]["fields"][1]["type"] = json!("money")).await;
    assert_eq!(
        why,
        "table `departments`, field `department_name`: `type` is \"money\", but must be one of integer, number, \
         string, boolean, date, datetime, time, year, yearmonth, duration, geopoint, geojson, object, array, list, any"
    );
}

async fn a_descriptor_with_a_reference_to_nowhere_is_a_refusal_to_start(fixture: Fixture) {
    let table = |tables: &mut Value| {
        tables[2]["schema"]["foreignKeys"][0]["reference"]["resource"] = json!("teams");
    };
    let why = refusal(&fixture, table).await;
    assert_eq!(
        why,
        "table `employees`, foreign key (department_id): references `teams`, which is no table here"
    );
    let field = |tables: &mut Value| {
        tables[2]["schema"]["foreignKeys"][0]["reference"]["fields"] = json!("department_name");
    };
    let why = refusal(&fixture, field).await;
    assert!(why.contains("`departments.department_name` of type string"), "{why}");
}

async fn a_descriptor_with_a_path_outside_its_folder_is_a_refusal_to_start(fixture: Fixture) {
    for path in ["../departments.csv", "/etc/passwd", "a/../../b.csv"] {
        let why = refusal(&fixture, |tables| tables[0]["path"] = json!(path)).await;
        assert_eq!(
            why,
            format!(
                "table `departments`: `path` is \"{path}\", but must name a file inside the data package's folder"
            )
        );
    }
}

async fn a_descriptor_with_constraints_that_contradict_each_other_is_a_refusal_to_start(fixture: Fixture) {
    let bounds = json!({ "minimum": 5, "maximum": 4 });
    let why = refusal(&fixture, |tables| tables[0]["schema"]["fields"][0]["constraints"] = bounds).await;
    assert!(why.contains("`department_id`") && why.contains("no value would be valid"), "{why}");
}

async fn a_descriptor_with_a_property_that_is_not_supported_is_a_refusal_to_start(fixture: Fixture) {
    let why = refusal(&fixture, |tables| tables[0]["dialect"]["table"] = json!("t")).await;
    assert_eq!(
        why,
        "table `departments`: `dialect.table` names a table of a database, which is not read; save it as CSV"
    );
}

async fn a_table_name_that_only_differs_in_case_is_a_refusal_to_start(fixture: Fixture) {
    let why = refusal(&fixture, |tables| tables[2]["name"] = json!("Departments")).await;
    assert!(why.contains("`Departments`") && why.contains("`departments`"), "{why}");
}

async fn a_table_with_a_reserved_name_is_a_refusal_to_start(fixture: Fixture) {
    for (name, why) in [
        ("req1", "`name` is \"req1\", which is the name of a report"),
        ("Req2", "`name` is \"Req2\", which is the name of a report"),
        ("sqlite_jobs", "`name` is \"sqlite_jobs\", but SQLite keeps sqlite_ for itself"),
        ("SQLite_stat", "`name` is \"SQLite_stat\", but SQLite keeps sqlite_ for itself"),
    ] {
        let refusal = refusal(&fixture, |tables| tables[2]["name"] = json!(name)).await;
        assert_eq!(refusal, format!("resource 3: {why}; rename the resource"));
    }
}

async fn a_field_may_have_the_name_of_a_report(fixture: Fixture) {
    let field = |name, ty| json!({ "name": name, "type": ty });
    let mut fields = vec![field("id", "integer"), field("req1", "string"), field("sqlite_a", "integer")];
    fields[1]["constraints"] = json!({ "unique": true });
    let schema = json!({ "fields": fields, "primaryKey": "id" });
    let table = json!({ "name": "things", "path": "things.csv", "schema": schema });
    fixture.write("datapackage.json", json!({ "resources": [table] }).to_string());
    let server = fixture.start().await;
    let row = json!({ "id": 1, "req1": "a", "sqlite_a": 2 });
    server.post_json("things", json!([row])).await.expect(201);
    assert_eq!(server.get("/view/things/1").await.expect(200), row);
    assert_eq!(server.get("/view/things?format=csv").await.text(), "id,req1,sqlite_a\r\n1,a,2\r\n");
    server.stop().await.unwrap();
}

async fn a_descriptor_that_is_no_json_is_a_refusal_to_start(fixture: Fixture) {
    fixture.write("datapackage.json", "{\n  \"resources\": [}\n");
    let why = fixture.refusal().await;
    assert!(why.contains("is not valid JSON") && why.contains("line 2 column 17"), "{why}");
}

async fn a_descriptor_that_is_not_there_is_a_refusal_to_start(fixture: Fixture) {
    let why = fixture.refusal().await;
    assert!(why.contains("datapackage.json cannot be read; see DATA_PACKAGE"), "{why}");
}

async fn a_table_that_differs_from_the_descriptor_is_a_refusal_to_start(fixture: Fixture) {
    fixture.shipped_package(&[]).start().await.stop().await.unwrap();
    let file = fixture.data().join("datapackage.json");
    let descriptor = std::fs::read_to_string(file).unwrap();
    fixture.write("datapackage.json", descriptor.replace("department_name", "name"));
    let refusal = fixture.refusal().await;
    assert!(
        refusal.starts_with(
            "the table `departments` in the database differs from the data dictionary:\n\
             - the column `name` is missing, and no stored row violates it\n\
             - it has a column `department_name` that is no field, and no stored row violates it\n\
             - SQL that makes the table fit: "
        ),
        "{refusal}"
    );
    assert!(
        refusal.ends_with(
            "\nnothing was changed; change the table or the data dictionary, or use another database"
        ),
        "{refusal}"
    );
}
