//! A proxy between the client and a real server, which does to requests what networks do.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// What happens to a request.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    /// It passes.
    Pass,
    /// The connection is closed before the server gets it.
    Close,
    /// The server gets it, and its answer is lost.
    Lose,
    /// The server gets it, and its answer breaks off.
    BreakOff,
    /// Something else answers: status and headers.
    Answer(&'static str),
    /// It waits until it is released, then passes.
    Hold,
}

/// The running proxy.
#[derive(Clone)]
pub struct Proxy {
    pub addr: SocketAddr,
    shared: Arc<(Mutex<Shared>, Condvar)>,
}

#[derive(Default)]
struct Shared {
    fates: VecDeque<Fate>,
    /// Of requests for which no fate is left.
    last: Option<Fate>,
    requests: Vec<String>,
    held: usize,
    released: bool,
}

impl Proxy {
    /// In front of a server. The POST requests meet these fates in their order, then the last one; all other
    /// requests pass.
    pub fn start(server: &str, fates: &[Fate], last: Fate) -> Proxy {
        Proxy::listen(TcpListener::bind("127.0.0.1:0").unwrap(), server, fates, last)
    }

    /// The same, on a listener.
    pub fn listen(listener: TcpListener, server: &str, fates: &[Fate], last: Fate) -> Proxy {
        let shared = Shared { fates: fates.iter().copied().collect(), last: Some(last), ..Shared::default() };
        let addr = listener.local_addr().unwrap();
        let proxy = Proxy { addr, shared: Arc::new((Mutex::new(shared), Condvar::new())) };
        let (serving, server) = (proxy.clone(), server.to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (proxy, server) = (serving.clone(), server.clone());
                // A connection that fails is what this proxy is for.
                std::thread::spawn(move || client.and_then(|client| proxy.serve(client, &server)));
            }
        });
        proxy
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The heads of all requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.shared.0.lock().unwrap().requests.clone()
    }

    /// Waits until so many requests are held.
    pub fn wait_for_held(&self, count: usize) {
        let (shared, changed) = &*self.shared;
        let guard = shared.lock().unwrap();
        let wait = changed.wait_timeout_while(guard, Duration::from_secs(30), |shared| shared.held < count);
        assert!(!wait.unwrap().1.timed_out(), "{count} requests are not held in time");
    }

    /// Lets requests pass that are held.
    pub fn release(&self) {
        self.shared.0.lock().unwrap().released = true;
        self.shared.1.notify_all();
    }

    fn serve(&self, mut client: TcpStream, server: &str) -> std::io::Result<()> {
        let (head, body) = read_request(&mut client)?;
        let fate = self.fate(&head);
        match fate {
            Fate::Close => return Ok(()),
            Fate::Answer(answer) => {
                return client.write_all(format!("HTTP/1.1 {answer}content-length: 0\r\n\r\n").as_bytes());
            }
            Fate::Hold => self.hold(),
            Fate::Pass | Fate::Lose | Fate::BreakOff => {}
        }
        let mut upstream = TcpStream::connect(server)?;
        let (line, headers) = head.split_once("\r\n").unwrap();
        upstream.write_all(format!("{line}\r\nconnection: close\r\n{headers}").as_bytes())?;
        upstream.write_all(&body)?;
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer)?;
        let passes = match fate {
            Fate::Lose => 0,
            Fate::BreakOff => answer.len() - 20,
            _ => answer.len(),
        };
        client.write_all(&answer[..passes])
    }

    fn fate(&self, head: &str) -> Fate {
        let mut shared = self.shared.0.lock().unwrap();
        shared.requests.push(head.to_owned());
        if !head.starts_with("POST ") {
            return Fate::Pass;
        }
        shared.fates.pop_front().or(shared.last).unwrap_or(Fate::Pass)
    }

    fn hold(&self) {
        let (shared, changed) = &*self.shared;
        let mut guard = shared.lock().unwrap();
        guard.held += 1;
        changed.notify_all();
        drop(changed.wait_while(guard, |shared| !shared.released).unwrap());
    }
}

fn read_request(client: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut piece = [0; 64 << 10];
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        match client.read(&mut piece)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            length => bytes.extend_from_slice(&piece[..length]),
        }
    };
    let mut body = bytes.split_off(end);
    let head = String::from_utf8(bytes).unwrap();
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    while body.len() < length.unwrap_or(0) {
        match client.read(&mut piece)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => body.extend_from_slice(&piece[..read]),
        }
    }
    Ok((head, body))
}
