//! Whether the API on this machine is ready, asked from outside of its process.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Asks `/health/ready` at the address that the API binds to.
///
/// # Errors
/// When it does not answer 200.
pub async fn ask(bind: &str) -> anyhow::Result<()> {
    let mut addr = tokio::net::lookup_host(bind).await?.next().context("API_BIND names no address")?;
    if addr.ip().is_unspecified() {
        // Bound to all addresses; asked on loopback.
        let loopback = if addr.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        addr.set_ip(loopback);
    }
    let status = tokio::time::timeout(TIMEOUT, status(addr)).await.context("no answer in time")??;
    if !status.starts_with("HTTP/1.1 200") {
        bail!("not ready: {status}");
    }
    Ok(())
}

/// The status line. One request needs no HTTP client.
async fn status(addr: SocketAddr) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(addr).await?;
    stream.write_all(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}
