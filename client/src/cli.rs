//! What can be typed.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use dictionary::Code;

use crate::gateway::Timeouts;

/// Heading of the options that all commands have.
const GLOBAL: &str = "Options of all commands";

/// Drives the migration gateway.
///
/// Exit codes: 0 all rows inserted, 2 some rejected, 3 none inserted, 1 failure, 64 usage, 130 stopped by
/// Ctrl-C or SIGTERM.
#[derive(Debug, Parser)]
#[command(name = "client", version)]
pub struct Cli {
    /// Where the API is; may hold a user and a password, which are never printed.
    #[arg(
        long,
        global = true,
        help_heading = GLOBAL,
        env = "API_URL",
        hide_env_values = true,
        default_value = "http://127.0.0.1:8000"
    )]
    pub api_url: String,

    /// Print JSON, for scripts.
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub json: bool,

    /// Seconds to wait for an answer.
    #[arg(long, global = true, help_heading = GLOBAL, env = "API_TIMEOUT", value_name = "SECONDS", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,

    /// Seconds to go on trying while the API does not answer.
    #[arg(long, global = true, help_heading = GLOBAL, env = "API_RETRY_FOR", value_name = "SECONDS", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub retry_for: u64,

    /// Folder of the log files, one a start.
    #[arg(long, global = true, help_heading = GLOBAL, env = "LOG_DIR", default_value = "var/logs")]
    pub log_dir: PathBuf,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// How patient to be with the API.
    pub fn timeouts(&self) -> Timeouts {
        let [timeout, retry_for] = [self.timeout, self.retry_for].map(Duration::from_secs);
        Timeouts { timeout, retry_for }
    }
}

/// What the client can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Send a CSV file of any size in batches of 1000 rows.
    ///
    /// A second run after any failure inserts nothing twice, and a file that grew goes on where it ended.
    AddNewRecords(AddNewRecords),
    /// Show one row.
    GetById(GetById),
    /// Show rejected rows with their reasons.
    Rejected(Rejected),
    /// Show the ledger: all batches, newest first.
    Batches(Batches),
    /// Show how many people each department hired for each job, by quarter of a year.
    Req1(Report),
    /// Show the departments that hired more people in a year than the mean of all departments.
    Req2(Report),
    /// Back tables up: each becomes an Avro file in the API's backup store.
    Backup(Backup),
    /// Make a table what a backup holds.
    ///
    /// Shows first what that changes, and asks. The whole backup is read and checked before the table is touched.
    Restore(Restore),
    /// Show the backups of a table, newest first.
    Backups(Backups),
    /// Prove that each row of a CSV file is exactly once in its table or in the reject log.
    ///
    /// Nothing is changed. Exit codes: 0 it all adds up, 2 it does not, 3 the file was never loaded.
    Verify(Verify),
    /// Judge a CSV file as the server would, without one. References to other tables are not checked.
    Check(Check),
    /// Ask whether the API answers; the exit code says it. For container health checks.
    Healthcheck,
}

/// Arguments of `add-new-records`.
#[derive(Debug, Args)]
pub struct AddNewRecords {
    /// The table's name.
    pub table: String,

    /// The file, or - for standard input; without it, TABLE.csv in the folder of new records.
    ///
    /// What `rejected --csv` printed is taken as it is, once it is corrected.
    pub file: Option<PathBuf>,

    /// After a restore, send once more what was sent before it: rows that the restore removed are stored again, and
    /// rows that it left are rejected, since they are there.
    #[arg(long)]
    pub again: bool,

    /// Folder of new records.
    #[arg(long, env = "NEW_RECORDS_DIR", default_value = "new_records")]
    pub new_records_dir: PathBuf,
}

/// Arguments of `get-by-id`.
#[derive(Debug, Args)]
pub struct GetById {
    /// The table's name.
    pub table: String,

    /// The row's primary key. One that starts with a dash and is no number comes after --.
    #[arg(allow_negative_numbers = true)]
    pub id: String,
}

/// Arguments of `rejected`.
#[derive(Debug, Args)]
pub struct Rejected {
    /// The table's name.
    pub table: String,

    /// Only of this batch.
    #[arg(long, conflicts_with = "source")]
    pub batch: Option<String>,

    /// Only from this source: the name of a file without its folder, as `batches` shows it.
    #[arg(long)]
    pub source: Option<String>,

    /// Only with this code.
    #[arg(long, value_parser = PossibleValuesParser::new(Code::ALL.map(Code::as_str)))]
    pub code: Option<String>,

    /// Only in this status; with --csv, open ones unless told otherwise.
    #[arg(long, value_parser = ["open", "replayed", "discarded"])]
    pub status: Option<String>,

    /// How many at the most.
    #[arg(long, default_value_t = 100, conflicts_with = "all")]
    pub limit: usize,

    /// All of them.
    #[arg(long)]
    pub all: bool,

    /// As CSV: the table's columns, then the reasons. Correct it and send it with `add-new-records`, which
    /// takes it as it is.
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
}

/// Arguments of `batches`.
#[derive(Debug, Args)]
pub struct Batches {
    /// Only of this table.
    #[arg(long)]
    pub table: Option<String>,

    /// Only from this source: the name of a file without its folder.
    #[arg(long)]
    pub source: Option<String>,

    /// Only of this kind.
    #[arg(long, value_parser = ["history", "load", "restore"])]
    pub kind: Option<String>,

    /// How many at the most.
    #[arg(long, default_value_t = 20, conflicts_with = "all")]
    pub limit: usize,

    /// All of them.
    #[arg(long)]
    pub all: bool,
}

/// Arguments of `req1` and `req2`.
#[derive(Debug, Args)]
pub struct Report {
    /// The year.
    #[arg(long, default_value_t = 2021, value_parser = clap::value_parser!(u16).range(1000..=9999))]
    pub year: u16,

    /// How it is written [default: as the ending of the file says; without a file a table for people].
    #[arg(long, conflicts_with = "json", requires_if("html", "out"))]
    pub format: Option<ReportFormat>,

    /// File to write to. The files that a page loads are written to the folder `assets` next to it.
    #[arg(long, short, conflicts_with = "json")]
    pub out: Option<PathBuf>,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Comma-separated values with a header.
    Csv,
    /// An array of objects.
    Json,
    /// One object a line.
    Ndjson,
    /// A page with a chart, which needs no server.
    Html,
}

/// Arguments of `backup`.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Backup {
    /// The tables' names.
    #[arg(value_name = "TABLE")]
    pub tables: Vec<String>,

    /// All tables, parents first.
    #[arg(long)]
    pub all: bool,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// The table's name.
    pub table: String,

    /// The backup's name, as `backups` shows it; without it, the newest one.
    #[arg(long, value_name = "NAME")]
    pub backup: Option<String>,

    /// Only show what would change.
    #[arg(long)]
    pub dry_run: bool,

    /// Do not ask.
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
}

/// Arguments of `backups`.
#[derive(Debug, Args)]
pub struct Backups {
    /// The table's name.
    pub table: String,

    /// How many at the most.
    #[arg(long, default_value_t = 20, conflicts_with = "all")]
    pub limit: usize,

    /// All of them.
    #[arg(long)]
    pub all: bool,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The table's name.
    pub table: String,

    /// The file, or - for standard input; whatever it was called when it was loaded.
    pub file: PathBuf,

    /// File to write the receipt to: one HTML page that needs no other file.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// The table's name.
    pub table: String,

    /// The file, or - for standard input.
    pub file: PathBuf,

    /// The data dictionary.
    #[arg(long, env = "DATA_PACKAGE", default_value = "data/datapackage.json")]
    pub data_package: PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        super::Cli::command().debug_assert();
    }
}
