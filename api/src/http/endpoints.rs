//! Every endpoint of the API. Its routes, the methods of each path and the parameters of each query come from this list, and a
//! test compares docs/http.md with it.

use ::dictionary::wire::{
    BackedUp, Backup, Batch, DictionaryCheck, Hashed, LoggedReject, Outcome, Reconciled, Restored, Verified,
};
use actix_web::http::Method;
use actix_web::web;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use super::endpoint::{Answers, Body, Endpoint};
use super::health::Health;
use super::parameter::AnyParameter;
use super::parameters::{
    AFTER_ID, AFTER_KEY, AFTER_NAME, BACKUP, CODE, DRY_RUN, END_OFFSET, FIRST_LINE, FIRST_ROW, FORMAT, KIND,
    LIMIT, OF_BATCH, OF_SOURCE, SAVED, SOURCE, SPREADSHEET, STATUS, TABLE, UNTIL_OFFSET, YEAR,
};
use super::problem::Code;
use super::problems::Explained;
use super::{
    assets, backup, batches, dictionary, dictionary_check, hash, health, home, new_records, openapi,
    problems, rejected, reports, restore, verify, view,
};

/// Where a body of rows comes from.
const ORIGIN: &[&dyn AnyParameter] = &[&SOURCE, &FIRST_ROW, &FIRST_LINE, &END_OFFSET];

const REPORT: &[&dyn AnyParameter] = &[&YEAR, &FORMAT, &SPREADSHEET, &SAVED];

/// The statuses of the answers to a batch.
const STORED: &[(u16, &str)] =
    &[(201, "All rows are stored."), (207, "Some rows are stored."), (422, "No row is stored.")];

const FOUND: &[(u16, &str)] = &[(200, "What was asked for.")];

const MADE: &[(u16, &str)] = &[(201, "It is made.")];

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// Every endpoint. Of two paths that fit a request, the first one is used.
pub static ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::POST,
        path: "/new_records/{table}",
        summary: "judges and stores a batch of 1 to 1000 rows",
        parameters: ORIGIN,
        body: Body::Rows,
        answers: Answers::Json(STORED, of::<Outcome>),
        problems: &[
            Code::IdempotencyKeyInFlight,
            Code::IdempotencyKeyReused,
            Code::DiskFull,
            Code::TableMissing,
        ],
        route: || web::route().to(new_records::post),
    },
    Endpoint {
        method: Method::POST,
        path: "/verify/{table}",
        summary: "says for each row of a request where it is; changes nothing",
        parameters: ORIGIN,
        body: Body::Rows,
        answers: Answers::Json(FOUND, of::<Reconciled>),
        problems: &[Code::TableMissing],
        route: || web::route().to(verify::post),
    },
    Endpoint {
        method: Method::GET,
        path: "/",
        summary: "the home page",
        parameters: &[],
        body: Body::None,
        answers: Answers::File("The page.", "text/html"),
        problems: &[Code::StoreAway, Code::Busy],
        route: || web::route().to(home::show),
    },
    Endpoint {
        method: Method::GET,
        path: "/view/req1",
        summary: "the report of hires by quarter",
        parameters: REPORT,
        body: Body::None,
        answers: Answers::List(of::<Value>),
        problems: &[Code::NoReport, Code::StoreAway, Code::Busy],
        route: || web::route().to(reports::req1),
    },
    Endpoint {
        method: Method::GET,
        path: "/view/req2",
        summary: "the report of those who hired more than the mean",
        parameters: REPORT,
        body: Body::None,
        answers: Answers::List(of::<Value>),
        problems: &[Code::NoReport, Code::StoreAway, Code::Busy],
        route: || web::route().to(reports::req2),
    },
    Endpoint {
        method: Method::GET,
        path: "/view/{table}",
        summary: "stored rows, in the order of the primary key",
        parameters: &[&LIMIT, &AFTER_KEY, &FORMAT, &SPREADSHEET],
        body: Body::None,
        answers: Answers::Rows,
        problems: &[Code::TableMissing],
        route: || web::route().to(view::list),
    },
    Endpoint {
        method: Method::GET,
        path: "/view/{table}/{id}",
        summary: "one stored row",
        parameters: &[],
        body: Body::None,
        answers: Answers::Row,
        problems: &[Code::UnknownRow, Code::TableMissing],
        route: || web::route().to(view::one),
    },
    Endpoint {
        method: Method::GET,
        path: "/rejected/{table}",
        summary: "the reject log, oldest first",
        parameters: &[&OF_BATCH, &OF_SOURCE, &CODE, &STATUS, &LIMIT, &AFTER_ID, &FORMAT, &SPREADSHEET],
        body: Body::None,
        answers: Answers::List(of::<LoggedReject>),
        problems: &[],
        route: || web::route().to(rejected::list),
    },
    Endpoint {
        method: Method::GET,
        path: "/batches",
        summary: "the ledger, newest first",
        parameters: &[&TABLE, &OF_SOURCE, &KIND, &UNTIL_OFFSET, &LIMIT, &AFTER_ID, &FORMAT, &SPREADSHEET],
        body: Body::None,
        answers: Answers::List(of::<Batch>),
        problems: &[Code::UnknownTable, Code::StoreAway, Code::Busy],
        route: || web::route().to(batches::list),
    },
    Endpoint {
        method: Method::GET,
        path: "/batches/{id}",
        summary: "one batch of the ledger",
        parameters: &[],
        body: Body::None,
        answers: Answers::Json(FOUND, of::<Batch>),
        problems: &[Code::UnknownBatch, Code::StoreAway, Code::Busy],
        route: || web::route().to(batches::one),
    },
    Endpoint {
        method: Method::POST,
        path: "/backup/{table}",
        summary: "makes a backup",
        parameters: &[],
        body: Body::None,
        answers: Answers::Json(MADE, of::<BackedUp>),
        problems: &[Code::DiskFull, Code::TableMissing],
        route: || web::route().to(backup::make),
    },
    Endpoint {
        method: Method::GET,
        path: "/backup/{table}",
        summary: "the backups of a table, newest first",
        parameters: &[&LIMIT, &AFTER_NAME, &FORMAT, &SPREADSHEET],
        body: Body::None,
        answers: Answers::List(of::<Backup>),
        problems: &[],
        route: || web::route().to(backup::list),
    },
    Endpoint {
        method: Method::GET,
        path: "/backup/{table}/{name}",
        summary: "the Avro file of a backup",
        parameters: &[],
        body: Body::None,
        answers: Answers::File("The file.", "application/avro"),
        problems: &[Code::UnknownBackup],
        route: || web::route().to(backup::download),
    },
    Endpoint {
        method: Method::POST,
        path: "/backup/{table}/{name}/verify",
        summary: "checks a backup by a trial restore",
        parameters: &[],
        body: Body::None,
        answers: Answers::Json(FOUND, of::<Verified>),
        problems: &[Code::UnknownBackup, Code::DamagedBackup, Code::DiskFull],
        route: || web::route().to(backup::verify),
    },
    Endpoint {
        method: Method::POST,
        path: "/restore/{table}",
        summary: "makes a table equal to a backup",
        parameters: &[&BACKUP, &DRY_RUN],
        body: Body::None,
        answers: Answers::Json(FOUND, of::<Restored>),
        problems: &[
            Code::NoBackup,
            Code::UnknownBackup,
            Code::DamagedBackup,
            Code::RestoreOrphans,
            Code::DiskFull,
        ],
        route: || web::route().to(restore::post),
    },
    Endpoint {
        method: Method::GET,
        path: "/hash/{table}",
        summary: "the content hash of a table",
        parameters: &[],
        body: Body::None,
        answers: Answers::Json(FOUND, of::<Hashed>),
        problems: &[Code::TableMissing],
        route: || web::route().to(hash::show),
    },
    Endpoint {
        method: Method::GET,
        path: "/openapi.json",
        summary: "the API as an OpenAPI 3.1 document",
        parameters: &[],
        body: Body::None,
        answers: Answers::Json(FOUND, of::<Value>),
        problems: &[],
        route: || web::route().to(openapi::show),
    },
    Endpoint {
        method: Method::GET,
        path: "/dictionary",
        summary: "the data dictionary",
        parameters: &[],
        body: Body::None,
        answers: Answers::Json(FOUND, of::<Value>),
        problems: &[],
        route: || web::route().to(dictionary::show),
    },
    Endpoint {
        method: Method::POST,
        path: "/dictionary/check",
        summary: "what a start with another data dictionary would do",
        parameters: &[],
        body: Body::Descriptor,
        answers: Answers::Json(FOUND, of::<DictionaryCheck>),
        problems: &[Code::RefusedDictionary, Code::StoreAway, Code::Busy],
        route: || web::route().to(dictionary_check::post),
    },
    Endpoint {
        method: Method::GET,
        path: "/problems",
        summary: "what each code means",
        parameters: &[],
        body: Body::None,
        answers: Answers::Json(FOUND, of::<Vec<Explained>>),
        problems: &[],
        route: || web::route().to(problems::list),
    },
    Endpoint {
        method: Method::GET,
        path: "/problems/{code}",
        summary: "what a code means",
        parameters: &[],
        body: Body::None,
        answers: Answers::Json(FOUND, of::<Explained>),
        problems: &[Code::UnknownProblem],
        route: || web::route().to(problems::one),
    },
    Endpoint {
        method: Method::GET,
        path: "/health/live",
        summary: "whether the process answers",
        parameters: &[],
        body: Body::None,
        answers: Answers::Json(FOUND, of::<Health>),
        problems: &[],
        route: || web::route().to(health::live),
    },
    Endpoint {
        method: Method::GET,
        path: "/health/ready",
        summary: "whether the service can take rows",
        parameters: &[],
        body: Body::None,
        answers: Answers::Json(FOUND, of::<Health>),
        problems: &[Code::NotReady, Code::Stopping, Code::StoreAway, Code::Busy],
        route: || web::route().to(health::ready),
    },
    Endpoint {
        method: Method::GET,
        path: "/assets/{name}",
        summary: "styles and scripts of the pages",
        parameters: &[],
        body: Body::None,
        answers: Answers::File("The file.", "*/*"),
        problems: &[Code::UnknownPath],
        route: || web::route().to(assets::file),
    },
];
