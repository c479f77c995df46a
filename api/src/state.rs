//! What all requests share.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use dictionary::Dictionary;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::backup::Backups;
use crate::figures::Overview;
use crate::hosts::Hosts;
use crate::ingest::TableQueues;
use crate::memory::Memory;
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
    /// Work in progress may end, and nothing new is begun.
    Stopping,
}

/// What bodies of requests may be and take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one body.
    pub bytes: usize,
    /// In this time a body is complete, or goes on at the least rate.
    pub timeout: Duration,
}

/// An open database, and the way in for rows.
#[derive(Clone)]
pub struct Database {
    pub store: Arc<Store>,
    pub queues: Arc<TableQueues>,
}

impl Database {
    /// Begins to serve the queues of a store.
    pub fn new(store: Store) -> Database {
        let store = Arc::new(store);
        Database { queues: Arc::new(TableQueues::new(&store)), store }
    }
}

/// Shared by all workers.
pub struct State {
    pub dictionary: Arc<Dictionary>,
    pub limits: Limits,
    /// The hosts that requests may be for.
    pub hosts: Hosts,
    pub memory: Arc<Memory>,
    /// Where decoding and storing run.
    pub runtime: Handle,
    /// Work that a stop waits for.
    pub work: TaskTracker,
    pub phase: watch::Sender<Phase>,
    /// What there is once the database is open.
    pub database: OnceLock<Database>,
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
        hosts: Hosts,
        deliverables: PathBuf,
        backups: Backups,
    ) -> State {
        State {
            reports: Reports::new(Arc::clone(&dictionary), deliverables),
            overview: Overview::default(),
            dictionary,
            limits,
            hosts,
            memory: Arc::new(Memory::new(limits.bytes)),
            runtime: Handle::current(),
            work: TaskTracker::new(),
            phase: watch::Sender::new(Phase::Starting),
            database: OnceLock::new(),
            backups: Arc::new(backups),
            keys: Arc::default(),
        }
    }

    /// Runs a task that continues when its sender closes the connection, and that a stop waits for.
    pub fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.work.spawn_on(work, &self.runtime)
    }

    /// Takes an idempotency key for the time of a request; `None` while another request has it.
    pub fn take_key(&self, table: &str, actor: &str, key: &str) -> Option<KeyInFlight> {
        let in_flight = (table.to_owned(), actor.to_owned(), key.to_owned());
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(in_flight.clone()).then(|| KeyInFlight { in_flight, keys: Arc::clone(&self.keys) })
    }
}

/// An idempotency key in use. Dropping it frees the key.
pub struct KeyInFlight {
    in_flight: InFlight,
    keys: Arc<Mutex<HashSet<InFlight>>>,
}

impl Drop for KeyInFlight {
    fn drop(&mut self) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.in_flight);
    }
}
