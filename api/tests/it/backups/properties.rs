//! Whatever rows a dictionary allows survive backup and restore bit for bit, for generated dictionaries.
//! `CASES=500 cargo test -p api --test it properties` is the long run.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use support::{Engine, Fixture, run};

#[test]
fn rows_of_any_dictionary_survive_on_sqlite() {
    survive(Engine::Sqlite);
}

#[test]
fn rows_of_any_dictionary_survive_on_mysql() {
    survive(Engine::MySql);
}

fn survive(engine: Engine) {
    let cases = std::env::var("CASES").map_or(16, |cases| cases.parse().unwrap());
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 100, ..Config::default() };
    let tried = TestRunner::new(config).run(&case(), |case| {
        run(engine, async |fixture| case.try_on(fixture).await);
        Ok(())
    });
    tried.unwrap();
}

/// A table, rows of it by their keys, and a table that references some of them.
#[derive(Debug, Clone)]
struct Case {
    name: String,
    fields: Vec<FieldOf>,
    codec: &'static str,
    rows: Vec<Vec<Value>>,
    children: Vec<Option<usize>>,
}

#[derive(Debug, Clone)]
struct FieldOf {
    name: String,
    ty: &'static str,
    format: Option<&'static str>,
    required: bool,
    narrow: bool,
}

impl FieldOf {
    fn descriptor(&self) -> Value {
        let mut field = json!({ "name": self.name, "type": self.ty });
        if let Some(format) = self.format {
            field["format"] = json!(format);
        }
        let mut constraints = json!({ "required": self.required });
        if self.ty == "integer" && self.narrow {
            constraints["minimum"] = json!(i32::MIN);
            constraints["maximum"] = json!(i32::MAX);
        }
        if self.ty == "string" && self.narrow {
            constraints["maxLength"] = json!(60);
        }
        field["constraints"] = constraints;
        field
    }

    fn value(&self) -> BoxedStrategy<Value> {
        let present = match (self.ty, self.narrow) {
            ("integer", true) => any::<i32>().prop_map(Value::from).boxed(),
            ("integer", false) => {
                prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX)].prop_map(Value::from).boxed()
            }
            ("number", _) => {
                let finite = any::<f64>().prop_filter("finite", |n| n.is_finite());
                prop_oneof![
                    finite,
                    Just(0.1 + 0.2),
                    Just(-0.0),
                    Just(1e308),
                    Just(5e-324),
                    Just(9007199254740993.0)
                ]
                .prop_map(Value::from)
                .boxed()
            }
            ("boolean", _) => any::<bool>().prop_map(Value::from).boxed(),
            ("date", _) => date().prop_map(Value::from).boxed(),
            ("datetime", _) => (date(), 0..24, 0..60, 0..60)
                .prop_map(|(date, h, m, s)| json!(format!("{date}T{h:02}:{m:02}:{s:02}Z")))
                .boxed(),
            _ if self.format == Some("uuid") => any::<u128>()
                .prop_map(|bits| {
                    let hex = format!("{bits:032x}");
                    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
                    json!(parts.join("-"))
                })
                .boxed(),
            _ => prop_oneof![any::<String>(), "[a-zA-Z \"\\\\\u{1}\t\n\u{7f}é😀\u{feff}]{0,40}"]
                .prop_map(|text| json!(text.replace('\0', "").chars().take(60).collect::<String>()))
                .boxed(),
        };
        if self.required {
            present
        } else {
            option::weighted(0.8, present).prop_map(|value| value.unwrap_or(Value::Null)).boxed()
        }
    }
}

fn date() -> impl Strategy<Value = String> {
    (1000..=9999, 1..=12, 1..=28).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}"))
}

fn case() -> impl Strategy<Value = Case> {
    let ty = select(vec!["integer", "number", "boolean", "date", "datetime", "string"]);
    let field = ("[A-Za-z][A-Za-z0-9_]{0,20}", ty, any::<bool>(), any::<bool>(), 0..4).prop_map(
        |(name, ty, required, narrow, uuid)| {
            let format = (ty == "string" && uuid == 0).then_some("uuid");
            FieldOf { name, ty, format, required, narrow }
        },
    );
    let table = prop_oneof![
        "[A-Za-z][A-Za-z0-9_]{0,30}",
        select(vec!["select", "long", "record"]).prop_map(str::to_owned)
    ];
    let codec = select(vec!["null", "deflate", "snappy", "zstandard"]);
    (table, vec(field, 1..7), codec).prop_flat_map(|(name, mut fields, codec)| {
        for (i, field) in fields.iter_mut().enumerate() {
            // Names differ without regard to case.
            field.name += &i.to_string();
        }
        fields[0].required = true;
        let row: Vec<_> = fields.iter().map(FieldOf::value).collect();
        (vec(row, 0..40), vec(option::of(any::<prop::sample::Index>()), 0..6)).prop_map(
            move |(mut rows, children)| {
                // Doubles are keys by their value, in which -0 is 0.
                let key = |row: &Vec<Value>| {
                    if row[0] == json!(-0.0) { "0.0".to_owned() } else { row[0].to_string() }
                };
                // The empty string is no key.
                rows.retain(|row| row[0] != json!(""));
                rows.sort_by_key(key);
                rows.dedup_by_key(|row| key(row));
                let place = |index: prop::sample::Index| (!rows.is_empty()).then(|| index.index(rows.len()));
                let children = children.into_iter().map(|index| index.and_then(place)).collect();
                Case { name: format!("t{name}"), fields: fields.clone(), codec, rows, children }
            },
        )
    })
}

impl Case {
    fn package(&self) -> Value {
        let key = &self.fields[0];
        let fields: Vec<Value> = self.fields.iter().map(FieldOf::descriptor).collect();
        let mut parent = FieldOf { name: "parent".to_owned(), required: false, ..key.clone() }.descriptor();
        if key.ty == "string" && !key.narrow {
            parent["constraints"]["maxLength"] = json!(255);
        }
        let child = json!({
            "fields": [{ "name": "id", "type": "integer" }, parent],
            "primaryKey": "id",
            "foreignKeys": [{ "fields": "parent", "reference": { "resource": self.name, "fields": key.name } }],
        });
        json!({ "resources": [
            { "name": self.name, "path": "a.csv", "schema": { "fields": fields, "primaryKey": key.name } },
            { "name": "children", "path": "b.csv", "schema": child },
        ]})
    }

    async fn try_on(&self, fixture: Fixture) {
        fixture.package(&self.package());
        let server = fixture.start_with(&["--backup-codec", self.codec]);
        server.until_ready().await;
        let object = |row: &Vec<Value>| -> Value {
            self.fields
                .iter()
                .zip(row)
                .map(|(f, value)| (f.name.clone(), value.clone()))
                .collect::<Map<_, _>>()
                .into()
        };
        let rows: Vec<Value> = self.rows.iter().map(object).collect();
        let children = self.children.iter().enumerate();
        let children: Vec<Value> = children
            .map(|(id, row)| json!({ "id": id, "parent": row.map(|row| &self.rows[row][0]) }))
            .collect();
        for (table, rows) in [(&*self.name, rows), ("children", children)] {
            if !rows.is_empty() {
                server.post_json(table, json!(rows)).await.expect(201);
            }
        }
        let tables = [&*self.name, "children"];
        let mut before = Vec::new();
        for table in tables {
            let name = server.back_up(table).await;
            let verify = server.call("POST", &format!("/backup/{table}/{name}/verify"));
            let verified = server.send(verify).await.expect(200);
            assert_eq!(verified["content_hash"], server.hash(table).await);
            before.push((
                server.get(&format!("/view/{table}?limit=1000")).await.body,
                server.hash(table).await,
            ));
        }
        fixture.sql(&["DELETE FROM children", &format!("DELETE FROM `{}`", self.name)]).await;
        for (table, (rows, hash)) in tables.into_iter().zip(before) {
            server.restore(table, "").await.expect(200);
            let view = server.get(&format!("/view/{table}?limit=1000")).await;
            assert_eq!(view.text(), String::from_utf8(rows).unwrap());
            assert_eq!(server.hash(table).await, hash);
        }
        server.stop().await.unwrap();
    }
}
