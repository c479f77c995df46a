//! The files keep the promises of the crate. The judge here is a naive second opinion, not the data dictionary's.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;

use generator::{DEFAULT_SEED, DEPARTMENTS, Employee, Flaw, JOBS, Options, employees};

const FILES: [&str; 3] = ["departments.csv", "jobs.csv", "employees.csv"];

fn lines<'a>(employees: impl IntoIterator<Item = &'a Employee>) -> Vec<u8> {
    let mut out = Vec::new();
    for employee in employees {
        employee.write(&mut out);
    }
    out
}

fn rows(csv: &[u8]) -> Vec<Vec<String>> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(csv)
        .into_deserialize()
        .collect::<Result<_, _>>()
        .expect("readable CSV")
}

fn is_moment(cell: &str) -> bool {
    let shape: String = cell.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let part = |range: std::ops::Range<usize>| cell[range].parse::<u32>().unwrap_or(99);
    if shape != "0000-00-00T00:00:00Z" {
        return false;
    }
    let days = match part(5..7) {
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    ["2021", "2022"].contains(&&cell[..4])
        && (1..=days).contains(&part(8..10))
        && part(11..13) < 24
        && part(14..16) < 60
        && part(17..19) < 60
}

fn is_accepted(row: &[String], ids: &mut HashSet<u32>) -> bool {
    let [id, name, hired, department, job] = row else {
        return false;
    };
    let among =
        |cell: &str, names: &[&str]| matches!(cell.parse(), Ok(id) if (1..=names.len()).contains(&id));
    (1..=200).contains(&name.chars().count())
        && is_moment(hired)
        && among(department, &DEPARTMENTS)
        && among(job, &JOBS)
        && matches!(id.parse(), Ok(id) if id > 0 && ids.insert(id))
}

#[test]
fn the_committed_files_are_what_the_generator_writes() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
    if std::env::var_os("UPDATE").is_some() {
        generator::write(&committed, &Options::default()).expect("data/ is writable");
    }
    let fresh = tempfile::tempdir().expect("a temporary directory");
    generator::write(fresh.path(), &Options::default()).expect("the directory is writable");
    for file in FILES {
        let same = fs::read(committed.join(file)).ok() == fs::read(fresh.path().join(file)).ok();
        assert!(same, "data/{file} is stale: run the tests with UPDATE=1");
    }
}

#[test]
fn the_clean_file_is_the_accepted_rows_of_the_dirty_one() {
    let out = tempfile::tempdir().expect("a temporary directory");
    let options = Options { employees: 25_000, ..Options::default() };
    let read = |options| {
        generator::write(out.path(), &options).expect("the directory is writable");
        rows(&fs::read(out.path().join("employees.csv")).expect("employees.csv"))
    };
    let (all, clean) = (read(options), read(Options { clean: true, ..options }));
    let mut ids = HashSet::new();
    let accepted: Vec<_> = all.iter().filter(|row| is_accepted(row, &mut ids)).cloned().collect();
    assert!(accepted == clean);
    assert_eq!(all.len() - clean.len(), 25_000 * 35 / 1000);
}

#[test]
fn a_row_is_accepted_exactly_if_it_has_no_flaws() {
    for seed in [DEFAULT_SEED, 0, u64::MAX] {
        let all: Vec<_> = employees(seed, 1..10_001).collect();
        let mut ids = HashSet::new();
        for (employee, row) in all.iter().zip(rows(&lines(&all))) {
            assert_eq!(is_accepted(&row, &mut ids), employee.is_good(), "{employee:?}");
        }
    }
}

#[test]
fn two_thousand_rows_hold_every_flaw_and_seventy_dirty_rows() {
    let mut counts: BTreeMap<Flaw, usize> = BTreeMap::new();
    let dirty: Vec<_> = employees(DEFAULT_SEED, 1..2001).filter(|employee| !employee.is_good()).collect();
    for flaw in dirty.iter().flat_map(|employee| employee.flaws) {
        *counts.entry(*flaw).or_default() += 1;
    }
    assert_eq!(dirty.len(), 70);
    assert_eq!(counts.len(), 14, "{counts:?}");
    assert!(dirty.iter().any(|employee| employee.flaws.len() == 2));
    let text = String::from_utf8(lines(&dirty)).expect("UTF-8");
    for cell in [",2021-02-30T", "T00:0:1Z,", ",99,", "\nabc,", "\n12.5,"] {
        assert!(text.contains(cell), "no {cell}");
    }
}

#[test]
fn a_repeated_id_is_that_of_an_earlier_good_row_with_other_content() {
    let all: Vec<_> = employees(DEFAULT_SEED, 1..20_001).collect();
    for employee in &all {
        if employee.flaws.contains(&Flaw::RepeatedId) {
            let earlier = &all[employee.id as usize - 1];
            assert!(earlier.is_good() && earlier.record < employee.record);
            assert!((&earlier.name, earlier.hired) != (&employee.name, employee.hired));
        } else {
            assert_eq!(employee.id, employee.record);
        }
    }
}

#[test]
fn a_range_holds_the_same_employees_as_the_whole() {
    let whole: Vec<_> = employees(DEFAULT_SEED, 1..9001).collect();
    for (first, end) in [(1, 1), (1, 2), (1999, 2003), (2001, 4001), (7777, 9001)] {
        let part: Vec<_> = employees(DEFAULT_SEED, first..end).collect();
        assert!(lines(&part) == lines(&whole[first as usize - 1..end as usize - 1]));
    }
}

#[test]
fn names_are_distinct_and_trimmed_and_fit() {
    for names in [&DEPARTMENTS as &[&str], &JOBS] {
        let distinct: HashSet<_> = names.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(distinct.len(), names.len());
        assert!(names.iter().all(|name| name.trim() == *name && name.len() <= 100));
    }
}

#[test]
fn files_end_lines_with_crlf_and_have_no_bom() {
    let out = tempfile::tempdir().expect("a temporary directory");
    generator::write(out.path(), &Options::default()).expect("the directory is writable");
    for file in FILES {
        let text = fs::read_to_string(out.path().join(file)).expect("UTF-8");
        assert!(text.starts_with("1,") && text.ends_with("\r\n"));
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    }
}
