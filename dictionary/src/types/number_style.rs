//! How a file writes numbers: `decimalChar`, `groupChar` and `bareNumber`.

use std::borrow::Cow;

use crate::descriptor::{Object, Result};

/// How a file writes numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NumberStyle {
    decimal: String,
    group: Option<String>,
    /// Whether nothing is around the number.
    bare: bool,
}

impl Default for NumberStyle {
    fn default() -> Self {
        NumberStyle { decimal: ".".to_owned(), group: None, bare: true }
    }
}

impl NumberStyle {
    /// Reads the properties of a field.
    pub(super) fn of_field(field: &Object, with_fraction: bool) -> Result<NumberStyle> {
        let separator = |property: &str| -> Result<Option<String>> {
            let Some(text) = field.string(property)?.filter(|text| !text.is_empty()) else { return Ok(None) };
            if text.contains(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '+') {
                return field.refuse(&format!(
                    "`{property}` is {text:?}, but must be a character that is no letter, digit or sign"
                ));
            }
            Ok(Some(text.to_owned()))
        };
        let decimal = if with_fraction { separator("decimalChar")? } else { None };
        let style = NumberStyle {
            decimal: decimal.unwrap_or_else(|| ".".to_owned()),
            group: separator("groupChar")?,
            bare: field.boolean("bareNumber")?.unwrap_or(true),
        };
        if with_fraction && style.group.as_ref() == Some(&style.decimal) {
            return field.refuse(&format!("`groupChar` and `decimalChar` are both {:?}", style.decimal));
        }
        Ok(style)
    }

    /// Whether numbers are written as this program writes them.
    pub(super) fn is_plain(&self) -> bool {
        self.bare && self.group.is_none() && self.decimal == "."
    }

    /// A number as this program writes it; `None` if it is surely written in another way.
    pub(super) fn plain<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        let text = if self.bare { text } else { self.without_surroundings(text)? };
        let text = match &self.group {
            Some(group) if text.contains(group.as_str()) => Cow::Owned(without_groups(text, group)?),
            Some(_) | None => Cow::Borrowed(text),
        };
        if self.decimal == "." {
            return Some(text);
        }
        (!text.contains('.')).then(|| Cow::Owned(text.replace(&self.decimal, ".")))
    }

    /// The number in a text such as `EUR 95` or `95 %`. What would change its sign is not left out.
    fn without_surroundings<'t>(&self, text: &'t str) -> Option<&'t str> {
        let starts = |at: usize| {
            let rest = &text[at..];
            let fraction = rest.strip_prefix(self.decimal.as_str());
            rest.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+')
                || fraction.is_some_and(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))
        };
        let start = text.char_indices().map(|(at, _)| at).find(|at| starts(*at))?;
        let end = text.rfind(|c: char| c.is_ascii_digit())? + 1;
        let (before, after) = (&text[..start], text.get(end..)?);
        let is_negative = after.starts_with('-') || before.ends_with('(') && after.starts_with(')');
        (start < end && !is_negative).then(|| &text[start..end])
    }

    /// What a number looks like, for messages.
    pub(super) fn expected(&self, what: &'static str) -> Cow<'static, str> {
        let mut style = Vec::new();
        if self.decimal != "." {
            style.push(format!("`{}` before the fraction", self.decimal));
        }
        if let Some(group) = &self.group {
            style.push(format!("`{group}` between groups of digits"));
        }
        if style.is_empty() { what.into() } else { format!("{what} with {}", style.join(" and ")).into() }
    }

    /// What is wrong with a text that would be a number if it were written in another style.
    pub(super) fn fault(&self, text: &str, is_number: impl Fn(&str) -> bool) -> Option<String> {
        [",", ".", "'", " ", "\u{a0}", "\u{202f}"].into_iter().find_map(|separator| {
            let without = without_groups(text.trim(), separator)?;
            let shown = match separator.trim() {
                "" => "a blank".to_owned(),
                separator => format!("`{separator}`"),
            };
            (without.len() < text.len() && is_number(&without)).then(|| {
                format!("has {shown} between digits; set `groupChar` or `decimalChar` in the data dictionary")
            })
        })
    }
}

/// The text without a separator, if it is between digits only.
fn without_groups(text: &str, group: &str) -> Option<String> {
    let parts: Vec<&str> = text.split(group).collect();
    let between = parts.windows(2).all(|pair| {
        pair[0].ends_with(|c: char| c.is_ascii_digit()) && pair[1].starts_with(|c: char| c.is_ascii_digit())
    });
    between.then(|| parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(decimal: &str, group: &str, bare: bool) -> NumberStyle {
        let group = (!group.is_empty()).then(|| group.to_owned());
        NumberStyle { decimal: decimal.to_owned(), group, bare }
    }

    #[test]
    fn separators_and_surroundings_are_left_out() {
        for (style, text, plain) in [
            (style(",", ".", true), "1.234.567,5", "1234567.5"),
            (style(".", " ", true), "-1 234", "-1234"),
            (style(",", "", true), "1,5", "1.5"),
            (style(".", "", false), "EUR -95.5 each", "-95.5"),
            (style(".", "", false), "€.5", ".5"),
            (style(".", ",", false), "$1,234%", "1234"),
        ] {
            assert_eq!(style.plain(text).as_deref(), Some(plain), "{text}");
        }
        for (style, text) in [
            (style(",", "", true), "1.5"),
            (style(",", ".", true), "1..5"),
            (style(".", ",", true), ",5"),
            (style(".", "", false), "(5)"),
            (style(".", "", false), "5-"),
            (style(".", "", false), "none"),
        ] {
            assert_eq!(style.plain(text), None, "{text}");
        }
        assert_eq!(style(".", "", false).plain("-€5").as_deref(), Some("-€5"));
    }
}
