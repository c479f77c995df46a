//! The arguments of the client.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use dictionary::Code;
use dictionary::wire::{BatchKind, LoggedReject};

use crate::gateway::Timeouts;

/// Heading of the options of all commands.
const GLOBAL: &str = "Options of all commands";

/// Drives the migration gateway.
///
/// Exit codes: 0 all rows inserted, 2 some rejected, 3 none inserted, 1 failure, 64 usage, 130 stopped by
/// Ctrl-C or SIGTERM.
#[derive(Debug, Parser)]
#[command(name = "client", version)]
pub struct Cli {
    /// URL of the API. It may contain a user and a password; the client never prints them.
    #[arg(
        long,
        global = true,
        help_heading = GLOBAL,
        env = "API_URL",
        hide_env_values = true,
        default_value = "http://127.0.0.1:8000"
    )]
    pub api_url: String,

    /// Print JSON for scripts.
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub json: bool,

    /// How many seconds to wait for an answer.
    #[arg(long, global = true, help_heading = GLOBAL, env = "API_TIMEOUT", value_name = "SECONDS", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,

    /// How many seconds to try again while the API does not answer or is busy.
    #[arg(long, global = true, help_heading = GLOBAL, env = "API_RETRY_FOR", value_name = "SECONDS", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub retry_for: u64,

    /// Folder for the log files. Each run writes one.
    #[arg(long, global = true, help_heading = GLOBAL, env = "LOG_DIR", default_value = "var/logs")]
    pub log_dir: PathBuf,

    /// The command to run.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// How long to wait for the API.
    pub fn timeouts(&self) -> Timeouts {
        let [timeout, retry_for] = [self.timeout, self.retry_for].map(Duration::from_secs);
        Timeouts { timeout, retry_for }
    }
}

/// The commands of the client.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Send a CSV file of any size in batches of 1000 rows.
    ///
    /// Run it again after any failure: it inserts nothing twice. If the file has grown, it sends only the new rows.
    AddNewRecords(AddNewRecords),
    /// Show one row.
    GetById(GetById),
    /// Show rejected rows with their reasons.
    Rejected(Rejected),
    /// Show the batches in the ledger, newest first.
    Batches(Batches),
    /// Show how many people each department hired for each job in each quarter of a year.
    Req1(Report),
    /// Show the departments that hired more people in a year than the mean of all departments.
    Req2(Report),
    /// Back up tables. Each backup is an Avro file in the API's backup store.
    Backup(Backup),
    /// Make a table equal to a backup.
    ///
    /// Shows what changes, and asks before it changes anything. The API reads and checks the whole backup before it
    /// changes the table.
    Restore(Restore),
    /// Show the backups of a table, newest first.
    Backups(Backups),
    /// Prove that each row of a CSV file is exactly once in its table or in the reject log.
    ///
    /// Changes nothing. Exit codes: 0 it adds up, 2 it does not add up, 3 the file was never loaded.
    Verify(Verify),
    /// Judge a CSV file like the server, but without a server. References to other tables are not checked.
    Check(Check),
    /// Write a data package that describes files: the types of their columns, their keys, and how they are written.
    ///
    /// Reads the whole files, without a server. The data package goes to standard output, and what it is made of to standard
    /// error. Read it before you use it.
    Describe(Describe),
    /// Show what a start of the API with another data dictionary would do.
    ///
    /// Changes nothing. Exit codes: 0 it would start, 2 it would be refused.
    CheckDictionary(CheckDictionary),
    /// Check whether the API answers: exit code 0 or 1. For health checks of containers.
    Healthcheck,
}

/// Arguments of `add-new-records`.
#[derive(Debug, Args)]
pub struct AddNewRecords {
    /// The table's name.
    pub table: String,

    /// The file, or - for standard input. Default: TABLE.csv in the folder of new records.
    ///
    /// The output of `rejected --csv` can be sent after you correct it: leave its columns as they are.
    pub file: Option<PathBuf>,

    /// After a restore, send rows again that were sent before it. Rows that the restore removed are stored again. Rows
    /// that are still in the table are rejected.
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

    /// The primary key of the row. Put -- before a key that starts with a dash and is not a number.
    #[arg(allow_negative_numbers = true)]
    pub id: String,
}

/// Arguments of `rejected`.
#[derive(Debug, Args)]
pub struct Rejected {
    /// The table's name.
    pub table: String,

    /// Only rejects of the batch with this id.
    #[arg(long, conflicts_with = "source")]
    pub batch: Option<String>,

    /// Only rejects from this source: the name of a file without its folder, as `batches` shows it.
    #[arg(long)]
    pub source: Option<String>,

    /// Only rejects with this error code.
    #[arg(long, value_parser = PossibleValuesParser::new(Code::ALL.map(Code::as_str)))]
    pub code: Option<String>,

    /// Only rejects with this status. Default with --csv: open.
    #[arg(long, value_parser = LoggedReject::STATUSES)]
    pub status: Option<String>,

    /// The largest number of rejects to show.
    #[arg(long, default_value_t = 100, conflicts_with = "all")]
    pub limit: usize,

    /// Show all rejects.
    #[arg(long)]
    pub all: bool,

    /// Print CSV: the table's columns, then the reasons. Correct the cells, and send the file with
    /// `add-new-records`.
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
}

/// Arguments of `batches`.
#[derive(Debug, Args)]
pub struct Batches {
    /// Only batches of this table.
    #[arg(long)]
    pub table: Option<String>,

    /// Only batches from this source: the name of a file without its folder.
    #[arg(long)]
    pub source: Option<String>,

    /// Only batches of this kind.
    #[arg(long, value_parser = PossibleValuesParser::new(BatchKind::ALL.map(BatchKind::as_str)))]
    pub kind: Option<String>,

    /// The largest number of batches to show.
    #[arg(long, default_value_t = 20, conflicts_with = "all")]
    pub limit: usize,

    /// Show all batches.
    #[arg(long)]
    pub all: bool,
}

/// Arguments of `req1` and `req2`.
#[derive(Debug, Args)]
pub struct Report {
    /// The year.
    #[arg(long, default_value_t = 2021, value_parser = clap::value_parser!(u16).range(1000..=9999))]
    pub year: u16,

    /// Format of the report [default: by the ending of the file name; without a file, a table for people].
    #[arg(long, conflicts_with = "json", requires_if("html", "out"))]
    pub format: Option<ReportFormat>,

    /// File to write. An HTML page also needs files in a folder `assets`, which is written next to it.
    #[arg(long, short, conflicts_with = "json")]
    pub out: Option<PathBuf>,
}

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Comma-separated values with a header.
    Csv,
    /// An array of objects.
    Json,
    /// One object a line.
    Ndjson,
    /// A page with a chart. It needs no server.
    Html,
}

/// Arguments of `backup`.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Backup {
    /// The names of the tables.
    #[arg(value_name = "TABLE")]
    pub tables: Vec<String>,

    /// Back up all tables, parents first.
    #[arg(long)]
    pub all: bool,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// The table's name.
    pub table: String,

    /// The name of the backup, as `backups` shows it. Default: the newest backup.
    #[arg(long, value_name = "NAME")]
    pub backup: Option<String>,

    /// Only show what changes.
    #[arg(long)]
    pub dry_run: bool,

    /// Restore without asking.
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
}

/// Arguments of `backups`.
#[derive(Debug, Args)]
pub struct Backups {
    /// The table's name.
    pub table: String,

    /// The largest number of backups to show.
    #[arg(long, default_value_t = 20, conflicts_with = "all")]
    pub limit: usize,

    /// Show all backups.
    #[arg(long)]
    pub all: bool,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The table's name.
    pub table: String,

    /// The file, or - for standard input. It may have had another name when it was loaded. Default: the rows that the
    /// data package names for the table, also where they are in several files.
    pub file: Option<PathBuf>,

    /// The data package, for a table without a FILE.
    #[arg(long, env = "DATA_PACKAGE", default_value = "data/datapackage.json")]
    pub data_package: PathBuf,

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

    /// The data package: the file of the data dictionary.
    #[arg(long, env = "DATA_PACKAGE", default_value = "data/datapackage.json")]
    pub data_package: PathBuf,
}

/// Arguments of `describe`.
#[derive(Debug, Args)]
pub struct Describe {
    /// The files: CSV, TSV, JSON, NDJSON or xlsx, also compressed. Each becomes a table.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// The files have no header: fields are named field1, field2 and so on.
    #[arg(long)]
    pub no_header: bool,

    /// File to write the data package to, in a folder that has the files. It must not be there yet. Default: standard output,
    /// for a data package in the current folder.
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Arguments of `check-dictionary`.
#[derive(Debug, Args)]
pub struct CheckDictionary {
    /// The data package: the file of the data dictionary. The files that it references are read too.
    pub file: PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        super::Cli::command().debug_assert();
    }
}
