//! The result in words, and what to do next.

use dictionary::wire::{Balance, Batch};

use super::totals::{DifferenceKind, FileResult};

/// What was found of a file means. `other` is a batch from a file of the same name that held something else.
pub fn verdict(result: &FileResult, table: &str, other: Option<&Batch>) -> String {
    let Balance { rows, stored, unrecorded, also_stored, .. } = result.balance;
    let wrong = result.wrong;
    if result.adds_up {
        let too = match also_stored {
            0 => String::new(),
            rows => format!("; {rows} of the rejected are in {table} all the same, by another load"),
        };
        return format!(
            "it adds up: each of the {rows} rows is exactly once in {table} or in the reject log of its load{too}"
        );
    }
    if unrecorded == 0 {
        let again = if result.restored {
            "; add-new-records --again sends once more what a restore removed"
        } else {
            ""
        };
        return match wrong {
            0 => format!(
                "it does not add up: {table} holds the rows, and the reject log is not what the ledger counts"
            ),
            _ => format!("it does not add up: {wrong} of {rows} rows are not where they should be{again}"),
        };
    }
    let there = match stored {
        0 => String::new(),
        stored => format!("; {stored} of its rows are in {table} all the same"),
    };
    let lost = match wrong {
        0 => String::new(),
        wrong => format!(", and {wrong} others are not where they should be"),
    };
    // The keys of batches are of all bytes before their ends, so what is before the last one is unchanged.
    let recorded = rows - unrecorded;
    match (result.last_received_row, other) {
        (0, None) => format!("this file was never loaded into {table}{there}"),
        (0, Some(other)) => format!(
            "it does not add up: a file of this name was loaded, last at {}, but not as it is now{there}",
            other.created_at
        ),
        (last, _) if last > recorded => format!(
            "the load was not finished: {unrecorded} of {rows} rows were not received yet{lost}; add-new-records sends them"
        ),
        (_, Some(_)) => {
            let first =
                result.differences.iter().find(|difference| difference.kind == DifferenceKind::Unrecorded);
            let from = first.map(|first| format!(", from {} on", first.start())).unwrap_or_default();
            format!(
                "it does not add up: the file is not what was loaded{from}; {unrecorded} of {rows} rows were never \
                 received as part of it"
            )
        }
        (_, None) => format!(
            "the file has grown, or its load was not finished: its first {recorded} rows {}, the other {unrecorded} \
             are not loaded yet; add-new-records sends them",
            if wrong == 0 { "add up".to_owned() } else { format!("were received{lost}") }
        ),
    }
}
