//! The password that the API's URL may hold.

use support::{Fate, Proxy};

use crate::fixture::{Fixture, employees};

/// `me:s3cret` in base64.
const ENCODED: &str = "bWU6czNjcmV0";

#[test]
fn a_password_in_the_url_is_sent_with_every_request_and_stands_nowhere_else() {
    let fixture = Fixture::start();
    fixture.file("new.csv", &(employees(1..=3).replace("Ada", "") + &employees(4..=1200)));
    let proxy = Proxy::start(fixture.addr(), &[Fate::CloseBefore], Fate::Pass);
    let url = format!("http://me:s3cret@{}", proxy.addr);
    let run = |arguments: &[&str]| {
        let mut command = fixture.command();
        let ran = fixture.run(command.env("API_URL", &url).env("RUST_LOG", "trace").args(arguments));
        assert!(!format!("{ran:?}{}", fixture.log()).contains("s3cret"), "{ran:?}");
        assert!(!format!("{ran:?}{}", fixture.log()).contains(ENCODED), "{ran:?}");
        ran
    };
    run(&["add-new-records", "employees", "new.csv"]).expect(2);
    run(&["rejected", "employees", "--limit", "1"]).expect(0);
    run(&["--json", "batches", "--all"]).expect(0);
    run(&["get-by-id", "departments", "99"]).expect(1);
    let given = ["--api-url", &url, "add-new-records", "employees", "new.csv"];
    run(&given).expect(2);
    let requests = proxy.requests();
    assert!(requests.len() > 8, "only {} requests passed the proxy", requests.len());
    let credentials = format!("authorization: basic {}", ENCODED.to_lowercase());
    assert!(requests.iter().all(|head| head.to_lowercase().contains(&credentials)), "{requests:?}");
    assert!(requests.iter().all(|head| !head.contains("s3cret")));
}

#[test]
fn no_refusal_and_no_help_shows_the_password() {
    let fixture = Fixture::start();
    for url in [
        "http://me:s3cret@127.0.0.1:9",
        "http://me:s3cret@nowhere.invalid/api/",
        "http://me:s3c/s3cret@127.0.0.1:9",
        "http://me:s3cret@127.0.0.1:port",
        "http//me:s3cret@127.0.0.1",
        "me:s3cret@127.0.0.1",
        "ftp://me:s3cret@127.0.0.1",
    ] {
        for arguments in [&["batches"][..], &["healthcheck"], &["--help"], &["fly"]] {
            let mut command = fixture.command();
            let ran = fixture.run(command.env("API_URL", url).env("API_RETRY_FOR", "0").args(arguments));
            assert!(!format!("{ran:?}").contains("s3c"), "{ran:?}");
        }
        assert!(!fixture.log().contains("s3c"), "{}", fixture.log());
    }
}
