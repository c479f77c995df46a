//! `GET /openapi.json`: the API as an OpenAPI 3.1 document, made of the list of endpoints and the data dictionary.
//!
//! Paths and parameters come from the endpoints, answers from the types that are serialised, rows from the tables. Each of up
//! to 50 tables has paths of its own, so that programs know its columns.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use dictionary::wire::names;
use dictionary::{Dictionary, Field, Physical, Table};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::Answer;
use super::endpoint::{AllEndpoints, Answers, Body, Endpoint};
use super::format::Format;
use super::problem::Code;
use super::query::Query;
use crate::address::segment;
use crate::state::State;

/// Tables that have paths of their own. With more tables, the name of the table stays a parameter, since the document would
/// be too large for the programs that read it.
const MOST_TABLES: usize = 50;

/// The document.
pub async fn show(request: HttpRequest, state: web::Data<State>) -> Answer {
    Query::of(&request)?;
    let AllEndpoints(endpoints) = request.app_data().copied().unwrap_or(AllEndpoints(&[]));
    Ok(HttpResponse::Ok().json(document(endpoints, &state.dictionary)))
}

/// The document of endpoints for a data dictionary.
fn document(endpoints: &[Endpoint], dictionary: &Dictionary) -> Value {
    let mut document = Document {
        generator: SchemaSettings::draft2020_12()
            .with(|settings| settings.definitions_path = "/components/schemas".into())
            .for_serialize()
            .into_generator(),
        tables: dictionary.tables().iter().map(AsRef::as_ref).collect(),
    };
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for endpoint in endpoints {
        let of_table = endpoint.path.contains("{table}");
        if of_table && document.tables.len() <= MOST_TABLES {
            for table in document.tables.clone() {
                let path = endpoint.path.replace("{table}", &segment(&table.name));
                let method = endpoint.method.as_str().to_lowercase();
                paths.entry(path).or_default().insert(method, document.operation(endpoint, Some(table)));
            }
        } else {
            let method = endpoint.method.as_str().to_lowercase();
            let operation = document.operation(endpoint, None);
            paths.entry(endpoint.path.to_owned()).or_default().insert(method, operation);
        }
    }
    let descriptor = dictionary.descriptor();
    let title = descriptor["title"].as_str().or_else(|| descriptor["name"].as_str());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": title.unwrap_or("Migration gateway"),
            "description": "Rows go in by POST /new_records/{table}. Each is stored, or rejected with all its reasons.",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": { "schemas": document.schemas() },
    })
}

/// The document while it is made.
struct Document<'d> {
    generator: SchemaGenerator,
    tables: Vec<&'d Table>,
}

impl Document<'_> {
    /// An endpoint, of one table or with the table as a parameter.
    fn operation(&mut self, endpoint: &Endpoint, table: Option<&Table>) -> Value {
        let mut operation = json!({
            "operationId": operation_id(endpoint, table),
            "summary": endpoint.summary,
            "parameters": self.parameters(endpoint, table),
            "responses": self.responses(endpoint, table),
        });
        if let Some(table) = table {
            operation["tags"] = json!([table.name]);
        }
        match endpoint.body {
            Body::None => {}
            Body::Rows => operation["requestBody"] = rows_body(table),
            Body::Descriptor => operation["requestBody"] = descriptor_body(),
        }
        operation
    }

    fn parameters(&self, endpoint: &Endpoint, table: Option<&Table>) -> Vec<Value> {
        let mut parameters = Vec::new();
        for name in
            endpoint.path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
        {
            let schema = match (name, table) {
                ("table", Some(_)) => continue,
                ("table", None) => {
                    let names: Vec<_> = self.tables.iter().map(|table| table.name.as_str()).collect();
                    json!({ "type": "string", "enum": names })
                }
                _ => json!({ "type": "string" }),
            };
            parameters.push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
        }
        for parameter in endpoint.parameters {
            let (name, about, schema) = (parameter.name(), parameter.about(), parameter.schema());
            parameters.push(json!({ "name": name, "in": "query", "description": about, "schema": schema }));
        }
        if let Body::Rows = endpoint.body {
            parameters.push(json!({
                "name": names::IDEMPOTENCY_KEY,
                "in": "header",
                "description": "A key of this request: sent again with it, the request gets the same answer and stores nothing.",
                "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
            }));
        }
        parameters
    }

    fn responses(&mut self, endpoint: &Endpoint, table: Option<&Table>) -> Value {
        let row = table.map_or_else(|| json!({ "type": "object" }), |table| reference(&table.name));
        let mut responses = Map::new();
        match endpoint.answers {
            Answers::Json(statuses, schema) => {
                let schema = schema(&mut self.generator);
                for (status, about) in statuses {
                    responses.insert(
                        status.to_string(),
                        answer(about, "application/json", &schema.clone().to_value()),
                    );
                }
            }
            Answers::List(schema) => {
                let schema = schema(&mut self.generator).to_value();
                responses.insert("200".to_owned(), list(&schema));
            }
            Answers::Rows => {
                responses.insert("200".to_owned(), list(&row));
            }
            Answers::Row => {
                responses.insert("200".to_owned(), answer("The row.", "application/json", &row));
            }
            Answers::File(about, media_type) => {
                responses.insert("200".to_owned(), answer(about, media_type, &json!({ "type": "string" })));
            }
        }
        let implied = implied_problems(endpoint);
        let mut by_status: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
        for code in implied.iter().chain(endpoint.problems) {
            by_status.entry(code.status()).or_default().push(code.as_str());
        }
        let problem = self.generator.subschema_for::<dictionary::wire::Problem>().to_value();
        for (status, codes) in by_status {
            let about = format!("A problem: {}.", codes.join(", "));
            let problem = json!({ "schema": problem });
            let response = responses
                .entry(status.to_string())
                .or_insert_with(|| json!({ "description": "", "content": {} }));
            let before = response["description"].as_str().unwrap_or_default().to_owned();
            response["description"] = json!(format!("{before} {about}").trim());
            response["content"][names::PROBLEM_JSON] = problem;
        }
        Value::Object(responses)
    }

    /// The schemas of answers and of tables.
    fn schemas(mut self) -> Map<String, Value> {
        let mut schemas = self.generator.take_definitions(true);
        schemas.extend(self.tables.iter().map(|table| (component(&table.name), row_schema(table))));
        schemas
    }
}

/// The problems that follow from what an endpoint takes.
fn implied_problems(endpoint: &Endpoint) -> Vec<Code> {
    let mut codes = vec![Code::MisdirectedRequest, Code::MethodNotAllowed, Code::Internal];
    let is_health = endpoint.path.starts_with("/health/");
    if !is_health {
        codes.extend([Code::NotReady, Code::Stopping, Code::BadParameter]);
    }
    if endpoint.path.contains('{') {
        codes.push(Code::BadId);
    }
    if endpoint.path.contains("{table}") {
        codes.extend([Code::UnknownTable, Code::StoreAway, Code::Busy]);
    }
    if endpoint.parameters.iter().any(|parameter| parameter.name() == super::parameters::FORMAT.name) {
        codes.push(Code::NotAcceptable);
    }
    if endpoint.method == actix_web::http::Method::POST {
        codes.push(Code::CrossSite);
    }
    match endpoint.body {
        Body::None => {}
        Body::Descriptor => codes.extend([Code::BodyTimeout, Code::BodyTooLarge, Code::UnreadableBody]),
        Body::Rows => codes.extend([
            Code::BadIdempotencyKey,
            Code::BodyTimeout,
            Code::BodyTooLarge,
            Code::EmptyBatch,
            Code::HeaderMismatch,
            Code::TooManyRows,
            Code::UnreadableBody,
            Code::UnsupportedMediaType,
        ]),
    }
    codes
}

fn operation_id(endpoint: &Endpoint, table: Option<&Table>) -> String {
    let words = endpoint.path.split('/').filter(|word| !word.is_empty());
    let words = words.map(|word| match (word, table) {
        ("{table}", Some(table)) => component(&table.name),
        (word, _) => word.trim_matches(['{', '}']).to_owned(),
    });
    let method = endpoint.method.as_str().to_lowercase();
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

/// The name of a table's schema: component names have letters, digits, `.`, `-` and `_` only (OpenAPI 3.1, section 4.8.7).
fn component(table: &str) -> String {
    let escaped = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => c.to_string(),
        other => format!(".{:x}", u32::from(other)),
    };
    format!("row.{}", table.chars().map(escaped).collect::<String>())
}

fn reference(table: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{}", component(table)) })
}

/// An answer of one media type.
fn answer(about: &str, media_type: &str, schema: &Value) -> Value {
    json!({ "description": about, "content": { media_type: { "schema": schema } } })
}

/// An answer that is a page of a list, in each of its formats.
fn list(item: &Value) -> Value {
    let content: Map<String, Value> = Format::ALL
        .into_iter()
        .map(|format| {
            let schema = match format {
                Format::Json => json!({ "type": "array", "items": item }),
                Format::Csv | Format::Ndjson | Format::Html => json!({ "type": "string" }),
            };
            (format.media_type().to_owned(), json!({ "schema": schema }))
        })
        .collect();
    json!({
        "description": "A page of the list.",
        "headers": { "Link": { "description": "The address of the next page, with rel=\"next\".", "schema": { "type": "string" } } },
        "content": content,
    })
}

/// The rows of a batch. What is wrong with a row is a reject and no error of the request, so an item may be anything.
fn rows_body(table: Option<&Table>) -> Value {
    let item = table.map_or_else(|| json!({}), |table| json!({ "anyOf": [reference(&table.name), {}] }));
    let array =
        json!({ "type": "array", "items": item, "minItems": 1, "maxItems": dictionary::decode::MAX_ROWS });
    let text = json!({ "schema": { "type": "string", "minLength": 1 } });
    json!({
        "required": true,
        "content": { "application/json": { "schema": array }, "text/csv": text, "application/x-ndjson": text },
    })
}

fn descriptor_body() -> Value {
    let object = json!({ "schema": { "type": "object" } });
    let text = json!({ "schema": { "type": "string" } });
    json!({ "required": true, "content": { "application/json": object, "application/yaml": text } })
}

/// A row of a table, as JSON has it.
fn row_schema(table: &Table) -> Value {
    let properties: Map<String, Value> =
        table.columns().map(|field| (field.name.clone(), column_schema(field))).collect();
    // The number of a row is given by the server.
    let required: Vec<&str> = table
        .fields
        .iter()
        .filter(|field| field.constraints.required)
        .map(|field| field.name.as_str())
        .collect();
    let title = table.title.as_ref().unwrap_or(&table.name);
    json!({ "type": "object", "title": title, "properties": properties, "required": required })
}

fn column_schema(field: &Field) -> Value {
    let (word, format) = match field.ty.physical() {
        Physical::Integer => ("integer", None),
        Physical::Double => ("number", None),
        Physical::Boolean => ("boolean", None),
        Physical::Text => ("string", None),
        Physical::Date => ("string", Some("date")),
        Physical::DateTime => ("string", Some("date-time")),
    };
    let mut schema =
        if field.constraints.required { json!({ "type": word }) } else { json!({ "type": [word, "null"] }) };
    if let Some(format) = format {
        schema["format"] = json!(format);
    }
    if let Some(about) = field.description.as_ref().or(field.title.as_ref()) {
        schema["description"] = json!(about);
    }
    schema
}
