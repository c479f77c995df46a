//! The files that are sent, and what must become of each of their rows.

use std::fs;
use std::path::Path;

use fastrand::Rng;

/// Departments and jobs that are there.
const DEPARTMENTS: u32 = 12;
const JOBS: u32 = 183;

/// Ids that rows of all files want.
const SHARED: u32 = 3000;

/// Each file has ids of its own behind these.
const OWN: u32 = 10_000;

/// Ids that only rejected rows have are greater than this.
const UNWANTED: u32 = 1_000_000_000;

/// A row of a file.
pub struct Row {
    /// The physical line that it starts on.
    pub line: u64,
    /// As it is in the file, without its line end.
    pub raw: Vec<u8>,
    pub wants: Wants,
}

/// What must become of a row.
pub enum Wants {
    /// It is inserted, with these cells, unless another row has the id.
    Id(u32, Vec<String>),
    /// It is rejected with these codes.
    Rejection(&'static [&'static str]),
}

/// A file.
pub struct Sent {
    pub name: String,
    pub rows: Vec<Row>,
    line_end: &'static str,
}

impl Sent {
    /// A file of a few thousand rows. Files of different numbers share some ids and nothing else.
    pub fn draw(number: u32, random: &mut Rng) -> Sent {
        let mut sent = Sent {
            name: format!("file{number}.csv"),
            rows: Vec::new(),
            line_end: random.choice(["\n", "\r\n"]).unwrap(),
        };
        let mut line = 1;
        for n in 0..random.u32(1500..4500) {
            let own = OWN * (number + 1) + n;
            let (raw, wants) = draw_row(own, n, random);
            let lines = 1 + raw.iter().filter(|byte| **byte == b'\n').count() as u64;
            sent.rows.push(Row { line, raw, wants });
            line += lines;
        }
        sent
    }

    /// Writes its first rows to a folder.
    pub fn write(&self, folder: &Path, rows: usize) {
        let mut bytes = Vec::new();
        for row in &self.rows[..rows] {
            bytes.extend_from_slice(&row.raw);
            bytes.extend_from_slice(self.line_end.as_bytes());
        }
        fs::write(folder.join(&self.name), bytes).unwrap();
    }
}

/// A row: nine of ten are good, some of them want an id that others want too.
fn draw_row(own: u32, n: u32, random: &mut Rng) -> (Vec<u8>, Wants) {
    let id = match random.u32(0..100) {
        0..4 => random.u32(1..=SHARED),
        // An id of this very file, from a few rows up to a few batches before.
        4..6 => own - random.u32(0..=n.min(2500)),
        _ => own,
    };
    let (department, job) = (random.u32(1..=DEPARTMENTS), random.u32(1..=JOBS));
    let name = match random.u32(0..20) {
        0 => format!("Łukasz, {own}"),
        1 => format!("two\nlines {own}"),
        _ => format!("Ada {own}"),
    };
    let hired = format!("20{:02}-02-03T04:05:{:02}Z", random.u32(10..30), n % 60);
    let quoted = if name.contains([',', '\n']) { format!("\"{name}\"") } else { name.clone() };
    let unwanted = UNWANTED + own;
    let rejected = |row: String, codes| (row.into_bytes(), Wants::Rejection(codes));
    match random.u32(0..80) {
        0 => rejected(format!("x{own},{quoted},{hired},{department},{job}"), &["type-error"]),
        1 => rejected(format!("{unwanted},{quoted},{hired},999,{job}"), &["foreign-key"]),
        2 => rejected(format!("{unwanted},{quoted},{hired},{department}"), &["missing-cell"]),
        3 => rejected(format!("{unwanted},{quoted},{hired},{department},{job},6"), &["extra-cell"]),
        4 => rejected(format!("{unwanted},,{hired},{department},{job}"), &["constraint-error"]),
        5 => rejected(format!("{unwanted},{quoted},yesterday,999,{job}"), &["type-error", "foreign-key"]),
        6 => {
            let (mut row, codes) =
                rejected(format!("{unwanted},?,{hired},{department},{job}"), &["encoding-error"]);
            row.iter_mut().filter(|byte| **byte == b'?').for_each(|byte| *byte = 0xff);
            (row, codes)
        }
        _ => {
            let row = format!("{id},{quoted},{hired},{department},{job}");
            let cells = [id.to_string(), name, hired, department.to_string(), job.to_string()];
            (row.into_bytes(), Wants::Id(id, cells.to_vec()))
        }
    }
}
