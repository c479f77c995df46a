//! The two KPI reports: made once for each state of the tables, and kept as files.

mod chart;
mod deliverables;
mod error;
mod kpi;
mod origin;
mod report;
mod req1;
mod req2;
mod subject;
mod year;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex as SyncMutex, PoisonError};
use std::time::Duration;

use dictionary::Dictionary;
use tokio::sync::Mutex;

use crate::pages::Frame;
use crate::store::{self, Store};
use subject::Subject;

pub use error::Error;
pub use kpi::Kpi;
pub use origin::Origin;
pub use report::Report;
pub use year::Year;

/// Reports that are kept in memory at the most.
const KEPT: usize = 64;

/// How long a request for a report waits for others that are made before it.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// The reports of a database.
pub struct Reports {
    subject: Result<Subject, String>,
    dictionary: Arc<Dictionary>,
    folder: PathBuf,
    kept: SyncMutex<HashMap<(Kpi, Year), Slot>>,
    /// Held while a report is made. Each report reads whole tables: many at once would leave no connection for other
    /// requests.
    making: Mutex<()>,
}

/// Where a report is kept. The lock is held while it is made, so that it is made once for all requests.
type Slot = Arc<Mutex<Option<Arc<Report>>>>;

/// A report as a page.
///
/// # Errors
/// When it cannot be written.
pub fn page(report: &Report, frame: Frame) -> Result<String, Error> {
    Ok(match report.kpi {
        Kpi::Req1 => req1::page(report, frame)?,
        Kpi::Req2 => req2::page(report, frame)?,
    })
}

/// Waits for a lock, but not longer than a sender would wait.
async fn locked<T>(lock: impl Future<Output = T>) -> Result<T, store::Error> {
    tokio::time::timeout(LOCK_TIMEOUT, lock).await.map_err(|_| store::Error::Busy)
}

impl Reports {
    /// With the folder of their files.
    pub fn new(dictionary: Arc<Dictionary>, folder: PathBuf) -> Reports {
        let subject = Subject::of(&dictionary);
        Reports { subject, dictionary, folder, kept: SyncMutex::default(), making: Mutex::default() }
    }

    /// Whether the dictionary has the tables that the reports are about.
    pub fn exist(&self) -> bool {
        self.subject.is_ok()
    }

    /// A report of the tables as they are now, from memory if they have not changed since it was made. Writes its files
    /// too; if that fails, it logs a warning.
    ///
    /// # Errors
    /// When the dictionary lacks what it needs, or the database fails.
    pub async fn get(&self, store: &Store, kpi: Kpi, year: Year) -> Result<Arc<Report>, Error> {
        let subject = self.subject.as_ref().map_err(|lacking| Error::NoSubject(lacking.clone()))?;
        let slot = self.slot(kpi, year);
        let mut kept = locked(slot.lock()).await?;
        // Read before the rows: if these change in between, the report is newer than its version, and is made again.
        let version = store.totals.versions().await?.of(subject.tables());
        let report = match kept.take().filter(|report| report.version == version) {
            Some(report) => report,
            None => {
                let _making = locked(self.making.lock()).await?;
                let types = kpi.types(subject);
                let values = kpi.values(year);
                let rows = store.totals.report(kpi.sql(), &values, &types);
                let (rows, origin) = tokio::try_join!(rows, Origin::of(store, subject))?;
                let mut report = Report::new((kpi, year), version, rows, origin)?;
                let frame = Frame::saved(&self.dictionary, report.title());
                report.saved_page = page(&report, frame)?.into_bytes();
                Arc::new(report)
            }
        };
        *kept = Some(Arc::clone(&report));
        // With the lock still held, so that no older report is written over a newer one.
        deliverables::refresh(&self.folder, &report).await;
        Ok(report)
    }

    fn slot(&self, kpi: Kpi, year: Year) -> Slot {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.retain(|asked, _| *asked == (kpi, year));
        }
        Arc::clone(kept.entry((kpi, year)).or_default())
    }
}
