//! How claims become tests.

use std::future::Future;

use crate::{Engine, Fixture, MariaDb, Server, mariadb};

/// What a test checks. It is an `async fn` that takes one of:
///
/// - a [`Fixture`]: the claim writes a data package and starts what it needs;
/// - a `&`[`Server`]: a server on the shipped package without history, which is ready, and is stopped after the claim.
pub trait Claim<Input> {
    /// Runs the claim.
    fn hold(self, fixture: Fixture) -> impl Future<Output = ()>;
}

impl<C: AsyncFnOnce(Fixture)> Claim<Fixture> for C {
    async fn hold(self, fixture: Fixture) {
        self(fixture).await;
    }
}

impl<C: AsyncFnOnce(&Server)> Claim<&'static Server> for C {
    async fn hold(self, fixture: Fixture) {
        let server = fixture.shipped_package(&[]).start().await;
        self(&server).await;
        server.stop().await.unwrap();
    }
}

/// Runs a claim on an engine. Without MariaDB the claims on it are left out, which in CI is a failure.
pub fn check<Input>(engine: Engine, claim: impl Claim<Input>) {
    in_runtime(async {
        if let Some(fixture) = Fixture::new(engine).await {
            claim.hold(fixture).await;
        }
    });
}

/// Runs a closure on an engine, as [`check`] does with a named claim.
pub fn run<F: Future<Output = ()>>(engine: Engine, claim: impl FnOnce(Fixture) -> F) {
    in_runtime(async {
        if let Some(fixture) = Fixture::new(engine).await {
            claim(fixture).await;
        }
    });
}

/// Runs a closure on a database of its own.
pub fn run_at<F: Future<Output = ()>>(database_url: &str, claim: impl FnOnce(Fixture) -> F) {
    in_runtime(claim(Fixture::at(Engine::MySql, database_url)));
}

/// Runs a closure on a MariaDB of its own, which it may stop and start. It has the schema `app`, and no account but root.
pub fn on_mariadb<F: Future<Output = ()>>(options: &[&str], claim: impl FnOnce(MariaDb, Fixture) -> F) {
    if mariadb().is_none() {
        return;
    }
    let server = MariaDb::start(options);
    let url = format!("{}/app", server.url);
    in_runtime(async {
        server.sql(&["CREATE DATABASE app"]).await;
        claim(server, Fixture::at(Engine::MySql, &url)).await;
    });
}

fn in_runtime(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(test);
}

/// Makes a test for each engine of each claim named: `name::sqlite::claim` and `name::mysql::claim`.
#[macro_export]
macro_rules! conformance {
    ($($claim:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $claim() {
                $crate::check($crate::Engine::Sqlite, super::$claim);
            })+
        }
        mod mysql {
            $(#[test]
            fn $claim() {
                $crate::check($crate::Engine::MySql, super::$claim);
            })+
        }
    };
}

/// Makes a test on SQLite of each claim named, for what does not depend on the engine.
#[macro_export]
macro_rules! embedded {
    ($($claim:ident),+ $(,)?) => {
        mod embedded {
            $(#[test]
            fn $claim() {
                $crate::check($crate::Engine::Sqlite, super::$claim);
            })+
        }
    };
}
