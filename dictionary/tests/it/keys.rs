//! What the judge must be told of keys, and what it makes of it.

use dictionary::decode::{self, Columns, Row, Start};
use dictionary::{Code, ExistingKeys, Key, Table, Value, judge};

use crate::packages::{self, jobs};

fn rows(table: &Table, body: &str) -> Vec<Row> {
    let columns = Some(Columns::in_order(table));
    decode::csv(body.as_bytes(), table, columns, Start::default()).unwrap().0
}

#[test]
fn only_a_valid_value_is_a_key() {
    let table = jobs();
    let rows = rows(&table, "1,a\n01,b\nx,c\n0,d\n,e\n2\n3,f,extra\n");
    let keys: Vec<&Value> = rows.iter().filter_map(|row| row.valid(0)).collect();
    assert_eq!(keys, [1, 1, 2, 3].map(Value::Integer).iter().collect::<Vec<_>>());
}

#[test]
fn accepted_rows_of_an_earlier_batch_count_as_stored() {
    let table = jobs();
    let first = rows(&table, "1,a\n2,b\nx,c\n");
    let mut existing = ExistingKeys::default();
    judge(&table, &first, &mut existing);
    let second = rows(&table, "2,b\n3,c\n");
    let verdict = judge(&table, &second, &mut existing);
    assert_eq!(verdict.accepted.len(), 1);
    assert_eq!(verdict.rejected[0].0.errors[0].code, Code::PrimaryKey);
    assert!(verdict.rejected[0].0.errors[0].to_string().ends_with("is taken by a stored row"));
}

#[test]
fn a_message_names_the_given_holder() {
    let table = jobs();
    let mut known = ExistingKeys {
        unique: vec![[Key::One(&Value::Integer(1))].into_iter().collect()],
        holder: Some("an earlier row of the file"),
        ..ExistingKeys::default()
    };
    let verdict = judge(&table, &rows(&table, "1,a\n"), &mut known).rejected;
    let message = verdict[0].0.errors[0].to_string();
    assert_eq!(message, "field `job_id`: the primary key \"1\" is taken by an earlier row of the file");
}

#[test]
fn the_keys_are_the_primary_key_and_then_the_others() {
    let table = packages::last(&packages::types());
    let names: Vec<_> = table.sent_keys().map(|key| table.fields[key[0]].name.as_str()).collect();
    assert_eq!(names, ["code", "mail"]);
    let employees = packages::last(&packages::hires());
    let parents: Vec<_> =
        employees.foreign_keys.iter().map(|key| (key.fields.as_slice(), key.parent.as_str())).collect();
    assert_eq!(parents, [(&[3][..], "departments"), (&[4][..], "jobs")]);
}
