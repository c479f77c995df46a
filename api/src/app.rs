//! The application: bind, then serve. The listener opens first, then the database, then history.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::{HttpServer, web};
use anyhow::Context;
use dictionary::Dictionary;
use futures_util::future::{Either, join, select};

use crate::backup::Backups;
use crate::config::{Config, Secret};
use crate::http;
use crate::ingest::{Lanes, history};
use crate::state::{Limits, Phase, State};
use crate::store::{OpenError, Store};

/// Seconds that requests in flight have to end when the process is told to stop.
const STOP_SECONDS: u64 = 25;

/// The longest pause before a database that is away is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A bound application.
pub struct App {
    addr: SocketAddr,
    server: Server,
    state: Arc<State>,
    database_url: Secret,
    folder: PathBuf,
}

/// Stops an application from elsewhere.
#[derive(Clone)]
pub struct Stopper(ServerHandle);

impl Stopper {
    /// Lets requests in flight end, then stops.
    pub async fn stop(&self) {
        self.0.stop(true).await;
    }
}

impl App {
    /// Reads the data dictionary and opens the listener.
    ///
    /// # Errors
    /// In one sentence, when a setting or the descriptor is refused or the address is taken.
    pub async fn bind(config: Config) -> anyhow::Result<App> {
        let path = &config.data_package;
        let json = std::fs::read(path).with_context(|| {
            format!("the data package {} cannot be read; see DATA_PACKAGE", path.display())
        })?;
        let dictionary =
            Dictionary::parse(&json).with_context(|| format!("{} is refused", path.display()))?;
        let database_url = config.database_url()?;
        let folder = path.parent().map(PathBuf::from).unwrap_or_default();
        let limits = Limits { bytes: config.body_limit.0, silence: Duration::from_secs(config.body_timeout) };
        let backups =
            Backups::open(&config.backup_url, config.backup_keep, config.backup_codec, limits.bytes)?;
        let listener = TcpListener::bind(&config.bind)
            .with_context(|| format!("cannot listen on {}; see API_BIND", config.bind))?;
        let addr = listener.local_addr()?;
        let state = State::new(Arc::new(dictionary), limits, config.deliverables_dir, backups);
        let state = Arc::new(state);
        let data = web::Data::from(Arc::clone(&state));
        let server = HttpServer::new(move || {
            actix_web::App::new()
                .app_data(data.clone())
                .wrap(from_fn(http::gate::check))
                .configure(http::routes)
                .app_data(http::path_config())
                .default_service(web::to(http::unknown_path))
        })
        .listen(listener)?
        .workers(std::thread::available_parallelism().map_or(2, usize::from))
        .shutdown_timeout(STOP_SECONDS)
        .run();
        Ok(App { addr, server, state, database_url, folder })
    }

    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// A handle that stops it.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.server.handle())
    }

    /// Opens the database, loads history, and serves until told to stop.
    ///
    /// # Errors
    /// When the database or a history file is refused.
    pub async fn run(self) -> anyhow::Result<()> {
        tracing::info!("listening on http://{}", self.addr);
        let (state, addr, stopper) = (Arc::clone(&self.state), self.addr, self.stopper());
        let starting = Arc::clone(&state);
        let mut starting =
            tokio::spawn(async move { start(&starting, self.database_url, self.folder).await });
        let mut server = pin!(self.server);
        let (started, served) = match select(&mut starting, &mut server).await {
            Either::Left((Ok(Ok(())), server)) => {
                announce(addr, &state.dictionary);
                (Ok(()), server.await)
            }
            Either::Left((failed, server)) => {
                let ((), served) = join(stopper.stop(), server).await;
                (failed.context("the start failed").flatten(), served)
            }
            // A start that is still under way ends here; the batches at hand are rolled back.
            Either::Right((served, starting)) => {
                starting.abort();
                let _aborted = starting.await;
                (Ok(()), served)
            }
        };
        if let Some(store) = state.store.get() {
            store.close().await;
        }
        started?;
        tracing::info!("stopped");
        Ok(served?)
    }
}

/// Opens the database and loads history; what may pass, such as a database that is away, is waited for.
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
            Err(error) => return Err(error.into()),
        }
    }
}

/// One attempt, which goes on where the one before stopped.
async fn try_start(state: &State, database_url: &Secret, folder: &Path) -> Result<(), StartError> {
    let store = match state.store.get() {
        Some(store) => Arc::clone(store),
        None => {
            let store = Store::open(database_url.expose(), Arc::clone(&state.dictionary)).await?;
            let store = Arc::clone(state.store.get_or_init(|| Arc::new(store)));
            state.lanes.get_or_init(|| Arc::new(Lanes::new(&store)));
            store
        }
    };
    state.phase.send_replace(Phase::Loading);
    history::load(&store, folder).await?;
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
