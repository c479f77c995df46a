//! `verify`: proves that each row of a file is exactly once in its table or in the reject log.

mod check;
mod proof;
mod receipt;
mod report;

use std::time::Instant;

use anyhow::{Context, bail};

use check::Check;
use proof::Proof;
use report::{FileRead, Report};

use crate::cli::Verify;
use crate::commands::find;
use crate::exit::Exit;
use crate::flight::{Ended, Flight};
use crate::gateway::Gateway;
use crate::print::{self, Out};
use crate::progress::Progress;
use crate::recorded::Recorded;
use crate::signals::Signals;
use crate::source::Source;

/// Asks for all rows of the file, and sums up where they are.
pub async fn run(
    gateway: &Gateway,
    progress: &Progress,
    arguments: &Verify,
    out: &mut Out,
    json: bool,
) -> anyhow::Result<Exit> {
    let dictionary = gateway.dictionary().await?;
    let table = find(&dictionary, &arguments.table)?;
    let source = Source::open(&arguments.file)?;
    let table = source.table(table)?;
    let (name, bytes) = (source.name.clone(), source.length);
    // History has a file's batches under the same keys.
    let ends = Recorded::read(gateway, &table, None, bytes).await?.ends;

    let mut signals = Signals::listen()?;
    let started = Instant::now();
    if !json {
        progress.start(bytes);
    }
    let check = Check { gateway, table: &table, source: name.as_str() };
    let mut proof = Proof::default();
    let flight = Flight { source, table: &table, ends, progress };
    let ended = flight.run(
        &mut signals,
        async |cut| check.batch(cut).await,
        |part, length| {
            proof.add(part);
            let balance = &proof.balance;
            progress.advance(length, balance.rows, balance.rejected, started.elapsed());
        },
    );
    let ended = ended.await;
    progress.end();
    let sha256 = match ended? {
        Ended::Complete { sha256 } => sha256,
        Ended::Stopped => {
            progress.remark("stopped; nothing was proved");
            return Ok(Exit::Stopped);
        }
    };
    if proof.balance.rows == 0 {
        bail!("{name} holds no rows");
    }
    let file = FileRead { name, bytes, sha256 };
    let hash = dictionary.hash().to_owned();
    let report = Report::new(proof.close(), &table, file, gateway.address(), hash, started.elapsed());
    report.print(out, json)?;
    if let Some(file) = &arguments.report {
        let page = receipt::page(&report)?;
        std::fs::write(file, page).with_context(|| format!("{} cannot be written", file.display()))?;
        print::remark(&format!("the receipt is in {}", file.display()));
    }
    Ok(report.exit())
}
