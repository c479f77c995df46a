//! Secrets in settings: they stand in no log and on no terminal.

use std::fs;

use crate::process::{self, Process};
use crate::server::Fixture;

embedded! {
    a_refused_backup_url_is_told_without_its_secret,
    a_setting_of_a_store_is_told_by_its_name,
    an_endpoint_is_told_without_its_password,
    a_url_in_place_of_the_name_of_a_file_is_not_shown,
    the_manual_shows_no_secret,
}

/// All that the logs of a fixture hold.
fn logs(fixture: &Fixture) -> String {
    let logs = fs::read_dir(fixture.logs()).into_iter().flatten();
    logs.map(|log| fs::read_to_string(log.unwrap().path()).unwrap()).collect()
}

/// What a process prints and logs that is to end by itself.
fn told(fixture: &Fixture, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let mut command = process::command(fixture.mission(&[]));
    if variables.iter().any(|(name, _)| *name == "DATABASE_URL_FILE") {
        command.env_remove("DATABASE_URL");
    }
    let ran = command.envs(variables.iter().copied()).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&ran.stdout) + &text(&ran.stderr) + &logs(fixture)
}

async fn a_refused_backup_url_is_told_without_its_secret(fixture: Fixture) {
    for (url, shown) in [
        ("s3://KEY:s3cret@bucket:port", "\"s3://bucket\""),
        ("s3://KEY:s3cret@", "\"s3://\""),
        ("s3://KEY:s3cret", "\"s3://KEY\""),
        ("s3://KEY:a@s3cret@buc ket/p", "\"s3://buc ket/p\""),
        ("ftp://KEY:s3cret/s3cret@host/x", "\"ftp://host/x\""),
        ("ftp://host/x?key=s3cret", "\"ftp://host/x\""),
        ("ftp://host/x?key=a@s3cret", "\"ftp://\""),
        ("s3//KEY:s3cret@bucket", "\"bucket\""),
        ("KEY:s3cret@s3://bucket", "\"s3://bucket\""),
        ("KEY:s3cret@bucket", "\"bucket\""),
        ("memory://KEY:s3cret@x", "\"memory://x\""),
    ] {
        let told = told(&fixture, &[("BACKUP_URL", url)], &[]);
        assert!(!told.contains("s3cret"), "{url}: {told}");
        let sentence = format!("BACKUP_URL is refused: {shown} cannot be used as a store of backups: ");
        assert!(told.contains(&sentence), "{url}: {told}");
        fs::remove_dir_all(fixture.logs()).unwrap();
    }
}

async fn a_setting_of_a_store_is_told_by_its_name(fixture: Fixture) {
    for (url, name, value) in [
        ("gs://bucket", "GOOGLE_SERVICE_ACCOUNT", "{\"private_key\": \"s3cret\"}"),
        ("s3://bucket", "AWS_ALLOW_HTTP", "s3cret"),
        ("s3://bucket", "AWS_SERVER_SIDE_ENCRYPTION", "s3cret"),
    ] {
        let told = told(&fixture, &[("BACKUP_URL", url), (name, value)], &[]);
        assert!(!told.contains("s3cret"), "{told}");
        assert!(told.contains(&format!("\"{url}\" cannot be used")) && told.contains(name), "{told}");
    }
}

async fn an_endpoint_is_told_without_its_password(fixture: Fixture) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("http://me:s3cret@127.0.0.1:{port}");
    let variables = [
        ("BACKUP_URL", "s3://bucket/prefix"),
        ("AWS_ENDPOINT", &endpoint),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "s3cret"),
    ];
    let api = Process::start_with(fixture.mission(&["jobs.csv"]), &variables);
    api.until_ready().await;
    let problem = api.call("POST", "/backup/jobs", 503).await;
    assert_eq!(problem["type"], "/problems/store-away");
    let check = async || logs(&fixture).contains("there will be no backups");
    crate::server::until("the store is found to be away", check).await;
    let logs = logs(&fixture) + &problem.to_string();
    assert!(!logs.contains("s3cret") && !logs.contains("me:"), "{logs}");
    assert!(logs.contains(&format!("http://127.0.0.1:{port}/bucket")), "{logs}");
}

async fn a_url_in_place_of_the_name_of_a_file_is_not_shown(fixture: Fixture) {
    let told = told(&fixture, &[("DATABASE_URL_FILE", "mysql://me:s3cret@host/app")], &[]);
    assert!(!told.contains("s3cret"), "{told}");
    assert!(
        told.contains("DATABASE_URL_FILE holds a URL, not the name of a file; set DATABASE_URL"),
        "{told}"
    );
}

async fn the_manual_shows_no_secret(fixture: Fixture) {
    for name in ["DATABASE_URL", "DATABASE_URL_FILE", "BACKUP_URL"] {
        for argument in ["--help", "-h", "--nonsense"] {
            let told = told(&fixture, &[(name, "s3://me:s3cret@host/x")], &[argument]);
            assert!(!told.contains("s3cret"), "{told}");
        }
    }
}
