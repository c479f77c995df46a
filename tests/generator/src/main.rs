//! Writes the historical CSV files.

use std::io;
use std::path::PathBuf;

use clap::Parser;
use generator::{DEFAULT_EMPLOYEES, DEFAULT_SEED, MAX_EMPLOYEES, Options};

/// Writes departments.csv, jobs.csv and employees.csv, the same bytes for the same options.
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// Records of employees.csv; 3.5 % of them are dirty.
    #[arg(long, default_value_t = DEFAULT_EMPLOYEES, value_parser = clap::value_parser!(u32).range(..=i64::from(MAX_EMPLOYEES)))]
    employees: u32,
    /// Directory to write into; made if it is not there, files in it are replaced.
    #[arg(long)]
    out: PathBuf,
    /// Another seed, other employees.
    #[arg(long, default_value_t = DEFAULT_SEED)]
    seed: u64,
    /// Leave out the dirty rows of employees.csv, and nothing else.
    #[arg(long)]
    clean: bool,
}

fn main() -> io::Result<()> {
    let cli = Cli::parse();
    let options = Options { employees: cli.employees, seed: cli.seed, clean: cli.clean };
    generator::write(&cli.out, &options)
}
