//! Another program deletes rows while batches come in that reference them or have their keys.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use futures_util::future::join_all;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};
use support::{Engine, Fixture, Server, field, run, until};

conformance! {
    no_row_is_stored_without_its_parent_while_another_program_deletes_parents,
}

const PARENTS: u64 = 20;
/// Rows of a batch. They are so many that their parents are locked once for all of them, where the engine allows it.
const ROWS: u64 = 1000;

fn package(fixture: &Fixture) -> &Fixture {
    let parents = json!({ "fields": [field("id", "integer")], "primaryKey": "id" });
    let children = json!({
        "fields": [field("id", "integer"), field("parent", "integer")],
        "primaryKey": "id",
        "foreignKeys": [{ "fields": "parent", "reference": { "resource": "parents", "fields": "id" } }],
    });
    fixture.package(&json!({ "resources": [
        { "name": "parents", "path": "parents.csv", "schema": parents },
        { "name": "children", "path": "children.csv", "schema": children },
    ] }))
}

/// Ids of parents, as a body.
fn parents(first: u64) -> String {
    (first..first + PARENTS).fold("id\n".to_owned(), |body, id| body + &format!("{id}\n"))
}

/// A batch of children of these parents, as a body.
fn children(first: u64, first_parent: u64) -> String {
    let row = |id: u64| format!("{id},{}\n", first_parent + id % PARENTS);
    (first..first + ROWS).fold("id,parent\n".to_owned(), |body, id| body + &row(id))
}

/// The rows of a table that have a parent, and how many have none.
async fn orphans(server: &Server) -> (usize, usize) {
    let ids: HashSet<u64> =
        server.all("/view/parents").await.iter().map(|row| row["id"].as_u64().unwrap()).collect();
    let rows = server.all("/view/children").await;
    let is_orphan = |row: &&Value| !ids.contains(&row["parent"].as_u64().unwrap());
    (rows.len(), rows.iter().filter(is_orphan).count())
}

/// Parents are deleted one by one and again and again, until the batches are answered.
async fn no_row_is_stored_without_its_parent_while_another_program_deletes_parents(fixture: Fixture) {
    const ROUNDS: u64 = 12;
    const SENDERS: u64 = 3;
    let server = package(&fixture).start().await;
    let (mut inserted, mut rejected) = (0, 0);
    for round in 0..ROUNDS {
        let first_parent = round * PARENTS;
        server.post_csv("parents", parents(first_parent)).await.expect(201);
        let are_answered = AtomicBool::new(false);
        let senders = async {
            let batch = |sender| children((round * SENDERS + sender) * ROWS, first_parent);
            let answers =
                join_all((0..SENDERS).map(|sender| server.post_csv("children", batch(sender)))).await;
            are_answered.store(true, Ordering::Relaxed);
            answers
        };
        let deleter = async {
            let mut deleted = 0;
            for parent in (first_parent..first_parent + PARENTS).rev().cycle() {
                if are_answered.load(Ordering::Relaxed) {
                    break;
                }
                // It is refused once the parent has children.
                let delete = format!("DELETE FROM parents WHERE id = {parent}");
                deleted += u64::from(fixture.try_sql(&delete).await.is_ok());
            }
            deleted
        };
        let (answers, _deleted) = futures_util::future::join(senders, deleter).await;
        for answer in answers {
            assert!(matches!(answer.status.as_u16(), 201 | 207 | 422), "{}", answer.status);
            let answer = answer.json();
            inserted += answer["inserted"].as_u64().unwrap();
            rejected += answer["rejected"].as_u64().unwrap();
        }
    }
    assert_eq!(inserted + rejected, ROUNDS * SENDERS * ROWS);
    assert_eq!(orphans(&server).await, (usize::try_from(inserted).unwrap(), 0));
    assert_eq!(server.all("/rejected/children").await.len(), usize::try_from(rejected).unwrap());
    server.stop().await.unwrap();
}

/// Whether another connection runs a statement like this one.
async fn is_running(watcher: &mut MySqlConnection, statement: &str) -> bool {
    let running = "SELECT COUNT(*) FROM information_schema.PROCESSLIST
        WHERE DB = DATABASE() AND ID <> CONNECTION_ID() AND INFO LIKE ?";
    sqlx::query_scalar::<_, i64>(running).bind(statement).fetch_one(watcher).await.unwrap() > 0
}

#[test]
fn no_row_is_stored_without_its_parent_that_is_deleted_while_the_rows_are_written() {
    run(Engine::MySql, async |fixture| {
        let server = package(&fixture).start().await;
        server.post_csv("parents", parents(0)).await.expect(201);
        let mut other = MySqlConnection::connect(&fixture.database_url).await.unwrap();
        let mut watcher = MySqlConnection::connect(&fixture.database_url).await.unwrap();
        // The server's insert waits for the first of its rows.
        for statement in ["START TRANSACTION", "INSERT INTO children VALUES (0, 0)"] {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut other).await.unwrap();
        }
        let batch = server.post_csv("children", children(0, 0));
        let meanwhile = async {
            until("the server inserts", async || is_running(&mut watcher, "%INSERT INTO `children`%").await)
                .await;
            let is_deleted = AtomicBool::new(false);
            let delete = async {
                let deleted = fixture.try_sql("DELETE FROM parents WHERE id = 19").await;
                is_deleted.store(true, Ordering::Relaxed);
                deleted
            };
            let unlock = async {
                let has_begun = async || {
                    is_deleted.load(Ordering::Relaxed)
                        || is_running(&mut watcher, "DELETE FROM parents%").await
                };
                until("the delete has begun", has_begun).await;
                other.close().await.unwrap();
            };
            futures_util::future::join(delete, unlock).await.0
        };
        let (answer, deleted) = futures_util::future::join(batch, meanwhile).await;
        // The delete is refused, or the rows of this parent are rejected.
        let inserted = if deleted.is_ok() { ROWS - ROWS / PARENTS } else { ROWS };
        assert_eq!(answer.json()["inserted"], json!(inserted), "{deleted:?}");
        assert_eq!(orphans(&server).await, (usize::try_from(inserted).unwrap(), 0));
        server.stop().await.unwrap();
    });
}

#[test]
fn a_key_is_free_again_when_another_program_deletes_its_row_while_a_batch_with_keys_near_it_waits() {
    run(Engine::MySql, async |fixture| {
        let server = package(&fixture).start().await;
        server.post_csv("parents", "id\n5\n").await.expect(201);
        let mut other = MySqlConnection::connect(&fixture.database_url).await.unwrap();
        let mut watcher = MySqlConnection::connect(&fixture.database_url).await.unwrap();
        for statement in ["START TRANSACTION", "INSERT INTO parents VALUES (20)"] {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut other).await.unwrap();
        }
        // The look-up of the first batch finds 5 too, since it asks for all from 1 to 20.
        let near =
            (1..=20).filter(|id| *id != 5).fold("id\n".to_owned(), |body, id| body + &format!("{id}\n"));
        let first = server.post_csv("parents", near);
        let second = async {
            let waits = async || is_running(&mut watcher, "%INSERT INTO `parents`%").await;
            until("the first batch waits", waits).await;
            fixture.try_sql("DELETE FROM parents WHERE id = 5").await.unwrap();
            let again = server.post_csv("parents", "id\n5\n");
            let unlock = async { other.close().await.unwrap() };
            futures_util::future::join(again, unlock).await.0
        };
        let (first, second) = futures_util::future::join(first, second).await;
        first.expect(201);
        second.expect(201);
        server.stop().await.unwrap();
    });
}

#[test]
fn a_trigger_cannot_bring_a_row_whose_parent_is_missing() {
    run(Engine::MySql, async |fixture| {
        package(&fixture).start().await.stop().await.unwrap();
        let trigger = "CREATE TRIGGER another_parent BEFORE INSERT ON children FOR EACH ROW
            SET NEW.parent = IF(NEW.id = 500, 77, NEW.parent)";
        fixture.sql(&[trigger]).await;
        let server = fixture.start().await;
        server.post_csv("parents", parents(0)).await.expect(201);
        server.post_csv("children", children(0, 0)).await.problem(503, "busy");
        assert_eq!(orphans(&server).await, (0, 0));
        server.stop().await.unwrap();
    });
}

#[test]
fn references_are_checked_for_everybody_else_after_a_large_batch() {
    run(Engine::MySql, async |fixture| {
        let server = package(&fixture).start().await;
        server.post_csv("parents", parents(0)).await.expect(201);
        server.post_csv("children", children(0, 0)).await.expect(201);
        let refused = fixture.try_sql("INSERT INTO children VALUES (9000, 77)").await;
        assert!(refused.unwrap_err().to_string().contains("a foreign key constraint fails"));
        server.stop().await.unwrap();
    });
}

#[test]
fn two_servers_load_rows_while_their_parents_are_restored_and_deleted() {
    run(Engine::MySql, async |fixture| {
        let servers = [package(&fixture).start().await, fixture.start().await];
        servers[0].post_csv("parents", parents(0)).await.expect(201);
        // Nothing references these.
        servers[0].post_csv("parents", parents(1000)).await.expect(201);
        let backup = servers[0].back_up("parents").await;
        let (next, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
        let sender = async |server: &Server| {
            while !is_over.load(Ordering::Relaxed) {
                let first = next.fetch_add(ROWS, Ordering::Relaxed);
                server.post_csv("children", children(first, 0)).await.expect(201);
            }
        };
        let senders = join_all(servers.iter().flat_map(|server| [sender(server), sender(server)]));
        let restores = async {
            let started = Instant::now();
            for _ in 0..6 {
                fixture.sql(&["DELETE FROM parents WHERE id >= 1000"]).await;
                let query = format!("backup={backup}");
                let restored = servers[1].restore("parents", &query).await.expect(200);
                assert_eq!(restored["added"], json!(PARENTS), "{restored}");
            }
            is_over.store(true, Ordering::Relaxed);
            started.elapsed()
        };
        let (_, elapsed) = futures_util::future::join(senders, restores).await;
        // Nobody waited until the database gave up a lock.
        assert!(elapsed.as_secs() < 10 * 6, "{elapsed:?}");
        assert_eq!(orphans(&servers[0]).await, (usize::try_from(next.into_inner()).unwrap(), 0));
        for server in servers {
            server.stop().await.unwrap();
        }
    });
}
