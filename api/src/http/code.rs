//! What can be wrong with a request as a whole: each code with its status and its words.

/// Makes [`Code`] from the table of its codes.
macro_rules! codes {
    ($($code:ident = $word:literal, $status:literal, $title:literal, $explanation:literal;)+) => {
        /// What can be wrong with a request as a whole. A closed set; each has a page at `/problems/{code}`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $($code,)+
        }

        impl Code {
            pub const ALL: &[Code] = &[$(Code::$code,)+];

            fn entry(self) -> Entry {
                match self {
                    $(Code::$code => Entry {
                        word: $word,
                        status: $status,
                        title: $title,
                        explanation: $explanation,
                    },)+
                }
            }
        }
    };
}

/// What answers say of a code.
struct Entry {
    word: &'static str,
    status: u16,
    title: &'static str,
    explanation: &'static str,
}

impl Code {
    /// The code as written in answers and in paths.
    pub fn as_str(self) -> &'static str {
        self.entry().word
    }

    /// The HTTP status of its answers.
    pub fn status(self) -> u16 {
        self.entry().status
    }

    /// The kind of problem in a few words.
    pub fn title(self) -> &'static str {
        self.entry().title
    }

    /// What it means, and what to do about it.
    pub fn explanation(self) -> &'static str {
        self.entry().explanation
    }
}

// Code, status, title, and what to do about it.
codes! {
    BadId = "bad-id", 400, "The id is not of the key's type",
        "The id in the path must be written like the table's primary key, for example a whole number.";
    BadIdempotencyKey = "bad-idempotency-key", 400, "The Idempotency-Key is invalid",
        "Idempotency-Key must have 1 to 255 visible ASCII characters.";
    BadParameter = "bad-parameter", 400, "A query parameter is invalid",
        "The detail names the parameter, its value and what it takes.";
    BodyTimeout = "body-timeout", 408, "The body did not arrive in time",
        "Nothing of the request was stored. Send it again over a faster connection or in smaller batches; BODY_TIMEOUT sets the seconds in which a body must be complete or grow by 16 KiB for each of them.";
    BodyTooLarge = "body-too-large", 413, "The body is too large",
        "Send fewer rows in one request. The limit is set by BODY_LIMIT.";
    Busy = "busy", 503, "Too many requests wait to be stored",
        "Nothing of the request was stored. Send it again after the seconds in Retry-After.";
    CrossSite = "cross-site", 403, "The request comes from a page of another site",
        "Nothing was done. Send it from a program, or from a page of this server.";
    DamagedBackup = "damaged-backup", 422, "The backup is damaged, or holds rows that the data dictionary refuses",
        "The detail says what is wrong with the file, and where. The table is as it was; restore another backup.";
    DiskFull = "disk-full", 507, "The disk is full",
        "Nothing of the request was stored. Free space for the database or the backups, then send it again.";
    EmptyBatch = "empty-batch", 422, "The body holds no rows",
        "Send 1 to 1000 rows.";
    HeaderMismatch = "header-mismatch", 400, "The CSV header does not match the table",
        "A header names fields of the table, each once, in any order, and all required ones. Without a header, send `Content-Type: text/csv; header=absent`.";
    IdempotencyKeyInFlight = "idempotency-key-in-flight", 409, "The same request is still in progress",
        "A request with this Idempotency-Key has not ended yet. Send it again after the seconds in Retry-After to get its answer.";
    IdempotencyKeyReused = "idempotency-key-reused", 422, "The Idempotency-Key belongs to another request",
        "The key was used for another body or other parameters. Use a new key for a new request.";
    Internal = "internal", 500, "The server failed",
        "The log has the cause under the request id. Send the request again with the same Idempotency-Key: it is stored once.";
    MethodNotAllowed = "method-not-allowed", 405, "The method is not allowed here",
        "The Allow header names the methods of this path.";
    MisdirectedRequest = "misdirected-request", 421, "The request is for another host",
        "Nothing was done. Use a host that this server accepts: localhost, or one that ALLOWED_HOSTS lists.";
    NoReport = "no-report", 404, "The report does not exist",
        "The detail says what the data dictionary would need for it. Everything else works without it.";
    NoBackup = "no-backup", 404, "There is no backup of the table yet",
        "POST /backup/{table} makes one. A file without a manifest is restored by its name only.";
    NotAcceptable = "not-acceptable", 406, "None of the accepted formats is supported",
        "The detail names the formats of this path; choose one with Accept or ?format=.";
    NotReady = "not-ready", 503, "The service is not ready yet",
        "The database is being opened or history is being loaded. /batches shows how far it is.";
    RefusedDictionary = "refused-dictionary", 422, "The data dictionary is refused",
        "The detail lists all reasons. A server with this dictionary would not start.";
    RestoreOrphans = "restore-orphans", 409, "The restore would leave rows without what they reference",
        "The detail counts these rows and names a value. The table is as it was; restore or load the parents first.";
    Stopping = "stopping", 503, "The service is being stopped",
        "Work in progress ends, and no new work begins. Nothing of the request was stored; send it again after the seconds in Retry-After.";
    StoreAway = "store-away", 503, "The database or the backup store is away",
        "Nothing of the request is known to be stored. Send it again, with the same Idempotency-Key if it had one, after the seconds in Retry-After.";
    TableMissing = "table-missing", 409, "The table is missing in the database",
        "Another program dropped it. Nothing of the request was stored. POST /restore/{table} makes it again from a backup; a restart of the API makes it again without rows.";
    TooManyRows = "too-many-rows", 413, "The body holds too many rows",
        "Send at most 1000 rows in one request; nothing of this one was stored.";
    UnknownBackup = "unknown-backup", 404, "There is no such backup",
        "GET /backup/{table} lists them.";
    UnknownBatch = "unknown-batch", 404, "There is no such batch",
        "/batches lists them.";
    UnknownPath = "unknown-path", 404, "There is nothing at this path",
        "Check the spelling of the path.";
    UnknownProblem = "unknown-problem", 404, "There is no such problem",
        "/problems lists them.";
    UnknownRow = "unknown-row", 404, "There is no row with this id",
        "The row was never stored, or was removed. /rejected/{table} holds the rows that were refused.";
    UnknownTable = "unknown-table", 404, "There is no such table",
        "The detail names the tables of the data dictionary.";
    UnreadableBody = "unreadable-body", 400, "The body cannot be read",
        "The detail says where reading failed. JSON is an array of objects in UTF-8.";
    UnsupportedMediaType = "unsupported-media-type", 415, "The media type is not supported",
        "Send application/json, text/csv or application/x-ndjson, in UTF-8, not compressed.";
}
