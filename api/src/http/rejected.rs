//! `GET /rejected/{table}`: the reject log.

use actix_web::{HttpRequest, web};
use dictionary::decode::{Columns, REASONS};
use dictionary::{Code as RowCode, Table, raw_cells};
use serde::Deserialize;

use super::listing::Format;
use super::{Answer, parameters};
use crate::state::State;
use crate::store::ledger::{LoggedReject, RejectFilter};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    batch: Option<String>,
    source: Option<String>,
    code: Option<String>,
    status: Option<String>,
    limit: Option<String>,
    after: Option<String>,
    format: Option<String>,
}

/// Rejected rows, oldest first.
pub async fn list(request: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> Answer {
    let table = parameters::table(&state.dictionary, &path)?;
    let parameters: Parameters = parameters::query(&request)?;
    let format = Format::of(&request, parameters.format.as_deref())?;
    let limit = parameters::limit(parameters.limit.as_deref())?;
    let codes = RowCode::ALL.map(RowCode::as_str);
    let code = parameters::one_of("code", parameters.code, &codes)?;
    let filter = RejectFilter {
        batch: parameters::id("batch", parameters.batch)?,
        source: parameters.source,
        code: code.and_then(|word| RowCode::ALL.into_iter().find(|code| code.as_str() == word)),
        status: parameters::one_of("status", parameters.status, &["open", "replayed", "discarded"])?,
        after: parameters::id("after", parameters.after)?,
    };
    let rejects = state.store()?.rejected(table, &filter, limit).await?;
    let names = table.fields.iter().map(|field| field.name.as_str());
    let header: Vec<&str> = names.chain(REASONS).collect();
    rejects.answer(
        &request,
        format,
        table.delimiter,
        |reject: &LoggedReject| reject.id.clone(),
        &header,
        |reject| cells(table, reject),
    )
}

/// The row's own cells, so that it can be corrected and sent again, then the reasons. A row that cannot be
/// read stands whole in the first cell.
fn cells(table: &Table, reject: &LoggedReject) -> Vec<String> {
    let columns = reject.columns.as_deref().and_then(|names| Columns::from_names(table, names));
    let readable =
        reject.encoding == "utf-8" && reject.errors.iter().all(|error| error.code != RowCode::FormatError);
    let mut cells = if readable {
        raw_cells(table, &reject.raw, columns.as_ref())
    } else {
        let mut cells = vec![String::new(); table.fields.len()];
        reject.raw.clone_into(&mut cells[0]);
        cells
    };
    let each = |text: fn(&dictionary::RowError) -> &str, separator: &str| {
        reject.errors.iter().map(text).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(separator)
    };
    cells.push(reject.id.clone());
    cells.push(reject.line.map(|line| line.to_string()).unwrap_or_default());
    cells.push(each(|error| error.code.as_str(), " "));
    cells.push(each(|error| error.field.as_deref().unwrap_or_default(), " "));
    cells.push(each(|error| &error.message, "; "));
    cells
}
