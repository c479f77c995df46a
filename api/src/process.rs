//! The API's process: configuration, telemetry, then the application until a signal stops it.
//!
//! It is part of the library, because an async function is compiled where it is awaited: if `main` awaited the
//! application, most of the library would be compiled a second time for the program.

use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::store::OpenError;
use crate::{App, Command, Config, healthcheck, telemetry};

/// Runs the program with the arguments and the environment of this process, until a signal stops it.
pub fn run() -> ExitCode {
    let config = Config::parse();
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error.into()),
    };
    if config.command == Some(Command::Healthcheck) {
        return match runtime.block_on(healthcheck::ask(&config.bind)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => refuse(&error),
        };
    }
    let _flushed_at_exit = match telemetry::start("api", &config.log_dir) {
        Ok(guard) => guard,
        Err(error) => return refuse(&error),
    };
    let ended = runtime.block_on(serve(config));
    // What has not ended by now is not waited for.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            // Its reasons are a list of lines, for the one who starts the server.
            if error.downcast_ref::<files::package::Error>().is_some() {
                return refuse(&error);
            }
            // The keys of rows are for the terminal only.
            if let Some(OpenError::Differs(differences)) = error.downcast_ref() {
                eprintln!("error: {}", differences.with_keys());
            }
            ExitCode::FAILURE
        }
    }
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let app = App::bind(config).await?;
    let stopper = app.stopper();
    let mut signals = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = signals.0.recv() => {}
                _ = signals.1.recv() => {}
            }
            stopper.stop();
        }
    });
    app.run().await
}

/// Logs do not work yet, so the sentence goes to the terminal only.
fn refuse(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::FAILURE
}
