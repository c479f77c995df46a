//! The application: bind, then serve. The listener opens first, then the database, then history.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::{HttpServer, web};
use anyhow::{Context, anyhow};
use dictionary::Dictionary;
use tokio::sync::watch;

use crate::backup::Backups;
use crate::config::{Config, Secret};
use crate::http;
use crate::ingest::history;
use crate::reserved;
use crate::state::{Database, Limits, Phase, State};
use crate::store::{OpenError, Store};
use crate::tasks;

/// Seconds that clients get to read their last response after all work has ended.
const SHUTDOWN_GRACE_SECONDS: u64 = 2;

/// How long a connection may be idle: longer than clients keep theirs, so that the client closes it. If the server
/// closed it, a request could be on its way on that connection, and its sender could not know what became of it.
const KEEP_ALIVE: Duration = Duration::from_secs(100);

/// How long a new connection may take to send the head of its first request. A busy client, and a browser that connects
/// ahead of its requests, may take some seconds; the default of the library is five.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest pause before a database that is away is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A bound application.
pub struct App {
    addr: SocketAddr,
    server: Server,
    state: Arc<State>,
    database_url: Secret,
    folder: PathBuf,
    stop_timeout: Duration,
    stops: watch::Sender<u32>,
}

/// Stops an application from elsewhere.
#[derive(Clone)]
pub struct Stopper(watch::Sender<u32>);

impl Stopper {
    /// Refuses new work and lets work in progress end. A second call stops at once.
    pub fn stop(&self) {
        self.0.send_modify(|calls| *calls += 1);
    }

    async fn called(&self, times: u32) {
        let mut calls = self.0.subscribe();
        // It fails only if all senders are dropped, and this is a sender.
        let _never_fails = calls.wait_for(|calls| *calls >= times).await;
    }
}

impl App {
    /// Reads the data dictionary and opens the listener.
    ///
    /// # Errors
    /// In one sentence, when a setting or the descriptor is refused or the address is taken.
    pub async fn bind(config: Config) -> anyhow::Result<App> {
        let path = &config.data_package;
        let dictionary = files::package::open(path, &reserved::names(), "see DATA_PACKAGE")?;
        for note in dictionary.notes() {
            tracing::warn!("the data package: {note}");
        }
        let database_url = config.database_url()?;
        let folder = path.parent().map(PathBuf::from).unwrap_or_default();
        let limits = Limits { bytes: config.body_limit.0, timeout: Duration::from_secs(config.body_timeout) };
        let backups =
            Backups::open(config.backup_url.expose(), config.backup_keep, config.backup_codec, limits.bytes)?;
        let listener = TcpListener::bind(&config.bind)
            .with_context(|| format!("cannot listen on {}; see API_BIND", config.bind))?;
        let addr = listener.local_addr()?;
        let hosts = config.allowed_hosts.on(addr.ip());
        let state = State::new(Arc::new(dictionary), limits, hosts, config.deliverables_dir, backups);
        let state = Arc::new(state);
        let data = web::Data::from(Arc::clone(&state));
        let server = HttpServer::new(move || {
            actix_web::App::new()
                .app_data(data.clone())
                .wrap(from_fn(http::middleware::pass))
                .configure(http::routes)
                .app_data(http::path_config())
                .default_service(web::to(http::unknown_path))
        })
        .listen(listener)?
        .workers(std::thread::available_parallelism().map_or(2, usize::from))
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEAD_TIMEOUT)
        .disable_signals()
        .shutdown_timeout(SHUTDOWN_GRACE_SECONDS)
        .run();
        let stop_timeout = Duration::from_secs(config.stop_timeout);
        Ok(App { addr, server, state, database_url, folder, stop_timeout, stops: watch::Sender::default() })
    }

    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// A handle that stops it.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.stops.clone())
    }

    /// Opens the database, loads history, and serves until a signal stops it.
    ///
    /// # Errors
    /// When the database or a history file is refused.
    pub async fn run(self) -> anyhow::Result<()> {
        tracing::info!("listening on http://{}", self.addr);
        let (state, addr, stopper) = (Arc::clone(&self.state), self.addr, self.stopper());
        let listener = self.server.handle();
        let mut serving = tokio::spawn(self.server);
        let starting = Arc::clone(&state);
        let mut starting =
            tokio::spawn(async move { start(&starting, self.database_url, self.folder).await });
        let started = tokio::select! {
            started = &mut starting => started
                .map_err(|error| anyhow!("the start failed: {}", tasks::failure(&error)))
                .flatten(),
            // The open batches are rolled back; the next start continues with them.
            () = stopper.called(1) => {
                starting.abort();
                let _aborted = starting.await;
                Ok(())
            }
        };
        let mut served = None;
        if started.is_ok() && *state.phase.borrow() == Phase::Ready {
            announce(addr, &state.dictionary);
            let checked = Arc::clone(&state);
            let checking = tokio::spawn(async move {
                checked.backups.check().await;
                if let Some(Database { store, .. }) = checked.database.get() {
                    checked.overview.compare(store).await;
                }
            });
            tokio::select! {
                () = stopper.called(1) => {}
                ended = &mut serving => served = Some(ended),
            }
            checking.abort();
        }
        stop(&state, &stopper, &listener, self.stop_timeout).await;
        let served = match served {
            Some(served) => served,
            None => serving.await,
        };
        if let Some(database) = state.database.get() {
            database.store.close().await;
        }
        started?;
        tracing::info!("stopped");
        Ok(served??)
    }
}

/// Refuses new work, lets work in progress end within a time, and closes the listener.
async fn stop(state: &State, stopper: &Stopper, listener: &ServerHandle, limit: Duration) {
    state.phase.send_replace(Phase::Stopping);
    state.work.close();
    tracing::info!(
        "stopping: no new work is begun, and work in progress may end within {} s",
        limit.as_secs()
    );
    let in_time = tokio::select! {
        ended = tokio::time::timeout(limit, state.work.wait()) => ended.is_ok(),
        () = stopper.called(2) => false,
    };
    if !in_time {
        tracing::warn!("stopped before all work had ended; what it had not committed is undone");
    }
    listener.stop(in_time).await;
}

/// Opens the database and loads history. After an error that may pass, such as a database that is away, it tries again.
async fn start(state: &State, database_url: Secret, folder: PathBuf) -> anyhow::Result<()> {
    let mut pause = Duration::from_millis(100);
    loop {
        match try_start(state, &database_url, &folder).await {
            Ok(()) => return Ok(()),
            Err(error) if error.may_pass() => {
                tracing::warn!("{error}; trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            // Not wrapped, so that the program finds what to print.
            Err(StartError::Open(error)) => return Err(error.into()),
            Err(StartError::History(error)) => return Err(error.into()),
        }
    }
}

/// One attempt, which continues where the last one stopped.
async fn try_start(state: &State, database_url: &Secret, folder: &Path) -> Result<(), StartError> {
    let database = match state.database.get() {
        Some(database) => database.clone(),
        None => {
            let dictionary = Arc::clone(&state.dictionary);
            let store = Store::open(database_url.expose(), dictionary, state.limits.bytes).await?;
            state.database.get_or_init(|| Database::new(store)).clone()
        }
    };
    state.phase.send_replace(Phase::Loading);
    history::load(&database.store, folder, &state.memory).await?;
    state.phase.send_replace(Phase::Ready);
    Ok(())
}

#[derive(Debug, thiserror::Error)]
#[error(transparent)]
enum StartError {
    Open(#[from] OpenError),
    History(#[from] history::Error),
}

impl StartError {
    fn may_pass(&self) -> bool {
        match self {
            StartError::Open(error) => error.may_pass(),
            StartError::History(error) => error.may_pass(),
        }
    }
}

fn announce(addr: SocketAddr, dictionary: &Dictionary) {
    if let Some(table) = dictionary.tables().last() {
        let name = &table.name;
        tracing::info!("ready; try http://{addr}/ in a browser, or /view/{name}, /rejected/{name}, /batches");
    }
}
