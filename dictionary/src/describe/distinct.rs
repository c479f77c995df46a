//! Whether a column has each value once, in bounded memory.

use std::collections::HashSet;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;

/// Distinct values of a column that are counted.
const MOST_OF_COLUMN: usize = 1_000_000;

/// Distinct values of all columns of a table that are counted.
const MOST_OF_TABLE: usize = 8_000_000;

/// How many more values a table may keep.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Budget(MOST_OF_TABLE)
    }
}

/// Hashes of the distinct values of a column. Equal hashes of different values only make it lose a possible key.
#[derive(Debug, Default)]
pub(super) struct Distinct {
    hashes: HashSet<u64, FixedState>,
    is_repeated: bool,
    is_lost: bool,
    /// Whether a value is no integer above the one before it.
    is_not_ascending: bool,
    last: Option<i64>,
}

impl Distinct {
    /// Adds the text of a value, without the blanks around it.
    pub(super) fn push(&mut self, text: &str, budget: &mut Budget) {
        if !self.is_not_ascending {
            let next = text.parse().ok();
            self.is_not_ascending = next.is_none() || next <= self.last;
            self.last = next;
        }
        if self.is_lost {
            return;
        }
        if !self.hashes.insert(FixedState::default().hash_one(text)) {
            self.is_repeated = true;
        } else if self.hashes.len() > MOST_OF_COLUMN || budget.0 == 0 {
            budget.0 += self.hashes.len() - 1;
            self.hashes = HashSet::default();
            self.is_lost = true;
        } else {
            budget.0 -= 1;
        }
    }

    /// Whether no value occurs twice; `None` where there are too many to know.
    pub(super) fn is_unique(&self) -> Option<bool> {
        if self.is_repeated {
            return Some(false);
        }
        (!self.is_lost || !self.is_not_ascending).then_some(true)
    }

    /// The hashes of all values; `None` where there are too many.
    pub(super) fn hashes(self) -> Option<HashSet<u64, FixedState>> {
        (!self.is_lost).then_some(self.hashes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: impl Iterator<Item = String>) -> Distinct {
        let (mut distinct, mut budget) = (Distinct::default(), Budget::default());
        texts.for_each(|text| distinct.push(&text, &mut budget));
        distinct
    }

    #[test]
    fn of_more_values_than_are_kept_only_ascending_integers_are_known_to_be_unique() {
        let many = MOST_OF_COLUMN + 2;
        let ascending = of((0..many).map(|i| i.to_string()));
        assert_eq!(ascending.is_unique(), Some(true));
        assert_eq!(of((0..many).rev().map(|i| i.to_string())).is_unique(), None);
        assert_eq!(of((0..many).map(|i| (i / 2).to_string())).is_unique(), Some(false));
        assert!(ascending.hashes().is_none());
    }
}
