//! Sends one batch.

use std::sync::Arc;

use anyhow::bail;
use dictionary::Table;
use dictionary::request::contested_key;
use dictionary::wire::Outcome;

use super::GO_ON;
use crate::flight::Cut;
use crate::gateway::{Answer, Body, Gateway};
use crate::recorded::Recorded;

/// A file that is being sent.
pub struct Load<'a> {
    pub gateway: &'a Gateway,
    pub table: &'a Arc<Table>,
    /// What the ledger calls it.
    pub source: String,
    /// The batches that the ledger had of it before this run.
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
        let mut key = self.recorded.key(&cut.batch.key);
        let (mut answer, mut attempts) = self.post(&cut, &key).await?;
        if answer.is_key_reused() {
            // The key is made of the file: anybody who knows the file may have used it for other rows.
            let own = key;
            key = contested_key(&own, &cut.request().fingerprint());
            tracing::warn!(
                first_row = cut.batch.start.row,
                own,
                key,
                "another body holds the batch's own key"
            );
            (answer, attempts) = self.post(&cut, &key).await?;
        }
        if !is_outcome(&answer) {
            bail!(refusal(&answer, &cut));
        }
        let outcome: Outcome = answer.json()?;
        // After a lost answer the repeat finds what this very run had stored.
        let before = answer.is_repeated() && (attempts == 1 || self.recorded.holds(&key));
        tracing::info!(batch = outcome.batch, before, "{}", outcome.response);
        Ok(Sent { outcome, before })
    }

    async fn post(&self, cut: &Cut, key: &str) -> anyhow::Result<(Answer, u32)> {
        let body = cut.body(["new_records", &self.table.name], &self.source, GO_ON);
        self.gateway.post(Body { idempotency_key: key.to_owned(), ..body }).await
    }
}

/// All of 201, 207 and 422 with rejects are.
fn is_outcome(answer: &Answer) -> bool {
    answer.status.is_success() || answer.status == 422 && answer.problem().is_none()
}

fn refusal(answer: &Answer, cut: &Cut) -> String {
    let reason = answer.reason();
    let first = cut.batch.start.row;
    let rows = format!("rows {first} to {}", first + cut.batch.records.saturating_sub(1));
    match answer.status.as_u16() {
        _ if answer.is_key_reused() => {
            format!(
                "{rows} are not stored: the API has other rows under both keys of this batch; the log names them"
            )
        }
        413 => {
            let length = cut.request().body.len();
            let limit = reason.split(';').next().unwrap_or_default();
            let mebibytes = length.div_ceil(1 << 20);
            format!(
                "{rows} are {length} bytes, which is more than the API takes at once ({limit}); \
                 start the API with BODY_LIMIT={mebibytes}MiB or more, then {GO_ON}"
            )
        }
        500.. => format!("{reason}; {GO_ON}"),
        _ => reason,
    }
}
