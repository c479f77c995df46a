//! Seeded generator of the historical CSV files: `departments.csv`, `jobs.csv`, `employees.csv`.
//!
//! The files have no header, end lines with CRLF and are UTF-8 without BOM. Departments and jobs are clean; 3.5 % of
//! the employees are dirty, each [`Employee`] saying how. The same options give the same bytes on every machine.

mod catalogue;
mod draws;
mod employee;
mod employees;
mod flaw;
mod moment;
mod names;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

pub use catalogue::{DEPARTMENTS, JOBS};
pub use employee::Employee;
pub use employees::{Employees, employees};
pub use flaw::Flaw;
pub use moment::Moment;

/// Seed of the files in `data/`.
pub const DEFAULT_SEED: u64 = 20_210_727;

/// Employees of the files in `data/`.
pub const DEFAULT_EMPLOYEES: u32 = 2000;

/// More employees than this would leave the bounds of their id.
pub const MAX_EMPLOYEES: u32 = i32::MAX as u32;

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Records of `employees.csv`, the dirty ones counted.
    pub employees: u32,
    /// Another seed, other employees.
    pub seed: u64,
    /// Leaves out the dirty rows, and nothing else: what stays is what a load of the full file accepts, in order.
    pub clean: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { employees: DEFAULT_EMPLOYEES, seed: DEFAULT_SEED, clean: false }
    }
}

/// Writes the three files into a directory, which is made if need be. Memory use does not grow with the files.
pub fn write(out: &Path, options: &Options) -> io::Result<()> {
    if options.employees > MAX_EMPLOYEES {
        let message = format!("at most {MAX_EMPLOYEES} employees, got {}", options.employees);
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    fs::create_dir_all(out)?;
    write_names(&out.join("departments.csv"), &DEPARTMENTS)?;
    write_names(&out.join("jobs.csv"), &JOBS)?;
    write_employees(&out.join("employees.csv"), options)
}

fn write_names(path: &Path, names: &[&str]) -> io::Result<()> {
    let mut rows = Vec::new();
    for (id, name) in (1..).zip(names) {
        write!(rows, "{id},")?;
        employee::write_quoted(name, &mut rows);
        rows.extend_from_slice(b"\r\n");
    }
    fs::write(path, rows)
}

fn write_employees(path: &Path, options: &Options) -> io::Result<()> {
    let mut file = BufWriter::with_capacity(1 << 18, File::create(path)?);
    let mut row = Vec::new();
    for employee in employees(options.seed, 1..u64::from(options.employees) + 1) {
        if options.clean && !employee.is_good() {
            continue;
        }
        row.clear();
        employee.write(&mut row);
        file.write_all(&row)?;
    }
    file.flush()
}
