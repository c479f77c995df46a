//! `number`: a finite decimal number, kept as a double if the double gives it back.

use std::borrow::Cow;

use super::logical::{Json, LogicalType, Physical};
use super::number_style::NumberStyle;
use crate::descriptor::{Object, Result};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Number {
    style: NumberStyle,
}

impl LogicalType for Number {
    const NAME: &'static str = "number";
    const PHYSICAL: Physical = Physical::Double;
    const JSON: Json = Json::Number;
    const ORDERED: bool = true;

    fn of_field(field: &Object) -> Result<Self> {
        Ok(Number { style: NumberStyle::of_field(field, true)? })
    }

    fn expected(&self) -> Cow<'static, str> {
        self.style.expected("a finite number")
    }

    fn read_text(&self, text: &str) -> Option<Value> {
        if self.style.is_plain() { exact(text) } else { exact(&self.style.plain(text)?) }.map(Value::Number)
    }

    fn read_canonical(&self, text: &str) -> Option<Value> {
        exact(text).map(Value::Number)
    }

    fn fault(&self, text: &str) -> Option<String> {
        let plain = self.style.plain(text)?;
        if is_special(&plain) {
            return Some(format!(
                "{plain} cannot be stored; if it means that there is no value, list it in `missingValues`"
            ));
        }
        if !is_decimal(&plain) {
            return self.style.fault(text, |plain| exact(plain).is_some());
        }
        let number: f64 = plain.parse().ok()?;
        if number.is_infinite() {
            return Some("the number is too large for a double".to_owned());
        }
        let kept = Value::Number(number + 0.0);
        let kept = kept.text();
        Some(format!("the number has more digits than a double keeps, and would become {kept}"))
    }

    fn longest(&self) -> Option<u64> {
        Some(24)
    }
}

/// A text has at most so many significant digits, if it has no exponent and is no longer: a double keeps them.
const ALWAYS_KEPT: usize = 15;

/// The most significant digits that programs write of a double.
const MOST_WRITTEN: usize = 17;

/// Reads decimal digits, with an optional sign, fraction and exponent, if the double gives them back. `-0` becomes `0`.
fn exact(text: &str) -> Option<f64> {
    let number = read(text)?;
    let is_short = text.len() <= ALWAYS_KEPT && !text.bytes().any(|b| matches!(b, b'e' | b'E'));
    (is_short || is_given_back(number, text)?).then_some(number)
}

/// Whether a double prints as a decimal number: with the fewest digits that tell it from other doubles, or with as many
/// digits as the text has, as programs do that write 17 digits of every double.
fn is_given_back(number: f64, text: &str) -> Option<bool> {
    let decimal = Decimal::of(text)?;
    if decimal == Decimal::of(ryu::Buffer::new().format_finite(number))? {
        return Some(true);
    }
    let digits = decimal.digits().count();
    if !(1..=MOST_WRITTEN).contains(&digits) {
        return Some(false);
    }
    Some(decimal == Decimal::of(&format!("{number:.*e}", digits - 1))?)
}

/// Reads decimal digits, with an optional sign, fraction and exponent, as the nearest double. `-0` becomes `0`.
pub(crate) fn read(text: &str) -> Option<f64> {
    if !is_numeric(text) {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(number + 0.0)
}

/// Whether a text is decimal digits, with an optional sign, fraction and exponent.
pub(super) fn is_decimal(text: &str) -> bool {
    is_numeric(text) && text.parse::<f64>().is_ok()
}

/// Rust's parser also takes `inf`, `infinity` and `nan`.
fn is_numeric(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'))
}

/// Whether it is a value that XML Schema's numbers have and not every engine holds.
fn is_special(text: &str) -> bool {
    let unsigned = text.trim_start_matches(['+', '-']);
    ["nan", "inf", "infinity"].iter().any(|special| unsigned.eq_ignore_ascii_case(special))
}

/// The digits of a decimal number without the zeros at both ends, in two parts, and the exponent of the last one.
#[derive(Debug)]
struct Decimal<'t> {
    whole: &'t str,
    fraction: &'t str,
    exponent: i64,
}

impl<'t> Decimal<'t> {
    fn of(text: &'t str) -> Option<Decimal<'t>> {
        let text = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent),
            None => (text, "0"),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let (mut whole, mut fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        if whole.is_empty() && fraction.is_empty() {
            return Some(Decimal { whole, fraction, exponent: 0 });
        }
        let mut exponent = exponent.parse::<i64>().ok()?.checked_sub_unsigned(fraction.len() as u64)?;
        if fraction.is_empty() {
            let trimmed = whole.trim_end_matches('0');
            exponent = exponent.checked_add_unsigned((whole.len() - trimmed.len()) as u64)?;
            whole = trimmed;
        }
        if whole.is_empty() {
            fraction = fraction.trim_start_matches('0');
        }
        Some(Decimal { whole, fraction, exponent })
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        self.whole.bytes().chain(self.fraction.bytes())
    }
}

impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.exponent == other.exponent && self.digits().eq(other.digits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_finite_and_prints_shortest() {
        let read = |text| Number::default().read_text(text).map(|number| number.text().into_owned());
        assert_eq!(read("-0").as_deref(), Some("0"));
        assert_eq!(read("1.50").as_deref(), Some("1.5"));
        assert_eq!(read("1e3").as_deref(), Some("1000"));
        assert_eq!(read("1e300").as_deref(), Some("1e300"));
        for bad in ["NaN", "inf", "-Infinity", "1e999", "", "1,5", "0x1", " 1"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_number_that_a_double_does_not_give_back_is_refused() {
        let number = Number::default();
        for kept in [
            "0.1",
            "0.30000000000000004",
            "4391.0999999999995",
            "42.100742934273804",
            "00123456789012345.60",
            "1.7976931348623157e308",
            "5e-324",
            "100000000000000000000000",
            "0.000e-999999999999999999999999",
        ] {
            assert!(number.read_text(kept).is_some(), "{kept}");
        }
        for (lost, becomes) in [
            ("12345678901234567.89", "1.2345678901234568e16"),
            ("9007199254740993", "9007199254740992"),
            ("12345678901234567", "1.2345678901234568e16"),
            ("42.100742934273805", "42.1007429342738"),
            ("0.1000000000000000055511151231257827", "0.1"),
            ("1e-400", "0"),
            ("1e-99999999999999999999", "0"),
        ] {
            assert_eq!(number.read_text(lost), None, "{lost}");
            let why = format!("the number has more digits than a double keeps, and would become {becomes}");
            assert_eq!(number.fault(lost), Some(why));
        }
        assert_eq!(number.fault("1e999").as_deref(), Some("the number is too large for a double"));
        assert!(number.fault("-INF").expect("a value").starts_with("-INF cannot be stored"));
    }
}
