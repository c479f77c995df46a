//! `geojson`: a GeoJSON or TopoJSON object, kept as its text without blanks between the parts.

use std::borrow::Cow;

use serde_json::Value as Tree;

use super::json_text;
use super::logical::{Json, LogicalType, Physical};
use crate::descriptor::{Object, Result};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeoJson {
    /// RFC 7946.
    Default,
    /// <https://github.com/topojson/topojson-specification>
    TopoJson,
}

impl LogicalType for GeoJson {
    const NAME: &'static str = "geojson";
    const PHYSICAL: Physical = Physical::Text;
    const JSON: Json = Json::Value;

    fn of_field(field: &Object) -> Result<Self> {
        match field.string("format")?.unwrap_or_default() {
            "" | "default" => Ok(GeoJson::Default),
            "topojson" => Ok(GeoJson::TopoJson),
            other => field.refuse(&format!("`format` is \"{other}\", but must be one of default, topojson")),
        }
    }

    fn notes(&self, _field: &Object) -> Vec<String> {
        Vec::new()
    }

    fn expected(&self) -> Cow<'static, str> {
        match self {
            GeoJson::Default => "a GeoJSON object".into(),
            GeoJson::TopoJson => "a TopoJSON object".into(),
        }
    }

    fn read_text(&self, text: &str) -> Option<Value> {
        self.check(text).is_ok().then(|| json_text::compact(text).map(|json| Value::String(json.into())))?
    }

    fn fault(&self, text: &str) -> Option<String> {
        json_text::fault(text).or_else(|| self.check(text).err())
    }
}

impl GeoJson {
    fn check(self, text: &str) -> std::result::Result<(), String> {
        let tree: Tree = serde_json::from_str(text).map_err(|e| format!("is no JSON: {e}"))?;
        if !tree.is_object() {
            return Err("is no JSON object".to_owned());
        }
        match self {
            GeoJson::Default => object(&tree),
            GeoJson::TopoJson
                if tree["type"] == "Topology" && tree["objects"].is_object() && tree["arcs"].is_array() =>
            {
                Ok(())
            }
            GeoJson::TopoJson => Err("has no `type` \"Topology\" with `objects` and `arcs`".to_owned()),
        }
    }
}

type Checked = std::result::Result<(), String>;

/// An object of RFC 7946.
fn object(tree: &Tree) -> Checked {
    match tree["type"].as_str() {
        Some("Feature") => feature(tree),
        Some("FeatureCollection") => each(tree, "features", |item| match item["type"].as_str() {
            Some("Feature") => feature(item),
            _ => Err("has an item of `features` that is no Feature".to_owned()),
        }),
        _ => geometry(tree),
    }
}

fn feature(tree: &Tree) -> Checked {
    if !matches!(tree.get("properties"), Some(Tree::Null | Tree::Object(_))) {
        return Err("has a Feature whose `properties` is no object and not null".to_owned());
    }
    match tree.get("geometry") {
        Some(Tree::Null) => Ok(()),
        Some(shape) => geometry(shape),
        None => Err("has a Feature without `geometry`".to_owned()),
    }
}

fn geometry(tree: &Tree) -> Checked {
    let (depth, least) = match tree["type"].as_str() {
        Some("Point") => (0, 0),
        Some("MultiPoint") => (1, 0),
        Some("LineString") => (1, 2),
        Some("MultiLineString") => (2, 2),
        Some("Polygon") => (2, 4),
        Some("MultiPolygon") => (3, 4),
        Some("GeometryCollection") => return each(tree, "geometries", geometry),
        Some(other) => return Err(format!("has the `type` \"{other}\", which GeoJSON does not know")),
        None => return Err("has no `type`".to_owned()),
    };
    if is_nested(&tree["coordinates"], depth, least) {
        Ok(())
    } else {
        Err(format!(
            "has `coordinates` that are not those of a {}",
            tree["type"].as_str().unwrap_or_default()
        ))
    }
}

fn each(tree: &Tree, member: &str, check: impl Fn(&Tree) -> Checked) -> Checked {
    match tree[member].as_array() {
        Some(items) => items.iter().try_for_each(check),
        None => Err(format!("has no array `{member}`")),
    }
}

/// Whether these are arrays of arrays of positions, so many levels deep; the innermost array has at least `least`.
fn is_nested(coordinates: &Tree, depth: usize, least: usize) -> bool {
    let Some(items) = coordinates.as_array() else { return false };
    match depth {
        0 => items.len() >= 2 && items.iter().all(Tree::is_number),
        1 => items.len() >= least && items.iter().all(|item| is_nested(item, 0, least)),
        _ => items.iter().all(|item| is_nested(item, depth - 1, least)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_geojson_object_is_one_of_the_standards() {
        let read = |text| GeoJson::Default.read_text(text).is_some();
        for good in [
            r#"{"type": "Point", "coordinates": [10.5, 20]}"#,
            r#"{"type": "Polygon", "coordinates": [[[0,0],[1,0],[1,1],[0,0]]]}"#,
            r#"{"type": "Feature", "geometry": null, "properties": {}}"#,
            r#"{"type": "FeatureCollection", "features": []}"#,
            r#"{"type": "GeometryCollection", "geometries": [{"type": "MultiPoint", "coordinates": []}]}"#,
        ] {
            assert!(read(good), "{good}");
        }
        for (bad, why) in [
            (r#"{"coordinates": [0, 0]}"#, "has no `type`"),
            (r#"{"type": "Point", "coordinates": [0]}"#, "has `coordinates` that are not those of a Point"),
            (
                r#"{"type": "LineString", "coordinates": [[0,0]]}"#,
                "has `coordinates` that are not those of a LineString",
            ),
            (r#"{"type": "Circle"}"#, "has the `type` \"Circle\", which GeoJSON does not know"),
            (r#"{"type": "Feature", "properties": {}}"#, "has a Feature without `geometry`"),
            ("[]", "is no JSON object"),
        ] {
            assert!(!read(bad), "{bad}");
            assert_eq!(GeoJson::Default.fault(bad).as_deref(), Some(why));
        }
        let topology = r#"{"type": "Topology", "objects": {}, "arcs": []}"#;
        assert!(GeoJson::TopoJson.read_text(topology).is_some() && !read(topology));
    }
}
