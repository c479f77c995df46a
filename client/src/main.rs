//! The client's process: reads arguments, starts the log, runs one command, returns its exit code.

use std::process::ExitCode;

use clap::Parser;
use client::{Cli, Command, Exit, remark, run, telemetry};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are not usage errors.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Success };
            let _cannot_be_printed = error.print();
            return exit.into();
        }
    };
    // Health checks run every few seconds: they would leave too many files.
    let logs = !matches!(cli.command, Command::Healthcheck);
    let _flushed_at_exit = logs.then(|| telemetry::start(&cli.log_dir));
    match run(cli).await {
        Ok(exit) => exit.into(),
        Err(error) => {
            tracing::error!("{error:#}");
            remark(&format!("error: {error:#}"));
            Exit::Failure.into()
        }
    }
}
