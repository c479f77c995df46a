//! `number`: a finite decimal number, kept as a double.

use serde_json::json;

use super::logical::{Json, LogicalType, Physical};
use crate::descriptor::{Object, Result};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number;

impl LogicalType for Number {
    const NAME: &'static str = "number";
    const PHYSICAL: Physical = Physical::Double;
    const JSON: Json = Json::Number;
    const ORDERED: bool = true;

    fn of_field(field: &Object) -> Result<Self> {
        field.only_default("format", &[json!("default")])?;
        field.only_default("decimalChar", &[json!(".")])?;
        field.only_default("bareNumber", &[json!(true)])?;
        Ok(Number)
    }

    fn expected(&self) -> &'static str {
        "a finite number"
    }

    fn read_text(&self, text: &str) -> Option<Value> {
        read(text).map(Value::Number)
    }

    fn longest(&self) -> Option<u64> {
        Some(24)
    }
}

/// Reads decimal digits, with an optional sign, fraction and exponent. `-0` becomes `0`.
pub(crate) fn read(text: &str) -> Option<f64> {
    // Rust's parser also takes `inf`, `infinity` and `nan`.
    let numeric = |b: u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E');
    if !text.bytes().all(numeric) {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(number + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_finite_and_prints_shortest() {
        let read = |text| Number.read_text(text).map(|number| number.text().into_owned());
        assert_eq!(read("-0").as_deref(), Some("0"));
        assert_eq!(read("1.50").as_deref(), Some("1.5"));
        assert_eq!(read("1e3").as_deref(), Some("1000"));
        assert_eq!(read("1e300").as_deref(), Some("1e300"));
        for bad in ["NaN", "inf", "-Infinity", "1e999", "", "1,5", "0x1", " 1"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
