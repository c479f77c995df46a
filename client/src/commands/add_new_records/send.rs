//! Sends the batches of a file to the API.

use std::sync::Arc;

use anyhow::bail;
use dictionary::Table;
use dictionary::request::contested_key;
use dictionary::wire::Outcome;

use crate::gateway::{Answer, BatchRequest, Gateway};
use crate::sent_before::SentBefore;
use crate::upload::FileBatch;

/// What to do when not the whole file was sent.
pub const CONTINUE: &str = "run the same command again to continue: it inserts nothing twice";

/// A file that is being sent.
pub struct FileSender<'a> {
    pub gateway: &'a Gateway,
    pub table: &'a Arc<Table>,
    /// The name of the file in the ledger.
    pub source: String,
    /// The batches that were in the ledger before this run.
    pub sent_before: &'a SentBefore,
}

/// A batch that the API answered.
pub struct SentBatch {
    pub outcome: Outcome,
    /// Whether an earlier run sent it.
    pub before: bool,
}

impl FileSender<'_> {
    /// Sends one batch.
    ///
    /// # Errors
    /// When the API does not answer, or refuses the batch as a whole.
    pub async fn send_batch(&self, file_batch: FileBatch) -> anyhow::Result<SentBatch> {
        // The batches that follow history are of that file too: history continues with them at the next start.
        if file_batch.is_of_history {
            let table = &self.table.name;
            bail!(
                "the API has loaded {} into {table} as history, so the client sends nothing of it; the API loads rows \
                 that are added to the file when it starts, and `verify {table} FILE` proves that all rows are there",
                self.source
            );
        }
        let mut key = self.sent_before.key(&file_batch.key);
        let (mut answer, mut attempts) = self.post(&file_batch, &key).await?;
        if answer.is_key_reused() {
            // The key is computed from the file, so a sender who knows the file can use it for other rows.
            let own = key;
            key = contested_key(&own, &file_batch.fingerprint());
            tracing::warn!(
                first_row = file_batch.start.row,
                own,
                key,
                "another request has used the key of this batch; sending it with a second key"
            );
            (answer, attempts) = self.post(&file_batch, &key).await?;
        }
        if !is_outcome(&answer) {
            bail!(refusal(&answer, &file_batch));
        }
        let outcome: Outcome = answer.json()?;
        // After a lost answer, the repeated request finds what this run has stored.
        let before = answer.is_repeated() && (attempts == 1 || self.sent_before.contains(&key));
        tracing::info!(batch = outcome.batch, before, "{}", outcome.response);
        Ok(SentBatch { outcome, before })
    }

    async fn post(&self, file_batch: &FileBatch, key: &str) -> anyhow::Result<(Answer, u32)> {
        let request = file_batch.request(["new_records", &self.table.name], &self.source, CONTINUE);
        self.gateway.post(BatchRequest { idempotency_key: key.to_owned(), ..request }).await
    }
}

/// Whether the answer has counts: 201, 207, and 422 without a problem document do.
fn is_outcome(answer: &Answer) -> bool {
    answer.status.is_success() || answer.status == 422 && answer.problem().is_none()
}

fn refusal(answer: &Answer, file_batch: &FileBatch) -> String {
    let reason = answer.reason();
    let first = file_batch.start.row;
    let rows = format!("rows {first} to {}", first + file_batch.rows().saturating_sub(1));
    match answer.status.as_u16() {
        _ if answer.is_key_reused() => {
            format!(
                "{rows} are not stored: the API has other rows with both keys of this batch, which the log names; send \
                 these rows in a separate file"
            )
        }
        413 => {
            let length = file_batch.body_length();
            let limit = reason.split(';').next().unwrap_or_default();
            let mebibytes = length.div_ceil(1 << 20);
            format!(
                "{rows} have {length} bytes, more than the API accepts in one request ({limit}); \
                 start the API with BODY_LIMIT={mebibytes}MiB or more, then {CONTINUE}"
            )
        }
        500.. => format!("{reason}; {CONTINUE}"),
        _ => reason,
    }
}
