//! How large a packet the server has to take: `max_allowed_packet`, in which each statement with its values has
//! to fit.

use dictionary::split::MAX_RECORD;

use crate::store::row::STATEMENT_BYTES;

/// Bytes of a statement that are not the largest values: its text, and a row's other cells. The longest of those
/// are the errors of a rejected row, of which each shows at most 200 characters of a cell.
const ROOM: u64 = 4 << 20;

/// Whether packets are large enough for bodies of so many bytes.
///
/// # Errors
/// In a sentence that names both limits and what to set.
pub(super) fn check(packet: u64, body_limit: u64) -> Result<(), String> {
    // The reject log keeps a row that is not UTF-8 as base64. A body may be one row, and so may a record of history.
    let for_row = |bytes: u64| bytes.div_ceil(3).saturating_mul(4);
    let least = (STATEMENT_BYTES as u64).max(for_row(MAX_RECORD as u64)).saturating_add(ROOM);
    let needed = least.max(for_row(body_limit).saturating_add(ROOM));
    let largest_body = packet.saturating_sub(ROOM) / 4 * 3;
    if packet >= needed {
        Ok(())
    } else if packet < least {
        // A smaller BODY_LIMIT alone would not help.
        Err(format!(
            "the database takes packets of {packet} bytes at most, but a batch may need {needed}; set the server's \
             max_allowed_packet to {needed} or more"
        ))
    } else {
        Err(format!(
            "the database takes packets of {packet} bytes at most, but a row of a body of BODY_LIMIT = {body_limit} \
             bytes may need {needed}; set the server's max_allowed_packet to {needed} or more, or BODY_LIMIT to \
             {largest_body} or less"
        ))
    }
}
