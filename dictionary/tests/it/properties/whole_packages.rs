//! Whole data packages, made of the standard's grammar: each is refused with a sentence or read, and what it reads of rows is
//! printed as it would be read again.

use dictionary::decode::{self, Start};
use dictionary::judge::{ExistingKeys, judge};
use dictionary::{Dictionary, KeySet, Table};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::grammar::{cell, package};

proptest! {
    #![proptest_config(super::cases(300))]

    #[test]
    fn a_package_is_refused_with_a_sentence_or_read_and_the_values_of_accepted_cells_have_texts_of_their_own(
        package in package(), cells in vec(cell(), 1..200)
    ) {
        match Dictionary::parse(package.to_string().as_bytes()) {
            Err(error) => {
                for reason in error.reasons() {
                    let names_place = reason.starts_with("table `") || reason.starts_with("resource ")
                        || reason.starts_with("the data package");
                    prop_assert!(names_place && reason.contains(": "), "{}", reason);
                    prop_assert!(!reason.contains("called `") && !reason.ends_with('.'), "{}", reason);
                }
            }
            Ok(dictionary) => {
                // What is served is read as the same dictionary.
                let served = Dictionary::parse(dictionary.descriptor().to_string().as_bytes()).unwrap();
                prop_assert_eq!(served.hash(), dictionary.hash());
                for table in dictionary.tables() {
                    is_read_again(table, &cells)?;
                }
            }
        }
    }
}

#[test]
fn the_grammar_makes_packages_that_are_read_and_packages_that_are_refused() {
    let mut runner = TestRunner::deterministic();
    let packages = (0..200).map(|_| package().new_tree(&mut runner).unwrap().current().to_string());
    let read = packages.filter(|package| Dictionary::parse(package.as_bytes()).is_ok()).count();
    assert!((30..170).contains(&read), "{read} of 200 are read");
}

/// Judges rows of a table, and reads what is accepted again from its canonical text, as restores and pages do.
fn is_read_again(table: &Table, cells: &[String]) -> Result<(), TestCaseError> {
    let rows: Vec<&[String]> = cells.chunks(table.fields.len()).collect();
    let body = csv_of(table, &rows);
    let Ok((rows, _)) = decode::csv(&body, table, None, Start::default()) else { return Ok(()) };
    let parents = table.foreign_keys.iter().map(|_| None::<KeySet>).collect();
    let verdict = judge(table, &rows, &mut ExistingKeys { parents, ..ExistingKeys::default() });
    prop_assert_eq!(verdict.accepted.len() + verdict.rejected.len(), rows.len());
    for row in verdict.accepted {
        for (field, value) in table.fields.iter().zip(&row.values).filter(|(_, value)| !value.is_null()) {
            let text = value.text();
            let again = field.ty.read_canonical(&text);
            prop_assert_eq!(again.as_ref(), Some(value), "{} {}", field.ty.name(), text.as_ref());
            prop_assert_eq!(again.map(|again| again.text().into_owned()), Some(text.into_owned()));
        }
    }
    Ok(())
}

fn csv_of(table: &Table, rows: &[&[String]]) -> Vec<u8> {
    let mut writer =
        csv::WriterBuilder::new().delimiter(table.delimiter).flexible(true).from_writer(Vec::new());
    if table.header {
        writer.write_record(table.fields.iter().map(|field| &field.name)).unwrap();
    }
    for row in rows {
        writer.write_record(*row).unwrap();
    }
    writer.into_inner().unwrap()
}
