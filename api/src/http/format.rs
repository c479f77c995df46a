//! The formats of answers, by `?format=` or `Accept`.

use std::cmp::Reverse;

use actix_web::HttpRequest;
use actix_web::http::header::{Accept, Header, Quality};

use super::problem::{Code, Problem};

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Csv,
    Ndjson,
    Html,
}

impl Format {
    /// In order of preference, where the request has none.
    pub const ALL: [Format; 4] = [Format::Json, Format::Csv, Format::Ndjson, Format::Html];

    pub fn word(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Csv => "csv",
            Format::Ndjson => "ndjson",
            Format::Html => "html",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Format::Json => "application/json",
            Format::Csv => "text/csv",
            Format::Ndjson => "application/x-ndjson",
            Format::Html => "text/html",
        }
    }

    /// The media type with its parameters.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8; header=present",
            Format::Html => "text/html; charset=utf-8",
            Format::Json | Format::Ndjson => self.media_type(),
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
    Problem::new(
        Code::NotAcceptable,
        format!("{asked} is not supported; the formats are {}", offers.join(", ")),
    )
}
