//! What all requests share.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use dictionary::Dictionary;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};

use crate::backup::Backups;
use crate::ingest::Lanes;
use crate::overview::Overview;
use crate::reports::Reports;
use crate::store::Store;

/// How far the process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The database is not open yet.
    Starting,
    /// History is being loaded.
    Loading,
    /// Requests are served.
    Ready,
}

/// What bodies of requests may be and take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one body.
    pub bytes: usize,
    /// How long its sender may be silent.
    pub silence: Duration,
}

impl Limits {
    /// Bytes of all bodies that are read or judged at a time: a few of the largest, or hundreds of common ones.
    fn memory(self) -> Semaphore {
        Semaphore::new((8 * self.bytes).clamp(64 << 20, Semaphore::MAX_PERMITS))
    }
}

/// Shared by all workers.
pub struct State {
    pub dictionary: Arc<Dictionary>,
    pub limits: Limits,
    /// The bytes that more bodies may take.
    pub bodies: Arc<Semaphore>,
    /// Where work runs that must not end because its sender went away.
    pub runtime: Handle,
    pub phase: watch::Sender<Phase>,
    pub store: OnceLock<Arc<Store>>,
    /// There with the store.
    pub lanes: OnceLock<Arc<Lanes>>,
    pub reports: Reports,
    pub overview: Overview,
    pub backups: Arc<Backups>,
    keys: Arc<Mutex<HashSet<InFlight>>>,
}

/// Table, actor and idempotency key of a request that is being worked on.
type InFlight = (String, String, String);

impl State {
    /// Before the database is open; with the folder of the reports' files.
    pub fn new(
        dictionary: Arc<Dictionary>,
        limits: Limits,
        deliverables: PathBuf,
        backups: Backups,
    ) -> State {
        State {
            reports: Reports::new(Arc::clone(&dictionary), deliverables),
            overview: Overview::default(),
            dictionary,
            limits,
            bodies: Arc::new(limits.memory()),
            runtime: Handle::current(),
            phase: watch::Sender::new(Phase::Starting),
            store: OnceLock::new(),
            lanes: OnceLock::new(),
            backups: Arc::new(backups),
            keys: Arc::default(),
        }
    }

    /// Takes an idempotency key for the time of a request; `None` while another request has it.
    pub fn take_key(&self, table: &str, actor: &str, key: &str) -> Option<KeyInFlight> {
        let in_flight = (table.to_owned(), actor.to_owned(), key.to_owned());
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(in_flight.clone()).then(|| KeyInFlight { in_flight, keys: Arc::clone(&self.keys) })
    }
}

/// An idempotency key in use, given back when dropped.
pub struct KeyInFlight {
    in_flight: InFlight,
    keys: Arc<Mutex<HashSet<InFlight>>>,
}

impl Drop for KeyInFlight {
    fn drop(&mut self) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.in_flight);
    }
}
