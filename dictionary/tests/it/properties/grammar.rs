//! A generator of data packages from the standard's grammar, most of them valid, and of cells for them.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        60 => "[a-z]{1,6}",
        12 => "[A-Za-z0-9 `'\"%./;,:<&#?-]{1,8}",
        1 => select(vec!["select", "TABLE", " x", "x ", "é", "_id", "", "..", "a\tb", "漢字"]).prop_map(str::to_owned),
        1 => "ü{30,33}",
    ]
}

/// A property with a value, or nothing.
fn maybe(
    property: &'static str,
    value: impl Strategy<Value = Value>,
) -> impl Strategy<Value = Vec<(String, Value)>> {
    option::weighted(0.06, value)
        .prop_map(move |value| value.map(|value| (property.to_owned(), value)).into_iter().collect())
}

fn object(parts: impl IntoIterator<Item = Vec<(String, Value)>>) -> Value {
    Value::Object(parts.into_iter().flatten().collect::<Map<_, _>>())
}

fn constraints() -> impl Strategy<Value = Value> {
    let bound = || {
        prop_oneof![
            (-5..50).prop_map(|n| json!(n)),
            select(vec![json!("2020-01-01"), json!("a"), json!(1.5), json!("12:00:00")])
        ]
    };
    (
        maybe("required", any::<bool>().prop_map(Value::from)),
        maybe("unique", any::<bool>().prop_map(Value::from)),
        maybe("minimum", bound()),
        maybe("exclusiveMaximum", bound()),
        maybe("minLength", (0..4).prop_map(Value::from)),
        maybe("maxLength", (0..9).prop_map(Value::from)),
        maybe("pattern", select(vec!["[a-z]*", "(?!a).*", "(", "\\d+"]).prop_map(Value::from)),
        maybe("enum", vec(bound(), 0..3).prop_map(Value::from)),
    )
        .prop_map(|(a, b, c, d, e, f, g, h)| object([a, b, c, d, e, f, g, h]))
}

fn field() -> impl Strategy<Value = Value> {
    let types = select(vec![
        "integer",
        "number",
        "string",
        "boolean",
        "date",
        "datetime",
        "time",
        "year",
        "yearmonth",
        "duration",
        "geopoint",
        "geojson",
        "object",
        "array",
        "list",
        "any",
    ]);
    let formats = select(vec![
        "default", "any", "%d/%m/%Y", "%H:%M", "email", "uri", "array", "object", "topojson", "x",
    ]);
    (
        name(),
        option::weighted(0.9, types)
            .prop_map(|ty| ty.map(|ty| ("type".to_owned(), ty.into())).into_iter().collect()),
        maybe("format", formats.prop_map(Value::from)),
        option::weighted(0.5, constraints()).prop_map(|constraints| {
            constraints.map(|it| ("constraints".to_owned(), it)).into_iter().collect()
        }),
        maybe("decimalChar", select(vec![",", ".", ""]).prop_map(Value::from)),
        maybe("groupChar", select(vec![",", ".", " ", ""]).prop_map(Value::from)),
        maybe("bareNumber", any::<bool>().prop_map(Value::from)),
        maybe("trueValues", vec(select(vec!["yes", "1", "Y"]), 0..2).prop_map(Value::from)),
        maybe("missingValues", vec(select(vec!["", "NA", "-"]), 0..3).prop_map(Value::from)),
    )
        .prop_map(|(name, a, b, c, d, e, f, g, h)| {
            object([vec![("name".to_owned(), name.into())], a, b, c, d, e, f, g, h])
        })
}

/// A table whose keys name fields of it most of the time; `tables` are the names that a reference may name.
fn resource(i: usize) -> impl Strategy<Value = Value> {
    let dialect = (
        maybe("delimiter", select(vec![",", ";", "|", "\t", "ab"]).prop_map(Value::from)),
        maybe("header", any::<bool>().prop_map(Value::from)),
        maybe("quoteChar", select(vec!["\"", "'", ";"]).prop_map(Value::from)),
        maybe("commentChar", Just(Value::from("#"))),
    );
    let key = || vec(0..20_usize, 0..3);
    // The keys of a reference are as long as each other most of the time.
    let reference = (1..3_usize, 0..9).prop_flat_map(|(length, odd)| {
        (vec(0..20_usize, length), 0..3_usize, vec(0..20_usize, if odd == 0 { 1 } else { length }))
    });
    (name(), vec(field(), 1..6), key(), key(), option::weighted(0.25, reference), dialect).prop_map(
        move |(name, fields, primary, unique, foreign, (a, b, c, d))| {
            let named = |indexes: &[usize]| -> Vec<Value> {
                // The last index names no field.
                let name = |i: &usize| match *i {
                    19 => json!("none"),
                    i => fields[i % fields.len()]["name"].clone(),
                };
                indexes.iter().map(name).collect()
            };
            let foreign = foreign.map(|(own, table, others)| {
                let resource = if table >= i { String::new() } else { format!("t{table}") };
                json!([{ "fields": named(&own), "reference": { "resource": resource, "fields": named(&others) } }])
            });
            let name = if name.len() > 3 { name } else { format!("t{i}") };
            json!({
                "name": name, "path": "t.csv", "dialect": object([a, b, c, d]),
                "schema": {
                    "fields": fields, "primaryKey": named(&primary), "uniqueKeys": [named(&unique)],
                    "foreignKeys": foreign,
                },
            })
        },
    )
}

/// A package of one to three tables.
pub fn package() -> impl Strategy<Value = Value> {
    let tables = prop_oneof![
        resource(0).prop_map(|a| vec![a]),
        (resource(0), resource(1)).prop_map(|(a, b)| vec![a, b]),
        (resource(0), resource(1), resource(2)).prop_map(|(a, b, c)| vec![a, b, c]),
    ];
    tables.prop_map(|tables| json!({ "resources": tables }))
}

/// A cell of any type, or of none.
pub fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => "[-+]?[0-9]{1,4}([.,][0-9]{1,3})?",
        1 => "[a-z]{0,5}",
        1 => "(19|20)[0-9]{2}(-[01][0-9](-[0-2][0-9](T[01][0-9]:[0-5][0-9]:[0-5][0-9]Z)?)?)?",
        1 => "[0-2][0-9]/[01][0-9]/20[0-9]{2}",
        1 => "[01][0-9]:[0-5][0-9](:[0-5][0-9])?",
        1 => select(vec![
            "", "NA", "true", "yes", "1", "P1Y2M", "PT0.5S", "12,5", "[1, 2]", "{\"a\": 1}", "{\"lon\": 1, \"lat\": 2}",
            "{\"type\":\"Point\",\"coordinates\":[1,2]}", "a@b.de", "http://a.b", "1 000", "1.000,5", "50%",
        ]).prop_map(str::to_owned),
    ]
}
