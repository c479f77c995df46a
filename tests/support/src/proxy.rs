//! A proxy between clients and a real server, which does to requests what networks do.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::wait::DEADLINE;

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It passes.
    Pass,
    /// It passes after a pause.
    Delay(Duration),
    /// The connection is closed before the server gets anything.
    CloseBefore,
    /// The server gets half of it.
    CutRequest,
    /// The server answers, and the answer is lost.
    LoseAnswer,
    /// The server answers, and half of the answer arrives.
    CutAnswer,
    /// It arrives twice at the same time.
    Twice,
    /// It passes, and arrives once more after a pause.
    AgainLater(Duration),
    /// It waits until [`Proxy::release`], then passes.
    Hold,
    /// The server gets nothing, and something else answers: status and headers, each with its line end.
    Answer(&'static str),
}

/// Decides what happens to requests.
pub trait Plan: Send + 'static {
    /// The fate of a request with this head.
    fn fate(&mut self, head: &str) -> Fate;

    /// The server has answered; the answer may have broken off.
    fn answered(&mut self, _answer: &[u8]) {}
}

/// `POST` requests meet these fates in their order, then the last one. All other requests pass.
struct Script(VecDeque<Fate>, Fate);

impl Plan for Script {
    fn fate(&mut self, head: &str) -> Fate {
        if is_post(head.as_bytes()) { self.0.pop_front().unwrap_or(self.1) } else { Fate::Pass }
    }
}

/// The running proxy.
#[derive(Clone)]
pub struct Proxy {
    /// Where it listens.
    pub addr: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    server: SocketAddr,
    plan: Mutex<Box<dyn Plan>>,
    traffic: Mutex<Traffic>,
    changed: Condvar,
}

#[derive(Default)]
struct Traffic {
    heads: Vec<String>,
    connections: u64,
    posts_at_the_server: u64,
    held: usize,
    released: bool,
}

impl Proxy {
    /// Starts a proxy in front of a server. `POST` requests meet these fates in their order, then the last one; all other
    /// requests pass.
    pub fn start(server: SocketAddr, fates: &[Fate], last: Fate) -> Proxy {
        Proxy::listen(TcpListener::bind("127.0.0.1:0").unwrap(), server, fates, last)
    }

    /// The same, on a listener.
    pub fn listen(listener: TcpListener, server: SocketAddr, fates: &[Fate], last: Fate) -> Proxy {
        Proxy::with_plan(listener, server, Script(fates.iter().copied().collect(), last))
    }

    /// Starts a proxy that asks a plan what happens to each request.
    pub fn with_plan(listener: TcpListener, server: SocketAddr, plan: impl Plan) -> Proxy {
        let shared = Shared {
            server,
            plan: Mutex::new(Box::new(plan)),
            traffic: Mutex::default(),
            changed: Condvar::new(),
        };
        let proxy = Proxy { addr: listener.local_addr().unwrap(), shared: Arc::new(shared) };
        let serving = proxy.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                serving.traffic().connections += 1;
                let proxy = serving.clone();
                std::thread::spawn(move || {
                    // To fail is what connections through this proxy are for.
                    let _failed = client.and_then(|client| proxy.serve(client));
                    proxy.traffic().connections -= 1;
                });
            }
        });
        proxy
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The heads of all requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.traffic().heads.clone()
    }

    /// How many requests were `POST`, repeats by clients counted.
    pub fn posts(&self) -> usize {
        self.traffic().heads.iter().filter(|head| is_post(head.as_bytes())).count()
    }

    /// Whether nothing is under way any more, requests that come again later included.
    pub fn is_quiet(&self) -> bool {
        self.traffic().connections == 0
    }

    /// `POST` requests that the server has not answered yet.
    pub fn posts_at_the_server(&self) -> u64 {
        self.traffic().posts_at_the_server
    }

    /// Waits until so many requests are held.
    pub fn wait_for_held(&self, count: usize) {
        let wait = self.shared.changed.wait_timeout_while(self.traffic(), DEADLINE, |t| t.held < count);
        assert!(!wait.unwrap().1.timed_out(), "timed out waiting until the proxy holds {count} requests");
    }

    /// Lets requests pass that are held.
    pub fn release(&self) {
        self.traffic().released = true;
        self.shared.changed.notify_all();
    }

    fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.shared.traffic.lock().unwrap()
    }

    fn serve(&self, mut client: TcpStream) -> std::io::Result<()> {
        let (head, request) = read_request(&mut client)?;
        self.traffic().heads.push(head.clone());
        let fate = self.shared.plan.lock().unwrap().fate(&head);
        match fate {
            Fate::CloseBefore => Ok(()),
            Fate::Answer(answer) => {
                client.write_all(format!("HTTP/1.1 {answer}content-length: 0\r\n\r\n").as_bytes())
            }
            Fate::CutRequest => {
                TcpStream::connect(self.shared.server)?.write_all(&request[..request.len() / 2])
            }
            Fate::Pass => client.write_all(&self.forward(&request)?),
            Fate::Delay(pause) => {
                std::thread::sleep(pause);
                client.write_all(&self.forward(&request)?)
            }
            Fate::Hold => {
                self.hold();
                client.write_all(&self.forward(&request)?)
            }
            Fate::LoseAnswer => self.forward(&request).map(drop),
            Fate::CutAnswer => {
                let answer = self.forward(&request)?;
                client.write_all(&answer[..answer.len() / 2])
            }
            Fate::Twice => client.write_all(&self.forward_twice(&request)?),
            Fate::AgainLater(pause) => {
                let sent = self.forward(&request).and_then(|answer| client.write_all(&answer));
                drop(client);
                std::thread::sleep(pause);
                sent.and(self.forward(&request).map(drop))
            }
        }
    }

    fn forward_twice(&self, request: &[u8]) -> std::io::Result<Vec<u8>> {
        std::thread::scope(|scope| {
            let second = scope.spawn(|| self.forward(request));
            let first = self.forward(request);
            first.or(second.join().unwrap())
        })
    }

    /// Sends a request to the server; its answer.
    fn forward(&self, request: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut server = TcpStream::connect(self.shared.server)?;
        server.write_all(request)?;
        let mut answer = Vec::new();
        let posts = u64::from(is_post(request));
        self.traffic().posts_at_the_server += posts;
        let ended = server.read_to_end(&mut answer);
        self.traffic().posts_at_the_server -= posts;
        self.shared.plan.lock().unwrap().answered(&answer);
        ended.map(|_| answer)
    }

    fn hold(&self) {
        let mut traffic = self.traffic();
        traffic.held += 1;
        self.shared.changed.notify_all();
        drop(self.shared.changed.wait_while(traffic, |traffic| !traffic.released).unwrap());
    }
}

fn is_post(request: &[u8]) -> bool {
    request.starts_with(b"POST ")
}

/// The head of a request as it came, and the whole request with `connection: close` in it.
fn read_request(client: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break String::from_utf8_lossy(&bytes[..end + 4]).into_owned();
        }
        read_more(client, &mut bytes)?;
    };
    let lower = head.to_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    while bytes.len() < head.len() + length.unwrap_or(0) {
        read_more(client, &mut bytes)?;
    }
    let line_end = head.find("\r\n").unwrap();
    bytes.splice(line_end..line_end, *b"\r\nconnection: close");
    Ok((head, bytes))
}

fn read_more(client: &mut TcpStream, bytes: &mut Vec<u8>) -> std::io::Result<()> {
    let mut piece = [0; 64 << 10];
    match client.read(&mut piece)? {
        0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
        length => {
            bytes.extend_from_slice(&piece[..length]);
            Ok(())
        }
    }
}
