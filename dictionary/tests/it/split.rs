//! How files become batches: where they end, what their keys are, and how a file may grow.

use std::time::{Duration, Instant};

use dictionary::Table;
use dictionary::decode::{self, BodyError};
use dictionary::request::{Request, contested_key};
use dictionary::source::Form;
use dictionary::split::{Batch, End, MAX_BYTES, MAX_RECORD, Sent, SplitError, Splitter};
use sha2::{Digest, Sha256};

use crate::packages::{self, jobs};

/// All batches of a file that arrives in pieces of some size.
pub fn pieces(table: &Table, file: &[u8], size: usize, recorded: &[End]) -> Result<Vec<Batch>, SplitError> {
    let mut splitter = Splitter::new(table, recorded.iter().cloned());
    let mut batches = Vec::new();
    for piece in file.chunks(size) {
        splitter.push(piece);
        while let Some(batch) = splitter.next_batch()? {
            batches.push(batch);
        }
    }
    splitter.finish();
    while let Some(batch) = splitter.next_batch()? {
        batches.push(batch);
    }
    Ok(batches)
}

/// All batches of a file, read as history reads it.
fn split(table: &Table, file: &[u8]) -> Vec<Batch> {
    pieces(table, file, 64 << 10, &[]).unwrap()
}

/// What is recorded of batches.
pub fn recorded(batches: &[Batch]) -> Vec<End> {
    let end = |batch: &Batch| End { offset: batch.end_offset, key: batch.key.clone(), sent: None };
    batches.iter().map(end).collect()
}

/// The last row of each batch.
fn ends(batches: &[Batch]) -> Vec<u64> {
    batches.iter().map(|batch| batch.start.row + batch.rows() - 1).collect()
}

pub fn keys(batches: &[Batch]) -> Vec<&str> {
    batches.iter().map(|batch| batch.key.as_str()).collect()
}

/// Lines `first,Job first` and so on, each with its line end.
fn lines(rows: std::ops::RangeInclusive<u64>) -> String {
    rows.map(|row| format!("{row},Job {row}\n")).collect()
}

/// Far more than linear work takes on a busy machine, and far less than code that scans the rest for each quote.
const DEADLINE: Duration = Duration::from_secs(15);

#[test]
fn recorded_ends_with_other_fingerprints_cost_little_time() {
    let row = |row: u64| format!("{row},{}\n", "x".repeat(4000));
    let file: String = (1..=1000).map(row).collect();
    let mut hash = Sha256::new_with_prefix(b"jobs\0");
    let mut hashed = 0;
    let mut ends = Vec::new();
    for (line_end, _) in file.match_indices('\n') {
        hash.update(&file.as_bytes()[hashed..line_end]);
        hashed = line_end;
        let key = dictionary::hash::hexadecimal(&hash.clone().finalize());
        let sent = |i: u64| Some(Sent { first_row: 1, fingerprint: format!("{i}") });
        ends.extend((0..8).map(|i| End { offset: line_end as u64, key: key.clone(), sent: sent(i) }));
    }
    let started = Instant::now();
    let batches = pieces(&jobs(), file.as_bytes(), 64 << 10, &ends).unwrap();
    assert!(started.elapsed() < DEADLINE, "{:?}", started.elapsed());
    assert_eq!(batches.iter().map(|batch| batch.rows()).collect::<Vec<_>>(), [1000]);
}

#[test]
fn a_batch_has_1000_records_and_knows_where_it_starts() {
    let file = lines(1..=2500).replace("5,Job 5\n", "5,\"Job\n5\"\n\n");
    let batches = split(&jobs(), file.as_bytes());
    assert_eq!(batches.iter().map(|b| b.rows()).collect::<Vec<_>>(), [1000, 1000, 500]);
    assert_eq!(batches.iter().map(|b| b.start.row).collect::<Vec<_>>(), [1, 1001, 2001]);
    let rows = decode_all(&jobs(), &batches);
    let line = |row: u64| file.lines().position(|l| l.starts_with(&format!("{row},"))).unwrap() as u64 + 1;
    for (number, at, _) in rows {
        assert_eq!(at, Some(line(number)), "row {number}");
    }
}

#[test]
fn a_key_is_sha_256_over_the_tables_name_a_zero_and_the_file_up_to_there() {
    let file = format!("\u{feff}{}", lines(1..=1500));
    for batch in split(&jobs(), file.as_bytes()) {
        let prefix = &file.as_bytes()[..usize::try_from(batch.end_offset).unwrap()];
        let digest = Sha256::digest([b"jobs\0", prefix].concat());
        assert_eq!(batch.key, dictionary::hash::hexadecimal(&digest));
    }
}

#[test]
fn a_batch_ends_before_the_line_end_of_its_last_record() {
    for end in ["", "\n", "\r\n", "\n\n\r\n"] {
        let file = format!("1,a\r\n2,b{end}");
        let batches = split(&jobs(), file.as_bytes());
        let bodies: Vec<_> = batches.iter().map(|batch| &*batch.body).collect();
        let expected: &[&[u8]] = if end.is_empty() { &[b"1,a", b"\r\n2,b"] } else { &[b"1,a\r\n2,b"] };
        assert_eq!((&*bodies, batches.last().unwrap().end_offset), (expected, 8), "{end:?}");
    }
}

#[test]
fn a_file_that_grew_goes_on_at_its_old_end() {
    for (old, new) in [
        ("1,a\n2,b\n", "1,a\n2,b\n3,c\n"),
        ("1,a\n2,b", "1,a\n2,b\n3,c"),
        ("1,a\r\n2,b\r\n", "1,a\r\n2,b\r\n3,c\r\n"),
        ("1,a\r\n2,b\r", "1,a\r\n2,b\r\n3,c\r\n"),
        ("1,a\n2,b\n\n\n", "1,a\n2,b\n\n\n3,c\n"),
        ("1,a\n2,b\n", "1,a\n2,b\n\n3,c\n"),
    ] {
        let first = split(&jobs(), old.as_bytes());
        let second = pieces(&jobs(), new.as_bytes(), 3, &recorded(&first)).unwrap();
        assert_eq!(keys(&second)[..first.len()], keys(&first), "{new:?}");
        assert_eq!(ends(&second)[first.len()..], [3], "{new:?}");
        assert_eq!(decode_all(&jobs(), &second)[2].2, b"3,c", "{new:?}");
    }
}

#[test]
fn a_file_that_grew_twice_keeps_all_its_ends() {
    let first = split(&jobs(), lines(1..=1500).as_bytes());
    let second = pieces(&jobs(), lines(1..=1600).as_bytes(), 99, &recorded(&first)).unwrap();
    assert_eq!(ends(&second), [1000, 1500, 1600]);
    let third = pieces(&jobs(), lines(1..=4000).as_bytes(), 99, &recorded(&second)).unwrap();
    assert_eq!(ends(&third), [1000, 1500, 1600, 2600, 3600, 4000]);
    assert_eq!(keys(&third)[..3], keys(&second));
    assert_eq!(keys(&third)[..2], keys(&first));
}

#[test]
fn a_last_line_without_an_end_is_a_batch_of_its_own_and_another_row_once_it_is_whole() {
    let first = split(&jobs(), b"1,a\n70");
    assert_eq!(ends(&first), [1, 2]);
    let second = pieces(&jobs(), b"1,a\n7099,b\n2,c\n", 3, &recorded(&first)).unwrap();
    assert_eq!(keys(&second)[..1], keys(&first)[..1]);
    let rows = decode_all(&jobs(), &second);
    assert_eq!(rows[1..], [(2, Some(2), b"7099,b".to_vec()), (3, Some(3), b"2,c".to_vec())]);
}

#[test]
fn a_quote_that_was_open_is_never_closed_by_cutting() {
    let first = split(&jobs(), b"1,\"a\n2,b");
    let second = pieces(&jobs(), b"1,\"a\n2,b\"\n3,c\n", 3, &recorded(&first)).unwrap();
    let rows: Vec<_> = decode_all(&jobs(), &second).into_iter().map(|(_, _, raw)| raw).collect();
    assert_eq!(rows, [b"1,\"a\n2,b\"".to_vec(), b"3,c".to_vec()]);
}

#[test]
fn rows_before_a_quote_that_is_open_at_the_end_stay_as_they_are_when_it_is_closed() {
    let first = split(&jobs(), b"1,a\n2,\"see\n7,x\n");
    assert_eq!(ends(&first), [1, 3]);
    let grown = b"1,a\n2,\"see\n7,x\n8,y\"\n3,c\n";
    let second = pieces(&jobs(), grown, 3, &recorded(&first)).unwrap();
    assert_eq!(keys(&second)[0], keys(&first)[0]);
    let rows: Vec<_> = decode_all(&jobs(), &second).into_iter().map(|(_, _, raw)| raw).collect();
    assert_eq!(rows, [b"1,a".to_vec(), b"2,\"see\n7,x\n8,y\"".to_vec(), b"3,c".to_vec()]);
}

#[test]
fn a_file_whose_quotes_stay_open_on_every_line_has_no_more_batches_for_it() {
    let file = "x\",\"y\n".repeat(3000);
    assert_eq!(ends(&split(&jobs(), file.as_bytes())), [1000, 2000, 3000]);
}

#[test]
fn ends_of_other_files_are_passed_over() {
    let other = split(&jobs(), lines(5..=1500).as_bytes());
    let plain = split(&jobs(), lines(1..=2500).as_bytes());
    let mixed = [recorded(&other), recorded(&plain[..1])].concat();
    assert_eq!(pieces(&jobs(), lines(1..=2500).as_bytes(), 99, &mixed).unwrap(), plain);
}

/// What the ledger has of batches that came with requests; `key` makes each one's key of its own and the
/// fingerprint.
fn sent(batches: &[Batch], header: &[u8], key: fn(&str, &str) -> String) -> Vec<End> {
    let end = |batch: &Batch| {
        let fingerprint = Request::new(Form::Csv, header, &batch.body, batch.start).fingerprint();
        let key = key(&batch.key, &fingerprint);
        End { offset: batch.end_offset, key, sent: Some(Sent { first_row: batch.start.row, fingerprint }) }
    };
    batches.iter().map(end).collect()
}

#[test]
fn a_batch_that_was_sent_under_its_key_or_the_contested_one_keeps_its_end() {
    let types = packages::last(&packages::types());
    for (table, header) in [(jobs(), ""), (types, "code;note\n")] {
        let line = |row: u64| if header.is_empty() { format!("{row},a\n") } else { format!("{row};abc\n") };
        let file = |rows: u64| header.to_owned() + &(1..=rows).map(line).collect::<String>();
        let first = split(&table, file(300).as_bytes());
        for key in [|key: &str, _: &str| key.to_owned(), contested_key] {
            let second = sent(&first, header.trim_end().as_bytes(), key);
            let second = pieces(&table, file(700).as_bytes(), 99, &second).unwrap();
            assert_eq!(ends(&second), [300, 700]);
            let third = sent(&second, header.trim_end().as_bytes(), key);
            assert_eq!(
                ends(&pieces(&table, file(2000).as_bytes(), 99, &third).unwrap()),
                [300, 700, 1700, 2000]
            );
        }
    }
}

#[test]
fn a_batch_of_other_rows_under_the_key_of_a_file_is_no_end_of_it() {
    let file = lines(1..=1500);
    let plain = split(&jobs(), file.as_bytes());
    let within = split(&jobs(), lines(1..=500).as_bytes());
    let own = |key: &str, _: &str| key.to_owned();
    for change in [
        (|end: &mut End| end.sent.as_mut().unwrap().fingerprint = "0".repeat(64)) as fn(&mut End),
        |end| end.sent.as_mut().unwrap().first_row = 2,
        |end| end.key = "0".repeat(64),
    ] {
        let mut claimed = sent(&within, b"", own);
        change(&mut claimed[0]);
        let ends = [claimed, sent(&plain, b"", own)].concat();
        assert_eq!(pieces(&jobs(), file.as_bytes(), 99, &ends).unwrap(), plain);
    }
    // The same end, and nothing changed.
    assert_eq!(ends(&pieces(&jobs(), file.as_bytes(), 99, &sent(&within, b"", own)).unwrap()), [500, 1500]);
}

#[test]
fn a_changed_file_is_cut_as_if_nothing_were_recorded() {
    let first = split(&jobs(), lines(1..=1500).as_bytes());
    let changed = lines(1..=1600).replacen("Job 7\n", "Job seven\n", 1);
    let second = pieces(&jobs(), changed.as_bytes(), 99, &recorded(&first)).unwrap();
    assert_eq!(second, split(&jobs(), changed.as_bytes()));
}

#[test]
fn a_header_and_a_mark_count_for_the_key_but_lie_in_no_body() {
    let table = packages::last(&packages::types());
    let mut splitter = Splitter::new(&table, []);
    splitter.push("\u{feff}\n\"note\";code\r\nab;1\nxyz;2\n".as_bytes());
    splitter.finish();
    let batch = splitter.next_batch().unwrap().unwrap();
    assert_eq!(splitter.header(), b"\"note\";code");
    assert_eq!(batch.body, b"\r\nab;1\nxyz;2");
    let rows = batch.decode(&table);
    assert_eq!(rows.iter().map(|r| (r.number, r.line)).collect::<Vec<_>>(), [(1, Some(3)), (2, Some(4))]);
    assert_eq!(rows[1].values[table.field("note").unwrap()].text(), "xyz");
    assert_eq!(splitter.next_batch(), Ok(None));
}

#[test]
fn a_header_of_another_table_is_refused() {
    let table = packages::last(&packages::types());
    let error = pieces(&table, b"code;size\n1;2\n", 4, &[]).unwrap_err();
    let SplitError::Header(BodyError::HeaderMismatch(why)) = error else { panic!("{error}") };
    let why = why.to_string();
    assert!(
        why.starts_with(
            "column 2 is `size`, which is not a field of the table; the header must name the fields code, "
        ),
        "{why}"
    );
    assert!(why.ends_with(", separated by `;`"), "{why}");
}

#[test]
fn a_file_without_rows_has_no_batch() {
    for file in ["", "\n", "\r\n\n\r\n", "\r"] {
        assert_eq!(split(&jobs(), file.as_bytes()), [], "{file:?}");
    }
    let table = packages::last(&packages::types());
    assert_eq!(split(&table, b"code;note\n"), []);
}

#[test]
fn wide_rows_make_short_batches_which_keep_their_ends() {
    let file: String = (1..=100).map(|row| format!("{row},{}\n", "x".repeat(100_000))).collect();
    let batches = split(&jobs(), file.as_bytes());
    assert_eq!(ends(&batches), [41, 82, 100]);
    assert!(batches.iter().all(|batch| batch.body.len() <= MAX_BYTES));
    assert!(decode_all(&jobs(), &batches).iter().all(|(row, line, _)| *line == Some(*row)));
    let again = pieces(&jobs(), (file + "101,x\n").as_bytes(), 1 << 20, &recorded(&batches)).unwrap();
    assert_eq!(keys(&again)[..3], keys(&batches));
}

#[test]
fn a_flood_of_blank_lines_makes_no_long_batch() {
    let flood = "\n".repeat(2 * MAX_BYTES);
    let batches = split(&jobs(), format!("{flood}1,a\n{flood}2,b{flood}").as_bytes());
    assert!(batches.iter().all(|batch| batch.body.len() <= MAX_BYTES + 8));
    let rows = decode_all(&jobs(), &batches);
    let lines: Vec<_> = rows.iter().map(|(_, line, _)| line.unwrap()).collect();
    let blank = 2 * MAX_BYTES as u64;
    assert_eq!(lines, [blank + 1, 2 * blank + 2]);
}

#[test]
fn an_open_quote_at_the_start_of_20_mb_costs_one_line_and_little_time() {
    let mut file = lines(2..=1_200_000);
    file.insert_str(0, "1,\"open\n");
    assert!(file.len() > 20_000_000);
    let started = Instant::now();
    let batches = split(&jobs(), file.as_bytes());
    assert!(started.elapsed() < DEADLINE, "took {:?}", started.elapsed());
    assert_eq!(ends(&batches).last(), Some(&1_200_000));
    let rows = batches[0].decode(&jobs());
    assert_eq!(rows[0].errors[0].1.code, dictionary::Code::FormatError);
    assert!(rows[1..].iter().all(|row| row.errors.is_empty()));
}

#[test]
fn quotes_that_stay_open_on_every_line_cost_little_time() {
    // Each line ends inside a quote, whether it starts inside one or not.
    let line = "x\",\"y\n";
    let file = line.repeat(3_500_000);
    let started = Instant::now();
    let batches = split(&jobs(), file.as_bytes());
    assert!(started.elapsed() < DEADLINE, "splitting took {:?}", started.elapsed());
    assert_eq!(ends(&batches).last(), Some(&3_500_000));
    let started = Instant::now();
    let body = &file[..MAX_RECORD / line.len() * line.len()];
    let refused = decode::csv(body.as_bytes(), &jobs(), in_order(&jobs()), batches[0].start).unwrap_err();
    assert_eq!(refused, BodyError::TooManyRows);
    assert!(started.elapsed() < DEADLINE, "decoding took {:?}", started.elapsed());
}

#[test]
fn a_long_line_after_open_quotes_is_scanned_once() {
    let opening = "\",x\",\"\n";
    for lines in [999, 4000] {
        let file = opening.repeat(lines) + &"x".repeat(MAX_RECORD - 8 * lines);
        let started = Instant::now();
        let batches = split(&jobs(), file.as_bytes());
        assert_eq!(ends(&batches).last(), Some(&(lines as u64 + 1)));
        if lines < 1000 {
            let (rows, _) =
                decode::csv(file.as_bytes(), &jobs(), in_order(&jobs()), batches[0].start).unwrap();
            assert_eq!(rows.len(), 1000);
        }
        assert!(started.elapsed() < DEADLINE, "{lines} lines took {:?}", started.elapsed());
    }
}

#[test]
fn a_quote_is_open_after_the_longest_record_however_the_file_arrives() {
    let rest = "2,b\n3,c";
    for (length, rows) in [(MAX_RECORD, 3), (MAX_RECORD + 1, 4)] {
        let mut file = "1,\"a\n".to_owned();
        file.extend(std::iter::repeat_n('x', length - file.len() - 2));
        file += "\"\n";
        file += rest;
        for size in [1 << 16, MAX_RECORD, MAX_RECORD + 1, file.len()] {
            let batches = pieces(&jobs(), file.as_bytes(), size, &[]).unwrap();
            assert_eq!(ends(&batches).last(), Some(&rows), "{length} in pieces of {size}");
        }
    }
}

#[test]
fn a_line_longer_than_the_longest_record_is_refused_with_its_number() {
    for start in ["", "1,", "1,\""] {
        let file = format!("1,a\n{start}{}\n", "x".repeat(MAX_RECORD));
        for size in [1 << 16, file.len()] {
            let error = pieces(&jobs(), file.as_bytes(), size, &[]).unwrap_err();
            assert_eq!(error, SplitError::RecordTooLong { line: 2 }, "{start} in pieces of {size}");
        }
    }
}

fn in_order(table: &Table) -> Option<decode::Columns> {
    Some(decode::Columns::in_order(table))
}

/// Number, line and raw bytes of each row of a headerless file's batches.
pub fn decode_all(table: &Table, batches: &[Batch]) -> Vec<(u64, Option<u64>, Vec<u8>)> {
    let decoded = batches.iter().flat_map(|batch| {
        let rows = batch.decode(table);
        assert_eq!(rows.len() as u64, batch.rows());
        rows.into_iter().map(|row| (row.number, row.line, batch.body[row.raw].to_vec()))
    });
    decoded.collect()
}
