//! Reads the requests of `POST /new_records/{table}` and `POST /verify/{table}`.

use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest, web};
use dictionary::decode::{self, Columns, Row, Start};
use dictionary::wire::names;
use dictionary::{Table, request};

use super::body::{self, Body};
use super::parameters::{END_OFFSET, FIRST_LINE, FIRST_ROW, SOURCE};
use super::problem::{Code, Problem};
use super::query::Query;
use crate::memory::{Memory, Reservation, Share};
use crate::state::State;

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
            Problem::new(Code::UnsupportedMediaType, format!("{what} is not supported; {takes}"))
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

    /// Stored with every key, so it stays as it is.
    fn word(self) -> &'static str {
        match self {
            Media::Json => "json",
            Media::Ndjson => request::NDJSON,
            Media::Csv { header: true } => request::CSV_WITH_HEADER,
            Media::Csv { header: false } => request::CSV,
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

/// A request with rows, read whole.
pub struct BatchRequest {
    pub table: Arc<Table>,
    pub source: Option<String>,
    /// Offset in the sender's file of the first byte after the body.
    pub end_offset: Option<u64>,
    /// The `Idempotency-Key`.
    pub key: Option<String>,
    pub bytes: Vec<u8>,
    share: Option<Share>,
    media: Media,
    start: Start,
}

/// What a body becomes.
pub struct Decoded {
    pub rows: Vec<Row>,
    /// The columns of a CSV.
    pub columns: Option<Columns>,
    pub reserved: Reservation,
}

impl BatchRequest {
    /// Reads a request. Its rows are not decoded yet.
    pub async fn read(
        request: &HttpRequest,
        table: &str,
        payload: web::Payload,
        state: &State,
    ) -> Result<BatchRequest, Problem> {
        let table = state.table(table)?;
        let query = Query::of(request)?;
        let media = Media::of(request, table)?;
        let key = idempotency_key(request)?;
        let start = Start {
            row: query.get(&FIRST_ROW)?.unwrap_or_default().0,
            line: query.get(&FIRST_LINE)?.unwrap_or_default().0,
        };
        let end_offset = query.get(&END_OFFSET)?.map(|offset| offset.0);
        let source = query.get(&SOURCE)?.map(|source| source.0);
        let Body { bytes, share } = body::read(request, payload, state).await?;
        Ok(BatchRequest { table: Arc::clone(table), source, end_offset, key, bytes, share, media, start })
    }

    /// Decodes the rows, once there is memory for them, and passes them to `make`. Both run on a thread that may block,
    /// because a large body takes long to decode, and the current thread serves other requests.
    pub async fn decode<T: Send + 'static>(
        mut self,
        memory: &Memory,
        make: impl FnOnce(BatchRequest, Decoded) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let decoding = memory.for_rows(&self.table, self.bytes.len()).await?;
        let decoded = tokio::task::spawn_blocking(move || {
            let (rows, columns) = self.media.decode(&self.bytes, &self.table, self.start)?;
            let reserved = Reservation { body: self.share.take(), rows: Some(decoding.end(&rows)) };
            Ok(make(self, Decoded { rows, columns, reserved }))
        });
        decoded.await?
    }

    /// What makes two requests the same.
    pub fn fingerprint(&self) -> String {
        request::fingerprint(self.media.word(), self.start, &self.bytes)
    }
}

/// 1 to 255 visible ASCII characters.
fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let mut values = request.headers().get_all(names::IDEMPOTENCY_KEY);
    let Some(value) = values.next() else { return Ok(None) };
    let bytes = value.as_bytes();
    match value.to_str() {
        _ if values.next().is_some() => {
            Err(Problem::new(Code::BadIdempotencyKey, "Idempotency-Key occurs twice; send one"))
        }
        Ok(key) if matches!(bytes.len(), 1..=255) && bytes.iter().all(u8::is_ascii_graphic) => {
            Ok(Some(key.to_owned()))
        }
        _ => {
            let detail =
                format!("Idempotency-Key must have 1 to 255 visible ASCII characters, got {value:?}");
            Err(Problem::new(Code::BadIdempotencyKey, detail))
        }
    }
}
