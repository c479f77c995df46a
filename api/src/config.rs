//! Everything that can be set, with its defaults: nothing is needed to start.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};

use crate::backup::Codec;
use crate::hosts::Hosts;

/// A migration gateway in front of a SQL database.
///
/// Loads the history that the data package names, then takes rows over HTTP and judges each against
/// the data dictionary. Every setting is an option or an environment variable; relative paths are
/// relative to the working directory.
#[derive(Debug, Clone, Parser)]
#[command(name = "api", version)]
pub struct Config {
    /// Address to listen on.
    #[arg(long, env = "API_BIND", default_value = "127.0.0.1:8000")]
    pub bind: String,

    /// Hosts that requests may be for besides localhost and its addresses: names or addresses, separated by commas, or *
    /// for any. Where none are set, a loopback address in API_BIND takes no others, and any other address takes all.
    #[arg(long, env = "ALLOWED_HOSTS", default_value = "", hide_default_value = true)]
    pub allowed_hosts: Hosts,

    /// The database: sqlite://FILE, in a folder that is there, or mysql://USER:PASSWORD@HOST:PORT/SCHEMA [default:
    /// sqlite://var/app.db, whose folder is made].
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<Secret>,

    /// A file that holds the database's URL, for secrets that must not be in the environment.
    #[arg(long, env = "DATABASE_URL_FILE", hide_env_values = true)]
    pub database_url_file: Option<PathBuf>,

    /// The data dictionary: a Data Package descriptor. Its history files are in its folder.
    #[arg(long, env = "DATA_PACKAGE", default_value = "data/datapackage.json")]
    pub data_package: PathBuf,

    /// Folder of the reports' files, which are brought up to date whenever a report is asked for.
    #[arg(long, env = "DELIVERABLES_DIR", default_value = "var/deliverables")]
    pub deliverables_dir: PathBuf,

    /// Folder of the log files, one a start.
    #[arg(long, env = "LOG_DIR", default_value = "var/logs")]
    pub log_dir: PathBuf,

    /// Largest request body in bytes; KiB and MiB are understood. On MariaDB and MySQL, max_allowed_packet must be
    /// at least 4 MiB more than 4/3 of it, and at least 15379116 bytes.
    #[arg(long, env = "BODY_LIMIT", default_value = "8MiB")]
    pub body_limit: Bytes,

    /// Seconds in which a request body must be complete, or have grown by 16 KiB for each of them.
    #[arg(long, env = "BODY_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub body_timeout: u64,

    /// Seconds that work in progress has to end when the process is stopped.
    #[arg(long, env = "STOP_TIMEOUT", default_value_t = 25)]
    pub stop_timeout: u64,

    /// Where backups are stored: file://FOLDER, s3://BUCKET/PREFIX, az://CONTAINER/PREFIX or gs://BUCKET/PREFIX; keys
    /// and endpoints come from the AWS_*, AZURE_* and GOOGLE_* variables.
    #[arg(long, env = "BACKUP_URL", default_value = "file://var/backups", hide_env_values = true)]
    pub backup_url: Secret,

    /// How many backups of each table are kept when a new one is made.
    #[arg(long, env = "BACKUP_KEEP", default_value = "10")]
    pub backup_keep: NonZeroUsize,

    /// How backups are compressed: null, deflate, snappy or zstandard.
    #[arg(long, env = "BACKUP_CODEC", default_value = "snappy")]
    pub backup_codec: Codec,

    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What the program does instead of serving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Ask the API on this machine whether it is ready; the exit code says it. For container health checks.
    Healthcheck,
}

/// Where the database is when nothing says otherwise.
const DEFAULT_DATABASE_URL: &str = "sqlite://var/app.db";

/// Its folder.
const DEFAULT_FOLDER: &str = "var";

impl Config {
    /// The database's URL, from wherever it is set. The folder of the default one is made; any other folder must be
    /// there, since a URL that is mistyped would otherwise begin a new database.
    ///
    /// # Errors
    /// When it is set twice, its file cannot be read, or the default folder cannot be made.
    pub fn database_url(&self) -> anyhow::Result<Secret> {
        let url = match (&self.database_url, &self.database_url_file) {
            (Some(_), Some(_)) => bail!("DATABASE_URL and DATABASE_URL_FILE are both set; set one"),
            (Some(url), None) => url.clone(),
            (None, Some(file)) if file.to_string_lossy().contains("://") => {
                bail!("DATABASE_URL_FILE holds a URL, not the name of a file; set DATABASE_URL instead")
            }
            (None, Some(file)) => {
                let url = std::fs::read_to_string(file)
                    .with_context(|| format!("DATABASE_URL_FILE {} cannot be read", file.display()))?;
                Secret(url.trim().to_owned())
            }
            (None, None) => Secret(DEFAULT_DATABASE_URL.to_owned()),
        };
        if url.expose() == DEFAULT_DATABASE_URL {
            std::fs::create_dir_all(DEFAULT_FOLDER)
                .with_context(|| format!("the folder {DEFAULT_FOLDER} cannot be made; see DATABASE_URL"))?;
        }
        Ok(url)
    }
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text, to be used and not to be shown.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Secret(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub usize);

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (digits, unit) = match (text.strip_suffix("KiB"), text.strip_suffix("MiB")) {
            (Some(digits), _) => (digits, 1 << 10),
            (_, Some(digits)) => (digits, 1 << 20),
            (None, None) => (text, 1),
        };
        let bytes = digits.trim().parse().ok().and_then(|count: usize| count.checked_mul(unit));
        bytes.map(Bytes).ok_or_else(|| format!("expected bytes such as 1048576 or 8MiB, got \"{text}\""))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_options_are_consistent() {
        Config::command().debug_assert();
    }

    #[test]
    fn a_secret_is_never_printed() {
        let urls = ["--database-url=mysql://u:hunter2@h/d", "--backup-url=s3://KEY:hunter2@bucket"];
        let config = Config::parse_from(["api"].iter().chain(&urls));
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn a_body_limit_is_bytes_with_an_optional_unit() {
        assert_eq!("1024".parse(), Ok(Bytes(1024)));
        assert_eq!("8MiB".parse(), Ok(Bytes(8 << 20)));
        assert_eq!("2 KiB".parse(), Ok(Bytes(2048)));
        for bad in ["", "8MB", "-1", "99999999999999999999MiB"] {
            assert!(bad.parse::<Bytes>().is_err(), "{bad}");
        }
    }
}
