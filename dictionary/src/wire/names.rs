//! Names that the client and the server must spell alike. Header names are in lower case.

/// Media type of CSV whose first record is a header.
pub const CSV_WITH_HEADER: &str = "text/csv; header=present";

/// Media type of CSV that has records only.
pub const CSV_WITHOUT_HEADER: &str = "text/csv; header=absent";

/// Media type of one JSON object on each line.
pub const NDJSON: &str = "application/x-ndjson";

/// Media type of a [`Problem`](super::Problem).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Request header: the key by which the server recognises a batch that is sent again.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Response header: the answer is the stored answer of an earlier request with the same idempotency key.
pub const IDEMPOTENT_REPLAYED: &str = "idempotent-replayed";

/// Code of the [`Problem`](super::Problem) of a request whose idempotency key belongs to a different request.
pub const IDEMPOTENCY_KEY_REUSED: &str = "idempotency-key-reused";

/// Code of the [`Problem`](super::Problem) of a request while the server still works on the same request.
pub const IDEMPOTENCY_KEY_IN_FLIGHT: &str = "idempotency-key-in-flight";

/// Parameter of a batch: the name of the file or of the sender.
pub const SOURCE: &str = "source";

/// Parameter of a batch: the 1-based record number of its first row in the source.
pub const FIRST_ROW: &str = "first_row";

/// Parameter of a batch: the 1-based physical line in the source where the body starts.
pub const FIRST_LINE: &str = "first_line";

/// Parameter of a batch: the offset in the source of the first byte after it.
pub const END_OFFSET: &str = "end_offset";

/// Parameter of the list of batches: only batches with an [`END_OFFSET`] of at most this.
pub const UNTIL_OFFSET: &str = "until_offset";
