//! The names by which requests may call the service. A web page whose name is pointed to this machine after it was
//! loaded (DNS rebinding) calls it by a name of its own.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use support::{Fixture, Server, output_of, request, until};

use crate::API;

conformance! {
    on_a_loopback_address_only_names_of_this_machine_are_answered,
}

embedded! {
    a_request_with_an_absolute_url_needs_an_allowed_host_in_both_places,
    allowed_hosts_are_answered_in_addition_to_local_names,
    any_host_is_answered_with_a_star_or_on_a_public_address_without_a_list,
    an_invalid_allowed_host_prevents_the_start,
    the_health_check_succeeds_although_only_another_host_is_allowed,
}

/// The status of a request with a `Host`.
fn status_of(addr: SocketAddr, host: &str) -> u16 {
    status(&request(addr, &format!("GET /health/live HTTP/1.1\r\nHost: {host}\r\n")))
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap_or_else(|| panic!("no answer: {answer}")).parse().unwrap()
}

const OWN: [&str; 21] = [
    "localhost",
    "localhost:8000",
    "LOCALHOST:1",
    "LocalHost.",
    "localhost.:8000",
    "localhost:",
    "api.localhost",
    "a.b.localhost:8000",
    "A.LOCALHOST.",
    "127.0.0.1",
    "127.0.0.1:8000",
    "127.0.0.1:",
    "127.0.0.1.",
    "127.1.2.3:99999",
    "127.255.255.255",
    "[::1]",
    "[::1]:8000",
    "[::1]:",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]:8000",
    " localhost:8000 ",
];

const FOREIGN: [&str; 40] = [
    "",
    ":",
    ":8000",
    ".",
    "evil.example",
    "evil.example:8000",
    "127.0.0.1.evil.example",
    "127.0.0.1evil.example",
    "localhost.evil.example:8000",
    "evillocalhost",
    "evil-localhost:8000",
    ".localhost",
    "a..localhost",
    "localhost..",
    "localhost:port",
    "localhost:80:80",
    "localhost:-1",
    "localhost, evil.example",
    "localhost evil.example",
    "localhost/",
    "localhost#",
    "localhost\\",
    "localhost@evil.example",
    "evil.example@localhost",
    "me:secret@127.0.0.1",
    "*",
    "*.localhost",
    "http://localhost",
    "0.0.0.0",
    "0.0.0.0:8000",
    "128.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.0.0.1",
    "192.0.2.1",
    "::1",
    "[::]",
    "[::1",
    "[::1]evil.example",
    "[2001:db8::1]:8000",
];

async fn on_a_loopback_address_only_names_of_this_machine_are_answered(fixture: Fixture) {
    let server = fixture.shipped_package(&["jobs.csv"]).start().await;
    for host in OWN {
        assert_eq!(status_of(server.addr, host), 200, "{host:?}");
    }
    for host in FOREIGN.into_iter().chain(["\u{fc}.localhost", "localhost\u{a0}"]) {
        assert_eq!(status_of(server.addr, host), 421, "{host:?}");
    }
    // The request gets no data, and has no effect.
    for head in [
        "GET / HTTP/1.1",
        "GET /view/jobs HTTP/1.1",
        "GET /health/ready HTTP/1.1",
        "GET /nothing HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "POST /backup/jobs HTTP/1.1",
        "POST /restore/jobs HTTP/1.1",
    ] {
        let head = format!("{head}\r\nhost: evil.example:8000\r\ncontent-length: 0\r\n");
        let answer = request(server.addr, &head);
        assert_eq!(status(&answer), 421, "{head}");
        assert!(
            answer.contains("/problems/misdirected-request") && answer.contains("evil.example"),
            "{answer}"
        );
        assert!(answer.contains("ALLOWED_HOSTS"), "{answer}");
    }
    assert_eq!(server.backups("jobs").await, Vec::<String>::new());
    let foreign = server.call("GET", "/view/jobs").header("host", "evil.example");
    server.send(foreign).await.problem(421, "misdirected-request");
    server.stop().await.unwrap();
}

async fn a_request_with_an_absolute_url_needs_an_allowed_host_in_both_places(server: &Server) {
    let both = |target: &str, version: &str, hosts: &[&str]| {
        let hosts: String = hosts.iter().map(|host| format!("Host: {host}\r\n")).collect();
        status(&request(server.addr, &format!("GET {target}/health/live HTTP/{version}\r\n{hosts}")))
    };
    assert_eq!(both("http://localhost:8000", "1.1", &["localhost:8000"]), 200);
    assert_eq!(both("http://[::1]", "1.1", &["127.0.0.1"]), 200);
    assert_eq!(both("http://evil.example", "1.1", &["localhost"]), 421);
    assert_eq!(both("http://localhost", "1.1", &["evil.example"]), 421);
    assert_eq!(both("http://me@localhost", "1.1", &["localhost"]), 421);
    assert_eq!(both("http://localhost@evil.example", "1.1", &["localhost"]), 421);
    assert_eq!(both("http://localhost", "1.0", &[]), 421);
    assert_eq!(both("", "1.0", &[]), 421);
    assert_eq!(both("", "1.0", &["localhost"]), 200);
    // RFC 9112 section 3.2: 400. These are refused before they are looked at.
    assert_eq!(both("", "1.1", &[]), 400);
    assert_eq!(both("", "1.1", &["localhost", "localhost"]), 400);
    assert_eq!(both("", "1.1", &["localhost", "evil.example"]), 400);
    assert_eq!(both("", "1.0", &["localhost", "evil.example"]), 400);
}

async fn start(fixture: &Fixture, bind: &str, allowed: &str) -> (Server, SocketAddr) {
    let server = fixture.shipped_package(&[]).start_with(&["--bind", bind, "--allowed-hosts", allowed]);
    let addr = SocketAddr::from(([127, 0, 0, 1], server.addr.port()));
    until("the server is ready", async || status_of(addr, "localhost") == 200).await;
    (server, addr)
}

async fn allowed_hosts_are_answered_in_addition_to_local_names(fixture: Fixture) {
    for bind in ["127.0.0.1:0", "0.0.0.0:0"] {
        let allowed = "api, Gateway.Example.,192.0.2.1,[2001:db8::1], 2001:db8::2,,";
        let (server, addr) = start(&fixture, bind, allowed).await;
        for host in ["api", "API:8000", "gateway.example", "gateway.example.:443", "192.0.2.1:8000"] {
            assert_eq!(status_of(addr, host), 200, "{host}");
        }
        for host in ["[2001:db8::1]", "[2001:DB8:0::2]:8000", "localhost", "[::1]:8000"] {
            assert_eq!(status_of(addr, host), 200, "{host}");
        }
        for host in
            ["evil.example", "a.gateway.example", "api.example", "192.0.2.2", "[2001:db8::3]", "2001:db8::1"]
        {
            assert_eq!(status_of(addr, host), 421, "{bind} {host}");
        }
        server.stop().await.unwrap();
    }
}

async fn any_host_is_answered_with_a_star_or_on_a_public_address_without_a_list(fixture: Fixture) {
    for (bind, allowed) in
        [("127.0.0.1:0", "*"), ("0.0.0.0:0", ""), ("0.0.0.0:0", " , "), ("0.0.0.0:0", "api,*")]
    {
        let (server, addr) = start(&fixture, bind, allowed).await;
        for host in ["evil.example", "api", "", "192.0.2.1:8000"] {
            assert_eq!(status_of(addr, host), 200, "{bind} {allowed} {host}");
        }
        server.stop().await.unwrap();
    }
}

async fn an_invalid_allowed_host_prevents_the_start(fixture: Fixture) {
    for host in ["http://api", "api/", "me@api", "a b", "*.example", "api:8000:9", "[::1"] {
        let mut command = API.command(fixture.shipped_package(&[]));
        command.env("ALLOWED_HOSTS", format!("api,{host}"));
        let ran = output_of(command).await;
        let told = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(2), "{told}");
        assert!(
            told.contains(&format!("expected names or addresses such as api,192.0.2.1 or *, got {host:?}")),
            "{told}"
        );
    }
}

async fn the_health_check_succeeds_although_only_another_host_is_allowed(fixture: Fixture) {
    for bind in ["127.0.0.1:0", "0.0.0.0:0"] {
        let (server, addr) = start(&fixture, bind, "api").await;
        let mut check = API.command(&fixture);
        check.env("API_BIND", format!("{}:{}", server.addr.ip(), addr.port())).env("ALLOWED_HOSTS", "api");
        let ready = async || check_succeeds(&check);
        until("the health check succeeds", ready).await;
        server.stop().await.unwrap();
    }
}

fn check_succeeds(command: &Command) -> bool {
    let mut again = Command::new(command.get_program());
    again.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).arg("healthcheck");
    again.stderr(Stdio::null()).status().unwrap().success()
}
