//! `integer`: a signed integer of 64 bits.

use std::borrow::Cow;

use super::logical::{Json, LogicalType, Physical};
use super::number_style::NumberStyle;
use crate::descriptor::{Object, Result};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Integer {
    style: NumberStyle,
}

impl LogicalType for Integer {
    const NAME: &'static str = "integer";
    const PHYSICAL: Physical = Physical::Integer;
    const JSON: Json = Json::Number;
    const ORDERED: bool = true;

    fn of_field(field: &Object) -> Result<Self> {
        Ok(Integer { style: NumberStyle::of_field(field, false)? })
    }

    fn expected(&self) -> Cow<'static, str> {
        self.style.expected("an integer within 64 bits")
    }

    /// Decimal digits, with an optional sign.
    fn read_text(&self, text: &str) -> Option<Value> {
        if self.style.is_plain() {
            self.read_canonical(text)
        } else {
            self.read_canonical(&self.style.plain(text)?)
        }
    }

    fn read_canonical(&self, text: &str) -> Option<Value> {
        text.parse().ok().map(Value::Integer)
    }

    fn fault(&self, text: &str) -> Option<String> {
        let plain = self.style.plain(text)?;
        let digits = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
        if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
            return Some("the integer has more than 64 bits".to_owned());
        }
        self.style.fault(text, |plain| plain.parse::<i64>().is_ok() && !text.contains('.'))
    }

    fn longest(&self) -> Option<u64> {
        Some(20)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_is_whole_and_within_64_bits() {
        let read = |text| Integer::default().read_text(text);
        assert_eq!(read("-9223372036854775808"), Some(Value::Integer(i64::MIN)));
        assert_eq!(read("007"), Some(Value::Integer(7)));
        for bad in ["9223372036854775808", "1.0", "", "1 ", "1e3", "٣"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(Integer::default().read_trimmed(" 1\t"), Some(Value::Integer(1)));
        let fault = |text| Integer::default().fault(text);
        assert_eq!(fault("9223372036854775808").as_deref(), Some("the integer has more than 64 bits"));
        assert!(fault("1,234").expect("a value").starts_with("has `,` between digits"));
        assert_eq!(fault("one"), None);
    }
}
