//! What can be wrong with an employee, and which records it is wrong with.

use rand_chacha::ChaCha8Rng;

use crate::draws::Draws;

/// One thing wrong with a row. Each makes exactly one error when the row is judged by the data dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flaw {
    /// `employee_id` is empty.
    EmptyId,
    /// `employee_id` is something like `abc` or `12.5`.
    IdNotANumber,
    /// `employee_id` is that of an earlier row without flaws.
    RepeatedId,
    /// `employee_name` is empty.
    EmptyName,
    /// `employee_name` has 201 characters.
    NameTooLong,
    /// `hiring_date` is empty.
    EmptyDate,
    /// `hiring_date` names a day or a time that no calendar or clock has, like `2021-02-30T08:00:00Z`.
    ImpossibleDate,
    /// `hiring_date` lacks digits, like `2021-08-29T00:0:1Z`.
    MalformedDate,
    /// `department_id` is empty.
    EmptyDepartment,
    /// `department_id` is a number in bounds that no department has.
    UnknownDepartment,
    /// `job_id` is empty.
    EmptyJob,
    /// `job_id` is a number in bounds that no job has.
    UnknownJob,
    /// The row ends after four cells.
    ShortRow,
    /// The row has a sixth cell.
    ExtraCell,
}

impl Flaw {
    /// The code of the error that the flaw must be rejected with.
    pub fn code(self) -> &'static str {
        match self {
            Self::EmptyId | Self::EmptyName | Self::EmptyDate => "constraint-error",
            Self::EmptyDepartment | Self::EmptyJob | Self::NameTooLong => "constraint-error",
            Self::IdNotANumber | Self::ImpossibleDate | Self::MalformedDate => "type-error",
            Self::RepeatedId => "primary-key",
            Self::UnknownDepartment | Self::UnknownJob => "foreign-key",
            Self::ShortRow => "missing-cell",
            Self::ExtraCell => "extra-cell",
        }
    }

    /// The field that the error is about; none for a cell beyond the last field.
    pub fn field(self) -> Option<&'static str> {
        match self {
            Self::EmptyId | Self::IdNotANumber | Self::RepeatedId => Some("employee_id"),
            Self::EmptyName | Self::NameTooLong => Some("employee_name"),
            Self::EmptyDate | Self::ImpossibleDate | Self::MalformedDate => Some("hiring_date"),
            Self::EmptyDepartment | Self::UnknownDepartment => Some("department_id"),
            Self::EmptyJob | Self::UnknownJob | Self::ShortRow => Some("job_id"),
            Self::ExtraCell => None,
        }
    }

    /// The constraint that fails, where the error is a `constraint-error`.
    pub fn constraint(self) -> Option<&'static str> {
        match self {
            Self::NameTooLong => Some("maxLength"),
            Self::EmptyId | Self::EmptyName | Self::EmptyDate | Self::EmptyDepartment | Self::EmptyJob => {
                Some("required")
            }
            Self::IdNotANumber
            | Self::ImpossibleDate
            | Self::MalformedDate
            | Self::RepeatedId
            | Self::UnknownDepartment
            | Self::UnknownJob
            | Self::ShortRow
            | Self::ExtraCell => None,
        }
    }
}

/// Records of a block. Each full block holds the same number of dirty rows of each kind.
pub(crate) const BLOCK: u64 = 2000;

/// How many of a block's records have which flaws (in field order): 70 of 2000, 3.5 %.
const QUOTAS: [(usize, &[Flaw]); 21] = [
    (4, &[Flaw::EmptyId]),
    (4, &[Flaw::EmptyName]),
    (5, &[Flaw::EmptyDate]),
    (5, &[Flaw::EmptyDepartment]),
    (5, &[Flaw::EmptyJob]),
    (5, &[Flaw::ImpossibleDate]),
    (4, &[Flaw::MalformedDate]),
    (5, &[Flaw::UnknownDepartment]),
    (5, &[Flaw::UnknownJob]),
    (5, &[Flaw::RepeatedId]),
    (5, &[Flaw::ShortRow]),
    (4, &[Flaw::ExtraCell]),
    (5, &[Flaw::IdNotANumber]),
    (2, &[Flaw::NameTooLong]),
    (1, &[Flaw::EmptyName, Flaw::ImpossibleDate]),
    (1, &[Flaw::UnknownDepartment, Flaw::UnknownJob]),
    (1, &[Flaw::IdNotANumber, Flaw::EmptyJob]),
    (1, &[Flaw::MalformedDate, Flaw::ShortRow]),
    (1, &[Flaw::RepeatedId, Flaw::UnknownDepartment]),
    (1, &[Flaw::EmptyDate, Flaw::ExtraCell]),
    (1, &[Flaw::EmptyDepartment, Flaw::EmptyJob]),
];

/// Which records of one block have flaws.
pub(crate) struct Plan {
    block: u64,
    defects: Vec<Defect>,
}

/// What is wrong with one record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defect {
    /// In field order; empty for a good record.
    pub(crate) flaws: &'static [Flaw],
    /// Counts the records of the block with the same flaws, from 0: each shows the flaw in another way.
    pub(crate) variant: usize,
}

impl Plan {
    /// The plan of the block that holds a record. `rng` comes from the seed; its position does not matter.
    pub(crate) fn of(record: u64, rng: &ChaCha8Rng) -> Self {
        let block = (record - 1) / BLOCK;
        let mut draws = Draws::of_block(rng, block);
        // The first record of a block is always good, so that a repeated id has an earlier row to repeat.
        let mut offsets: Vec<usize> = (1..BLOCK as usize).collect();
        let none = Defect { flaws: &[], variant: 0 };
        let mut defects = vec![none; BLOCK as usize];
        for (rows, flaws) in QUOTAS {
            for variant in 0..rows {
                let offset = offsets.swap_remove(draws.below(offsets.len()));
                defects[offset] = Defect { flaws, variant };
            }
        }
        Self { block, defects }
    }

    /// Whether a record is of this plan's block.
    pub(crate) fn covers(&self, record: u64) -> bool {
        (record - 1) / BLOCK == self.block
    }

    /// What is wrong with a record of this block.
    pub(crate) fn defect(&self, record: u64) -> Defect {
        self.defects[((record - 1) % BLOCK) as usize]
    }

    /// Whether nothing is wrong with a record of this block.
    pub(crate) fn is_good(&self, record: u64) -> bool {
        self.defect(record).flaws.is_empty()
    }
}
