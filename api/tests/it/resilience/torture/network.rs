//! A network between clients and the API that loses, delays and repeats what it carries, and remembers every answer.

use std::collections::{BTreeMap, HashMap};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use fastrand::Rng;
use serde_json::Value;
use support::{Fate, Plan, Proxy};

/// A fate by its name, how many of a hundred requests meet it, and what it is for a pause that was drawn.
type Drawn = (&'static str, u32, fn(Duration) -> Fate);

const FATES: [Drawn; 8] = [
    ("pass", 55, |_| Fate::Pass),
    ("delay", 12, Fate::Delay),
    ("close before", 7, |_| Fate::CloseBefore),
    ("cut request", 6, |_| Fate::CutRequest),
    ("lose answer", 7, |_| Fate::LoseAnswer),
    ("cut answer", 4, |_| Fate::CutAnswer),
    ("twice", 5, |_| Fate::Twice),
    ("again later", 4, |pause| Fate::AgainLater(pause * 5)),
];

/// What was drawn and answered.
#[derive(Clone)]
pub struct Network(Arc<Mutex<State>>);

struct State {
    random: Rng,
    fates: BTreeMap<&'static str, u64>,
    statuses: BTreeMap<u16, u64>,
    /// The counts of each batch that was answered, by its id.
    answered: HashMap<String, Value>,
}

impl Network {
    /// Starts a proxy in front of the API whose network is drawn from a seed.
    pub fn start(api: SocketAddr, seed: u64) -> (Network, Proxy) {
        let state = State {
            random: Rng::with_seed(seed),
            fates: BTreeMap::new(),
            statuses: BTreeMap::new(),
            answered: HashMap::new(),
        };
        let network = Network(Arc::new(Mutex::new(state)));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        (network.clone(), Proxy::with_plan(listener, api, network))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// What the API has answered to batches, by their ids.
    pub fn answered(&self) -> HashMap<String, Value> {
        self.state().answered.clone()
    }

    /// How often each status was answered.
    pub fn statuses(&self) -> BTreeMap<u16, u64> {
        self.state().statuses.clone()
    }

    /// What happened to requests, in words.
    pub fn figures(&self) -> String {
        let fates: Vec<_> =
            self.state().fates.iter().map(|(fate, count)| format!("{fate} {count}")).collect();
        let statuses: Vec<_> = self.statuses().iter().map(|(s, count)| format!("{s} {count}")).collect();
        format!("requests: {}; answers: {}", fates.join(", "), statuses.join(", "))
    }
}

impl Plan for Network {
    fn fate(&mut self, _head: &str) -> Fate {
        let mut state = self.state();
        let mut drawn = state.random.u32(0..FATES.iter().map(|(_, weight, _)| weight).sum());
        let is_drawn = |(_, weight, _): &&Drawn| match drawn.checked_sub(*weight) {
            Some(rest) => {
                drawn = rest;
                false
            }
            None => true,
        };
        let (name, _, fate) = FATES.iter().find(is_drawn).unwrap();
        *state.fates.entry(name).or_default() += 1;
        fate(Duration::from_millis(state.random.u64(5..300)))
    }

    fn answered(&mut self, answer: &[u8]) {
        let Some((status, outcome)) = read_answer(answer) else { return };
        let mut state = self.state();
        *state.statuses.entry(status).or_default() += 1;
        if let Some(batch) = outcome["batch"].as_str() {
            state.answered.insert(batch.to_owned(), outcome);
        }
    }
}

/// Status and JSON of an answer that arrived whole; null for one that is not JSON.
fn read_answer(answer: &[u8]) -> Option<(u16, Value)> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?.to_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = &answer[end + 4..];
    let length: usize = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())?;
    (body.len() == length).then(|| (status, serde_json::from_slice(body).unwrap_or(Value::Null)))
}
