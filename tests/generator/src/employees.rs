//! The employees of a range of records.

use std::iter::FusedIterator;
use std::ops::Range;

use rand_chacha::ChaCha8Rng;

use crate::catalogue::{department_picks, job_picks};
use crate::draws::{Draws, seeded};
use crate::employee::{Employee, draw_name};
use crate::flaw::{Defect, Flaw, Plan};
use crate::moment::Moment;

/// The employees with these record numbers (from 1), dirty ones included.
///
/// An employee depends on the seed and the record number only: a longer file starts with all rows of a shorter one.
///
/// # Panics
///
/// If the range holds record 0.
pub fn employees(seed: u64, records: Range<u64>) -> Employees {
    assert!(records.is_empty() || records.start > 0, "records are counted from 1");
    let rng = seeded(seed);
    Employees {
        draws: Draws::from_record(&rng, records.start),
        plan: Plan::of(records.start.max(1), &rng),
        departments: department_picks(),
        jobs: job_picks(),
        rng,
        records,
    }
}

/// Iterator made by [`employees`].
pub struct Employees {
    rng: ChaCha8Rng,
    draws: Draws,
    plan: Plan,
    departments: Vec<u32>,
    jobs: Vec<u32>,
    records: Range<u64>,
}

impl Iterator for Employees {
    type Item = Employee;

    fn next(&mut self) -> Option<Employee> {
        let record = self.records.next()?;
        if !self.plan.covers(record) {
            self.plan = Plan::of(record, &self.rng);
        }
        let Defect { flaws, variant } = self.plan.defect(record);
        let [mut name, mut hired, mut department, mut job, mut repeated, ..] = self.draws.record();
        let id = if flaws.contains(&Flaw::RepeatedId) {
            self.good_up_to(1 + repeated.below(record as usize - 1) as u64)
        } else {
            record
        };
        Some(Employee {
            record,
            id,
            name: draw_name(&mut name),
            hired: Moment::draw(&mut hired),
            department: department.pick(&self.departments),
            job: job.pick(&self.jobs),
            flaws,
            variant,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.records.size_hint()
    }
}

impl FusedIterator for Employees {}

impl Employees {
    /// The last good record that is not above the given one. The first record of each block is good.
    fn good_up_to(&self, mut record: u64) -> u64 {
        let other;
        let plan = if self.plan.covers(record) {
            &self.plan
        } else {
            other = Plan::of(record, &self.rng);
            &other
        };
        while !plan.is_good(record) {
            record -= 1;
        }
        record
    }
}
