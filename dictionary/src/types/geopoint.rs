//! `geopoint`: a longitude and a latitude in degrees, kept with the digits that were sent.

use std::borrow::Cow;

use serde_json::Value as Tree;
use serde_json::value::RawValue;

use super::logical::{Json, LogicalType, Physical};
use super::{json_text, number};
use crate::descriptor::{Object, Result};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeoPoint {
    /// `lon,lat`
    Default,
    /// `[lon,lat]`
    Array,
    /// `{"lon":lon,"lat":lat}`
    Object,
}

impl LogicalType for GeoPoint {
    const NAME: &'static str = "geopoint";
    const PHYSICAL: Physical = Physical::Text;
    const JSON: Json = Json::Value;

    fn of_field(field: &Object) -> Result<Self> {
        match field.string("format")?.unwrap_or_default() {
            "" | "default" => Ok(GeoPoint::Default),
            "array" => Ok(GeoPoint::Array),
            "object" => Ok(GeoPoint::Object),
            other => {
                field.refuse(&format!("`format` is \"{other}\", but must be one of default, array, object"))
            }
        }
    }

    fn notes(&self, _field: &Object) -> Vec<String> {
        Vec::new()
    }

    fn expected(&self) -> Cow<'static, str> {
        match self {
            GeoPoint::Default => "a point such as 90.50, 45.50 (longitude, latitude)".into(),
            GeoPoint::Array => "a point such as [90.50, 45.50] (longitude, latitude)".into(),
            GeoPoint::Object => r#"a point such as {"lon": 90.50, "lat": 45.50}"#.into(),
        }
    }

    fn read_text(&self, text: &str) -> Option<Value> {
        let (lon, lat) = self.degrees(text)?;
        if out_of_range(&lon, &lat).is_some() {
            return None;
        }
        match self {
            GeoPoint::Default => Some(Value::String(format!("{lon},{lat}").into())),
            GeoPoint::Array | GeoPoint::Object => {
                json_text::compact(text).map(|json| Value::String(json.into()))
            }
        }
    }

    fn fault(&self, text: &str) -> Option<String> {
        let (lon, lat) = self.degrees(text)?;
        out_of_range(&lon, &lat)
    }
}

impl GeoPoint {
    /// Longitude and latitude as they are written, if both are numbers.
    fn degrees(self, text: &str) -> Option<(String, String)> {
        let degree = |text: &str| number::is_decimal(text).then(|| text.to_owned());
        let (lon, lat) = match self {
            GeoPoint::Default => {
                let (lon, lat) = text.split_once(',')?;
                (lon.trim().to_owned(), lat.trim().to_owned())
            }
            GeoPoint::Array => {
                let [lon, lat]: [Box<RawValue>; 2] = serde_json::from_str(text).ok()?;
                (lon.get().to_owned(), lat.get().to_owned())
            }
            GeoPoint::Object => {
                let tree: Tree = serde_json::from_str(text).ok()?;
                if json_text::items(text) != 2 || !tree["lon"].is_number() || !tree["lat"].is_number() {
                    return None;
                }
                (tree["lon"].to_string(), tree["lat"].to_string())
            }
        };
        Some((degree(&lon)?, degree(&lat)?))
    }
}

fn out_of_range(lon: &str, lat: &str) -> Option<String> {
    let beyond = |text: &str, most: f64| text.parse::<f64>().is_ok_and(|degrees| degrees.abs() > most);
    if beyond(lon, 180.0) {
        Some(format!("the longitude {lon} is not from -180 to 180"))
    } else if beyond(lat, 90.0) {
        Some(format!("the latitude {lat} is not from -90 to 90; the longitude comes first"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_kept_with_the_digits_that_were_sent() {
        for (format, sent, kept) in [
            (GeoPoint::Default, "90.50, 45.50", "90.50,45.50"),
            (GeoPoint::Default, "-180 ,+90", "-180,+90"),
            (GeoPoint::Array, "[90.50, 45.50]", "[90.50,45.50]"),
            (GeoPoint::Object, r#"{"lat": 45.50, "lon": 90.50}"#, r#"{"lat":45.50,"lon":90.50}"#),
        ] {
            let value = format.read_text(sent);
            assert_eq!(value, Some(Value::String(kept.into())), "{sent}");
            assert!(format.holds_text(kept));
        }
        for (format, bad) in [
            (GeoPoint::Default, "181,0"),
            (GeoPoint::Default, "0,91"),
            (GeoPoint::Default, "1"),
            (GeoPoint::Default, "1,2,3"),
            (GeoPoint::Default, "NaN,0"),
            (GeoPoint::Array, "[1,2,3]"),
            (GeoPoint::Array, "1,2"),
            (GeoPoint::Array, r#"["1",2]"#),
            (GeoPoint::Object, r#"{"lon": 1}"#),
            (GeoPoint::Object, r#"{"lon": 1, "lat": 2, "z": 3}"#),
        ] {
            assert_eq!(format.read_text(bad), None, "{bad}");
        }
        let why = GeoPoint::Default.fault("45.5,90.5").expect("a value");
        assert_eq!(why, "the latitude 90.5 is not from -90 to 90; the longitude comes first");
    }
}
