//! Secrets in settings: the API does not log or print them.

use std::fs;

use support::{Fixture, output_of, until};

use crate::API;

embedded! {
    a_refused_backup_url_is_shown_without_its_secret,
    an_invalid_store_setting_is_named_without_its_value,
    an_endpoint_is_logged_without_its_password,
    a_url_in_database_url_file_is_not_shown,
    help_and_usage_errors_show_no_secret,
}

/// Runs a process that ends by itself; what it prints and logs.
async fn output(fixture: &Fixture, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let mut command = API.command(fixture.shipped_package(&[]));
    if variables.iter().any(|(name, _)| *name == "DATABASE_URL_FILE") {
        command.env_remove("DATABASE_URL");
    }
    command.envs(variables.iter().copied()).args(arguments);
    let ran = output_of(command).await;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&ran.stdout) + &text(&ran.stderr) + &fixture.log()
}

async fn a_refused_backup_url_is_shown_without_its_secret(fixture: Fixture) {
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
        let output = output(&fixture, &[("BACKUP_URL", url)], &[]).await;
        assert!(!output.contains("s3cret"), "{url}: {output}");
        let sentence = format!("BACKUP_URL is refused: {shown} cannot be used as a store of backups: ");
        assert!(output.contains(&sentence), "{url}: {output}");
        fs::remove_dir_all(fixture.logs()).unwrap();
    }
}

async fn an_invalid_store_setting_is_named_without_its_value(fixture: Fixture) {
    for (url, name, value) in [
        ("gs://bucket", "GOOGLE_SERVICE_ACCOUNT", "{\"private_key\": \"s3cret\"}"),
        ("s3://bucket", "AWS_ALLOW_HTTP", "s3cret"),
        ("s3://bucket", "AWS_SERVER_SIDE_ENCRYPTION", "s3cret"),
    ] {
        let output = output(&fixture, &[("BACKUP_URL", url), (name, value)], &[]).await;
        assert!(!output.contains("s3cret"), "{output}");
        assert!(output.contains(&format!("\"{url}\" cannot be used")) && output.contains(name), "{output}");
    }
}

async fn an_endpoint_is_logged_without_its_password(fixture: Fixture) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("http://me:s3cret@127.0.0.1:{port}");
    let variables = [
        ("BACKUP_URL", "s3://bucket/prefix"),
        ("AWS_ENDPOINT", &endpoint),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "s3cret"),
    ];
    let api = API.start_with(fixture.shipped_package(&["jobs.csv"]), &variables);
    api.until_ready().await;
    let problem = api.post_empty("/backup/jobs").await.expect(503);
    assert_eq!(problem["type"], "/problems/store-away");
    let check = async || fixture.log().contains("backups cannot be made");
    until("the store is found to be away", check).await;
    let logs = fixture.log() + &problem.to_string();
    assert!(!logs.contains("s3cret") && !logs.contains("me:"), "{logs}");
    assert!(logs.contains(&format!("http://127.0.0.1:{port}/bucket")), "{logs}");
}

async fn a_url_in_database_url_file_is_not_shown(fixture: Fixture) {
    let output = output(&fixture, &[("DATABASE_URL_FILE", "mysql://me:s3cret@host/app")], &[]).await;
    assert!(!output.contains("s3cret"), "{output}");
    assert!(
        output.contains("DATABASE_URL_FILE holds a URL, not the name of a file; set DATABASE_URL"),
        "{output}"
    );
}

async fn help_and_usage_errors_show_no_secret(fixture: Fixture) {
    for name in ["DATABASE_URL", "DATABASE_URL_FILE", "BACKUP_URL"] {
        for argument in ["--help", "-h", "--nonsense"] {
            let output = output(&fixture, &[(name, "s3://me:s3cret@host/x")], &[argument]).await;
            assert!(output.contains("Usage:") && !output.contains("s3cret"), "{name} {argument}: {output}");
        }
    }
}
