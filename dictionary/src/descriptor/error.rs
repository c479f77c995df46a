//! Why a descriptor is refused.

use std::collections::HashMap;
use std::fmt::{self, Display, Formatter};

use crate::text::without_middle;

/// Reasons of one kind from which on they are shown as a group.
const GROUPED_FROM: usize = 4;

/// Reasons of a group that are shown.
const EXAMPLES: usize = 3;

/// Groups that are shown.
const GROUPS: usize = 50;

/// Reasons that are kept. A descriptor of many faults has others behind them, which are counted only.
const KEPT: usize = 10_000;

/// Why a descriptor is refused: each reason is a sentence that names the table, the field and the property, and what to do.
///
/// As text, one reason is its sentence; several are a list with a line each, in which many of one kind are a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DescriptorError {
    reasons: Vec<String>,
    /// Reasons that are not kept.
    more: usize,
}

impl std::error::Error for DescriptorError {}

impl DescriptorError {
    /// One reason.
    pub(crate) fn of(sentence: impl Into<String>) -> DescriptorError {
        DescriptorError { reasons: vec![sentence.into()], more: 0 }
    }

    /// Every reason, in the order of the descriptor. The middle of a long one is left out.
    pub fn reasons(&self) -> impl Iterator<Item = String> {
        self.reasons.iter().map(|reason| without_middle(reason).into_owned())
    }

    fn add(&mut self, other: DescriptorError) {
        self.more += other.more;
        let room = KEPT - self.reasons.len().min(KEPT);
        self.more += other.reasons.len().saturating_sub(room);
        self.reasons.extend(other.reasons.into_iter().take(room));
    }
}

impl Display for DescriptorError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let ([reason], 0) = (&self.reasons[..], self.more) {
            return f.write_str(&without_middle(reason));
        }
        write!(f, "{} reasons", self.reasons.len() + self.more)?;
        let groups = groups(&self.reasons);
        for group in groups.iter().take(GROUPS) {
            let shown = if group.len() < GROUPED_FROM { group.len() } else { EXAMPLES };
            for reason in &group[..shown] {
                write!(f, "\n- {}", without_middle(reason))?;
            }
            if shown < group.len() {
                write!(f, "\n  and {} more of this kind", group.len() - shown)?;
            }
        }
        let hidden = groups.iter().skip(GROUPS).map(Vec::len).sum::<usize>() + self.more;
        if hidden > 0 {
            write!(f, "\n- and {hidden} more")?;
        }
        Ok(())
    }
}

/// Reasons of one kind together: they differ only in names, values and numbers.
fn groups(reasons: &[String]) -> Vec<Vec<&str>> {
    let mut groups: Vec<Vec<&str>> = Vec::new();
    let mut of_kind: HashMap<String, usize> = HashMap::new();
    for reason in reasons {
        let group = *of_kind.entry(kind(reason)).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(reason);
    }
    groups
}

/// A sentence without its place, its quoted values and its numbers.
fn kind(reason: &str) -> String {
    let why = reason.split_once(": ").map_or(reason, |(_, why)| why);
    let mut kind = String::with_capacity(why.len());
    let mut inside = None;
    for c in why.chars() {
        match inside {
            Some(quote) if c == quote => inside = None,
            Some(_) => {}
            None if c == '"' => inside = Some(c),
            None if c.is_ascii_digit() => {}
            None => kind.push(c),
        }
    }
    kind
}

/// Collects reasons, so that a descriptor is refused for all of them at once.
#[derive(Debug, Default)]
pub(crate) struct Refusals(DescriptorError);

impl Refusals {
    /// The value; `None` where it is refused, which is then one more reason.
    pub(crate) fn take<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.0.add(error)).ok()
    }

    /// The values of all; `None` where one is refused.
    pub(crate) fn take_all<T>(&mut self, results: impl Iterator<Item = Result<T>>) -> Option<Vec<T>> {
        let mut values = Some(Vec::new());
        for result in results {
            match (self.take(result), &mut values) {
                (Some(value), Some(values)) => values.push(value),
                (Some(_), None) => {}
                (None, _) => values = None,
            }
        }
        values
    }

    /// Adds a reason.
    pub(crate) fn add(&mut self, sentence: String) {
        self.0.add(DescriptorError::of(sentence));
    }

    /// Ends with the reasons. There is at least one.
    pub(crate) fn refuse<T>(self) -> Result<T> {
        Err(self.0)
    }

    /// The reasons, if there are any.
    pub(crate) fn end(self) -> Result<()> {
        if self.0.reasons.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

pub(crate) type Result<T> = std::result::Result<T, DescriptorError>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_reasons_of_one_kind_are_a_group() {
        let mut refusals = Refusals::default();
        for i in 0..34 {
            let sentence = format!("table `t`, field `f{i}`: `type` is \"x{i}\", but must be another");
            let _refused = refusals.take::<()>(Err(DescriptorError::of(sentence)));
        }
        let _refused = refusals.take::<()>(Err(DescriptorError::of("table `u`: `path` is missing")));
        assert_eq!(
            refusals.end().expect_err("there are reasons").to_string(),
            "35 reasons\n\
             - table `t`, field `f0`: `type` is \"x0\", but must be another\n\
             - table `t`, field `f1`: `type` is \"x1\", but must be another\n\
             - table `t`, field `f2`: `type` is \"x2\", but must be another\n  \
             and 31 more of this kind\n\
             - table `u`: `path` is missing"
        );
    }

    #[test]
    fn reasons_beyond_those_that_are_kept_are_counted() {
        let mut refusals = Refusals::default();
        let reasons = (0..KEPT + 7).map(|i| Err::<(), _>(DescriptorError::of(format!("table {i}: `a{i}`"))));
        assert_eq!(refusals.take_all(reasons), None);
        let text = refusals.end().expect_err("there are reasons").to_string();
        assert!(text.starts_with("10007 reasons\n"), "{}", &text[..50]);
        assert!(text.ends_with("more"), "{}", &text[text.len() - 50..]);
        assert!(text.len() < 10_000);
    }
}
