//! Keys of rows, and sets of them.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use foldhash::fast::RandomState;

use crate::value::Value;

/// The values of a key in one row; none of them is null.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key<'v> {
    /// Of a key of one field.
    One(&'v Value),
    /// Of a key of several fields, in the order of the key.
    Several(Vec<&'v Value>),
}

impl<'v> Key<'v> {
    /// Of these values; `None` if one is null.
    pub fn new(mut values: impl ExactSizeIterator<Item = &'v Value>) -> Option<Key<'v>> {
        if values.len() == 1 {
            return values.next().filter(|value| !value.is_null()).map(Key::One);
        }
        let values: Vec<_> = values.collect();
        (!values.iter().any(|value| value.is_null())).then_some(Key::Several(values))
    }

    /// The values.
    pub fn values(&self) -> &[&'v Value] {
        match self {
            Key::One(value) => std::slice::from_ref(value),
            Key::Several(values) => values,
        }
    }

    /// The canonical texts of the values, separated by commas.
    pub fn text(&self) -> String {
        self.values().iter().map(|value| value.text()).collect::<Vec<_>>().join(", ")
    }
}

/// A set of keys of one table.
///
/// Ids mostly ascend. So an integer that is above all ranges extends the last range or begins a new one, which takes less
/// time and memory than a place in a hash table. All other keys are in a hash table.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    /// Ascending; they do not touch each other.
    ranges: Vec<RangeInclusive<i64>>,
    ones: HashSet<Value, RandomState>,
    several: HashSet<Vec<Value>, RandomState>,
}

impl KeySet {
    /// Whether it holds a key.
    pub fn contains(&self, key: &Key) -> bool {
        match key {
            Key::One(Value::Integer(integer)) if self.is_in_range(*integer) => true,
            Key::One(value) => !self.ones.is_empty() && self.ones.contains(*value),
            Key::Several(values) => !self.several.is_empty() && self.several.contains(&owned(values)),
        }
    }

    /// Adds a key, if it does not hold it yet.
    pub fn insert(&mut self, key: &Key) {
        match key {
            Key::One(Value::Integer(integer)) => self.insert_integer(*integer),
            Key::One(value) => {
                if !self.ones.contains(*value) {
                    self.ones.insert((*value).clone());
                }
            }
            Key::Several(values) => {
                self.several.insert(owned(values));
            }
        }
    }

    fn insert_integer(&mut self, integer: i64) {
        match self.ranges.last_mut() {
            Some(last) if integer <= *last.end() => {
                if !self.is_in_range(integer) {
                    self.ones.insert(Value::Integer(integer));
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

fn owned(values: &[&Value]) -> Vec<Value> {
    values.iter().map(|value| (*value).clone()).collect()
}

impl<'v> Extend<Key<'v>> for KeySet {
    fn extend<I: IntoIterator<Item = Key<'v>>>(&mut self, keys: I) {
        keys.into_iter().for_each(|key| self.insert(&key));
    }
}

impl<'v> FromIterator<Key<'v>> for KeySet {
    fn from_iter<I: IntoIterator<Item = Key<'v>>>(keys: I) -> KeySet {
        let mut set = KeySet::default();
        set.extend(keys);
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
            let set: KeySet = values.iter().map(Key::One).collect();
            prop_assert_eq!(set.contains(&Key::One(&Value::Integer(asked))), inserted.contains(&asked));
        }
    }

    #[test]
    fn ascending_integers_are_one_range() {
        let values: Vec<Value> = (1..=1000).map(Value::Integer).collect();
        let set: KeySet = values.iter().map(Key::One).collect();
        assert_eq!((set.ranges, set.ones.len()), (vec![1..=1000], 0));
    }
}
