//! A set of keys: values of one column.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use foldhash::fast::RandomState;

use crate::value::Value;

/// A set of values of one column.
///
/// Ids mostly ascend. So an integer that is above all ranges extends the last range or begins a new one, which takes less
/// time and memory than a place in a hash table. All other values are in a hash table.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    /// Ascending; they do not touch each other.
    ranges: Vec<RangeInclusive<i64>>,
    others: HashSet<Value, RandomState>,
}

impl KeySet {
    /// Whether it holds a value.
    pub fn contains(&self, value: &Value) -> bool {
        integer(value).is_some_and(|integer| self.is_in_range(integer))
            || !self.others.is_empty() && self.others.contains(value)
    }

    /// Adds a value, if it does not hold it yet.
    pub fn insert(&mut self, value: &Value) {
        let Some(integer) = integer(value) else {
            if !self.others.contains(value) {
                self.others.insert(value.clone());
            }
            return;
        };
        match self.ranges.last_mut() {
            Some(last) if integer <= *last.end() => {
                if !self.is_in_range(integer) {
                    self.others.insert(value.clone());
                }
            }
            Some(last) if integer - 1 == *last.end() => *last = *last.start()..=integer,
            Some(_) | None => self.ranges.push(integer..=integer),
        }
    }

    fn is_in_range(&self, integer: i64) -> bool {
        match self.ranges.last() {
            Some(last) if *last.start() <= integer => integer <= *last.end(),
            Some(_) => {
                let after = self.ranges.partition_point(|range| *range.start() <= integer);
                after.checked_sub(1).is_some_and(|i| integer <= *self.ranges[i].end())
            }
            None => false,
        }
    }
}

fn integer(value: &Value) -> Option<i64> {
    if let Value::Integer(integer) = value { Some(*integer) } else { None }
}

impl<'v> Extend<&'v Value> for KeySet {
    fn extend<I: IntoIterator<Item = &'v Value>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.insert(value));
    }
}

impl<'v> FromIterator<&'v Value> for KeySet {
    fn from_iter<I: IntoIterator<Item = &'v Value>>(values: I) -> KeySet {
        let mut set = KeySet::default();
        set.extend(values);
        set
    }
}

impl FromIterator<Value> for KeySet {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> KeySet {
        let mut set = KeySet::default();
        values.into_iter().for_each(|value| set.insert(&value));
        set
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near() -> impl Strategy<Value = i64> {
        prop_oneof![0..40_i64, Just(i64::MIN), Just(i64::MIN + 1), Just(i64::MAX - 1), Just(i64::MAX)]
    }

    proptest! {
        #[test]
        fn it_holds_what_was_inserted_in_whatever_order(inserted in prop::collection::vec(near(), 0..60), asked in near()) {
            let values: Vec<Value> = inserted.iter().copied().map(Value::Integer).collect();
            let set: KeySet = values.iter().collect();
            prop_assert_eq!(set.contains(&Value::Integer(asked)), inserted.contains(&asked));
        }
    }

    #[test]
    fn ascending_integers_are_one_range() {
        let values: Vec<Value> = (1..=1000).map(Value::Integer).collect();
        let set: KeySet = values.iter().collect();
        assert_eq!((set.ranges, set.others.len()), (vec![1..=1000], 0));
    }
}
