//! Where the rows of a table come from: its files or inline data, and how they are written.

mod dialect;
mod names;

use serde_json::Value;

use super::error::Result;
use super::object::Object;
use crate::source::{Format, Place, Source};

/// Reads the properties of a resource that are about its rows.
pub(super) fn read(resource: &Object) -> Result<Source> {
    let place = read_place(resource)?;
    let compression = names::compression(resource)?;
    let inner_path = read_inner_path(resource)?;
    let format = names::format(resource, &place)?;
    let dialect = dialect::read(resource)?;
    if let (Some(quote), Some(delimiter)) = (dialect.quote, dialect.delimiter)
        && quote == delimiter
        && format.is_none_or(|format| matches!(format, Format::Csv | Format::Tsv))
    {
        return resource.refuse("`dialect.delimiter` and `dialect.quoteChar` are the same character");
    }
    let encoding = names::encoding(resource)?;
    Ok(Source { place, format, encoding, compression, inner_path, dialect })
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
    match paths.iter().find(|path| is_outside(path)) {
        Some(path) => resource
            .refuse(&format!("`path` is \"{path}\", but must name a file inside the data package's folder")),
        None => Ok(Place::Files(paths)),
    }
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
