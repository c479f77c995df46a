//! The client's process: arguments, log, one command, an exit code.

use std::process::ExitCode;

use clap::Parser;
use client::{Cli, Command, Exit, remark, run, telemetry};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no usage errors.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Success };
            let _nobody_reads = error.print();
            return exit.into();
        }
    };
    // A health check every few seconds is not worth a file each.
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
