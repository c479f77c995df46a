//! The constraint `pattern`.

use regex::{Regex, RegexBuilder};
use validator::ValidateRegex;

/// How often another way through a text is tried. A batch may have 1000 texts that need them all.
const MAX_BACKTRACKS: usize = 50_000;

/// Memory of a compiled expression. `\w{60}` takes several times as much, since it holds all letters of Unicode sixty times.
const MOST_BYTES: usize = 1 << 20;

/// A `pattern` as written and as compiled to match whole values.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// As in the descriptor.
    pub source: String,
    whole: Whole,
}

/// An expression that matches whole values.
#[derive(Debug, Clone)]
enum Whole {
    /// In a time that grows with the text alone.
    Linear(Regex),
    /// With look-around or back-references, for which several ways through the text are tried. Their number is bounded.
    Backtracking(Box<fancy_regex::Regex>),
}

impl Pattern {
    /// Compiles an expression; `None` if it is none, or takes too much memory.
    pub(crate) fn new(source: &str) -> Option<Pattern> {
        let whole = format!(r"\A(?:{source})\z");
        // By itself too: `a)|(b` would step out of the group.
        let linear = |source: &str| RegexBuilder::new(source).size_limit(MOST_BYTES).build();
        let whole = match linear(source).and_then(|_| linear(&whole)) {
            Ok(regex) => Whole::Linear(regex),
            Err(_) => {
                let compile = |source: &str| {
                    fancy_regex::RegexBuilder::new(source)
                        .backtrack_limit(MAX_BACKTRACKS)
                        .delegate_size_limit(MOST_BYTES)
                        .build()
                        .ok()
                };
                compile(source)?;
                Whole::Backtracking(Box::new(compile(&whole)?))
            }
        };
        Some(Pattern { source: source.to_owned(), whole })
    }

    /// Whether it matches a whole text. `None` if that is not found out within the bound.
    pub(crate) fn matches(&self, text: &str) -> Option<bool> {
        match &self.whole {
            Whole::Linear(regex) => Some(text.validate_regex(regex)),
            Whole::Backtracking(regex) => regex.is_match(text).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_with_look_around_or_back_references_matches_whole_values() {
        let matches = |source, text| Pattern::new(source).expect("a value").matches(text);
        assert_eq!(matches("(?!00)[0-9]{2}", "01"), Some(true));
        assert_eq!(matches("(?!00)[0-9]{2}", "00"), Some(false));
        assert_eq!(matches("(?!00)[0-9]{2}", "011"), Some(false));
        assert_eq!(matches(r"([a-z])\1", "aa"), Some(true));
        assert_eq!(matches(r"([a-z])\1|b", "ab"), Some(false));
        for bad in [r"\w{60}x", "(", "a)|(?:b", "(?!a)|b)|(c"] {
            assert!(Pattern::new(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn an_expression_that_takes_too_long_is_given_up() {
        let pattern = Pattern::new(r"(?=(a+)+$)b|(a|a)+\1c").expect("a value");
        assert_eq!(pattern.matches(&"a".repeat(60)), None);
    }
}
