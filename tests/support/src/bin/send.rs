//! Puts a load on a running server and prints what the connections have seen, for `tests/bench/all.sh`.

use std::net::SocketAddr;

use clap::Parser;
use support::Api;
use support::load::{Format, Load, Rows, Stop};

/// Sends batches of 1000 employees from several connections, while others read. Prints a name and a figure a line.
#[derive(Parser)]
struct Cli {
    /// Address of the server, which needs departments and jobs.
    address: SocketAddr,
    /// Batches to send.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..2_000_000))]
    batches: u32,
    /// Connections that post.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    senders: u32,
    /// Connections that read.
    #[arg(long, default_value_t = 0)]
    readers: u32,
    /// How the bodies are written.
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// What becomes of the rows.
    #[arg(long, value_enum, default_value_t = Rows::Clean)]
    rows: Rows,
}

#[tokio::main]
async fn main() {
    let cli = Cli::parse();
    let mut load = Load::new(cli.senders, cli.readers);
    (load.format, load.rows) = (cli.format, cli.rows);
    let (posts, reads) = load.run(&Api::at(cli.address), Stop::Batches(cli.batches)).await;
    println!("rate {:.1}", posts.rate());
    println!("p50 {:.2}", posts.milliseconds(50));
    println!("p99 {:.2}", posts.milliseconds(99));
    println!("reads {:.1}", reads.rate());
}
