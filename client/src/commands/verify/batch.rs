//! Compares one batch of the file with the table and the reject log.

use anyhow::bail;
use dictionary::decode::{self, Row};
use dictionary::wire::{Balance, Batch, BatchKind, Finding, Found, Reconciled};
use dictionary::{RowsHash, Table};

use super::totals::{BatchResult, Difference, DifferenceKind};
use crate::gateway::Gateway;
use crate::upload::FileBatch;

/// What to do after a failure.
const TRY_AGAIN: &str = "run the same command again";

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
        let (rows, _) = decode::csv(&file_batch.records, self.table, file_batch.columns, file_batch.start)?;
        let (answer, _) = self.gateway.post(request).await?;
        let reconciled: Reconciled = answer.accepted()?.json()?;
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
            // A row that is neither stored nor rejected is hashed as stored if it is valid, and as rejected otherwise.
            match finding.found {
                // Even an invalid row: an earlier dictionary may have allowed it.
                Found::Stored => file.stored(row.number, &row.values),
                Found::Rejected | Found::Twice => {
                    file.rejected(row.number, &file_batch.records[row.raw.clone()])
                }
                _ if !row.errors.is_empty() => {
                    file.rejected(row.number, &file_batch.records[row.raw.clone()])
                }
                _ => file.stored(row.number, &row.values),
            }
            differences.extend(self.difference(finding, reconciled.since.as_ref()));
        }
        let log = reconciled.batches.iter().filter(|batch| batch.logged != batch.batch.counts.rejected);
        let (first, last) = (rows.first(), rows.last());
        let log = log.map(|recorded| Difference {
            first_row: first.map_or(1, |row| row.number),
            last_row: last.map_or(1, |row| row.number),
            first_line: first.and_then(|row| row.line),
            last_line: last.and_then(|row| row.line),
            kind: DifferenceKind::Log,
            reason: format!(
                "the ledger counts {} rejected rows in batch {}, but the reject log has {}",
                recorded.batch.counts.rejected, recorded.batch.id, recorded.logged
            ),
        });
        differences.extend(log);
        let received = || reconciled.findings.iter().filter(|finding| finding.recorded);
        let is_wrong = |finding: &&Finding| !matches!(finding.found, Found::Stored | Found::Rejected);
        Ok(BatchResult {
            balance,
            file,
            server: reconciled.hash,
            differences,
            wrong: received().filter(is_wrong).count() as u64,
            last_received_row: received().map(|finding| finding.row).max().unwrap_or_default(),
            restored: reconciled.since.is_some_and(|batch| batch.kind == BatchKind::Restore),
            batches: reconciled.batches.into_iter().map(|recorded| recorded.batch.id).collect(),
        })
    }

    /// What is wrong with a row; `None` if it is as expected.
    fn difference(&self, finding: &Finding, since: Option<&Batch>) -> Option<Difference> {
        let table = &self.table.name;
        let since = || match since {
            Some(batch) if batch.kind == BatchKind::Restore => {
                let from = batch.source.as_deref().unwrap_or_default();
                format!("; {table} was restored after that, from {from} at {}", batch.created_at)
            }
            Some(batch) => {
                let from = batch.source.as_deref().map(|name| format!(" of {name}")).unwrap_or_default();
                format!("; a later load{from} replaced rows at {}", batch.created_at)
            }
            None => "; no load or restore explains it: another program changed the database".to_owned(),
        };
        let never = "no batch in the ledger received it as part of this file";
        let (kind, reason) = match (finding.found, finding.recorded) {
            (Found::Stored | Found::Rejected, true) => return None,
            (Found::Stored | Found::Rejected, false) => (
                DifferenceKind::Unrecorded,
                format!("{table} or the reject log has an equal row, but {never}"),
            ),
            (Found::Differs, recorded) if finding.rejects.is_empty() => {
                let fields: Vec<_> = finding.fields.iter().map(|field| format!("`{field}`")).collect();
                let changed = format!("{table} has another value in {}", fields.join(", "));
                (
                    DifferenceKind::Differs,
                    if recorded { changed + &since() } else { format!("{changed}; {never}") },
                )
            }
            (Found::Differs, _) => (
                DifferenceKind::Differs,
                format!("the reject log has other text for it, in reject {}", finding.rejects.join(", ")),
            ),
            (Found::Missing, true) => {
                let nowhere = format!("it was received, but it is neither in {table} nor in the reject log");
                (DifferenceKind::Missing, nowhere + &since())
            }
            (Found::Missing, false) => (DifferenceKind::Missing, never.to_owned()),
            (Found::Twice, _) => (
                DifferenceKind::Twice,
                format!("it is there more than once, in the reject log as {}", finding.rejects.join(", ")),
            ),
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
}
