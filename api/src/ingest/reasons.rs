//! How often rows are rejected for which reason, without any cell.

use std::collections::BTreeMap;

use dictionary::{Code, Reject, RowError};

/// Reasons that a sentence shows.
const SHOWN: usize = 3;

/// The number of errors of some rejected rows, by code and field.
#[derive(Debug, Default)]
pub struct Reasons(BTreeMap<(Code, Option<String>), u64>);

impl Reasons {
    /// Counts the errors of rejected rows.
    pub fn of<'r>(rejects: impl Iterator<Item = &'r Reject>) -> Reasons {
        let mut reasons = Reasons::default();
        for error in rejects.flat_map(|reject| &reject.errors) {
            let field = field_of_table(error).map(str::to_owned);
            *reasons.0.entry((error.code, field)).or_default() += 1;
        }
        reasons
    }

    /// Adds other counts.
    pub fn add(&mut self, other: Reasons) {
        for (reason, count) in other.0 {
            *self.0.entry(reason).or_default() += count;
        }
    }

    /// The number of errors of each code, as `code=number`, separated by commas.
    pub fn by_code(&self) -> String {
        let mut codes: BTreeMap<Code, u64> = BTreeMap::new();
        for ((code, _), count) in &self.0 {
            *codes.entry(*code).or_default() += count;
        }
        let codes: Vec<String> =
            codes.iter().map(|(code, count)| format!("{}={count}", code.as_str())).collect();
        codes.join(",")
    }

    /// The commonest reasons, the most frequent first: code, field and number of each.
    pub fn commonest(&self) -> String {
        let mut reasons: Vec<_> = self.0.iter().collect();
        // The sort is stable, so equal numbers stay in the order of the codes.
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let told = reasons.iter().take(SHOWN).map(|((code, field), count)| match field {
            Some(field) => format!("{} of `{field}` ({count})", code.as_str()),
            None => format!("{} ({count})", code.as_str()),
        });
        told.collect::<Vec<_>>().join(", ")
    }
}

/// The field of the table that an error is about. The name of an unknown member comes from the row, and may be long.
fn field_of_table(error: &RowError) -> Option<&str> {
    match error.code {
        Code::ExtraCell | Code::FormatError => None,
        Code::TypeError
        | Code::ConstraintError
        | Code::MissingCell
        | Code::UniqueError
        | Code::PrimaryKey
        | Code::ForeignKey
        | Code::EncodingError => error.field.as_deref(),
    }
}
