//! `GET /view/req1` and `/view/req2`: the KPI reports.

use actix_web::http::header::{CACHE_CONTROL, ETAG, EntityTag, Header, IfNoneMatch, VARY};
use actix_web::{HttpRequest, HttpResponse, web};
use dictionary::hash::hexadecimal;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::listing::Format;
use super::problem::{Code, Problem};
use super::{Answer, html, parameters};
use crate::formats;
use crate::reports::{self, Kpi, Year};
use crate::state::State;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    year: Option<String>,
    format: Option<String>,
    /// CSV for a spreadsheet: formulas are marked, so that it runs none of them.
    spreadsheet: Option<String>,
    /// The page as it is saved, which loads its styles and scripts from the folder `assets` next to it.
    saved: Option<String>,
}

/// Hires by department and job for each quarter.
pub async fn req1(request: HttpRequest, state: web::Data<State>) -> Answer {
    answer(&request, &state, Kpi::Req1).await
}

/// Departments that hired more than the mean.
pub async fn req2(request: HttpRequest, state: web::Data<State>) -> Answer {
    answer(&request, &state, Kpi::Req2).await
}

async fn answer(request: &HttpRequest, state: &State, kpi: Kpi) -> Answer {
    let parameters: Parameters = parameters::query(request)?;
    let format = Format::of(request, parameters.format.as_deref())?;
    let spreadsheet = parameters::flag("spreadsheet", parameters.spreadsheet.as_deref())?;
    let saved = parameters::flag("saved", parameters.saved.as_deref())?;
    let year = match parameters.year {
        Some(year) => year.parse().map_err(|why| Problem::new(Code::BadParameter, why))?,
        None => Year::DEFAULT,
    };
    let report = state.reports.get(state.store()?, kpi, year).await?;
    let body = match format {
        Format::Json => serde_json::to_vec(&report.records().collect::<Vec<_>>())?,
        Format::Ndjson => formats::ndjson(report.records())?,
        Format::Csv if spreadsheet => report.csv(true)?,
        Format::Csv => report.csv.clone(),
        Format::Html if saved => report.saved_page.clone(),
        Format::Html => reports::page(&report, html::frame(state, request, report.title()))?.into_bytes(),
    };
    Ok(unless_known(request, format.content_type(), body))
}

/// The body, or 304 if the client has it already.
fn unless_known(request: &HttpRequest, content_type: &str, body: Vec<u8>) -> HttpResponse {
    // By content, not by version: the same for every process, and another one for each format.
    let tag = EntityTag::new_strong(hexadecimal(&Sha256::digest(&body)[..16]));
    let known = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(&tag)),
        Err(_) => false,
    };
    let mut response = if known { HttpResponse::NotModified() } else { html::ok() };
    response
        .insert_header((ETAG, tag.to_string()))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((VARY, "accept"));
    if known { response.finish() } else { response.content_type(content_type).body(body) }
}
