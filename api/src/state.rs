//! What all requests share.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use dictionary::Dictionary;
use tokio::runtime::Handle;
use tokio::sync::watch;

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

/// Shared by all workers.
pub struct State {
    pub dictionary: Arc<Dictionary>,
    pub body_limit: usize,
    /// Where work runs that must not end because its sender went away.
    pub runtime: Handle,
    pub phase: watch::Sender<Phase>,
    pub store: OnceLock<Arc<Store>>,
    keys: Arc<Mutex<HashSet<InFlight>>>,
}

/// Table, actor and idempotency key of a request that is being worked on.
type InFlight = (String, String, String);

impl State {
    /// Before the database is open.
    pub fn new(dictionary: Arc<Dictionary>, body_limit: usize) -> State {
        State {
            dictionary,
            body_limit,
            runtime: Handle::current(),
            phase: watch::Sender::new(Phase::Starting),
            store: OnceLock::new(),
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
