//! The cells of a rejected row, as a person corrects them.

use dictionary::Table;
use dictionary::decode::{self, Columns, Rejected, UTF_8};

use crate::packages::{self, jobs};

/// The cells of a line, of which it is not known why it was rejected.
pub fn raw_cells(table: &Table, raw: &str, columns: Option<&Columns>) -> Vec<String> {
    let columns = columns.and_then(|columns| columns.names(table));
    let columns = columns.as_deref();
    decode::correction(table, &Rejected { raw, encoding: UTF_8, columns, line: Some(1), errors: &[] }).cells
}

#[test]
fn cells_of_a_record_are_unquoted_and_in_field_order() {
    let table = packages::last(&packages::types());
    let columns = Columns::from_header(&table, b"note;code").unwrap();
    let cells = raw_cells(&table, "\"a;\"\"b\";x", Some(&columns));
    let of = |name| cells[table.field(name).unwrap()].as_str();
    assert_eq!((of("code"), of("note"), of("count")), ("x", "a;\"b", ""));
    assert_eq!(raw_cells(&jobs(), "x,Job", None), ["x", "Job"]);
}

#[test]
fn a_short_record_has_empty_cells_and_a_long_one_keeps_those_of_fields() {
    assert_eq!(raw_cells(&jobs(), "x", None), ["x", ""]);
    assert_eq!(raw_cells(&jobs(), "x,Job,more", None), ["x", "Job"]);
}

#[test]
fn members_of_an_object_are_at_their_fields() {
    assert_eq!(raw_cells(&jobs(), r#"{"job_name":"a\nb","job_id":"7","x":1}"#, None), ["7", "a\nb"]);
    assert_eq!(raw_cells(&jobs(), r#"{"job_name":[1, 2],"job_id":null}"#, None), ["", "[1, 2]"]);
}

#[test]
fn a_row_that_cannot_be_read_is_whole_in_the_first_cell() {
    assert_eq!(raw_cells(&jobs(), "1,\"open", None), ["1,\"open", ""]);
    assert_eq!(raw_cells(&jobs(), "", None), ["", ""]);
}

#[test]
fn columns_are_named_unless_they_are_all_there_in_order() {
    let table = packages::last(&packages::types());
    let columns = Columns::from_header(&table, b"note;code").unwrap();
    assert_eq!(columns.names(&table).as_deref(), Some("note,code"));
    assert_eq!(Columns::from_names(&table, "note,code"), Some(columns));
    assert_eq!(Columns::from_names(&table, "note,size"), None);
    assert_eq!(Columns::in_order(&table).names(&table), None);
    assert_eq!(Columns::from_header(&table, b"code").unwrap().names(&table).as_deref(), Some("code"));
}

#[test]
fn reasons_of_rejects_are_columns_by_name_and_belong_to_no_field() {
    let header = b"job_id,_line,job_name,_reason";
    let columns = Columns::from_header(&jobs(), header).unwrap();
    assert!(columns.hold_reasons() && !Columns::in_order(&jobs()).hold_reasons());
    assert_eq!(columns.names(&jobs()).unwrap().as_bytes(), header);
    assert_eq!(Columns::from_names(&jobs(), "job_id,_line,job_name,_reason").as_ref(), Some(&columns));
    assert_eq!(raw_cells(&jobs(), "1,2,Job,why", Some(&columns)), ["1", "Job"]);
}
