//! `describe`: writes a data package for files that have none.

use std::collections::HashSet;
use std::fs;
use std::path::{Component, Path};

use anyhow::{Context, anyhow, bail};
use dictionary::Dictionary;
use dictionary::describe::{ColumnReport, Description, Reference, references, table_name};
use serde_json::{Value, json};

use crate::cli::Describe;
use crate::exit::Exit;
use crate::print::{Column, Out, remark, remark_table};
use crate::save;

/// The profile of the data package that is written.
const PROFILE: &str = "https://datapackage.org/profiles/2.0/datapackage.json";

/// Names of reports, which no table can have.
const REPORTS: [&str; 2] = ["req1", "req2"];

/// Describes the files.
pub fn run(arguments: &Describe, out: &mut Out) -> anyhow::Result<Exit> {
    if let Some(there) = arguments.out.as_ref().filter(|out| out.exists()) {
        bail!("{} is there already, and is not replaced; name another file", there.display());
    }
    let folder = arguments.out.as_ref().and_then(|out| out.parent()).unwrap_or(Path::new("")).join(".");
    let folder =
        fs::canonicalize(&folder).with_context(|| format!("{} cannot be opened", folder.display()))?;
    let mut names = HashSet::from(REPORTS.map(str::to_owned));
    let mut resources = Vec::new();
    let mut tables = Vec::new();
    for file in &arguments.files {
        let path = path_in(&folder, file)?;
        let name = table_name(path.rsplit('/').next().unwrap_or(&path), &mut names);
        let mut resource = json!({ "name": name, "type": "table", "path": path });
        if arguments.no_header {
            resource["dialect"] = json!({ "header": false });
        }
        let description = files::describe(&folder, &mut resource).map_err(|error| anyhow!("{error}"))?;
        report(&path, &name, &description);
        // The schema comes last: it is the longest part.
        if let Value::Object(members) = &mut resource
            && let Some(schema) = members.shift_remove("schema")
        {
            members.insert("schema".to_owned(), schema);
        }
        resources.push(resource);
        tables.push((name, description));
    }
    let described: Vec<_> = tables.iter().map(|(name, description)| (name.as_str(), description)).collect();
    references(&described).iter().for_each(propose);

    let package = json!({ "$schema": PROFILE, "resources": resources });
    let text = serde_json::to_string_pretty(&package)? + "\n";
    Dictionary::parse(text.as_bytes()).map_err(|error| anyhow!("the files cannot be described: {error}"))?;
    match &arguments.out {
        Some(file) => save::create(file, text.as_bytes())?,
        None => out.data(&text)?,
    }
    Ok(Exit::Success)
}

/// The path of a file from the folder of the data package, which must have it.
fn path_in(folder: &Path, file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        bail!("a data package names files, and standard input is none; save it as a file");
    }
    let shown = file.display();
    let metadata = fs::metadata(file).map_err(|error| anyhow!("{shown} cannot be opened: {error}"))?;
    if metadata.is_dir() {
        bail!("{shown} is a folder; name the files in it");
    }
    let name = file.file_name().ok_or_else(|| anyhow!("{shown} is no file"))?;
    let parent = fs::canonicalize(file.parent().unwrap_or(Path::new("")).join("."))?;
    let whole = parent.join(name);
    let Ok(path) = whole.strip_prefix(folder) else {
        bail!(
            "{shown} is not in {}, the folder of the data package; run `describe` in a folder that has all files, or name \
             a data package there with --out",
            folder.display()
        );
    };
    let parts = path.components().map(|part| match part {
        Component::Normal(name) => name.to_str(),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => None,
    });
    let parts: Option<Vec<_>> = parts.collect();
    let parts = parts.ok_or_else(|| anyhow!("{shown} has a name that is not UTF-8; rename it"))?;
    Ok(parts.join("/"))
}

/// Says what a description is made of.
fn report(path: &str, name: &str, description: &Description) {
    let key = description
        .primary_key
        .as_ref()
        .map_or("no primary key".to_owned(), |key| format!("primary key {key}"));
    remark(&format!("{path}: table {name}, {}, {key}", description.count()));
    let header = [
        Column::Wrapped("column"),
        Column::Wrapped("type"),
        Column::Number("cells"),
        Column::Number("empty"),
        Column::Wrapped("ruled out"),
    ];
    remark_table(&header, description.columns.iter().map(row));
    description.remarks.iter().for_each(|said| remark(&format!("  {said}")));
    remark("");
}

fn row(column: &ColumnReport) -> Vec<String> {
    let ColumnReport { name, kind, cells, empty, rejected, .. } = column;
    let not = rejected.as_ref().map(|(kind, line)| format!("{kind}: line {line}")).unwrap_or_default();
    vec![name.clone(), kind.clone(), cells.to_string(), empty.to_string(), not]
}

/// Shows a foreign key to paste.
fn propose(reference: &Reference) {
    let Reference { table, field, parent, parent_field, matching, values, is_named_alike } = reference;
    let chance = if *is_named_alike { "" } else { ", but the names differ, so it may be chance" };
    remark(&format!(
        "{table}.{field} seems to reference {parent}.{parent_field}: {matching} of {values} distinct values are \
         there{chance}; if it does, put this into the schema of {table}:"
    ));
    remark(&format!("  \"foreignKeys\": [ {} ]", reference.json()));
}
