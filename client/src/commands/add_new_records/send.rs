//! One batch on its way.

use std::sync::Arc;

use anyhow::bail;
use dictionary::Table;
use dictionary::wire::Outcome;

use super::GO_ON;
use crate::flight::Cut;
use crate::gateway::{Answer, Gateway};
use crate::recorded::Recorded;

/// A file that is being sent.
pub struct Load<'a> {
    pub gateway: &'a Gateway,
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
    /// Sends one batch.
    pub async fn send_batch(&self, cut: Cut) -> anyhow::Result<Sent> {
        if self.recorded.is_history(&cut.batch.key) {
            let table = &self.table.name;
            bail!(
                "{} is stored in {table} as history; the API loads what is added to it at its next start, and \
                 `verify {table} FILE` proves what it has",
                self.source
            );
        }
        let mut body = cut.body(["new_records", &self.table.name], &self.source, GO_ON);
        body.idempotency_key = self.recorded.key(&body.idempotency_key);
        let (batch, length) = (cut.batch, body.bytes.len());
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
