//! The `format` of dates, times and datetimes.

use std::borrow::Cow;

use super::strptime::{self, Moment};
use crate::descriptor::{Object, Result};

/// How a file writes dates and times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Layout {
    /// As this program writes them.
    #[default]
    Default,
    /// Any text that can be read in one way only.
    Any,
    /// As a pattern of `strptime` says.
    Pattern(Pattern),
}

/// A pattern of `strptime`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    source: String,
    parts: Vec<strptime::Part>,
    /// Whether it reads no text of this program as another value, so that such texts can be read too.
    pub(super) leaves_iso: bool,
}

impl Layout {
    /// Reads the format of a field. `written` are texts of this program, and `is_same` tells whether a pattern reads them
    /// as the same value.
    pub(super) fn of_field(
        field: &Object,
        written: &[&str],
        is_same: impl Fn(&Moment) -> bool,
    ) -> Result<Layout> {
        let format = field.string("format")?.unwrap_or_default();
        let source = format.strip_prefix("fmt:").unwrap_or(format);
        match source {
            "" | "default" => return Ok(Layout::Default),
            "any" => return Ok(Layout::Any),
            _ if !source.contains('%') => {
                return field.refuse(&format!(
                    "`format` is {format:?}, but must be default, any or a pattern such as \"%d/%m/%Y\""
                ));
            }
            _ => {}
        }
        match strptime::parts(source) {
            Ok(parts) => {
                let leaves_iso = written
                    .iter()
                    .all(|text| strptime::read(&parts, text).is_none_or(|moment| is_same(&moment)));
                Ok(Layout::Pattern(Pattern { source: source.to_owned(), parts, leaves_iso }))
            }
            Err(why) => field.refuse(&format!("`format` {format:?} {why}")),
        }
    }

    /// What the user should know about the format. `with_day`: of a type that has a day.
    pub(super) fn notes(&self, with_day: bool) -> Vec<String> {
        let Layout::Pattern(Pattern { source, parts, leaves_iso }) = self else { return Vec::new() };
        let mut notes = Vec::new();
        if with_day {
            notes.extend(strptime::absent(parts).map(|taken| {
                format!("`format` {source:?} does not say the whole date; as in strptime, {taken}")
            }));
        }
        if !leaves_iso {
            notes.push(format!(
                "`format` {source:?} reads a text that this program prints as another value; do not load its own \
                 output into this field"
            ));
        }
        notes
    }

    /// What a valid text looks like, for messages.
    pub(super) fn expected(&self, default: &'static str, any: &'static str) -> Cow<'static, str> {
        match self {
            Layout::Default => default.into(),
            Layout::Any => any.into(),
            Layout::Pattern(pattern) => pattern.source.clone().into(),
        }
    }
}

impl Pattern {
    /// Reads a text.
    pub(super) fn read(&self, text: &str) -> Option<Moment> {
        strptime::read(&self.parts, text)
    }

    /// What is wrong with a text that looks like the pattern.
    pub(super) fn fault(&self, text: &str, keeps_time: bool) -> Option<String> {
        match strptime::fault(&self.parts, text) {
            None if !keeps_time && self.read(text).is_some_and(|moment| moment.has_time()) => {
                Some("has a time, which a date does not keep".to_owned())
            }
            fault => fault,
        }
    }
}
