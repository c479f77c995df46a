//! `req1` and `req2`: show or save the reports.

use std::path::Path;

use anyhow::anyhow;
use clap::ValueEnum;
use serde_json::{Map, Value};

use crate::cli::{Report, ReportFormat};
use crate::exit::Exit;
use crate::gateway::Gateway;
use crate::print::Column::{self, Number, Wrapped};
use crate::print::{self, Out};
use crate::save::save;

/// Hires by department and job, for each quarter.
pub async fn req1(gateway: &Gateway, arguments: &Report, out: &mut Out, json: bool) -> anyhow::Result<Exit> {
    let columns =
        [Wrapped("DEPARTMENT"), Wrapped("JOB"), Number("Q1"), Number("Q2"), Number("Q3"), Number("Q4")];
    run(gateway, "req1", &columns, arguments, out, json).await
}

/// Departments that hired more people than the mean of all departments.
pub async fn req2(gateway: &Gateway, arguments: &Report, out: &mut Out, json: bool) -> anyhow::Result<Exit> {
    let columns = [Number("ID"), Wrapped("DEPARTMENT"), Number("HIRED")];
    run(gateway, "req2", &columns, arguments, out, json).await
}

async fn run(
    gateway: &Gateway,
    name: &str,
    columns: &[Column],
    arguments: &Report,
    out: &mut Out,
    json: bool,
) -> anyhow::Result<Exit> {
    let format = match (&arguments.format, &arguments.out) {
        (Some(format), _) => Some(*format),
        (None, Some(file)) => Some(by_ending(file)?),
        (None, None) => None,
    };
    let word = format.unwrap_or(ReportFormat::Json).to_possible_value();
    let word = word.map(|word| word.get_name().to_owned()).unwrap_or_default();
    let mut query = vec![("year", arguments.year.to_string()), ("format", word)];
    if format == Some(ReportFormat::Html) {
        query.push(("saved", "true".to_owned()));
    }
    let report = gateway.get(&["view", name], &query).await?;
    match (format, &arguments.out) {
        (Some(format), Some(file)) => {
            if format == ReportFormat::Html {
                save_assets(gateway, report.body(), &file.with_file_name("assets")).await?;
            }
            save(file, report.body())?;
            print::remark(&format!("{name} of {} is in {}", arguments.year, file.display()));
        }
        (Some(_), None) => out.data(&String::from_utf8_lossy(report.body()))?,
        (None, _) => {
            let rows: Vec<Map<String, Value>> = report.json()?;
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if json {
                rows.iter().try_for_each(|row| out.json(row))?;
            } else if rows.is_empty() {
                out.line(&format!("no rows in {}", arguments.year))?;
            } else {
                out.table(columns, rows.iter().map(|row| row.values().map(text).collect()))?;
            }
        }
    }
    Ok(Exit::Success)
}

/// The format that the ending of a file name stands for.
fn by_ending(file: &Path) -> anyhow::Result<ReportFormat> {
    let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ReportFormat::from_str(ending, true).map_err(|_| {
        anyhow!("the name {} does not end in .csv, .json, .ndjson or .html; set --format", file.display())
    })
}

/// Writes the files that a page loads into a folder.
async fn save_assets(gateway: &Gateway, page: &[u8], folder: &Path) -> anyhow::Result<()> {
    let page = String::from_utf8_lossy(page);
    for name in page.split("\"assets/").skip(1).filter_map(|rest| rest.split('"').next()) {
        let file = folder.join(Path::new(name).file_name().unwrap_or_default());
        save(&file, gateway.get(&["assets", name], &[]).await?.body())?;
    }
    Ok(())
}
