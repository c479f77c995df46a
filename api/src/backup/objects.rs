//! The store of backups: a folder, or a bucket of S3, Azure or Google, by one URL.
//!
//! An object is complete or absent. A folder's links are never followed, so that nothing outside of it is
//! ever opened.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use futures_util::TryStreamExt;
use futures_util::future::ready;
use futures_util::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutPayload, WriteMultipart};
use tokio::sync::mpsc;

use super::address::without_credentials;
use super::connect::connect;
use super::object::{Object, Piece};
use super::{folder, name};
use crate::tasks;

/// Bytes of a part of a large object, and parts that are uploaded at once. S3 requires parts of at least 5 MiB, and at
/// most 10,000 of them.
const PART: usize = 8 << 20;
const PARTS_AT_ONCE: usize = 1;

/// Bytes of a small object at the most.
const SMALL: u64 = 64 << 10;

/// Entries that are passed over, and named in the log, at the most.
const MOST_NAMED: usize = 1000;

/// The store of objects.
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    /// Where it is a folder.
    folder: Option<PathBuf>,
    /// Entries of folders that are no objects, and that the log has named.
    passed_over: Mutex<HashSet<PathBuf>>,
}

/// Why an object could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is none of the name.
    #[error("there is no such object")]
    NotFound,
    /// There is one of the name already.
    #[error("the name is taken")]
    Taken,
    /// There is no space left.
    #[error("the backup store is full")]
    Full,
    /// It cannot be reached or refuses to work.
    #[error("the backup store is away: {0}")]
    Away(String),
    /// The pieces of the object ended before the last one, for another reason.
    #[error("the object was not written to its end")]
    Abandoned,
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        #[expect(clippy::wildcard_enum_match_arm, reason = "all others mean that the store cannot be used")]
        match &error {
            object_store::Error::NotFound { .. } => Error::NotFound,
            object_store::Error::AlreadyExists { .. } => Error::Taken,
            other if is_full(other) => Error::Full,
            other => Error::Away(without_credentials(&other.to_string())),
        }
    }
}

/// Whether an error has a full disk among its causes.
fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>()
            && matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        {
            return true;
        }
        cause = error.source();
    }
    false
}

impl Objects {
    /// The store at a URL: `file://FOLDER`, `s3://BUCKET/PREFIX`, `az://CONTAINER/PREFIX` or
    /// `gs://BUCKET/PREFIX`; keys and endpoints from the environment variables that such stores usually take.
    ///
    /// # Errors
    /// When the URL is none of these, or a setting is missing or wrong.
    pub fn open(url: &str) -> anyhow::Result<Objects> {
        if let Some(folder) = url.strip_prefix("file://") {
            let folder = std::path::absolute(folder).with_context(|| format!("the folder {folder:?}"))?;
            folder::remove_stale_files(&folder);
            let prefix = Path::from_absolute_path(&folder)?;
            let store = Arc::new(LocalFileSystem::new().with_fsync(true));
            return Ok(Objects { store, prefix, folder: Some(folder), passed_over: Mutex::default() });
        }
        let (store, prefix) = connect(url)?;
        Ok(Objects { store, prefix, folder: None, passed_over: Mutex::default() })
    }

    /// Whether it can be used: a folder is made, a bucket answers.
    pub async fn check(&self) -> Result<(), Error> {
        match &self.folder {
            Some(folder) => {
                tokio::fs::create_dir_all(folder).await.map_err(|error| Error::Away(error.to_string()))
            }
            None => self.store.list_with_delimiter(Some(&self.prefix)).await.map(drop).map_err(Error::from),
        }
    }

    /// The objects in a folder, in no order. What is no plain file, or has a name that is not UTF-8, is passed over;
    /// the log names it once.
    pub async fn list(&self, folder: &str) -> Result<Vec<Object>, Error> {
        let Some(root) = &self.folder else { return self.list_bucket(folder).await };
        let path = root.join(name::folder(folder));
        let listed = tokio::task::spawn_blocking(move || folder::entries(&path)).await;
        let listed = listed.map_err(|error| Error::Away(tasks::failure(&error).to_owned()))?;
        let entries = listed.map_err(|error| Error::Away(error.to_string()))?;
        for (path, why) in entries.odd {
            self.pass_over(path, why);
        }
        Ok(entries.objects)
    }

    async fn list_bucket(&self, folder: &str) -> Result<Vec<Object>, Error> {
        let found =
            match self.store.list_with_delimiter(Some(&self.prefix.clone().join(name::folder(folder)))).await
            {
                Err(object_store::Error::NotFound { .. }) => return Ok(Vec::new()),
                found => found?.objects,
            };
        let object = |object: ObjectMeta| {
            let name = object.location.filename()?.to_owned();
            Some(Object { name, bytes: object.size, modified: object.last_modified })
        };
        Ok(found.into_iter().filter_map(object).collect())
    }

    fn pass_over(&self, path: PathBuf, why: &str) {
        let mut named = self.passed_over.lock().unwrap_or_else(PoisonError::into_inner);
        if named.len() < MOST_NAMED && named.insert(path.clone()) {
            tracing::warn!("{path:?} is ignored among the backups: {why}");
        }
    }

    /// An object's length and bytes.
    pub async fn get(
        &self,
        folder: &str,
        name: &str,
    ) -> Result<(u64, BoxStream<'static, Result<Vec<u8>, Error>>), Error> {
        self.confine(folder, name).await?;
        let found = self.store.get(&self.path(folder, name)).await?;
        let length = found.meta.size;
        // A file that was shortened meanwhile would return no bytes and never end.
        let is_file = self.folder.is_some();
        let whole = move |bytes: Vec<u8>| {
            let shortened = || Error::Away("a file ends before its length".to_owned());
            ready(if is_file && bytes.is_empty() { Err(shortened()) } else { Ok(bytes) })
        };
        let bytes = found.into_stream().map_ok(Vec::from).map_err(Error::from).and_then(whole);
        Ok((length, Box::pin(bytes)))
    }

    /// A small object whole; `None` if it is not small.
    pub async fn get_small(&self, folder: &str, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.confine(folder, name).await?;
        let found = self.store.get(&self.path(folder, name)).await?;
        Ok(if found.meta.size > SMALL { None } else { Some(found.bytes().await?.to_vec()) })
    }

    /// The first bytes of an object, which has at least so many.
    pub async fn get_start(&self, folder: &str, name: &str, length: u64) -> Result<Vec<u8>, Error> {
        self.confine(folder, name).await?;
        Ok(self.store.get_range(&self.path(folder, name), 0..length).await?.to_vec())
    }

    /// Whether anything has a name, be it an object or not.
    pub async fn is_taken(&self, folder: &str, name: &str) -> Result<bool, Error> {
        if let Some(root) = &self.folder {
            let found = tokio::fs::symlink_metadata(root.join(name::folder(folder)).join(name)).await;
            return match found {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
                found => found.map(|_| true).map_err(|error| Error::Away(error.to_string())),
            };
        }
        match self.store.head(&self.path(folder, name)).await {
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            found => Ok(found.map(|_| true)?),
        }
    }

    /// Stores a small object, and replaces one of the same name.
    pub async fn put_small(&self, folder: &str, name: &str, bytes: Vec<u8>) -> Result<(), Error> {
        self.confine_folder(folder).await?;
        self.store.put(&self.path(folder, name), bytes.into()).await?;
        Ok(())
    }

    /// Stores an object under the first of some names that is free; returns the name. `names` makes the next name
    /// from the objects that are there.
    ///
    /// # Errors
    /// [`Error::Abandoned`] when the channel closes before [`Piece::End`]; then nothing is stored.
    pub async fn put(
        &self,
        folder: &str,
        mut names: impl FnMut(&[Object]) -> String,
        mut pieces: mpsc::Receiver<Piece>,
    ) -> Result<String, Error> {
        self.confine_folder(folder).await?;
        let mut start = Vec::new();
        let whole = loop {
            match pieces.recv().await.ok_or(Error::Abandoned)? {
                Piece::End => break true,
                Piece::Bytes(bytes) => start.extend_from_slice(&bytes),
            }
            if start.len() >= PART {
                break false;
            }
        };
        if whole {
            return self.create(folder, &mut names, start.into()).await;
        }
        // An upload in parts replaces what is there, so its name is taken first, by an empty object: that
        // is no backup, and no list shows it.
        let name = self.create(folder, &mut names, PutPayload::new()).await?;
        let uploaded = self.upload(&self.path(folder, &name), start, pieces).await;
        if let Err(error) = uploaded {
            if let Err(error) = self.delete(folder, &name).await {
                tracing::warn!(name, "an empty object could not be removed: {error}");
            }
            return Err(error);
        }
        Ok(name)
    }

    async fn create(
        &self,
        folder: &str,
        names: &mut impl FnMut(&[Object]) -> String,
        payload: PutPayload,
    ) -> Result<String, Error> {
        loop {
            let name = names(&self.list(folder).await?);
            match self
                .store
                .put_opts(&self.path(folder, &name), payload.clone(), PutMode::Create.into())
                .await
            {
                Err(object_store::Error::AlreadyExists { .. }) => {}
                stored => return stored.map(|_| name).map_err(Error::from),
            }
        }
    }

    async fn upload(
        &self,
        path: &Path,
        start: Vec<u8>,
        mut pieces: mpsc::Receiver<Piece>,
    ) -> Result<(), Error> {
        let upload = self.store.put_multipart(path).await?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
        upload.put(start.into());
        let failed = loop {
            match pieces.recv().await {
                None => break Error::Abandoned,
                Some(Piece::End) => return upload.finish().await.map(drop).map_err(Error::from),
                Some(Piece::Bytes(bytes)) => {
                    if let Err(error) = upload.wait_for_capacity(PARTS_AT_ONCE).await {
                        break error.into();
                    }
                    upload.put(bytes.into());
                }
            }
        };
        if let Err(error) = upload.abort().await {
            tracing::warn!("an upload in parts was not aborted: {}", Error::from(error));
        }
        Err(failed)
    }

    /// Removes an object, if it is there.
    pub async fn delete(&self, folder: &str, name: &str) -> Result<(), Error> {
        self.confine_folder(folder).await?;
        match self.store.delete(&self.path(folder, name)).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            deleted => Ok(deleted?),
        }
    }

    /// Removes what killed processes left of objects.
    pub async fn tidy(&self) {
        if let Some(folder) = self.folder.clone() {
            let removed = tokio::task::spawn_blocking(move || folder::remove_stale_files(&folder)).await;
            if let Err(error) = removed {
                tracing::warn!(
                    "unfinished files of backups could not be removed: {}",
                    tasks::failure(&error)
                );
            }
        }
    }

    fn path(&self, folder: &str, name: &str) -> Path {
        self.prefix.clone().join(name::folder(folder)).join(name)
    }

    /// Refuses anything but a plain file in a folder of the store, such as a link to another place.
    async fn confine(&self, folder: &str, name: &str) -> Result<(), Error> {
        let Some(root) = &self.folder else { return Ok(()) };
        let mut path = root.join(name::folder(folder));
        let is_folder = tokio::fs::symlink_metadata(&path).await.is_ok_and(|found| found.is_dir());
        path.push(name);
        let is_file = tokio::fs::symlink_metadata(&path).await.is_ok_and(|found| found.is_file());
        if is_folder && is_file { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Refuses to write into a folder that is a link to another place.
    async fn confine_folder(&self, folder: &str) -> Result<(), Error> {
        let Some(root) = &self.folder else { return Ok(()) };
        match tokio::fs::symlink_metadata(root.join(name::folder(folder))).await {
            Ok(found) if !found.is_dir() => Err(Error::Away(format!("{folder} is not a folder"))),
            _ => Ok(()),
        }
    }
}
