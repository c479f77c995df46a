//! Load: many connections post full batches while as many read. No answer is a failure but 503 with `Retry-After`,
//! and memory stays flat. `tests/bench/load.sh` is the long run, of a release build.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use support::{Answer, Fixture, print_line};

use crate::API;

conformance! {
    under_load_no_answer_is_a_failure_but_503_with_retry_after,
}

/// Connections that post, and as many that read.
const CONNECTIONS: u32 = 200;

/// How long each kind of request took, and how it ended.
#[derive(Default)]
struct Seen {
    took: Vec<Duration>,
    statuses: BTreeMap<u16, u64>,
}

impl Seen {
    fn add(&mut self, other: Seen) {
        self.took.extend(other.took);
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
    }

    /// Of all answers, so many a second; of those that are no 503, the time by which half and 99 of 100 were there.
    fn figures(&mut self, what: &str, seconds: u64) -> String {
        self.took.sort_unstable();
        let at = |share: usize| self.took.get(self.took.len() * share / 100).copied().unwrap_or_default();
        let statuses: Vec<_> =
            self.statuses.iter().map(|(status, count)| format!("{status}: {count}")).collect();
        let (rate, p50, p99) = (self.took.len() as u64 / seconds, at(50).as_millis(), at(99).as_millis());
        format!("{what}: {rate}/s, p50 {p50} ms, p99 {p99} ms; {}", statuses.join(", "))
    }
}

/// Sends requests one after the other until the time is over. After a 503 it waits as long as the answer says.
async fn send(until: Instant, request: impl Fn() -> reqwest::RequestBuilder) -> Seen {
    let mut seen = Seen::default();
    while Instant::now() < until {
        let started = Instant::now();
        let answer = Answer::read(request().send().await.unwrap()).await.unwrap();
        let status = answer.status.as_u16();
        *seen.statuses.entry(status).or_default() += 1;
        match (status, answer.header("retry-after")) {
            (200 | 201, _) => seen.took.push(started.elapsed()),
            (503, Some(seconds)) => tokio::time::sleep(Duration::from_secs(seconds.parse().unwrap())).await,
            (other, _) => panic!("{other}: {}", answer.text()),
        }
    }
    seen
}

async fn under_load_no_answer_is_a_failure_but_503_with_retry_after(fixture: Fixture) {
    let seconds: u64 = std::env::var("SECONDS_OF_LOAD").map_or(5, |seconds| seconds.parse().unwrap());
    let api = API.start(fixture.shipped_package(&["departments.csv", "jobs.csv"]));
    api.until_ready().await;
    let next = Arc::new(AtomicU32::new(0));
    let phase = async |seconds: u64| {
        let until = Instant::now() + Duration::from_secs(seconds);
        let mut posting = Vec::new();
        let mut reading = Vec::new();
        for reader in 0..CONNECTIONS {
            let (post, next) = (api.call("POST", "/new_records/employees"), Arc::clone(&next));
            posting.push(tokio::spawn(send(until, move || {
                let first = next.fetch_add(1000, Ordering::Relaxed);
                let row = |n| {
                    format!(
                        "{},Ada Lovelace,2021-07-27T16:02:08Z,{},{}\n",
                        first + n,
                        n % 12 + 1,
                        n % 183 + 1
                    )
                };
                let body: String = (1..=1000).map(row).collect();
                post.try_clone().unwrap().header("content-type", "text/csv").body(body)
            })));
            let path =
                ["/view/employees?limit=100", "/view/jobs/1", "/batches?limit=10"][reader as usize % 3];
            let get = api.call("GET", path);
            reading.push(tokio::spawn(send(until, move || get.try_clone().unwrap())));
        }
        let [mut posts, mut reads] = [Seen::default(), Seen::default()];
        for task in posting {
            posts.add(task.await.unwrap());
        }
        for task in reading {
            reads.add(task.await.unwrap());
        }
        (posts, reads)
    };
    // Whether memory is flat is seen once everything is warm.
    phase(seconds.div_ceil(4)).await;
    let before = api.peak_memory() >> 20;
    let (mut posts, mut reads) = phase(seconds).await;
    let after = api.peak_memory() >> 20;
    let figures = format!(
        "load on {:?}, {CONNECTIONS} + {CONNECTIONS} connections, {seconds} s: {}; {}; peak memory {before} MiB after a \
         quarter of it, {after} MiB then",
        fixture.engine,
        posts.figures("posts of 1000 rows", seconds),
        reads.figures("reads", seconds),
    );
    print_line(&figures);
    assert!(posts.took.len() > 10 && reads.took.len() > 10, "{figures}");
    assert!(after < before + before / 2 + 32, "{figures}");
}
