//! What a start with another data dictionary would do, and what that dictionary makes of open rejects.

use std::sync::Arc;

use dictionary::decode::{Row, reread};
use dictionary::wire::{DictionaryCheck, LoggedReject, OpenRejects};
use dictionary::{Dictionary, ExistingKeys, Table, judge};

use crate::store::records::Records;
use crate::store::rejects::RejectFilter;
use crate::store::{self, Differences, OpenError, Store};

/// Rejects that are read at once.
const PAGE: u32 = 1000;

/// Rejects of a table that are judged at the most.
const MOST: u64 = 100_000;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine does not take the dictionary, or failed.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A fault of this program.
    #[error("the rejects were not judged: {0}")]
    Fault(#[from] tokio::task::JoinError),
}

/// Compares a dictionary with the database, and judges open rejects by it. Changes nothing.
///
/// # Errors
/// When the engine does not take a name of the dictionary, or the database fails.
pub async fn check(store: &Store, dictionary: Arc<Dictionary>) -> Result<DictionaryCheck, Error> {
    let Differences { applied, refused, .. } = store.check(&dictionary).await?;
    let records = store.records_of(&dictionary);
    let mut rejects = Vec::new();
    for table in dictionary.tables() {
        if let Some(was) = store.dictionary().table(&table.name) {
            let of_table = judge_rejects(store, &records, was, table).await?;
            rejects.extend(Some(of_table).filter(|of_table| of_table.judged > 0));
        }
    }
    let starts = refused.is_empty();
    let differences: usize = refused.iter().map(|table| table.differences.len()).sum();
    let response = match (differences, applied.len()) {
        (0, 0) => "the server would start, and change no table".to_owned(),
        (0, changes) => format!("the server would start, and make {}", counted(changes, "change")),
        (differences, _) => {
            let differences = counted(differences, "difference");
            format!("the server would refuse to start, because of {differences}, and change nothing")
        }
    };
    Ok(DictionaryCheck { response, starts, applied, refused, rejects })
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Judges the open rejects of a table, oldest first, as if each that passes were stored.
async fn judge_rejects(
    store: &Store,
    records: &Records,
    was: &Arc<Table>,
    table: &Arc<Table>,
) -> Result<OpenRejects, Error> {
    let mut found =
        OpenRejects { table: table.name.clone(), judged: 0, pass: 0, more: true, keys_judged: true };
    let mut taken: Vec<ExistingKeys> = Vec::new();
    let mut filter = RejectFilter { status: Some(LoggedReject::OPEN.to_owned()), ..RejectFilter::default() };
    while found.more && found.judged < MOST {
        let page = store.rejects.page(was, &filter, PAGE).await?;
        filter.after = page.items.last().map(|reject| reject.id.clone());
        found.more = page.more;
        found.judged += page.items.len() as u64;
        let (was, table_to_read) = (Arc::clone(was), Arc::clone(table));
        // Decoding a thousand rows would hold up others.
        let reading = tokio::task::spawn_blocking(move || read(&was, &table_to_read, &page.items));
        let rows = reading.await?;
        let mut existing = match existing_keys(store, records, table, &rows).await? {
            Some(existing) if found.keys_judged => existing,
            Some(_) | None => {
                found.keys_judged = false;
                ExistingKeys::default()
            }
        };
        for taken in &taken {
            existing.add_taken(table, taken, rows.iter());
        }
        found.pass += judge(table, &rows, &mut existing).accepted.len() as u64;
        taken.push(existing);
    }
    Ok(found)
}

/// The rejects that can be read as rows.
fn read(was: &Table, table: &Table, rejects: &[LoggedReject]) -> Vec<Row> {
    rejects.iter().filter_map(|reject| reread(was, table, &reject.into())).collect()
}

/// Which keys of rows are stored; `None` where the database lacks a column or a table of the dictionary.
async fn existing_keys(
    store: &Store,
    records: &Records,
    table: &Table,
    rows: &[Row],
) -> Result<Option<ExistingKeys>, Error> {
    let mut tx = store.begin_reading().await?;
    match records.existing_keys(&mut tx, table, rows.iter()).await {
        Ok(existing) => Ok(Some(existing)),
        Err(store::Error::Missing(_) | store::Error::Fault(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
