//! Backups in a bucket: a server that speaks S3, checks signatures, and keeps its objects as files.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use support::{Engine, Fixture, Process, manifest_name, run, tools, until};

use super::retention::name_in;
use super::{age, filled, load_employees};
use crate::API;

conformance! {
    a_bucket_holds_backups_as_a_folder_does,
    a_large_backup_goes_to_a_bucket_in_parts,
    a_bucket_keeps_what_is_made_last_and_nothing_that_is_left_over,
}

/// A server with one bucket. Dropping it kills it.
struct Bucket {
    child: Child,
    folder: PathBuf,
    port: u16,
    program: PathBuf,
}

impl Bucket {
    fn start(fixture: &Fixture) -> Option<Bucket> {
        let program = tools::s3_server()?;
        let folder = fixture.data().join("s3");
        fs::create_dir_all(folder.join("bucket")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = launch(&program, port, &folder);
        Some(Bucket { child, folder, port, program })
    }

    async fn until_up(&self) {
        until("the S3 server is up", async || TcpStream::connect(("127.0.0.1", self.port)).is_ok()).await;
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    async fn restart(&mut self) {
        self.child = launch(&self.program, self.port, &self.folder);
        self.until_up().await;
    }

    /// The API with its backups in the bucket. Settings are the environment's, so it is a process.
    fn api(&self, fixture: &Fixture, secret: &str) -> Process {
        let mut command = API.command(fixture);
        command
            .env("BACKUP_URL", "s3://bucket/some/prefix")
            .env("BACKUP_KEEP", "2")
            .env("AWS_ENDPOINT", format!("http://127.0.0.1:{}", self.port))
            .env("AWS_ALLOW_HTTP", "true")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "key")
            .env("AWS_SECRET_ACCESS_KEY", secret);
        Process::of(command)
    }

    /// Names of the objects of a table.
    fn objects(&self, table: &str) -> Vec<String> {
        let objects = fs::read_dir(self.folder.join("bucket/some/prefix").join(table));
        let names =
            objects.into_iter().flatten().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}

fn launch(program: &PathBuf, port: u16, folder: &PathBuf) -> Child {
    Command::new(program)
        .args([
            "--host",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--access-key",
            "key",
            "--secret-key",
            "secret",
        ])
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ended_before = self.child.kill();
        let _ended_before = self.child.wait();
    }
}

async fn a_bucket_holds_backups_as_a_folder_does(fixture: Fixture) {
    let Some(mut bucket) = Bucket::start(&fixture) else { return };
    bucket.until_up().await;
    let server = filled(&fixture, 1200).await;
    let hash = server.hash("employees").await;
    server.stop().await.unwrap();

    let api = bucket.api(&fixture, "secret");
    api.until_ready().await;
    api.post_empty("/restore/employees").await.expect(404);
    let mut names = Vec::new();
    for _ in 0..3 {
        let made = api.post_empty("/backup/employees").await.expect(201);
        assert_eq!((&made["rows"], &made["content_hash"]), (&json!(1200), &json!(hash)));
        names.insert(0, made["name"].as_str().unwrap().to_owned());
    }
    // Two are kept, each with its manifest.
    let mut expected: Vec<String> =
        names[..2].iter().flat_map(|name| [name.clone(), manifest_name(name)]).collect();
    expected.sort();
    assert_eq!(bucket.objects("employees"), expected);
    let list = api.get("/backup/employees").await.expect(200);
    let listed: Vec<&Value> = list.as_array().unwrap().iter().map(|backup| &backup["name"]).collect();
    assert_eq!(listed, [&names[0], &names[1]]);
    fixture.sql(&["DELETE FROM employees WHERE employee_id > 200"]).await;
    assert_eq!(api.post_empty("/restore/employees").await.expect(200)["added"], 1000);
    assert_eq!(api.get("/hash/employees").await.expect(200)["content_hash"], hash);
    api.post_empty(&format!("/backup/employees/{}/verify", names[1])).await.expect(200);
    assert_eq!(api.get("/backup/employees").await.expect(200)[1]["verified"], "intact");
    assert_eq!(api.get(&format!("/backup/employees/{}", names[0])).await.status, 200);

    // The store is away: 503, and what was there is there afterwards.
    bucket.kill();
    for (method, path) in
        [("POST", "/backup/employees"), ("POST", "/restore/employees"), ("GET", "/backup/employees")]
    {
        assert_eq!(api.send(api.call(method, path)).await.expect(503)["type"], "/problems/store-away");
    }
    bucket.restart().await;
    assert_eq!(bucket.objects("employees"), expected);
    assert_eq!(api.post_empty("/restore/employees").await.expect(200)["unchanged"], 1200);
    drop(api);
    // A wrong key is refused by the bucket. Only the log says so.
    let api = bucket.api(&fixture, "wrong");
    api.until_ready().await;
    let problem = api.post_empty("/backup/employees").await.expect(503);
    assert_eq!(problem["type"], "/problems/store-away");
    assert!(!problem.to_string().contains("wrong"), "{problem}");
    assert_eq!(bucket.objects("employees"), expected);
}

async fn a_large_backup_goes_to_a_bucket_in_parts(fixture: Fixture) {
    let Some(bucket) = Bucket::start(&fixture) else { return };
    bucket.until_up().await;
    let server = fixture.shipped_package(&["departments.csv", "jobs.csv"]).start().await;
    load_employees(&server, 1..=1000).await;
    // Names that hardly compress, so that there are three parts.
    let mut noise = 0_u64;
    for thousand in 0..130 {
        let row = |id: u32| {
            let name: String = (0..12)
                .map(|_| {
                    noise =
                        noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    format!("{:016x}", noise)
                })
                .collect();
            format!("{id},{name},2021-01-01T00:00:00Z,1,1\n")
        };
        let ids = 2000 + thousand * 1000..2000 + (thousand + 1) * 1000;
        server.post_csv("employees", ids.map(row).collect::<String>()).await.expect(201);
    }
    let hash = server.hash("employees").await;
    server.stop().await.unwrap();
    let api = bucket.api(&fixture, "secret");
    api.until_ready().await;
    let made = api.post_empty("/backup/employees").await.expect(201);
    assert!(made["bytes"].as_u64().unwrap() > 17_000_000, "{made}");
    fixture.sql(&["DELETE FROM employees"]).await;
    assert_eq!(api.post_empty("/restore/employees").await.expect(200)["content_hash"], hash);
    assert_eq!(bucket.objects("employees").len(), 2);
}

async fn a_bucket_keeps_what_is_made_last_and_nothing_that_is_left_over(fixture: Fixture) {
    let Some(bucket) = Bucket::start(&fixture) else { return };
    bucket.until_up().await;
    filled(&fixture, 20).await.stop().await.unwrap();
    let api = bucket.api(&fixture, "secret");
    api.until_ready().await;
    let first = api.post_empty("/backup/employees").await.expect(201)["name"].as_str().unwrap().to_owned();
    let folder = bucket.folder.join("bucket/some/prefix/employees");
    let manifest = |name: &str| folder.join(manifest_name(name));
    // Two that were made by a clock that was ahead, and one that never got its manifest.
    let ahead = [24, 25].map(|hours| name_in("employees", hours));
    for name in &ahead {
        fs::copy(folder.join(&first), folder.join(name)).unwrap();
        let told = fs::read_to_string(manifest(&first)).unwrap().replace(&first, name);
        fs::write(manifest(name), told).unwrap();
    }
    let left_over = "employees-20010101T000000.000Z.avro";
    fs::copy(folder.join(&first), folder.join(left_over)).unwrap();
    age(&folder.join(left_over), 25);
    let made = api.post_empty("/backup/employees").await.expect(201)["name"].as_str().unwrap().to_owned();
    let list = api.get("/backup/employees").await.expect(200);
    let listed: Vec<&Value> = list.as_array().unwrap().iter().map(|backup| &backup["name"]).collect();
    assert_eq!(listed, [&made, &ahead[1]]);
    assert_eq!(api.post_empty("/restore/employees").await.expect(200)["name"], made);
    assert_eq!(bucket.objects("employees").len(), 4);
}

#[test]
fn a_backup_store_that_is_none_is_a_refusal_to_start() {
    run(Engine::Sqlite, async |fixture| {
        fixture.shipped_package(&[]);
        for (url, why) in [
            ("ftp://host/x", "BACKUP_URL is refused"),
            ("nonsense", "BACKUP_URL is refused"),
            ("memory:///", "it starts with none of file://, s3://, az:// and gs://"),
            ("s3://", "BACKUP_URL is refused"),
        ] {
            let config = fixture.config(&["--backup-url", url]);
            let error = format!("{:#}", api::App::bind(config).await.err().expect(url));
            assert!(error.contains(why), "{error}");
        }
    });
}
