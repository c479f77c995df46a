//! The hosts that requests may be for.
//!
//! A browser lets a web page read the answers of the page's own host. The owner of a page can point its name to an
//! address of this machine after the page was loaded (DNS rebinding). Then the browser sees no other site, and the
//! page may read all answers. Its requests still carry the page's name as their host, so they can be refused.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// The host of a URL or of a `Host` header, without its port (RFC 3986 section 3.2.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Host {
    /// A name in lower case, without a dot at its end.
    Name(String),
    /// An IP address.
    Address(IpAddr),
}

impl Host {
    /// Reads a host, which a port may follow; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Host> {
        if let Some(bracketed) = text.strip_prefix('[') {
            let (address, port) = bracketed.split_once(']')?;
            let address: Ipv6Addr = address.parse().ok()?;
            return is_port(port).then(|| Host::Address(IpAddr::V6(address).to_canonical()));
        }
        let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        if !is_port(port) || !is_name(&host) {
            return None;
        }
        Some(host.parse().map_or(Host::Name(host), |address: Ipv4Addr| Host::Address(address.into())))
    }

    /// Whether it is this machine by definition (RFC 6761 section 6.3, RFC 1122 section 3.2.1.3).
    fn is_loopback(&self) -> bool {
        match self {
            Host::Name(name) => name == "localhost" || name.ends_with(".localhost"),
            Host::Address(address) => address.is_loopback(),
        }
    }
}

/// Nothing, or a colon and digits.
fn is_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
}

fn is_name(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    text.split('.').all(|label| !label.is_empty() && label.bytes().all(is_plain))
}

/// The hosts that requests may be for. Without any listed, the address that is listened on decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts {
    any: bool,
    listed: HashSet<Host>,
}

impl Hosts {
    /// The same for an address that is listened on. Where none are listed, an address that others can reach takes
    /// requests for any host; names of this machine would not do there.
    pub fn on(self, address: IpAddr) -> Hosts {
        let is_open = self.listed.is_empty() && !address.to_canonical().is_loopback();
        Hosts { any: self.any || is_open, ..self }
    }

    /// Whether requests may be for any host, or for none.
    pub fn are_any(&self) -> bool {
        self.any
    }

    /// Whether requests may be for a host. Names and addresses of this machine always may.
    pub fn allow(&self, host: &Host) -> bool {
        self.any || host.is_loopback() || self.listed.contains(host)
    }
}

impl FromStr for Hosts {
    type Err = String;

    /// Reads names and addresses that are separated by commas; `*` means all.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut hosts = Hosts::default();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            if entry == "*" {
                hosts.any = true;
                continue;
            }
            let address = entry.parse().ok().map(|address: IpAddr| Host::Address(address.to_canonical()));
            let expected =
                || format!("expected names or addresses such as api,192.0.2.1 or *, got {entry:?}");
            hosts.listed.insert(address.or_else(|| Host::parse(entry)).ok_or_else(expected)?);
        }
        Ok(hosts)
    }
}
