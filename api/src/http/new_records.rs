//! `POST /new_records/{table}`: a batch of 1 to 1000 rows.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use dictionary::Table;
use dictionary::decode::{self, Columns, Row, Start};
use dictionary::hash::hexadecimal;
use dictionary::judge::Candidates;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::body::{self, Body};
use super::problem::{Code, Problem};
use super::{Answer, parameters};
use crate::ingest::{Ended, Incoming, Key, Kind};
use crate::state::State;

/// Until API keys tell who sends.
pub const ANONYMOUS: &str = "anonymous";

/// The longest name of a source.
const SOURCE_LENGTH: usize = 255;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    source: Option<String>,
    first_row: Option<String>,
    first_line: Option<String>,
    end_offset: Option<String>,
}

impl Parameters {
    /// Where the body starts in the sender's file.
    fn start(&self) -> Result<Start, Problem> {
        Ok(Start {
            row: parameters::count("first_row", self.first_row.as_deref())?,
            line: parameters::count("first_line", self.first_line.as_deref())?,
        })
    }

    /// Offset in the sender's file of the first byte behind the body.
    fn end_offset(&self) -> Result<Option<u64>, Problem> {
        let given = self.end_offset.as_deref();
        given.map(|given| parameters::count("end_offset", Some(given))).transpose()
    }

    fn source(self) -> Result<Option<String>, Problem> {
        match &self.source {
            Some(name)
                if name.is_empty()
                    || name.chars().count() > SOURCE_LENGTH
                    || name.contains(char::is_control) =>
            {
                let detail =
                    format!("source has 1 to {SOURCE_LENGTH} characters, none of them a control character");
                Err(Problem::new(Code::BadParameter, detail))
            }
            _ => Ok(self.source),
        }
    }
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Media {
    Json,
    Ndjson,
    Csv { header: bool },
}

impl Media {
    /// From `Content-Type`; `header` is a parameter of `text/csv` (RFC 4180 section 3).
    fn of(request: &HttpRequest, table: &Table) -> Result<Media, Problem> {
        let unsupported = |what: String| {
            let takes = "send application/json, text/csv or application/x-ndjson in UTF-8, not compressed";
            Problem::new(Code::UnsupportedMediaType, format!("{what} is not taken; {takes}"))
        };
        if let Some(encoding) = request.headers().get("content-encoding")
            && !encoding.as_bytes().eq_ignore_ascii_case(b"identity")
        {
            return Err(unsupported(format!("Content-Encoding {encoding:?}")));
        }
        let mime = request.mime_type().ok().flatten();
        let mime = mime.ok_or_else(|| unsupported("a body without a readable Content-Type".to_owned()))?;
        if let Some(charset) = mime.get_param("charset")
            && !(charset.as_str().eq_ignore_ascii_case("utf-8") || charset == "us-ascii")
        {
            return Err(unsupported(format!("charset={charset}")));
        }
        match mime.essence_str() {
            "application/json" => Ok(Media::Json),
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Ok(Media::Ndjson),
            "text/csv" => {
                match mime.get_param("header").map(|header| header.as_str().to_owned()).as_deref() {
                    None => Ok(Media::Csv { header: table.header }),
                    Some("present") => Ok(Media::Csv { header: true }),
                    Some("absent") => Ok(Media::Csv { header: false }),
                    Some(other) => Err(unsupported(format!("text/csv with header={other}"))),
                }
            }
            other => Err(unsupported(other.to_owned())),
        }
    }

    /// The rows of a body, and the columns of a CSV.
    fn decode(
        self,
        body: &[u8],
        table: &Table,
        start: Start,
    ) -> Result<(Vec<Row>, Option<Columns>), Problem> {
        let header = match self {
            Media::Json => return Ok((decode::json(body, table, start)?, None)),
            Media::Ndjson => return Ok((decode::ndjson(body, table, start)?, None)),
            Media::Csv { header } => header,
        };
        let columns = (!header).then(|| Columns::in_order(table));
        let (rows, columns) = decode::csv(body, table, columns, start)?;
        Ok((rows, Some(columns)))
    }
}

/// Judges and stores a batch.
pub async fn post(
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
    state: web::Data<State>,
) -> Answer {
    let table = parameters::table(&state.dictionary, &path)?;
    let parameters: Parameters = parameters::query(&request)?;
    let media = Media::of(&request, table)?;
    let key = idempotency_key(&request)?;
    let start = parameters.start()?;
    let end_offset = parameters.end_offset()?;
    let source = parameters.source()?;
    let Body { bytes, share } = body::read(payload, &state).await?;

    let in_flight = match &key {
        None => None,
        Some(key) => Some(state.take_key(&table.name, ANONYMOUS, key).ok_or_else(|| {
            let detail = "a request with this Idempotency-Key is being worked on; try again for its answer";
            Problem::new(Code::IdempotencyKeyInFlight, detail)
        })?),
    };
    // A body may take long to read, and others are served by the same thread.
    let decoding = Arc::clone(table);
    let decoded = state.runtime.spawn_blocking(move || {
        let (rows, columns) = media.decode(&bytes, &decoding, start)?;
        Ok::<_, Problem>(Incoming {
            candidates: Candidates::of(&decoding, &rows),
            rows,
            columns,
            kind: Kind::Load,
            source,
            end_offset,
            actor: ANONYMOUS.to_owned(),
            key: key.map(|key| Key { key, fingerprint: Some(fingerprint(media, start, &bytes)) }),
            body: bytes,
        })
    });
    let incoming = decoded.await??;
    let (lanes, table) = (Arc::clone(state.lanes()?), Arc::clone(table));
    // On a task of its own: a sender that goes away does not stop what it sent from being stored.
    let storing = state.runtime.spawn(async move {
        let _until_it_ends = (in_flight, share);
        lanes.batch(&table, incoming).await
    });
    let status = |status| StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    match storing.await?? {
        Ended::Stored(outcome) => Ok(HttpResponse::build(status(outcome.counts.status())).json(outcome)),
        Ended::Before(stored) => Ok(HttpResponse::build(status(stored.status))
            .insert_header(("idempotent-replayed", "true"))
            .content_type("application/json")
            .body(stored.answer.unwrap_or_default())),
    }
}

/// 1 to 255 visible ASCII characters.
fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let mut values = request.headers().get_all("idempotency-key");
    let Some(value) = values.next() else { return Ok(None) };
    let bytes = value.as_bytes();
    match value.to_str() {
        _ if values.next().is_some() => {
            Err(Problem::new(Code::BadIdempotencyKey, "Idempotency-Key stands there twice; send one"))
        }
        Ok(key) if matches!(bytes.len(), 1..=255) && bytes.iter().all(u8::is_ascii_graphic) => {
            Ok(Some(key.to_owned()))
        }
        _ => {
            let detail = format!("Idempotency-Key takes 1 to 255 visible ASCII characters, got {value:?}");
            Err(Problem::new(Code::BadIdempotencyKey, detail))
        }
    }
}

/// What makes two requests the same: how the body is written, where it starts, and the body. The name
/// of its source is left out: a file that was renamed is still the same file.
fn fingerprint(media: Media, start: Start, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{media:?} {} {}\0", start.row, start.line));
    hash.update(body);
    hexadecimal(&hash.finalize())
}
