//! A batch of a file as a request, the fingerprint by which two requests differ, and the key of a request whose own
//! key another request holds.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::decode::Start;
use crate::hash::hexadecimal;
use crate::source::Form;

/// How a fingerprint names a CSV without a header. Fingerprints are stored, so these words stay as they are.
pub const CSV: &str = "csv";

/// How a fingerprint names a CSV with a header.
pub const CSV_WITH_HEADER: &str = "csv with header";

/// How a fingerprint names NDJSON.
pub const NDJSON: &str = "ndjson";

/// SHA-256 of a request with rows, in hexadecimal: over how the body is written, in a word, where it starts, and the
/// body. The name of its source is left out: a file that was renamed is still the same file.
pub fn fingerprint(media: &str, start: Start, body: &[u8]) -> String {
    hexadecimal(&hash_of_start(media, start).chain_update(body).finalize())
}

fn hash_of_start(media: &str, start: Start) -> Sha256 {
    Sha256::new().chain_update(format!("{media} {} {}\0", start.row, start.line))
}

/// The idempotency key of a request whose key another request holds: SHA-256 over that key, a blank, and the
/// request's own fingerprint. So it is the same whenever the request is sent again.
pub fn contested_key(key: &str, fingerprint: &str) -> String {
    hexadecimal(&Sha256::digest(format!("{key} {fingerprint}")))
}

/// A batch of a file as it is sent: the header of its file, then its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The bytes that are sent.
    pub body: Vec<u8>,
    /// How each record is written.
    pub form: Form,
    /// Whether they begin with a header.
    pub has_header: bool,
    /// Where they start in the file. With a header the line is so many lines before the first record as the header has,
    /// so that the rows keep their line numbers.
    pub start: Start,
}

impl Request {
    /// A request for the records of a batch, which start at this position in the file. `header` is empty if the file has none; then
    /// records that are owned become the body without being copied.
    pub fn new<'r>(form: Form, header: &[u8], records: impl Into<Cow<'r, [u8]>>, start: Start) -> Request {
        let records = records.into();
        let mut request = Request::without_records(form, header, &records, start);
        if request.body.is_empty() {
            request.body = records.into_owned();
        } else {
            request.body.extend_from_slice(&records);
        }
        request
    }

    /// What comes before the records.
    fn without_records(form: Form, header: &[u8], records: &[u8], start: Start) -> Request {
        if header.is_empty() {
            return Request { body: Vec::new(), form, has_header: false, start };
        }
        // Instead of the line that the batch before it ended on.
        let line_end: &[u8] =
            if records.starts_with(b"\n") || records.starts_with(b"\r") { b"" } else { b"\n" };
        let body = [header, line_end].concat();
        let lines = body.iter().filter(|b| **b == b'\n').count() as u64;
        let line = start.line.saturating_sub(lines).max(1);
        Request { body, form, has_header: true, start: Start { line, ..start } }
    }

    /// See [`fingerprint`].
    pub fn fingerprint(&self) -> String {
        fingerprint(self.media(), self.start, &self.body)
    }

    /// How a fingerprint names how the body is written.
    pub fn media(&self) -> &'static str {
        match self.form {
            Form::Csv if self.has_header => CSV_WITH_HEADER,
            Form::Csv => CSV,
            Form::Ndjson => NDJSON,
        }
    }
}

/// Fingerprints of a request that grows: each byte is hashed once.
pub(crate) struct RequestHash {
    hash: Sha256,
    /// Bytes of the records that are hashed.
    hashed: usize,
}

impl RequestHash {
    /// For a request that begins with these records.
    pub(crate) fn new(form: Form, header: &[u8], records: &[u8], start: Start) -> RequestHash {
        let request = Request::without_records(form, header, records, start);
        let hash = hash_of_start(request.media(), request.start).chain_update(&request.body);
        RequestHash { hash, hashed: 0 }
    }

    /// The fingerprint of the request with these records, which begin with those of the last call.
    pub(crate) fn fingerprint(&mut self, records: &[u8]) -> String {
        self.hash.update(&records[self.hashed..]);
        self.hashed = records.len();
        hexadecimal(&self.hash.clone().finalize())
    }
}
