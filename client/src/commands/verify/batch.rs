//! Compares one batch of the file with the table and the reject log.

use anyhow::bail;
use dictionary::decode::Row;
use dictionary::wire::{Balance, Batch, BatchKind, Finding, Found, Reconciled, Recorded};
use dictionary::{RowsHash, Table};

use super::totals::{BatchResult, Difference, DifferenceKind};
use crate::gateway::Gateway;
use crate::upload::FileBatch;

/// What to do after a failure.
const TRY_AGAIN: &str = "run the same command again";

/// Why a row is not proved.
const NEVER_RECEIVED: &str = "no batch in the ledger received it as part of this file";

/// Verifies the batches of a file.
pub struct BatchVerifier<'a> {
    pub gateway: &'a Gateway,
    pub table: &'a Table,
    /// The name of the file.
    pub source: &'a str,
}

impl BatchVerifier<'_> {
    /// Asks the API for the rows of a batch, and compares them.
    ///
    /// # Errors
    /// When the API does not answer, or answers with an error.
    pub async fn verify(&self, file_batch: FileBatch) -> anyhow::Result<BatchResult> {
        let request = file_batch.request(["verify", &self.table.name], self.source, TRY_AGAIN);
        let rows = file_batch.decode(self.table);
        let (answer, _) = self.gateway.post(request).await?;
        let reconciled: Reconciled = answer.accepted()?.json()?;
        self.compare(&rows, &file_batch.records, reconciled)
    }

    fn compare(&self, rows: &[Row], records: &[u8], reconciled: Reconciled) -> anyhow::Result<BatchResult> {
        let same = |(row, finding): (&Row, &Finding)| row.number == finding.row;
        if rows.len() != reconciled.findings.len() || !rows.iter().zip(&reconciled.findings).all(same) {
            bail!(
                "the answer of {} is about other rows than the client sent; check --api-url",
                self.gateway.address()
            );
        }
        let (mut balance, mut file) = (Balance::default(), RowsHash::default());
        let mut differences = Vec::new();
        for (row, finding) in rows.iter().zip(&reconciled.findings) {
            balance.count(finding);
            if is_hashed_as_stored(row, finding.found) {
                file.stored(row.number, &row.values);
            } else {
                file.rejected(row.number, &records[row.raw.clone()]);
            }
            differences.extend(self.difference(finding, reconciled.since.as_ref()));
        }
        let incomplete = |batch: &&Recorded| batch.logged != batch.batch.counts.rejected;
        let log = reconciled.batches.iter().filter(incomplete).map(|batch| log_difference(batch, rows));
        differences.extend(log);
        let received = || reconciled.findings.iter().filter(|finding| finding.recorded);
        Ok(BatchResult {
            balance,
            file,
            server: reconciled.hash,
            differences,
            wrong: received().filter(|finding| is_wrong(finding.found)).count() as u64,
            last_received_row: received().map(|finding| finding.row).max().unwrap_or_default(),
            restored: reconciled.since.is_some_and(|batch| batch.kind == BatchKind::Restore),
            batches: reconciled.batches.into_iter().map(|batch| batch.batch.id).collect(),
        })
    }

    /// What is wrong with a row; `None` if it is as expected. `since` is a later batch that may explain it.
    fn difference(&self, finding: &Finding, since: Option<&Batch>) -> Option<Difference> {
        let table = &self.table.name;
        let explained = |what: String| what + &self.explanation(since);
        let (kind, reason) = match (finding.found, finding.recorded) {
            (Found::Stored | Found::Rejected, true) => return None,
            (Found::Stored | Found::Rejected, false) => (
                DifferenceKind::Unrecorded,
                format!("{table} or the reject log has an equal row, but {NEVER_RECEIVED}"),
            ),
            (Found::Differs, recorded) if finding.rejects.is_empty() => {
                let fields: Vec<_> = finding.fields.iter().map(|field| format!("`{field}`")).collect();
                let changed = format!("{table} has another value in {}", fields.join(", "));
                let reason =
                    if recorded { explained(changed) } else { format!("{changed}; {NEVER_RECEIVED}") };
                (DifferenceKind::Differs, reason)
            }
            (Found::Differs, _) => {
                let rejects = finding.rejects.join(", ");
                (
                    DifferenceKind::Differs,
                    format!("the reject log has other text for it, in reject {rejects}"),
                )
            }
            (Found::Missing, true) => {
                let nowhere = format!("it was received, but it is neither in {table} nor in the reject log");
                (DifferenceKind::Missing, explained(nowhere))
            }
            (Found::Missing, false) => (DifferenceKind::Missing, NEVER_RECEIVED.to_owned()),
            (Found::Twice, _) => {
                let rejects = finding.rejects.join(", ");
                (DifferenceKind::Twice, format!("it is there more than once, in the reject log as {rejects}"))
            }
        };
        Some(Difference {
            first_row: finding.row,
            last_row: finding.row,
            first_line: finding.line,
            last_line: finding.line,
            kind,
            reason,
        })
    }

    /// Why a row that was received has changed: the end of a sentence.
    fn explanation(&self, since: Option<&Batch>) -> String {
        let table = &self.table.name;
        let Some(batch) = since else {
            return "; no load or restore explains it: another program changed the database".to_owned();
        };
        let (at, source) = (&batch.created_at, batch.source.as_deref());
        match batch.kind {
            BatchKind::Restore => {
                format!("; {table} was restored after that, from {} at {at}", source.unwrap_or_default())
            }
            BatchKind::History | BatchKind::Load => {
                let of = source.map(|name| format!(" of {name}")).unwrap_or_default();
                format!("; a later load{of} replaced rows at {at}")
            }
        }
    }
}

/// Whether the hash of the file takes a row as stored, otherwise as rejected.
fn is_hashed_as_stored(row: &Row, found: Found) -> bool {
    match found {
        // Even an invalid row: an earlier dictionary may have allowed it.
        Found::Stored => true,
        Found::Rejected | Found::Twice => false,
        Found::Differs | Found::Missing => row.errors.is_empty(),
    }
}

/// Whether a row that was received is not where it should be.
fn is_wrong(found: Found) -> bool {
    match found {
        Found::Stored | Found::Rejected => false,
        Found::Differs | Found::Missing | Found::Twice => true,
    }
}

/// The reject log does not have as many rejects of a batch as the ledger counts.
fn log_difference(recorded: &Recorded, rows: &[Row]) -> Difference {
    let (first, last) = (rows.first(), rows.last());
    Difference {
        first_row: first.map_or(1, |row| row.number),
        last_row: last.map_or(1, |row| row.number),
        first_line: first.and_then(|row| row.line),
        last_line: last.and_then(|row| row.line),
        kind: DifferenceKind::Log,
        reason: format!(
            "the ledger counts {} rejected rows in batch {}, but the reject log has {}",
            recorded.batch.counts.rejected, recorded.batch.id, recorded.logged
        ),
    }
}
