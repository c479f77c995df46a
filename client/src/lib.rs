//! The command line that drives the migration gateway.
//!
//! `cli` has the arguments; each command is a file or folder in `commands`; `gateway` sends requests to the API; only
//! `print` writes to the terminal.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod batch_reader;
mod cli;
mod commands;
mod exit;
mod gateway;
mod hints;
mod load_summary;
mod print;
mod progress;
mod save;
mod sent_before;
mod signals;
mod source;
pub mod telemetry;
mod upload;

pub use cli::{Cli, Command};
pub use exit::Exit;
use exit::Stopped;
pub use print::remark;

use gateway::Gateway;
use print::Out;
use progress::Progress;

/// Runs the command.
///
/// # Errors
/// In one sentence, when the command could not do what it is for. Rejected rows are not an error.
pub async fn run(cli: Cli) -> anyhow::Result<Exit> {
    let mut out = Out::new();
    let ended = command(&cli, &mut out).await;
    // The output so far is written in any case. If both fail, the command's own error is reported.
    let flushed = out.flush();
    let exit = match ended {
        Err(error) if error.is::<Stopped>() => {
            remark(&error.to_string());
            Exit::Stopped
        }
        ended => ended?,
    };
    flushed?;
    Ok(exit)
}

async fn command(cli: &Cli, out: &mut Out) -> anyhow::Result<Exit> {
    let (json, progress) = (cli.json, Progress::hidden());
    let gateway = || Gateway::new(&cli.api_url, cli.timeouts(), progress.clone());
    match &cli.command {
        Command::AddNewRecords(arguments) => {
            commands::add_new_records::run(&gateway()?, &progress, arguments, out, json).await
        }
        Command::GetById(arguments) => commands::get_by_id::run(&gateway()?, arguments, out, json).await,
        Command::Rejected(arguments) => commands::rejected::run(&gateway()?, arguments, out, json).await,
        Command::Batches(arguments) => commands::batches::run(&gateway()?, arguments, out, json).await,
        Command::Req1(arguments) => commands::report::req1(&gateway()?, arguments, out, json).await,
        Command::Req2(arguments) => commands::report::req2(&gateway()?, arguments, out, json).await,
        Command::Backup(arguments) => {
            commands::backup::run(&gateway()?, &progress, arguments, out, json).await
        }
        Command::Restore(arguments) => {
            commands::restore::run(&gateway()?, &progress, arguments, out, json).await
        }
        Command::Backups(arguments) => commands::backups::run(&gateway()?, arguments, out, json).await,
        Command::Verify(arguments) => {
            commands::verify::run(&gateway()?, &progress, arguments, out, json).await
        }
        Command::Check(arguments) => commands::check::run(arguments, out, json),
        Command::Describe(arguments) => commands::describe::run(arguments, out),
        Command::CheckDictionary(arguments) => {
            commands::check_dictionary::run(&gateway()?, arguments, out, json).await
        }
        Command::Healthcheck => gateway()?.is_live().await.map(|()| Exit::Success),
    }
}
