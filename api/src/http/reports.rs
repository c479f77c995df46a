//! `GET /view/req1` and `/view/req2`: the KPI reports.

use actix_web::http::header::{CACHE_CONTROL, ETAG, EntityTag, Header, IfNoneMatch, VARY};
use actix_web::{HttpRequest, HttpResponse, web};
use dictionary::hash::hexadecimal;
use sha2::{Digest, Sha256};

use super::format::Format;
use super::listing::Wanted;
use super::parameters::{SAVED, YEAR};
use super::query::Query;
use super::{Answer, html};
use crate::formats;
use crate::reports::{self, Kpi, Year};
use crate::state::State;

/// Hires by department and job for each quarter.
pub async fn req1(request: HttpRequest, state: web::Data<State>) -> Answer {
    answer(&request, &state, Kpi::Req1).await
}

/// Departments that hired more than the mean.
pub async fn req2(request: HttpRequest, state: web::Data<State>) -> Answer {
    answer(&request, &state, Kpi::Req2).await
}

async fn answer(request: &HttpRequest, state: &State, kpi: Kpi) -> Answer {
    let query = Query::of(request)?;
    let Wanted { format, spreadsheet } = Wanted::of(request, &query)?;
    let saved = query.get(&SAVED)?.unwrap_or_default();
    let year = query.get(&YEAR)?.unwrap_or(Year::DEFAULT);
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
