//! A value's canonical text is read as the same value, and so is what other programs write.

use dictionary::decode::{self, Start};
use dictionary::iso_text::{read_date, read_datetime};
use dictionary::{Dictionary, Type, Value};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::packages;

proptest! {
    #![proptest_config(super::cases(400))]

    #[test]
    fn the_canonical_text_is_read_as_the_same_value((ty, value) in typed()) {
        let text = value.text();
        prop_assert_eq!(ty.read_text(&text), Some(value.clone()));
        let json = serde_json::to_string(&value).unwrap();
        prop_assert_eq!(ty.read_json(&json), Ok(value.clone()));
        if matches!(ty, Type::Integer(_) | Type::Number(_) | Type::Boolean(_)) {
            // Only the sign of an exponent differs: serde_json writes `1e+16`.
            prop_assert_eq!(json.replace("e+", "e"), text);
        }
    }

    #[test]
    fn a_number_however_written_survives_its_canonical_text(number in any::<f64>(), digits in 0..20_usize) {
        for text in [format!("{number:e}"), format!("{number:.digits$}"), format!("{number:+}")] {
            let ty = ty("number", "default");
            let Some(read) = ty.read_text(&text) else { continue };
            prop_assert_eq!(&read, &Value::Number(text.parse::<f64>().unwrap() + 0.0));
            let canonical = read.text().into_owned();
            prop_assert_eq!(ty.read_text(&canonical), Some(read), "{} became {}", text, canonical);
        }
    }

    #[test]
    fn any_text_is_read_as_a_value_with_a_text_of_its_own_or_refused(text in like_values()) {
        for (name, format) in TYPES {
            let ty = ty(name, format);
            if let Some(value) = ty.read_text(&text) {
                prop_assert!(ty.holds(&value), "{} {} holds {:?}", name, format, value);
                let canonical = value.text().into_owned();
                prop_assert_eq!(ty.read_canonical(&canonical), Some(value.clone()), "{} {}", name, format);
                prop_assert_eq!(ty.read_text(&canonical), Some(value.clone()), "{} {}", name, format);
                let json = serde_json::to_string(&value).unwrap();
                prop_assert_eq!(ty.read_json(&json), Ok(value), "{} {} from {}", name, format, json);
            }
        }
    }

    #[test]
    fn what_the_csv_crate_writes_is_read_as_the_same_cells(
        rows in vec(vec(text(), 3), 1..20), style in style(), crlf in any::<bool>(), delimiter in delimiter()
    ) {
        let table = packages::last(&three_strings(delimiter));
        let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter).quote_style(style).terminator(terminator).from_writer(Vec::new());
        writer.write_record(["a", "b", "c"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let body = writer.into_inner().unwrap();
        let (read, _) = decode::csv(&body, &table, None, Start::default()).unwrap();
        for (row, cells) in read.iter().zip(&rows) {
            prop_assert_eq!(&row.values.iter().map(Value::text).collect::<Vec<_>>(), cells);
        }
        prop_assert_eq!(read.len(), rows.len());
        prop_assert!(read.iter().all(|row| row.values.iter().all(|value| !value.is_null())));
    }
}

/// Every type with its formats.
const TYPES: [(&str, &str); 32] = [
    ("integer", "default"),
    ("number", "default"),
    ("boolean", "default"),
    ("date", "default"),
    ("date", "any"),
    ("date", "%d/%m/%y"),
    ("date", "%x"),
    ("datetime", "default"),
    ("datetime", "any"),
    ("datetime", "%Y-%m-%d %H:%M:%S%z"),
    ("datetime", "%a, %d %b %Y %I:%M:%S.%f %p"),
    ("time", "default"),
    ("time", "any"),
    ("time", "%I:%M %p"),
    ("year", "default"),
    ("yearmonth", "default"),
    ("duration", "default"),
    ("geopoint", "default"),
    ("geopoint", "array"),
    ("geopoint", "object"),
    ("geojson", "default"),
    ("geojson", "topojson"),
    ("object", "default"),
    ("array", "default"),
    ("list", "default"),
    ("any", "default"),
    ("string", "default"),
    ("string", "email"),
    ("string", "uri"),
    ("string", "binary"),
    ("string", "uuid"),
    ("string", "wkt"),
];

/// Texts that look like values.
fn like_values() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,30}",
        "[-+]?[0-9]{1,20}([.,][0-9]{0,20})?([eE][-+]?[0-9]{1,4})?",
        "[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}",
        "[0-9]{4}-[01][0-9]-[0-3][0-9][T ]?[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?([.][0-9]{1,7})?(Z|[+-][0-2][0-9]:?[0-5][0-9])?",
        "[0-2]?[0-9]:[0-5][0-9](:[0-5][0-9]([.][0-9]{1,7})?)?( ?[aApP][mM])?(Z|[+-][01][0-9]:00)?",
        "[0-9]{4}(-[01][0-9])?",
        "-?P([0-9]{1,3}Y)?([0-9]{1,3}M)?([0-9]{1,3}D)?(T([0-9]{1,3}H)?([0-9]{1,3}M)?([0-9]{1,3}([.][0-9]{1,9})?S)?)?",
        "-?[0-9]{1,3}([.][0-9]{1,20})? ?, ?-?[0-9]{1,2}([.][0-9]{1,20})?",
        r#"[\[{]? ?("lon")? ?:? ?-?[0-9]{1,3}([.][0-9]{1,20})? ?, ?("lat")? ?:? ?-?[0-9]{1,2} ?[\]}]?"#,
        r#"\{ ?"type" ?: ?"(Point|MultiPoint|Topology)" ?, ?"coordinates" ?: ?\[( ?[0-9] ?,)?[0-9]\] ?\}"#,
    ]
}

/// The type of a field of a descriptor.
fn ty(name: &str, format: &str) -> Type {
    let field = serde_json::json!({ "name": "f", "type": name, "format": format });
    let package = serde_json::json!({ "resources": [{
        "name": "t", "path": "t.csv", "schema": { "fields": [field], "primaryKey": "f" }
    }]});
    let dictionary = Dictionary::parse(package.to_string().as_bytes()).unwrap();
    packages::last(&dictionary).fields[0].ty.clone()
}

/// A value of each type, with its type.
fn typed() -> impl Strategy<Value = (Type, Value)> {
    let number = any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(|n| n + 0.0);
    let whole = (48..60).prop_map(|bits| (1_i64 << bits) as f64);
    let round = (any::<i64>(), 0..12).prop_map(|(n, places)| n as f64 / 10_f64.powi(places));
    prop_oneof![
        any::<i64>().prop_map(|i| (ty("integer", "default"), Value::Integer(i))),
        number.prop_map(|n| (ty("number", "default"), Value::Number(n))),
        whole.prop_map(|n| (ty("number", "default"), Value::Number(n))),
        round.prop_map(|n| (ty("number", "default"), Value::Number(n))),
        any::<bool>().prop_map(|b| (ty("boolean", "default"), Value::Boolean(b))),
        day().prop_map(|text| (ty("date", "default"), Value::Date(read_date(&text).unwrap()))),
        (day(), 0..24, 0..60, 0..60, 0..1_000_000).prop_map(|(day, h, m, s, micros)| {
            let text = format!("{day}T{h:02}:{m:02}:{s:02}.{micros:06}Z");
            (ty("datetime", "default"), Value::DateTime(read_datetime(&text).unwrap()))
        }),
        text().prop_map(|text| (ty("string", "default"), Value::String(text.into()))),
    ]
}

fn day() -> impl Strategy<Value = String> {
    (1000..=9999, 1..=12, 1..=28).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}"))
}

/// Any text that a string field can hold, often of what CSV must quote.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ \t\r\n\",;|a\u{feff}é😀]{0,8}"]
        .prop_map(|text| text.replace('\0', "\u{1}"))
}

fn style() -> impl Strategy<Value = csv::QuoteStyle> {
    use csv::QuoteStyle::{Always, Necessary, NonNumeric};
    prop::sample::select(vec![Always, Necessary, NonNumeric])
}

fn delimiter() -> impl Strategy<Value = u8> {
    prop::sample::select(vec![b',', b';', b'\t', b'|'])
}

/// A table of three strings in which no cell is missing, so that the empty one is a value too.
fn three_strings(delimiter: u8) -> Dictionary {
    let fields = ["a", "b", "c"].map(|name| serde_json::json!({ "name": name, "type": "string" }));
    let package = serde_json::json!({ "resources": [{
        "name": "strings",
        "path": "strings.csv",
        "dialect": { "delimiter": char::from(delimiter).to_string() },
        "schema": { "fields": fields, "primaryKey": "a", "missingValues": [] }
    }]});
    Dictionary::parse(package.to_string().as_bytes()).unwrap()
}
