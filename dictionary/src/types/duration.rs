//! `duration`: a length of time in XML Schema's form of ISO 8601, kept as sent.

use std::borrow::Cow;
use std::cmp::Ordering;

use chrono::{Months, NaiveDate};

use super::logical::{Json, LogicalType, Physical};
use crate::descriptor::{Object, Result};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duration;

impl LogicalType for Duration {
    const NAME: &'static str = "duration";
    const PHYSICAL: Physical = Physical::Text;
    const JSON: Json = Json::String;
    const ORDERED: bool = true;

    fn of_field(_field: &Object) -> Result<Self> {
        Ok(Duration)
    }

    fn expected(&self) -> Cow<'static, str> {
        "a duration such as P1Y2M3DT4H5M6S".into()
    }

    fn read_text(&self, text: &str) -> Option<Value> {
        Length::read(text).map(|_| Value::String(text.into()))
    }

    fn fault(&self, text: &str) -> Option<String> {
        let weeks = text.strip_prefix('P')?.strip_suffix('W')?.parse::<u32>().ok()?;
        Some(format!("XML Schema's durations have no weeks; write P{}D", u64::from(weeks) * 7))
    }

    /// A month has 28 to 31 days, so not all durations have an order.
    /// <https://www.w3.org/TR/xmlschema-2/#duration-order>
    fn order(&self, a: &Value, b: &Value) -> Option<Ordering> {
        let (Value::String(a), Value::String(b)) = (a, b) else { return None };
        let (a, b) = (Length::read(a)?, Length::read(b)?);
        let mut orders = STARTS.into_iter().map(|(year, month)| {
            let start = NaiveDate::from_ymd_opt(year, month, 1)?;
            Some(a.after(start)?.cmp(&b.after(start)?))
        });
        let first = orders.next()??;
        orders.all(|order| order == Some(first)).then_some(first)
    }
}

/// The months at which durations are compared.
const STARTS: [(i32, u32); 4] = [(1696, 9), (1697, 2), (1903, 3), (1903, 7)];

/// Months, and seconds with a fraction of up to 18 digits; more digits do not change an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Length {
    negative: bool,
    months: u64,
    seconds: u128,
    fraction: u64,
}

impl Length {
    fn read(text: &str) -> Option<Length> {
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let rest = rest.strip_prefix('P')?;
        let (days, time) = match rest.split_once('T') {
            Some((_, "")) => return None,
            Some((days, time)) => (days, time),
            None if rest.is_empty() => return None,
            None => (rest, ""),
        };
        let [years, months, days] = parts(days, ['Y', 'M', 'D'])?;
        let (time, fraction) = match time.split_once('.') {
            None => (time.to_owned(), ""),
            Some((whole, fraction)) => (format!("{whole}S"), fraction.strip_suffix('S')?),
        };
        let is_fraction = text.contains('.');
        if is_fraction && (fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit())) {
            return None;
        }
        let [hours, minutes, seconds] = parts(&time, ['H', 'M', 'S'])?;
        let days = u128::from(days) * 86_400;
        let seconds = days + u128::from(hours) * 3600 + u128::from(minutes) * 60 + u128::from(seconds);
        let digits: String = fraction.chars().chain(std::iter::repeat('0')).take(18).collect();
        let months = years.checked_mul(12)?.checked_add(months)?;
        Some(Length { negative, months, seconds, fraction: digits.parse().ok()? })
    }

    /// The seconds and the fraction from 1970 to this long after a day.
    fn after(self, start: NaiveDate) -> Option<(i128, i128)> {
        let months = Months::new(u32::try_from(self.months).ok()?);
        let day =
            if self.negative { start.checked_sub_months(months) } else { start.checked_add_months(months) };
        let days = i128::from(day?.signed_duration_since(NaiveDate::default()).num_days());
        let (seconds, fraction) = (i128::try_from(self.seconds).ok()?, i128::from(self.fraction));
        let (seconds, fraction) = if self.negative { (-seconds, -fraction) } else { (seconds, fraction) };
        const WHOLE: i128 = 1_000_000_000_000_000_000;
        Some((days * 86_400 + seconds + fraction.div_euclid(WHOLE), fraction.rem_euclid(WHOLE)))
    }
}

/// The numbers before these letters, each once and in this order.
fn parts(text: &str, letters: [char; 3]) -> Option<[u64; 3]> {
    let mut rest = text;
    let mut numbers = [0; 3];
    for (letter, number) in letters.into_iter().zip(&mut numbers) {
        if let Some((digits, after)) = rest.split_once(letter) {
            let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            *number = is_number.then(|| digits.parse().ok())??;
            rest = after;
        }
    }
    rest.is_empty().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_kept_as_sent() {
        for good in ["P1Y2M3DT4H5M6S", "PT0.5S", "-P1D", "P0Y", "PT36H", "P1YT1.123456789S", "P400D"] {
            assert_eq!(Duration.read_text(good), Some(Value::String(good.into())), "{good}");
        }
        for bad in [
            "P", "PT", "P1", "1D", "P1DT", "P-1D", "P1.5D", "PT1.S", "PT.5S", "P1M1Y", "P1H", "P1W", "p1d",
            "P1D ", "",
        ] {
            assert_eq!(Duration.read_text(bad), None, "{bad}");
        }
        assert_eq!(
            Duration.fault("P2W").as_deref(),
            Some("XML Schema's durations have no weeks; write P14D")
        );
    }

    #[test]
    fn durations_are_compared_as_far_as_they_have_an_order() {
        let order = |a: &str, b: &str| Duration.order(&Value::String(a.into()), &Value::String(b.into()));
        assert_eq!(order("P1Y", "P12M"), Some(Ordering::Equal));
        assert_eq!(order("PT36H", "P1D"), Some(Ordering::Greater));
        assert_eq!(order("P1M", "P27D"), Some(Ordering::Greater));
        assert_eq!(order("P1M", "P30D"), None);
        assert_eq!(order("-P1M", "PT0.1S"), Some(Ordering::Less));
        assert_eq!(order("PT0.2S", "PT0.15S"), Some(Ordering::Greater));
        assert_eq!(order("-PT0.2S", "-PT0.15S"), Some(Ordering::Less));
    }
}
