//! Lists as JSON, CSV or NDJSON, by `?format=` or `Accept`.

use std::cmp::Reverse;

use actix_web::http::header::{Accept, Header, LINK, Quality};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use url::form_urlencoded;

use super::Answer;
use super::problem::{Code, Problem};
use crate::store::Page;

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Csv,
    Ndjson,
}

impl Format {
    /// In order of preference, where the request has none.
    const ALL: [Format; 3] = [Format::Json, Format::Csv, Format::Ndjson];

    fn word(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Csv => "csv",
            Format::Ndjson => "ndjson",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Format::Json => "application/json",
            Format::Csv => "text/csv",
            Format::Ndjson => "application/x-ndjson",
        }
    }

    /// The format that a request asks for.
    pub fn of(request: &HttpRequest, parameter: Option<&str>) -> Result<Format, Problem> {
        if let Some(word) = parameter {
            let format = Format::ALL.into_iter().find(|format| format.word() == word);
            return format.ok_or_else(|| not_acceptable(&format!("format={word}")));
        }
        if request.headers().get("accept").is_none_or(|accept| accept.as_bytes().trim_ascii().is_empty()) {
            return Ok(Format::Json);
        }
        let accepted = Accept::parse(request).map_err(|_| not_acceptable("the Accept header"))?;
        // Of formats wanted equally the one that was named first, then ours that comes first.
        let ranked = Format::ALL.into_iter().filter_map(|format| Some((format.rank(&accepted)?, format)));
        let best = ranked.min_by_key(|(rank, _)| *rank).map(|(_, format)| format);
        best.ok_or_else(|| not_acceptable(&format!("Accept: {accepted}")))
    }

    /// The place of the format in what a request wants, by the most specific range that it matches (RFC
    /// 9110 section 12.5.1); `None` where it is not wanted.
    fn rank(self, accepted: &Accept) -> Option<(Reverse<Quality>, usize)> {
        let (kind, _) = self.media_type().split_once('/').unwrap_or_default();
        let specific = |range: &mime::Mime| match (range.type_(), range.subtype()) {
            (mime::STAR, _) => Some(1),
            (of, mime::STAR) if of == kind => Some(2),
            _ if range.essence_str() == self.media_type() => Some(3),
            _ => None,
        };
        let ranges = accepted.iter().enumerate();
        let matching =
            ranges.filter_map(|(place, range)| Some((specific(&range.item)?, place, range.quality)));
        let (_, place, quality) = matching.max_by_key(|(specific, ..)| *specific)?;
        (quality > Quality::ZERO).then_some((Reverse(quality), place))
    }
}

fn not_acceptable(asked: &str) -> Problem {
    let offers: Vec<_> = Format::ALL
        .iter()
        .map(|format| format!("{} (format={})", format.media_type(), format.word()))
        .collect();
    Problem::new(Code::NotAcceptable, format!("{asked} is not there; there are {}", offers.join(", ")))
}

impl<T: Serialize> Page<T> {
    /// The answer. `id` names an item, as `after` takes it; CSV has the delimiter of what it is sent back as,
    /// a header, then the cells of each item.
    pub fn answer(
        self,
        request: &HttpRequest,
        format: Format,
        delimiter: u8,
        id: impl Fn(&T) -> String,
        header: &[&str],
        cells: impl Fn(&T) -> Vec<String>,
    ) -> Answer {
        let mut response = HttpResponse::Ok();
        if let Some(last) = self.items.last().filter(|_| self.more) {
            response.insert_header((LINK, format!("<{}>; rel=\"next\"", next(request, &id(last)))));
        }
        let body = match format {
            Format::Json => serde_json::to_vec(&self.items)?,
            Format::Ndjson => {
                let mut body = Vec::new();
                for item in &self.items {
                    serde_json::to_writer(&mut body, item)?;
                    body.push(b'\n');
                }
                body
            }
            Format::Csv => {
                let mut writer = csv::WriterBuilder::new()
                    .delimiter(delimiter)
                    .terminator(csv::Terminator::CRLF)
                    .from_writer(Vec::new());
                writer.write_record(header)?;
                for item in &self.items {
                    writer.write_record(cells(item))?;
                }
                writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?
            }
        };
        let content_type = match format {
            Format::Csv => "text/csv; charset=utf-8; header=present",
            other => other.media_type(),
        };
        Ok(response.content_type(content_type).body(body))
    }
}

/// The request's path and query, with another `after`.
fn next(request: &HttpRequest, after: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let old = form_urlencoded::parse(request.query_string().as_bytes());
    query.extend_pairs(old.filter(|(name, _)| name != "after"));
    query.append_pair("after", after);
    format!("{}?{}", request.uri().path(), query.finish())
}
