//! One batch on its way.

use std::sync::Arc;

use anyhow::bail;
use dictionary::Table;
use dictionary::split::Batch;
use dictionary::wire::Outcome;

use super::GO_ON;
use super::recorded::Recorded;
use crate::gateway::{Answer, Body, Gateway};
use crate::progress::Progress;

/// A file that is being sent.
pub struct Load<'a> {
    pub gateway: &'a Gateway,
    pub progress: &'a Progress,
    pub table: &'a Arc<Table>,
    /// What the ledger calls it.
    pub source: String,
    /// What the ledger had of it before.
    pub recorded: &'a Recorded,
}

/// A batch that was answered.
pub struct Sent {
    pub outcome: Outcome,
    /// Whether an earlier run had stored it.
    pub before: bool,
}

impl Load<'_> {
    /// Sends one batch. Each request repeats the file's header.
    pub async fn send_batch(&self, batch: Batch, header: &[u8]) -> anyhow::Result<Sent> {
        let newlines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        let (bytes, content_type, lines) = if header.is_empty() {
            (batch.body, "text/csv; header=absent", 0)
        } else {
            // In place of the line that the batch before it ended on.
            let line_end: &[u8] =
                if batch.body.starts_with(b"\n") || batch.body.starts_with(b"\r") { b"" } else { b"\n" };
            let lines = newlines(header) + newlines(line_end);
            ([header, line_end, &batch.body].concat(), "text/csv; header=present", lines)
        };
        let first_line = batch.start.line.saturating_sub(lines).max(1);
        let length = bytes.len();
        let body = Body {
            table: &self.table.name,
            query: vec![
                ("source", self.source.clone()),
                ("first_row", batch.start.row.to_string()),
                ("first_line", first_line.to_string()),
                ("end_offset", batch.end_offset.to_string()),
            ],
            content_type,
            idempotency_key: batch.key.clone(),
            bytes,
            advice: GO_ON,
        };
        let (answer, attempts) = self.gateway.post(body).await?;
        if !is_outcome(&answer) {
            bail!(refusal(&answer, batch.start.row, batch.records, length));
        }
        let outcome: Outcome = answer.json()?;
        // After a lost answer the repeat finds what this very run had stored.
        let before = answer.is_repeated() && (attempts == 1 || self.recorded.holds(&batch.key));
        tracing::info!(batch = outcome.batch, before, "{}", outcome.response);
        Ok(Sent { outcome, before })
    }
}

/// All of 201, 207 and 422 with rejects are.
fn is_outcome(answer: &Answer) -> bool {
    answer.status.is_success() || answer.status == 422 && answer.problem().is_none()
}

fn refusal(answer: &Answer, first: u64, rows: u64, length: usize) -> String {
    let reason = answer.reason();
    match answer.status.as_u16() {
        413 => {
            let limit = reason.split(';').next().unwrap_or_default();
            let mebibytes = length.div_ceil(1 << 20);
            format!(
                "rows {first} to {} are {length} bytes, which is more than the API takes at once ({limit}); \
                 start the API with BODY_LIMIT={mebibytes}MiB or more, then {GO_ON}",
                first + rows.saturating_sub(1)
            )
        }
        500.. => format!("{reason}; {GO_ON}"),
        _ => reason,
    }
}
