//! Memory for requests: for bodies as they arrive, and for the rows that are made of them.
//!
//! The two have separate budgets. A budget is an amount of bytes: each is a permit of a semaphore. A share is a part of a
//! budget that is in use; a reservation is the shares of one batch.
//!
//! A request that waits for the second budget holds a share of the first one only, and work that holds a share of the
//! second one ends by itself. So no two requests can wait for each other.

use std::sync::Arc;
use std::time::Duration;

use dictionary::decode::{MAX_ROWS, Row};
use dictionary::{MAX_ERROR_BYTES, MAX_ERRORS, Table};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a request waits for memory for its rows before it is answered with 503.
const ROWS_TIMEOUT: Duration = Duration::from_secs(5);

/// Bytes that a row takes in addition to its cells: the row itself, its keys in three sets, its entry in the verdict.
const ROW_BYTES: usize = 256;

/// How often the bytes of a rejected row are in memory at once, in addition to the body: in the log's row, as an argument of
/// its statement, in the database's own buffers.
const RAW_COPIES: usize = 4;

/// How often the errors of a row are in memory at once: as decoded, in the verdict, in the log's row, in the answer.
const ERROR_COPIES: usize = 4;

/// About how many bytes an error takes.
const ERROR_BYTES: usize = 400;

/// A part of a budget. Dropping it frees the part.
pub type Share = OwnedSemaphorePermit;

/// What a batch holds of the budgets, until nothing of it is in memory any more.
#[derive(Debug, Default)]
pub struct Reservation {
    /// For the bytes of its body.
    pub body: Option<Share>,
    /// For its rows.
    pub rows: Option<Share>,
}

/// The budget is used up now.
#[derive(Debug)]
pub struct MemoryFull;

/// The budgets of this process.
pub struct Memory {
    bodies: Arc<Semaphore>,
    rows: Arc<Semaphore>,
    /// Bytes of the second one in all.
    rows_bytes: usize,
    decoders: Arc<Semaphore>,
}

impl Memory {
    /// The first budget is enough for eight of the largest bodies, or hundreds of common ones. The second one is enough
    /// for the rows of one of the largest bodies and everything that is made of them.
    pub fn new(body_limit: usize) -> Memory {
        let budget =
            |bodies: usize| bodies.saturating_mul(body_limit.max(8 << 20)).min(Semaphore::MAX_PERMITS);
        let rows_bytes = budget(4);
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        Memory {
            bodies: Arc::new(Semaphore::new(budget(8))),
            rows: Arc::new(Semaphore::new(rows_bytes)),
            rows_bytes,
            decoders: Arc::new(Semaphore::new(threads)),
        }
    }

    /// A share for the next bytes of a body.
    pub fn for_body(&self, bytes: usize) -> Result<Share, MemoryFull> {
        let bytes = u32::try_from(bytes).map_err(|_| MemoryFull)?;
        Arc::clone(&self.bodies).try_acquire_many_owned(bytes).map_err(|_| MemoryFull)
    }

    /// Waits for a share for as much as a body may become, and for a core to decode it on.
    pub async fn for_rows(&self, table: &Table, body: usize) -> Result<Decoding, MemoryFull> {
        let share = Arc::clone(&self.rows).acquire_many_owned(self.permits(most(table, body)));
        let waiting = async {
            let share = share.await.map_err(|_| MemoryFull)?;
            let decoder = Arc::clone(&self.decoders).acquire_owned().await.map_err(|_| MemoryFull)?;
            Ok(Decoding { share, _decoder: decoder })
        };
        tokio::time::timeout(ROWS_TIMEOUT, waiting).await.unwrap_or(Err(MemoryFull))
    }

    /// Waits for a share for decoded rows, however long it takes.
    pub async fn for_decoded(&self, rows: &[Row]) -> Result<Share, MemoryFull> {
        let share = Arc::clone(&self.rows).acquire_many_owned(self.permits(size(rows)));
        share.await.map_err(|_| MemoryFull)
    }

    /// The permits of a share of the second budget. A request for more than the whole budget gets the whole budget.
    fn permits(&self, bytes: usize) -> u32 {
        u32::try_from(bytes.min(self.rows_bytes)).unwrap_or(u32::MAX)
    }
}

/// The share of rows that are being decoded: as much as they may take.
pub struct Decoding {
    share: Share,
    _decoder: OwnedSemaphorePermit,
}

impl Decoding {
    /// Reduces the share to what the rows take, with everything that is made of them.
    pub fn end(mut self, rows: &[Row]) -> Share {
        let surplus = self.share.num_permits().saturating_sub(size(rows));
        drop(self.share.split(surplus));
        self.share
    }
}

/// The most bytes that the rows of a body can take.
fn most(table: &Table, body: usize) -> usize {
    // A row takes two bytes of the body at the least.
    let rows = (body / 2 + 1).min(MAX_ROWS + 1);
    let values = rows * (table.fields.len() * size_of::<dictionary::Value>() + ROW_BYTES);
    let errors = (rows * MAX_ERRORS * ERROR_BYTES).min(MAX_ERROR_BYTES);
    // Cells that are text are copied, and so is a row that is rejected.
    body * RAW_COPIES + values + errors * ERROR_COPIES
}

/// About how many bytes rows take, with all that is made of them.
fn size(rows: &[Row]) -> usize {
    let size = |row: &Row| {
        let raw = if row.errors.is_empty() { 0 } else { row.raw.len() * RAW_COPIES };
        row.size() + ROW_BYTES + raw + ERROR_COPIES * row.errors_size()
    };
    rows.iter().map(size).sum()
}
