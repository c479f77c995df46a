//! A data dictionary that has changed since the tables were made.

use serde_json::{Value, json};
use support::{Engine, Fixture, Server, field, output_of};

use crate::API;

conformance! {
    what_only_widens_is_applied_at_start_and_every_row_stays,
    indexes_triggers_and_views_of_others_outlive_a_change,
    rejects_without_a_header_keep_their_cells_when_a_field_comes_in_between,
    longer_texts_are_taken_in_keys_and_references_too,
    a_text_in_a_reference_that_was_made_longer_half_way_is_completed,
    what_narrows_is_refused_with_all_differences_and_nothing_is_changed,
    the_sql_of_a_refusal_makes_the_table_fit,
    processes_that_start_at_the_same_time_with_a_wider_dictionary_are_all_ready,
    a_change_that_is_killed_is_done_or_not_and_the_next_start_goes_on,
    a_check_says_what_a_start_would_do_and_changes_nothing,
    a_check_counts_the_open_rejects_that_would_be_stored,
    a_check_refuses_a_descriptor_with_all_reasons,
}

/// A resource with a header.
fn table(name: &str, schema: Value) -> Value {
    json!({ "name": name, "path": format!("{name}.csv"), "schema": schema })
}

fn with(name: &str, ty: &str, constraints: Value) -> Value {
    json!({ "name": name, "type": ty, "constraints": constraints })
}

fn reference(field: &str, table: &str) -> Value {
    json!({ "fields": field, "reference": { "resource": table, "fields": "id" } })
}

/// A table whose files have no header, with these fields.
fn without_header(fields: &[Value]) -> Value {
    let schema = json!({ "fields": fields, "primaryKey": "id" });
    json!({ "resources": [
        { "name": "things", "path": "things.csv", "dialect": { "header": false }, "schema": schema },
    ] })
}

async fn rejects_without_a_header_keep_their_cells_when_a_field_comes_in_between(fixture: Fixture) {
    let (id, name) = (field("id", "integer"), with("name", "string", json!({ "required": true })));
    let server = fixture.package(&without_header(&[id.clone(), name.clone()])).start().await;
    server.post_csv("things", "x,one\n").await.expect(422);
    server.stop().await.unwrap();

    let colour = field("colour", "string");
    let server = fixture.package(&without_header(&[id.clone(), colour.clone(), name])).start().await;
    server.post_csv("things", "y,red,two\n").await.expect(422);
    let cells = async |server: &Server| {
        let csv = server.get("/rejected/things?format=csv").await.text().to_owned();
        let line =
            |line: &str| line.split(',').take_while(|cell| cell.len() < 36).collect::<Vec<_>>().join(",");
        csv.lines().map(line).collect::<Vec<_>>()
    };
    assert_eq!(cells(&server).await[1..], ["x,,one", "y,red,two"]);
    server.stop().await.unwrap();

    // A field that is no longer required, on SQLite, makes the table again.
    let fields = [field("size", "integer"), id, colour, field("name", "string")];
    let server = fixture.package(&without_header(&fields)).start().await;
    server.post_csv("things", "7,z,blue,three\n").await.expect(422);
    assert_eq!(cells(&server).await[1..], [",x,,one", ",y,red,two", "7,z,blue,three"]);
    server.stop().await.unwrap();
    let server = fixture.start().await;
    assert_eq!(cells(&server).await[1..], [",x,,one", ",y,red,two", "7,z,blue,three"]);
    server.stop().await.unwrap();
}

/// Parents, and things with a label, a size, a parent.
fn narrow() -> Value {
    let things = json!({
        "fields": [
            field("id", "integer"),
            with("label", "string", json!({ "maxLength": 20, "unique": true })),
            with("size", "integer", json!({ "required": true })),
            field("parent", "integer"),
        ],
        "primaryKey": "id",
        "foreignKeys": [reference("parent", "parents")],
    });
    let parents =
        json!({ "fields": [field("id", "integer"), field("weight", "integer")], "primaryKey": "id" });
    json!({ "resources": [table("things", things), table("parents", parents)] })
}

/// The same, wider in each way: fields in another order, some of them new, and a new table.
fn wide() -> Value {
    let things = json!({
        "fields": [
            field("note", "string"),
            field("size", "integer"),
            field("colour", "integer"),
            with("code", "string", json!({ "unique": true })),
            with("label", "string", json!({ "maxLength": 40 })),
            field("parent", "integer"),
            field("id", "integer"),
        ],
        "primaryKey": "id",
        "foreignKeys": [reference("colour", "colours")],
    });
    let parents =
        json!({ "fields": [field("id", "integer"), field("weight", "integer")], "primaryKey": "id" });
    let colours = json!({ "fields": [field("id", "integer")], "primaryKey": "id" });
    json!({ "resources": [table("things", things), table("parents", parents), table("colours", colours)] })
}

/// Starts a server on the narrow dictionary, with a parent and two things.
async fn filled(fixture: &Fixture) -> Server {
    let server = fixture.package(&narrow()).start().await;
    server.post_csv("parents", "id,weight\n1,10\n").await.expect(201);
    server.post_csv("things", "id,label,size,parent\n1,a,5,1\n2,b,6,\n").await.expect(201);
    server
}

async fn what_only_widens_is_applied_at_start_and_every_row_stays(fixture: Fixture) {
    let server = filled(&fixture).await;
    let parents = server.hash("parents").await;
    server.stop().await.unwrap();
    fixture.package(&wide());
    let process = API.start(&fixture);
    process.until_ready().await;
    let log = fixture.log();
    for change in [
        "`things` is changed as the data dictionary says: the column `note` is added",
        "the column `colour` is added",
        "the column `code` is added",
        "the column `size` may be null",
        "UNIQUE (`label`) is dropped",
        "UNIQUE (`code`) is added",
        "a foreign key (`colour`) to `colours` is added",
        "the foreign key (`parent`) to `parents` is dropped",
    ] {
        let is_it = |line: &str| line.contains("INFO") && line.contains(change);
        assert!(log.lines().any(is_it), "{change}: {log}");
    }
    let old =
        json!({ "note": null, "size": 5, "colour": null, "code": null, "label": "a", "parent": 1, "id": 1 });
    assert_eq!(process.get("/view/things/1").await.expect(200), old);
    assert_eq!(process.hash("parents").await, parents);
    process.post_csv("colours", "id\n7\n").await.expect(201);
    // A longer label, the label of another row, no size, a parent that is not there.
    let new = format!("note,size,colour,code,label,parent,id\nn,,7,c,{},99,3\n,,,,a,,4\n", "l".repeat(40));
    process.post_csv("things", new).await.expect(201);
    // The new rules hold.
    let refused = process.post_csv("things", "id,colour,code\n5,8,\n6,,c\n").await;
    assert_eq!(refused.rejects(), json!([[1, 2, ["foreign-key"]], [2, 3, ["unique-error"]]]));
    assert!(fixture.try_sql("INSERT INTO things (id, code) VALUES (9, 'c')").await.is_err());
    let hash = process.hash("things").await;
    process.back_up("things").await;
    fixture.sql(&["DELETE FROM things WHERE id = 2"]).await;
    process.restore("things", "").await.expect(200);
    assert_eq!(process.hash("things").await, hash);
    process.kill();
    // The next start finds nothing to do.
    let changes = fixture.log().matches("is changed as").count();
    let process = API.start(&fixture);
    process.until_ready().await;
    assert_eq!(process.hash("things").await, hash);
    assert_eq!(fixture.log().matches("is changed as").count(), changes);
}

async fn indexes_triggers_and_views_of_others_outlive_a_change(fixture: Fixture) {
    filled(&fixture).await.stop().await.unwrap();
    let trigger = match fixture.engine {
        Engine::Sqlite => {
            "CREATE TRIGGER seen AFTER INSERT ON things BEGIN UPDATE parents SET weight = 11 WHERE id = 1; END"
        }
        Engine::MySql => {
            "CREATE TRIGGER seen AFTER INSERT ON things FOR EACH ROW UPDATE parents SET weight = 11 WHERE id = 1"
        }
    };
    let index = "CREATE INDEX many ON things (size, label)";
    fixture.sql(&[index, trigger, "CREATE VIEW all_things AS SELECT id, size FROM things"]).await;
    let server = fixture.package(&wide()).start().await;
    server.post_csv("things", "id\n3\n").await.expect(201);
    assert_eq!(server.get("/view/parents/1").await.expect(200)["weight"], 11);
    fixture.sql(&["SELECT id FROM all_things"]).await;
    assert!(fixture.try_sql(index).await.is_err(), "the index is there no more");
    server.stop().await.unwrap();
}

/// Codes, and what uses them; texts have a longest length.
fn texts(length: u64) -> Value {
    let of = |name: &str| with(name, "string", json!({ "maxLength": length }));
    let codes = json!({ "fields": [of("code")], "primaryKey": "code" });
    let key = json!({ "fields": "code", "reference": { "resource": "codes", "fields": "code" } });
    let uses = json!({
        "fields": [field("id", "integer"), of("code"), of("text")],
        "primaryKey": "id",
        "foreignKeys": [key],
    });
    json!({ "resources": [table("codes", codes), table("uses", uses)] })
}

/// What a server leaves that is killed after it has made the parent's text longer.
async fn a_text_in_a_reference_that_was_made_longer_half_way_is_completed(fixture: Fixture) {
    fixture.package(&texts(10)).start().await.stop().await.unwrap();
    if fixture.engine == Engine::MySql {
        fixture
            .sql(&[
                "ALTER TABLE uses DROP FOREIGN KEY uses_ibfk_1, COMMENT = '_foreign_keys_to_add'",
                "ALTER TABLE codes MODIFY code varchar(100) COLLATE utf8mb4_nopad_bin NOT NULL",
            ])
            .await;
    }
    let server = fixture.package(&texts(100)).start().await;
    let text = "k".repeat(100);
    server.post_csv("codes", format!("code\n{text}\n")).await.expect(201);
    server.post_csv("uses", format!("id,code\n1,{text}\n")).await.expect(201);
    assert!(fixture.try_sql("INSERT INTO uses (id, code) VALUES (2, 'none')").await.is_err());
    server.stop().await.unwrap();
}

async fn longer_texts_are_taken_in_keys_and_references_too(fixture: Fixture) {
    let server = fixture.package(&texts(10)).start().await;
    server.post_csv("codes", "code\na\n").await.expect(201);
    server.post_csv("uses", "id,code,text\n1,a,t\n").await.expect(201);
    server.stop().await.unwrap();
    for length in [100, 600] {
        let server = fixture.package(&texts(length)).start().await;
        let (id, text) = (length, "k".repeat(length.try_into().unwrap()));
        server.post_csv("codes", format!("code\n{text}\n")).await.expect(201);
        server.post_csv("uses", format!("id,code,text\n{id},{text},{text}\n")).await.expect(201);
        // The reference still holds in the database.
        let orphan = format!("INSERT INTO uses (id, code) VALUES ({id} + 1, 'none')");
        assert!(fixture.try_sql(&orphan).await.is_err());
        assert_eq!(server.get("/view/uses/1").await.expect(200)["code"], "a");
        server.stop().await.unwrap();
    }
}

/// Things that stand against rules, and the dictionary with these rules: removed, required, unique, referencing and new
/// required fields in one table, and a field more in the other one.
fn before_and_after() -> (Value, Value) {
    let things = |fields: Vec<Value>, keys: Value| {
        table("things", json!({ "fields": fields, "primaryKey": "id", "foreignKeys": keys }))
    };
    let parents = |fields: Vec<Value>| table("parents", json!({ "fields": fields, "primaryKey": "id" }));
    let (id, weight) = (field("id", "integer"), field("weight", "integer"));
    let before = vec![
        id.clone(),
        field("gone", "integer"),
        field("size", "integer"),
        field("label", "string"),
        field("parent", "integer"),
        field("free", "integer"),
    ];
    let after = vec![
        id.clone(),
        with("size", "integer", json!({ "required": true })),
        with("label", "string", json!({ "unique": true })),
        field("parent", "integer"),
        with("must", "integer", json!({ "required": true })),
        with("free", "integer", json!({ "unique": true })),
    ];
    let before = json!({ "resources": [things(before, json!([])), parents(vec![id.clone()])] });
    let after = things(after, json!([reference("parent", "parents")]));
    (before, json!({ "resources": [after, parents(vec![id, weight])] }))
}

const ROWS: &str = "id,gone,size,label,parent,free\n11,1,,a,1,1\n12,,,a,8,2\n13,,5,b,,3\n";

async fn what_narrows_is_refused_with_all_differences_and_nothing_is_changed(fixture: Fixture) {
    let (before, after) = before_and_after();
    let server = fixture.package(&before).start().await;
    server.post_csv("parents", "id\n1\n").await.expect(201);
    server.post_csv("things", ROWS).await.expect(201);
    let hashes = [server.hash("things").await, server.hash("parents").await];
    server.stop().await.unwrap();
    fixture.package(&after);
    let output = output_of(API.command(&fixture)).await;
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let start = "error: the table `things` in the database differs from the data dictionary:\n";
    assert!(stderr.starts_with(start), "{stderr}");
    for difference in [
        "- the column `must` is missing, and 3 stored rows violate it (such as 11; 12; 13)\n",
        "- the column `size` has required false, but needs true, and 2 stored rows violate it (such as 11; 12)\n",
        "- it has a column `gone` that is no field, and 1 stored row violates it (such as 11)\n",
        "- the column `label` has unique false, but needs true, and 2 stored rows violate it (such as 11; 12)\n",
        "- the column `free` has unique false, but needs true, and no stored row violates it\n",
        "- it lacks a foreign key (`parent`) to `parents`, and 1 stored row violates it (such as 12)\n",
        "- SQL is shown once no row violates a difference: ",
        "what would be applied, if nothing was refused:\n- `parents`: the column `weight` is added\n",
    ] {
        assert!(stderr.contains(difference), "{difference}: {stderr}");
    }
    // A log holds no values of rows.
    let log = fixture.log();
    assert!(log.contains("`gone`") && !log.contains("such as"), "{log}");
    let server = fixture.package(&before).start().await;
    assert_eq!([server.hash("things").await, server.hash("parents").await], hashes);
    assert!(fixture.try_sql("SELECT weight FROM parents").await.is_err());
    server.stop().await.unwrap();
}

/// Asks what a start with a dictionary would do.
async fn check(server: &Server, dictionary: &Value) -> Value {
    server.send(server.call("POST", "/dictionary/check").body(dictionary.to_string())).await.expect(200)
}

async fn the_sql_of_a_refusal_makes_the_table_fit(fixture: Fixture) {
    let (before, after) = before_and_after();
    let server = fixture.package(&before).start().await;
    server.post_csv("parents", "id\n1\n").await.expect(201);
    let checked = check(&server, &after).await;
    assert_eq!(checked["starts"], false);
    let sql = checked["refused"][0]["sql"].as_array().unwrap();
    let sql: Vec<&str> = sql.iter().map(|statement| statement.as_str().unwrap()).collect();
    server.stop().await.unwrap();
    fixture.sql(&[&sql.join(";\n")]).await;
    let server = fixture.package(&after).start().await;
    server.post_csv("things", "id,size,label,parent,must,free\n1,1,a,1,1,1\n").await.expect(201);
    server.stop().await.unwrap();
}

async fn processes_that_start_at_the_same_time_with_a_wider_dictionary_are_all_ready(fixture: Fixture) {
    for _ in 0..3 {
        let server = filled(&fixture).await;
        server.stop().await.unwrap();
        fixture.package(&wide());
        let processes = [(); 4].map(|()| API.start(&fixture));
        for process in &processes {
            process.until_ready().await;
        }
        for (id, process) in (10..).zip(&processes) {
            process.post_csv("things", format!("id,label\n{id},a\n")).await.expect(201);
        }
        assert_eq!(processes[0].all("/view/things").await.len(), 6);
        drop(processes);
        fixture.drop_database().await;
    }
}

/// Things of which so many fields may be null; as many fields are new.
fn step(optional: usize) -> Value {
    let required = |i: usize| with(&format!("f{i}"), "integer", json!({ "required": i >= optional }));
    let mut fields = vec![field("id", "integer")];
    fields.extend((0..STEPS).map(required));
    fields.extend((0..optional).map(|i| field(&format!("g{i}"), "integer")));
    json!({ "resources": [table("things", json!({ "fields": fields, "primaryKey": "id" }))] })
}

const STEPS: usize = 12;

async fn a_change_that_is_killed_is_done_or_not_and_the_next_start_goes_on(fixture: Fixture) {
    let server = fixture.package(&step(0)).start().await;
    let values = ",1".repeat(STEPS);
    let header: String = (0..STEPS).map(|i| format!(",f{i}")).collect();
    for batch in 0..5 {
        let rows: String = (0..1000).map(|i| format!("{}{values}\n", batch * 1000 + i)).collect();
        server.post_csv("things", format!("id{header}\n{rows}")).await.expect(201);
    }
    server.stop().await.unwrap();
    for optional in 1..=STEPS {
        fixture.package(&step(optional));
        let process = API.start(&fixture);
        // From the listening on, the change happens at some moment; a server's tables are looked at for longer.
        let requests = match fixture.engine {
            Engine::Sqlite => optional * 2,
            Engine::MySql => optional * 40,
        };
        for _ in 0..requests {
            process.try_get("/health/live").await;
        }
        process.kill();
        let (last, new) = (optional - 1, format!("SELECT g{} FROM things", optional - 1));
        let is_nullable =
            fixture.try_sql(&format!("UPDATE things SET f{last} = NULL WHERE id = 1")).await.is_ok();
        if fixture.engine == Engine::Sqlite {
            assert_eq!(fixture.try_sql(&new).await.is_ok(), is_nullable, "{optional}");
        }
        let server = fixture.start().await;
        fixture.sql(&[&new, &format!("UPDATE things SET f{last} = NULL WHERE id = 2")]).await;
        assert_eq!(server.all("/view/things").await.len(), 5000);
        server.stop().await.unwrap();
    }
}

async fn a_check_says_what_a_start_would_do_and_changes_nothing(fixture: Fixture) {
    let server = filled(&fixture).await;
    let same = check(&server, &narrow()).await;
    assert_eq!(
        same,
        json!({
            "response": "the server would start, and change no table",
            "starts": true, "applied": [], "refused": [], "rejects": [],
        })
    );
    for _ in 0..2 {
        let wider = check(&server, &wide()).await;
        assert_eq!((&wider["starts"], &wider["refused"]), (&json!(true), &json!([])), "{wider}");
        let applied = wider["applied"].as_array().unwrap();
        assert!(applied.contains(&json!({ "table": "colours", "change": "the table is made" })), "{wider}");
        assert!(
            applied.contains(&json!({ "table": "things", "change": "the column `note` is added" })),
            "{wider}"
        );
    }
    let (_, other) = before_and_after();
    let narrower = check(&server, &other).await;
    assert_eq!(narrower["starts"], false);
    let missing = json!({ "difference": "the column `must` is missing", "rows": 2, "keys": ["1", "2"] });
    let differences = narrower["refused"][0]["differences"].as_array().unwrap();
    assert!(differences.contains(&missing), "{narrower}");
    server.post_csv("things", "id,label,size,parent\n3,c,5,1\n").await.expect(201);
    server.stop().await.unwrap();
}

async fn a_check_counts_the_open_rejects_that_would_be_stored(fixture: Fixture) {
    let server = filled(&fixture).await;
    let long = "l".repeat(30);
    // Two that are too long, one whose key is taken, one that is no number, one without a size.
    let rows = format!("id,label,size,parent\n3,{long},1,\n4,{long}2,1,\n1,x,1,\nx,y,1,\n5,z,,\n");
    server.post_csv("things", rows).await.expect(422);
    server.post_json("things", json!([{ "id": 4, "label": long, "size": 1 }])).await.expect(422);
    let wider = narrow().to_string().replace("20", "40");
    let wider: Value = serde_json::from_str(&wider).unwrap();
    let checked = check(&server, &wider).await;
    // The last one has the key and the label of others that would be stored before it.
    let of_things =
        json!([{ "table": "things", "judged": 6, "pass": 2, "more": false, "keys_judged": true }]);
    assert_eq!(checked["rejects"], of_things, "{checked}");
    let checked = check(&server, &wide()).await;
    // The size may be null, too.
    let of_things =
        json!([{ "table": "things", "judged": 6, "pass": 3, "more": false, "keys_judged": true }]);
    assert_eq!(checked["rejects"], of_things, "{checked}");
    assert_eq!(server.all("/rejected/things?status=open").await.len(), 6);
    server.stop().await.unwrap();
}

async fn a_check_refuses_a_descriptor_with_all_reasons(fixture: Fixture) {
    let server = fixture.package(&narrow()).start().await;
    let send = async |body: String| server.send(server.call("POST", "/dictionary/check").body(body)).await;
    let faulty = json!({ "resources": [
        table("a", json!({ "fields": [field("id", "wrong")] })),
        table("b", json!({ "fields": [field("id", "integer")], "primaryKey": "none" })),
        { "name": "c", "path": "c.csv", "schema": "c.json" },
    ] });
    let problem = send(faulty.to_string()).await.expect(422);
    assert_eq!(problem["type"], "/problems/refused-dictionary");
    let detail = problem["detail"].as_str().unwrap();
    for reason in ["table `a`, field `id`", "table `b`", "no file can be read here"] {
        assert!(detail.contains(reason), "{reason}: {detail}");
    }
    let yaml = "resources: [{name: a, path: a.csv, schema: {fields: [{name: id, type: integer}]}}]";
    assert_eq!(send(yaml.to_owned()).await.expect(200)["starts"], true);
    server.stop().await.unwrap();
}

#[test]
fn a_table_whose_name_differs_in_case_only_is_refused_since_sqlite_takes_it_for_the_same() {
    support::run(Engine::Sqlite, async |fixture| {
        let keyless =
            |name: &str| json!({ "resources": [table(name, json!({ "fields": [field("a", "integer")] }))] });
        let server = fixture.package(&keyless("things")).start().await;
        server.post_csv("things", "a\n1\n").await.expect(201);
        server.stop().await.unwrap();
        let refusal = fixture.package(&keyless("Things")).refusal().await;
        assert!(refusal.contains("it is called `things` there"), "{refusal}");
    });
}
