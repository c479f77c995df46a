//! The API's process: configuration, telemetry, then the application until it is told to stop.

use std::process::ExitCode;

use api::{App, Command, Config, healthcheck, telemetry};
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    let config = Config::parse();
    if config.command == Some(Command::Healthcheck) {
        return match healthcheck::ask(&config.bind).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => refuse(&error),
        };
    }
    let _flushed_at_exit = match telemetry::start("api", &config.log_dir) {
        Ok(guard) => guard,
        Err(error) => return refuse(&error),
    };
    let run = async { App::bind(config).await?.run().await };
    match run.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Logs do not work yet, so the sentence goes to the terminal only.
fn refuse(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::FAILURE
}
