//! HTTP byte for byte, for requests that an HTTP client would not send.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

/// Sends bytes, says that no more follow, and reads what comes until the server closes the connection. The server may
/// close it before it has taken all bytes.
pub fn exchange(addr: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    let _closed_by_the_server = stream.write_all(bytes).and_then(|()| stream.shutdown(Shutdown::Write));
    read_to_end(stream)
}

/// The answer to a request, whose head ends with a line end and is sent as it is.
pub fn request(addr: SocketAddr, head: &str) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.write_all(format!("{head}connection: close\r\n\r\n").as_bytes()).unwrap();
    read_to_end(stream)
}

fn read_to_end(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let _reset_by_the_server = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}
