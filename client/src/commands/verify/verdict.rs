//! The result in a sentence, with what to do next.

use dictionary::wire::{Balance, Batch};

use super::totals::{DifferenceKind, FileResult};

/// The result of a file in a sentence. `other` is a batch of another file with the same name.
pub fn verdict(result: &FileResult, table: &str, other: Option<&Batch>) -> String {
    let Balance { rows, stored, unrecorded, also_stored, .. } = result.balance;
    let wrong = result.wrong;
    if result.adds_up {
        let too = match also_stored {
            0 => String::new(),
            rows => format!("; another load stored {rows} of the rejected rows in {table}"),
        };
        return format!(
            "it adds up: each of the {rows} rows is exactly once in {table} or in the reject log{too}"
        );
    }
    if unrecorded == 0 {
        let again = if result.restored {
            "; add-new-records --again sends rows again that a restore removed"
        } else {
            ""
        };
        return match wrong {
            0 => format!(
                "it does not add up: {table} has the rows, but the reject log does not match the counts of the ledger"
            ),
            _ => format!(
                "it does not add up: {wrong} of {rows} rows are missing, different or there twice{again}"
            ),
        };
    }
    let there = match stored {
        0 => String::new(),
        stored => format!("; {table} has {stored} of its rows from other loads"),
    };
    let lost = match wrong {
        0 => String::new(),
        wrong => format!(", and {wrong} others are missing, different or there twice"),
    };
    // The key of a batch covers all bytes of the file before its end: the file is unchanged up to the last such end.
    let recorded = rows - unrecorded;
    match (result.last_received_row, other) {
        (0, None) => format!("this file was never loaded into {table}{there}"),
        (0, Some(other)) => format!(
            "it does not add up: a file with this name was loaded, last at {}, but with other content{there}",
            other.created_at
        ),
        (last, _) if last > recorded => format!(
            "the load is not complete: {unrecorded} of {rows} rows were not received{lost}; add-new-records sends them"
        ),
        (_, Some(_)) => {
            let first =
                result.differences.iter().find(|difference| difference.kind == DifferenceKind::Unrecorded);
            let from = first.map(|first| format!(", from {} on", first.start())).unwrap_or_default();
            format!(
                "it does not add up: the file differs from what was loaded{from}; {unrecorded} of {rows} rows were never \
                 received as part of it"
            )
        }
        (_, None) => format!(
            "the file has grown, or its load is not complete: its first {recorded} rows {}, the other {unrecorded} \
             are not loaded yet; add-new-records sends them",
            if wrong == 0 { "add up".to_owned() } else { format!("were received{lost}") }
        ),
    }
}
