//! The command line that drives the migration gateway.
//!
//! What was typed is in `cli`; each command is a file in `commands`; `gateway` is the API as the commands
//! see it.

mod cli;
mod commands;
mod exit;
mod file;
mod gateway;
mod print;
mod tally;
pub mod telemetry;

pub use cli::Cli;
pub use exit::Exit;

use cli::Command;

/// Runs the command.
///
/// # Errors
/// In one sentence, when the command could not do what it is for. Rejected rows are no error.
pub async fn run(cli: Cli) -> anyhow::Result<Exit> {
    if let Command::Check(arguments) = &cli.command {
        return commands::check::run(arguments, cli.json);
    }
    let gateway = gateway::Gateway::new(&cli.api_url)?;
    match &cli.command {
        Command::AddNewRecords(arguments) => {
            commands::add_new_records::run(&gateway, arguments, cli.json).await
        }
        Command::GetById(arguments) => commands::get_by_id::run(&gateway, arguments, cli.json).await,
        Command::Rejected(arguments) => commands::rejected::run(&gateway, arguments, cli.json).await,
        Command::Batches(arguments) => commands::batches::run(&gateway, arguments, cli.json).await,
        Command::Check(_) => unreachable!("handled above, without a server"),
        Command::Healthcheck => gateway.is_live().await.map(|()| Exit::Success),
    }
}
