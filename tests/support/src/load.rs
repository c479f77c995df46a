//! Load: connections that post batches of 1000 employees, and as many others that read, until enough is sent.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use reqwest::RequestBuilder;
use tokio::task::JoinHandle;

use crate::{Answer, Api};

/// Rows of each batch.
const ROWS: u32 = 1000;

/// How the bodies are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// CSV without a header.
    Csv,
    /// An array of objects.
    Json,
}

/// What becomes of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rows {
    /// All are valid and new.
    Clean,
    /// All have a date that does not exist.
    Rejected,
}

/// When the senders stop. The readers stop when all senders have.
#[derive(Debug, Clone, Copy)]
pub enum Stop {
    /// When so many batches are answered.
    Batches(u32),
    /// After a time; what is under way is finished.
    After(Duration),
}

/// The connections, and what they send.
#[derive(Debug, Clone)]
pub struct Load {
    /// Connections that post.
    pub senders: u32,
    /// Connections that read lists and rows.
    pub readers: u32,
    /// How the bodies are written.
    pub format: Format,
    /// What becomes of the rows.
    pub rows: Rows,
    /// The id before that of the next row.
    next: Arc<AtomicU32>,
}

/// How long requests took, and how they ended.
#[derive(Debug, Default)]
pub struct Seen {
    took: Vec<Duration>,
    statuses: BTreeMap<u16, u64>,
    span: Duration,
}

impl Load {
    /// Of clean rows as CSV.
    pub fn new(senders: u32, readers: u32) -> Load {
        Load { senders, readers, format: Format::Csv, rows: Rows::Clean, next: Arc::default() }
    }

    /// Puts the load on a server that has departments and jobs; what the senders have seen, and the readers. After a 503,
    /// a connection waits as long as the answer says, and sends the same again.
    ///
    /// # Panics
    /// On an answer that is neither a 503 nor what such rows have.
    pub async fn run(&self, api: &Api, stop: Stop) -> (Seen, Seen) {
        let (started, sent, is_over) =
            (Instant::now(), Arc::new(AtomicU32::new(0)), Arc::<AtomicBool>::default());
        let senders = (0..self.senders).map(|_| self.sender(api, stop, started, Arc::clone(&sent)));
        let senders: Vec<_> = senders.collect();
        let readers: Vec<_> = (0..self.readers).map(|n| reader(api, n, Arc::clone(&is_over))).collect();
        let mut posts = all(senders).await;
        posts.span = started.elapsed();
        is_over.store(true, Ordering::Relaxed);
        let mut reads = all(readers).await;
        reads.span = started.elapsed();
        (posts, reads)
    }

    fn sender(&self, api: &Api, stop: Stop, started: Instant, sent: Arc<AtomicU32>) -> JoinHandle<Seen> {
        let (load, api) = (self.clone(), api.clone());
        let expected = match self.rows {
            Rows::Clean => 201,
            Rows::Rejected => 422,
        };
        tokio::spawn(async move {
            let goes_on = || match stop {
                Stop::Batches(batches) => sent.fetch_add(1, Ordering::Relaxed) < batches,
                Stop::After(span) => started.elapsed() < span,
            };
            let mut seen = Seen::default();
            while goes_on() {
                let first = load.next.fetch_add(ROWS, Ordering::Relaxed) + 1;
                let (media, body) = load.body(first);
                seen.send(&api.request("employees", media, body), expected).await;
            }
            seen
        })
    }

    fn body(&self, first: u32) -> (&'static str, String) {
        let moment = match self.rows {
            Rows::Clean => "2021-07-27T16:02:08Z",
            Rows::Rejected => "2021-02-30T16:02:08Z",
        };
        let cells = (first..first + ROWS).map(|id| (id, id % 12 + 1, id % 183 + 1));
        let mut body = String::with_capacity(160 * ROWS as usize);
        match self.format {
            Format::Csv => {
                for (id, department, job) in cells {
                    writeln!(body, "{id},Ada Lovelace,{moment},{department},{job}").unwrap();
                }
                ("text/csv", body)
            }
            Format::Json => {
                for (id, department, job) in cells {
                    body.push(if body.is_empty() { '[' } else { ',' });
                    write!(
                        body,
                        r#"{{"employee_id":{id},"employee_name":"Ada Lovelace","hiring_date":"{moment}","department_id":{department},"job_id":{job}}}"#
                    )
                    .unwrap();
                }
                body.push(']');
                ("application/json", body)
            }
        }
    }
}

fn reader(api: &Api, number: u32, is_over: Arc<AtomicBool>) -> JoinHandle<Seen> {
    let path = ["/view/employees?limit=100", "/view/jobs/1", "/batches?limit=10"][number as usize % 3];
    let request = api.call("GET", path);
    tokio::spawn(async move {
        let mut seen = Seen::default();
        while !is_over.load(Ordering::Relaxed) {
            seen.send(&request, 200).await;
        }
        seen
    })
}

async fn all(tasks: Vec<JoinHandle<Seen>>) -> Seen {
    let mut seen = Seen::default();
    for task in tasks {
        seen.add(task.await.unwrap());
    }
    seen.took.sort_unstable();
    seen
}

impl Seen {
    /// Answers that are no 503.
    pub fn answers(&self) -> usize {
        self.took.len()
    }

    /// Answers a second that are no 503.
    pub fn rate(&self) -> f64 {
        self.took.len() as f64 / self.span.as_secs_f64()
    }

    /// The milliseconds by which so many of 100 answers that are no 503 were there; 0 where there was none.
    pub fn milliseconds(&self, percent: usize) -> f64 {
        let at = self.took.get(self.took.len() * percent / 100);
        at.copied().unwrap_or_default().as_secs_f64() * 1000.0
    }

    /// Rate, p50, p99, and all answers by status, in a line.
    pub fn figures(&self, what: &str) -> String {
        let statuses = self.statuses.iter().map(|(status, count)| format!("{status}: {count}"));
        let statuses = statuses.collect::<Vec<_>>().join(", ");
        let [p50, p99] = [50, 99].map(|percent| self.milliseconds(percent));
        format!("{what}: {:.0}/s, p50 {p50:.1} ms, p99 {p99:.1} ms; {statuses}", self.rate())
    }

    /// Sends a request until its answer is not 503, but what is expected.
    async fn send(&mut self, request: &RequestBuilder, expected: u16) {
        loop {
            let started = Instant::now();
            let answer = Answer::read(request.try_clone().unwrap().send().await.unwrap()).await.unwrap();
            let status = answer.status.as_u16();
            *self.statuses.entry(status).or_default() += 1;
            match (status, answer.header("retry-after")) {
                (status, _) if status == expected => return self.took.push(started.elapsed()),
                (503, Some(seconds)) => {
                    tokio::time::sleep(Duration::from_secs(seconds.parse().unwrap())).await
                }
                (other, _) => panic!("{other}: {}", answer.text()),
            }
        }
    }

    fn add(&mut self, other: Seen) {
        self.took.extend(other.took);
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
    }
}
