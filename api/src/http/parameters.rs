//! Every parameter of a query.

use dictionary::Code;
use dictionary::wire::{BatchKind, names};

use super::format::Format;
use super::parameter::Parameter;
use super::parameter_types::{Count, Id, Limit, Source, Status};
use crate::reports::Year;

pub const LIMIT: Parameter<Limit> = Parameter::new("limit", "rows of a page");
pub const AFTER_KEY: Parameter<String> = Parameter::new("after", "the key after which the page begins");
pub const AFTER_ID: Parameter<Id> = Parameter::new("after", "the id after which the page begins");
pub const AFTER_NAME: Parameter<String> =
    Parameter::new("after", "the name of the backup after which the page begins");
pub const FORMAT: Parameter<Format> =
    Parameter::new("format", "the format of the answer, instead of the one that Accept asks for");
pub const SPREADSHEET: Parameter<bool> =
    Parameter::new("spreadsheet", "marks formulas in CSV, so that a spreadsheet runs none of them");
pub const SAVED: Parameter<bool> = Parameter::new(
    "saved",
    "the page as it is saved, with its styles and scripts in the folder assets next to it",
);
pub const YEAR: Parameter<Year> = Parameter::new("year", "the year of the hires");
pub const TABLE: Parameter<String> = Parameter::new("table", "only of this table");
pub const KIND: Parameter<BatchKind> = Parameter::new("kind", "only of this kind");
pub const OF_SOURCE: Parameter<String> = Parameter::new("source", "only from this source");
pub const OF_BATCH: Parameter<Id> = Parameter::new("batch", "only of this batch");
pub const CODE: Parameter<Code> = Parameter::new("code", "only with an error of this code");
pub const STATUS: Parameter<Status> = Parameter::new("status", "only in this status");
pub const UNTIL_OFFSET: Parameter<Count> =
    Parameter::new(names::UNTIL_OFFSET, "only batches whose end_offset is at most this");
pub const SOURCE: Parameter<Source> =
    Parameter::new("source", "the file or the sender that the rows come from, which the ledger keeps");
pub const FIRST_ROW: Parameter<Count> =
    Parameter::new(names::FIRST_ROW, "the number of the first row in the source, from 1");
pub const FIRST_LINE: Parameter<Count> =
    Parameter::new(names::FIRST_LINE, "the line of the source in which the body begins, from 1");
pub const END_OFFSET: Parameter<Count> =
    Parameter::new(names::END_OFFSET, "the offset in the source of the first byte after the body");
pub const BACKUP: Parameter<String> =
    Parameter::new("backup", "the name of the backup; default: the newest one");
pub const DRY_RUN: Parameter<bool> = Parameter::new("dry_run", "says what would change, and changes nothing");
