//! What pages of other sites make a browser send.

use support::Fixture;

conformance! {
    a_page_of_another_site_can_change_nothing,
}

async fn a_page_of_another_site_can_change_nothing(fixture: Fixture) {
    let server = fixture.shipped_package(&["jobs.csv"]).start().await;
    let host = server.addr.to_string();
    let post = async |headers: &[(&str, &str)]| {
        let call = server.call("POST", "/backup/jobs");
        server.send(headers.iter().fold(call, |call, (name, value)| call.header(*name, *value))).await
    };
    for headers in [
        [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
        [("origin", "http://localhost:1"), ("sec-fetch-site", "same-site")],
        [("origin", "https://evil.example"), ("accept", "*/*")],
        [("origin", "null"), ("accept", "*/*")],
    ] {
        post(&headers).await.problem(403, "cross-site");
    }
    assert_eq!(server.backups("jobs").await, Vec::<String>::new());
    post(&[("origin", &format!("http://{host}")), ("sec-fetch-site", "same-origin")]).await.expect(201);
    post(&[("origin", &format!("http://{host}"))]).await.expect(201);
    post(&[("sec-fetch-site", "none")]).await.expect(201);
    let read = server.call("GET", "/view/jobs").header("sec-fetch-site", "cross-site");
    server.send(read).await.expect(200);
    server.stop().await.unwrap();
}
