//! Which backups are being read, so that retention spares them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Clone, Default)]
pub struct InUse(Arc<Mutex<HashMap<Key, Use>>>);

/// Table and name.
type Key = (String, String);

enum Use {
    /// The number of readers.
    Read(usize),
    /// It is being removed.
    Removed,
}

/// A backup in use. It is free again when dropped.
pub struct Guard {
    in_use: InUse,
    key: Key,
}

impl InUse {
    /// Takes a backup to read it; `None` if it is being removed.
    pub fn read(&self, table: &str, name: &str) -> Option<Guard> {
        let key = (table.to_owned(), name.to_owned());
        match self.lock().entry(key.clone()).or_insert(Use::Read(0)) {
            Use::Read(readers) => *readers += 1,
            Use::Removed => return None,
        }
        Some(Guard { in_use: self.clone(), key })
    }

    /// Takes a backup to remove it; `None` while it is in use.
    pub fn remove(&self, table: &str, name: &str) -> Option<Guard> {
        let key = (table.to_owned(), name.to_owned());
        let mut all = self.lock();
        if all.contains_key(&key) {
            return None;
        }
        all.insert(key.clone(), Use::Removed);
        drop(all);
        Some(Guard { in_use: self.clone(), key })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Use>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut all = self.in_use.lock();
        match all.get_mut(&self.key) {
            Some(Use::Read(readers)) if *readers > 1 => *readers -= 1,
            Some(Use::Read(_) | Use::Removed) | None => drop(all.remove(&self.key)),
        }
    }
}
