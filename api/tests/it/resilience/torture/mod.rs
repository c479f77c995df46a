//! The torture test: clients load files through a bad network, while the API, the database and the clients
//! themselves are killed again and again. In the end each row that was sent is in the table or in the reject log,
//! once. `KILLS=200 cargo test -p api -p client --test it torture:: -- --nocapture` is the long run, `SEED=` repeats
//! what was drawn.

mod checks;
mod network;
mod senders;
mod sent;
mod settled;
mod victims;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;
use support::{Engine, Fixture, MariaDb, print_line, tools, until};

use crate::API;
use checks::{assert_no_faults, assert_sound, assert_the_client_verifies, assert_the_clients_knew};
use network::Network;
use senders::Sending;
use settled::Settled;
use victims::Victims;

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
