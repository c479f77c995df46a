//! The content hash of what the database holds.

use std::sync::Arc;

use dictionary::wire::Hashed;
use dictionary::{ContentHash, Table};
use futures_util::future::join;

use super::Error;
use crate::store::{Chunk, Store, TableReader};

/// The content hash of a table as it is now.
///
/// # Errors
/// When the database fails.
pub async fn hash(store: &Store, table: &Arc<Table>) -> Result<Hashed, Error> {
    let mut snapshot = store.snapshot(table).await?;
    let (rows, content_hash) = of(table, snapshot.read()).await?;
    snapshot.close().await;
    Ok(Hashed { table: table.name.clone(), rows, content_hash })
}

/// Rows and content hash of what is read. Each chunk is hashed, off the async workers, while the next one
/// is on its way.
pub(super) async fn of(table: &Table, mut reader: TableReader<'_>) -> Result<(u64, String), Error> {
    let mut content = ContentHash::new(table);
    let mut chunk = reader.next().await?;
    while let Some(now) = chunk {
        let hashing = tokio::task::spawn_blocking(move || push(content, now));
        let (hashed, next) = join(hashing, reader.next()).await;
        content = hashed??;
        chunk = next?;
    }
    Ok((content.rows(), content.finish()))
}

fn push(mut content: ContentHash, chunk: Chunk) -> Result<ContentHash, Error> {
    for row in chunk.rows()? {
        content.push(&row)?;
    }
    Ok(content)
}
