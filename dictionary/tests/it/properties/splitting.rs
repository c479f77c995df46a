//! Splitting loses and doubles nothing, whatever a file holds and however it arrives.

use dictionary::Table;
use dictionary::decode::{self, BodyError, Columns, Row, Start};
use dictionary::hash::hexadecimal;
use dictionary::split::{Batch, End, Splitter};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use sha2::{Digest, Sha256};

use super::files::{picks, soup, well_formed};
use crate::packages;
use crate::split::{keys, pieces, recorded};

proptest! {
    #![proptest_config(super::cases(400))]

    #[test]
    fn batches_are_the_same_however_the_file_arrives(
        file in soup(), sizes in vec(1..40_usize, 1..8), picks in picks()
    ) {
        let table = packages::jobs();
        let ends = anywhere(&table, &file, &picks);
        let whole = pieces(&table, &file, usize::MAX, &ends).unwrap();
        prop_assert_eq!(arriving(&table, &file, &sizes, &ends), whole);
    }

    #[test]
    fn every_byte_lies_in_exactly_one_batch(file in soup(), picks in picks()) {
        let table = packages::jobs();
        let ends = anywhere(&table, &file, &picks);
        let batches = pieces(&table, &file, usize::MAX, &ends).unwrap();
        let mark = if file.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let bodies: Vec<u8> = batches.iter().flat_map(|batch| batch.body.clone()).collect();
        let (cut, rest) = file[mark..].split_at(bodies.len());
        prop_assert_eq!(cut, bodies);
        prop_assert!(rest.iter().all(|b| matches!(b, b'\r' | b'\n')), "left out: {:?}", rest);
        let mut offset = mark as u64;
        for batch in &batches {
            offset += batch.body.len() as u64;
            prop_assert_eq!(batch.end_offset, offset);
        }
    }

    #[test]
    fn batches_hold_the_rows_of_the_whole_file_whatever_was_recorded_of_its_parts(file in soup(), picks in picks()) {
        let table = packages::jobs();
        let columns = Some(Columns::in_order(&table));
        let ends = anywhere(&table, &file, &picks);
        let batches = pieces(&table, &file, usize::MAX, &ends).unwrap();
        prop_assert_eq!(rows_of(&table, &batches), rows_of_whole(&table, &file, columns));
    }

    #[test]
    fn batches_hold_the_rows_of_a_whole_file_with_a_header(file in well_formed(), picks in picks()) {
        let table = packages::last(&packages::types());
        let file = [b"note;\"code\"\r\n".to_vec(), file].concat();
        let ends = behind_rows(&table, &file, None, &picks);
        let mut splitter = Splitter::new(&table, ends);
        splitter.push(&file);
        splitter.finish();
        let batches: Vec<_> = std::iter::from_fn(|| splitter.next_batch().unwrap()).collect();
        let rows = rows_of(&table, &batches);
        prop_assert_eq!(rows, rows_of_whole(&table, &file, None));
    }

    #[test]
    fn a_file_that_grew_has_all_earlier_keys(
        old in well_formed(), more in soup(), picks in picks(), last_line_end in any::<bool>()
    ) {
        let table = packages::jobs();
        let written = old.trim_ascii_end();
        let old = if last_line_end { &old } else { written };
        let line_end = if old.is_empty() || old.ends_with(b"\n") { &b""[..] } else { b"\n" };
        let grown = [old, line_end, &more].concat();
        let ends = anywhere(&table, old, &picks);
        let first = pieces(&table, old, 7, &ends).unwrap();
        let second = pieces(&table, &grown, 7, &recorded(&first)).unwrap();
        prop_assert_eq!(&keys(&second)[..first.len()], keys(&first));
    }

    #[test]
    fn a_changed_byte_changes_the_key_of_every_batch_that_ends_behind_it(
        file in well_formed(), at in any::<prop::sample::Index>(), to in any::<u8>(), picks in picks()
    ) {
        prop_assume!(!file.is_empty());
        let at = at.index(file.len());
        let mut changed = file.clone();
        changed[at] = to;
        prop_assume!(changed != file);
        let table = packages::jobs();
        let ends = anywhere(&table, &file, &picks);
        let before = pieces(&table, &file, 64, &ends).unwrap();
        let after = pieces(&table, &changed, 64, &ends).unwrap();
        for batch in before.iter().filter(|batch| batch.end_offset > at as u64) {
            prop_assert!(!keys(&after).contains(&batch.key.as_str()));
        }
    }
}

/// A recorded end at an offset of a file.
fn end_at(table: &Table, file: &[u8], offset: usize) -> End {
    let key = Sha256::digest([table.name.as_bytes(), b"\0", &file[..offset]].concat());
    End { offset: offset as u64, key: hexadecimal(&key), sent: None }
}

/// Recorded ends where a file may have ended when it was read.
fn anywhere(table: &Table, file: &[u8], picks: &[Index]) -> Vec<End> {
    let offsets = picks.iter().map(|pick| pick.index(file.len() + 1)).filter(|offset| *offset > 0);
    let earlier = |offset| pieces(table, &file[..offset], usize::MAX, &[]).unwrap();
    offsets.flat_map(|offset| recorded(&earlier(offset))).collect()
}

/// Recorded ends behind rows of a file.
fn behind_rows(table: &Table, file: &[u8], columns: Option<Columns>, picks: &[Index]) -> Vec<End> {
    let Ok((rows, _)) = decode::csv(file, table, columns, Start::default()) else { return Vec::new() };
    picks.iter().map(|pick| end_at(table, file, rows[pick.index(rows.len())].raw.end)).collect()
}

/// Batches of a file in pieces of changing sizes, each asked for as soon as it may be there.
fn arriving(table: &Table, file: &[u8], sizes: &[usize], ends: &[End]) -> Vec<Batch> {
    let mut splitter = Splitter::new(table, ends.iter().cloned());
    let mut batches = Vec::new();
    let mut rest = file;
    for size in sizes.iter().cycle() {
        let (piece, behind) = rest.split_at(rest.len().min(*size));
        splitter.push(piece);
        rest = behind;
        if rest.is_empty() {
            splitter.finish();
        }
        while let Some(batch) = splitter.next_batch().unwrap() {
            batches.push(batch);
        }
        if rest.is_empty() {
            break;
        }
    }
    batches
}

/// What is read of a row: its number, line, bytes, values and errors.
fn seen(row: &Row, body: &[u8]) -> String {
    let raw = body[row.raw.clone()].escape_ascii();
    format!("{} {:?} {raw} {:?} {:?}", row.number, row.line, row.values, row.errors)
}

/// The rows of batches, which are the same where a body is decoded without knowing the records that were found in the file.
fn rows_of(table: &Table, batches: &[Batch]) -> Vec<String> {
    let mut seen_rows = Vec::new();
    for batch in batches {
        let columns = Some((*batch.columns).clone());
        let (of_body, _) = decode::csv(&batch.body, table, columns, batch.start).unwrap();
        let rows = batch.decode(table);
        assert_eq!(rows.len() as u64, batch.rows(), "records of {:?}", batch.body.escape_ascii());
        let see = |rows: &[Row]| rows.iter().map(|row| seen(row, &batch.body)).collect::<Vec<_>>();
        assert_eq!(see(&of_body), see(&rows), "rows of {:?}", batch.body.escape_ascii());
        seen_rows.extend(see(&rows));
    }
    seen_rows
}

fn rows_of_whole(table: &Table, file: &[u8], columns: Option<Columns>) -> Vec<String> {
    match decode::csv(file, table, columns, Start::default()) {
        Ok((rows, _)) => rows.iter().map(|row| seen(row, file)).collect(),
        Err(error) => {
            assert_eq!(error, BodyError::Empty);
            Vec::new()
        }
    }
}
