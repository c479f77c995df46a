//! `POST /dictionary/check`: what a start with another data dictionary would do.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use dictionary::{DescriptorError, Dictionary};
use tokio::sync::Semaphore;

use super::Answer;
use super::body::{self, Body};
use super::problem::{Code, Problem};
use super::query::Query;
use crate::dictionary_check::{self, check};
use crate::reserved;
use crate::state::State;
use crate::store::OpenError;

/// Only one descriptor is compared at a time: its patterns may take much memory, and its queries read whole tables.
static ONE: Semaphore = Semaphore::const_new(1);

/// Compares a descriptor with the database. Changes nothing.
pub async fn post(request: HttpRequest, payload: web::Payload, state: web::Data<State>) -> Answer {
    Query::of(&request)?;
    let Body { bytes, share } = body::read(&request, payload, &state).await?;
    let store = Arc::clone(state.store()?);
    let turn = ONE.try_acquire().map_err(|_| {
        Problem::new(Code::Busy, "another data dictionary is being compared; try again when that has ended")
    })?;
    let checking = state.spawn(async move {
        let _until_it_ends = (share, turn);
        // Parsing a large descriptor would hold up others.
        let dictionary = tokio::task::spawn_blocking(move || parse(&bytes)).await??;
        Ok::<_, Problem>(check(&store, Arc::new(dictionary)).await?)
    });
    Ok(HttpResponse::Ok().json(checking.await??))
}

fn parse(bytes: &[u8]) -> Result<Dictionary, DescriptorError> {
    let no_files = |_: &str| {
        Err("but no file can be read here; replace the path by what the file holds, as `client check-dictionary` does"
            .to_owned())
    };
    Dictionary::parse_with(bytes, &reserved::names(), &no_files)
}

impl From<DescriptorError> for Problem {
    fn from(error: DescriptorError) -> Self {
        let reasons: Vec<String> = error.reasons().collect();
        Problem::new(Code::RefusedDictionary, reasons.join("\n"))
    }
}

impl From<dictionary_check::Error> for Problem {
    fn from(error: dictionary_check::Error) -> Self {
        match error {
            dictionary_check::Error::Open(OpenError::Store(error))
            | dictionary_check::Error::Store(error) => error.into(),
            dictionary_check::Error::Open(OpenError::Refused(why)) => {
                Problem::new(Code::RefusedDictionary, why)
            }
            dictionary_check::Error::Open(OpenError::Differs(differences)) => {
                Problem::new(Code::RefusedDictionary, differences.to_string())
            }
            dictionary_check::Error::Fault(error) => error.into(),
        }
    }
}
