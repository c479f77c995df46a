//! What `DATABASE_URL` may name, and what is refused in one sentence at the start.

use support::{Engine, Fixture, Process, on_mariadb, run, until};

use super::refusal_of;
use crate::API;

conformance! {
    a_new_database_is_logged_once_without_its_account,
}

async fn a_new_database_is_logged_once_without_its_account(fixture: Fixture) {
    fixture.shipped_package(&[]);
    let address = fixture.database_url.split_once("://").unwrap().1;
    let (account, address) = address.rsplit_once('@').unwrap_or(("", address));
    let sentence = match fixture.engine {
        Engine::Sqlite => format!("new database at {address}"),
        Engine::MySql => format!("new tables in {}", address.split('?').next().unwrap()),
    };
    let said = || fixture.log().lines().filter(|line| line.contains(&format!("INFO {sentence}"))).count();
    for _ in 0..2 {
        let api = API.start(&fixture);
        api.until_ready().await;
        api.signal("TERM");
        assert_eq!(api.ended().await, Some(0));
        assert_eq!(said(), 1, "{sentence}: {}", fixture.log());
    }
    assert!(account.is_empty() || !fixture.log().contains(&format!("{account}@")), "{}", fixture.log());
}

/// How a start ends that is refused.
async fn refused(fixture: &Fixture, url: &str) -> String {
    let mut command = API.command(fixture);
    command.env("DATABASE_URL", url);
    refusal_of(command).await
}

#[test]
fn an_account_that_is_refused_is_named_without_its_password() {
    on_mariadb(&[], async |database, fixture| {
        database.sql(&["CREATE USER u IDENTIFIED BY 'right'", "GRANT ALL ON app.* TO u"]).await;
        fixture.shipped_package(&[]);
        let address = database.url.rsplit('@').next().unwrap();
        for (url, code) in [
            (format!("mysql://u:hunter2@{address}/app"), 1045),
            (format!("mysql://root@{address}/nowhere"), 1049),
            (format!("mysql://u:right@{address}/mysql"), 1044),
        ] {
            let sentence = format!(
                "the database refuses the account, or has no such schema (error {code}); see DATABASE_URL"
            );
            assert_eq!(refused(&fixture, &url).await, sentence);
        }
        database.sql(&["REVOKE ALL ON app.* FROM u", "GRANT SELECT ON app.* TO u"]).await;
        let missing = refused(&fixture, &format!("mysql://u:right@{address}/app")).await;
        assert!(missing.contains("(error 1142)"), "{missing}");
        let broken = refused(&fixture, "mysql://u:hunter2#@[/app").await;
        assert!(broken.starts_with("DATABASE_URL is no URL") && !broken.contains("hunter2"), "{broken}");
    });
}

#[test]
fn a_database_that_only_reads_is_a_refusal() {
    on_mariadb(&[], async |database, fixture| {
        database.sql(&["CREATE USER u", "GRANT ALL ON app.* TO u", "SET GLOBAL read_only = 1"]).await;
        fixture.shipped_package(&[]);
        let url = database.url.replace("root", "u") + "/app";
        assert_eq!(refused(&fixture, &url).await, "the database only reads; it needs to be writable");
    });
}

#[test]
fn a_database_url_of_sqlite_that_names_no_database_file_is_a_refusal() {
    run(Engine::Sqlite, async |mut fixture| {
        let folder = fixture.shipped_package(&[]).data();
        let text = format!("sqlite://{}", folder.join("datapackage.json").display());
        let nothing = "DATABASE_URL names no file; use sqlite://FILE, since memory keeps nothing";
        for (url, sentence) in [
            ("sqlite://", nothing),
            ("sqlite::memory:", nothing),
            ("sqlite://app.db?mode=memory", nothing),
            (&format!("sqlite://{}", folder.display()), "DATABASE_URL names a folder; use sqlite://FILE"),
            (&text, "the database failed: its file is no SQLite database; see DATABASE_URL"),
            ("postgres://localhost/app", "DATABASE_URL must start with sqlite:// or mysql:// or mariadb://"),
        ] {
            url.clone_into(&mut fixture.database_url);
            assert_eq!(fixture.refusal().await, sentence, "{url}");
        }
    });
}

#[test]
fn a_database_url_whose_folder_is_missing_is_a_refusal() {
    run(Engine::Sqlite, async |mut fixture| {
        let missing = fixture.shipped_package(&[]).data().join("nope");
        fixture.database_url = format!("sqlite://{}/x.db", missing.display());
        let sentence = format!(
            "DATABASE_URL names a file in the folder {}, which is missing; make the folder, or correct DATABASE_URL",
            missing.display()
        );
        assert_eq!(fixture.refusal().await, sentence);
        assert!(!missing.exists(), "a refused start made the folder {}", missing.display());
    });
}

#[test]
fn without_a_setting_the_folder_of_the_database_is_made() {
    run(Engine::Sqlite, async |fixture| {
        let mut command = API.command(fixture.shipped_package(&[]));
        command.env_remove("DATABASE_URL").current_dir(fixture.data());
        let api = Process::of(command);
        api.until_ready().await;
        assert!(fixture.data().join("var/app.db").exists());
        let log = async || fixture.log().contains("INFO new database at var/app.db\n");
        until("the log names the new database", log).await;
    });
}

#[test]
fn a_password_may_have_any_characters_once_it_is_percent_encoded() {
    on_mariadb(&[], async |database, mut fixture| {
        database.sql(&["CREATE USER u IDENTIFIED BY 'p@s/s#w:r?d %ä'", "GRANT ALL ON app.* TO u"]).await;
        let address = database.url.rsplit('@').next().unwrap();
        fixture.database_url = format!("mysql://u:p%40s%2Fs%23w%3Ar%3Fd%20%25%C3%A4@{address}/app");
        fixture.shipped_package(&[]).start().await.stop().await.unwrap();
    });
}
