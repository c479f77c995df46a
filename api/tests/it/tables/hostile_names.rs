//! Tables and fields of any name that the standard allows: they are kept as they are, everywhere.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use support::{Engine, Fixture, Server};

conformance! {
    a_table_and_its_fields_may_have_any_name,
    links_of_pages_lead_to_tables_of_any_name,
    names_that_an_engine_does_not_take_are_refused_at_once_before_a_table_is_made,
}

/// Names that SQL, paths, CSV, JSON, HTML, file systems or Avro might take for something else.
const NAMES: [&str; 36] = [
    "a`b",
    "``",
    "a\"b",
    "a'b",
    "what?",
    "$1",
    "a.b",
    "...",
    "a/b",
    "/",
    "a\\b",
    "50%",
    "%2F",
    " lead",
    "select",
    "TABLE",
    "Länder 漢字",
    "x; DROP TABLE y",
    "--",
    "/* c",
    "a,b",
    "#1",
    "[x]",
    "{y}",
    "<b>&amp;",
    "x=1",
    "a:b",
    "?",
    "@x",
    "~",
    "-",
    "12",
    "count(*)",
    "ı",
    "naïve café",
    "a|b;c",
];

/// Names for tables and fields: those above, long ones, and others by chance.
fn names() -> Vec<String> {
    let mut names: Vec<String> = NAMES.map(str::to_owned).into();
    names.extend(["t".repeat(63), format!("x{}", "é".repeat(31)), "漢".repeat(21)]);
    let mut runner = TestRunner::deterministic();
    let any = "[a-zA-Z0-9`\"'?$%./;,:()<>&#=@ éß漢-]{1,20}";
    for _ in 0..12 {
        let name = any.new_tree(&mut runner).unwrap().current();
        let is_taken = names.iter().any(|other| other.to_lowercase() == name.to_lowercase());
        if !is_taken && !name.ends_with(' ') && !name.trim().is_empty() && name != "." && name != ".." {
            names.push(name);
        }
    }
    names
}

/// As one segment of a path.
fn segment(name: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric();
    name.bytes()
        .map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// A table of each name, whose fields have other names of the list; each has a parent, which is the table before it.
fn package(names: &[String]) -> Value {
    let tables = names.iter().enumerate().map(|(i, name)| {
        let others = (1..4).map(|n| &names[(i + n) % names.len()]).collect::<Vec<_>>();
        let fields = json!([
            { "name": name, "type": "integer" },
            { "name": others[0], "type": "string", "constraints": { "unique": true } },
            { "name": others[1], "type": "integer" },
            { "name": others[2], "type": "number", "constraints": { "maximum": 9 } },
        ]);
        let parent = i.checked_sub(1).map(|parent| {
            let reference = json!({ "resource": names[parent], "fields": names[parent] });
            json!([{ "fields": others[1], "reference": reference }])
        });
        json!({ "name": name, "path": format!("{i}.csv"),
            "schema": { "fields": fields, "primaryKey": name, "foreignKeys": parent } })
    });
    json!({ "resources": tables.collect::<Vec<_>>() })
}

/// Loads, shows, rejects, backs up, verifies and restores a table.
async fn goes_through_everything(server: &Server, table: &str, fields: [&str; 4]) {
    let path = segment(table);
    let row =
        |id: u32| json!({ fields[0]: id, fields[1]: format!("text {id}"), fields[2]: 1, fields[3]: 0.5 });
    let rows = json!([row(1), row(2), { fields[0]: "no number" }, { fields[0]: 3, fields[3]: 10 }]);
    let answer = server.post_json(&path, rows).await;
    assert_eq!(answer.expect(207)["inserted"], 2, "{table}: {}", answer.text());
    assert_eq!(server.get(&format!("/view/{path}/2")).await.expect(200), row(2), "{table}");
    let rejects = server.all(&format!("/rejected/{path}")).await;
    assert_eq!(rejects.len(), 2, "{table}");
    assert_eq!(rejects[0]["errors"][0]["field"], fields[0], "{table}");
    let csv = server.get(&format!("/view/{path}?format=csv")).await;
    let (hash, backup) = (server.hash(&path).await, server.back_up(&path).await);
    let again = server.call("POST", &format!("/new_records/{path}")).header("content-type", "text/csv");
    let sent_back =
        server.send(again.body(csv.text().replace("\r\n1,", "\r\n8,").replace("text", "more"))).await;
    assert_eq!(sent_back.status, 207, "{table}: {}", sent_back.text());
    assert_ne!(server.hash(&path).await, hash, "{table}");
    let restored = server.restore(&path, "").await;
    assert_eq!(restored.status, 200, "{table}: {}", restored.text());
    assert_eq!(server.hash(&path).await, hash, "{table}");
    let verified = server.send(server.call("POST", &format!("/backup/{path}/{backup}/verify"))).await;
    assert_eq!(verified.status, 200, "{table}: {}", verified.text());
    assert_eq!(server.get(&format!("/backup/{path}/{backup}")).await.status, 200, "{table}");
}

async fn a_table_and_its_fields_may_have_any_name(fixture: Fixture) {
    let names = names();
    let server = fixture.package(&package(&names)).start().await;
    for (i, table) in names.iter().enumerate() {
        let field = |n: usize| names[(i + n) % names.len()].as_str();
        goes_through_everything(&server, table, [field(0), field(1), field(2), field(3)]).await;
    }
    server.stop().await.unwrap();
    // The tables are as the dictionary has them.
    fixture.start().await.stop().await.unwrap();
}

async fn links_of_pages_lead_to_tables_of_any_name(fixture: Fixture) {
    let names = names();
    let server = fixture.package(&package(&names)).start().await;
    for table in &names {
        let rows = json!([{ table: 1 }, { table: "no number" }]);
        server.post_json(&segment(table), rows).await.expect(207);
    }
    let mut addresses = Vec::new();
    for page in ["/", "/batches?format=html"] {
        let page = server.send(server.call("GET", page).header("accept", "text/html")).await;
        let links = page.text().split("href=\"").skip(1).filter_map(|link| link.split('"').next());
        addresses.extend(
            links
                .filter(|link| link.starts_with("/view/") || link.starts_with("/rejected/"))
                .map(str::to_owned),
        );
    }
    assert!(addresses.len() >= names.len(), "{addresses:?}");
    for address in addresses {
        let answer = server.get(&address.replace("&amp;", "&").replace("&#38;", "&")).await;
        assert_eq!(answer.status, 200, "{address}: {}", answer.text());
    }
    server.stop().await.unwrap();
}

async fn names_that_an_engine_does_not_take_are_refused_at_once_before_a_table_is_made(fixture: Fixture) {
    let field = |name: &str| json!({ "name": name, "type": "integer" });
    let table = |name: &str, fields: Value| json!({ "name": name, "path": "t.csv", "schema": { "fields": fields, "primaryKey": "id" } });
    let tables = json!([
        table("first", json!([field("id")])),
        table("ends ", json!([field("id"), field("DB_ROW_ID"), field("😀")])),
        table(&"-".repeat(63), json!([field("id"), field("also ")])),
    ]);
    fixture.package(&json!({ "resources": tables }));
    match fixture.engine {
        Engine::Sqlite => fixture.start().await.stop().await.unwrap(),
        Engine::MySql => {
            let why = fixture.refusal().await;
            assert_eq!(
                why,
                format!(
                    "the database cannot take these names of the data package: table `ends ` ends with a space; table \
                     `ends `, field `DB_ROW_ID` is a name that InnoDB keeps for itself; table `ends `, field `😀` holds a \
                     character beyond the Basic Multilingual Plane, such as an emoji; table `{0}` has too many characters \
                     that are no ASCII letters or digits for the name of a file; table `{0}`, field `also ` ends with a \
                     space; rename them (a header is matched by `title`, too), or use SQLite, which takes every name",
                    "-".repeat(63)
                )
            );
            assert!(fixture.try_sql("SELECT * FROM first").await.is_err());
        }
    }
}
