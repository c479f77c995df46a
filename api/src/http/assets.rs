//! `GET /assets/{name}`: the files that pages need.

use actix_web::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};

use super::Answer;
use super::problem::{Code, Problem};
use crate::pages::assets;

/// A file, which may be kept for ever: another content has another name.
pub async fn file(name: web::Path<String>) -> Answer {
    let Some(asset) = assets::all().find(|asset| asset.name == *name) else {
        return Err(Problem::new(Code::UnknownPath, format!("there is no asset {:?}", name.as_str())));
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .content_type(asset.media_type)
        .body(Bytes::from_static(&asset.bytes)))
}
