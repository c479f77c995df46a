//! The torture test: clients load files through a bad network, while the API, the database and the clients
//! themselves are killed again and again. In the end each row that was sent is in the table or in the reject log,
//! once. `KILLS=200 cargo test -p api -p client --test it torture:: -- --nocapture` is the long run, `SEED=` repeats
//! what was drawn.

mod network;
mod sent;
mod settled;

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::Value;
use sqlx::{Connection, SqliteConnection};
use tokio::process::Command;

use crate::API;
use network::Network;
use sent::Sent;
use settled::Settled;
use support::{Engine, Fixture, MariaDb, Process, Server, print_line, tools, until};

/// Clients at a time, some of which share a file.
const CLIENTS: u32 = 6;

/// Kills, unless `KILLS` says how many.
const KILLS: u32 = 15;

mod sqlite {
    #[test]
    fn whatever_is_killed_and_whenever_each_row_has_one_end() {
        support::run(support::Engine::Sqlite, async |fixture| super::torture(fixture, None).await);
    }
}

mod mysql {
    use support::{Engine, MariaDb, execute, mariadb, run, run_at};

    use super::torture;

    /// The database is killed too, where it is a MariaDB of this test's own.
    #[test]
    fn whatever_is_killed_and_whenever_each_row_has_one_end() {
        if std::env::var_os("TEST_MYSQL_URL").is_some() {
            return run(Engine::MySql, async |fixture| torture(fixture, None).await);
        }
        if mariadb().is_none() {
            return;
        }
        let database = MariaDb::start(&[]);
        let url = format!("{}/app", database.url);
        run_at(&url, async |fixture| {
            execute(Engine::MySql, &database.url, "CREATE DATABASE app").await.unwrap();
            torture(fixture, Some(database)).await;
        });
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|number| number.parse().unwrap())
}

async fn torture(fixture: Fixture, database: Option<MariaDb>) {
    let Some(client) = tools::client(API) else { return };
    let seed = number("SEED").unwrap_or_else(|| fastrand::u64(..));
    let kills = number("KILLS").map_or(KILLS, |kills| u32::try_from(kills).unwrap());
    println!("SEED={seed}");
    let mut random = Rng::with_seed(seed);
    fixture.shipped_package(&["departments.csv", "jobs.csv"]);
    let started = Instant::now();
    let mut victims = Victims::start(&fixture, database);
    victims.api.as_ref().unwrap().until_ready().await;
    let (network, proxy) = Network::start(victims.addr, random.u64(..));
    let sending = Arc::new(Sending {
        client,
        folder: fixture.data(),
        proxy: proxy.addr,
        over: AtomicBool::new(false),
        next: AtomicU32::new(0),
        runs: AtomicU32::new(0),
        killed: AtomicU32::new(0),
    });
    let senders: Vec<_> =
        (0..CLIENTS).map(|_| tokio::spawn(Arc::clone(&sending).send(random.u64(..)))).collect();
    let mut under_way = 0;
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(random.u64(30..600))).await;
        // Most kills are to find batches half done, and some the process while it starts.
        let patience = Instant::now() + Duration::from_secs(u64::from(random.u32(0..4).min(1)));
        while proxy.posts_at_the_server() == 0 && Instant::now() < patience {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(random.u64(0..25))).await;
        under_way += proxy.posts_at_the_server();
        victims.kill_one(&mut random);
    }
    sending.over.store(true, Ordering::Relaxed);
    let mut files = Vec::new();
    for sender in senders {
        files.extend(sender.await.unwrap());
    }
    until("the proxy is quiet", async || proxy.is_quiet()).await;
    let load = started.elapsed();
    victims.kill_all();

    let server = fixture.start().await;
    let settled = Settled::read(&server).await;
    let rows: usize = files.iter().map(|(file, _)| file.rows.len()).sum();
    let figures = format!(
        "torture on {:?}: seed {seed}; {:.0} s; killed: API {}, database {}, clients {}, with {under_way} \
         batches under way; {} files, {rows} rows: {} \
         inserted, {} rejected; {} batches, sent {} times by {} client runs; {}",
        fixture.engine,
        load.as_secs_f64(),
        victims.api_kills,
        victims.database_kills,
        sending.killed.load(Ordering::Relaxed),
        files.len(),
        settled.stored(),
        settled.rejected(),
        settled.batches(),
        proxy.posts(),
        sending.runs.load(Ordering::Relaxed),
        network.figures(),
    );
    print_line(&figures);
    let (files, summaries): (Vec<_>, Vec<_>) = files.into_iter().unzip();
    settled.compare(&files, &network.answered());
    assert_the_clients_knew(&server, &files, &summaries).await;
    assert_the_client_verifies(&server, &sending, &files).await;
    assert!(!network.statuses().contains_key(&500), "{}", network.figures());
    assert_no_faults(&fixture.logs());
    server.stop().await.unwrap();
    if fixture.engine == Engine::Sqlite {
        assert_sound(&fixture.database_url).await;
    }
}

/// What is killed.
struct Victims<'f> {
    fixture: &'f Fixture,
    addr: SocketAddr,
    api: Option<Process>,
    database: Option<MariaDb>,
    api_kills: u32,
    database_kills: u32,
}

impl<'f> Victims<'f> {
    fn start(fixture: &'f Fixture, database: Option<MariaDb>) -> Victims<'f> {
        // Below the ports that connections get, so that none of them has it while the API is away.
        let free =
            std::iter::repeat_with(|| SocketAddr::from(([127, 0, 0, 1], fastrand::u16(15_000..32_000))))
                .find(|addr| TcpListener::bind(addr).is_ok());
        let addr = free.unwrap();
        let mut victims = Victims { fixture, addr, api: None, database, api_kills: 0, database_kills: 0 };
        victims.start_api();
        victims
    }

    fn start_api(&mut self) {
        let mut command = API.command(self.fixture);
        command.env("API_BIND", self.addr.to_string());
        self.api = Some(tokio::task::block_in_place(|| Process::of(command)));
    }

    /// Kills the API, the database or both, and starts it again.
    fn kill_one(&mut self, random: &mut Rng) {
        let which = if self.database.is_some() { random.u32(0..10) } else { 0 };
        if which < 6 {
            self.api.take().unwrap().kill();
            self.api_kills += 1;
        }
        if let Some(database) = self.database.as_mut().filter(|_| which >= 4) {
            database.kill();
            self.database_kills += 1;
            // Others may get its port meanwhile.
            tokio::task::block_in_place(|| database.restart(&["--port-open-timeout=30"]));
        }
        if self.api.is_none() {
            self.start_api();
        }
    }

    fn kill_all(&mut self) {
        self.api.take().unwrap().kill();
        if let Some(database) = &mut self.database {
            database.kill();
            tokio::task::block_in_place(|| database.restart(&["--port-open-timeout=30"]));
        }
    }
}

/// What the senders share.
struct Sending {
    client: PathBuf,
    folder: PathBuf,
    proxy: SocketAddr,
    over: AtomicBool,
    next: AtomicU32,
    runs: AtomicU32,
    killed: AtomicU32,
}

impl Sending {
    /// Sends one file after the other until it is over; the files, with what the client said at last of each.
    async fn send(self: Arc<Self>, seed: u64) -> Vec<(Sent, Value)> {
        let mut random = Rng::with_seed(seed);
        let mut files = Vec::new();
        while !self.over.load(Ordering::Relaxed) {
            let file = Sent::draw(self.next.fetch_add(1, Ordering::Relaxed), &mut random);
            if random.u32(0..4) == 0 {
                // It is sent before it has all its rows.
                file.write(&self.folder, file.rows.len() / 2);
                self.load(&file, &mut random).await;
            }
            file.write(&self.folder, file.rows.len());
            let summary = if random.u32(0..4) == 0 {
                let mut other = random.fork();
                tokio::join!(self.load(&file, &mut random), self.load(&file, &mut other)).0
            } else {
                self.load(&file, &mut random).await
            };
            files.push((file, summary));
        }
        files
    }

    /// Runs the client again and again until it says that all of the file was sent.
    async fn load(&self, file: &Sent, random: &mut Rng) -> Value {
        loop {
            self.runs.fetch_add(1, Ordering::Relaxed);
            let mut command = Command::new(&self.client);
            command
                .args(["--json", "--retry-for", "20", "add-new-records", "employees", &file.name])
                .current_dir(&self.folder)
                .env("API_URL", format!("http://{}", self.proxy))
                .env("LOG_DIR", self.folder.join("../client-logs"))
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .kill_on_drop(true);
            let running = command.spawn().unwrap().wait_with_output();
            let patience = if random.u32(0..4) == 0 { random.u64(20..1000) } else { 3_600_000 };
            let Ok(ended) = tokio::time::timeout(Duration::from_millis(patience), running).await else {
                self.killed.fetch_add(1, Ordering::Relaxed);
                continue;
            };
            let ended = ended.unwrap();
            match ended.status.code() {
                Some(0 | 2 | 3) => {
                    let summary: Value = serde_json::from_slice(&ended.stdout).unwrap();
                    assert_eq!(summary["complete"], true, "{summary}");
                    return summary;
                }
                Some(1) => println!("{}", String::from_utf8_lossy(&ended.stderr)),
                other => {
                    panic!("the client ended with {other:?}: {}", String::from_utf8_lossy(&ended.stderr))
                }
            }
        }
    }
}

/// What the client said of a file is what the ledger says.
async fn assert_the_clients_knew(server: &Server, files: &[Sent], summaries: &[Value]) {
    for (file, summary) in files.iter().zip(summaries) {
        let batches = server.all(&format!("/batches?source={}", file.name)).await;
        let told =
            |name: &str| summary[name].as_u64().unwrap() + summary["stored_before"][name].as_u64().unwrap();
        for name in ["received", "inserted", "rejected"] {
            let recorded: u64 = batches.iter().map(|batch| batch[name].as_u64().unwrap()).sum();
            assert_eq!(told(name), recorded, "{name} of {}: {summary}", file.name);
        }
    }
}

/// `client verify` finds each row of each file, once.
async fn assert_the_client_verifies(server: &Server, sending: &Sending, files: &[Sent]) {
    for file in files {
        let mut command = Command::new(&sending.client);
        let verify = command.args(["verify", "employees", &file.name]).current_dir(&sending.folder);
        let verified = verify.env("API_URL", server.url("")).output().await.unwrap();
        let said = String::from_utf8_lossy(&verified.stdout);
        assert!(
            verified.status.success(),
            "{}: {said}{}",
            file.name,
            String::from_utf8_lossy(&verified.stderr)
        );
    }
}

/// No log tells of a lock that somebody met, or of a panic.
fn assert_no_faults(logs: &Path) {
    for log in fs::read_dir(logs).unwrap() {
        let log = fs::read_to_string(log.unwrap().path()).unwrap();
        for line in log.lines() {
            assert!(!line.contains("locked") && !line.contains("panicked"), "{line}");
        }
    }
}

/// SQLite finds nothing wrong with its file.
async fn assert_sound(url: &str) {
    let mut connection = SqliteConnection::connect(url).await.unwrap();
    let check: String =
        sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    assert_eq!(check, "ok");
    assert!(sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut connection).await.unwrap().is_empty());
}
