//! `GET /problems` and `/problems/{code}`: what each code means and what to do.

use actix_web::{HttpResponse, web};
use dictionary::Code as RowCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::Answer;
use super::problem::{Code, Problem};

/// What a code means and what to do.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Explained {
    code: &'static str,
    /// Of the request as a whole; null for the codes of rejected rows.
    status: Option<u16>,
    title: &'static str,
    explanation: &'static str,
}

fn all() -> impl Iterator<Item = Explained> {
    let requests = Code::ALL.iter().map(|code| Explained {
        code: code.as_str(),
        status: Some(code.status()),
        title: code.title(),
        explanation: code.explanation(),
    });
    let rows = RowCode::ALL.into_iter().map(|code| Explained {
        code: code.as_str(),
        status: None,
        title: "A row was rejected",
        explanation: code.explanation(),
    });
    requests.chain(rows)
}

/// All codes.
pub async fn list() -> Answer {
    Ok(HttpResponse::Ok().json(all().collect::<Vec<_>>()))
}

/// One code.
pub async fn one(path: web::Path<String>) -> Answer {
    match all().find(|explained| explained.code == *path) {
        Some(explained) => Ok(HttpResponse::Ok().json(explained)),
        None => {
            let detail = format!("there is no code {:?}; /problems lists them", path.as_str());
            Err(Problem::new(Code::UnknownProblem, detail))
        }
    }
}
