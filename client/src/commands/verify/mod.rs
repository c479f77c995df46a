//! `verify`: proves that each row of a file is exactly once in its table or in the reject log.

mod batch;
mod receipt;
mod report;
mod totals;
mod verdict;

use std::sync::Arc;
use std::time::Instant;

use anyhow::bail;

use batch::BatchVerifier;
use report::{Conclusion, FileRead, Report};
use totals::Totals;

use crate::cli::Verify;
use crate::commands::find;
use crate::exit::Exit;
use crate::gateway::Gateway;
use crate::print::{self, Out};
use crate::progress::Progress;
use crate::save::save;
use crate::sent_before::{SentBefore, newest_other};
use crate::signals::Signals;
use crate::source::Source;
use crate::upload::{Upload, UploadEnd};

/// Asks the API for all rows of the file, and prints where they are.
pub async fn run(
    gateway: &Gateway,
    progress: &Progress,
    arguments: &Verify,
    out: &mut Out,
    json: bool,
) -> anyhow::Result<Exit> {
    let dictionary = gateway.dictionary().await?;
    let table = find(&dictionary, &arguments.table)?;
    let (source, table) = match &arguments.file {
        Some(file) => Source::open(file, table)?,
        None => (Source::of_package(&arguments.data_package, table)?, Arc::clone(table)),
    };
    if let Some(report) = &arguments.report
        && source.is(report)
    {
        bail!("--report {} would overwrite the file to verify; name another file", report.display());
    }
    let (name, length) = (source.name.clone(), source.length);
    let ends = SentBefore::read(gateway, &table, length).await?.take_ends();

    let mut signals = Signals::listen()?;
    let started = Instant::now();
    if !json {
        progress.start(length);
    }
    let verifier = BatchVerifier { gateway, table: &table, source: name.as_str() };
    let mut totals = Totals::default();
    let upload = Upload { source, table: &table, ends, progress };
    let ended = upload.run(
        &mut signals,
        async |file_batch| verifier.verify(file_batch).await,
        |batch, length| {
            totals.add(batch);
            let balance = &totals.balance;
            progress.advance(length, balance.rows, balance.rejected, started.elapsed());
        },
    );
    let ended = ended.await;
    progress.end();
    let (sha256, bytes) = match ended? {
        UploadEnd::Complete { sha256, bytes } => (sha256, bytes),
        UploadEnd::Stopped => {
            progress.remark("stopped; nothing is proved");
            return Ok(Exit::Stopped);
        }
    };
    if totals.balance.rows == 0 {
        bail!("{name} has no rows");
    }
    let file = FileRead { name, bytes, sha256 };
    let hash = dictionary.hash().to_owned();
    let result = totals.finish();
    let other = match result.balance.unrecorded {
        0 => None,
        _ => newest_other(gateway, &table, &file.name, &result.batches).await?,
    };
    let verdict = verdict::verdict(&result, &table.name, other.as_ref());
    let is_known = other.is_some() || !result.batches.is_empty();
    let conclusion = Conclusion { result, verdict, is_known };
    let report = Report::new(conclusion, &table, file, gateway.address(), hash, started.elapsed());
    report.print(out, json)?;
    if let Some(file) = &arguments.report {
        let page = receipt::page(&report)?;
        save(file, page.as_bytes())?;
        print::remark(&format!("the receipt is in {}", file.display()));
    }
    Ok(report.exit())
}
