//! The page of req1: departments by quarter at a glance, then every job.

use askama::Template;
use dictionary::Value;

use super::Report;
use super::chart::{self, Bar, Figure, MOST};
use super::kpi::count;
use crate::pages::{self, Frame};

/// The quarters of a year, as the columns name them.
const QUARTERS: [&str; 4] = ["Q1", "Q2", "Q3", "Q4"];

#[derive(Template)]
#[template(path = "req1.html")]
struct Page<'a> {
    frame: Frame,
    report: &'a Report,
    departments: Vec<Department<'a>>,
    totals: Department<'a>,
    chart: Figure,
}

/// The hires of a department, or of several that share a name.
struct Department<'a> {
    name: &'a str,
    quarters: [u64; 4],
}

impl Department<'_> {
    fn hired(&self) -> u64 {
        self.quarters.iter().sum()
    }

    fn add(&mut self, row: &[Value]) {
        for (sum, value) in self.quarters.iter_mut().zip(&row[2..]) {
            *sum += count(value);
        }
    }
}

pub fn page(report: &Report, frame: Frame) -> askama::Result<String> {
    let mut totals = Department { name: "All departments", quarters: [0; 4] };
    let mut departments: Vec<Department> = Vec::new();
    for row in &report.rows {
        totals.add(row);
        let Value::String(name) = &row[0] else { continue };
        // Rows come in the order of their departments.
        match departments.last_mut().filter(|last| last.name == name) {
            Some(last) => last.add(row),
            None => {
                let mut department = Department { name, quarters: [0; 4] };
                department.add(row);
                departments.push(department);
            }
        }
    }
    let mut longest: Vec<_> = departments.iter().collect();
    longest.sort_by_key(|department| std::cmp::Reverse(department.hired()));
    let bar = |department: &&Department| Bar {
        label: department.name.to_owned(),
        parts: department.quarters.to_vec(),
    };
    let bars: Vec<Bar> = longest.iter().map(bar).collect();
    let parts = QUARTERS.map(|quarter| (quarter, format!("{quarter} {}", report.year)));
    let chart = chart::bars(&bars, &parts);
    Page { frame, report, departments, totals, chart }.render()
}
