//! Where the rows of a table come from: its files or inline data, and how they are written.

mod dialect;
mod names;

use serde_json::Value;

use super::error::{Refusals, Result};
use super::object::Object;
use crate::source::{Dialect, Format, Place, Source};

/// Reads the properties of a resource that are about its rows.
pub(super) fn read(resource: &Object) -> Result<Source> {
    let mut refusals = Refusals::default();
    let place = refusals.take(read_place(resource));
    let compression = refusals.take(names::compression(resource));
    let inner_path = refusals.take(read_inner_path(resource));
    let format = refusals.take(names::format(resource));
    let dialect = refusals.take(dialect::read(resource));
    let encoding = refusals.take(names::encoding(resource));
    if let Some(Dialect { quote: Some(quote), delimiter: Some(delimiter), .. }) = dialect
        && quote == delimiter
        && format.flatten().is_none_or(|format| matches!(format, Format::Csv | Format::Tsv))
    {
        refusals.add(resource.at_place("`dialect.delimiter` and `dialect.quoteChar` are the same character"));
    }
    match (place, compression, inner_path, format, dialect, encoding) {
        (Some(place), Some(compression), Some(inner_path), Some(format), Some(dialect), Some(encoding)) => {
            refusals.end()?;
            Ok(Source { place, format, encoding, compression, inner_path, dialect })
        }
        _ => refusals.refuse(),
    }
}

fn read_place(resource: &Object) -> Result<Place> {
    // A null is how some programs write what is not there.
    let given = |property| resource.get(property).filter(|value| !value.is_null());
    match (given("data"), given("path")) {
        (Some(_), Some(_)) => resource
            .refuse("`path` and `data` are both there, but a resource has one of them; remove the other"),
        (Some(data @ (Value::Array(_) | Value::String(_))), None) => Ok(Place::Inline(data.clone())),
        (Some(_), None) => resource
            .refuse("`data` must be an array of objects, an array of arrays, or the text of a CSV file"),
        (None, Some(_)) => read_paths(resource),
        (None, None) => resource.refuse("`path` is missing"),
    }
}

/// <https://datapackage.org/standard/data-resource/#path-or-data>
fn read_paths(resource: &Object) -> Result<Place> {
    let paths: Option<Vec<String>> = match resource.get("path") {
        Some(Value::String(path)) => Some(vec![path.clone()]),
        Some(Value::Array(paths)) => paths.iter().map(|path| path.as_str().map(str::to_owned)).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => None,
    };
    let Some(paths) = paths.filter(|paths| !paths.is_empty()) else {
        return resource.refuse("`path` must be a path or an array of paths");
    };
    let remote = paths.iter().filter(|path| is_remote(path)).count();
    if remote == paths.len() {
        return Ok(Place::Remote(paths));
    }
    if remote > 0 {
        return resource
            .refuse("`path` names files and URLs; URLs are not fetched: download them into the folder");
    }
    let mut refusals = Refusals::default();
    for path in paths.iter().filter(|path| is_outside(path)) {
        refusals.add(resource.at_place(&format!(
            "`path` is \"{path}\", but must name a file inside the data package's folder"
        )));
    }
    refusals.end()?;
    Ok(Place::Files(paths))
}

fn is_remote(path: &str) -> bool {
    let scheme = path.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    scheme.is_some_and(|scheme| ["http", "https", "ftp", "ftps", "s3", "gs"].contains(&scheme.as_str()))
}

fn is_outside(path: &str) -> bool {
    path.is_empty()
        || path.ends_with(['/', '\\'])
        || path.starts_with(['/', '\\', '~'])
        || path.contains("://")
        || path.contains('\0')
        || path.as_bytes().get(1) == Some(&b':')
        || path.split(['/', '\\']).any(|part| part == "..")
}

fn read_inner_path(resource: &Object) -> Result<Option<String>> {
    let inner = resource.string_or_null("innerpath")?;
    match resource.get("extrapaths") {
        Some(Value::Array(extra)) if !extra.is_empty() => resource.refuse(
            "`extrapaths` is not supported; list the files in `path`, or name one member in `innerpath`",
        ),
        Some(_) | None => Ok(inner.filter(|path| !path.is_empty()).map(str::to_owned)),
    }
}
