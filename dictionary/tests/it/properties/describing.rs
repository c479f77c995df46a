//! A file is never rejected by its own description.

use std::convert::Infallible;

use dictionary::decode::{Start, ndjson};
use dictionary::describe::{Description, Evidence};
use dictionary::source::Form;
use dictionary::{Dictionary, ExistingKeys, Table, judge};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::split::pieces;

/// Cells that look like values of a type, nearly or quite.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => Just(String::new()),
        4 => "-?[0-9]{1,3}",
        2 => "[0-9]{14,20}",
        2 => "-?[0-9]{0,17}\\.[0-9]{0,17}(e-?[0-9]{1,3})?",
        1 => "[+-]?0[0-9]{0,3}",
        1 => prop::sample::select(vec!["true", "false", "TRUE", "1", "0", "yes", "NULL", "NA", "-", "N/A", "9999-12-31"])
            .prop_map(str::to_owned),
        3 => "(0[0-9]{3}|20[0-9]{2})-[01][0-9]-[0-3][0-9]",
        2 => "20[0-9]{2}-0[1-9]-[0-2][0-9][T ][0-2][0-9]:[0-5][0-9](:[0-5][0-9])?(Z|\\+02:00)?",
        3 => "[0-3]?[0-9][/.-][0-3]?[0-9][/.-]20[0-9]{2}",
        1 => "[0-3][0-9] (Jan|May|June) 2024",
        2 => "[a-cé ]{1,12}",
        1 => "[a-c,;\"\n\u{a0}]{1,8}",
        1 => " ?[0-9]{1,3} ?",
    ]
}

/// Cells of one type.
const KINDS: [&str; 6] = [
    "-?[0-9]{1,4}",
    "-?[0-9]{1,3}\\.[0-9]{1,3}",
    "20[0-9]{2}-0[1-9]-[0-2][0-9]",
    "[0-3][0-9]/[01][0-9]/20[0-9]{2}",
    "(true|false|True)",
    "[a-z]{1,9}",
];

/// A column of any cells, or mostly of one kind, so that types other than strings occur.
fn column(rows: usize) -> impl Strategy<Value = Vec<String>> {
    let of_kind = prop::sample::select(KINDS.to_vec()).prop_flat_map(move |kind| {
        let others = prop_oneof![Just(0_u32), Just(1)];
        others.prop_flat_map(move |others| {
            let cell = prop_oneof![20 => kind.boxed(), others + 1 => Just(String::new()), others => cell()];
            vec(cell, rows)
        })
    });
    prop_oneof![2 => vec(cell(), rows).boxed(), 3 => of_kind.boxed()]
}

/// A header and rows.
fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
    (1..6_usize, 0..30_usize).prop_flat_map(|(width, rows)| {
        (vec("[a-cA_ \n]{0,3}", width), vec(column(rows), width)).prop_map(move |(header, columns)| {
            let row = |i: usize| columns.iter().map(|column| column[i].clone()).collect();
            std::iter::once(header).chain((0..rows).map(row)).collect()
        })
    })
}

fn csv(rows: &[Vec<String>]) -> String {
    let cell = |cell: &String| {
        // A line without any character is no row.
        let is_special = cell.is_empty() || cell.contains([',', '"', '\n', '\r']);
        if is_special { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    let line = |row: &Vec<String>| row.iter().map(cell).collect::<Vec<_>>().join(",") + "\n";
    rows.iter().map(line).collect()
}

/// The description of a file, and the package that it makes.
fn described(file: &[u8], form: Form) -> (Description, Dictionary) {
    let mut resource = json!({ "name": "t", "path": "t.csv", "type": "table" });
    let probe = Table::probe(&resource, 0).unwrap();
    let mut rest = file;
    let read = |piece: &mut [u8]| -> Result<usize, Infallible> {
        let length = piece.len().min(rest.len()).min(7);
        piece[..length].copy_from_slice(&rest[..length]);
        rest = &rest[length..];
        Ok(length)
    };
    let Ok(evidence) = Evidence::read(&probe, form, read);
    let description = evidence.unwrap().describe().unwrap();
    let Value::Object(members) = &mut resource else { panic!("an object") };
    description.write_into(members);
    let package = json!({ "resources": [resource] });
    (description, Dictionary::parse(package.to_string().as_bytes()).unwrap())
}

proptest! {
    #![proptest_config(super::cases(1500))]

    #[test]
    fn a_file_is_not_rejected_by_its_own_description(rows in table()) {
        let file = csv(&rows);
        let (description, dictionary) = described(file.as_bytes(), Form::Csv);
        // Where labels are repeated, the header is passed over.
        let file = match description.passed_over_header {
            None => file,
            Some(_) => csv(&rows[1..]),
        };
        let table = &dictionary.tables()[0];
        let mut existing = ExistingKeys::default();
        for batch in pieces(table, file.as_bytes(), usize::MAX, &[]).unwrap() {
            let decoded = batch.decode(table);
            let verdict = judge(table, &decoded, &mut existing);
            let rejected: Vec<_> = verdict.rejected.iter().map(|(reject, _)| &reject.errors).collect();
            prop_assert!(rejected.is_empty(), "{rejected:?}\n{file}\n{}", dictionary.descriptor());
        }
        prop_assert_eq!(description.rows, rows.len() as u64 - 1);
        prop_assert_eq!(description.rejected, 0);
    }

    #[test]
    fn json_is_not_rejected_by_its_own_description(rows in vec(vec(value(), 3), 1..20)) {
        let object = |row: &Vec<Option<Value>>| {
            let members = row.iter().zip(["a", "b", "c"]).filter_map(|(value, name)| Some((name.to_owned(), value.clone()?)));
            Value::Object(members.collect()).to_string() + "\n"
        };
        let file: String = rows.iter().map(object).collect();
        prop_assume!(rows.iter().flatten().any(Option::is_some));
        let (_, dictionary) = described(file.as_bytes(), Form::Ndjson);
        let table = &dictionary.tables()[0];
        let decoded = ndjson(file.as_bytes(), table, Start::default()).unwrap();
        let verdict = judge(table, &decoded, &mut ExistingKeys::default());
        prop_assert!(verdict.rejected.is_empty(), "{file}\n{}", dictionary.descriptor());
    }
}

/// A member's value; `None` where there is no such member.
fn value() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        1 => Just(None),
        1 => Just(Some(Value::Null)),
        5 => any::<i64>().prop_map(|number| Some(json!(number % 1000))),
        1 => any::<f64>().prop_map(|number| Some(json!(number))),
        1 => any::<u64>().prop_map(|number| Some(json!(number))),
        1 => any::<bool>().prop_map(|truth| Some(json!(truth))),
        3 => cell().prop_map(|text| Some(json!(text))),
        1 => vec(0..3_u8, 0..3).prop_map(|list| Some(json!({ "a": list }))),
    ]
}
