//! Sends one batch.

use std::sync::Arc;

use anyhow::bail;
use dictionary::Table;
use dictionary::request::contested_key;
use dictionary::wire::Outcome;

use super::CONTINUE;
use crate::gateway::{Answer, BatchRequest, Gateway};
use crate::sent_before::SentBefore;
use crate::upload::FileBatch;

/// A file that is being sent.
pub struct FileSender<'a> {
    pub gateway: &'a Gateway,
    pub table: &'a Arc<Table>,
    /// What the ledger calls it.
    pub source: String,
    /// The batches that the ledger had of it before this run.
    pub sent_before: &'a SentBefore,
}

/// A batch that was answered.
pub struct SentBatch {
    pub outcome: Outcome,
    /// Whether an earlier run had stored it.
    pub before: bool,
}

impl FileSender<'_> {
    /// Sends one batch.
    pub async fn send_batch(&self, file_batch: FileBatch) -> anyhow::Result<SentBatch> {
        if self.sent_before.is_history(&file_batch.batch.key) {
            let table = &self.table.name;
            bail!(
                "{} is stored in {table} as history; the API loads what is added to it at its next start, and \
                 `verify {table} FILE` proves what it has",
                self.source
            );
        }
        let mut key = self.sent_before.key(&file_batch.batch.key);
        let (mut answer, mut attempts) = self.post(&file_batch, &key).await?;
        if answer.is_key_reused() {
            // The key is made of the file: anybody who knows the file may have used it for other rows.
            let own = key;
            key = contested_key(&own, &file_batch.request().fingerprint());
            tracing::warn!(
                first_row = file_batch.batch.start.row,
                own,
                key,
                "another body holds the batch's own key"
            );
            (answer, attempts) = self.post(&file_batch, &key).await?;
        }
        if !is_outcome(&answer) {
            bail!(refusal(&answer, &file_batch));
        }
        let outcome: Outcome = answer.json()?;
        // After a lost answer the repeat finds what this very run had stored.
        let before = answer.is_repeated() && (attempts == 1 || self.sent_before.holds(&key));
        tracing::info!(batch = outcome.batch, before, "{}", outcome.response);
        Ok(SentBatch { outcome, before })
    }

    async fn post(&self, file_batch: &FileBatch, key: &str) -> anyhow::Result<(Answer, u32)> {
        let body = file_batch.body(["new_records", &self.table.name], &self.source, CONTINUE);
        self.gateway.post(BatchRequest { idempotency_key: key.to_owned(), ..body }).await
    }
}

/// All of 201, 207 and 422 with rejects are.
fn is_outcome(answer: &Answer) -> bool {
    answer.status.is_success() || answer.status == 422 && answer.problem().is_none()
}

fn refusal(answer: &Answer, file_batch: &FileBatch) -> String {
    let reason = answer.reason();
    let first = file_batch.batch.start.row;
    let rows = format!("rows {first} to {}", first + file_batch.batch.records.saturating_sub(1));
    match answer.status.as_u16() {
        _ if answer.is_key_reused() => {
            format!(
                "{rows} are not stored: the API has other rows under both keys of this batch; the log names them"
            )
        }
        413 => {
            let length = file_batch.request().body.len();
            let limit = reason.split(';').next().unwrap_or_default();
            let mebibytes = length.div_ceil(1 << 20);
            format!(
                "{rows} are {length} bytes, which is more than the API takes at once ({limit}); \
                 start the API with BODY_LIMIT={mebibytes}MiB or more, then {CONTINUE}"
            )
        }
        500.. => format!("{reason}; {CONTINUE}"),
        _ => reason,
    }
}
