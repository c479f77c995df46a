//! A network between clients and the API that loses, delays and repeats what it carries, and remembers every answer.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::server::until;

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Pass,
    Delay,
    /// The connection is closed before the API gets anything.
    CloseBefore,
    /// The API gets half of it.
    CutRequest,
    /// The API answers, and the answer is lost.
    LoseAnswer,
    /// The answer breaks off.
    CutAnswer,
    /// It arrives twice at the same time.
    Twice,
    /// It arrives once more later, when perhaps another process answers.
    AgainLater,
}

/// Of a hundred requests, so many meet each fate.
const FATES: [(Fate, u32); 8] = [
    (Fate::Pass, 55),
    (Fate::Delay, 12),
    (Fate::CloseBefore, 7),
    (Fate::CutRequest, 6),
    (Fate::LoseAnswer, 7),
    (Fate::CutAnswer, 4),
    (Fate::Twice, 5),
    (Fate::AgainLater, 4),
];

/// The running proxy.
#[derive(Clone)]
pub struct Proxy {
    pub addr: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    api: SocketAddr,
    state: Mutex<State>,
}

struct State {
    random: Rng,
    fates: BTreeMap<Fate, u64>,
    /// Batches that were sent, repeats counted.
    posts: u64,
    under_way: u64,
    /// Batches that the API is working on, or has got for nothing.
    with_the_api: u64,
    statuses: BTreeMap<u16, u64>,
    /// The counts of each batch that was answered, by its id.
    answered: HashMap<String, Value>,
}

impl Proxy {
    pub async fn start(api: SocketAddr, seed: u64) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let state = State {
            random: Rng::with_seed(seed),
            fates: BTreeMap::new(),
            posts: 0,
            under_way: 0,
            with_the_api: 0,
            statuses: BTreeMap::new(),
            answered: HashMap::new(),
        };
        let addr = listener.local_addr().unwrap();
        let proxy = Proxy { addr, shared: Arc::new(Shared { api, state: Mutex::new(state) }) };
        let accepting = proxy.clone();
        tokio::spawn(async move {
            loop {
                let Ok((client, _)) = listener.accept().await else { continue };
                let proxy = accepting.clone();
                proxy.with(|state| state.under_way += 1);
                tokio::spawn(async move {
                    // A connection that fails is what this proxy is for.
                    let _failed = proxy.serve(client).await;
                    proxy.with(|state| state.under_way -= 1);
                });
            }
        });
        proxy
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.shared.state.lock().unwrap())
    }

    /// Waits until nothing is carried any more, repeats that come late included.
    pub async fn until_quiet(&self) {
        until("the proxy is quiet", async || self.with(|state| state.under_way == 0)).await;
    }

    /// Batches that the API has not answered yet.
    pub fn with_the_api(&self) -> u64 {
        self.with(|state| state.with_the_api)
    }

    /// What the API has said of batches, by their ids.
    pub fn answered(&self) -> HashMap<String, Value> {
        self.with(|state| std::mem::take(&mut state.answered))
    }

    /// Batches that were sent, repeats counted.
    pub fn posts(&self) -> u64 {
        self.with(|state| state.posts)
    }

    /// How often each status was answered.
    pub fn statuses(&self) -> BTreeMap<u16, u64> {
        self.with(|state| state.statuses.clone())
    }

    /// What happened to requests, in words.
    pub fn figures(&self) -> String {
        let fates = self.with(|state| state.fates.clone());
        let fates: Vec<_> = fates.iter().map(|(fate, count)| format!("{fate:?} {count}")).collect();
        let statuses: Vec<_> = self.statuses().iter().map(|(s, count)| format!("{s} {count}")).collect();
        format!("requests: {}; answers: {}", fates.join(", "), statuses.join(", "))
    }

    async fn serve(&self, mut client: TcpStream) -> std::io::Result<()> {
        let request = read_request(&mut client).await?;
        let (fate, pause) = self.with(|state| {
            let mut drawn = state.random.u32(0..FATES.iter().map(|(_, weight)| weight).sum());
            let fate = FATES.iter().find(|(_, weight)| match drawn.checked_sub(*weight) {
                Some(rest) => {
                    drawn = rest;
                    false
                }
                None => true,
            });
            let fate = fate.unwrap().0;
            *state.fates.entry(fate).or_default() += 1;
            state.posts += u64::from(request.starts_with(b"POST "));
            (fate, Duration::from_millis(state.random.u64(5..300)))
        });
        match fate {
            Fate::CloseBefore => return Ok(()),
            Fate::CutRequest => {
                let mut api = TcpStream::connect(self.shared.api).await?;
                return api.write_all(&request[..request.len() / 2]).await;
            }
            Fate::Delay => tokio::time::sleep(pause).await,
            _ => {}
        }
        let answer = if fate == Fate::Twice {
            let (first, second) = tokio::join!(self.forward(&request), self.forward(&request));
            first.or(second)?
        } else {
            self.forward(&request).await?
        };
        match fate {
            Fate::LoseAnswer => {}
            Fate::CutAnswer => client.write_all(&answer[..answer.len() / 2]).await?,
            _ => client.write_all(&answer).await?,
        }
        drop(client);
        if fate == Fate::AgainLater {
            tokio::time::sleep(pause * 5).await;
            self.forward(&request).await?;
        }
        Ok(())
    }

    async fn forward(&self, request: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut api = TcpStream::connect(self.shared.api).await?;
        api.write_all(request).await?;
        let mut answer = Vec::new();
        let batches = u64::from(request.starts_with(b"POST "));
        self.with(|state| state.with_the_api += batches);
        let ended = api.read_to_end(&mut answer).await;
        self.with(|state| state.with_the_api -= batches);
        if let Some((status, outcome)) = read_answer(&answer) {
            self.with(|state| {
                *state.statuses.entry(status).or_default() += 1;
                if let Some(batch) = outcome["batch"].as_str() {
                    state.answered.insert(batch.to_owned(), outcome);
                }
            });
        }
        ended.map(|_| answer)
    }
}

/// Head and body of a request, in which its connection is told to close behind it.
async fn read_request(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let head_ends = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = head_ends {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if bytes.len() >= end + 4 + length.unwrap_or(0) {
                let line_ends = bytes.windows(2).position(|two| two == b"\r\n").unwrap_or(0);
                bytes.splice(line_ends..line_ends, *b"\r\nconnection: close");
                return Ok(bytes);
            }
        }
        if client.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Status and JSON of an answer that arrived whole; null for one that is no JSON.
fn read_answer(answer: &[u8]) -> Option<(u16, Value)> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?.to_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = &answer[end + 4..];
    let length: usize = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())?;
    (body.len() == length).then(|| (status, serde_json::from_slice(body).unwrap_or(Value::Null)))
}
