//! What the database holds in the end, against a fold of what was sent.

use std::collections::{BTreeMap, HashMap, HashSet};

use base64::Engine as _;
use serde_json::Value;
use support::Server;

use super::sent::{Sent, Wants};

/// The most differences that are shown.
const SHOWN: usize = 20;

/// What the API answers about the employees, their rejects and their loads.
pub struct Settled {
    stored: HashMap<u64, Vec<String>>,
    /// By source and line: the row as received, and its codes.
    rejected: HashMap<(String, u64), (Vec<u8>, Vec<String>)>,
    batches: Vec<Value>,
    differences: Vec<String>,
}

impl Settled {
    pub async fn read(server: &Server) -> Settled {
        let batches = server.all("/batches?table=employees&kind=load").await;
        let mut settled = Settled {
            stored: HashMap::new(),
            rejected: HashMap::new(),
            batches: Vec::new(),
            differences: Vec::new(),
        };
        for row in server.all("/view/employees").await {
            let cells = row.as_object().unwrap().values().map(text).collect();
            if settled.stored.insert(row["employee_id"].as_u64().unwrap(), cells).is_some() {
                settled.differ(format!("listed twice: {row}"));
            }
        }
        let mut rejects_of: HashMap<String, u64> = HashMap::new();
        let sources: HashMap<&str, &str> =
            batches.iter().map(|batch| (string(batch, "id"), string(batch, "source"))).collect();
        for reject in server.all("/rejected/employees").await {
            let batch = string(&reject, "batch");
            *rejects_of.entry(batch.to_owned()).or_default() += 1;
            let place = (sources[batch].to_owned(), reject["line"].as_u64().unwrap());
            let raw = match string(&reject, "encoding") {
                "base64" => base64::engine::general_purpose::STANDARD.decode(string(&reject, "raw")).unwrap(),
                _ => string(&reject, "raw").as_bytes().to_vec(),
            };
            let codes = reject["errors"].as_array().unwrap().iter().map(|error| text(&error["code"]));
            if settled.rejected.insert(place, (raw, codes.collect())).is_some() {
                settled.differ(format!("rejected twice: {reject}"));
            }
        }
        for batch in &batches {
            let rejects = rejects_of.get(string(batch, "id")).copied().unwrap_or_default();
            if batch["rejected"] != rejects {
                settled.differ(format!("{rejects} rejects in the log of {batch}"));
            }
        }
        settled.batches = batches;
        settled
    }

    pub fn batches(&self) -> usize {
        self.batches.len()
    }

    pub fn stored(&self) -> usize {
        self.stored.len()
    }

    pub fn rejected(&self) -> usize {
        self.rejected.len()
    }

    fn differ(&mut self, what: String) {
        self.differences.push(what);
    }

    /// Compares it with the files that were sent, and with the answers that were given.
    pub fn compare(mut self, files: &[Sent], answered: &HashMap<String, Value>) {
        self.compare_rows(files);
        self.compare_ledger(files);
        self.compare_answers(answered);
        let count = self.differences.len();
        self.differences.truncate(SHOWN);
        assert!(count == 0, "{count} differences, such as\n{}", self.differences.join("\n"));
    }

    /// Each row has one end: in the table, or in the reject log.
    fn compare_rows(&mut self, files: &[Sent]) {
        // Of the rows that want an id, those that were not rejected.
        let mut winners: BTreeMap<u32, Vec<(String, &Vec<String>)>> = BTreeMap::new();
        for file in files {
            for row in &file.rows {
                let place = format!("{} line {}", file.name, row.line);
                let reject = self.rejected.remove(&(file.name.clone(), row.line));
                if let Some((raw, _)) = reject.as_ref().filter(|(raw, _)| *raw != row.raw) {
                    let (sent, kept) = (row.raw.escape_ascii(), raw.escape_ascii());
                    self.differences.push(format!("{place}: {sent} is kept as {kept}"));
                }
                let codes = reject.map(|(_, codes)| codes);
                match (&row.wants, codes) {
                    (Wants::Id(id, cells), None) => winners.entry(*id).or_default().push((place, cells)),
                    (Wants::Id(id, _), Some(codes)) => {
                        winners.entry(*id).or_default();
                        if codes != ["primary-key"] {
                            self.differ(format!("{place}: rejected with {codes:?}"));
                        }
                    }
                    (Wants::Rejection(expected), codes) => {
                        if codes.as_ref().is_none_or(|codes| codes != expected) {
                            self.differ(format!("{place}: rejected with {codes:?}, not {expected:?}"));
                        }
                    }
                }
            }
        }
        for (id, winners) in winners {
            let stored = self.stored.remove(&u64::from(id));
            match (&winners[..], &stored) {
                ([(_, cells)], Some(stored)) if *cells == stored => {}
                _ => self.differ(format!("id {id}: stored is {stored:?}, not rejected were {winners:?}")),
            }
        }
        let unsent: Vec<_> = self.stored.keys().map(|id| format!("id {id} was never sent")).collect();
        let unsent_rejects: Vec<_> =
            self.rejected.keys().map(|at| format!("{at:?} was never sent")).collect();
        self.differences.extend(unsent.into_iter().chain(unsent_rejects));
    }

    /// The batches of a file cover its rows, without a gap and without an overlap, and their counts add up.
    fn compare_ledger(&mut self, files: &[Sent]) {
        let mut keys = HashSet::new();
        let mut of_file: BTreeMap<&str, BTreeMap<u64, u64>> = BTreeMap::new();
        for batch in &self.batches {
            let count = |name: &str| batch[name].as_u64().unwrap();
            let parts = ["inserted", "replaced", "unchanged", "rejected"];
            if count("received") != parts.map(count).iter().sum::<u64>() {
                self.differences.push(format!("does not add up: {batch}"));
            }
            let new_key = keys.insert(string(batch, "idempotency_key"));
            let ends = of_file.entry(string(batch, "source")).or_default();
            if !new_key || ends.insert(count("first_row"), count("received")).is_some() {
                self.differences.push(format!("twice in the ledger: {batch}"));
            }
        }
        for file in files {
            let mut next = 1;
            for (first, received) in of_file.remove(file.name.as_str()).unwrap_or_default() {
                if first != next {
                    self.differences.push(format!("{}: row {next} is followed by {first}", file.name));
                }
                next = first + received;
            }
            if next != file.rows.len() as u64 + 1 {
                self.differences.push(format!("{}: its batches end before row {next}", file.name));
            }
        }
        self.differences.extend(of_file.keys().map(|source| format!("{source} was never sent")));
    }

    /// What was answered is in the ledger.
    fn compare_answers(&mut self, answered: &HashMap<String, Value>) {
        let ledger: HashMap<&str, &Value> =
            self.batches.iter().map(|batch| (string(batch, "id"), batch)).collect();
        for (id, answer) in answered {
            let same = |batch: &&Value| {
                ["received", "inserted", "rejected"].iter().all(|name| answer[name] == batch[name])
            };
            if ledger.get(id.as_str()).copied().filter(same).is_none() {
                self.differences
                    .push(format!("answered, and not in the ledger: {id} {}", answer["response"]));
            }
        }
    }
}

fn string<'v>(item: &'v Value, name: &str) -> &'v str {
    item[name].as_str().unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
